"""Proposals: reads what a decision needs in a few statements, asks the pure rules, stores what they said and why."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Table, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.catalog import lookup, stock
from oktee.catalog.matching import Candidates
from oktee.kit.clock import now as present
from oktee.kit.database import new_id, row_ids
from oktee.kit.staging import insert_many
from oktee.modules.supply import costing
from oktee.modules.supply.branding import carry_brands
from oktee.modules.supply.exceptions.approving import read_approvals
from oktee.modules.supply.history import History, read_history
from oktee.modules.supply.keeping_lines import Kept, as_decided, copied, held_by_kept
from oktee.modules.supply.logistics import NOTHING, Known, read_logistics
from oktee.modules.supply.promised import held_by, open_proposals
from oktee.modules.supply.rules.book import RuleBook
from oktee.modules.supply.rules.decide import decide_all
from oktee.modules.supply.rules.decision import Decision as Proposed
from oktee.modules.supply.rules.decision import LineDecision
from oktee.modules.supply.rules.expected_cost import Book, answer_of, line_costs
from oktee.modules.supply.rules.inputs import (
    Component,
    Context,
    ItemSnapshot,
    LineInput,
    LineKey,
    OrderInput,
    Window,
    assembled,
)
from oktee.modules.supply.rules.ledger import Places, sellable
from oktee.modules.supply.rules.pools.rooms import together
from oktee.modules.supply.settings import SupplySettings
from oktee.modules.supply.stocks import read_placed, stock_of
from oktee.modules.supply.tables import Acknowledgement, Decision, DecisionLine, OrderState

ANSWER_WITHIN = timedelta(hours=24)
LINES = cast(Table, DecisionLine.__table__)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a batch of orders is decided from, as it was read in one transaction."""

    orders: dict[str, PurchaseOrder]
    lines: dict[UUID, list[PurchaseOrderLine]]
    inputs: tuple[OrderInput, ...]
    context: Context
    images: dict[UUID, str | None]


async def read_inputs(
    session: AsyncSession,
    orders: Sequence[PurchaseOrder],
    *,
    settings: SupplySettings,
    book: RuleBook,
    zone: str,
    now: datetime,
    lock: bool = True,
    kept: Kept | None = None,
) -> Inputs:
    """Lines, catalogue candidates, stock and what is promised already, for these orders: five statements in all.

    `lock` holds the balances until the commit, for a decision that is stored; what is only asked needs none. `kept`: lines
    that keep the decision they have.
    """
    ids = [order.id for order in orders]
    lines: dict[UUID, list[PurchaseOrderLine]] = defaultdict(list)
    # Rows that read as a line does: a mapped object for each would cost more than deciding it.
    found_lines = select(*cast(Table, PurchaseOrderLine.__table__).columns)
    statement = found_lines.where(PurchaseOrderLine.purchase_order_id.in_(ids)).order_by(
        PurchaseOrderLine.purchase_order_id, PurchaseOrderLine.position
    )
    for line in cast("list[PurchaseOrderLine]", (await session.execute(statement)).all()):
        lines[line.purchase_order_id].append(line)
    flat = [(order, line) for order in orders for line in lines[order.id]]
    found = await lookup.find_candidates(
        session,
        [
            lookup.LineKey(line.marketplace_id, line.vendor_code, line.vendor_product_identifier, line.asin)
            for _, line in flat
        ],
        days=[order.ordered_at.astimezone(ZoneInfo(zone)).date() for order, _ in flat],
        today=now.astimezone(ZoneInfo(zone)).date(),
    )
    candidates: dict[LineKey, Candidates[ItemSnapshot]] = {}
    images: dict[UUID, str | None] = {}
    items: set[UUID] = set()
    shown: dict[int, Candidates[ItemSnapshot]] = {}  # lines alike share their hits
    for (order, line), hits in zip(flat, found, strict=True):
        if id(hits) not in shown:
            shown[id(hits)] = snapshots(hits, images, items)
        candidates[order.po_number, line.sequence] = shown[id(hits)]
    known = await read_logistics(session, orders, now=now)
    placed: Places | None = None
    if known.logistics is not None and known.logistics.pools:
        balances, places = await stock.by_place(session, sorted(items), for_update=lock)
        placed = await read_placed(session, places, ids=ids, kept=kept or {})
    else:
        balances = await stock.snapshot(session, sorted(items), for_update=lock)
    promised = await open_proposals(session, sorted(items), leave_out=ids)
    own = await held_by(session, ids)
    for item_id, units in held_by_kept(kept or {}).items():
        promised[item_id] = promised.get(item_id, 0) + units
    answered = await _answered_revisions(session, ids)
    history = await read_history(session, orders, [line for _, line in flat], asks=book.asks, now=now)
    base = settings.base()
    context = Context(
        now=now,
        zone=ZoneInfo(zone),
        candidates=candidates,
        stock={
            item_id: stock_of(balance, promised.get(item_id, 0) - own.get(item_id, 0))
            for item_id, balance in balances.items()
        },
        settings=base,
        book=book,
        open_orders=history.open_orders,
        approvals=await read_approvals(session, orders),
        kept={key: as_decided(line) for key, line in (kept or {}).items()},
        logistics=known.logistics,
        placed=placed,
    )
    inputs = tuple(order_of(order, lines[order.id], answered.get(order.id), history, known) for order in orders)
    return Inputs({order.po_number: order for order in orders}, lines, inputs, context, images)


