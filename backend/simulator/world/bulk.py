"""Bare worlds for measuring: one vendor group with many orders spread evenly over some days, made cheaply and again the same."""

import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from simulator.accounts import VendorCode, VendorGroup
from simulator.instants import cut
from simulator.marketplaces import MARKETPLACES
from simulator.orders import Line, Order, QuantityChange
from simulator.parties import fulfilment_centers
from simulator.world.catalog import check_digit

LINE_SETS = 64
BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkWorld:
    """The record a bulk world is made from; only orders that change are stored one by one."""

    number: int
    selling_partner_id: str
    vendor_code: str
    country: str
    orders: int
    lines: int
    since: datetime
    until: datetime

    def document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "BulkWorld":
        instants = {name: datetime.fromisoformat(document[name]) for name in ("since", "until")}
        return cls(**{**document, **instants})

    @property
    def group(self) -> VendorGroup:
        return VendorGroup(
            selling_partner_id=self.selling_partner_id,
            customer="bulk",
            name=f"Bulk world {self.number}",
            freight="prepaid",
            vendor_codes=(VendorCode(code=self.vendor_code, country=self.country, identifier="ean"),),
        )

    def build(self) -> Iterator[Order]:
        """The orders, oldest first; sets of lines are shared between orders and copied by the first change."""
        rng = random.Random(f"bulk:{self.number}")
        sets = [self._lines(rng) for _ in range(min(LINE_SETS, self.orders))]
        centers = fulfilment_centers(self.country)
        step = (self.until - self.since) / max(1, self.orders)
        for place in range(self.orders):
            at = cut(self.since + step * place)
            yield Order(
                number=f"B{_base_36(self.number, 2)}{_base_36(place, 5)}",
                selling_partner_id=self.selling_partner_id,
                customer="bulk",
                vendor_code=self.vendor_code,
                country=self.country,
                currency=MARKETPLACES[self.country].currency,
                fulfilment_center=centers[place % len(centers)],
                freight="prepaid",
                window_start=at + timedelta(days=4),
                window_end=at + timedelta(days=11),
                placed_at=at,
                available_at=at,
                state_changed_at=at,
                updated_at=at,
                lines=sets[place % len(sets)],
                shared=True,
            )

    def _lines(self, rng: random.Random) -> list[Line]:
        lines = []
        for sequence in range(1, self.lines + 1):
            body = f"4{rng.randrange(10**11):011d}"
            quantity = rng.randint(1, 240)
            lines.append(
                Line(
                    sequence=str(sequence),
                    asin="B0" + "".join(rng.choices(BASE_36, k=8)),
                    identifier=body + check_digit(body),
                    quantity=quantity,
                    unit="Eaches",
                    unit_size=1,
                    backorder_allowed=rng.random() < 0.5,
                    net_cost=Decimal(rng.randint(100, 9999)) / 100,
                    list_price=None,
                    quantities=[QuantityChange(self.since, quantity)],
                )
            )
        return lines


def _base_36(value: int, width: int) -> str:
    digits = ""
    while value:
        value, digit = divmod(value, 36)
        digits = BASE_36[digit] + digits
    return digits.rjust(width, "0")
