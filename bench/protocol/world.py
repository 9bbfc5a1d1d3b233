"""One simulated world by its seed: who dies, freezes and answers when, and what must hold whatever happens (RELIABILITY 4)."""

from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from heapq import heappop
from random import Random
from typing import Any, Final

from oktee.amazon.client.errors import AmazonError
from oktee.kit.work import Fenced
from oktee.modules.supply.answers import protocol
from oktee.modules.supply.jobs import journey

from bench.protocol import rows
from bench.protocol.amazon import Amazon
from bench.protocol.house import House
from bench.protocol.means import Means, Switches
from bench.protocol.store import IDLE_IN_TRANSACTION, LEASE, Lost, Process, Store, Task, Transaction, Violated, Wait

FAULTS_UNTIL: Final = 3 * 3600.0
PEOPLE_UNTIL: Final = 12 * 3600.0
END: Final = 130 * 3600.0
"""Bounded: an answer that Amazon never shows goes to a person after 48 hours, and so does the one that follows it."""
UNKNOWN_WITHIN: Final = 35 * 60.0
AGAIN_AFTER: Final = 29.5 * 60
"""A step that stands still between its clock and its commit takes seconds off, fifteen at most."""
STEPS: Final = 60_000
EXPECTED: Final = (AmazonError, Lost)
"""What a step may end with, to be tried again; anything else is a fault of the code."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How bad this world is: shares of steps at which a process dies or freezes, of calls that go wrong, and more."""

    deaths: float
    freezes: float
    sends: float
    reads: float
    lost_commits: float
    lag: float
    mode: str
    blind: bool

    @classmethod
    def of(cls, chance: Random) -> "Plan":
        return cls(
            deaths=chance.choice((0.0, 0.005, 0.02, 0.08)),
            freezes=chance.choice((0.0, 0.0, 0.005, 0.02)),
            sends=chance.choice((0.0, 0.1, 0.4, 0.8)),
            reads=chance.choice((0.0, 0.0, 0.1, 0.4)),
            lost_commits=chance.choice((0.0, 0.0, 0.02)),
            lag=chance.choice((0.0, 0.0, 0.0, 5.0, 60.0)),
            mode=chance.choice(("suggest", "at_once")),
            blind=chance.random() < 0.02,
        )


@dataclass(slots=True)
class Tally:
    """What happened in a world, so that a run can say what it has seen."""

    steps: int = 0
    answers: int = 0
    deaths: int = 0
    freezes: int = 0
    resends: int = 0
    ends: dict[str, int] = field(default_factory=dict)