def snapshots(
    hits: Candidates[lookup.CatalogItem], images: dict[UUID, str | None], items: set[UUID]
) -> Candidates[ItemSnapshot]:
    """The hits of a line as the rules take them; `images` and `items` gather what is read with them."""

    def one(item: lookup.CatalogItem) -> ItemSnapshot:
        images[item.item_id] = item.image_url
        if not item.assembled:
            items.add(item.item_id)
            return plain(item)
        items.update(part.item_id for part in item.components)
        return assembled(plain(item), tuple(_component(part) for part in item.components))

    def plain(item: lookup.CatalogItem) -> ItemSnapshot:
        return ItemSnapshot(
            item_id=item.item_id,
            sku=item.sku,
            status=item.status,
            asin=item.asin,
            vendor_sku=item.vendor_sku,
            gtin=item.gtin,
            brand=item.brand,
            title=item.title,
            case_pack=item.case_pack,
            moq=item.moq,
            cost_price=item.cost_price,
            currency=item.currency,
            cost_as_of=item.cost_as_of.date() if item.cost_as_of else None,
            cost_valid_from=item.cost_valid_from,
            cost_valid_to=item.cost_valid_to,
            cost_tolerance=item.cost_tolerance,
            order_multiple=item.order_multiple,
            embargo_until=item.launch_on,
            weight_g=item.weight_g,
            landed_cost=item.landed_cost,
            layer_units=item.layer_units,
            pallet_units=item.pallet_units,
            preferred=item.preferred,
            safety_stock=item.safety_stock,
            handling_days=item.handling_days,
            lead_time_days=item.lead_time_days,
            link_quantity=item.quantity,
            replaced_by=item.replaced_by_sku,
            sellable=item.sellable,
            as_of=item.as_of,
        )

    every = (*hits.by_vendor_sku, *hits.by_gtin, *hits.by_asin)
    made = {id(item): one(item) for item in {id(item): item for item in every}.values()}
    return Candidates(
        by_vendor_sku=tuple(made[id(item)] for item in hits.by_vendor_sku),
        by_gtin=tuple(made[id(item)] for item in hits.by_gtin),
        by_asin=tuple(made[id(item)] for item in hits.by_asin),
    )


def _component(part: lookup.CatalogComponent) -> Component:
    return Component(
        item_id=part.item_id,
        sku=part.sku,
        quantity=part.quantity,
        safety_stock=part.safety_stock,
        status=part.status,
        cost_price=part.cost_price,
        currency=part.currency,
        cost_as_of=part.cost_as_of.date() if part.cost_as_of else None,
        cost_valid_from=part.cost_valid_from,
        cost_valid_to=part.cost_valid_to,
        weight_g=part.weight_g,
    )


