"""A draft asked about the last lines it would decide: what they get now, and what they would get. Changes nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.access.workspaces import organization_zone
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit.clock import now as present
from oktee.modules.supply.proposing.inputs import read_inputs
from oktee.modules.supply.rule_sets import wire
from oktee.modules.supply.rule_sets.looking import read_known, read_rules, running_of, said
from oktee.modules.supply.rule_sets.reading import Running, compile_book, list_running
from oktee.modules.supply.rule_sets.tables import STANDARD_ID
from oktee.modules.supply.rules.body import RuleBody
from oktee.modules.supply.rules.book import BookRule, RuleBook
from oktee.modules.supply.rules.decide import decide
from oktee.modules.supply.rules.decision import Decision, LineDecision
from oktee.modules.supply.rules.guards import Finding, look_at, never_matches
from oktee.modules.supply.rules.inputs import Context, OrderInput
from oktee.modules.supply.settings import read_settings
from oktee.modules.supply.wire.words import Message

EXAMPLES = 5
LOOKED_AT = 40
"""Orders; the newest that the conditions on the order itself let through."""
SOON_AFTER = timedelta(minutes=15)
DRAFT = "draft"


async def evaluate(session: AsyncSession, caller: Caller, asked: wire.EvaluateIn) -> wire.Evaluation:
    """The last lines that the draft would decide."""
    findings = await _findings(session, asked)
    if caller.scope is not None or any(one.level == "error" for one in findings):
        return wire.Evaluation(examples=[], findings=said(findings), looked_at=0)
    now = present()
    settings, _ = await read_settings(session)
    base = settings.base()
    running = await list_running(session, now)
    before = compile_book(running, base)
    draft = asked.body.compiled(DRAFT, _name(running, asked), 0, base)
    after = _with(before, draft, asked)
    orders = await _orders(session, asked.body)
    if not orders:
        return wire.Evaluation(examples=[], findings=said(findings), looked_at=0)
    zone = await organization_zone(caller.organization_id)
    reading = RuleBook((*before.rules, draft), standard=after.standard)  # reads of the past what either asks for
    inputs = await read_inputs(session, orders, settings=settings, book=reading, zone=zone, now=now, lock=False)
    examples: list[wire.RuleExample] = []
    by_number = {order.number: order for order in inputs.inputs}
    for order in orders:
        given = by_number[order.po_number]
        ctx, past = _on_its_day(inputs.context, given, now)
        old, new = decide(given, replace(ctx, book=before)), decide(given, replace(ctx, book=after))
        for line, was, would in zip(given.lines, old.lines, new.lines, strict=True):
            if would.rule.id != DRAFT or would.cancelled or len(examples) == EXAMPLES:
                continue
            examples.append(
                wire.RuleExample(
                    order_id=order.id,
                    po_number=order.po_number,
                    sequence=would.sequence,
                    sku=would.sku,
                    asin=line.asin,
                    asked=would.ordered,
                    past=past,
                    was=_outcome(was, old),
                    now=_outcome(would, new),
                )
            )
        if len(examples) == EXAMPLES:
            break
    return wire.Evaluation(examples=examples, findings=said(findings), looked_at=len(orders))


def _name(running: Sequence[Running], asked: wire.EvaluateIn) -> str:
    found = next((one.rule.name for one in running if one.rule.id == asked.rule_id), None)
    return found or "Draft"


def _with(book: RuleBook, draft: BookRule, asked: wire.EvaluateIn) -> RuleBook:
    """The running book with the draft in the place of its rule; a rule that does not run yet comes before all others."""
    if asked.rule_id == STANDARD_ID:
        return RuleBook(book.rules, standard=replace(draft, conditions={}))
    place = str(asked.rule_id)
    if any(rule.id == place for rule in book.rules):
        return RuleBook((draft if rule.id == place else rule for rule in book.rules), standard=book.standard)
    return RuleBook((draft, *book.rules), standard=book.standard)


async def _orders(session: AsyncSession, body: RuleBody) -> Sequence[PurchaseOrder]:
    columns = {
        "marketplace": PurchaseOrder.marketplace_id,
        "vendor_code": PurchaseOrder.vendor_code,
        "order_type": PurchaseOrder.order_type,
    }
    statement = select(PurchaseOrder).where(PurchaseOrder.units > 0)
    for one in body.when:
        column = columns.get(one.field)
        if column is not None:
            statement = statement.where(column.not_in(one.values) if one.negated else column.in_(one.values))
    newest = statement.order_by(PurchaseOrder.ordered_at.desc(), PurchaseOrder.id).limit(LOOKED_AT)
    return (await session.scalars(newest)).all()


def _on_its_day(ctx: Context, order: OrderInput, now: datetime) -> tuple[Context, bool]:
    """An order whose window is still open is decided now; another one as on its day, with the stock of today."""
    if order.window is not None and order.window.end > now and order.answered_revision is None:
        return ctx, False
    day = order.placed_at + SOON_AFTER
    fresh = {item: replace(one, as_of=day) for item, one in ctx.stock.items()}
    return replace(ctx, now=day, stock=fresh), True


def _outcome(line: LineDecision, decision: Decision) -> wire.RuleOutcome:
    """Of the line; what holds its order as a whole holds it, too."""
    gate = None if line.held else next(iter(decision.gates), None)
    return wire.RuleOutcome(
        taken=line.accepted,
        backordered=line.backordered,
        cut=line.rejected,
        held=line.held or gate is not None,
        rule=line.rule.name,
        summary=Message.model_validate(
            line.summary.to_json() if gate is None else {"message": gate.message, "values": gate.values}
        ),
    )


async def _findings(session: AsyncSession, asked: wire.EvaluateIn) -> list[Finding]:
    """What is wrong with the draft, by itself and in its place."""
    found = look_at(asked.body, await read_known(session, [asked.body]))
    before = []
    for rule, versions in await read_rules(session):
        if rule.id == asked.rule_id:
            break
        running = running_of(versions)
        if rule.state == "on" and running is not None and rule.id != STANDARD_ID and asked.rule_id is not None:
            before.append((rule.name, RuleBody.model_validate(running.body).conditions()))
    shadow = never_matches([*before, ("", asked.body.conditions())])[-1]
    return [*([shadow] if shadow is not None and shadow.code == "shadowed" else []), *found]
