"""Which rules are asked, and in which order. Orders that wait are looked at again."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.journal.record import Subject, person, record
from oktee.modules.supply.rule_sets.faults import RulesChanged, StandardRule
from oktee.modules.supply.rule_sets.keeping import lock, look_again, subject_of
from oktee.modules.supply.rule_sets.tables import STANDARD_ID, RuleSet
from oktee.notify.outbox import publish


async def pause(session: AsyncSession, caller: Caller, rule_id: UUID) -> None:
    """The rule decides nothing until it is resumed; its lines fall to the rules after it."""
    await look_again(session)
    rule = await lock(session, rule_id)
    if rule_id == STANDARD_ID:
        raise StandardRule("The standard rule takes what no other takes; it cannot be paused.")
    if rule.state != "on":
        return
    rule.state = "paused"
    await record(session, "rule.paused", actor=person(caller), subject=subject_of(rule), audit=True)
    await publish(session, "automation.changed")


async def resume(session: AsyncSession, caller: Caller, rule_id: UUID) -> None:
    """A paused rule decides again, with the version that it had."""
    await look_again(session)
    rule = await lock(session, rule_id)
    if rule.state != "paused":
        return
    rule.state = "on"
    await record(session, "rule.resumed", actor=person(caller), subject=subject_of(rule), audit=True)
    await publish(session, "automation.changed")


async def reorder(session: AsyncSession, caller: Caller, ids: Sequence[UUID]) -> None:
    """The order in which rules are asked. Raises RulesChanged when it does not name each of them once."""
    await look_again(session)
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
