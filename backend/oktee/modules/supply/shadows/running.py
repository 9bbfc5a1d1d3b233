"""The work of versions in shadow: after orders were decided, what they would have decided is noted beside, and nothing else."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.workspaces import organization_zone
from oktee.catalog import history as stock_history
from oktee.journal.record import SYSTEM, Subject, record
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.database import new_id, take_time, tenant_session
from oktee.modules.supply.rule_sets.looking import read_rules
from oktee.modules.supply.rule_sets.reading import compile_book, list_running
from oktee.modules.supply.rule_sets.tables import RuleSet, RuleSetVersion
from oktee.modules.supply.rules.body import RuleBody
from oktee.modules.supply.rules.book import RuleBook
from oktee.modules.supply.rules.ledger import sellable
from oktee.modules.supply.rules.simulation.beside import Beside, decide_beside
from oktee.modules.supply.rules.simulation.facts import LATER, Carried, LaterStock
from oktee.modules.supply.rules.simulation.replay import monday, short_of
from oktee.modules.supply.rules.simulation.sums import Partial
from oktee.modules.supply.settings import read_settings
from oktee.modules.supply.shadows.rereading import Due, find_due, read_again
from oktee.modules.supply.shadows.tables import RuleShadow, ShadowLine, ShadowOrder
from oktee.modules.supply.simulations.books import with_draft
from oktee.modules.supply.simulations.reading import snapshot_then
from oktee.modules.supply.simulations.running import outcome_json
from oktee.notify.outbox import publish

MOST = 200
"""Orders that are looked at in one go."""
KEPT: Final = 20_000
"""Lines that are kept of one version in shadow."""
SETTLED = 500
"""Lines whose later stock is looked at in one go."""
LATE = timedelta(minutes=15)
"""A decision is committed so long after its own moment at most."""
ALL: Final = "all"
"""The key of the one run of an organization."""


async def ask_shadows(session: AsyncSession) -> None:
    """Orders were decided: versions in shadow look at them, in their own time. Costs one look where there is none."""
    if await session.scalar(select(func.count()).select_from(RuleShadow).where(RuleShadow.ended_at.is_(None))):
        await work.schedule(session, SHADOW, ALL)


async def run_shadows(item: work.Item) -> None:
    """Notes every decision that was not looked at yet, compares what is a day old with the stock of then, ends what is over."""
    zone = await organization_zone(item.organization_id)
    begun = present()
    while await _note(item, zone):
        pass
    while await _settle(item, zone):
        pass
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        due = await _end(session, begun)
    async with item.record(due) as session:
        await publish(session, "automation.changed")


async def _note(item: work.Item, zone: str) -> bool:
    """One go; whether there may be more."""
    async with tenant_session(item.organization_id) as session:
        await take_time(session)
        shadows = (await session.scalars(select(RuleShadow).where(RuleShadow.ended_at.is_(None)))).all()
        if not shadows:
            return False
        since = min(max(one.started_at, one.looked_until) for one in shadows) - LATE
        groups = await find_due(session, since=since, most=MOST)
    for due in groups:
        await _note_group(item, due, zone)
    return sum(len(due) for due in groups) >= MOST


async def _note_group(item: work.Item, due: list[Due], zone: str) -> None:
    at = due[0].at
    async with tenant_session(item.organization_id) as session:
        await take_time(session)
        settings, _ = await read_settings(session)
        running = compile_book(await list_running(session, at), settings.base())
        books = await _books(session, running, at)
        together = await read_again(
            session, due, settings=settings, running=running, books=list(books.values()), zone=zone
        )
    found: dict[UUID, dict[UUID, Beside | None]] = {key: {} for key in books}
    if together is not None:  # a thread: whoever is served meanwhile waits for no rule
        found = await asyncio.to_thread(decide_beside, together, books)
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        for shadow_id, by_order in sorted(found.items()):
            await _keep(session, shadow_id, due, by_order)


async def _books(session: AsyncSession, running: RuleBook, at: datetime) -> dict[UUID, RuleBook]:
    """By version in shadow at that moment the running book with it in its place."""
    statement = (
        select(RuleShadow.id, RuleShadow.rule_set_id, RuleSet.name, RuleSetVersion.number, RuleSetVersion.body)
        .join(RuleSet, RuleSet.id == RuleShadow.rule_set_id)
        .join(
            RuleSetVersion,
            (RuleSetVersion.rule_set_id == RuleShadow.rule_set_id) & (RuleSetVersion.number == RuleShadow.version),
        )
        .where(RuleShadow.ended_at.is_(None), RuleShadow.started_at <= at, RuleShadow.ends_at > at)
    )
    rows = (await session.execute(statement)).all()
    if not rows:
        return {}
    order = [rule.id for rule, _ in await read_rules(session)]
    base = (await read_settings(session))[0].base()
    return {
        shadow: with_draft(running, order, base, rule, name, number, RuleBody.model_validate(body))
        for shadow, rule, name, number, body in rows
    }


async def _keep(
    session: AsyncSession, shadow_id: UUID, due: Sequence[Due], by_order: Mapping[UUID, Beside | None]
) -> None:
    shadow = await session.scalar(select(RuleShadow).where(RuleShadow.id == shadow_id).with_for_update())
    if shadow is None or shadow.ended_at is not None:
        return
    whole = Partial.of_json(shadow.result) if shadow.result else Partial()
    ids = [one.order_id for one in due]
    before = {
        row.purchase_order_id: row
        for row in await session.scalars(
            select(ShadowOrder).where(ShadowOrder.shadow_id == shadow_id, ShadowOrder.purchase_order_id.in_(ids))
        )
    }
    orders, lines, again = [], list[dict[str, Any]](), list[UUID]()
    for one in due:
        old = before.get(one.order_id)
        if old is not None and old.number >= one.number:
            continue
        if old is not None:
            again.append(one.order_id)
            if old.result is not None:
                whole.merge(Partial.of_json(old.result), -1)
            shadow.moved -= old.state == "moved"
            shadow.answered -= old.state == "answered"
        beside = by_order.get(one.order_id)
        state = "answered" if one.answered else "moved" if beside is None else "compared"
        shadow.moved += state == "moved"
        shadow.answered += state == "answered"
        if beside is not None:
            whole.merge(beside.sums)
            lines += [_line(shadow_id, line, beside) for line in beside.changed]
        orders.append(
            {
                "shadow_id": shadow_id,
                "purchase_order_id": one.order_id,
                "number": one.number,
                "decided_at": one.at,
                "state": state,
                "result": beside.sums.to_json() if beside is not None else None,
            }
        )
    if again:
        gone = await session.execute(
            delete(ShadowLine)
            .where(ShadowLine.shadow_id == shadow_id, ShadowLine.purchase_order_id.in_(again))
            .returning(ShadowLine.id)
        )
        shadow.lines_kept -= len(gone.all())
    lines = lines[: max(0, KEPT - shadow.lines_kept)]
    if orders:
        statement = upsert(ShadowOrder)
        names = ("number", "decided_at", "state", "result")
        await session.execute(
            statement.on_conflict_do_update(
                constraint="pk_shadow_orders", set_={name: statement.excluded[name] for name in names}
            ),
            orders,
        )
    if lines:
        await session.execute(insert(ShadowLine), lines)
        shadow.lines_kept += len(lines)
    shadow.result = whole.to_json()


def _line(shadow_id: UUID, line: Any, beside: Beside) -> dict[str, Any]:
    beyond = beside.beyond.get(line.sequence, [])
    return {
        "id": new_id(),
        "shadow_id": shadow_id,
        "purchase_order_id": line.order_id,
        "po_number": line.number,
        "sequence": line.sequence,
        "kind": line.kind,
        "decided_at": line.at,
        "sku": line.sku or "",
        "asin": line.asin,
        "asked": line.asked,
        "was": outcome_json(line.was, line.was_message),
        "now": outcome_json(line.now, line.now_message),
        "rule": line.now_rule,
        "later_stock": None,
        "value": line.value,
        "currency": line.currency,
        "beyond": [[str(item_id), pieces] for item_id, pieces in beyond],
        "settles_at": line.at + LATER if beyond else None,
    }


async def _settle(item: work.Item, zone: str) -> bool:
    """A day after a line was decided: what the stock then had left shows whether more could have been promised."""
    now = present()
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        await take_time(session)
        statement = (
            select(ShadowLine)
            .where(ShadowLine.settles_at <= now)
            .order_by(ShadowLine.settles_at, ShadowLine.id)
            .limit(SETTLED)
        )
        lines = (await session.scalars(statement)).all()
        if not lines:
            return False
        items = {UUID(item_id) for line in lines for item_id, _ in line.beyond}
        stock = await stock_history.read_history(
            session, sorted(items), since=lines[0].decided_at, until=lines[-1].decided_at + LATER
        )
        of_shadow: dict[UUID, list[ShadowLine]] = defaultdict(list)
        for line in lines:
            of_shadow[line.shadow_id].append(line)
        for shadow_id, each in sorted(of_shadow.items()):
            shadow = (
                await session.scalars(select(RuleShadow).where(RuleShadow.id == shadow_id).with_for_update())
            ).one()
            await _settle_lines(session, shadow, each, stock, ZoneInfo(zone))
    return len(lines) == SETTLED


async def _settle_lines(
    session: AsyncSession,
    shadow: RuleShadow,
    lines: Sequence[ShadowLine],
    stock: stock_history.History,
    zone: ZoneInfo,
) -> None:
    whole = Partial.of_json(shadow.result) if shadow.result else Partial()
    carried = Carried(
        extra={UUID(key): (datetime.fromisoformat(at), pieces) for key, (at, pieces) in shadow.carried.items()}
    )
    orders = {
        row.purchase_order_id: row
        for row in await session.scalars(
            select(ShadowOrder).where(
                ShadowOrder.shadow_id == shadow.id,
                ShadowOrder.purchase_order_id.in_({line.purchase_order_id for line in lines}),
            )
        )
    }
    for line in lines:
        line.settles_at = None
        beyond = [(UUID(item_id), pieces) for item_id, pieces in line.beyond]
        later = {}
        for item_id, _ in beyond:
            then = stock.at(item_id, line.decided_at + LATER)
            if then is not None and then.as_of > line.decided_at:
                later[item_id] = LaterStock(then.as_of, max(0, sellable(snapshot_then(then))))
        short = short_of(beyond, later, carried)
        if short is None or line.kind == "lacked_stock":
            continue
        order = orders.get(line.purchase_order_id)
        for sums in (whole, Partial.of_json(order.result) if order is not None and order.result else None):
            if sums is None:
                continue
            sums.classes[line.kind] = sums.classes.get(line.kind, 0) - 1
            sums.classes["lacked_stock"] = sums.classes.get("lacked_stock", 0) + 1
            if sums is not whole and order is not None:
                order.result = sums.to_json()
        line.kind, line.later_stock = "lacked_stock", short
    week = monday(lines[-1].decided_at, zone) - timedelta(days=14)
    shadow.carried = {
        str(key): [at.isoformat(), pieces] for key, (at, pieces) in carried.extra.items() if at.date() >= week
    }
    shadow.result = whole.to_json()


async def _end(session: AsyncSession, begun: datetime) -> datetime | None:
    """Ends what is over; answers when there is something to look at next."""
    shadows = (
        await session.scalars(
            select(RuleShadow).where(RuleShadow.ended_at.is_(None)).order_by(RuleShadow.id).with_for_update()
        )
    ).all()
    for shadow in shadows:
        shadow.looked_until = begun
        if shadow.ends_at <= begun:
            await end(session, shadow, "over", at=shadow.ends_at)
    soonest = [one.ends_at for one in shadows if one.ended_at is None]
    settles = await session.scalar(select(func.min(ShadowLine.settles_at)))
    return min([*soonest, *([settles] if settles is not None else [])], default=None)


async def end(session: AsyncSession, shadow: RuleShadow, reason: str, *, at: datetime) -> None:
    """It notes nothing more; what it noted stays."""
    shadow.ended_at, shadow.end_reason = at, reason
    rule = await session.get_one(RuleSet, shadow.rule_set_id)
    if reason == "over":
        await record(
            session,
            "rule.shadow_over",
            actor=SYSTEM,
            subject=Subject("rule", str(rule.id), rule.name),
            payload={"version": shadow.version, "orders": (shadow.result or {}).get("orders", 0)},
        )


async def end_of_rule(session: AsyncSession, rule_id: UUID, version: int) -> None:
    """A version of the rule was enabled: the one in shadow is that very one, or is compared with what runs no more."""
    statement = select(RuleShadow).where(RuleShadow.rule_set_id == rule_id, RuleShadow.ended_at.is_(None))
    shadow = (await session.scalars(statement.with_for_update())).one_or_none()
    if shadow is not None:
        now = present()
        reason = "over" if shadow.ends_at <= now else "enabled" if shadow.version == version else "replaced"
        await end(session, shadow, reason, at=min(now, shadow.ends_at))


SHADOW: Final = work.Kind("shadow_rules", run_shadows, queue="bulk", timeout=900.0, attempts=1_000_000, cap=60.0)
"""One run of an organization at a time, by the key `all`."""