class World:
    def __init__(self, seed: int, *, plan: Plan | None = None, tell: Callable[[str], None] | None = None) -> None:
        """`tell` hears what happens, line by line."""
        self._tell = tell
        self.chance = Random(seed)
        self.plan = plan or Plan.of(self.chance)
        self.store = Store(self.chance)
        self.amazon = Amazon(self.store, self.chance, sends=self.plan.sends, reads=self.plan.reads, lag=self.plan.lag)
        self.amazon.blind = self.plan.blind
        self.switches = Switches(mode=self.plan.mode)
        self.house = House(self.store, self.amazon, self.switches)
        self.workers = [Process(f"worker {n}") for n in range(2)]
        self.pages = Process("api")
        self.runner = Process("runner", mortal=False)
        self.tally = Tally()
        self.faulty = True
        self.unknown_since: dict[Any, float] = {}
        self.visits = 0
        self.was_cut_off = False
        self.store.resume = self.step
        self.store.on_commit = self.committed
        self.amazon.on_change = self.amazon_changed
        self.amazon.tell = self.tell

    # -- running ------------------------------------------------------------------------------------------------------

    def run(self) -> Tally:
        """Everything that happens, to the end. Raises Violated."""
        self._script()
        try:
            self._play()
        finally:
            for process in (*self.workers, self.pages, self.runner):
                for task in list(process.tasks):
                    task.coroutine.close()
        self._check_end()
        return self.tally

    def _play(self) -> None:
        store = self.store
        while store.events and store.events[0][0] <= END:
            store.time, _, act = heappop(store.events)
            act()
            self.tally.steps += 1
            if self.tally.steps > STEPS:
                raise Violated("it does not come to rest")

    def tell(self, words: Callable[[], str]) -> None:
        if self._tell is not None:
            time = self.store.time
            self._tell(f"{int(time // 3600):02}:{int(time // 60) % 60:02}:{time % 60:06.3f}  {words()}")

    def _script(self) -> None:
        chance, store = self.chance, self.store
        lines = chance.randint(1, 2)
        for n in range(1, lines + 1):
            store.rows[("balance", str(n))] = (chance.randint(0, 90), 0)
        for n in range(chance.randint(1, 3)):
            number = f"P{n}"
            begin = chance.random() * 600
            quantities = [chance.randint(1, 60) for _ in range(lines)]
            store.at(begin, lambda number=number, quantities=quantities: self.amazon.place(number, quantities))  # type: ignore[misc]
            for _ in range(chance.choice((0, 0, 1, 2))):
                store.at(begin + self._soon(), lambda number=number: self.amazon.revise(number))  # type: ignore[misc]
            if chance.random() < 0.25:
                store.at(begin + self._soon(), lambda number=number: self.amazon.answer_elsewhere(number))  # type: ignore[misc]
        for name, value in (("mode", "suggest"), ("mode", "at_once"), ("stopped", True), ("connected", False)):
            if chance.random() < 0.15:
                store.at(self._soon(), lambda name=name, value=value: self._switch(name, value))  # type: ignore[misc]
        store.at(FAULTS_UNTIL, self._calm)

    def _soon(self) -> float:
        """Mostly while something is under way: seconds, minutes, sometimes hours."""
        return self.chance.choice((30.0, 300.0, 2400.0, 9000.0)) * self.chance.random()

    def _switch(self, name: str, value: Any) -> None:
        before = getattr(self.switches, name)
        setattr(self.switches, name, value)
        self.was_cut_off |= name == "connected"
        if name != "mode":
            self.store.at(self.store.time + self._soon(), lambda: setattr(self.switches, name, before))
        elif value == "suggest":
            self._act("switch", self.house.take_back(sorted(self.amazon.orders)))

    def _calm(self) -> None:
        self.faulty = False
        self.amazon.sends = self.amazon.reads = 0.0
        self.switches.stopped, self.switches.connected = False, True

    # -- processes ----------------------------------------------------------------------------------------------------

    def step(self, task: Task) -> None:
        """Let a task go on to its next wait, unless its process dies or freezes here."""
        store, process = self.store, task.process
        if task.over:
            return
        if process.frozen_until > store.time:
            store.at(process.frozen_until, lambda: self.step(task))
            return
        if self.faulty and process.mortal:
            if self.plan.deaths and self.chance.random() < self.plan.deaths:
                self._die(process)
                return
            if self.plan.freezes and self.chance.random() < self.plan.freezes:
                self._freeze(process)
                store.at(process.frozen_until, lambda: self.step(task))
                return
        try:
            wait: Wait = task.coroutine.send(None)
        except StopIteration:
            self._ended(task, None)
        except Violated:
            raise
        except Exception as error:
            self._ended(task, error)
        else:
            if wait.lock is not None:
                holder = store.locks.get(wait.lock)
                if holder is not None:
                    self._check_deadlock(task, holder)
                    store.waiting.setdefault(wait.lock, deque()).append(task)
                    return
            store.at(store.time + wait.seconds, lambda: self.step(task))

    def _check_deadlock(self, task: Task, holder: Transaction) -> None:
        waits = {waiter: key for key, queue in self.store.waiting.items() for waiter in queue}
        seen = {task}
        while True:
            owner = holder.task
            if owner in seen:
                raise Violated(f"deadlock of {task.name} and {owner.name}")
            seen.add(owner)
            key = waits.get(owner)
            after = self.store.locks.get(key) if key is not None else None
            if after is None:
                return
            holder = after

    def _ended(self, task: Task, error: Exception | None) -> None:
        task.over = True
        task.process.tasks.discard(task)
        for transaction in list(task.open):
            transaction.end()
        item = task.item
        if error is not None:
            self.tell(lambda: f"{task.name} ends: {error!r}")
        if item is None or item.recorded or isinstance(error, Fenced):
            return
        if error is None:  # as Crew._run: a handler that recorded nothing is done
            self._run(item, self.house.forget(item), task.process)
            return
        if not isinstance(error, EXPECTED):
            raise error
        cap = 300.0 if item.kind == "verify" else 60.0
        self.store.fail(item, self.chance.random() * min(cap, 2.0 ** min(item.attempts, 20)))

    def _die(self, process: Process) -> None:
        self.tell(lambda: f"{process.name} dies with {[task.name for task in process.tasks]}")
        self.tally.deaths += 1
        for task in list(process.tasks):
            self._drop(task)
            if task.item is not None and not task.item.recorded:
                item = task.item
                self.store.at(
                    self.store.time + LEASE * (0.66 + 0.34 * self.chance.random()), lambda i=item: self.store.lapse(i)
                )  # type: ignore[misc]
        process.frozen_until = self.store.time + self.chance.random() * 20  # until a supervisor has started it again

    def _drop(self, task: Task) -> None:
        task.over = True
        for transaction in list(task.open):
            transaction.end()
        for queue in self.store.waiting.values():
            if task in queue:
                queue.remove(task)
        task.coroutine.close()
        task.process.tasks.discard(task)

    def _freeze(self, process: Process) -> None:
        """SIGSTOP: its leases lapse, Postgres ends its open transactions, and some time later it goes on as if nothing were."""
        self.tally.freezes += 1
        process.frozen_until = self.store.time + self.chance.choice((5.0, 60.0, 600.0)) * self.chance.random()
        self.tell(
            lambda: (
                f"{process.name} freezes until {process.frozen_until:.0f} with {[task.name for task in process.tasks]}"
            )
        )
        for task in list(process.tasks):
            for transaction in task.open:
                self._end_idle(transaction, process)
            if task.item is not None and process.frozen_until - self.store.time > LEASE * 0.66:
                at = min(process.frozen_until, self.store.time + LEASE * (0.66 + 0.34 * self.chance.random()))
                self.store.at(at, lambda item=task.item: self.store.lapse(item))  # type: ignore[misc]

    def _end_idle(self, transaction: Transaction, process: Process) -> None:
        def end() -> None:
            if process.frozen_until > self.store.time:
                transaction.end()

        self.store.at(self.store.time + IDLE_IN_TRANSACTION, end)

    # -- what follows from a commit -----------------------------------------------------------------------------------

    def committed(self, written: dict[Any, Any]) -> None:
        self.tell(lambda: "; ".join(_words(key, value) for key, value in written.items()) or "a commit without rows")
        for key, value in written.items():
            if key[0] == "work" and value is not None:
                self.store.at(value.due + self.chance.random(), lambda k=key: self._claim(k))  # type: ignore[misc]
            elif key[0] == "take_up":
                self._decide(key[1])
            elif key[0] == "state" and (
                value.status in rows.PERSONS or (value.answered_by == "oktee" and self.chance.random() < 0.3)
            ):
                self._call_a_person(key[1])
            elif key[0] == "answer":
                self._watch(key, value)
        self._check_stock(written)

    def _claim(self, key: Any) -> None:
        process = self.chance.choice(self.workers)
        if process.frozen_until > self.store.time:
            self.store.at(process.frozen_until + self.chance.random(), lambda: self._claim(key))
            return
        item = self.store.claim(key[1], key[2])
        if item is None:
            if key in self.store.locks and key in self.store.rows:
                self.store.at(self.store.time + 1, lambda: self._claim(key))
            return
        kinds: dict[str, Callable[[Means], Coroutine[Any, Any, None]]] = {
            "submit": journey.submit,
            "verify": journey.verify,
        }
        if item.kind in kinds:
            task = self._run(item, None, process)
            means = Means(
                self.store, self.amazon, self.switches, task, item, self.plan.lost_commits if self.faulty else 0
            )
            task.coroutine = kinds[item.kind](means)
        else:
            self._run(item, getattr(self.house, item.kind)(item), process)

    def _run(self, item: Any, coroutine: Any, process: Process) -> Task:
        task = Task(f"{item.kind} {item.key}", coroutine, process, item)
        process.tasks.add(task)
        if coroutine is not None:
            self.house.tasks[item] = task
        self.store.at(self.store.time, lambda: self.step(task))
        return task

    def amazon_changed(self, number: str) -> None:
        self.tell(lambda: f"Amazon shows {number}: {self.amazon.newest(number)}")
        self.store.at(
            self.store.time + self.plan.lag + self.chance.random() * 120, lambda: self._schedule("poll", number)
        )

    def _decide(self, number: str) -> None:
        self._schedule("decide", number)

    def _schedule(self, kind: str, key: str) -> None:
        """The runner of the streams, which is not under test here, asks for it."""

        async def ask() -> None:
            transaction = Transaction(self.store, task)
            await self.store.schedule(transaction, kind, key, self.store.time)
            transaction.commit()

        task = Task(f"schedule {kind} {key}", ask(), self.runner)
        self.runner.tasks.add(task)
        self.step(task)

    # -- people -------------------------------------------------------------------------------------------------------

    def _call_a_person(self, number: str) -> None:
        """Somebody opens the order's page after a while; sometimes two of them."""
        if self.visits >= 10 or self.store.time > PEOPLE_UNTIL or self.chance.random() < 0.2:
            return
        self.visits += 1
        self.store.at(self.store.time + self._soon(), lambda: self._open_page(number))

    def _open_page(self, number: str) -> None:
        order, state = self.store.rows.get(("order", number)), self.store.rows.get(("state", number))
        if order is None or state is None or state.status not in (*rows.PERSONS, "scheduled", *rows.SETTLED):
            return
        edits = state.status in rows.SETTLED or self.chance.random() < 0.4
        for _ in range(2 if self.chance.random() < 0.3 else 1):
            act = self.house.confirm(number, order.revision, state.decision, edits=edits)
            wait = self.chance.choice((0.5, 60.0)) * self.chance.random()
            self.store.at(self.store.time + wait, lambda act=act: self._act(number, act))  # type: ignore[misc]

    def _act(self, number: str, act: Callable[[Task], Coroutine[Any, Any, None]]) -> None:
        task = Task(f"confirm {number}", None, self.pages)  # type: ignore[arg-type]
        task.coroutine = act(task)
        self.pages.tasks.add(task)
        self.store.at(max(self.store.time, self.pages.frozen_until), lambda: self.step(task))

    # -- what must hold -----------------------------------------------------------------------------------------------

    def _watch(self, key: Any, row: Any) -> None:
        """An unknown outcome is settled or sent again after half an hour, not before; within 35 minutes, where nothing keeps
        reads from Amazon."""
        state = row.answer.state
        if state == "unknown":
            self.unknown_since.setdefault(key, self.store.time)
        elif key in self.unknown_since:
            lasted = self.store.time - self.unknown_since.pop(key)
            if row.answer.resends and state == "planned" and lasted < AGAIN_AFTER:
                raise Violated(f"I2: {key} leaves again after {lasted / 60:.1f} minutes")
            quiet = not (
                self.plan.deaths or self.plan.freezes or self.plan.reads or self.plan.lost_commits or self.plan.blind
            )
            if quiet and not self.was_cut_off and lasted > UNKNOWN_WITHIN:
                raise Violated(f"{key} stayed unknown for {lasted / 60:.0f} minutes")

    def _check_stock(self, written: dict[Any, Any]) -> None:
        """I3, after every commit that touched stock."""
        touched = {key[1] for key in written if key[0] == "balance"}
        for line in touched:
            on_hand, committed = self.store.rows[("balance", line)]
            held = sum(
                units for key, value in self.store.rows.items() if key[0] == "held" for at, units in value if at == line
            )
            if held != committed:
                raise Violated(f"I3: of {line} {held} are held and {committed} are in the balance")
            ours = committed - self._held_for_others(line)
            if committed < 0 or ours > on_hand:
                raise Violated(f"I3: of {line} {ours} are promised and {on_hand} are there")

    def _held_for_others(self, line: str) -> int:
        """What somebody else accepted outside is held as well, there or not."""
        return sum(
            units
            for number in self.amazon.elsewhere | self._taken_over()
            for at, units in self.store.rows.get(("held", number), ())
            if at == line
        )

    def _taken_over(self) -> set[str]:
        """Orders on which somebody else's answer counts, or an old one of ours that the network brought a second time."""
        return {
            str(key[1])
            for key, state in self.store.rows.items()
            if key[0] == "state" and state.answered_by == "outside"
        }

    def _check_end(self) -> None:
        for number in self.amazon.orders:
            self._check_order(number)
        for key, row in self.store.rows.items():
            if key[0] == "work" and row.lease_until is not None:
                raise Violated(f"{key} is still leased")
            if key[0] == "work" and key[1] in ("submit", "verify"):
                raise Violated(f"{key} is left to do")

    def _check_order(self, number: str) -> None:
        order, state = self.store.rows.get(("order", number)), self.store.rows.get(("state", number))
        if order is None or state is None or order.content != self.amazon.view(number)[1]:
            raise Violated(f"I1: {number} is not known as Amazon has it")
        if state.status not in (*rows.PERSONS, *rows.SETTLED):
            raise Violated(f"{number} ended as {state.status}: neither answered nor a person's")
        answers = rows.answers_of(self.store, number)
        alive = any(row.answer.state in protocol.AT_AMAZON for row in answers)
        if self.store.rows.get(("held", number)) and not alive and state.answered_by != "outside":
            raise Violated(f"I3: {number} holds stock without an answer")
        payloads = {row.answer.payload: row for row in answers}
        for row in answers:
            answer = row.answer
            self.tally.answers += 1
            self.tally.resends += answer.resends
            self.tally.ends[answer.state] = self.tally.ends.get(answer.state, 0) + 1
            if answer.state not in ("seen", "mismatch", "failed", "superseded"):
                raise Violated(f"{number}/{answer.number} ended as {answer.state}")
            calls = [call for call in self.amazon.ledger if call.payload == answer.payload and not call.doubled]
            # Two answers with the same lines, planned within one second, are the same bytes.
            same = [each.answer for each in answers if each.answer.payload == answer.payload]
            if len(calls) > sum(1 + each.resends + each.refused for each in same):
                raise Violated(
                    f"I2: {number}/{answer.number} reached Amazon {len(calls)} times, counted are "
                    f"{answer.resends} resends and {answer.refused} refusals"
                )
            if answer.state == "seen" and not calls and number not in self.amazon.elsewhere:
                raise Violated(f"{number}/{answer.number} is seen and never arrived")
        for call in self.amazon.ledger:
            if call.number == number and call.payload not in payloads:
                raise Violated(f"I2: {number} was answered with bytes that nobody planned")
        self._check_effects(number, payloads)
        self._check_truth(number, order, answers)

    def _check_effects(self, number: str, payloads: dict[bytes, Any]) -> None:
        """An earlier answer never changes what a later one said; nobody can help what the network delivers a second time."""
        doubled = {call.payload for call in self.amazon.ledger if call.doubled}
        counts = [payloads[each].answer.number for each in self.amazon.effects.get(number, ()) if each not in doubled]
        if counts != sorted(counts) and number not in self.amazon.elsewhere:
            raise Violated(f"I2: answers to {number} took effect in the order {counts}")

    def _check_truth(self, number: str, order: Any, answers: list[Any]) -> None:
        """What is shown as confirmed by us is what Amazon has."""
        state = self.store.rows[("state", number)]
        if state.status not in ("confirmed", "partly_confirmed", "rejected") or state.answered_by != "oktee":
            return
        newest = rows.newest_at_amazon(answers)
        if newest is None or newest.answer.revision != order.revision:
            raise Violated(f"{number} is {state.status} without an answer of its revision")
        shown = {line.sequence: line.accepted or 0 for line in self.amazon.view(number)[0]}
        if any(shown[sequence] != units for sequence, units in newest.taken):
            raise Violated(f"{number} is {state.status} as {newest.taken}, Amazon has {shown}")


def _words(key: Any, value: Any) -> str:
    if isinstance(value, rows.Row):
        answer = value.answer
        return f"answer {key[1]}/{key[2]} {answer.state} r{answer.revision} {value.taken} resends={answer.resends}"
    if isinstance(value, rows.State):
        return f"state {key[1]} {value.status} r{value.revision} by {value.answered_by} {value.taken}"
    if isinstance(value, rows.Order):
        return f"order {key[1]} r{value.revision} {value.quantities}"
    return f"{key} {value}"


def run(seed: int, *, plan: Plan | None = None, tell: Callable[[str], None] | None = None) -> Tally:
    """The world of this seed, to its end. Raises Violated, or what broke in the code under test."""
    return World(seed, plan=plan, tell=tell).run()
