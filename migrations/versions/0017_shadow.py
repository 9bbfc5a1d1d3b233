"""Versions of rules in shadow: what they would have decided of each order, and the lines that differ."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import hide_from_scoped, protect

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTANT = postgresql.TIMESTAMP(timezone=True)
TENANT = sa.text("nullif(current_setting('app.organization_id', true), '')::uuid")
TABLES = ("rule_shadows", "shadow_orders", "shadow_lines")


def upgrade() -> None:
    """The tables, seen by nobody whose part is less than the whole; support sees them with settings and orders."""
    op.create_table(
        "rule_shadows",
        sa.Column("organization_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule_set_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("running_version", sa.Integer(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("started_by_id", sa.Uuid(), nullable=True),
        sa.Column("started_by_name", sa.String(), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("carried", postgresql.JSONB(), nullable=False),
        sa.Column("moved", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("lines_kept", sa.Integer(), nullable=False),
        sa.Column("looked_until", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "rule_set_id"],
            ["rule_sets.organization_id", "rule_sets.id"],
            name=op.f("fk_rule_shadows_organization_id_rule_set_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_rule_shadows")),
    )
    op.create_index(
        "uq_rule_shadows_open",
        "rule_shadows",
        ["organization_id", "rule_set_id"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index("ix_rule_shadows_rule", "rule_shadows", ["organization_id", "rule_set_id", "started_at"])
    op.create_table(
        "shadow_orders",
        sa.Column("organization_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("shadow_id", sa.Uuid(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        *_owners("shadow_orders"),
        sa.PrimaryKeyConstraint("organization_id", "shadow_id", "purchase_order_id", name=op.f("pk_shadow_orders")),
    )
    op.create_index("ix_shadow_orders_order", "shadow_orders", ["organization_id", "purchase_order_id"])
    op.create_table(
        "shadow_lines",
        sa.Column("organization_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shadow_id", sa.Uuid(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("po_number", sa.String(), nullable=False),
        sa.Column("sequence", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("asin", sa.String(), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("was", postgresql.JSONB(), nullable=True),
        sa.Column("now", postgresql.JSONB(), nullable=True),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("later_stock", sa.Integer(), nullable=True),
        sa.Column("value", sa.Numeric(18, 4), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("beyond", postgresql.JSONB(), nullable=False),
        sa.Column("settles_at", INSTANT, nullable=True),
        *_owners("shadow_lines"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_shadow_lines")),
        sa.UniqueConstraint(
            "organization_id", "shadow_id", "purchase_order_id", "sequence", name="uq_shadow_lines_sequence"
        ),
    )
    op.create_index("ix_shadow_lines_kind", "shadow_lines", ["organization_id", "shadow_id", "kind", "sku", "id"])
    op.create_index("ix_shadow_lines_order", "shadow_lines", ["organization_id", "purchase_order_id"])
    op.create_index(
        "ix_shadow_lines_settles",
        "shadow_lines",
        ["organization_id", "settles_at"],
        postgresql_where=sa.text("settles_at is not null"),
    )
    for table in TABLES:
        protect(table)
        hide_from_scoped(table)
        op.execute(f"grant select on {table} to oktee_staff")
        may = "(select staff_may(array['settings', 'orders'], false))"
        op.execute(
            f"create policy staff_reads on {table} as restrictive for all to oktee_staff using ({may}) with check (false)"
        )


def _owners(table: str) -> tuple[sa.ForeignKeyConstraint, ...]:
    """What a row goes with: the version in shadow, and the order."""
    return tuple(
        sa.ForeignKeyConstraint(
            ["organization_id", column],
            [f"{owner}.organization_id", f"{owner}.id"],
            name=op.f(f"fk_{table}_organization_id_{column}"),
            ondelete="CASCADE",
        )
        for column, owner in (("shadow_id", "rule_shadows"), ("purchase_order_id", "purchase_orders"))
    )


def downgrade() -> None:
    """The reverse."""
    for table in reversed(TABLES):
        op.drop_table(table)
