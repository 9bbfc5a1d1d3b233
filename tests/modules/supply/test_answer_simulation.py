"""The answer protocol through simulated crashes and faults, and proof that the simulation finds what would break it.

A night runs 100,000 worlds (`make bench BENCH=protocol`); here are a few hundred.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from oktee.modules.supply.answers import protocol

from bench.protocol import rows
from bench.protocol.amazon import Amazon, Submit
from bench.protocol.store import Store, Transaction
from bench.protocol.world import Plan, Violated, World, run

BAD = Plan(
    deaths=0.03, freezes=0.02, sends=0.5, reads=0.1, lost_commits=0.02, lag=0.0, mode="at_once", blind=False
)  # fmt: skip
WITHIN = 400
"""Worlds in which each planted fault must be found."""


def found(words: str, plan: Plan = BAD) -> str:
    """What the first world that breaks says. AssertionError when none does."""
    for seed in range(WITHIN):
        try:
            run(seed, plan=plan)
        except Violated as violated:
            if not any(word in str(violated) for word in words.split("|")):
                raise
            return str(violated)
    raise AssertionError(f"not found in {WITHIN} worlds: {words}")


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any, str, Any], None]]:
    def put(where: Any, name: str, what: Any) -> None:
        monkeypatch.setattr(where, name, what)

    yield put
    monkeypatch.undo()


def test_no_world_breaks_an_invariant() -> None:
    seen: dict[str, int] = {}
    deaths = resends = 0
    for seed in range(250):
        tally = run(seed)
        deaths, resends = deaths + tally.deaths, resends + tally.resends
        for state, count in tally.ends.items():
            seen[state] = seen.get(state, 0) + count
    assert set(seen) == {"seen", "failed", "mismatch", "superseded"}
    assert min(seen.values()) > 10
    assert deaths > 500
    assert resends > 20


def test_a_seed_is_the_same_world_each_time() -> None:
    told: list[list[str]] = []
    for _ in range(2):
        lines: list[str] = []
        World(11, tell=lines.append).run()
        told.append(lines)
    assert told[0] == told[1]
    assert len(told[0]) > 20


def test_an_answer_may_undo_what_the_network_delivered_late_and_nothing_else() -> None:
    """The network's second copy of an older answer changes the order back; the newer answer, still unknown, leaves again
    with the same bytes and puts it right. Without that copy in between, a second effect of the same bytes is a fault."""
    older, newer = b"1", b"2"

    def effects(*calls: tuple[bytes, bool]) -> None:
        amazon = Amazon(Store(Random(1)), Random(1), sends=0, reads=0, lag=0)
        for payload, doubled in calls:
            amazon.judge_effect(Submit("P", payload, doubled))

    effects((older, False), (newer, False), (older, True), (newer, False))
    for calls in (
        ((older, False), (newer, False), (newer, False)),
        ((older, False), (newer, False), (newer, True), (newer, False)),
        ((older, False), (newer, False), (older, True), (newer, False), (newer, False)),
    ):
        with pytest.raises(Violated, match="changed twice"):
            effects(*calls)
    run(64804)


def test_it_finds_an_answer_that_is_sent_again_without_reading_back(plant: Any) -> None:
    def again(held: protocol.Held, now: Any, why: str) -> protocol.Change:
        answer = replace(held.answer, state="planned", send_at=now)
        return protocol.Change(answer, submit_at=now)

    plant(protocol, "unknown", again)
    assert "I2" in found("I2|changed twice|reached Amazon|stayed|ended as")


def test_it_finds_looks_that_are_counted_too_quickly(plant: Any) -> None:
    """A worker that dies between the count and its date would look three times in a minute, and send what is under way."""
    plant(protocol, "UNKNOWN_FIRST", protocol.ONE_SECOND)
    plant(protocol, "UNKNOWN_APART", protocol.ONE_SECOND)
    assert "leaves again after" in found("leaves again after")


def test_it_finds_a_missing_fence(plant: Any) -> None:
    before = Store.__init__

    def without(self: Store, *given: Any) -> None:
        before(self, *given)
        self.fenced = False

    plant(Store, "__init__", without)
    found("I2|I3|ended|left to do|Amazon has|still leased")


def test_it_finds_a_reservation_outside_the_transaction(plant: Any) -> None:
    """Stock that is held at once, whether the answer is planned or not."""
    before = rows.reserve

    async def at_once(transaction: Transaction, number: str, wanted: Any) -> None:
        await before(transaction, number, wanted)
        for key in [key for key in transaction.written if key[0] in ("held", "balance")]:
            transaction.store.rows[key] = transaction.written.pop(key)

    plant(rows, "reserve", at_once)

    assert "I3" in found("I3", replace(BAD, deaths=0.08))


def test_it_finds_stock_given_back_before_the_next_answer_is_seen(plant: Any) -> None:
    plant(protocol, "held_meanwhile", lambda wanted, held: dict(wanted))
    plant(protocol, "held_after", lambda held, promised: dict(promised))
    assert "are promised and" in found("I3", replace(BAD, deaths=0.0, freezes=0.0, sends=0.8))


def test_it_finds_an_old_answer_over_a_new_one(plant: Any) -> None:
    """Two open answers of one order: the second is planned while the first is on its way."""
    plant(protocol, "follows", lambda earlier: (earlier[-1][0] + 1, earlier[-1][0]) if earlier else (1, None))
    plant(Store, "check_unique", lambda self, transaction: None)
    found("I2|I3|ended|Amazon has|took effect|never arrived")


def test_it_finds_a_failed_answer_that_keeps_its_stock(plant: Any) -> None:
    before = protocol.failed

    def keeps(*given: Any, **more: Any) -> protocol.Change:
        return replace(before(*given, **more), status="processing")

    plant(protocol, "failed", keeps)
    assert "neither answered nor a person's" in found("ended as processing")
