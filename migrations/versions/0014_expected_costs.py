"""expected costs: fee rules as data, and with each decided line what its answer may cost."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from oktee.catalog.fee_rules import fact_rows
from sqlalchemy.dialects import postgresql

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    share = sa.Numeric(precision=9, scale=6)
    made = op.create_table(
        "fee_rules",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("family", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("countries", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("confidence", sa.String(), nullable=False),
        sa.Column("rate", share, nullable=True),
        sa.Column("amount", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("threshold", share, nullable=True),
        sa.Column("waived_by", sa.String(), nullable=True),
        sa.Column("waiver_rate", share, nullable=True),
        sa.Column("waiver_weeks", sa.Integer(), nullable=True),
        sa.Column("grace_days", sa.Integer(), nullable=True),
        sa.Column("tier_from", share, nullable=True),
        sa.Column("tier_to", share, nullable=True),
        sa.Column("condition", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_fee_rules")),
    )
    # Facts that only a step of the schema changes: nothing that answers requests or runs jobs may write them.
    op.execute("revoke all on fee_rules from oktee_app")
    op.execute("grant select on fee_rules to oktee_app")
    op.bulk_insert(made, [{column.name: row[column.name] for column in made.columns} for row in fact_rows()])
    op.add_column("decision_lines", sa.Column("expected_cost", sa.Numeric(precision=18, scale=4), nullable=True))
    op.add_column("decision_lines", sa.Column("alternatives", postgresql.JSONB(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("decision_lines", "alternatives")
    op.drop_column("decision_lines", "expected_cost")
    op.drop_table("fee_rules")
