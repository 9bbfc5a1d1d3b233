"""The rule book of an organization as it stands at a moment: what runs, in its order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.modules.supply.rule_sets.tables import STANDARD_ID, RuleSet, RuleSetVersion
from oktee.modules.supply.rules.body import RuleBody
from oktee.modules.supply.rules.book import STANDARD_NAME, BookRule, RuleBook
from oktee.modules.supply.rules.settings import Settings

PROVED_AFTER = timedelta(hours=24)
"""So long a version that was enabled without a simulation is looked at (domain/ORDER-RULES 8)."""


@dataclass(frozen=True, slots=True)
class Running:
    """A rule and the version of it that decides now."""

    rule: RuleSet
    version: RuleSetVersion

    def compiled(self, base: Settings) -> BookRule:
        version = self.version
        unproved = None
        known = version.simulation_id is not None or version.brings_back is not None
        if not known and version.activates_at is not None:
            unproved = version.activates_at + PROVED_AFTER
        body = RuleBody.model_validate(version.body)
        return body.compiled(str(self.rule.id), self.rule.name, version.number, base, unproved_until=unproved)


async def list_running(session: AsyncSession, now: datetime) -> list[Running]:
    """What decides at this moment, in its order; the standard rule last, and only if somebody changed it."""
    statement = (
        select(RuleSet, RuleSetVersion)
        .join(RuleSetVersion, RuleSetVersion.rule_set_id == RuleSet.id)
        .where(RuleSet.state == "on", RuleSetVersion.activates_at <= now)
        .order_by(RuleSet.position, RuleSet.id, RuleSetVersion.activates_at.desc(), RuleSetVersion.number.desc())
        .ext(distinct_on(RuleSet.position, RuleSet.id))
    )
    found = [Running(rule, version) for rule, version in (await session.execute(statement)).all()]
    return sorted(found, key=lambda one: (one.rule.id == STANDARD_ID, one.rule.position))


async def read_book(session: AsyncSession, base: Settings, now: datetime) -> RuleBook:
    """The book that decides now. `base`: the knobs that are of the warehouse, not of a rule."""
    return compile_book(await list_running(session, now), base)


def standard_running(at: Any) -> Select[Any]:
    """What the standard rule says at this moment, one row of it, as a question of a statement; none where nobody changed it."""
    return (
        select(RuleSetVersion.body)
        .join(RuleSet, RuleSet.id == RuleSetVersion.rule_set_id)
        .where(RuleSet.id == STANDARD_ID, RuleSet.state == "on", RuleSetVersion.activates_at <= at)
        .order_by(RuleSetVersion.activates_at.desc(), RuleSetVersion.number.desc())
        .limit(1)
    )


def standard_settings(rows: Sequence[Any], base: Settings) -> Settings:
    """Of the rows of `standard_running`, those that every order falls under last."""
    body = RuleBody.model_validate(rows[0].body) if rows else RuleBody()
    return body.compiled(str(STANDARD_ID), STANDARD_NAME, 1, base).settings


def compile_book(running: Sequence[Running], base: Settings) -> RuleBook:
    """Rules in their order; without a changed standard rule, the one that everybody starts with."""
    standard = RuleBody().compiled(str(STANDARD_ID), STANDARD_NAME, 1, base)
    rules = []
    for one in running:
        if one.rule.id == STANDARD_ID:
            standard = one.compiled(base)
        else:
            rules.append(one.compiled(base))
    return RuleBook(rules, standard=standard)
