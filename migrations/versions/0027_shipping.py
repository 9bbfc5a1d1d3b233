"""Warehouses say where they stand and when somebody is there; shipments keep their warehouse, lots, expiry and transport."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WORDS = ("party_id", "address", "city", "postal_code")
HOURS = ("opens", "closes")
PROPOSED = (
    ("shipments", "weight_proposed"),
    ("shipments", "volume_proposed"),
    ("shipment_containers", "weight_proposed"),
)


def upgrade() -> None:
    """Nothing is known of any of it yet; weights that were typed stay what somebody typed."""
    for name in WORDS:
        op.add_column("warehouses", sa.Column(name, sa.String(), nullable=True))
    for name in HOURS:
        op.add_column("warehouses", sa.Column(name, sa.Time(), nullable=True))
    op.create_check_constraint("hours", "warehouses", "(opens is null) = (closes is null) and opens < closes")
    op.add_column("vendor_terms", sa.Column("transport", sa.String(), nullable=True))
    op.add_column("shipments", sa.Column("warehouse", sa.String(), nullable=True))
    op.add_column("shipments", sa.Column("transportation_mode", sa.String(), nullable=True))
    op.add_column("shipment_items", sa.Column("lot_number", sa.String(), nullable=True))
    op.add_column("shipment_items", sa.Column("expires_on", sa.Date(), nullable=True))
    for table, name in PROPOSED:
        op.add_column(table, sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """The reverse."""
    for table, name in reversed(PROPOSED):
        op.drop_column(table, name)
    for name in ("expires_on", "lot_number"):
        op.drop_column("shipment_items", name)
    for name in ("transportation_mode", "warehouse"):
        op.drop_column("shipments", name)
    op.drop_column("vendor_terms", "transport")
    op.drop_constraint(op.f("ck_warehouses_hours"), "warehouses", type_="check")
    for name in (*HOURS, *WORDS):
        op.drop_column("warehouses", name)
