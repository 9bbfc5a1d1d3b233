"""The customer's own references: items, what they are called on Amazon, stock, and the files they came in."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Numeric, UniqueConstraint, false, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, OfOrganization, Tenanted, refers


class Item(Tenanted, Base):
    """One SKU. status: active, phase_out, discontinued, blocked, draft. Quantities are eaches.

    `marketplaces` and `vendor_codes` ('' = all): those of its links, for the row policies. `assembled`: it has components.
    `landed_cost` is for those who may read finance. Sizes and weights are in mm and g, `*_unit` is how they were given.
    """

    __tablename__ = "items"
    __table_args__ = (
        UniqueConstraint("organization_id", "sku", name="uq_items_sku"),
        Index("ix_items_gtin", "organization_id", "gtin"),
    )

    sku: Mapped[str]
    gtin: Mapped[str | None]
    title: Mapped[str]
    brand: Mapped[str | None]
    status: Mapped[str]
    replaced_by_sku: Mapped[str | None]
    case_pack: Mapped[int]
    safety_stock: Mapped[int]
    moq: Mapped[int | None]
    lead_time_days: Mapped[int | None]
    handling_days: Mapped[int | None]
    image_url: Mapped[str | None]
    gtin_case: Mapped[str | None]
    gtin_pallet: Mapped[str | None]
    model_number: Mapped[str | None]
    manufacturer_code: Mapped[str | None]
    base_uom: Mapped[str | None]
    cases_per_layer: Mapped[int | None]
    layers_per_pallet: Mapped[int | None]
    order_multiple: Mapped[int | None]
    list_price: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    list_price_currency: Mapped[str | None]
    vat_class: Mapped[str | None]
    landed_cost: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    landed_cost_currency: Mapped[str | None]
    status_valid_from: Mapped[date | None]
    status_before: Mapped[str | None]
    """What holds until `status_valid_from`, where that day is to come."""
    replacement_mode: Mapped[str | None]
    length_mm: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    width_mm: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    height_mm: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    dimension_unit: Mapped[str | None]
    weight_g: Mapped[Decimal | None] = mapped_column(Numeric(14, 3))
    weight_unit: Mapped[str | None]
    case_length_mm: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    case_width_mm: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    case_height_mm: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    case_dimension_unit: Mapped[str | None]
    case_weight_g: Mapped[Decimal | None] = mapped_column(Numeric(14, 3))
    case_weight_unit: Mapped[str | None]
    country_of_origin: Mapped[str | None]
    hs_code: Mapped[str | None]
    dangerous_goods: Mapped[bool | None]
    expiry_managed: Mapped[bool | None]
    shelf_life_days: Mapped[int | None]
    launch_on: Mapped[date | None]
    ext: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    marketplaces: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list, server_default=text("'{}'::text[]"))
    vendor_codes: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list, server_default=text("'{}'::text[]"))
    assembled: Mapped[bool] = mapped_column(default=False, server_default=false())
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    import_id: Mapped[UUID]
    as_of: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class ItemLink(Tenanted, Base):
    """What an item is called and costs on one marketplace, for one vendor code ('' = all). `quantity`: pieces per ASIN."""

    __tablename__ = "item_links"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "item_id", "marketplace_id", "vendor_code", "asin", name="uq_item_links_place"
        ),
        refers("item_id", "items", ondelete="CASCADE"),
        Index("ix_item_links_asin", "organization_id", "marketplace_id", "asin"),
        Index("ix_item_links_vendor_sku", "organization_id", "vendor_sku"),
        CheckConstraint("quantity >= 1", name="quantity_positive"),
    )

    item_id: Mapped[UUID]
    marketplace_id: Mapped[str]
    vendor_code: Mapped[str] = mapped_column(default="")
    asin: Mapped[str] = mapped_column(default="")
    vendor_sku: Mapped[str | None]
    quantity: Mapped[int] = mapped_column(default=1)
    cost_price: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    currency: Mapped[str | None]
    brand: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    is_preferred: Mapped[bool] = mapped_column(default=False, server_default=false())
    import_id: Mapped[UUID]
    as_of: Mapped[datetime] = mapped_column(Instant)


class ItemCost(Tenanted, Base):
    """What was agreed for an item from a day on, on one marketplace, for one vendor code ('' = all).

    `cost` is per `uom` (each or case); the invoice is judged by the day of the order. `tolerance`: a share that overrides
    the rule set's.
    """

    __tablename__ = "item_costs"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "item_id", "marketplace_id", "vendor_code", "valid_from", name="uq_item_costs_since"
        ),
        refers("item_id", "items", ondelete="CASCADE"),
        CheckConstraint("valid_to is null or valid_to >= valid_from", name="span"),
    )

    item_id: Mapped[UUID]
    marketplace_id: Mapped[str]
    vendor_code: Mapped[str] = mapped_column(default="")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    cost: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    currency: Mapped[str]
    uom: Mapped[str] = mapped_column(default="each")
    tolerance: Mapped[Decimal | None] = mapped_column(Numeric(6, 4))
    brand: Mapped[str | None]
    import_id: Mapped[UUID]
    as_of: Mapped[datetime] = mapped_column(Instant)


class ItemUnit(OfOrganization, Base):
    """How many eaches one of the customer's own units of an item holds: declared, never guessed."""

    __tablename__ = "item_units"
    __table_args__ = (
        refers("item_id", "items", ondelete="CASCADE"),
        CheckConstraint("eaches >= 1", name="eaches_positive"),
    )

    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    uom: Mapped[str] = mapped_column(primary_key=True)
    eaches: Mapped[int]
    import_id: Mapped[UUID]
    as_of: Mapped[datetime] = mapped_column(Instant)


