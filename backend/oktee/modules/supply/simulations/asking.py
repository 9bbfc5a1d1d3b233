"""Simulations asked for, shown, listed and stopped."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.journal.record import Subject, person, record
from oktee.kit import operations, work
from oktee.kit.clock import now as present
from oktee.kit.errors import Conflict, Invalid, NotFound, field_error
from oktee.kit.operations import Operation
from oktee.modules.supply.rule_sets.looking import read_known, read_rules, running_of
from oktee.modules.supply.rule_sets.tables import RuleSet, RuleSetVersion
from oktee.modules.supply.rules.body import RuleBody
from oktee.modules.supply.rules.guards import look_at
from oktee.modules.supply.rules.simulation.sums import Partial, Sums
from oktee.modules.supply.simulations import wire
from oktee.modules.supply.simulations.changed import LinePage, list_page, said
from oktee.modules.supply.simulations.running import KEPT, SIMULATE
from oktee.modules.supply.simulations.tables import Simulation, SimulationLine
from oktee.notify.outbox import publish

AT_WORK = 3
GOING = ("queued", "running")
LISTED = 50


class TooManySimulations(Conflict):
    """A few at a time: each decides every order of its period again."""


class SimulationOver(Conflict):
    """It has ended already."""


async def ask(session: AsyncSession, caller: Caller, body: wire.SimulationIn) -> Simulation:
    """Queue one. Raises Invalid, NotFound, TooManySimulations."""
    going = await session.scalar(select(func.count()).select_from(Simulation).where(Simulation.state.in_(GOING)))
    if (going or 0) >= AT_WORK:
        raise TooManySimulations(f"{AT_WORK} simulations are running. Wait for one of them, or stop it.")
    name, version, running, draft = await _draft(session, body)
    faults = [one for one in look_at(draft, await read_known(session, [draft])) if one.level == "error"]
    if faults:
        raise Invalid("This rule cannot be as it is, so it cannot be simulated.")
    base = await get(session, body.based_on) if body.based_on is not None else None
    # The same orders as before: those that came since would be no change of the rule's making.
    until = base.until if base is not None and base.days == body.days else present()
    operation = Operation(kind="rules.simulation", unit="orders", created_by=caller.user_id)
    session.add(operation)
    await session.flush()
    made = Simulation(
        operation_id=operation.id,
        rule_set_id=body.rule_id,
        rule_name=name,
        version=version,
        running_version=running,
        body=draft.model_dump(mode="json"),
        days=body.days,
        compared_with=body.compared_with,
        since=until - timedelta(days=body.days),
        until=until,
        based_on=base.id if base is not None else None,
        created_by=caller.user_id,
        created_by_name=caller.name,
    )
    session.add(made)
    await session.flush()
    await session.refresh(made)
    await work.schedule(session, SIMULATE, str(made.id))
    await record(
        session,
        "rule.simulated",
        actor=person(caller),
        subject=Subject("rule", str(body.rule_id or made.id), name),
        payload={"simulation_id": str(made.id), "version": version, "days": body.days},
    )
    await publish(session, "operation.changed", operation_id=str(operation.id), simulation_id=str(made.id))
    return made


async def _draft(session: AsyncSession, body: wire.SimulationIn) -> tuple[str, int | None, int | None, RuleBody]:
    """(name, saved version it is, running version, body)."""
    if body.rule_id is None:
        if body.body is None:
            raise field_error("/body", "missing", "Say what the rule would say, or name a rule and its version.")
        return body.name or "Draft", None, None, body.body
    found = next((one for one in await read_rules(session) if one[0].id == body.rule_id), None)
    if found is None:
        raise NotFound("There is no such rule.")
    rule, versions = found
    running = running_of(versions)
    number = running.number if running is not None else None
    if body.body is not None:
        # By what they say: a body that was stored before a knob was known says its default.
        saved = next((one for one in versions if RuleBody.model_validate(one.body) == body.body), None)
        return rule.name, saved.number if saved else None, number, body.body
    wanted = body.version or versions[0].number
    version = next((one for one in versions if one.number == wanted), None)
    if version is None:
        raise NotFound("This rule has no such version.")
    return rule.name, wanted, number, RuleBody.model_validate(version.body)


async def show(session: AsyncSession, simulation_id: UUID) -> wire.SimulationOut:
    """Raises NotFound."""
    found = await get(session, simulation_id)
    result = Partial.of_json(found.result) if found.result else Partial()
    before = "before" if found.compared_with == "running" else "happened"
    versions = result.versions
    return wire.SimulationOut(
        **row(found).model_dump(),
        body=RuleBody.model_validate(found.body),
        orders_simulated=result.orders_simulated,
        lines=result.lines,
        not_simulated=result.not_simulated,
        happened=sums_out(versions.get("happened")),
        was=sums_out(versions.get(before)),
        now=sums_out(versions.get("after")),
        weeks=weeks_out(result, before),
        classes=classes_out(result),
        kept_of_a_kind=KEPT,
    )


def weeks_out(result: Partial, before: str) -> list[wire.SimulationWeek]:
    """Week by week what it is compared with, and what would be."""
    return [
        wire.SimulationWeek(monday=monday, was=sums_out(of_week.get(before)), now=sums_out(of_week.get("after")))
        for monday, of_week in sorted(result.weeks.items())
    ]


def classes_out(result: Partial) -> list[wire.SimulationClass]:
    """Lines by kind, without the kinds that have none."""
    return [
        wire.SimulationClass(kind=kind, lines=count)
        for kind, count in (result.classes | {"not_simulated": result.not_simulated}).items()
        if count
    ]


def row(found: Simulation) -> wire.SimulationRow:
    return wire.SimulationRow(
        id=found.id,
        operation_id=found.operation_id,
        state=found.state,
        rule_id=found.rule_set_id,
        rule_name=found.rule_name,
        version=found.version,
        running_version=found.running_version,
        days=found.days,
        compared_with=found.compared_with,
        since=found.since,
        until=found.until,
        done=(found.result or {}).get("orders", 0),
        orders=found.orders,
        created_at=found.created_at,
        created_by=found.created_by_name,
        took_ms=found.took_ms,
        based_on=found.based_on,
        orders_again=found.orders_again,
        whole_because=found.whole_because,
    )


def sums_out(sums: Sums | None) -> wire.SimulationSums | None:
    """As they stand on the wire."""
    if sums is None:
        return None
    confirmed = sums.accepted + sums.backordered
    return wire.SimulationSums(
        asked=sums.asked,
        accepted=sums.accepted,
        backordered=sums.backordered,
        rejected=sums.rejected,
        undecided=sums.undecided,
        confirmation=round(confirmed / sums.asked, 6) if sums.asked else None,
        orders_held=sums.orders_held,
        lines_held=sums.lines_held,
        fees=_money(sums.fees),
        fees_unknown=sums.fees_unknown,
        value=_money(sums.value),
        loss=_money(sums.loss),
    )


def _money(amounts: dict[str, Decimal]) -> list[wire.MoneySum]:
    return [wire.MoneySum(currency=currency, amount=f"{amount:.2f}") for currency, amount in sorted(amounts.items())]


async def list_latest(session: AsyncSession, rule_id: UUID | None) -> wire.SimulationList:
    statement = select(Simulation).order_by(Simulation.created_at.desc(), Simulation.id.desc()).limit(LISTED)
    if rule_id is not None:
        statement = statement.where(Simulation.rule_set_id == rule_id)
    return wire.SimulationList(rows=[row(one) for one in await session.scalars(statement)])


async def get(session: AsyncSession, simulation_id: UUID) -> Simulation:
    found = await session.get(Simulation, simulation_id)
    if found is None:
        raise NotFound("There is no such simulation.")
    return found


async def list_lines(session: AsyncSession, simulation_id: UUID, kind: str, page: LinePage) -> wire.SimulationLines:
    """Raises NotFound, Invalid."""
    await get(session, simulation_id)
    line = SimulationLine
    rows, following = await list_page(
        session,
        select(line).where(line.simulation_id == simulation_id, line.kind == kind),
        page,
        kept=line,
        tie=line.number,
        read_tie=int,
        filters={"simulation": str(simulation_id), "kind": kind},
    )
    out = [wire.SimulationLineOut(number=one.number, kind=one.kind, **said(one)) for one in rows]
    return wire.SimulationLines(rows=out, next=following)


async def stop(session: AsyncSession, caller: Caller, simulation_id: UUID) -> None:
    """Ask it to end at its next part; what it found until then stays. Raises NotFound, SimulationOver."""
    found = await get(session, simulation_id)
    if found.state not in GOING:
        raise SimulationOver("This simulation has ended already.")
    await operations.request_cancel(session, found.operation_id)
    await record(
        session,
        "operation.cancel_requested",
        actor=person(caller),
        subject=Subject("operation", str(found.operation_id), "rules.simulation"),
        audit=True,
    )
    await publish(session, "operation.changed", operation_id=str(found.operation_id), simulation_id=str(simulation_id))


async def adopt(session: AsyncSession, rule_id: UUID, number: int, body: RuleBody) -> None:
    """A draft that was simulated is saved now: its simulations are of this version."""
    same = (Simulation.rule_set_id == rule_id, Simulation.body == body.model_dump(mode="json"))
    await session.execute(update(Simulation).where(*same, Simulation.version.is_(None)).values(version=number))


async def proves(session: AsyncSession, simulation_id: UUID, rule: RuleSet, version: RuleSetVersion) -> bool:
    """Whether it asked exactly what this version says, of this rule, came to its end, and simulated anything at all."""
    found = await session.get(Simulation, simulation_id)
    if found is None or found.state != "done" or found.rule_set_id != rule.id:
        return False
    if not (found.result or {}).get("orders_simulated"):
        return False
    return RuleBody.model_validate(found.body) == RuleBody.model_validate(version.body)
