"""What the simulator is started with, and what control may change while it runs."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulator.instants import Clock, utc_now


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldSize:
    """How much of the world is built; tests build little."""

    customers: tuple[str, ...] = ("lumea", "nordhandel", "harbor")
    items_per_customer: int = 600
    history_days: int = 90
    orders_per_day: float | None = None
    """Orders a day of history for each customer; None = the customer's own figure."""
    open_orders: int | None = None
    """Unanswered orders for each customer at the first start; None = the customer's own figure."""

    def with_overrides(self, **changes: Any) -> "WorldSize":
        return replace(self, **{name: value for name, value in changes.items() if value is not None})


EMPTY_WORLD = WorldSize(history_days=0, open_orders=0)
"""The customers and their catalogues without one order."""


class Quota(BaseModel):
    """A usage plan: requests a second and size of the bucket."""

    model_config = ConfigDict(extra="forbid")
    rate: float = Field(gt=0)
    burst: float = Field(ge=1)


def amazon_quotas() -> dict[str, Quota]:
    """Amazon's own plans (rate, burst) of the operations served (amazon/FACTS c)."""
    return {
        "getPurchaseOrders": Quota(rate=10, burst=10),
        "getPurchaseOrder": Quota(rate=10, burst=10),
        "submitAcknowledgement": Quota(rate=10, burst=10),
        "getPurchaseOrdersStatus": Quota(rate=10, burst=10),
        "getTransaction": Quota(rate=10, burst=20),
        "SubmitShipmentConfirmations": Quota(rate=10, burst=10),
        "SubmitShipments": Quota(rate=10, burst=10),
        "GetShipmentDetails": Quota(rate=10, burst=10),
        "GetShipmentLabels": Quota(rate=10, burst=10),
    }


TransactionMode = Literal[
    "normal", "failure", "processing_forever", "wrong_numbers", "rejection_ignored", "rejection_shown_as_zero"
]
"""`rejection_ignored`: a later Rejected of a line that was accepted before does not show, although the transaction succeeds
(I:models#5108). `rejection_shown_as_zero`: what is rejected of a line shows as ACCEPTED with a rejected quantity of 0."""


class LiveSettings(BaseModel):
    """The knobs of GET and PUT /_control/settings; kept over a restart."""

    model_config = ConfigDict(extra="forbid")
    speed: float = Field(default=1.0, ge=0, le=10_000, description="How often things happen; 0 = nothing by itself.")
    ack_delay_seconds: float = Field(default=2.0, ge=0, le=86_400)
    transaction_mode: TransactionMode = "normal"
    carrier_delay_seconds: float = Field(
        default=20.0,
        ge=0,
        le=86_400,
        description="From a transport request to the carrier and, for parcels, the labels.",
    )
    token_ttl_seconds: int = Field(default=3600, ge=1, le=86_400)
    revoked_token_mode: Literal["immediate", "until_expiry"] = "immediate"  # noqa: S105 (a mode, not a secret)
    reported_partner: str | None = Field(
        default=None, description="The selling_partner_id the redirect names in place of the account that consented."
    )
    quotas: dict[str, Quota] = Field(default_factory=amazon_quotas)
    latency_ms: float = Field(default=0, ge=0, le=120_000)
    refuses_ascending: bool = Field(
        default=False, description="getPurchaseOrdersStatus answers sortOrder=ASC with 400, as for some accounts."
    )

    @property
    def refuses_revoked_at_once(self) -> bool:
        return self.revoked_token_mode == "immediate"  # noqa: S105 (a mode, not a secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    state: Path | None = None
    """Folder of the state file; None = in memory."""
    seed: int = 7
    size: WorldSize = field(default_factory=WorldSize)
    live: LiveSettings = field(default_factory=LiveSettings)
    """The knobs at the first start; a state file that has its own wins."""
    clock: Clock = utc_now
