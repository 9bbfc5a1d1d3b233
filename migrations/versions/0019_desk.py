"""Acts on many orders say what they give or mark; whoever supports a customer reads OKTee's own fee rules."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("bulk_runs", sa.Column("details", postgresql.JSONB(), server_default="{}", nullable=False))
    # Facts of OKTee's own, the same for everybody: there is no customer's row in them for a grant to open.
    op.execute("grant select on fee_rules to oktee_staff")


def downgrade() -> None:
    op.execute("revoke all on fee_rules from oktee_staff")
    op.drop_column("bulk_runs", "details")
