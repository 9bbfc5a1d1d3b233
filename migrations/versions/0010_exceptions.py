"""exceptions: see the tables of the same concern in backend/oktee."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import protect, scope

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTANT = postgresql.TIMESTAMP(timezone=True)
ORGANIZATION = sa.text("nullif(current_setting('app.organization_id', true), '')::uuid")
CLOCKS = ("reminded_at", "escalated_at", "fallback_at")


def _organization() -> sa.Column[object]:
    return sa.Column("organization_id", sa.Uuid(), server_default=ORGANIZATION, nullable=False)


def _brands() -> sa.Column[object]:
    return sa.Column("brands", postgresql.ARRAY(sa.TEXT()), server_default=sa.text("'{}'::text[]"), nullable=False)


def upgrade() -> None:
    for name in CLOCKS:
        op.add_column("order_states", sa.Column(name, INSTANT, nullable=True))
    op.create_table(
        "exceptions",
        _organization(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=True),
        sa.Column("sequence", sa.String(), nullable=True),
        sa.Column("connection_id", sa.Uuid(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("owner_role", sa.String(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("snoozed_until", INSTANT, nullable=True),
        sa.Column("until_change", sa.Boolean(), nullable=False),
        sa.Column("resolution", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("resolved_by_type", sa.String(), nullable=True),
        sa.Column("resolved_by_id", sa.Uuid(), nullable=True),
        sa.Column("resolved_by_name", sa.String(), nullable=True),
        sa.Column("resolved_at", INSTANT, nullable=True),
        sa.Column("marketplace_id", sa.String(), nullable=True),
        sa.Column("vendor_code", sa.String(), nullable=True),
        _brands(),
        sa.Column("opened_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "purchase_order_id"],
            ["purchase_orders.organization_id", "purchase_orders.id"],
            name=op.f("fk_exceptions_organization_id_purchase_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_exceptions")),
    )
    op.create_index(
        "uq_exceptions_open",
        "exceptions",
        ["organization_id", "cause", "key"],
        unique=True,
        postgresql_where=sa.text("state <> 'resolved'"),
    )
    op.create_index("ix_exceptions_order", "exceptions", ["organization_id", "purchase_order_id"])
    op.create_index("ix_exceptions_resolved", "exceptions", ["organization_id", "resolved_at"])
    op.create_table(
        "order_approvals",
        _organization(),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("approved_by_id", sa.Uuid(), nullable=True),
        sa.Column("approved_by_name", sa.String(), nullable=False),
        sa.Column("approved_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.Column("marketplace_id", sa.String(), nullable=False),
        sa.Column("vendor_code", sa.String(), nullable=False),
        _brands(),
        sa.ForeignKeyConstraint(
            ["organization_id", "purchase_order_id"],
            ["purchase_orders.organization_id", "purchase_orders.id"],
            name=op.f("fk_order_approvals_organization_id_purchase_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "purchase_order_id", "sequence", "message", name=op.f("pk_order_approvals")
        ),
    )
    for table in ("exceptions", "order_approvals"):
        protect(table)
        # A hold of an order may be about a line that a reader does not see: all of its brands have to be theirs.
        scope(table, marketplace="marketplace_id", vendor_code="vendor_code", all_brands="brands")


def downgrade() -> None:
    op.drop_table("order_approvals")
    op.drop_table("exceptions")
    for name in reversed(CLOCKS):
        op.drop_column("order_states", name)
