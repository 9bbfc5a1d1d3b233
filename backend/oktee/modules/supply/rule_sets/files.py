"""Rules as a file: given away as they run, taken in as drafts."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.journal.record import Subject, person, record
from oktee.kit.database import new_id
from oktee.kit.errors import FieldError, Invalid, field_error
from oktee.modules.supply.rule_sets import wire
from oktee.modules.supply.rule_sets.keeping import next_position, version_of, without_door
from oktee.modules.supply.rule_sets.tables import STANDARD_ID, RuleSet, RuleSetVersion
from oktee.modules.supply.rules.body import SCHEMA, RuleBody
from oktee.modules.supply.rules.guards import look_at
from oktee.notify.outbox import publish


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
    place = await next_position(session)
    for n, one in enumerate(file.rules):
        rule = RuleSet(id=new_id(), name=one.name.strip(), position=place + n, state="draft")
        session.add(rule)
        await session.flush()
        session.add(version_of(rule.id, 1, caller, without_door(one.body), note=one.note, consequence=None))
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
