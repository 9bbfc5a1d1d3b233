"""Simulations of rules and the lines that would change; a version that brings an earlier one back says which."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import hide_from_scoped, protect

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INSTANT = postgresql.TIMESTAMP(timezone=True)
TENANT = sa.text("nullif(current_setting('app.organization_id', true), '')::uuid")


def upgrade() -> None:
    """The tables, seen by nobody whose part is less than the whole; support sees them with settings and orders."""
    op.add_column("rule_set_versions", sa.Column("brings_back", sa.Integer(), nullable=True))
    op.create_table(
        "simulations",
        sa.Column("organization_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=True),
        sa.Column("rule_set_id", sa.Uuid(), nullable=True),
        sa.Column("rule_name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("running_version", sa.Integer(), nullable=True),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("compared_with", sa.String(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("result", postgresql.JSONB(), nullable=True),
        sa.Column("lines_kept", sa.Integer(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_by_name", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_simulations")),
    )
    op.create_index("ix_simulations_rule", "simulations", ["organization_id", "rule_set_id", "created_at"])
    op.create_table(
        "simulation_lines",
        sa.Column("organization_id", sa.Uuid(), server_default=TENANT, nullable=False),
        sa.Column("simulation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("po_number", sa.String(), nullable=False),
        sa.Column("sequence", sa.String(), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["organization_id", "simulation_id"],
            ["simulations.organization_id", "simulations.id"],
            name=op.f("fk_simulation_lines_organization_id_simulation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "purchase_order_id"],
            ["purchase_orders.organization_id", "purchase_orders.id"],
            name=op.f("fk_simulation_lines_organization_id_purchase_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "simulation_id", "number", name=op.f("pk_simulation_lines")),
    )
    op.create_index(
        "ix_simulation_lines_kind", "simulation_lines", ["organization_id", "simulation_id", "kind", "sku", "number"]
    )
    op.create_index("ix_simulation_lines_order", "simulation_lines", ["organization_id", "purchase_order_id"])
    for table in ("simulations", "simulation_lines"):
        protect(table)
        hide_from_scoped(table)
        op.execute(f"grant select on {table} to oktee_staff")
        may = "(select staff_may(array['settings', 'orders'], false))"
        op.execute(
            f"create policy staff_reads on {table} as restrictive for all to oktee_staff using ({may}) with check (false)"
        )


def downgrade() -> None:
    """The reverse."""
    op.drop_table("simulation_lines")
    op.drop_table("simulations")
    op.drop_column("rule_set_versions", "brings_back")
