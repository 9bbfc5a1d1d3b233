"""Versions put in shadow, shown, and taken out of it."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.journal.record import Subject, person, record
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.errors import Conflict, NotFound
from oktee.modules.supply.rule_sets.looking import read_rules, running_of
from oktee.modules.supply.rule_sets.tables import RuleSet, RuleSetVersion
from oktee.modules.supply.rules.body import RuleBody
from oktee.modules.supply.rules.simulation.sums import Partial
from oktee.modules.supply.shadows import wire
from oktee.modules.supply.shadows.running import ALL, KEPT, SHADOW, end
from oktee.modules.supply.shadows.tables import RuleShadow, ShadowLine
from oktee.modules.supply.simulations.asking import classes_out, sums_out, weeks_out
from oktee.modules.supply.simulations.changed import LinePage, list_page, said
from oktee.notify.outbox import publish

AT_ONCE = 3
"""Versions in shadow of one workspace: each decides every order once more."""


class ShadowsFull(Conflict):
    """As many versions as may be are in shadow."""


class InShadowAlready(Conflict):
    """One version of a rule at a time."""


class VersionDecides(Conflict):
    """The version that decides has nothing to be compared with."""


class NotInShadow(Conflict):
    """No version of this rule is in shadow."""


async def start(session: AsyncSession, caller: Caller, rule_id: UUID, body: wire.ShadowIn) -> None:
    """Raises NotFound, VersionDecides, InShadowAlready, ShadowsFull."""
    # Locked first, so that two people starting at once are counted one after the other.
    rules = {rule.id: rule for rule in await session.scalars(select(RuleSet).order_by(RuleSet.id).with_for_update())}
    rule = rules.get(rule_id)
    if rule is None:
        raise NotFound("There is no such rule.")
    _, versions = await _of_rule(session, rule_id)
    if not any(one.number == body.version for one in versions):
        raise NotFound("This rule has no such version.")
    running = running_of(versions) if rule.state == "on" else None
    if running is not None and running.number == body.version:
        raise VersionDecides("This version decides already.")
    now = present()
    open_ = (await session.scalars(select(RuleShadow).where(RuleShadow.ended_at.is_(None)))).all()
    for one in open_:
        if one.ends_at <= now:
            await end(session, one, "over", at=one.ends_at)
    going = [one for one in open_ if one.ended_at is None]
    if any(one.rule_set_id == rule_id for one in going):
        raise InShadowAlready("A version of this rule is in shadow. Stop it first.")
    if len(going) >= AT_ONCE:
        raise ShadowsFull(f"{AT_ONCE} versions are in shadow. Wait for one of them, or stop it.")
    await session.flush()
    # What an earlier one of this rule found makes way: the report is of the last.
    await session.execute(delete(RuleShadow).where(RuleShadow.rule_set_id == rule_id))
    session.add(
        RuleShadow(
            rule_set_id=rule_id,
            version=body.version,
            running_version=running.number if running is not None else None,
            days=body.days,
            started_at=now,
            looked_until=now,
            ends_at=now + timedelta(days=body.days),
            started_by_id=caller.user_id,
            started_by_name=caller.name,
            carried={},
        )
    )
    await session.flush()
    await work.schedule(session, SHADOW, ALL)
    await record(
        session,
        "rule.shadow_started",
        actor=person(caller),
        subject=Subject("rule", str(rule.id), rule.name),
        payload={"version": body.version, "days": body.days},
        audit=True,
    )
    await publish(session, "automation.changed")


async def stop(session: AsyncSession, caller: Caller, rule_id: UUID) -> None:
    """It notes nothing more; what it noted stays. Raises NotInShadow."""
    now = present()
    statement = select(RuleShadow).where(RuleShadow.rule_set_id == rule_id, RuleShadow.ended_at.is_(None))
    shadow = (await session.scalars(statement.with_for_update())).one_or_none()
    if shadow is None or shadow.ends_at <= now:
        raise NotInShadow("No version of this rule is in shadow.")
    await end(session, shadow, "stopped", at=now)
    rule = await session.get_one(RuleSet, rule_id)
    await record(
        session,
        "rule.shadow_stopped",
        actor=person(caller),
        subject=Subject("rule", str(rule.id), rule.name),
        payload={"version": shadow.version, "orders": (shadow.result or {}).get("orders", 0)},
        audit=True,
    )
    await publish(session, "automation.changed")


async def show(session: AsyncSession, rule_id: UUID) -> wire.ShadowReport:
    """Raises NotFound."""
    rule, versions = await _of_rule(session, rule_id)
    now = present()
    going = await session.scalar(
        select(func.count())
        .select_from(RuleShadow)
        .where(RuleShadow.ended_at.is_(None), RuleShadow.ends_at > now, RuleShadow.rule_set_id != rule_id)
    )
    found = await _last(session, rule_id)
    report = None
    if found is not None:
        version = next(one for one in versions if one.number == found.version)
        waiting = await session.scalar(
            select(func.count())
            .select_from(ShadowLine)
            .where(ShadowLine.shadow_id == found.id, ShadowLine.settles_at.is_not(None))
        )
        report = _out(found, rule, version, waiting or 0, over=found.ended_at is None and found.ends_at <= now)
    return wire.ShadowReport(shadow=report, at_once=AT_ONCE, full=(going or 0) >= AT_ONCE)


async def list_lines(session: AsyncSession, rule_id: UUID, kind: str, page: LinePage) -> wire.ShadowLines:
    """Raises NotFound, Invalid."""
    await _of_rule(session, rule_id)
    found = await _last(session, rule_id)
    if found is None:
        return wire.ShadowLines(rows=[], next=None)
    line = ShadowLine
    rows, following = await list_page(
        session,
        select(line).where(line.shadow_id == found.id, line.kind == kind),
        page,
        kept=line,
        tie=line.id,
        read_tie=UUID,
        filters={"shadow": str(found.id), "kind": kind},
    )
    return wire.ShadowLines(
        rows=[wire.ShadowLineOut(id=one.id, kind=one.kind, **said(one)) for one in rows], next=following
    )


async def _last(session: AsyncSession, rule_id: UUID) -> RuleShadow | None:
    statement = select(RuleShadow).where(RuleShadow.rule_set_id == rule_id)
    return (await session.scalars(statement.order_by(RuleShadow.started_at.desc()).limit(1))).one_or_none()


async def _of_rule(session: AsyncSession, rule_id: UUID) -> tuple[RuleSet, list[RuleSetVersion]]:
    found = next((one for one in await read_rules(session) if one[0].id == rule_id), None)
    if found is None:
        raise NotFound("There is no such rule.")
    return found


def _out(found: RuleShadow, rule: RuleSet, version: RuleSetVersion, waiting: int, *, over: bool) -> wire.ShadowOut:
    result = Partial.of_json(found.result) if found.result else Partial()
    return wire.ShadowOut(
        id=found.id,
        rule_id=rule.id,
        rule_name=rule.name,
        version=found.version,
        running_version=found.running_version,
        body=RuleBody.model_validate(version.body),
        started_at=found.started_at,
        started_by=found.started_by_name,
        ends_at=found.ends_at,
        ended_at=found.ends_at if over else found.ended_at,
        end_reason="over" if over else found.end_reason,
        orders=result.orders,
        lines=result.lines,
        moved=found.moved,
        answered=found.answered,
        waiting=waiting,
        was=sums_out(result.versions.get("before")),
        now=sums_out(result.versions.get("after")),
        weeks=weeks_out(result, "before"),
        classes=classes_out(result),
        kept=KEPT,
    )
