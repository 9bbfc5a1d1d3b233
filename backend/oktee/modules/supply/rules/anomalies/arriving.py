"""An order that could not be read, one that is unlike those before it, and the same product asked twice within a day."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from oktee.modules.supply.rules.anomalies.facts import Finding, LineFact, OrderFact, Place, Unread, spread

TEN: Final = 10
AGAIN: Final = timedelta(hours=24)
COST_APART: Final = 0.05
DAYS_APART: Final = 4.0
SPREADS: Final = 6.0
FEW_PLACES: Final = 2
ANSWER_WITHIN: Final = timedelta(hours=24)


def unreadable(orders: Iterable[Unread]) -> list[Finding]:
    """Amazon sent it and waits for an answer, and OKTee cannot show it: its 24 hours run from when it came."""
    return [
        Finding(
            "unreadable",
            f"unreadable/{each.connection_id}/{each.number or each.key}",
            "supply.anomaly.unreadable" if each.number else "supply.anomaly.unreadable_nameless",
            ({"order": each.number} if each.number else {}) | {"since": each.first, "reason": each.reason},
            connection_id=each.connection_id,
            label=each.number or "–",
            due_at=each.first + ANSWER_WITHIN,
        )
        for each in orders
    ]


def asked_twice(lines: Sequence[LineFact], fresh: set[UUID]) -> list[Finding]:
    """The same product for the same fulfilment centre in two orders within 24 hours, where that is not how it is ordered.

    `lines`: of these products also those before. One finding an order, however many of its lines it is about.
    """
    groups: dict[tuple[Place, str | None, str], list[LineFact]] = defaultdict(list)
    for line in lines:
        groups[line.order.place, line.order.ship_to, line.asin].append(line)
    repeats: dict[tuple[Place, str], list[tuple[LineFact, LineFact]]] = defaultdict(list)
    for (place, _, asin), group in groups.items():
        group.sort(key=lambda line: (line.order.at, str(line.order.id), line.sequence))
        repeats[place, asin] += [
            (was, now)
            for was, now in itertools.pairwise(group)
            if was.order.id != now.order.id and now.order.at - was.order.at < AGAIN
        ]
    found: dict[UUID, list[tuple[LineFact, LineFact]]] = defaultdict(list)
    for pairs in repeats.values():
        if all(now.order.id in fresh for _, now in pairs):  # else it is asked like this again and again
            for was, now in pairs[:1]:
                found[now.order.id].append((was, now))
    findings = []
    for pairs in found.values():
        was, now = min(pairs, key=lambda pair: pair[1].sequence)
        findings.append(
            Finding(
                "asked_twice",
                f"asked_twice/{now.order.id}",
                "supply.anomaly.asked_twice",
                {
                    "asin": now.asin,
                    "units": now.units,
                    "order": was.order.number,
                    "before": was.units,
                    "lines": len(pairs),
                },
                now.order.place,
                now.order.id,
                brands=now.order.brands,
                subject={"lines": sorted(again.sequence for _, again in pairs)},
            )
        )
    return findings


def unlike_lines(lines: Sequence[LineFact], fresh: set[UUID]) -> list[Finding]:
    """Cost or pack unlike the last ten orders of the product by this vendor code."""
    groups: dict[tuple[Place, str], list[LineFact]] = defaultdict(list)
    for line in lines:
        groups[line.order.place, line.asin].append(line)
    findings: list[Finding] = []
    for group in groups.values():
        group.sort(key=lambda line: (line.order.at, str(line.order.id), line.sequence))
        for n, line in enumerate(group):
            before = [each for each in group[:n] if each.order.id != line.order.id][-TEN:]
            if line.order.id in fresh and len(before) == TEN:
                findings += [one for one in (_cost(line, before), _pack(line, before)) if one is not None]
    return findings


def _cost(line: LineFact, before: Sequence[LineFact]) -> Finding | None:
    known = [float(each.cost) for each in before if each.cost is not None and each.currency == line.currency]
    if line.cost is None or len(known) < TEN:
        return None
    cost = float(line.cost)
    middle, wide = spread(known)
    if not _beyond(cost, known) or abs(cost - middle) <= max(SPREADS * wide, COST_APART * middle):
        return None
    usual = sorted(known)[len(known) // 2]
    values = {"asin": line.asin, "now": _money(cost, line.currency), "usual": _money(usual, line.currency)}
    return _of_line(line, "cost", values)


def _beyond(value: float, known: Sequence[float]) -> bool:
    """Outside of all ten, by half as much as they are apart: ten values say little of how far others may go."""
    margin = (max(known) - min(known)) / 2
    return not min(known) - margin <= value <= max(known) + margin


def _money(amount: float, currency: str | None) -> dict[str, str | None]:
    return {"amount": f"{amount:.2f}", "currency": currency}


def _pack(line: LineFact, before: Sequence[LineFact]) -> Finding | None:
    packs = {each.pack for each in before}
    if len(packs) > 1 or line.pack in packs:
        return None
    return _of_line(line, "pack", {"asin": line.asin, "now": line.pack, "usual": packs.pop()})


def _of_line(line: LineFact, aspect: str, values: Mapping[str, object]) -> Finding:
    return Finding(
        "unlike",
        f"unlike/{aspect}/{line.order.id}/{line.sequence}",
        f"supply.anomaly.unlike_{aspect}",
        values,
        line.order.place,
        line.order.id,
        line.sequence,
        (line.brand or "",),
    )


def unlike_orders(
    orders: Iterable[OrderFact], fresh: set[UUID], first_for: Mapping[tuple[Place, str], datetime]
) -> list[Finding]:
    """Window or fulfilment centre unlike the last ten orders. `first_for`: when a vendor code first ordered for a centre."""
    groups: dict[Place, list[OrderFact]] = defaultdict(list)
    for order in orders:
        groups[order.place].append(order)
    findings: list[Finding] = []
    for group in groups.values():
        group.sort(key=lambda order: (order.at, str(order.id)))
        for n, order in enumerate(group):
            before = group[max(0, n - TEN) : n]
            if order.id in fresh and len(before) == TEN:
                findings += [
                    one for one in (_window(order, before), _centre(order, before, first_for)) if one is not None
                ]
    return findings


def _days(order: OrderFact) -> float | None:
    return (order.window_end - order.at) / timedelta(days=1) if order.window_end is not None else None


def _window(order: OrderFact, before: Sequence[OrderFact]) -> Finding | None:
    known = [days for each in before if (days := _days(each)) is not None]
    now = _days(order)
    if now is None or len(known) < TEN:
        return None
    middle, wide = spread(known)
    if not _beyond(now, known) or abs(now - middle) <= max(SPREADS * wide, DAYS_APART):
        return None
    return _of_order(order, "window", {"now": round(now), "usual": round(middle)})


def _centre(
    order: OrderFact, before: Sequence[OrderFact], first_for: Mapping[tuple[Place, str], datetime]
) -> Finding | None:
    known = {each.ship_to for each in before}
    if order.ship_to is None or order.ship_to in known or len(known) > FEW_PLACES:
        return None
    if first_for.get((order.place, order.ship_to), order.at) < order.at:
        return None
    usual = ", ".join(sorted(each for each in known if each))
    return _of_order(order, "centre", {"centre": order.ship_to, "usual": usual})


def _of_order(order: OrderFact, aspect: str, values: Mapping[str, object]) -> Finding:
    return Finding(
        "unlike",
        f"unlike/{aspect}/{order.id}",
        f"supply.anomaly.unlike_{aspect}",
        values,
        order.place,
        order.id,
        brands=order.brands,
    )
