"""What people write: a rule, a new version of it, a copy; and a draft is thrown away. Each act is on record."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.journal.record import person, record
from oktee.kit.database import new_id
from oktee.kit.errors import FieldError, Invalid, field_error
from oktee.modules.supply.rule_sets import wire
from oktee.modules.supply.rule_sets.faults import OwnerOnly, RuleInUse
from oktee.modules.supply.rule_sets.keeping import (
    lock,
    newest_of,
    next_position,
    standard_of,
    subject_of,
    version_of,
    without_door,
)
from oktee.modules.supply.rule_sets.looking import CONSEQUENCES, read_known
from oktee.modules.supply.rule_sets.tables import STANDARD_ID, RuleSet
from oktee.modules.supply.rules.body import RuleBody, differences
from oktee.modules.supply.rules.guards import look_at
from oktee.modules.supply.simulations.asking import adopt
from oktee.notify.outbox import publish


async def create(session: AsyncSession, caller: Caller, body: wire.RuleIn) -> UUID:
    """A new rule with its first version, a draft before the standard rule."""
    await check(session, caller, body)
    rule = RuleSet(id=new_id(), name=body.name.strip(), position=await next_position(session), state="draft")
    session.add(rule)
    await session.flush()
    session.add(version_of(rule.id, 1, caller, body.body, note=body.note, consequence=body.consequence))
    await record(
        session,
        "rule.created",
        actor=person(caller),
        subject=subject_of(rule),
        payload={"version": 1, "body": body.body.model_dump(mode="json"), "note": body.note},
        audit=True,
    )
    await publish(session, "automation.changed")
    return rule.id


async def add_version(session: AsyncSession, caller: Caller, rule_id: UUID, body: wire.RuleVersionIn) -> int:
    """A new version, which decides nothing until it is enabled. Answers its number."""
    await check(session, caller, body)
    rule = await lock(session, rule_id, make=True)
    before = await newest_of(session, rule_id)
    number = before.number + 1
    session.add(version_of(rule_id, number, caller, body.body, note=body.note, consequence=body.consequence))
    await adopt(session, rule_id, number, body.body)
    was = rule.name
    if body.name is not None and rule_id != STANDARD_ID:
        rule.name = body.name.strip()
    await record(
        session,
        "rule.version_saved",
        actor=person(caller),
        subject=subject_of(rule),
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


async def duplicate(session: AsyncSession, caller: Caller, rule_id: UUID) -> UUID:
    """A draft that says the same, without the right to reject whole lines."""
    found = await session.get(RuleSet, rule_id)
    rule, newest = (found, await newest_of(session, rule_id)) if found is not None else standard_of(rule_id)
    body = without_door(RuleBody.model_validate(newest.body))
    copy = RuleSet(id=new_id(), name=f"{rule.name} (2)"[:80], position=await next_position(session), state="draft")
    session.add(copy)
    await session.flush()
    session.add(version_of(copy.id, 1, caller, body, note=None, consequence=None))
    await record(
        session,
        "rule.duplicated",
        actor=person(caller),
        subject=subject_of(copy),
        payload={"of": rule.name, "version": newest.number},
        audit=True,
    )
    await publish(session, "automation.changed")
    return copy.id


async def delete(session: AsyncSession, caller: Caller, rule_id: UUID) -> None:
    """A draft that never decided. Raises RuleInUse."""
    rule = await lock(session, rule_id)
    if rule.state != "draft":
        raise RuleInUse("This rule has decided orders. Pause it instead: its decisions stay readable.")
    subject = subject_of(rule)
    await session.delete(rule)
    await record(session, "rule.deleted", actor=person(caller), subject=subject, audit=True)
    await publish(session, "automation.changed")


async def check(session: AsyncSession, caller: Caller, body: wire.RuleVersionIn) -> None:
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
