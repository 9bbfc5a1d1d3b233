"""Saved views, exports of lists, acts on many orders; and what keeps the list of orders fast."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import protect

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("saved_views", "view_layouts", "list_exports", "bulk_runs")
CLOCK_KEY = """case when status in ('to_confirm', 'scheduled', 'held', 'send_failed', 'changed', 'mismatch')
then extract(epoch from deadline_at - timestamptz '1970-01-01 00:00:00+00')::double precision
else 100000000000 - extract(epoch from deadline_at - timestamptz '1970-01-01 00:00:00+00')::double precision end"""

OPENS = "COALESCE((window_start AT TIME ZONE 'UTC'::text), '9999-12-30 00:00:00'::timestamp without time zone)"
INDEXES: dict[str, tuple[str, list[Any]]] = {
    "ix_order_states_clock_key": ("order_states", ["organization_id", "clock_key", "purchase_order_id"]),
    "ix_order_states_cut": (
        "order_states", ["organization_id", sa.literal_column("coalesce(cut_value, 0)"), "purchase_order_id"],
    ),
    "ix_purchase_orders_value": ("purchase_orders", ["organization_id", "value", "id"]),
    "ix_purchase_orders_po_number": ("purchase_orders", ["organization_id", "po_number", "id"]),
    "ix_purchase_orders_window": (
        "purchase_orders", ["organization_id", sa.literal_column(OPENS), "id"],
    ),
    "ix_purchase_order_lines_identifier": ("purchase_order_lines", ["organization_id", "vendor_product_identifier"]),
    "ix_decision_lines_sku": ("decision_lines", ["organization_id", "sku", "decision_id"]),
}  # fmt: skip


def upgrade() -> None:
    """The tables, and the indexes of the list."""
    tables()
    for table in TABLES:
        protect(table)
    op.add_column("order_states", sa.Column("clock_key", sa.Double(), sa.Computed(CLOCK_KEY, persisted=True)))
    op.alter_column("order_states", "clock_key", nullable=False)
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns, unique=False)


def downgrade() -> None:
    """The reverse."""
    for name, (table, _) in reversed(INDEXES.items()):
        op.drop_index(name, table_name=table)
    op.drop_column("order_states", "clock_key")
    for table in reversed(TABLES):
        op.drop_table(table)


def organization() -> sa.Column[object]:
    return sa.Column(
        "organization_id",
        sa.Uuid(),
        server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"),
        nullable=False,
    )


def instant(name: str, *, now: bool = True) -> sa.Column[object]:
    kind = postgresql.TIMESTAMP(timezone=True)
    return sa.Column(name, kind, server_default=sa.text("now()") if now else None, nullable=not now)


def json(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=nullable)


def of_member(table: str, column: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", column],
        ["memberships.organization_id", "memberships.user_id"],
        name=op.f(f"fk_{table}_organization_id_{column}"),
        ondelete=ondelete,
    )


def of_operation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", "operation_id"],
        ["operations.organization_id", "operations.id"],
        name=op.f(f"fk_{table}_organization_id_operation_id"),
        ondelete="CASCADE",
    )


def tables() -> None:
    op.create_table(
        "saved_views",
        organization(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("owner_name", sa.String(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        json("filters"),
        json("columns"),
        sa.Column("sort", sa.String(), nullable=True),
        sa.Column("grouped", sa.String(), nullable=True),
        sa.Column("density", sa.String(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        instant("created_at"),
        instant("updated_at"),
        of_member("saved_views", "owner_id", "SET NULL (owner_id)"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_saved_views")),
    )
    op.create_index(
        "uq_saved_views_name",
        "saved_views",
        ["organization_id", "page", "owner_id", sa.literal_column("lower(name)")],
        unique=True,
    )
    op.create_index(
        "uq_saved_views_default",
        "saved_views",
        ["organization_id", "page", "owner_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "view_layouts",
        organization(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("view", sa.String(), nullable=False),
        json("columns"),
        sa.Column("density", sa.String(), nullable=True),
        instant("updated_at"),
        of_member("view_layouts", "user_id", "CASCADE"),
        sa.PrimaryKeyConstraint("organization_id", "user_id", "page", "view", name=op.f("pk_view_layouts")),
    )
    op.create_table(
        "list_exports",
        organization(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        json("request"),
        json("scope", nullable=True),
        sa.Column("object_key", sa.String(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        instant("expires_at", now=False),
        instant("created_at"),
        of_operation("list_exports"),
        of_member("list_exports", "user_id", "CASCADE"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_list_exports")),
    )
    op.create_index("ix_list_exports_user", "list_exports", ["organization_id", "user_id", "created_at"], unique=False)
    op.create_table(
        "bulk_runs",
        organization(),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        json("actor"),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("order_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        json("refused"),
        instant("created_at"),
        of_operation("bulk_runs"),
        of_member("bulk_runs", "user_id", "CASCADE"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_bulk_runs")),
    )
