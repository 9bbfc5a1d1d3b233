"""Expected costs against the store: the fee rules and what the history says, read for a batch; estimates kept and shown."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.mirror.purchase_order_status import PurchaseOrderLineStatus
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.catalog.fee_facts import FeeRule
from oktee.catalog.fee_rules import read_fee_rules
from oktee.kit.clock import now as present
from oktee.modules.supply.rules.expected_cost import (
    Answer,
    Book,
    LineCosts,
    LineFacts,
    Policy,
    add_working_days,
    line_costs,
    policy_of,
)
from oktee.modules.supply.tables import DecisionLine

FILL_WEEKS, REJECTED_WEEKS = 12, 13
SETTLED_AFTER = timedelta(days=30)
"""After the end of its window, what has not arrived of an order is taken not to arrive."""
FILL_ORDERS = timedelta(weeks=FILL_WEEKS + 8)
"""How long before its window an order is looked for: the index is by the order's date."""
SHARE = Decimal("0.0001")


async def read_books(
    session: AsyncSession, orders: Sequence[PurchaseOrder], *, now: datetime | None = None, asins: Collection[str] = ()
) -> dict[UUID, Book]:
    """With what the costs of these orders are estimated, by order id: two statements, and one more for `asins`, the products
    of which units are rejected."""
    now = now or present()
    codes = sorted({order.vendor_code for order in orders})
    rules = await read_fee_rules(session)
    fills = await _fills(session, codes, now)
    rejected = await _rejected(session, codes, sorted(asins), now) if asins else {}
    policies: dict[tuple[str, date], Policy] = {}
    books = {}
    for order in orders:
        market = find_marketplace(order.marketplace_id)
        on = (order.window_start or order.ordered_at).date()
        policy = policies.get((order.marketplace_id, on))
        if policy is None:
            country = market.country if market else None
            policy = policies[order.marketplace_id, on] = policy_of(rules, country=country, on=on)
        books[order.id] = Book(policy, fills.get(order.vendor_code), rejected.get(order.vendor_code, {}))
    return books


def free_until(order: PurchaseOrder, rule: FeeRule | None) -> date | None:
    """The last day on which confirmed units may be taken back without a charge, in the marketplace's own days."""
    market = find_marketplace(order.marketplace_id)
    if rule is None or rule.grace_days is None or order.window_start is None or market is None:
        return None
    return add_working_days(order.window_start.astimezone(ZoneInfo(market.time_zone)).date(), rule.grace_days)


async def _fills(session: AsyncSession, codes: list[str], now: datetime) -> dict[str, Decimal]:
    """Received / confirmed by vendor code, of orders that are settled and whose window ended in the last 12 weeks.

    Amazon's own measure counts invoices; what was received is the nearest figure that it gives.
    """
    order = PurchaseOrder
    confirmed, received = func.sum(order.accepted_units), func.sum(order.received_units)
    statement = (
        select(order.vendor_code, confirmed, received)
        .where(
            order.vendor_code.in_(codes),
            order.ordered_at >= now - FILL_ORDERS,
            order.window_end.between(now - timedelta(weeks=FILL_WEEKS), now),
            or_(order.status == "CLOSED", order.window_end < now - SETTLED_AFTER),
            order.accepted_units > 0,
            order.received_units.is_not(None),
        )
        .group_by(order.vendor_code)
    )
    return {code: _share(part, whole) for code, whole, part in (await session.execute(statement)).all()}


async def _rejected(
    session: AsyncSession, codes: list[str], asins: list[str], now: datetime
) -> dict[str, dict[str, Decimal]]:
    """Rejected / ordered by vendor code and ASIN, of lines answered in the last 13 weeks."""
    order, line, shown = PurchaseOrder, PurchaseOrderLine, PurchaseOrderLineStatus
    statement = (
        select(line.vendor_code, line.asin, func.sum(shown.ordered_units), func.sum(shown.rejected_units))
        .join(order, order.id == line.purchase_order_id)
        .join(shown, (shown.purchase_order_id == line.purchase_order_id) & (shown.sequence == line.sequence))
        .where(
            line.asin.in_(asins),
            line.vendor_code.in_(codes),
            order.ordered_at >= now - timedelta(weeks=REJECTED_WEEKS),
            shown.ordered_units > 0,
            shown.accepted_units + shown.rejected_units > 0,
        )
        .group_by(line.vendor_code, line.asin)
    )
    found: dict[str, dict[str, Decimal]] = {}
    for code, asin, whole, part in (await session.execute(statement)).all():
        if asin is not None:
            found.setdefault(code, {})[asin] = _share(part, whole)
    return found


def _share(part: int | None, whole: int | None) -> Decimal:
    assert whole, "only what was ordered is counted"
    return (Decimal(int(part or 0)) / Decimal(int(whole))).quantize(SHARE)


def facts_of_line(line: PurchaseOrderLine, decided: DecisionLine | None) -> LineFacts:
    """A mirrored line with the stock that it was decided against."""
    kept = (decided.alternatives or {}) if decided is not None else {}
    cost = Decimal(line.net_cost) if line.net_cost is not None and line.cost_unit is None else None
    if cost is not None and not cost.is_finite():
        cost = None
    return LineFacts(line.units, cost, line.currency, line.asin, kept.get("free"), line.backorder_allowed)


def answer_of_line(decided: DecisionLine | None) -> Answer | None:
    if decided is None or decided.taken is None:
        return None
    return Answer(decided.taken, decided.backordered or 0, decided.cut or 0)


def in_doubt(facts: LineFacts, answer: Answer | None) -> bool:
    """Whether the product's own history matters: somebody may reject units of the line."""
    return answer is None or min(answer.accepted, facts.ordered if facts.free is None else facts.free) < facts.ordered


class Estimated(NamedTuple):
    """One line and its estimate."""

    line: PurchaseOrderLine
    facts: LineFacts
    costs: LineCosts


async def estimate(
    session: AsyncSession,
    order: PurchaseOrder,
    lines: Iterable[PurchaseOrderLine],
    decided: Mapping[str, DecisionLine],
    answers: Mapping[str, Answer] | None = None,
) -> tuple[Book, list[Estimated]]:
    """The estimate of an order's live lines with the fee rules and the history of now; `answers` in place of what was
    decided. The history is the vendor code's: read it in a session that sees all of it."""
    asked = [(line, facts_of_line(line, decided.get(line.sequence))) for line in lines if line.units > 0]
    chosen = {
        line.sequence: (answers or {}).get(line.sequence) or answer_of_line(decided.get(line.sequence))
        for line, _ in asked
    }
    doubted = {line.asin for line, facts in asked if line.asin and in_doubt(facts, chosen[line.sequence])}
    book = (await read_books(session, [order], asins=doubted))[order.id]
    return book, [Estimated(line, facts, line_costs(facts, chosen[line.sequence], book)) for line, facts in asked]


async def keep(
    session: AsyncSession,
    order: PurchaseOrder,
    mirrored: Iterable[PurchaseOrderLine],
    lines: Sequence[DecisionLine],
) -> None:
    """Estimate a person's version of a decision, and keep it with its lines."""
    by_sequence = {line.sequence: line for line in lines}
    book, found = await estimate(session, order, mirrored, by_sequence)
    for line, facts, costs in found:
        decided = by_sequence.get(line.sequence)
        if decided is not None:
            decided.expected_cost, decided.alternatives = costs.expected, costs.to_json(facts, book)
