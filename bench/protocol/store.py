"""A database for one simulated world: transactions that see what is committed, row locks, work under leases and fences."""

import heapq
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Hashable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from oktee.kit.work import Fenced

START: Final = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
IDLE_IN_TRANSACTION: Final = 15.0
"""Seconds after which Postgres ends the session of a process that stands still inside a transaction."""
LEASE: Final = 30.0
NEVER: Final = float("inf")

Key = tuple[Hashable, ...]


class Lost(Exception):
    """The connection to the database broke; at a commit nobody knows whether it counts."""


class Violated(AssertionError):
    """An invariant is broken."""


@dataclass(slots=True)
class Wait:
    """A point at which a process may stand still, die or be overtaken: `seconds` pass, or until a lock is free."""

    seconds: float = 0.0
    lock: Key | None = None

    def __await__(self) -> Generator["Wait", None, None]:
        yield self


@dataclass(frozen=True, slots=True)
class Work:
    """A row of `work`."""

    due: float
    lease_until: float | None = None
    again: float | None = None
    fence: int = 0
    attempts: int = 0


@dataclass(eq=False, slots=True)
class Item:
    """A claimed row of `work`."""

    kind: str
    key: Hashable
    fence: int
    attempts: int
    recorded: bool = False

    @property
    def row(self) -> Key:
        return ("work", self.kind, self.key)


@dataclass(eq=False, slots=True)
class Process:
    """A worker or an API; what it runs dies or freezes with it."""

    name: str
    mortal: bool = True
    frozen_until: float = 0.0
    tasks: "set[Task]" = field(default_factory=set)


@dataclass(eq=False, slots=True)
class Task:
    """One coroutine on a process."""

    name: str
    coroutine: Coroutine[Any, Any, None]
    process: Process
    item: Item | None = None
    open: "list[Transaction]" = field(default_factory=list)
    over: bool = False


class Transaction:
    """Reads what is committed and what it wrote itself; holds its locks until the end."""

    __slots__ = ("dead", "locks", "store", "task", "written")

    def __init__(self, store: "Store", task: Task) -> None:
        self.store, self.task = store, task
        self.written: dict[Key, Any] = {}
        self.locks: list[Key] = []
        self.dead = False
        task.open.append(self)

    async def lock(self, key: Key) -> Any:
        """The row, locked; whoever holds it first is waited for."""
        while True:
            await self.statement()
            holder = self.store.locks.get(key)
            if holder is self:
                break
            if holder is None:
                self.store.locks[key] = self
                self.locks.append(key)
                break
            await Wait(lock=key)
        return self.get(key)

    async def statement(self) -> None:
        await Wait(self.store.chance.random() * 0.02)
        self.alive()

    def alive(self) -> None:
        if self.dead:
            raise Lost("the session was ended")

    def get(self, key: Key) -> Any:
        return self.written[key] if key in self.written else self.store.rows.get(key)

    def put(self, key: Key, value: Any) -> None:
        self.alive()
        self.written[key] = value

    def commit(self) -> None:
        self.alive()
        self.store.check_unique(self)
        for key, value in self.written.items():
            if value is None:
                self.store.rows.pop(key, None)
            else:
                self.store.rows[key] = value
        written, self.written = self.written, {}
        self.end()
        self.store.committed(written)

    def end(self) -> None:
        """Without a commit before, nothing of it counts."""
        if self.dead:
            return
        self.dead = True
        if self in self.task.open:
            self.task.open.remove(self)
        for key in self.locks:
            del self.store.locks[key]
            self.store.wake(key)


