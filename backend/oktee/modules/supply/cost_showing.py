"""Expected costs as the pages show them: kept with the decision, estimated anew while somebody types, summed for a sheet."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.catalog.fee_facts import FeeRule
from oktee.catalog.fee_rules import read_fee_rules
from oktee.kit.database import widened
from oktee.kit.errors import FieldError, Invalid, NotFound
from oktee.modules.supply import answering, cost_wire, costing
from oktee.modules.supply.decided import lines_of
from oktee.modules.supply.rules.expected_cost import Answer, line_costs, plain
from oktee.modules.supply.tables import DecisionLine, OrderState

UNKNOWN_CHARGE = "$.charges[*] ? (@.amount == null)"
NO_HISTORY = '$.charges[*] ? (@.why == "no_history")'


async def kept_costs(
    session: AsyncSession,
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    decided: Mapping[str, DecisionLine],
) -> cost_wire.OrderCosts | None:
    """The estimate that was kept with the decision; None where a line has none (it was decided before there were any)."""
    found = []
    for line in lines:
        if line.units == 0:
            continue
        answer = decided.get(line.sequence)
        if answer is None or answer.alternatives is None:
            return None
        found.append(_line(line, answer.expected_cost, answer.alternatives, decided=answer.taken is not None))
    rules = await read_fee_rules(session) if found else ()
    fill = next((kept.get("fill") for one in decided.values() if (kept := one.alternatives)), None)
    return _order(order, found, rules, fill=fill)


async def estimate_costs(
    session: AsyncSession, order_id: UUID, lines: Sequence[cost_wire.CostLine]
) -> cost_wire.OrderCosts:
    """The estimate with these quantities. Changes nothing. Raises NotFound, Invalid naming each wrong line."""
    order = await session.scalar(select(PurchaseOrder).where(PurchaseOrder.id == order_id))
    state = await session.scalar(select(OrderState).where(OrderState.purchase_order_id == order_id))
    if order is None or state is None:
        raise NotFound("There is no such order, or it has not been looked at yet.")
    statement = (
        select(PurchaseOrderLine)
        .where(PurchaseOrderLine.purchase_order_id == order_id)
        .order_by(PurchaseOrderLine.position)
    )
    mirrored = (await session.execute(statement)).scalars().all()
    known = {line.sequence: line for line in mirrored}
    answers: dict[str, Answer] = {}
    faults: list[FieldError] = []
    for n, given in enumerate(lines):
        line = known.get(given.sequence)
        if line is None:
            faults.append(FieldError(f"/lines/{n}/sequence", "unknown_line", f"There is no line {given.sequence}."))
        elif given.taken + given.backordered > line.units:
            said = f"Amazon asked {line.units}; {given.taken + given.backordered} is more than that."
            faults.append(FieldError(f"/lines/{n}/taken", "more_than_ordered", said))
        else:
            rest = line.units - given.taken - given.backordered
            answers[given.sequence] = Answer(given.taken, given.backordered, rest)
    if faults:
        raise Invalid("Some lines cannot be answered like this.", errors=tuple(faults))
    decided = {line.sequence: line for line in await lines_of(session, state.decision_id)} if state.decision_id else {}
    async with widened(session):  # what arrived is the vendor code's: Amazon waives by that
        book, found = await costing.estimate(session, order, mirrored, decided, answers)
    shown = []
    for one in found:
        sequence = one.line.sequence
        settled = sequence in answers or costing.answer_of_line(decided.get(sequence)) is not None
        shown.append(_line(one.line, one.costs.expected, one.costs.to_json(one.facts, book), decided=settled))
    return _order(order, shown, book.policy.rules, fill=None if book.fill is None else plain(book.fill))


async def sum_costs(session: AsyncSession, ids: Sequence[UUID]) -> cost_wire.CostSums:
    """Of each order's decision the sums by currency, of the lines this session sees: one statement, and some more for
    orders that were decided before there was any history and wait still."""
    decided, line, state = DecisionLine, PurchaseOrderLine, OrderState
    statement = (
        select(
            state.purchase_order_id,
            line.currency,
            func.sum(decided.expected_cost),
            func.count().filter(decided.expected_cost.is_(None) | func.coalesce(_has(UNKNOWN_CHARGE), True)),
            func.bool_or(_has(NO_HISTORY)) & state.status.in_(answering.WAITING),
        )
        .join(decided, decided.decision_id == state.decision_id)
        .join(line, and_(line.purchase_order_id == state.purchase_order_id, line.sequence == decided.sequence))
        .where(state.purchase_order_id.in_(ids), line.units > 0)
        .group_by(state.purchase_order_id, line.currency, state.status)
        .order_by(state.purchase_order_id, line.currency)
    )
    rows: dict[UUID, cost_wire.OrderCostSum] = {}
    again: set[UUID] = set()
    for order_id, currency, total, missing, early in (await session.execute(statement)).all():
        row = rows.setdefault(order_id, cost_wire.OrderCostSum(id=order_id, sums=[], not_known=0))
        row.not_known += missing
        if total is not None and currency is not None:
            row.sums.append(cost_wire.CurrencyValue(currency=currency, value=total))
        if early:
            again.add(order_id)
    if again:
        rows |= await _sum_anew(session, again)
    return cost_wire.CostSums(orders=list(rows.values()))


def _has(path: str) -> ColumnElement[bool]:
    return func.jsonb_path_exists(DecisionLine.alternatives, cast(literal(path, Text), JSONPATH))


async def _sum_anew(session: AsyncSession, ids: set[UUID]) -> dict[UUID, cost_wire.OrderCostSum]:
    """With the history of now, in six statements whatever their number."""
    orders = (await session.execute(select(PurchaseOrder).where(PurchaseOrder.id.in_(ids)))).scalars().all()
    statement = (
        select(PurchaseOrderLine, DecisionLine)
        .join(OrderState, OrderState.purchase_order_id == PurchaseOrderLine.purchase_order_id)
        .join(
            DecisionLine,
            and_(
                DecisionLine.decision_id == OrderState.decision_id, DecisionLine.sequence == PurchaseOrderLine.sequence
            ),
        )
        .where(PurchaseOrderLine.purchase_order_id.in_(ids), PurchaseOrderLine.units > 0)
    )
    pairs = [
        (line.purchase_order_id, costing.facts_of_line(line, decided), costing.answer_of_line(decided))
        for line, decided in (await session.execute(statement)).all()
    ]
    asins = {facts.asin for _, facts, answer in pairs if facts.asin and costing.in_doubt(facts, answer)}
    async with widened(session):
        books = await costing.read_books(session, orders, asins=asins)
    rows = {order.id: cost_wire.OrderCostSum(id=order.id, sums=[], not_known=0) for order in orders}
    sums: dict[tuple[UUID, str], Decimal] = {}
    for order_id, facts, answer in pairs:
        costs = line_costs(facts, answer, books[order_id])
        rows[order_id].not_known += not costs.whole
        if costs.expected is not None and facts.currency is not None:
            key = (order_id, facts.currency)
            sums[key] = sums.get(key, Decimal(0)) + costs.expected
    for (order_id, currency), value in sorted(sums.items()):
        rows[order_id].sums.append(cost_wire.CurrencyValue(currency=currency, value=value))
    return rows


def _line(
    line: PurchaseOrderLine, expected: Decimal | None, kept: dict[str, Any], *, decided: bool
) -> cost_wire.LineCosts:
    charges = [cost_wire.CostPart.model_validate(part) for part in kept["charges"]]
    return cost_wire.LineCosts(
        sequence=line.sequence,
        currency=line.currency,
        expected=expected,
        whole=expected is not None and all(charge.amount is not None for charge in charges),
        decided=decided,
        doubtful=kept["doubtful"],
        charges=charges,
        alternatives=[cost_wire.CostPart.model_validate(part) for part in kept["alternatives"]],
    )


def _order(
    order: PurchaseOrder, lines: list[cost_wire.LineCosts], rules: Iterable[FeeRule], *, fill: str | None
) -> cost_wire.OrderCosts:
    sums: dict[str, Decimal] = {}
    for line in lines:
        if line.expected is not None and line.currency is not None:
            sums[line.currency] = sums.get(line.currency, Decimal(0)) + line.expected
    named = {part.rule for line in lines for part in (*line.charges, *line.alternatives)}
    used = [rule for rule in rules if rule.code in named]
    taken_back = next((rule for rule in used if rule.kind == "down_confirmed"), None)
    market = find_marketplace(order.marketplace_id)
    return cost_wire.OrderCosts(
        sums=[cost_wire.CurrencyValue(currency=currency, value=value) for currency, value in sorted(sums.items())],
        not_known=sum(1 for line in lines if line.decided and not line.whole),
        undecided=sum(1 for line in lines if not line.decided),
        fill=fill,
        fill_weeks=costing.FILL_WEEKS,
        free_until=costing.free_until(order, taken_back),
        country=market.country if market else None,
        rules=[_rule(rule) for rule in used],
        lines=lines,
    )


def _rule(rule: FeeRule) -> cost_wire.FeeRuleInfo:
    return cost_wire.FeeRuleInfo.model_validate(rule, from_attributes=True)