class ItemComponent(Tenanted, Base):
    """A bundle is put together from `quantity` pieces of this SKU (and others); components have none themselves."""

    __tablename__ = "item_components"
    __table_args__ = (
        UniqueConstraint("organization_id", "item_id", "component_id", name="uq_item_components_part"),
        refers("item_id", "items", ondelete="CASCADE"),
        refers("component_id", "items", ondelete="CASCADE"),
        Index("ix_item_components_component", "organization_id", "component_id"),
        CheckConstraint("quantity >= 1", name="quantity_positive"),
    )

    item_id: Mapped[UUID]
    component_id: Mapped[UUID]
    quantity: Mapped[int]
    import_id: Mapped[UUID]
    as_of: Mapped[datetime] = mapped_column(Instant)


class StockBalance(Tenanted, Base):
    """Stock of an item in one warehouse as the customer's system gave it, and what our answers hold of it (`committed`).

    The warehouse '' holds what was promised of an item before any stock of it was known. `inbound`: arrivals with
    `quantity`, `eta` and `reference`. `missing_feeds`: full feeds in a row that left it
    out; after one its stock is unknown, after two it is zero. `fed_by`: the last
    full feed that named it. `snapshot_at`: `as_of` of its row in the history."""

    __tablename__ = "stock_balances"
    __table_args__ = (
        UniqueConstraint("organization_id", "item_id", "warehouse", name="uq_stock_balances_place"),
        refers("item_id", "items", ondelete="CASCADE"),
        CheckConstraint("committed >= 0", name="committed_not_negative"),
    )

    item_id: Mapped[UUID]
    warehouse: Mapped[str]
    on_hand: Mapped[int]
    reserved: Mapped[int]
    quality_hold: Mapped[int]
    available: Mapped[int | None]
    inbound: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    committed: Mapped[int] = mapped_column(default=0)
    marketplace_id: Mapped[str | None]
    vendor_code: Mapped[str | None]
    brand: Mapped[str | None]
    missing_feeds: Mapped[int] = mapped_column(default=0, server_default="0")
    fed_by: Mapped[UUID | None]
    snapshot_at: Mapped[datetime | None] = mapped_column(Instant)
    as_of: Mapped[datetime] = mapped_column(Instant)
    import_id: Mapped[UUID]


class StockSnapshot(OfOrganization, Base):
    """Stock as the customer's system said it at `as_of`, and still at `confirmed_at`; not `known`: a full feed left it out."""

    __tablename__ = "stock_snapshots"
    __table_args__ = (
        refers("item_id", "items", ondelete="CASCADE"),
        {"postgresql_partition_by": "RANGE (as_of)"},
    )

    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    warehouse: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    confirmed_at: Mapped[datetime] = mapped_column(Instant)
    known: Mapped[bool]
    on_hand: Mapped[int]
    reserved: Mapped[int]
    quality_hold: Mapped[int]
    available: Mapped[int | None]
    inbound: Mapped[list[dict[str, Any]]]


class StockLedgerEntry(Tenanted, Base):
    """Append-only: what an answer promised (+) or gave back (-), once per source, line and item; `absorbed` by a file."""

    __tablename__ = "stock_ledger"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "source_type", "source_id", "line", "item_id", "warehouse", name="uq_stock_ledger_source"
        ),
        refers("item_id", "items", ondelete="CASCADE"),
        Index("ix_stock_ledger_item", "organization_id", "item_id", "at"),
        Index("ix_stock_ledger_order", "organization_id", "purchase_order_id"),
    )

    item_id: Mapped[UUID]
    warehouse: Mapped[str]
    quantity: Mapped[int]
    source_type: Mapped[str]
    source_id: Mapped[str]
    line: Mapped[str]
    purchase_order_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class CatalogImport(Tenanted, Base):
    """A file of items, stock, components, costs or units, and what became of its rows.

    mode: changes (SKUs it does not name stay as they were) or full (a stock file that names everything there is). missing:
    unknown or zero, what a full feed makes of SKUs it leaves out. `parked`: the figures for which a full feed waits for a
    person, until it was approved or ended.
    """

    __tablename__ = "catalog_imports"
    __table_args__ = (refers("operation_id", "operations"),)

    kind: Mapped[str]
    file_name: Mapped[str]
    object_key: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    operation_id: Mapped[UUID]
    rows: Mapped[int] = mapped_column(default=0)
    loaded: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    mode: Mapped[str] = mapped_column(default="changes", server_default="changes")
    missing: Mapped[str] = mapped_column(default="unknown", server_default="unknown")
    parked: Mapped[dict[str, Any] | None]
    parked_at: Mapped[datetime | None] = mapped_column(Instant)
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class CatalogImportError(Tenanted, Base):
    """One rejected row: line of the file, column, code and the value as received."""

    __tablename__ = "catalog_import_errors"
    __table_args__ = (
        refers("import_id", "catalog_imports", ondelete="CASCADE"),
        UniqueConstraint("organization_id", "import_id", "line", "column_name", name="uq_catalog_import_errors_place"),
    )

    import_id: Mapped[UUID]
    line: Mapped[int]
    column_name: Mapped[str]
    code: Mapped[str]
    received: Mapped[str]
    values: Mapped[dict[str, Any]]
