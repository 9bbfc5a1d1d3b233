"""What people do with rules: write, enable, pause, order, copy, import. Each act is on record, and orders are looked at again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.journal.record import Subject, person, record
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.database import new_id
from oktee.kit.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, field_error
from oktee.modules.supply.deciding import ALL
from oktee.modules.supply.jobs import kinds
from oktee.modules.supply.rule_sets import wire
from oktee.modules.supply.rule_sets.looking import CONSEQUENCES, first_standard, read_known
from oktee.modules.supply.rule_sets.reading import PROVED_AFTER
from oktee.modules.supply.rule_sets.tables import STANDARD_ID, RuleSet, RuleSetVersion
from oktee.modules.supply.rules.body import SCHEMA, RuleBody, differences
from oktee.modules.supply.rules.guards import look_at
from oktee.modules.supply.shadows.running import end_of_rule
from oktee.modules.supply.simulations.asking import adopt, proves
from oktee.notify.outbox import publish

LATEST = timedelta(days=366)


class OwnerOnly(Forbidden):
    """Letting rules reject whole lines, and enabling one without a simulation, is an Owner's own act."""


class StandardRule(Conflict):
    """The standard rule takes every line that no other takes: it is always on and always last."""


class SimulationNeeded(Conflict):
    """A version is enabled on a finished simulation of exactly what it says."""


class NeverDecided(Conflict):
    """Only a version that decided before can be brought back."""


class VersionEnabled(Conflict):
    """This version was enabled before. Save it as a new version to let it decide again."""


class RuleInUse(Conflict):
    """A rule that decided orders is kept, so that its decisions stay readable. Pause it instead."""


class RulesChanged(Conflict):
    """Somebody added or removed a rule after this page was read."""


async def create(session: AsyncSession, caller: Caller, body: wire.RuleIn) -> UUID:
    """A new rule with its first version, a draft before the standard rule."""
    await _check(session, caller, body)
    rule = RuleSet(id=new_id(), name=body.name.strip(), position=await _next_position(session), state="draft")
    session.add(rule)
    await session.flush()
    session.add(_version(rule.id, 1, caller, body.body, note=body.note, consequence=body.consequence))
    await record(
        session,
        "rule.created",
        actor=person(caller),
        subject=_subject(rule),
        payload={"version": 1, "body": body.body.model_dump(mode="json"), "note": body.note},
        audit=True,
    )
    await publish(session, "automation.changed")
    return rule.id


async def add_version(session: AsyncSession, caller: Caller, rule_id: UUID, body: wire.RuleVersionIn) -> int:
    """A new version, which decides nothing until it is enabled. Answers its number."""
    await _check(session, caller, body)
    rule = await _lock(session, rule_id, make=True)
    before = await _newest(session, rule_id)
    number = before.number + 1
    session.add(_version(rule_id, number, caller, body.body, note=body.note, consequence=body.consequence))
    await adopt(session, rule_id, number, body.body)
    was = rule.name
    if body.name is not None and rule_id != STANDARD_ID:
        rule.name = body.name.strip()
    await record(
        session,
        "rule.version_saved",
        actor=person(caller),
        subject=_subject(rule),
        payload={
            "version": number,
            "note": body.note,
            "changes": differences(RuleBody.model_validate(before.body), body.body),
            **({"renamed_from": was} if was != rule.name else {}),
        },
        audit=True,
    )
    await publish(session, "automation.changed")
    return number


async def enable(session: AsyncSession, caller: Caller, rule_id: UUID, body: wire.EnableRuleIn) -> None:
    """Let a version decide. Raises OwnerOnly, SimulationNeeded, VersionEnabled; NotFound."""
    if body.simulation_id is None and caller.role != "owner":
        raise OwnerOnly("Only an Owner may enable a version that was not simulated.")
    if body.simulation_id is None and body.override_reason is None:
        raise SimulationNeeded("Simulate this version first, or say why it is enabled without a simulation.")
    now = present()
    at = _moment(body.activates_at, now)
    await _look_again(session, at, at + PROVED_AFTER)
    rule = await _lock(session, rule_id, make=True)
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
        subject=_subject(rule),
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
    await publish(session, "automation.changed")


async def bring_back(session: AsyncSession, caller: Caller, rule_id: UUID, number: int) -> None:
    """A new version that says what an earlier one said, and decides at once. Raises NeverDecided, OwnerOnly, NotFound."""
    await _look_again(session)
    rule = await _lock(session, rule_id)
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
    newest = await _newest(session, rule_id)
    version = _version(rule_id, newest.number + 1, caller, body, note=None, consequence=old.consequence)
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
        subject=_subject(rule),
        payload={"version": version.number, "brings_back": number, "instead_of": newest.number},
        audit=True,
    )
    await publish(session, "automation.changed")