def order_of(
    order: PurchaseOrder,
    lines: Iterable[PurchaseOrderLine],
    answered: int | None,
    history: History | None = None,
    known: Known = NOTHING,
) -> OrderInput:
    """A mirrored order as the rules take it."""
    freight, of_terms = known.freight(order)
    window = Window(order.window_start, order.window_end) if order.window_start and order.window_end else None
    codes = history.known_vendor_codes if history else None
    places = history.known_destinations if history else None
    counted = history.answered if history else None
    return OrderInput(
        number=order.po_number,
        marketplace_id=order.marketplace_id,
        vendor_code=order.vendor_code,
        order_type=order.order_type,
        placed_at=order.ordered_at,
        revision=order.revision,
        freight=freight,
        freight_of_terms=of_terms,
        window=window,
        import_order=order.import_order,
        lines=tuple(line_input(line, history) for line in lines),
        answered_revision=answered,
        destination=order.ship_to,
        deal_code=order.deal_code,
        new_vendor_code=codes is not None
        and (order.connection_id, order.vendor_code) not in codes
        and order.vendor_code not in known.terms,
        new_destination=places is not None
        and order.ship_to is not None
        and order.ship_to not in places
        and order.ship_to not in known.centres,
        earlier_answers=None if counted is None else counted.get(order.connection_id, 0),
        fill=history.fill(order) if history else None,
    )


def line_input(line: PurchaseOrderLine, history: History | None = None) -> LineInput:
    """A mirrored line as the rules take it; the cost keeps the exact characters of the order."""
    return LineInput(
        sequence=line.sequence,
        asin=line.asin,
        vendor_product_identifier=line.vendor_product_identifier,
        ordered=line.amount,
        unit_of_measure=line.unit_of_measure,
        unit_size=line.unit_size,
        net_cost=Decimal(line.net_cost) if line.net_cost is not None else None,
        currency=line.currency,
        backorder_allowed=line.backorder_allowed,
        cancelled=line.units == 0,
        net_cost_text=line.net_cost,
        cost_unit=line.cost_unit,
        list_price=line.list_price is not None,
        list_price_text=line.list_price,
        usual=history.usual.get((line.marketplace_id, line.asin)) if history and line.asin else None,
        expected_fees=history.fees(line) if history else Decimal(0),
        rejecting=history.rejecting(line) if history else None,
    )


async def order_input(session: AsyncSession, order: PurchaseOrder) -> OrderInput:
    """One order with its lines, for building and checking an answer."""
    statement = (
        select(PurchaseOrderLine)
        .where(PurchaseOrderLine.purchase_order_id == order.id)
        .order_by(PurchaseOrderLine.position)
    )
    lines = (await session.execute(statement)).scalars().all()
    answered = await _answered_revisions(session, [order.id])
    known = await read_logistics(session, [order], now=present())
    return order_of(order, lines, answered.get(order.id), known=known)


async def _answered_revisions(session: AsyncSession, ids: list[UUID]) -> dict[UUID, int]:
    statement = (
        select(Acknowledgement.purchase_order_id, func.max(Acknowledgement.revision))
        .where(
            Acknowledgement.purchase_order_id.in_(ids),
            Acknowledgement.state.in_(("sent", "seen", "mismatch", "unknown")),
        )
        .group_by(Acknowledgement.purchase_order_id)
    )
    return dict((await session.execute(statement)).all())


def propose(inputs: Inputs) -> tuple[Proposed, ...]:
    """The pure decision on the whole batch: scarce stock goes to the earliest window first."""
    return decide_all(inputs.inputs, inputs.context)


async def store(
    session: AsyncSession,
    inputs: Inputs,
    proposals: Sequence[Proposed],
    *,
    settings_version: int,
    kept: Kept | None = None,
) -> dict[UUID, UUID]:
    """Write decisions and their lines, and the brands that were found, set-based. Answers the decision id by order id."""
    ids = [inputs.orders[proposal.number].id for proposal in proposals]
    items = _found_items(inputs, proposals)
    brands = {key: item.brand if item is not None else None for key, item in items.items()}
    brands |= {key: line.brand for key, line in (kept or {}).items()}
    await carry_brands(session, [inputs.orders[proposal.number] for proposal in proposals], inputs.lines, brands)
    numbers = await _last_numbers(session, ids)
    books = await _read_books(session, inputs, proposals)
    asked = {order.number: order for order in inputs.inputs}
    decisions, lines = [], []
    made: dict[UUID, UUID] = {}
    for proposal in proposals:
        order = inputs.orders[proposal.number]
        decision_id = new_id()
        made[order.id] = decision_id
        held = [step.to_json() for step in proposal.gates]
        decisions.append(
            {
                "id": decision_id,
                "purchase_order_id": order.id,
                "number": numbers.get(order.id, 0) + 1,
                "revision": proposal.revision,
                "decided_by_type": "rule",
                "decided_by_id": None,
                "decided_by_name": decided_by(proposal),
                "rule_set_version": proposal.rules[0].version,
                "engine_version": proposal.engine_version,
                "settings": {
                    "version": settings_version,
                    "rules": [{"id": rule.id, "name": rule.name, "version": rule.version} for rule in proposal.rules],
                },
                "hold": held,
                "totals": totals_json(proposal),
                "inputs_hash": inputs_hash(inputs, asked, proposal),
                "marketplace_id": order.marketplace_id,
                "vendor_code": order.vendor_code,
                "brand": order.brand,
                "brands": order.brands,
                "decided_at": proposal.decided_at,
            }
        )
        mirrored = {line.sequence: line for line in inputs.lines[order.id]}
        for line_id, line in zip(row_ids(len(proposal.lines)), proposal.lines, strict=True):
            before = (kept or {}).get((order.po_number, line.sequence))
            if before is not None:
                lines.append(copied(before, decision_id))
                continue
            item = items[order.po_number, line.sequence]
            lines.append(
                _line_row(line_id, decision_id, order, mirrored[line.sequence], line, item, inputs, books[order.id])
            )
    if decisions:
        await session.execute(insert(Decision), decisions)
        await insert_many(session, LINES, lines)
    return made


