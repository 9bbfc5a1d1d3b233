"""Shipments as Amazon keeps them: what was asked of its carriers, what was confirmed, and what has arrived."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from simulator.store import Store

CREATED, REQUESTED, ASSIGNED, SHIPPED = "Created", "TransportationRequested", "CarrierAssigned", "Shipped"


@dataclass(slots=True)
class Part:
    """So much of one line of an order, in the line's unit."""

    order: str
    sequence: str
    amount: int


@dataclass(slots=True)
class Confirmed:
    """One confirmation that took effect: where it came from, and what Amazon would charge for."""

    at: datetime
    kind: str
    transaction_id: str
    call_seq: int
    defects: list[str]


@dataclass(slots=True, kw_only=True)
class Shipment:
    """`request` and `confirmation` are the newest that took effect, as they were handed in."""

    identifier: str
    selling_partner_id: str
    vendor_code: str
    freight: str
    created_at: datetime
    fulfilment_center: str
    statuses: list[tuple[str, datetime]] = field(default_factory=list)
    reference: str | None = None
    """Amazon's reference number (ARN) of collect freight."""
    parts: list[Part] = field(default_factory=list)
    request: dict[str, Any] | None = None
    confirmation: dict[str, Any] | None = None
    confirmations: list[Confirmed] = field(default_factory=list)
    cancelled_at: datetime | None = None
    carrier_at: datetime | None = None
    scheduled_pickup: datetime | None = None
    labelled_at: datetime | None = None
    arrives_at: datetime | None = None
    arrived_at: datetime | None = None

    @property
    def status(self) -> str:
        return self.statuses[-1][0]

    @property
    def confirmed_at(self) -> datetime | None:
        return self.confirmations[0].at if self.confirmations else None


class ShipmentBook:
    """Every shipment by its identifier; written through to the state file."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._all = {key: _load(row) for key, row in store.all("shipment")}

    def __iter__(self) -> Iterator[Shipment]:
        return iter(self._all.values())

    def find(self, selling_partner_id: str, identifier: str) -> Shipment | None:
        return self._all.get(f"{selling_partner_id} {identifier}")

    def put(self, shipment: Shipment) -> None:
        key = f"{shipment.selling_partner_id} {shipment.identifier}"
        self._all[key] = shipment
        self._store.put("shipment", key, asdict(shipment))

    def shipped(self, order: str, sequence: str, *, but: Shipment | None = None) -> int:
        """How much of a line other confirmations say has left, in the line's unit."""
        return sum(
            part.amount
            for shipment in self._all.values()
            if shipment is not but and shipment.confirmation is not None
            for part in shipment.parts
            if part.order == order and part.sequence == sequence
        )

    def is_confirmed(self, order: str) -> bool:
        """Whether some confirmation of this order is on the road: its goods arrive with that and not by chance."""
        return any(
            shipment.confirmation is not None and shipment.arrived_at is None
            for shipment in self._all.values()
            for part in shipment.parts
            if part.order == order
        )

    def clear(self) -> None:
        self._all.clear()


_INSTANTS = (
    "created_at", "cancelled_at", "carrier_at", "scheduled_pickup", "labelled_at", "arrives_at", "arrived_at",
)  # fmt: skip


def _load(row: dict[str, Any]) -> Shipment:
    for name in _INSTANTS:
        row[name] = None if row[name] is None else datetime.fromisoformat(row[name])
    row["statuses"] = [(name, datetime.fromisoformat(at)) for name, at in row["statuses"]]
    row["parts"] = [Part(**part) for part in row["parts"]]
    row["confirmations"] = [
        Confirmed(**{**each, "at": datetime.fromisoformat(each["at"])}) for each in row["confirmations"]
    ]
    return Shipment(**row)
