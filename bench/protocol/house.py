"""What goes on around the answers: orders are fetched, decided, seen answered elsewhere, confirmed and edited by people."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from oktee.modules.supply.answers import protocol
from oktee.modules.supply.promised import HOLDING, WAITING

from bench.protocol import rows
from bench.protocol.amazon import Amazon
from bench.protocol.means import Switches
from bench.protocol.rows import NotPlanned, Order, State
from bench.protocol.store import Item, Store, Task, Transaction, Wait

Act = Callable[[Task], Coroutine[Any, Any, None]]


class House:
    def __init__(self, store: Store, amazon: Amazon, switches: Switches) -> None:
        self._store, self._amazon, self._switches = store, amazon, switches
        self.tasks: dict[Item, Task] = {}
        self._decisions = 0

    # -- work ---------------------------------------------------------------------------------------------------------

    async def forget(self, item: Item) -> None:
        """The end of work whose handler wrote nothing."""
        transaction = Transaction(self._store, self.tasks.pop(item))
        await self._store.finish(transaction, item, None)
        await transaction.statement()
        transaction.commit()
        item.recorded = True

    async def _end(self, transaction: Transaction, item: Item) -> None:
        await transaction.statement()
        transaction.commit()
        item.recorded = True
        await Wait(0.001)

    async def poll(self, item: Item) -> None:
        """The mirror takes over what Amazon shows; a change of the content is a new revision."""
        number, store = str(item.key), self._store
        shown = await self._amazon.look(number)
        lines, content = shown[0].lines, shown[1]
        read_at = store.time
        transaction = Transaction(store, self.tasks.pop(item))
        await store.finish(transaction, item, None)
        await store.schedule(transaction, "decide", number, store.time)  # work rows before data rows
        await store.schedule(transaction, "observe", number, store.time)
        order: Order | None = await transaction.lock(("order", number))
        there = self._amazon.orders[number]
        if order is None or order.content_at <= read_at:
            revision = 1 if order is None else order.revision + (order.content != content)
            words = content.decode().split()
            quantities = tuple((sequence, int(units)) for sequence, units in (word.split("=") for word in words[1:]))
            start = there.window_start.fromisoformat(words[0])
            closed = all(not units for _, units in quantities)
            shown_at = read_at if order is None else order.shown_at
            shown_before = lines if order is None else order.shown
            asked = dict(order.quantities) if order is not None else dict(quantities)
            since = dict(order.since) if order is not None else {}
            since |= {sequence: store.now() for sequence, units in quantities if asked.get(sequence) != units}
            order = Order(
                number, revision, content, there.placed_at, quantities, start, closed, shown_before, read_at, shown_at,
                tuple(sorted(since.items())),
            )  # fmt: skip
        if order.shown_at <= read_at:
            order = replace(order, shown=lines, shown_at=read_at)
        transaction.put(("order", number), order)
        await self._end(transaction, item)

    async def decide(self, item: Item) -> None:
        """As deciding.decide_batch, for one order and its change."""
        number, store = str(item.key), self._store
        transaction = Transaction(store, self.tasks.pop(item))
        await store.finish(transaction, item, None)
        order, state = await rows.lock_order(transaction, number)
        if order is not None and (state is None or state.revision != order.revision):
            found = [row for row in rows.answers_of(transaction, number) if row.answer.state != "superseded"]
            latest = found[-1].answer.state if found else None
            if latest not in protocol.FLYING:
                await self._decide(transaction, order, state, ours=latest in ("seen", "mismatch"))
        await self._end(transaction, item)

    async def _decide(self, transaction: Transaction, order: Order, state: State | None, *, ours: bool) -> None:
        number = order.number
        if order.units == 0:
            await rows.supersede_planned(transaction, number)
            await rows.reserve(transaction, number, {})
            before = state or State("cancelled", order.revision)
            transaction.put(
                ("state", number), replace(before, status="cancelled", revision=order.revision, answered_by=None)
            )
            return
        if not ours and order.answered:
            before = state or State("closed", order.revision)
            await rows.mark_outside(transaction, order, replace(before, revision=order.revision))
            return
        if await rows.supersede_planned(transaction, number):
            await rows.release(transaction, number)
        taken = await self._allot(transaction, order)
        self._decisions += 1
        status = "changed" if ours else "to_confirm"
        before = state or State(status, order.revision)
        decided = State(
            status, order.revision, self._decisions, order.revision, taken, "oktee" if ours else None, before.by_person
        )
        transaction.put(("state", number), decided)
        none = any(units == 0 for _, units in taken)
        if self._switches.mode == "at_once" and not ours and not none:
            try:
                await rows.plan(transaction, order, decided, by_rule=True, delay=self._store.chance.choice((0, 0, 120)))
            except NotPlanned:
                return

    async def _allot(self, transaction: Transaction, order: Order) -> tuple[tuple[str, int], ...]:
        """What is there and promised to nobody else, by an answer or a proposal, under the locks of the balances."""
        mine = dict(transaction.get(("held", order.number)) or ())
        taken = []
        for sequence, quantity in order.quantities:
            on_hand, committed = await transaction.lock(("balance", sequence))
            free = max(0, on_hand - committed + mine.get(sequence, 0) - self._proposed(order.number, sequence))
            taken.append((sequence, min(quantity, free)))
        return tuple(taken)

    def _proposed(self, number: str, sequence: str) -> int:
        """As promised.open_proposals: what proposals of other orders would take, beyond what they hold already."""
        units = 0
        for key, state in self._store.rows.items():
            if key[0] != "state" or key[1] == number:
                continue
            if state.status in WAITING:
                units += dict(state.taken).get(sequence, 0)
            elif state.status in HOLDING:
                held = dict(self._store.rows.get(("held", key[1])) or ()).get(sequence, 0)
                units += max(0, dict(state.taken).get(sequence, 0) - held)
        return units

    async def observe(self, item: Item) -> None:
        """As observing._look_at."""
        number, store = str(item.key), self._store
        transaction = Transaction(store, self.tasks.pop(item))
        await store.finish(transaction, item, None)
        order, state = await rows.lock_order(transaction, number)
        if order is not None and state is not None:
            found = rows.answers_of(transaction, number)
            ours = rows.newest_at_amazon(found) if state.answered_by != "outside" else None
            unanswered = state.status in (*rows.WAITING, "send_failed")
            if (unanswered and order.answered and ours is None) or (ours is not None and _overridden(order, ours)):
                await rows.mark_outside(transaction, order, state)
            elif state.answered_by == "outside":
                await rows.reserve(transaction, number, order.accepted if state.decision else {})
                transaction.put(("state", number), replace(state, status=rows.shown_status(order)))
        await self._end(transaction, item)

    # -- people -------------------------------------------------------------------------------------------------------

    def confirm(self, number: str, revision: int, decision: int, *, edits: bool) -> Act:
        """A person confirms what a page showed, maybe with less than was proposed."""

        async def act(task: Task) -> None:
            transaction = Transaction(self._store, task)
            order, state = await rows.lock_order(transaction, number)
            if state is None or order.revision != revision or state.revision != revision or state.decision != decision:
                transaction.end()  # the page is old
                return
            if state.status == "scheduled":
                await rows.supersede_planned(transaction, number)
            if edits:
                self._decisions += 1
                less = tuple((line, self._store.chance.randint(0, units)) for line, units in state.taken)
                state = replace(state, decision=self._decisions, taken=less)
            try:
                await rows.plan(transaction, order, state, by_rule=False)
            except NotPlanned:
                transaction.end()
                return
            await transaction.statement()
            transaction.commit()

        return act

    def take_back(self, numbers: list[str]) -> Act:
        """Automation is switched off: what a rule planned and what has not left is taken back."""

        async def act(task: Task) -> None:
            for number in numbers:
                transaction = Transaction(self._store, task)
                _, state = await rows.lock_order(transaction, number)
                by_rule = state is not None and state.status == "scheduled" and not state.by_person
                if by_rule and await rows.supersede_planned(transaction, number):
                    await rows.release(transaction, number)
                    transaction.put(("state", number), replace(state, status="to_confirm", answered_by=None))
                await transaction.statement()
                transaction.commit()

        return act


def _overridden(order: Order, row: rows.Row) -> bool:
    """As observing._overridden."""
    if row.answer.state != "seen" or row.answer.revision != order.revision:
        return False
    return protocol.reads_otherwise(dict(row.taken), order.accepted)
