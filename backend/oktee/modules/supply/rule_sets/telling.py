"""Whoever may change rules is told when one begins to decide otherwise, and what its first days show."""

from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.modules.supply.rule_sets.looking import read_rules
from oktee.modules.supply.rule_sets.tables import RuleSet, RuleSetVersion
from oktee.modules.supply.rule_sets.watching import watch_of
from oktee.notify.alerts.telling import Alert, settle, tell
from oktee.notify.notices import Notice
from oktee.notify.recipients import Recipient, Roster, read_roster

OBJECT = "rule"
MANY_WORSE = 2
"""So many figures worse than in the seven days before are told before the seven days are over."""


def listeners(roster: Roster) -> list[Recipient]:
    """Who may change rules and sees the whole workspace; or their substitutes."""
    return roster.resolve(
        people=[
            one.user_id for one in roster.members.values() if "rules.write" in one.permissions and one.scope is None
        ]
    )


async def read_told(session: AsyncSession, caller: Caller) -> list[str]:
    """The names of those who are told when the caller enables a version."""
    return [one.name for one in listeners(await read_roster(session)) if one.user_id != caller.user_id]


async def tell_enabled(
    session: AsyncSession,
    caller: Caller,
    rule: RuleSet,
    version: RuleSetVersion,
    state: Literal["enabled", "planned", "back"],
) -> None:
    """All but whoever did it."""
    people = tuple(one.user_id for one in listeners(await read_roster(session)) if one.user_id is not None)
    if not people:
        return
    await tell(
        session,
        Alert(
            Notice.RULE_ENABLED, OBJECT, str(rule.id), rule.name,
            facts={"state": state, "version": version.number, "by": caller.name},
            version=str(version.number), due_at=version.activates_at if state == "planned" else None, people=people,
            but=caller.user_id,
        ),
    )  # fmt: skip


async def tell_watched(session: AsyncSession) -> None:
    """Each rule in the fourteen days after enabling: what got worse while it is watched, or that the seven days are over.
    It is told once and stands until it is not so any more."""
    alerts, quiet = [], []
    people: tuple[UUID, ...] | None = None
    for rule, versions in await read_rules(session):
        watch = await watch_of(session, rule, versions)
        state = None
        if watch is not None:
            state = "over" if watch.over else "worse" if len(watch.worse) >= MANY_WORSE else None
        if watch is None or state is None:
            quiet.append(rule.id)
            continue
        if people is None:
            people = tuple(one.user_id for one in listeners(await read_roster(session)) if one.user_id is not None)
        alerts.append(
            Alert(
                Notice.RULE_WATCH, OBJECT, str(rule.id), rule.name,
                facts={"state": state, "version": watch.version, "worse": list(watch.worse)},
                version=f"{watch.version}/{state}", people=people,
            )
        )  # fmt: skip
    await settle(session, OBJECT, quiet, [Notice.RULE_WATCH])
    if people:
        await tell(session, *alerts)
