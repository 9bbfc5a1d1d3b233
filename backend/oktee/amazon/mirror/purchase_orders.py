"""Purchase orders as Amazon offers them: the tables, and the poller that keeps them; the storing is in order_store.py."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Index, LargeBinary, Numeric, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from oktee.amazon.client.models.vendor_orders import Order
from oktee.amazon.client.page import Page
from oktee.amazon.client.session import AmazonClient
from oktee.amazon.client.vendor_orders import list_purchase_orders
from oktee.amazon.mirror.order_hours import order_hours
from oktee.amazon.mirror.order_store import STREAM, store
from oktee.amazon.mirror.poller import Poller
from oktee.amazon.mirror.windows import Span
from oktee.kit.database import Base, Instant, OfOrganization, Tenanted, refers

OPENS: Final = "COALESCE((window_start AT TIME ZONE 'UTC'::text), '9999-12-30 00:00:00'::timestamp without time zone)"
"""What lists by windows are sorted by; an order without a window stands after all others."""


class PurchaseOrder(Tenanted, Base):
    """The latest revision of an order. `state` is purchaseOrderState; `status` comes from getPurchaseOrdersStatus.

    Units are eaches; value is units x netCost in `currency`. `freight`: collect (shipWindow) or prepaid (deliveryWindow).
    `brand`: the one of all its lines; `brands`: of its lines, '' for a line whose brand nobody knows. Row policies read it.
    """

    __tablename__ = "purchase_orders"
    __table_args__ = (
        UniqueConstraint("organization_id", "connection_id", "po_number", name="uq_purchase_orders_number"),
        refers("connection_id", "connections", ondelete="CASCADE"),
        Index("ix_purchase_orders_ordered_at", "organization_id", "ordered_at", "id"),
        Index("ix_purchase_orders_value", "organization_id", "value", "id"),
        Index("ix_purchase_orders_po_number", "organization_id", "po_number", "id"),
        Index("ix_purchase_orders_window", "organization_id", text(OPENS), "id"),
    )

    connection_id: Mapped[UUID]
    po_number: Mapped[str]
    revision: Mapped[int]
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    marketplace_id: Mapped[str]
    vendor_code: Mapped[str]
    brand: Mapped[str | None]
    brands: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list, server_default=text("'{}'::text[]"))
    state: Mapped[str]
    order_type: Mapped[str | None]
    payment_method: Mapped[str | None]
    deal_code: Mapped[str | None]
    freight: Mapped[str | None]
    import_order: Mapped[bool]
    ordered_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime | None] = mapped_column(Instant)
    state_changed_at: Mapped[datetime | None] = mapped_column(Instant)
    window_start: Mapped[datetime | None] = mapped_column(Instant)
    window_end: Mapped[datetime | None] = mapped_column(Instant)
    ship_to: Mapped[str | None]
    ship_to_country: Mapped[str | None]
    currency: Mapped[str | None]
    units: Mapped[int]
    value: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    line_count: Mapped[int]
    first_seen_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    fetched_at: Mapped[datetime] = mapped_column(Instant)
    source_ref: Mapped[str]
    sync_run_id: Mapped[UUID]
    status: Mapped[str | None]
    status_updated_at: Mapped[datetime | None] = mapped_column(Instant)
    status_fetched_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmation: Mapped[str | None]
    accepted_units: Mapped[int | None]
    rejected_units: Mapped[int | None]
    received_units: Mapped[int | None]
    first_acknowledged_at: Mapped[datetime | None] = mapped_column(Instant)
    status_hash: Mapped[bytes | None] = mapped_column(LargeBinary)


class PurchaseOrderLine(Tenanted, Base):
    """A line of the latest revision. `amount` is in `unit_of_measure`; `units` is eaches; a cancelled line has 0 units."""

    __tablename__ = "purchase_order_lines"
    __table_args__ = (
        UniqueConstraint("organization_id", "purchase_order_id", "sequence", name="uq_purchase_order_lines_sequence"),
        refers("purchase_order_id", "purchase_orders", ondelete="CASCADE"),
        Index("ix_purchase_order_lines_asin", "organization_id", "asin"),
        Index("ix_purchase_order_lines_identifier", "organization_id", "vendor_product_identifier"),
    )

    purchase_order_id: Mapped[UUID]
    sequence: Mapped[str]
    position: Mapped[int]
    asin: Mapped[str | None]
    vendor_product_identifier: Mapped[str | None]
    amount: Mapped[int]
    unit_of_measure: Mapped[str]
    unit_size: Mapped[int]
    units: Mapped[int]
    net_cost: Mapped[str | None]
    cost_unit: Mapped[str | None]
    list_price: Mapped[str | None]
    currency: Mapped[str | None]
    backorder_allowed: Mapped[bool]
    marketplace_id: Mapped[str]
    vendor_code: Mapped[str]
    brand: Mapped[str | None]


class PurchaseOrderRevision(Tenanted, Base):
    """Every revision of an order as it was, mapped fields only: what approvals and answers point to."""

    __tablename__ = "purchase_order_revisions"
    __table_args__ = (
        UniqueConstraint(
            "organization_id", "purchase_order_id", "revision", name="uq_purchase_order_revisions_revision"
        ),
        refers("purchase_order_id", "purchase_orders", ondelete="CASCADE"),
    )

    purchase_order_id: Mapped[UUID]
    revision: Mapped[int]
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    content: Mapped[dict[str, Any]]
    changes: Mapped[list[dict[str, Any]]]
    received_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    sync_run_id: Mapped[UUID]


class VendorCode(OfOrganization, Base):
    """A vendor code seen on this connection's orders, and the marketplace it sells to."""

    __tablename__ = "vendor_codes"
    __table_args__ = (refers("connection_id", "connections", ondelete="CASCADE"),)

    connection_id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    marketplace_id: Mapped[str]
    freight: Mapped[str | None]
    first_seen_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


CREATED: Final = "created"
CHANGED: Final = "changed"


async def fetch(client: AmazonClient, span: Span, token: str | None) -> AsyncIterator[Page[Order]]:
    """Orders that became available in the window, then those that changed in it: Amazon's changedAfter leaves out an
    order that never changed. A first load needs the first half only, since it reads every order as it is now.

    The token says which half it belongs to: `created:<Amazon's>` or `changed:<Amazon's>`.
    """
    half, _, rest = (token or f"{CREATED}:").partition(":")
    if half == CREATED:
        async for page in list_purchase_orders(client, span.since, span.until, rest or None, by="created"):
            if page.next_token is not None:
                yield replace(page, next_token=f"{CREATED}:{page.next_token}")
            elif span.first_load:
                yield page
            else:
                yield replace(page, next_token=f"{CHANGED}:")
        if span.first_load:
            return
        rest = ""
    async for page in list_purchase_orders(client, span.since, span.until, rest or None, by="changed"):
        yield page if page.next_token is None else replace(page, next_token=f"{CHANGED}:{page.next_token}")


POLLER: Final = Poller(
    name=STREAM,
    operation="getPurchaseOrders",
    every=order_hours(seconds=60, otherwise=300),
    window=timedelta(days=7),
    overlap=timedelta(minutes=10),
    fetch=fetch,
    store=store,
)
