"""A version begins to decide, or an earlier one does again. Orders that wait are looked at again, and people are told."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.journal.record import person, record
from oktee.kit.clock import now as present
from oktee.kit.errors import NotFound, field_error
from oktee.modules.supply.rule_sets import wire
from oktee.modules.supply.rule_sets.faults import NeverDecided, OwnerOnly, SimulationNeeded, VersionEnabled
from oktee.modules.supply.rule_sets.keeping import lock, look_again, newest_of, subject_of, version_of
from oktee.modules.supply.rule_sets.reading import PROVED_AFTER
from oktee.modules.supply.rule_sets.tables import RuleSetVersion
from oktee.modules.supply.rule_sets.telling import tell_enabled
from oktee.modules.supply.rules.body import RuleBody
from oktee.modules.supply.shadows.running import end_of_rule
from oktee.modules.supply.simulations.asking import proves
from oktee.notify.outbox import publish

LATEST = timedelta(days=366)


async def enable(session: AsyncSession, caller: Caller, rule_id: UUID, body: wire.EnableRuleIn) -> None:
    """Let a version decide. Raises OwnerOnly, SimulationNeeded, VersionEnabled; NotFound."""
    if body.simulation_id is None and caller.role != "owner":
        raise OwnerOnly("Only an Owner may enable a version that was not simulated.")
    if body.simulation_id is None and body.override_reason is None:
        raise SimulationNeeded("Simulate this version first, or say why it is enabled without a simulation.")
    now = present()
    at = _moment(body.activates_at, now)
    await look_again(session, at, at + PROVED_AFTER)
    rule = await lock(session, rule_id, make=True)
    statement = select(RuleSetVersion).where(
        RuleSetVersion.rule_set_id == rule_id, RuleSetVersion.number == body.version
    )
    version = (await session.scalars(statement.with_for_update())).one_or_none()
    if version is None:
        raise NotFound("This rule has no such version.")
    if version.activates_at is not None:
        raise VersionEnabled("This version was enabled before. Save it as a new version to let it decide again.")
    if body.simulation_id is not None and not await proves(session, body.simulation_id, rule, version):
        raise SimulationNeeded(
            "This simulation is not one of exactly this version that came to its end with at least one line simulated."
        )
    version.enabled_at, version.activates_at = now, at
    version.enabled_by_id, version.enabled_by_name = caller.user_id, caller.name
    version.simulation_id = body.simulation_id
    if body.simulation_id is None and body.override_reason is not None:
        version.override_reason = body.override_reason.strip()
    rule.state = "on"
    await end_of_rule(session, rule_id, version.number)
    await record(
        session,
        "rule.enabled" if body.simulation_id is None else "rule.enabled_simulated",
        actor=person(caller),
        subject=subject_of(rule),
        payload={
            "version": version.number,
            "activates_at": at.isoformat(),
            **(
                {"simulation_id": str(body.simulation_id)}
                if body.simulation_id is not None
                else {"without_simulation": True, "reason": version.override_reason}
            ),
        },
        audit=True,
    )
    await tell_enabled(session, caller, rule, version, "enabled" if at <= now else "planned")
    await publish(session, "automation.changed")


async def bring_back(session: AsyncSession, caller: Caller, rule_id: UUID, number: int) -> None:
    """A new version that says what an earlier one said, and decides at once. Raises NeverDecided, OwnerOnly, NotFound."""
    await look_again(session)
    rule = await lock(session, rule_id)
    now = present()
    statement = select(RuleSetVersion).where(RuleSetVersion.rule_set_id == rule_id, RuleSetVersion.number == number)
    old = (await session.scalars(statement)).one_or_none()
    if old is None:
        raise NotFound("This rule has no such version.")
    if old.activates_at is None or old.activates_at > now:
        raise NeverDecided("This version never decided. Simulate it and enable it instead.")
    body = RuleBody.model_validate(old.body)
    if body.then.may_reject_lines and caller.role != "owner":
        raise OwnerOnly("Only an Owner may let a rule reject whole lines.")
    newest = await newest_of(session, rule_id)
    version = version_of(rule_id, newest.number + 1, caller, body, note=None, consequence=old.consequence)
    version.enabled_at = version.activates_at = now
    version.enabled_by_id, version.enabled_by_name = caller.user_id, caller.name
    version.brings_back, version.simulation_id = number, old.simulation_id
    session.add(version)
    rule.state = "on"
    await end_of_rule(session, rule_id, version.number)
    await record(
        session,
        "rule.brought_back",
        actor=person(caller),
        subject=subject_of(rule),
        payload={"version": version.number, "brings_back": number, "instead_of": newest.number},
        audit=True,
    )
    await tell_enabled(session, caller, rule, version, "back")
    await publish(session, "automation.changed")


def _moment(wanted: datetime | None, now: datetime) -> datetime:
    if wanted is None:
        return now
    if wanted.tzinfo is None:
        raise field_error("/activates_at", "no_zone", "Give the instant with its offset.")
    if wanted > now + LATEST:
        raise field_error("/activates_at", "too_late", "A rule can be planned a year ahead at most.")
    return max(wanted, now)
