"""Proposals are stored with what they were made from and why."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrderLine
from oktee.kit.database import row_id, row_ids
from oktee.kit.staging import Written, insert_many
from oktee.modules.supply import costing
from oktee.modules.supply.branding import carry_brands
from oktee.modules.supply.keeping_lines import Kept, copied
from oktee.modules.supply.proposing.inputs import Inputs
from oktee.modules.supply.proposing.totals import decided_by, totals_json
from oktee.modules.supply.rules.decision import Decision as Proposed
from oktee.modules.supply.rules.decision import LineDecision
from oktee.modules.supply.rules.expected_cost import Book, answer_of, line_costs
from oktee.modules.supply.rules.inputs import (
    Context,
    ItemSnapshot,
    OrderInput,
)
from oktee.modules.supply.rules.ledger import sellable
from oktee.modules.supply.rules.pools.rooms import together
from oktee.modules.supply.tables import Decision, DecisionLine

LINES = cast(Table, DecisionLine.__table__)
_WRITER = msgspec.msgpack.Encoder()
_NO_HOLD = Written("[]")
_rule_id = lru_cache(maxsize=256)(row_id)


async def store(
    session: AsyncSession,
    inputs: Inputs,
    proposals: Sequence[Proposed],
    *,
    settings_version: int,
    kept: Kept | None = None,
    summaries: dict[tuple[str, str], str] | None = None,
) -> dict[UUID, UUID]:
    """Write decisions and their lines, and the brands that were found, set-based. Answers the decision id by order id.

    `summaries` gathers, by order number and sequence, what was said of each line, as JSON.
    """
    ids = [inputs.orders[proposal.number].id for proposal in proposals]
    items = _found_items(inputs, proposals)
    brands = {key: item.brand if item is not None else None for key, item in items.items()}
    brands |= {key: line.brand for key, line in (kept or {}).items()}
    await carry_brands(session, [inputs.orders[proposal.number] for proposal in proposals], inputs.lines, brands)
    numbers = await _last_numbers(session, ids)
    books = await _read_books(session, inputs, proposals)
    asked = {order.number: order for order in inputs.inputs}
    rules: dict[int, str] = {}
    decisions = []
    made: dict[UUID, UUID] = {}
    for decision_id, proposal in zip(row_ids(len(proposals)), proposals, strict=True):
        order = inputs.orders[proposal.number]
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
                "inputs_hash": inputs_hash(inputs, asked[proposal.number], proposal, rules),
                "marketplace_id": order.marketplace_id,
                "vendor_code": order.vendor_code,
                "brand": order.brand,
                "brands": order.brands,
                "decided_at": proposal.decided_at,
            }
        )
    if decisions:
        await session.execute(insert(Decision), decisions)
        await insert_many(session, LINES, _line_rows(inputs, proposals, made, items, books, kept or {}, summaries))
    return made


def _line_rows(
    inputs: Inputs,
    proposals: Sequence[Proposed],
    made: Mapping[UUID, UUID],
    items: Mapping[tuple[str, str], ItemSnapshot | None],
    books: Mapping[UUID, Book],
    kept: Kept,
    summaries: dict[tuple[str, str], str] | None,
) -> Iterator[dict[str, Any]]:
    for proposal in proposals:
        number, order = proposal.number, inputs.orders[proposal.number]
        decision_id, book = made[order.id], books[order.id]
        place = {"marketplace_id": order.marketplace_id, "vendor_code": order.vendor_code}
        # A decision has its lines in the order's own order.
        for line_id, line, mirrored in zip(
            row_ids(len(proposal.lines)), proposal.lines, inputs.lines[order.id], strict=True
        ):
            if line.sequence != mirrored.sequence:
                raise RuntimeError(f"{number}: decided line {line.sequence} where the order has {mirrored.sequence}")
            before = kept.get((number, line.sequence)) if kept else None
            if before is not None:
                yield copied(before, decision_id)
                continue
            row = _line_row(mirrored, line, items[number, line.sequence], inputs, book)
            if summaries is not None:
                summaries[number, line.sequence] = row["summary"]
            yield {"id": line_id, "decision_id": decision_id, **row, **place}


async def _read_books(session: AsyncSession, inputs: Inputs, proposals: Sequence[Proposed]) -> dict[UUID, Book]:
    """The history of a product is read only where units of it may be rejected."""
    doubted: set[str] = set()
    for proposal in proposals:
        sequences = {line.sequence for line in proposal.lines if line.accepted < line.ordered}
        if sequences:
            lines = inputs.lines[inputs.orders[proposal.number].id]
            doubted |= {line.asin for line in lines if line.asin and line.sequence in sequences}
    return await costing.read_books(session, list(inputs.orders.values()), now=inputs.context.now, asins=doubted)


def _line_row(
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
        "rule_set_id": _rule_id(line.rule.id),
        "rule_set_version": line.rule.version,
        "summary": Written(line.summary.to_text()),
        "trace": Written(line.trace_kept()),
        "hold": [step.to_json() for step in line.holds] if line.held else _NO_HOLD,
        "expected_cost": costs.expected,
        "alternatives": costs.to_json(facts, book),
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


def inputs_hash(inputs: Inputs, order: OrderInput, proposal: Proposed, rules: dict[int, str]) -> bytes:
    """What this decision was made from, as one hash: equal inputs give equal decisions. `rules`: those that were written
    out already."""
    skus = {part.item_id for line in proposal.lines for part in line.components}
    skus |= {line.item_id for line in proposal.lines if line.item_id and not line.components}
    known: Mapping[UUID, object] = inputs.context.stock if inputs.context.placed is None else inputs.context.placed
    for rule in proposal.rules:
        if id(rule) not in rules:
            rules[id(rule)] = repr((rule.id, rule.version, rule.settings))
    logistics = inputs.context.logistics
    origin = (
        None if logistics is None else logistics.origin_of(order.vendor_code, order.destination, order.marketplace_id)
    )
    pool = logistics.pool_of(order.marketplace_id, order.vendor_code) if logistics is not None else None
    said = (order, [(item_id, known.get(item_id)) for item_id in sorted(skus)], [rules[id(r)] for r in proposal.rules])
    return hashlib.sha256(_WRITER.encode((said, repr(origin), repr(pool)))).digest()