async def pause(session: AsyncSession, caller: Caller, rule_id: UUID) -> None:
    """The rule decides nothing until it is resumed; its lines fall to the rules after it."""
    await _look_again(session)
    rule = await _lock(session, rule_id)
    if rule_id == STANDARD_ID:
        raise StandardRule("The standard rule takes what no other takes; it cannot be paused.")
    if rule.state != "on":
        return
    rule.state = "paused"
    await record(session, "rule.paused", actor=person(caller), subject=_subject(rule), audit=True)
    await publish(session, "automation.changed")


async def resume(session: AsyncSession, caller: Caller, rule_id: UUID) -> None:
    """A paused rule decides again, with the version that it had."""
    await _look_again(session)
    rule = await _lock(session, rule_id)
    if rule.state != "paused":
        return
    rule.state = "on"
    await record(session, "rule.resumed", actor=person(caller), subject=_subject(rule), audit=True)
    await publish(session, "automation.changed")


async def reorder(session: AsyncSession, caller: Caller, ids: Sequence[UUID]) -> None:
    """The order in which rules are asked. Raises RulesChanged when it does not name each of them once."""
    await _look_again(session)
    rules = {
        rule.id: rule
        for rule in await session.scalars(
            select(RuleSet).where(RuleSet.id != STANDARD_ID).order_by(RuleSet.id).with_for_update()
        )
    }
    if len(ids) != len(rules) or set(ids) != set(rules):
        raise RulesChanged("Somebody added or removed a rule. Look at the list again.")
    before = [rule.name for rule in sorted(rules.values(), key=lambda one: (one.position, one.id))]
    for place, rule_id in enumerate(ids, start=1):
        rules[rule_id].position = place
    after = [rules[rule_id].name for rule_id in ids]
    if before == after:
        return
    await record(
        session,
        "rule.reordered",
        actor=person(caller),
        subject=Subject("settings", "supply", "Automation rules"),
        payload={"was": before, "now": after},
        audit=True,
    )
    await publish(session, "automation.changed")


async def duplicate(session: AsyncSession, caller: Caller, rule_id: UUID) -> UUID:
    """A draft that says the same, without the right to reject whole lines."""
    found = await session.get(RuleSet, rule_id)
    rule, newest = (found, await _newest(session, rule_id)) if found is not None else _standard(rule_id)
    body = _without_door(RuleBody.model_validate(newest.body))
    copy = RuleSet(id=new_id(), name=f"{rule.name} (2)"[:80], position=await _next_position(session), state="draft")
    session.add(copy)
    await session.flush()
    session.add(_version(copy.id, 1, caller, body, note=None, consequence=None))
    await record(
        session,
        "rule.duplicated",
        actor=person(caller),
        subject=_subject(copy),
        payload={"of": rule.name, "version": newest.number},
        audit=True,
    )
    await publish(session, "automation.changed")
    return copy.id


async def delete(session: AsyncSession, caller: Caller, rule_id: UUID) -> None:
    """A draft that never decided. Raises RuleInUse."""
    rule = await _lock(session, rule_id)
    if rule.state != "draft":
        raise RuleInUse("This rule has decided orders. Pause it instead: its decisions stay readable.")
    subject = _subject(rule)
    await session.delete(rule)
    await record(session, "rule.deleted", actor=person(caller), subject=subject, audit=True)
    await publish(session, "automation.changed")


async def import_rules(session: AsyncSession, caller: Caller, file: wire.RuleFile) -> wire.RulesImported:
    """Rules of a file as drafts; none decides, and none may reject whole lines. Raises Invalid naming each wrong rule."""
    if file.schema_version != SCHEMA:
        raise field_error(
            "/schema_version", "unknown_schema", f"This file is of schema {file.schema_version}, not {SCHEMA}."
        )
    faults = [
        FieldError(f"/rules/{n}/body{finding.pointer}", finding.code, f"{one.name}: this rule cannot be as it is.")
        for n, one in enumerate(file.rules)
        for finding in look_at(one.body)
        if finding.level == "error"
    ]
    if faults:
        raise Invalid("Some rules of the file cannot be as they are.", errors=tuple(faults))
    stripped = [one.name for one in file.rules if one.body.then.may_reject_lines]
    place = await _next_position(session)
    for n, one in enumerate(file.rules):
        rule = RuleSet(id=new_id(), name=one.name.strip(), position=place + n, state="draft")
        session.add(rule)
        await session.flush()
        session.add(_version(rule.id, 1, caller, _without_door(one.body), note=one.note, consequence=None))
    await record(
        session,
        "rule.imported",
        actor=person(caller),
        subject=Subject("settings", "supply", "Automation rules"),
        payload={"rules": [one.name for one in file.rules], "stripped": stripped},
        audit=True,
    )
    await publish(session, "automation.changed")
    return wire.RulesImported(created=len(file.rules), stripped=stripped)


