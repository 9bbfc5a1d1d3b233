"""Runs a simulation: reads past orders part by part, decides them meanwhile, writes sums and changed lines."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.workspaces import organization_zone
from oktee.kit import operations, work
from oktee.kit.clock import now as present
from oktee.kit.database import take_time, tenant_session
from oktee.kit.settings import settings
from oktee.modules.supply.rules.body import RuleBody
from oktee.modules.supply.rules.simulation.facts import Carried, Moment, Outcome, Question
from oktee.modules.supply.rules.simulation.replay import simulate
from oktee.modules.supply.rules.simulation.seams import digest
from oktee.modules.supply.rules.simulation.sums import ChangedLine, Partial
from oktee.modules.supply.rules.trace import Message
from oktee.modules.supply.settings import read_settings
from oktee.modules.supply.simulations.ahead import Ahead, SecondProcess
from oktee.modules.supply.simulations.books import UNSAVED, digest_of, read_books
from oktee.modules.supply.simulations.noting import pack
from oktee.modules.supply.simulations.reading import Found, Reader, find_orders, parts
from oktee.modules.supply.simulations.rerunning import Base, decide_again, find_base, store
from oktee.modules.supply.simulations.tables import Simulation, SimulationLine, SimulationPart
from oktee.notify.outbox import publish

FIRST, SIZE = 100, 500
"""Orders of the first part, which is there at once, and of the others."""
KEPT: Final = 5000
"""Lines of a kind that are kept."""
PARTS_OF = 5
"""Of so many simulations the parts are kept, so that a change of them is soon tried."""
log = structlog.get_logger(__name__)


class _Cancelled(Exception):
    """Somebody asked to stop."""


async def run_simulation(item: work.Item) -> None:
    """A worker that takes over begins again; who reads meanwhile sees what there is."""
    simulation_id = UUID(item.key)
    try:
        await _run(item, simulation_id)
    except _Cancelled:
        await _end(item, simulation_id, "cancelled")
    except (work.Fenced, asyncio.CancelledError):
        raise
    except Exception as fault:
        log.exception("simulation_failed", simulation_id=item.key)
        await _end(item, simulation_id, "failed", {"code": "simulation_failed", "detail": type(fault).__name__})


async def _run(item: work.Item, simulation_id: UUID) -> None:
    begun = time.monotonic()
    zone = await organization_zone(item.organization_id)
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        await take_time(session)
        asked = await session.get(Simulation, simulation_id)
        if asked is None or asked.state not in ("queued", "running"):
            return
        for table in (SimulationLine, SimulationPart):
            await session.execute(delete(table).where(table.simulation_id == simulation_id))
        chosen, _ = await read_settings(session)
        body = RuleBody.model_validate(asked.body)
        rule = asked.rule_set_id
        before, after = await read_books(session, chosen.base(), rule, asked.rule_name, asked.version or 0, body)
        today = present().astimezone(ZoneInfo(zone)).date()
        reader = await Reader.open(session, zone=zone, today=today, asks=before.asks | after.asks)
        draft = str(rule or UNSAVED)
        asked.inputs = digest_of(before, after, draft, chosen.model_dump_json(), zone, today.isoformat())
        asked.state, asked.lines_kept, asked.result = "running", 0, None
        asked.orders_again = asked.whole_because = None
        base = await find_base(session, asked, asked.inputs, KEPT) if asked.based_on is not None else None
        if isinstance(base, str):
            asked.whole_because = base
        found = []
        if isinstance(base, Base):
            asked.orders = base.orders
        else:
            found = await find_orders(session, since=asked.since, until=asked.until)
            asked.orders = len(found)
        operation_id = asked.operation_id
        await operations.advance(session, operation_id, done=0, total=asked.orders)
    question = Question(
        ZoneInfo(zone),
        chosen.base(),
        after,
        before if asked.compared_with == "running" else None,
        timedelta(hours=chosen.absorb_after_hours),
    )
    if isinstance(base, Base):
        await _decide_again(item, base, reader, question, asked, begun)
        return
    every = list(parts(found, first=FIRST, size=SIZE))
    notes = _Notes(item, simulation_id, operation_id, every)
    options = settings()
    second = SecondProcess.start(
        every,
        question,
        database_url=options.database_url.get_secret_value(),
        pooler=options.db_pooler,
        organization_id=item.organization_id,
        zone=zone,
        today=today,
        asks=before.asks | after.asks,
    )
    try:
        await _decide(item, reader, every, question, notes, second)
    finally:
        if second is not None:
            second.stop()
    async with item.record() as session:
        made = await session.get_one(Simulation, simulation_id)
        made.state, made.took_ms = "done", round((time.monotonic() - begun) * 1000)
        made.result = notes.whole.to_json()
        await _finish(session, made)


async def _finish(session: AsyncSession, made: Simulation) -> None:
    latest = select(Simulation.id).order_by(Simulation.created_at.desc(), Simulation.id.desc()).limit(PARTS_OF)
    await session.execute(delete(SimulationPart).where(SimulationPart.simulation_id.not_in(latest)))
    result = {"simulation_id": str(made.id), "orders": made.orders}
    await operations.finish(session, made.operation_id, state="done", result=result)
    await _tell(session, made.id, made.operation_id)


async def _decide_again(
    item: work.Item, base: Base, reader: Reader, question: Question, asked: Simulation, begun: float
) -> None:
    again = await decide_again(item, base, reader, question, asked.operation_id)
    if again is None:
        raise _Cancelled
    async with item.record() as session:
        made = await session.get_one(Simulation, asked.id)
        await store(session, made.id, base, again)
        rows = [_row(made.id, base.lines_kept + n, line) for n, line in enumerate(again.changed, 1)]
        if rows:
            await session.execute(insert(SimulationLine), rows)
        made.state, made.took_ms = "done", round((time.monotonic() - begun) * 1000)
        made.result, made.orders_again = again.whole.to_json(), again.again
        made.lines_kept = base.lines_kept + len(rows)  # numbers may be missing among them; none is twice
        await _finish(session, made)


async def _decide(
    item: work.Item,
    reader: Reader,
    every: list[list[Found]],
    question: Question,
    notes: "_Notes",
    second: SecondProcess | None,
) -> None:
    """Part by part; the later ones are taken from the second process where it decided them under what is carried to them."""
    carried = Carried()
    running: asyncio.Task[Partial] | None = None
    taken = 0  # so many parts were taken from the second process before it ended: what they carry is not known here
    # A thread, while the next part is read: handing the rows to another process takes longer than deciding them.
    for number, part in enumerate(every):
        if second is not None and number >= second.first:
            if running is not None:
                await notes.add(await running)
                running = None
            ahead = await second.get(number)
            if ahead is not None and ahead.carried == digest(carried, part[0].at, question):
                taken = await _take(ahead, number, len(every), notes, second)
                if taken == len(every):
                    return
            if ahead is None or taken:
                second = None
        moments = await _read(item, reader, part)
        if running is not None:
            await notes.add(await running)
        running = asyncio.create_task(asyncio.to_thread(simulate, moments, question, carried))
        if number < taken:
            await running
            running = None
    if running is not None:
        await notes.add(await running)


async def _take(ahead: Ahead, number: int, parts: int, notes: "_Notes", second: SecondProcess) -> int:
    """This part and those after it: they began with what is carried to them. Answers the first that is not there."""
    found: Ahead | None = ahead
    while found is not None:
        await notes.add(found.sums)
        number += 1
        if number == parts:
            break
        found = await second.get(number)
    return number


async def _read(item: work.Item, reader: Reader, part: list[Found]) -> list[Moment]:
    async with tenant_session(item.organization_id) as session:
        await take_time(session)
        return await reader.read(session, part)


class _Notes:
    """Writes what each part brings."""

    def __init__(
        self, item: work.Item, simulation_id: UUID, operation_id: UUID, every: Sequence[Sequence[Found]]
    ) -> None:
        self.whole = Partial()
        self._every = every
        self._part = 0
        self._item, self._simulation, self._operation = item, simulation_id, operation_id
        self._kept: Counter[str] = Counter()
        self._number = 0

    async def add(self, part: Partial) -> None:
        """Raises _Cancelled, Fenced."""
        self.whole.merge(part)
        rows = []
        for line in part.changed:
            if self._kept[line.kind] < KEPT:
                self._kept[line.kind] += 1
                self._number += 1
                rows.append(_row(self._simulation, self._number, line))
        content = await asyncio.to_thread(pack, self._every[self._part], part.noted)
        async with tenant_session(self._item.organization_id) as session:
            await self._item.guard(session)
            session.add(SimulationPart(simulation_id=self._simulation, number=self._part, content=content))
            if rows:
                await session.execute(insert(SimulationLine), rows)
            made = await session.get_one(Simulation, self._simulation)
            made.result, made.lines_kept = self.whole.to_json(), self._number
            cancelled = await operations.advance(session, self._operation, done=self.whole.orders)
            await _tell(session, self._simulation, self._operation)
        self._part += 1
        if cancelled:
            raise _Cancelled


def _row(simulation_id: UUID, number: int, line: ChangedLine) -> dict[str, Any]:
    return {
        "simulation_id": simulation_id,
        "number": number,
        "kind": line.kind,
        "purchase_order_id": line.order_id,
        "po_number": line.number,
        "sequence": line.sequence,
        "decided_at": line.at,
        "sku": line.sku or "",
        "asin": line.asin,
        "asked": line.asked,
        "was": outcome_json(line.was, line.was_message),
        "now": outcome_json(line.now, line.now_message),
        "rule": line.now_rule,
        "later_stock": line.later,
        "value": line.value,
        "currency": line.currency,
    }


def outcome_json(outcome: Outcome | None, message: Message | None) -> dict[str, Any] | None:
    if outcome is None:
        return None
    said = message.to_json() if message is not None else None
    return outcome._asdict() | {"summary": said}


async def _end(item: work.Item, simulation_id: UUID, state: str, error: dict[str, Any] | None = None) -> None:
    async with item.record() as session:
        made = await session.get_one(Simulation, simulation_id)
        made.state = state
        await operations.finish(session, made.operation_id, state=state, error=error)
        await _tell(session, simulation_id, made.operation_id)


async def _tell(session: AsyncSession, simulation_id: UUID, operation_id: UUID) -> None:
    await publish(session, "operation.changed", operation_id=str(operation_id), simulation_id=str(simulation_id))


SIMULATE: Final = work.Kind("simulate_rules", run_simulation, queue="bulk", timeout=900.0, attempts=5)
"""Key: the simulation's id."""
