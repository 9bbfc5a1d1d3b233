"""After the answer: accepted and never shipped, shipped and not received, a message that Amazon leaves without an outcome."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from oktee.modules.supply.rules.anomalies.facts import Delivery, Finding, Place, Waiting

GRACE: Final = timedelta(hours=24)
ENOUGH: Final = 20
LATER: Final = 2.0
"""One in twenty shipments takes longer than its P95: only what takes twice as long is told."""
AT_LEAST: Final = timedelta(days=3)
STUCK: Final = timedelta(hours=2)
"""Amazon asks to allow 30 minutes."""


def not_shipped(deliveries: Sequence[Delivery], now: datetime) -> list[Finding]:
    """The window is closed, something was accepted, nothing left. Only where this vendor code's shipments are seen at all:
    who ships without telling Amazon shows none of theirs."""
    seen = {each.order.place for each in deliveries if each.shipped or each.received}
    return [
        Finding(
            "not_shipped",
            f"not_shipped/{each.order.id}",
            "supply.anomaly.not_shipped",
            {"units": each.accepted, "window": each.order.window_end},
            each.order.place,
            each.order.id,
            brands=each.order.brands,
            label=each.order.number,
        )
        for each in deliveries
        if each.accepted > 0
        and not each.shipped
        and not each.received
        and each.order.window_end is not None
        and each.order.window_end + GRACE < now
        and each.order.place in seen
    ]


def not_received(deliveries: Sequence[Delivery], now: datetime) -> list[Finding]:
    """Shipped so long ago that its fulfilment centre has nearly always received by then."""
    took: dict[tuple[Place, str | None], list[timedelta]] = defaultdict(list)
    everywhere: dict[Place, list[timedelta]] = defaultdict(list)
    for each in deliveries:
        if each.shipped_at is not None and each.received_at is not None and each.received_at > each.shipped_at:
            took[each.order.place, each.order.ship_to].append(each.received_at - each.shipped_at)
            everywhere[each.order.place].append(each.received_at - each.shipped_at)
    found = []
    for each in deliveries:
        if each.shipped_at is None or each.received or not each.shipped:
            continue
        known = took[each.order.place, each.order.ship_to]
        if len(known) < ENOUGH:
            known = everywhere[each.order.place]
        if len(known) < ENOUGH:
            continue
        usual = percentile_95(known)
        if now - each.shipped_at <= max(LATER * usual, usual + AT_LEAST):
            continue
        found.append(
            Finding(
                "not_received",
                f"not_received/{each.order.id}",
                "supply.anomaly.not_received",
                {
                    "units": each.shipped,
                    "shipped": each.shipped_at,
                    "centre": each.order.ship_to,
                    "usual": -(-usual // timedelta(days=1)),
                },
                each.order.place,
                each.order.id,
                brands=each.order.brands,
                label=each.order.number,
            )
        )
    return found


def percentile_95(values: Sequence[timedelta]) -> timedelta:
    """The nearest rank."""
    ordered = sorted(values)
    return ordered[-(-95 * len(ordered) // 100) - 1]


def stuck(waiting: Iterable[Waiting], now: datetime) -> list[Finding]:
    """Sent, and no outcome after hours."""
    return [
        Finding(
            "stuck",
            f"stuck/{each.key}",
            "supply.anomaly.stuck",
            {"number": each.number, "since": each.since},
            each.order.place,
            each.order.id,
            brands=each.order.brands,
            label=each.order.number,
        )
        for each in waiting
        if now - each.since > STUCK
    ]