async def _check(session: AsyncSession, caller: Caller, body: wire.RuleVersionIn) -> None:
    """Raises Invalid naming each fault of the rule, OwnerOnly where it may reject whole lines."""
    known = await read_known(session, [body.body])
    faults = [one for one in look_at(body.body, known) if one.level == "error"]
    if faults:
        raise Invalid(
            "This rule cannot be as it is.",
            errors=tuple(
                FieldError(f"/body{one.pointer}", one.code, "This rule cannot be as it is.") for one in faults
            ),
        )
    if not body.body.then.may_reject_lines:
        return
    if caller.role != "owner":
        raise OwnerOnly("Only an Owner may let a rule reject whole lines.")
    if (body.consequence or "").strip().casefold() not in CONSEQUENCES:
        raise field_error("/consequence", "consequence_missing", f"Type what follows: {CONSEQUENCES[0]}.")


async def _look_again(session: AsyncSession, *moments: datetime) -> None:
    """Waiting orders are decided again, now or at these moments. First of all: work rows before data rows."""
    now = present()
    keys = {(ALL, None) if at <= now else (f"{ALL}@{at.isoformat()}", at) for at in moments or (now,)}
    for key, due in sorted(keys, key=lambda each: each[0]):
        await work.schedule(session, kinds.DECIDE, key, due_at=due)


async def _lock(session: AsyncSession, rule_id: UUID, *, make: bool = False) -> RuleSet:
    """The rule, locked. `make` stores the standard rule when nobody changed it yet. Raises NotFound."""
    found = (await session.scalars(select(RuleSet).where(RuleSet.id == rule_id).with_for_update())).one_or_none()
    if found is None and make and rule_id == STANDARD_ID:
        rule, (version,) = first_standard()
        session.add(rule)
        await session.flush()
        session.add(version)
        await session.flush()
        return rule
    if found is None:
        raise NotFound("There is no such rule.")
    return found


def _standard(rule_id: UUID) -> tuple[RuleSet, RuleSetVersion]:
    if rule_id != STANDARD_ID:
        raise NotFound("There is no such rule.")
    rule, (version,) = first_standard()
    return rule, version


async def _newest(session: AsyncSession, rule_id: UUID) -> RuleSetVersion:
    statement = select(RuleSetVersion).where(RuleSetVersion.rule_set_id == rule_id)
    found = (await session.scalars(statement.order_by(RuleSetVersion.number.desc()).limit(1))).one_or_none()
    if found is None:
        raise NotFound("There is no such rule.")
    return found


async def _next_position(session: AsyncSession) -> int:
    last = await session.scalar(select(func.max(RuleSet.position)).where(RuleSet.id != STANDARD_ID))
    return (last or 0) + 1


def _version(
    rule_id: UUID, number: int, caller: Caller, body: RuleBody, *, note: str | None, consequence: str | None
) -> RuleSetVersion:
    return RuleSetVersion(
        rule_set_id=rule_id,
        number=number,
        schema=SCHEMA,
        body=body.model_dump(mode="json"),
        note=note.strip() or None if note else None,
        author_id=caller.user_id,
        author_name=caller.name,
        consequence=consequence if body.then.may_reject_lines else None,
    )


def _without_door(body: RuleBody) -> RuleBody:
    return body.model_copy(update={"then": body.then.model_copy(update={"may_reject_lines": False})})


def _moment(wanted: datetime | None, now: datetime) -> datetime:
    if wanted is None:
        return now
    if wanted.tzinfo is None:
        raise field_error("/activates_at", "no_zone", "Give the instant with its offset.")
    if wanted > now + LATEST:
        raise field_error("/activates_at", "too_late", "A rule can be planned a year ahead at most.")
    return max(wanted, now)


def _subject(rule: RuleSet) -> Subject:
    return Subject("rule", str(rule.id), rule.name)


def export_file(stored: Sequence[tuple[RuleSet, Sequence[RuleSetVersion]]], running: Any) -> wire.RuleFile:
    """Every rule as it runs, or as its newest draft says."""
    rules = []
    for rule, versions in stored:
        version = running(versions) or versions[0]
        rules.append(
            wire.RuleFileRule(
                name=rule.name,
                note=version.note,
                standard=rule.id == STANDARD_ID,
                body=RuleBody.model_validate(version.body),
            )
        )
    return wire.RuleFile(schema_version=SCHEMA, rules=rules)
