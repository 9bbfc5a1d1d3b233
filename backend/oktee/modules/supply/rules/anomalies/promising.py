"""Promises whose moment comes near: the last day to take units back without a charge, and the date of a backorder."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from oktee.modules.supply.rules.anomalies.facts import Finding, OrderFact

DAYS_BEFORE: Final = 2
"""Working days before the last free day on which somebody is told."""
LOOK_AGAIN: Final = timedelta(days=3)
"""So long before the date of a backorder its stock is looked at again: Amazon cancels what lapses."""


@dataclass(frozen=True, slots=True)
class Unshipped:
    """An order with confirmed units in no shipment. `free_until`, `today`: days of its marketplace."""

    order: OrderFact
    units: int
    free_until: date
    ends_at: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Backorder:
    """Units of a line that were promised for later. `free`: of them what is on the shelf and promised to nobody else; None:
    not known."""

    order: OrderFact
    sequence: str
    sku: str | None
    units: int
    at: datetime
    free: int | None
    brand: str | None = None


def working_days_before(day: date, days: int) -> date:
    """Monday to Friday, as the last free day itself is counted."""
    while days > 0:
        day -= timedelta(1)
        days -= day.weekday() < 5
    return day


def free_days(orders: Iterable[Unshipped]) -> list[Finding]:
    """From two working days before the last free day until it is over."""
    return [
        Finding(
            "free_days",
            f"free_days/{each.order.id}/{each.free_until.isoformat()}",
            "supply.anomaly.free_days",
            {"units": each.units, "day": each.free_until.isoformat()},
            each.order.place,
            each.order.id,
            brands=each.order.brands,
            due_at=each.ends_at,
        )
        for each in orders
        if each.units > 0 and working_days_before(each.free_until, DAYS_BEFORE) <= each.today <= each.free_until
    ]


def backorders(lines: Sequence[Backorder], now: datetime) -> list[Finding]:
    """Those whose date is near and whose units are not all on the shelf."""
    found = []
    for each in lines:
        if each.units <= 0 or not now <= each.at <= now + LOOK_AGAIN:
            continue
        if each.free is not None and each.free >= each.units:
            continue
        values = {"sku": each.sku or "–", "units": each.units, "at": each.at}
        known = {"free": max(0, each.free)} if each.free is not None else {}
        found.append(
            Finding(
                "backorder_due",
                f"backorder_due/{each.order.id}/{each.sequence}/{each.at.date().isoformat()}",
                f"supply.anomaly.backorder_{'short' if known else 'unknown'}",
                values | known,
                each.order.place,
                each.order.id,
                sequence=each.sequence,
                brands=(each.brand or "",),
                due_at=each.at,
            )
        )
    return found