class Store:
    """Rows, locks, and the queue of everything that is yet to happen."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.time = 0.0
        self.rows: dict[Key, Any] = {}
        self.locks: dict[Key, Transaction] = {}
        self.waiting: dict[Key, deque[Task]] = {}
        self.fences = 0
        self.fenced = True
        """Off in one test: what a world without fences comes to."""
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self._ties = 0
        self.on_commit: Callable[[dict[Key, Any]], None] = lambda written: None
        self.resume: Callable[[Task], None] = lambda task: None

    # -- time ---------------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return START + timedelta(seconds=self.time)

    def seconds(self, at: datetime) -> float:
        return (at - START).total_seconds()

    def at(self, time: float, act: Callable[[], None]) -> None:
        self._ties += 1
        heapq.heappush(self.events, (max(time, self.time), self._ties, act))

    # -- rows ---------------------------------------------------------------------------------------------------------

    def check_unique(self, transaction: Transaction) -> None:
        """One open answer of an order at most, as the partial unique index has it."""
        for key in {key[:2] for key in transaction.written if key[0] == "answer"}:
            number, found = 1, 0
            while (row := transaction.get((*key, number))) is not None:
                found += row.answer.state in ("planned", "sending", "unknown", "sent")
                number += 1
            if found > 1:
                raise Lost("unique index: a second open answer")

    def committed(self, written: dict[Key, Any]) -> None:
        for key, value in written.items():
            if key[0] == "work" and value is not None and value.lease_until is None and value.due < NEVER:
                self.on_commit({key: value})
        self.on_commit({key: value for key, value in written.items() if key[0] != "work"})

    def wake(self, key: Key) -> None:
        """All who wait try again: the first of them may have died or frozen meanwhile."""
        for task in self.waiting.pop(key, ()):
            self.at(self.time, lambda task=task: self.resume(task))  # type: ignore[misc]

    # -- work ---------------------------------------------------------------------------------------------------------

    async def schedule(self, transaction: Transaction, kind: str, key: Hashable, due: float) -> None:
        """As work.SCHEDULE: the same key twice is one run; asked for while it runs, it runs once more afterwards."""
        row: Work | None = await transaction.lock(("work", kind, key))
        if row is None:
            row = Work(due)
        elif row.lease_until is None:
            row = replace(row, due=min(row.due, due), again=None)
        else:
            row = replace(row, again=due if row.again is None else min(row.again, due))
        transaction.put(("work", kind, key), row)

    def claim(self, kind: str, key: Hashable) -> Item | None:
        """As work.CLAIM, for one row: due, and nobody's whose lease still holds."""
        row: Work | None = self.rows.get(("work", kind, key))
        if row is None or row.due > self.time or ("work", kind, key) in self.locks:
            return None
        if row.lease_until is not None and row.lease_until > self.time:
            return None
        self.fences += 1
        row = replace(row, lease_until=NEVER, again=None, fence=self.fences, attempts=row.attempts + 1)
        self.rows[("work", kind, key)] = row
        return Item(kind, key, row.fence, row.attempts)

    async def guard(self, transaction: Transaction, item: Item) -> Work:
        row: Work | None = await transaction.lock(item.row)
        if row is None or ((row.fence != item.fence or row.lease_until is None) and self.fenced):
            raise Fenced(str(item.row))
        return row

    async def finish(self, transaction: Transaction, item: Item, next_at: float | None) -> None:
        """As Item.record: the row goes, or is due again."""
        row = await self.guard(transaction, item)
        due = min((at for at in (row.again, next_at) if at is not None), default=None)
        transaction.put(item.row, None if due is None else Work(due, fence=row.fence))

    def fail(self, item: Item, wait: float) -> None:
        """As work.FAIL: tried again after a while."""
        if item.row in self.locks:  # it waits for whoever holds the row
            self.at(self.time + 0.02, lambda: self.fail(item, wait))
            return
        row: Work | None = self.rows.get(item.row)
        if row is None or row.fence != item.fence or row.lease_until is None:
            return
        self.rows[item.row] = replace(row, lease_until=None, again=None, due=self.time + wait)
        self.on_commit({item.row: self.rows[item.row]})

    def lapse(self, item: Item) -> None:
        """Nobody beats for it any more."""
        if item.row in self.locks:
            self.at(self.time + 0.02, lambda: self.lapse(item))
            return
        row: Work | None = self.rows.get(item.row)
        if row is not None and row.fence == item.fence and row.lease_until is not None:
            self.rows[item.row] = replace(row, lease_until=self.time)
            self.on_commit({item.row: self.rows[item.row]})
