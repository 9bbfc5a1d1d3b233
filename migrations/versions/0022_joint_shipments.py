"""One shipment holds the goods of several orders and may be sent at its departure."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import scope, unscope

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ALL_SEEN = (
    "not exists (select 1 from unnest(shipments.order_ids) as held(id) "
    "where not exists (select 1 from purchase_orders p where p.id = held.id))"
)
"""Whoever does not see one of its orders does not see the shipment: it would tell of that order."""


def upgrade() -> None:
    """The orders of a shipment, its timer, and who may see it."""
    op.add_column(
        "shipments",
        sa.Column("order_ids", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'::uuid[]"), nullable=False),
    )
    op.add_column("shipments", sa.Column("send_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("shipments", sa.Column("send_by_id", sa.Uuid(), nullable=True))
    op.add_column("shipments", sa.Column("send_by_name", sa.String(), nullable=True))
    op.add_column("shipments", sa.Column("send_trouble", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    for table in ("shipments", "shipment_items"):
        op.execute(f"alter table {table} no force row level security")  # the owner has no tenant here
    op.execute(
        """update shipments s set order_ids = array(
            select s.purchase_order_id union
            select i.purchase_order_id from shipment_items i
            where i.organization_id = s.organization_id and i.shipment_id = s.id)"""
    )
    for table in ("shipments", "shipment_items"):
        op.execute(f"alter table {table} force row level security")
    unscope("shipments")
    scope("shipments", marketplace="marketplace_id", vendor_code="vendor_code", brands="brands", where=ALL_SEEN)


def downgrade() -> None:
    unscope("shipments")
    scope("shipments", marketplace="marketplace_id", vendor_code="vendor_code", brands="brands")
    for column in ("send_trouble", "send_by_name", "send_by_id", "send_at", "order_ids"):
        op.drop_column("shipments", column)
