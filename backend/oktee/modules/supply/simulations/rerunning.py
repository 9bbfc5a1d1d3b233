"""Decides of an earlier simulation only what a change can touch; the rest is kept as it was."""

import asyncio
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from sqlalchemy import Uuid, all_, bindparam, func, insert, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.journal.tables import JournalEntry
from oktee.kit import operations, work
from oktee.kit.database import take_time, tenant_session
from oktee.modules.supply.rules.body import RuleBody
from oktee.modules.supply.rules.simulation.again import Again, changed_skus
from oktee.modules.supply.rules.simulation.facts import Moment, Question
from oktee.modules.supply.rules.simulation.replay import monday
from oktee.modules.supply.rules.simulation.sums import ChangedLine, Noted, Partial
from oktee.modules.supply.simulations.noting import Kept, pack
from oktee.modules.supply.simulations.reading import Found, Reader
from oktee.modules.supply.simulations.tables import Simulation, SimulationLine, SimulationPart

WORTH_ASKING = 4
"""So often a part is asked for what turned out to be touched; then for all of its rest."""
_CHANGES = ("import.%", "catalog.%", "logistics.%", "settings.%", "modules.%")
"""What is journaled of the things that a simulation is decided by, beside its rules."""


@dataclass(frozen=True, slots=True)
class Base:
    """An earlier simulation, and the SKUs that the changed draft treats otherwise."""

    simulation_id: UUID
    orders: int | None
    result: Partial
    lines_kept: int
    parts: int
    skus: frozenset[str]


async def find_base(session: AsyncSession, asked: Simulation, inputs: str, kept_of_a_kind: int) -> Base | str:
    """The simulation that it says it is based on, or why all of it is decided instead."""
    base = await session.get(Simulation, asked.based_on)
    if base is None or base.state != "done" or base.result is None:
        return "forgotten"
    skus = changed_skus(RuleBody.model_validate(base.body), RuleBody.model_validate(asked.body))
    same = (base.rule_set_id, base.days, base.compared_with, base.since, base.until)
    if skus is None or same != (asked.rule_set_id, asked.days, asked.compared_with, asked.since, asked.until):
        return "other"
    entry = JournalEntry
    changes = select(literal(1)).where(entry.at > base.created_at, or_(*(entry.kind.like(one) for one in _CHANGES)))
    if base.inputs != inputs or await session.scalar(changes.limit(1)):
        return "changed"
    result = Partial.of_json(base.result)
    if any(count > kept_of_a_kind for count in (*result.classes.values(), result.not_simulated)):
        return "many"
    parts = await session.scalar(
        select(func.count()).select_from(SimulationPart).where(SimulationPart.simulation_id == base.id)
    )
    if not parts and result.orders:
        return "forgotten"
    return Base(base.id, base.orders, result, base.lines_kept, parts or 0, skus)


@dataclass(slots=True)
class Rerun:
    """What came out: the sums of the whole, lines that replace those of `orders`, and by its number each part that changed."""

    whole: Partial
    changed: list[ChangedLine]
    orders: list[UUID]
    parts: dict[int, bytes]
    again: int


async def decide_again(
    item: work.Item, base: Base, reader: Reader, question: Question, operation_id: UUID
) -> Rerun | None:
    """None: somebody asked to stop. Raises Fenced."""
    again = Again(question, base.skus)
    made = Rerun(base.result, [], [], {}, 0)
    done = 0
    for number in range(base.parts):
        async with tenant_session(item.organization_id) as session:
            content = await session.scalar(
                select(SimulationPart.content).where(
                    SimulationPart.simulation_id == base.simulation_id, SimulationPart.number == number
                )
            )
        part = _Part(await asyncio.to_thread(Kept, content or b""), again, made)
        await asyncio.to_thread(part.open)
        while wanted := await asyncio.to_thread(part.go_on):
            async with tenant_session(item.organization_id) as session:
                await take_time(session)
                part.read(
                    wanted, await reader.read(session, part.found, [one for n in wanted for one in part.groups[n]])
                )
        if part.touched:
            made.parts[number] = await asyncio.to_thread(pack, part.found, part.noted)
        done += sum(one.sums.orders for one in part.noted)
        async with tenant_session(item.organization_id) as session:
            await item.guard(session)
            if await operations.advance(session, operation_id, done=done):
                return None
    made.whole.pruned()
    return made


class _Part:
    """One part on its way: its moments in their order, each kept or decided again."""

    def __init__(self, kept: Kept, again: Again, made: Rerun) -> None:
        self._kept, self._again, self._made = kept, again, made
        self.touched = False
        self._at = 0
        self._asked = 0
        self._moments: dict[int, Moment] = {}

    def open(self) -> None:
        self.found: list[Found] = self._kept.found
        self.noted: list[Noted] = self._kept.noted
        self.groups = [list(one) for _, one in groupby(self.found, key=lambda each: (each.at, each.connection_id))]

    def read(self, wanted: list[int], moments: list[Moment]) -> None:
        self._moments.update(zip(wanted, moments, strict=True))

    def go_on(self) -> list[int]:
        """As far as it goes: the moments that have to be read first; none when it is through."""
        while self._at < len(self.noted):
            noted = self.noted[self._at]
            if not self._again.touches(noted):
                self._again.keep(noted)
            elif (moment := self._moments.pop(self._at, None)) is not None:
                self._replace(noted, moment)
            else:
                self._asked += 1
                rest = range(self._at, len(self.noted))
                return [
                    n
                    for n in rest
                    if n not in self._moments and (self._asked > WORTH_ASKING or self._again.touches(self.noted[n]))
                ]
            self._at += 1
        return []

    def _replace(self, noted: Noted, moment: Moment) -> None:
        found = self._again.decide(noted, moment)
        (now,) = found.noted
        week = monday(noted.at, self._again.question.zone)
        self._made.whole.take(noted.sums, week, -1)
        self._made.whole.take(now.sums, week)
        self._made.whole.changed.clear()
        self._made.changed.extend(found.changed)
        self._made.orders.extend(one.order_id for one in self.groups[self._at])
        self._made.again += now.sums.orders
        self.noted[self._at] = now
        self.touched = True


async def store(session: AsyncSession, simulation_id: UUID, base: Base, made: Rerun) -> None:
    """Its parts, and the lines of the base whose orders were kept."""
    part = select(literal(simulation_id), SimulationPart.number, SimulationPart.content).where(
        SimulationPart.simulation_id == base.simulation_id, SimulationPart.number.not_in(list(made.parts))
    )
    names = ["simulation_id", "number", "content"]
    await session.execute(insert(SimulationPart).from_select(names, part, include_defaults=False))
    rows = [{"simulation_id": simulation_id, "number": n, "content": content} for n, content in made.parts.items()]
    if rows:
        await session.execute(insert(SimulationPart), rows)
    line = SimulationLine
    of_its_own = ("organization_id", "simulation_id")
    columns = [column for column in line.__table__.columns if column.name not in of_its_own]
    kept = select(literal(simulation_id), *columns).where(
        line.simulation_id == base.simulation_id,
        line.purchase_order_id != all_(bindparam("orders", made.orders, ARRAY(Uuid))),
    )
    await session.execute(
        insert(line).from_select(["simulation_id", *(column.name for column in columns)], kept, include_defaults=False)
    )
