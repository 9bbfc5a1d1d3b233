"""Rules and versions as they are stored: locked, found, made; and the orders that wait are looked at again after a change."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.journal.record import Subject
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.errors import NotFound
from oktee.modules.supply.deciding.keys import ALL
from oktee.modules.supply.jobs import kinds
from oktee.modules.supply.rule_sets.looking import first_standard
from oktee.modules.supply.rule_sets.tables import STANDARD_ID, RuleSet, RuleSetVersion
from oktee.modules.supply.rules.body import SCHEMA, RuleBody
from oktee.modules.supply.rules.settings import FarBelow


async def look_again(session: AsyncSession, *moments: datetime) -> None:
    """Waiting orders are decided again, now or at these moments. First of all: work rows before data rows."""
    now = present()
    keys = {(ALL, None) if at <= now else (f"{ALL}@{at.isoformat()}", at) for at in moments or (now,)}
    for key, due in sorted(keys, key=lambda each: each[0]):
        await work.schedule(session, kinds.DECIDE, key, due_at=due)


async def lock(session: AsyncSession, rule_id: UUID, *, make: bool = False) -> RuleSet:
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


def standard_of(rule_id: UUID) -> tuple[RuleSet, RuleSetVersion]:
    if rule_id != STANDARD_ID:
        raise NotFound("There is no such rule.")
    rule, (version,) = first_standard()
    return rule, version


async def newest_of(session: AsyncSession, rule_id: UUID) -> RuleSetVersion:
    statement = select(RuleSetVersion).where(RuleSetVersion.rule_set_id == rule_id)
    found = (await session.scalars(statement.order_by(RuleSetVersion.number.desc()).limit(1))).one_or_none()
    if found is None:
        raise NotFound("There is no such rule.")
    return found


async def next_position(session: AsyncSession) -> int:
    last = await session.scalar(select(func.max(RuleSet.position)).where(RuleSet.id != STANDARD_ID))
    return (last or 0) + 1


def version_of(
    rule_id: UUID, number: int, caller: Caller, body: RuleBody, *, note: str | None, consequence: str | None
) -> RuleSetVersion:
    return RuleSetVersion(
        rule_set_id=rule_id,
        number=number,
        schema=SCHEMA,
        body=_stored(body),
        note=note.strip() or None if note else None,
        author_id=caller.user_id,
        author_name=caller.name,
        consequence=consequence if body.then.may_reject_lines else None,
    )


def _stored(body: RuleBody) -> dict[str, Any]:
    """As it is kept. A knob that the release before does not know is left out while it says what that one does anyway, so
    that rules written today can be read after a step back."""
    kept = body.model_dump(mode="json")
    if body.then.far_below is FarBelow.HOLD:
        del kept["then"]["far_below"]
    return kept


def without_door(body: RuleBody) -> RuleBody:
    return body.model_copy(update={"then": body.then.model_copy(update={"may_reject_lines": False})})


def subject_of(rule: RuleSet) -> Subject:
    return Subject("rule", str(rule.id), rule.name)
