"""What an answer's journey works with here: the same interface as in earnest, over the simulated rows and Amazon."""

from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Any

from oktee.modules.supply.answers import protocol
from oktee.modules.supply.answers.clock import open_until
from oktee.modules.supply.answers.protocol import Answer, Change, Earlier, Held
from oktee.modules.supply.jobs.journey import Closed, Shown, Told

from bench.protocol import rows
from bench.protocol.amazon import Amazon
from bench.protocol.rows import NotPlanned, Order, Row, State
from bench.protocol.store import Item, Lost, Store, Task, Transaction, Wait


@dataclass(slots=True)
class Switches:
    """What people and operators switch: automation, the kill switch, the connection."""

    mode: str = "suggest"
    stopped: bool = False
    connected: bool = True


@dataclass(slots=True)
class Means:
    store: Store
    amazon: Amazon
    switches: Switches
    task: Task
    item: Item
    lost_commits: float = 0.0

    @property
    def attempts(self) -> int:
        return self.item.attempts

    @property
    def number(self) -> str:
        return str(self.item.key[0])  # type: ignore[index]

    def now(self) -> datetime:
        return self.store.now()

    def point(self, name: str) -> None:
        """Here a process dies anyway: at every wait."""

    def between(self) -> "Begun":
        return Begun(self, last=False)

    def last(self, next_at: datetime | None = None) -> "Begun":
        return Begun(self, last=True, next_at=None if next_at is None else self.store.seconds(next_at))

    async def read(self) -> Answer | None:
        await Wait(self.store.chance.random() * 0.02)
        row: Row | None = self.store.rows.get(("answer", *self.item.key))  # type: ignore[misc]
        return None if row is None else row.answer

    async def earlier(self) -> list[Earlier]:
        await Wait(self.store.chance.random() * 0.02)
        mine: int = self.item.key[1]  # type: ignore[index]
        return [
            Earlier(row.answer.number, row.answer.state, row.answer.finished_at)
            for row in rows.answers_of(self.store, self.number)
            if row.answer.number < mine
        ]

    async def stopped(self) -> bool:
        await Wait(0.001)
        return self.switches.stopped

    async def open(self) -> None:
        await Wait(0.001)
        if not self.switches.connected:
            raise Closed

    async def look(self) -> tuple[Shown | None, bytes | None]:
        return await self.amazon.look(self.number)

    async def send(self, payload: bytes) -> str:
        return await self.amazon.send(self.number, payload)

    async def ask(self, transaction_id: str) -> Told | None:
        return await self.amazon.ask(transaction_id)

    async def read_back(self) -> Shown | None:
        return await self.amazon.prove(self.number)


class Begun:
    """A transaction that is refused when the lease is lost; its commit may count although nobody hears so."""

    __slots__ = ("_last", "_means", "_next_at", "_transaction")

    def __init__(self, means: Means, *, last: bool, next_at: float | None = None) -> None:
        self._means, self._last, self._next_at = means, last, next_at

    async def __aenter__(self) -> "Writing":
        means = self._means
        self._transaction = Transaction(means.store, means.task)
        try:
            if self._last:
                await means.store.finish(self._transaction, means.item, self._next_at)
            else:
                await means.store.guard(self._transaction, means.item)
        except BaseException:
            self._transaction.end()
            raise
        return Writing(means, self._transaction)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._transaction.end()
            return
        try:
            await self._transaction.statement()
            self._transaction.commit()
        finally:
            self._transaction.end()
        chance = self._means.store.chance
        if self._means.lost_commits and chance.random() < self._means.lost_commits:
            raise Lost("nobody heard of the commit")
        if self._last:
            self._means.item.recorded = True
        await Wait(chance.random() * 0.02)


class Writing:
    __slots__ = ("_means", "_order", "_row", "_state", "_transaction")

    def __init__(self, means: Means, transaction: Transaction) -> None:
        self._means, self._transaction = means, transaction
        self._order: Order
        self._state: State
        self._row: Row

    async def fetch_again(self) -> None:
        await self._means.store.schedule(self._transaction, "poll", self._means.number, self._means.store.time)

    async def find(self) -> Held | None:
        transaction, number = self._transaction, self._means.number
        order, state = await rows.lock_order(transaction, number)
        found: Row | None = await transaction.lock(("answer", *self._means.item.key))  # type: ignore[misc]
        if found is None or state is None:
            return None
        self._order, self._state, self._row = order, state, found
        return Held(found.answer, order.revision, order.content, order.placed_at)

    async def ours_at_amazon(self) -> bool:
        await self._transaction.statement()
        return rows.newest_at_amazon(rows.answers_of(self._transaction, self._means.number)) is not None

    async def switched_off(self) -> bool:
        await self._transaction.statement()
        return self._row.by_rule and self._means.switches.mode == "suggest"

    async def write(self, change: Change, shown: Shown | None = None) -> None:
        means, transaction, store = self._means, self._transaction, self._means.store
        number = means.number
        before = Held(self._row.answer, self._order.revision, self._order.content, self._order.placed_at)
        await transaction.statement()
        if change.keep and shown is not None:
            self._order = replace(self._order, shown=shown.lines, shown_at=store.time)
            transaction.put(("order", number), self._order)
        self._row = replace(self._row, answer=change.answer)
        transaction.put(("answer", number, change.answer.number), self._row)
        if change.outside:
            await rows.mark_outside(transaction, self._order, self._state)
        else:
            if change.release:
                await rows.release(transaction, number)
            if change.settle:
                await rows.reserve(transaction, number, dict(self._row.taken))
            if change.status is not None:
                transaction.put(("state", number), self._next(change))
        if change.repair:
            await self._repair(before, change)
        if change.verify_at is not None:
            await store.schedule(transaction, "verify", means.item.key, store.seconds(change.verify_at))
        if change.submit_at is not None:
            await store.schedule(transaction, "submit", means.item.key, store.seconds(change.submit_at))

    def _next(self, change: Change) -> State:
        status: Any = change.status
        if status == "answered":
            taken, asked = sum(units for _, units in self._row.taken), self._order.units
            status = "rejected" if not taken else "confirmed" if taken >= asked else "partly_confirmed"
        self._state = replace(self._state, status=status)
        if change.reopen:
            self._state = replace(self._state, answered_by=None)
        if change.take_up and self._order.revision != self._row.answer.revision:
            self._state = replace(self._state, revision=self._row.answer.revision)
            store = self._means.store  # after the commit, as held.take_up_change; a poll finds it otherwise
            store.at(store.time + 0.1, lambda: store.on_commit({("take_up", self._means.number): True}))
        return self._state

    async def _repair(self, mismatched: Held, change: Change) -> None:
        transaction, number = self._transaction, self._means.number
        others = [(row.answer.number, row.answer.state) for row in rows.answers_of(transaction, number)]
        suggest = self._means.switches.mode == "suggest"
        order, since = self._order, dict(self._order.since)
        until = min((open_until(order.placed_at, sequence, since) for sequence in change.differs), default=None)
        if not protocol.repairs(mismatched, self._means.now(), suggest_only=suggest, others=others, until=until):
            return
        try:
            await rows.plan(transaction, self._order, self._state, by_rule=True)
        except NotPlanned:
            return
