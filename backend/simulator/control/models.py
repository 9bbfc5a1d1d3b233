"""The bodies of the control API."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulator.settings import LiveSettings, Quota, TransactionMode


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ApplicationIn(Body):
    client_id: str = Field(min_length=1)
    client_secret: str = Field(min_length=1)
    application_id: str = Field(min_length=1)
    name: str = Field(min_length=1)
    redirect_uris: list[str] = Field(default_factory=list)
    roles: list[str]
    draft: bool = False
    login_uri: str | None = Field(default=None, description="Opened when a vendor re-authorises from Manage Your Apps.")


class SettingsChange(Body):
    """Only what is given changes; quotas are merged by operation. An empty reported_partner ends a wrong pairing."""

    speed: float | None = Field(default=None, ge=0, le=10_000)
    ack_delay_seconds: float | None = Field(default=None, ge=0, le=86_400)
    transaction_mode: TransactionMode | None = None
    carrier_delay_seconds: float | None = Field(default=None, ge=0, le=86_400)
    token_ttl_seconds: int | None = Field(default=None, ge=1, le=86_400)
    revoked_token_mode: Literal["immediate", "until_expiry"] | None = None
    reported_partner: str | None = None
    quotas: dict[str, Quota] | None = None
    latency_ms: float | None = Field(default=None, ge=0, le=120_000)
    refuses_ascending: bool | None = None

    def applied_to(self, live: LiveSettings) -> LiveSettings:
        changes = {name: getattr(self, name) for name in self.model_fields_set if getattr(self, name) is not None}
        if "quotas" in changes:
            changes["quotas"] = {**live.quotas, **changes["quotas"]}
        if changes.get("reported_partner") == "":
            changes["reported_partner"] = None
        return live.model_copy(update=changes)


class LineIn(Body):
    """A line named by asin, vendor_sku or ean of the customer's catalogue; an asin or ean that is in none is ordered as it stands."""

    asin: str | None = None
    vendor_sku: str | None = None
    ean: str | None = None
    vendor_product_identifier: str | None = Field(
        default=None, description="Sent as it is, in place of the code's own kind of identifier."
    )
    quantity: int | None = Field(default=None, ge=0)
    uom: Literal["Cases", "Eaches"] | None = None
    unit_size: int | None = Field(default=None, ge=1)
    net_cost: Decimal | None = Field(default=None, gt=0)
    backorder: bool | None = None


class OrdersIn(Body):
    """Orders to place. `lines` or so many drawn at random; the vendor code decides group and marketplace."""

    customer: str | None = None
    selling_partner_id: str | None = None
    marketplace: str | None = None
    vendor_code: str | None = None
    count: int = Field(default=1, ge=1, le=5_000)
    lines: list[LineIn] | None = None
    random_lines: int | None = Field(default=None, ge=1, le=500)
    purchase_order_number: str | None = Field(default=None, pattern=r"^[A-Z0-9]{8}$")
    placed_at: datetime | None = Field(
        default=None, description="purchaseOrderDate; now if not given, never later than now."
    )
    available_at: datetime | None = Field(default=None, description="When the lists show it; now if not given.")
    order_type: Literal["RegularOrder", "ConsignedOrder", "NewProductIntroduction", "RushOrder"] | None = None
    fulfilment_center: str | None = None
    freight: Literal["prepaid", "collect"] | None = Field(
        default=None, description="Who pays; the vendor group's own term if not given."
    )
    window_start: datetime | None = None
    window_end: datetime | None = None


class LineChangeIn(Body):
    item_sequence_number: str
    quantity: int | None = Field(default=None, ge=0, description="0 cancels the line.")
    net_cost: Decimal | None = Field(default=None, gt=0)


class ChangesIn(Body):
    lines: list[LineChangeIn] = Field(default_factory=list)
    cancel_lines: list[str] = Field(default_factory=list)
    remove_lines: list[str] = Field(default_factory=list, description="Gone from the order altogether, not cancelled.")
    new_lines: list[LineIn] = Field(default_factory=list)
    window_start: datetime | None = None
    window_end: datetime | None = None
    shift_window_days: int | None = None
    fulfilment_center: str | None = None
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$", description="Of all costs; the amounts stay.")
    cancel: bool = False
    uncancel: bool = False


class AnswerIn(Body):
    by: Literal["edi", "person"] = "edi"
    accepted: dict[str, int] = Field(
        default_factory=dict, description="Accepted by item sequence number; lines left out are taken whole."
    )
    accepted_share: float | None = Field(
        default=None, ge=0, le=1, description="Of every line not in `accepted`, rounded down."
    )


class AnswersIn(Body):
    """Answer so many of the open orders, oldest first."""

    customer: str | None = None
    selling_partner_id: str | None = None
    count: int = Field(ge=1, le=100_000)
    by: Literal["edi", "person"] = "edi"
    accepted_share: float | None = Field(default=None, ge=0, le=1)


class ReceiptsIn(Body):
    """Goods arrive: one order, or so many acknowledged orders of a customer, oldest first."""

    purchase_order_number: str | None = None
    customer: str | None = None
    selling_partner_id: str | None = None
    count: int = Field(default=1, ge=1, le=100_000)
    received: dict[str, int] = Field(default_factory=dict, description="In all, by item sequence number.")
    share: float = Field(default=1.0, ge=0, le=1, description="Of what was accepted, for lines not in `received`.")


class GrantIn(Body):
    application: str = Field(description="client_id or application_id")
    selling_partner_id: str


class RevokeIn(Body):
    selling_partner_id: str
    application: str | None = Field(default=None, description="client_id or application_id; none = every application")


class ResetIn(Body):
    seed: int = 7
    customers: list[str] | None = None
    items_per_customer: int | None = Field(default=None, ge=1, le=5_000)
    history_days: int | None = Field(default=None, ge=0, le=180)
    orders_per_day: float | None = Field(default=None, ge=0, le=500)
    open_orders: int | None = Field(default=None, ge=0, le=2_000)


class BulkIn(Body):
    orders: int = Field(ge=0, le=200_000)
    lines: int = Field(ge=1, le=500)
    marketplace: str = "DE"
    vendor_code: str | None = Field(default=None, pattern=r"^[A-Z0-9]{5}$")
    selling_partner_id: str | None = Field(default=None, pattern=r"^amzn1\.vg\.\d+$")
    days: float = Field(default=7.0, gt=0, le=180)
    application: str | None = Field(
        default=None, description="Also authorise this application and answer its refresh token."
    )


Json = dict[str, Any]
