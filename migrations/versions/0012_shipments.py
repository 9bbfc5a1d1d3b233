"""shipments: see the tables of the same concern in backend/oktee."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from tenancy import hide_from_scoped, protect, scope

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    "shipments", "shipment_items", "shipment_containers", "shipment_submissions", "shipment_labels", "sscc_serials",
)  # fmt: skip
WHOLE = (
    "exists (select 1 from shipments s where s.id = {table}.shipment_id and "
    "((select scope_words('brands')) is null or s.brands <@ (select scope_words('brands'))::text[]))"
)
"""What speaks of all of a shipment: who sees a part of it sees none of this."""


def upgrade() -> None:
    """Shipments and their items, containers, submissions, labels; the serial numbers of containers."""
    shipments()
    parts()
    sent()
    for table in TABLES:
        protect(table)
    scope("shipments", marketplace="marketplace_id", vendor_code="vendor_code", brands="brands")
    scope(
        "shipment_items",
        where="exists (select 1 from purchase_order_lines l where l.purchase_order_id = "
        "shipment_items.purchase_order_id and l.sequence = shipment_items.sequence)",
    )
    for table in ("shipment_containers", "shipment_submissions", "shipment_labels"):
        scope(table, where=WHOLE.format(table=table))
    hide_from_scoped("sscc_serials")


def owned() -> sa.Column[object]:
    return sa.Column(
        "organization_id", sa.Uuid(),
        server_default=sa.text("nullif(current_setting('app.organization_id', true), '')::uuid"), nullable=False,
    )  # fmt: skip


def shipment_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", "shipment_id"], ["shipments.organization_id", "shipments.id"],
        name=op.f(f"fk_{table}_organization_id_shipment_id"), ondelete="CASCADE",
    )  # fmt: skip


def order_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organization_id", "purchase_order_id"], ["purchase_orders.organization_id", "purchase_orders.id"],
        name=op.f(f"fk_{table}_organization_id_purchase_order_id"), ondelete="CASCADE",
    )  # fmt: skip


def shipments() -> None:
    instant = postgresql.TIMESTAMP(timezone=True)
    json = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "shipments",
        sa.Column("id", sa.Uuid(), nullable=False),
        owned(),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("identifier", sa.String(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("freight", sa.String(), nullable=True),
        sa.Column("marketplace_id", sa.String(), nullable=False),
        sa.Column("vendor_code", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("brands", postgresql.ARRAY(sa.TEXT()), server_default=sa.text("'{}'::text[]"), nullable=False),
        sa.Column("ship_to", sa.String(), nullable=True),
        sa.Column("ship_from", json, nullable=True),
        sa.Column("shipment_type", sa.String(), nullable=True),
        sa.Column("carrier_scac", sa.String(), nullable=True),
        sa.Column("carrier_reference", sa.String(), nullable=True),
        sa.Column("bill_of_lading", sa.String(), nullable=True),
        sa.Column("ship_at", instant, nullable=True),
        sa.Column("deliver_at", instant, nullable=True),
        sa.Column("pickup_at", instant, nullable=True),
        sa.Column("weight_kg", sa.Numeric(12, 3), nullable=True),
        sa.Column("volume_m3", sa.Numeric(12, 4), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("transport", sa.String(), nullable=True),
        sa.Column("confirmation", sa.String(), nullable=True),
        sa.Column("first_confirmed_at", instant, nullable=True),
        sa.Column("amazon_reference", sa.String(), nullable=True),
        sa.Column("amazon_status", sa.String(), nullable=True),
        sa.Column("amazon_status_at", instant, nullable=True),
        sa.Column("amazon_created_at", instant, nullable=True),
        sa.Column("amazon_confirmed_at", instant, nullable=True),
        sa.Column("pickup_scheduled_at", instant, nullable=True),
        sa.Column("carrier_name", sa.String(), nullable=True),
        sa.Column("labelled_at", instant, nullable=True),
        sa.Column("delivered_at", instant, nullable=True),
        sa.Column("content_hash", sa.LargeBinary(), nullable=True),
        sa.Column("fetched_at", instant, nullable=True),
        sa.Column("source_ref", sa.String(), nullable=True),
        sa.Column("sync_run_id", sa.Uuid(), nullable=True),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_by_name", sa.String(), nullable=True),
        sa.Column("created_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "connection_id"], ["connections.organization_id", "connections.id"],
            name=op.f("fk_shipments_organization_id_connection_id"), ondelete="CASCADE",
        ),
        order_key("shipments"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_shipments")),
        sa.UniqueConstraint("organization_id", "connection_id", "identifier", name="uq_shipments_identifier"),
    )  # fmt: skip
    op.create_index("ix_shipments_order", "shipments", ["organization_id", "purchase_order_id"], unique=False)


def parts() -> None:
    json = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "shipment_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        owned(),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("purchase_order_id", sa.Uuid(), nullable=False),
        sa.Column("po_number", sa.String(), nullable=False),
        sa.Column("sequence", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("confirmed_units", sa.Integer(), nullable=True),
        sa.Column("shown_units", sa.Integer(), nullable=True),
        shipment_key("shipment_items"),
        order_key("shipment_items"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_shipment_items")),
        sa.UniqueConstraint(
            "organization_id", "shipment_id", "purchase_order_id", "sequence", name="uq_shipment_items_line"
        ),
    )
    op.create_index(
        "ix_shipment_items_order", "shipment_items", ["organization_id", "purchase_order_id", "sequence"], unique=False
    )
    op.create_table(
        "shipment_containers",
        sa.Column("id", sa.Uuid(), nullable=False),
        owned(),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sscc", sa.String(), nullable=True),
        sa.Column("pallet_number", sa.Integer(), nullable=True),
        sa.Column("tracking_number", sa.String(), nullable=True),
        sa.Column("weight_kg", sa.Numeric(12, 3), nullable=True),
        sa.Column("contents", json, nullable=False),
        shipment_key("shipment_containers"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_shipment_containers")),
        sa.UniqueConstraint("organization_id", "shipment_id", "kind", "number", name="uq_shipment_containers_number"),
    )
    op.create_index("ix_shipment_containers_sscc", "shipment_containers", ["organization_id", "sscc"], unique=False)


def sent() -> None:
    instant = postgresql.TIMESTAMP(timezone=True)
    json = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "shipment_submissions",
        owned(),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("payload_hash", sa.LargeBinary(), nullable=False),
        sa.Column("items", json, nullable=False),
        sa.Column("planned_by_id", sa.Uuid(), nullable=True),
        sa.Column("planned_by_name", sa.String(), nullable=False),
        sa.Column("planned_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("sending_at", instant, nullable=True),
        sa.Column("unknown_at", instant, nullable=True),
        sa.Column("sent_at", instant, nullable=True),
        sa.Column("transaction_id", sa.String(), nullable=True),
        sa.Column("transaction_status", sa.String(), nullable=True),
        sa.Column("checked_at", instant, nullable=True),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column("resends", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("finished_at", instant, nullable=True),
        sa.Column("error", json, nullable=True),
        shipment_key("shipment_submissions"),
        sa.PrimaryKeyConstraint("organization_id", "shipment_id", "number", name=op.f("pk_shipment_submissions")),
    )
    op.create_index(
        "uq_shipment_submissions_open",
        "shipment_submissions",
        ["organization_id", "shipment_id"],
        unique=True,
        postgresql_where=sa.text("state in ('planned', 'sending', 'unknown', 'sent')"),
    )
    op.create_table(
        "shipment_labels",
        sa.Column("id", sa.Uuid(), nullable=False),
        owned(),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tracking_id", sa.String(), nullable=True),
        sa.Column("carrier_code", sa.String(), nullable=True),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("labelled_at", instant, nullable=True),
        sa.Column("fetched_at", instant, server_default=sa.text("now()"), nullable=False),
        shipment_key("shipment_labels"),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_shipment_labels")),
        sa.UniqueConstraint("organization_id", "shipment_id", "number", name="uq_shipment_labels_number"),
    )
    op.create_table(
        "sscc_serials",
        owned(),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("next_serial", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "prefix", name=op.f("pk_sscc_serials")),
    )


def downgrade() -> None:
    """All of it goes."""
    for table in reversed(TABLES):
        op.drop_table(table)
