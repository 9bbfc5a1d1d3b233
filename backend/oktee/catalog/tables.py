"""The customer's own references: items, what they are called on Amazon, stock, and the files they came in."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, Numeric, UniqueConstraint, false, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, Tenanted, refers


class Item(Tenanted, Base):
    """One SKU. status: active, phase_out, discontinued, blocked, draft. Quantities are eaches.

    `marketplaces` and `vendor_codes` ('' = all): those of its links, for the row policies. `assembled`: it has components.
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
        CheckConstraint("item_id <> component_id", name="not_itself"),
    )

    item_id: Mapped[UUID]
    component_id: Mapped[UUID]
    quantity: Mapped[int]
    import_id: Mapped[UUID]
    as_of: Mapped[datetime] = mapped_column(Instant)


class StockBalance(Tenanted, Base):
    """Stock of an item in one warehouse as the customer's system gave it, and what our answers hold of it (`committed`).

    The warehouse '' holds what was promised of an item before any stock of it was known."""

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
    inbound_quantity: Mapped[int]
    inbound_on: Mapped[date | None]
    committed: Mapped[int] = mapped_column(default=0)
    marketplace_id: Mapped[str | None]
    vendor_code: Mapped[str | None]
    brand: Mapped[str | None]
    as_of: Mapped[datetime] = mapped_column(Instant)
    import_id: Mapped[UUID]


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
    """A file of items or stock, and what became of its rows. SKUs it no longer names stay as they were."""

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