async def _read_books(session: AsyncSession, inputs: Inputs, proposals: Sequence[Proposed]) -> dict[UUID, Book]:
    """The history of a product is read only where units of it may be rejected."""
    doubted: set[str] = set()
    for proposal in proposals:
        sequences = {line.sequence for line in proposal.lines if line.accepted < line.ordered}
        if sequences:
            lines = inputs.lines[inputs.orders[proposal.number].id]
            doubted |= {line.asin for line in lines if line.asin and line.sequence in sequences}
    return await costing.read_books(session, list(inputs.orders.values()), now=inputs.context.now, asins=doubted)


def decided_by(proposal: Proposed) -> str:
    """The rule that decided the order, or the first of several and how many more."""
    first, *more = proposal.rules
    return f"{first.label} +{len(more)}" if more else first.label


def _line_row(
    line_id: UUID,
    decision_id: UUID,
    order: PurchaseOrder,
    mirrored: PurchaseOrderLine,
    line: LineDecision,
    item: ItemSnapshot | None,
    inputs: Inputs,
    book: Book,
) -> dict[str, Any]:
    free = _free(item, line, inputs.context) if item else None
    undecided = line.undecided > 0 or (line.held and line.taken == 0 and not line.cancelled)
    facts = costing.facts_of_line(mirrored, None)
    if free is not None and item is not None:  # what arrives in time counts too: the rules saw it
        facts = facts._replace(free=max(line.accepted, free // max(1, item.link_quantity)))
    costs = line_costs(facts, answer_of(line), book)
    return {
        "id": line_id,
        "decision_id": decision_id,
        "sequence": line.sequence,
        "item_id": line.item_id,
        "sku": line.sku,
        "asin": mirrored.asin,
        "title": item.title if item else None,
        "image_url": inputs.images.get(line.item_id) if line.item_id else None,
        "asked": line.ordered,
        "taken": None if undecided else line.accepted,
        "backordered": None if undecided else line.backordered,
        "cut": None if undecided else line.rejected,
        "rejection_reason": line.rejection_reason or (line.proposed_reason if undecided else None),
        "ship_at": line.scheduled_at,
        "backorder_at": line.backorder_at,
        "free_stock": free,
        "warehouse": line.warehouse,
        "sources": [source.to_json() for source in line.sources] or None,
        "leaves_on": line.leaves_on,
        "link_quantity": item.link_quantity if item else 1,
        "components": [
            {"item_id": str(part.item_id), "sku": part.sku, "quantity": part.quantity} for part in line.components
        ]
        or None,
        "case_pack": item.case_pack if item else None,
        "catalog_cost": item.cost_price if item else None,
        "decided_by_type": "rule",
        "decided_by_name": line.rule.label,
        "decided_by_id": None,
        "list_price": None,
        "discount_multiplier": None,
        "rule_set_id": UUID(line.rule.id),
        "rule_set_version": line.rule.version,
        "summary": orjson.Fragment(line.summary.to_text()),
        "trace": orjson.Fragment(line.trace_text()),
        "hold": [step.to_json() for step in line.holds],
        "expected_cost": costs.expected,
        "alternatives": costs.to_json(facts, book),
        "marketplace_id": order.marketplace_id,
        "vendor_code": order.vendor_code,
        "brand": item.brand if item else None,
    }


def _free(item: ItemSnapshot, line: LineDecision, ctx: Context) -> int | None:
    """Pieces of the SKU, or whole bundles, that were free before this decision where it could come from; None when that is
    not known."""
    parts = [(part.item_id, part.quantity, part.safety_stock) for part in item.components]
    found = []
    for item_id, quantity, safety in parts or [(item.item_id, 1, item.safety_stock)]:
        if ctx.placed is not None and line.sources:
            stock_now = together(ctx.placed.get(item_id, {}), [source.warehouse for source in line.sources])
        else:
            stock_now = ctx.stock.get(item_id)
        if stock_now is None:
            return None
        found.append(max(0, sellable(stock_now) - safety - stock_now.reserved_by_us) // quantity)
    return min(found)


def _found_items(inputs: Inputs, proposals: Sequence[Proposed]) -> dict[tuple[str, str], ItemSnapshot | None]:
    """The item that each line was found to be, by order number and sequence."""
    return {
        (proposal.number, line.sequence): _item(inputs, proposal.number, line)
        for proposal in proposals
        for line in proposal.lines
    }


def _item(inputs: Inputs, number: str, line: LineDecision) -> ItemSnapshot | None:
    if line.item_id is None:
        return None
    hits = inputs.context.candidates.get((number, line.sequence))
    if hits is None:
        return None
    for item in (*hits.by_vendor_sku, *hits.by_gtin, *hits.by_asin):
        if item.item_id == line.item_id:
            return item
    return None


async def _last_numbers(session: AsyncSession, ids: list[UUID]) -> dict[UUID, int]:
    statement = (
        select(Decision.purchase_order_id, func.max(Decision.number))
        .where(Decision.purchase_order_id.in_(ids))
        .group_by(Decision.purchase_order_id)
    )
    return dict((await session.execute(statement)).all())


def totals_json(proposal: Proposed) -> dict[str, Any]:
    """Units and values of a decision; money as decimal strings."""
    totals = proposal.totals
    return {
        "asked": totals.ordered,
        "taken": totals.accepted,
        "backordered": totals.backordered,
        "cut": totals.rejected,
        "undecided": totals.undecided,
        "amounts": [
            {
                "currency": amount.currency,
                "asked": str(amount.ordered),
                "taken": str(amount.accepted),
                "backordered": str(amount.backordered),
                "cut": str(amount.rejected),
                "undecided": str(amount.undecided),
            }
            for amount in totals.amounts
        ],
    }


def inputs_hash(inputs: Inputs, asked: Mapping[str, OrderInput], proposal: Proposed) -> bytes:
    """What this decision was made from, as one hash: equal inputs give equal decisions."""
    order = asked[proposal.number]
    skus = {part.item_id for line in proposal.lines for part in line.components}
    skus |= {line.item_id for line in proposal.lines if line.item_id and not line.components}
    known: Mapping[UUID, object] = inputs.context.stock if inputs.context.placed is None else inputs.context.placed
    stocks = {str(item_id): known.get(item_id) for item_id in skus}
    rules = [repr((rule.id, rule.version, rule.settings)) for rule in proposal.rules]
    logistics = inputs.context.logistics
    origin = (
        None if logistics is None else logistics.origin_of(order.vendor_code, order.destination, order.marketplace_id)
    )
    pool = logistics.pool_of(order.marketplace_id, order.vendor_code) if logistics is not None else None
    said = [repr(order), {key: repr(value) for key, value in sorted(stocks.items())}, rules, repr(origin)]
    body = orjson.dumps(said if pool is None else [*said, repr(pool)])
    return hashlib.sha256(body).digest()


async def put_states(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    """Insert or replace order states; every row has the same columns."""
    if not rows:
        return
    statement = upsert(OrderState)
    columns = [name for name in rows[0] if name != "purchase_order_id"]
    await session.execute(
        statement.on_conflict_do_update(
            constraint="pk_order_states",
            set_={name: statement.excluded[name] for name in columns} | {"updated_at": func.now()},
        ),
        rows,
    )


def deadline(order: PurchaseOrder) -> datetime:
    """Amazon wants the first answer within 24 h of the order (FACTS e)."""
    return order.ordered_at.astimezone(UTC) + ANSWER_WITHIN
