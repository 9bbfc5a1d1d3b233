"""The recurring look at everything: findings open exceptions, what is no longer found has resolved by itself.

An anomaly is never in the way of an answer: it holds nothing by itself, a person presses what follows from it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.workspaces import enabled_modules, organization_zone
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.database import new_id, tenant_session
from oktee.modules.supply.anomalies.promises import over, read_backorders, read_unshipped, tell_of
from oktee.modules.supply.anomalies.reading import World, read_world
from oktee.modules.supply.anomalies.settling import read_newest
from oktee.modules.supply.exceptions.causes import CAUSES, OF_ARRIVAL
from oktee.modules.supply.exceptions.keeping import ANOMALIES, resolve
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.filters import CLOCK_RUNS
from oktee.modules.supply.notices import notice
from oktee.modules.supply.rule_sets.telling import tell_watched
from oktee.modules.supply.rules.anomalies import arriving, book, following, promising, settling
from oktee.modules.supply.rules.anomalies.facts import Finding
from oktee.modules.supply.rules.anomalies.rhythm import season, silence
from oktee.modules.supply.settings import MODULE
from oktee.modules.supply.stock_watch import watch_stock
from oktee.modules.supply.tables import OrderState
from oktee.notify.alerts.telling import Alert, tell
from oktee.notify.notices import Notice
from oktee.notify.outbox import publish
from oktee.notify.recipients import Place

EVERY: Final = timedelta(minutes=30)
WORKSPACE: Final = Place(brands=("",), entire=True)
"""What is about no vendor code is for those who see all."""
MOST: Final = 200
"""So many of one cause at once: more of them are one event, and somebody looks at it already."""
LONGEST: Final = timedelta(days=90)


async def watch(item: work.Item) -> None:
    """One run for an organization; it comes again by itself."""
    if MODULE not in await enabled_modules(item.organization_id):
        return  # switched on again, it is asked for again
    now, zone = present(), await organization_zone(item.organization_id)
    async with tenant_session(item.organization_id) as session:
        world = await read_world(session, now)
        unshipped, later = await read_unshipped(session, now), await read_backorders(session, now)
        newest = await read_newest(session, now)
    findings = look(world, now) + promising.free_days(unshipped) + promising.backorders(later, now)
    findings += settling.unsettled(newest)
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        await keep(session, findings)
    # Each by itself: what fails in one undoes nothing of the others, and keeps no row of theirs locked.
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        await tell_watched(session)
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        await watch_stock(session, now, zone)
    async with item.record(next_at=present() + EVERY):
        pass


WATCH = work.Kind("watch_anomalies", watch, queue="sync", timeout=300.0, attempts=1_000_000, cap=900.0)


def look(world: World, now: datetime) -> list[Finding]:
    """Everything that is out of the ordinary now. A vendor code that is silent is not told to order little as well."""
    found = arriving.unreadable(world.unread)
    for rhythm in world.rhythms:
        one = silence(rhythm) or season(rhythm)
        found += [one] if one is not None else []
    found += arriving.asked_twice(world.lines, world.fresh)
    found += arriving.unlike_lines(world.lines, world.fresh)
    found += arriving.unlike_orders(world.orders, world.fresh, world.first_for)
    found += following.not_shipped(world.deliveries, now)
    found += following.not_received(world.deliveries, now)
    found += following.stuck(world.waiting, now)
    found += book.moved(world.days)
    found += book.same_override(world.overridden)
    return found


async def keep(session: AsyncSession, findings: Iterable[Finding]) -> None:
    """Open what is new, change what says more by now, resolve what is gone."""
    findings = await _with_clocks(session, list(findings))
    wanted: dict[tuple[str, str], Finding] = {}
    count: dict[str, int] = {}
    for one in findings:
        count[one.cause] = count.get(one.cause, 0) + 1
        if count[one.cause] <= MOST:
            wanted[one.cause, one.key] = one
    statement = select(OrderException).where(OrderException.cause.in_(ANOMALIES), OrderException.state != "resolved")
    open_now = {(row.cause, row.key): row for row in (await session.execute(statement.with_for_update())).scalars()}
    dealt_with = await _dealt_with(session)
    changed = False
    gone: list[OrderException] = []
    for place, row in open_now.items():
        found = wanted.pop(place, None)
        if found is not None and row.evidence != (evidence := evidence_of(found)):
            row.evidence, changed = evidence, True
            if row.until_change:
                row.state, row.until_change, row.snoozed_until = "open", False, None
        if found is None:
            gone.append(row)
        elif row.due_at != found.due_at:
            row.due_at, changed = found.due_at, True
    if gone:
        changed = True
        await resolve(session, [row.id for row in gone], "by_itself", None)
    now = present()
    told = [one for place, one in wanted.items() if place not in dealt_with or dealt_with[place] < now - one.quiet]
    fresh = [_row(one) for one in told]
    if fresh:
        await session.execute(insert(OrderException).values(updated_at=func.clock_timestamp()), fresh)
        critical = [(row, one.label) for row, one in zip(fresh, told, strict=True) if row["severity"] == "critical"]
        await tell(session, *(_alert(row, label) for row, label in critical))
        await tell_of(session, fresh)
    await over(session, [row.purchase_order_id for row in gone])
    if changed or fresh:
        await publish(session, "exception.changed")


async def _with_clocks(session: AsyncSession, findings: list[Finding]) -> list[Finding]:
    """What is odd about an order that came is to be looked at before the order is answered: while it waits, its clock is that of
    the finding; then nothing runs out."""
    ids = {one.order_id for one in findings if one.cause in OF_ARRIVAL and one.order_id is not None}
    statement = select(OrderState.purchase_order_id, OrderState.deadline_at).where(
        OrderState.purchase_order_id.in_(ids), OrderState.status.in_(CLOCK_RUNS)
    )
    clocks = dict((await session.execute(statement)).all()) if ids else {}
    return [
        replace(one, due_at=clocks.get(one.order_id)) if one.cause in OF_ARRIVAL and one.order_id is not None else one
        for one in findings
    ]


async def _dealt_with(session: AsyncSession) -> dict[tuple[str, str], datetime]:
    """When a person last dealt with each: the same is not told again while it is quiet."""
    statement = (
        select(OrderException.cause, OrderException.key, func.max(OrderException.resolved_at))
        .where(
            OrderException.cause.in_(ANOMALIES),
            OrderException.state == "resolved",
            OrderException.resolved_by_type == "person",
            OrderException.resolved_at > func.now() - LONGEST,
        )
        .group_by(OrderException.cause, OrderException.key)
    )
    return {(cause, key): at for cause, key, at in (await session.execute(statement)).all() if at is not None}


def _alert(row: dict[str, Any], label: str) -> Alert:
    """What cannot wait until somebody opens the page. Only who sees every brand is told of what is about no order."""
    known = row["vendor_code"] is not None
    place = Place(row["marketplace_id"], row["vendor_code"], tuple(row["brands"]), entire=True) if known else WORKSPACE
    return Alert(
        Notice.EXCEPTION_CRITICAL, "exception", str(row["id"]), label, facts={"state": row["cause"]},
        details={"reasons": [{name: row["evidence"][name] for name in ("message", "values")}], "more": 0},
        cause=f"exception_critical:{row['cause']}", action="fix", due_at=row["due_at"], place=place,
        permission="exceptions.resolve",
    )  # fmt: skip


def evidence_of(one: Finding) -> dict[str, Any]:
    """As it is stored: the message with its typed values, and what a link to the rule needs."""
    said = {name: _plain(value) for name, value in one.values.items()}
    made = notice(one.message, **said)
    for typed in made["values"].values():
        if typed["type"] == "money":
            typed |= typed.pop("value")
    return made | ({"subject": dict(one.subject)} if one.subject else {})


def _plain(value: Any) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


def _row(one: Finding) -> dict[str, Any]:
    cause = CAUSES[one.cause]
    # What speaks of all orders of a vendor code, or of a rule, is for those alone who see every brand.
    brands = list(one.brands) if one.brands is not None else [""]
    return {
        "id": new_id(),
        "cause": one.cause,
        "key": one.key,
        "purchase_order_id": one.order_id,
        "sequence": one.sequence,
        "connection_id": one.place.connection_id if one.place else one.connection_id,
        "evidence": evidence_of(one),
        "severity": cause.severity,
        "owner_role": cause.owner_role,
        "due_at": one.due_at,
        "state": "open",
        "until_change": False,
        "marketplace_id": one.place.marketplace_id if one.place else None,
        "vendor_code": one.place.vendor_code if one.place else None,
        "brands": brands or [""],
    }
