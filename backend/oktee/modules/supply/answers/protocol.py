"""The answer protocol without database, network and clock: what a step reads decides what it writes (trust/RELIABILITY 3).

The jobs carry this out on Postgres and Amazon; the simulation of it (bench/protocol) on a world of its own, with a crash
at every point between two steps and every fault that Amazon knows.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeVar

from oktee.modules.supply.answers.clock import EDIT_WITHIN
from oktee.modules.supply.answers.read_back import Mismatch, ReadBackLine, Seen
from oktee.modules.supply.notices import notice

OPEN: Final = ("planned", "sending", "unknown", "sent")
"""An answer under way: there is one at most of an order."""
EFFECTIVE: Final = ("sent", "seen", "mismatch")
FLYING: Final = ("sending", "unknown", "sent")
"""It has left, or may have: nothing about its order is decided before its proof."""
AT_AMAZON: Final = (*FLYING, "seen", "mismatch")
"""Amazon has it, or may have."""
UNKNOWN_FIRST: Final = timedelta(minutes=2)
UNKNOWN_READS, UNKNOWN_APART = 3, timedelta(minutes=14)
STOPPED: Final = timedelta(seconds=10)
"""How often an answer that the kill switch holds back looks whether it may leave."""
REFUSALS: Final = 5
CHECKS: Final = tuple(
    timedelta(seconds=s) for s in (3, 6, 12, 20, 30, 45, 60, 90, 120, 180, 300, 450, 600, 900, 1350, 1800)
)
"""After sending: quickly at first, since most answers show within a minute; Amazon asks to allow 30 (PRODUCT F4)."""
ONE_SECOND, HALF_HOUR = timedelta(seconds=1), timedelta(minutes=30)
LATER, NEVER, CLOSED = timedelta(hours=1), timedelta(hours=48), timedelta(hours=6)

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Answer:
    """The row of one answer, as a step reads and writes it."""

    number: int
    revision: int
    state: str
    payload: bytes
    planned_at: datetime
    send_at: datetime
    sending_at: datetime | None = None
    unknown_at: datetime | None = None
    sent_at: datetime | None = None
    checked_at: datetime | None = None
    finished_at: datetime | None = None
    transaction_id: str | None = None
    transaction_status: str | None = None
    reads: int = 0
    resends: int = 0
    refused: int = 0
    seen: list[dict[str, Any]] | None = None
    error: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """An answer and what counts of its order, as one transaction reads them under their locks."""

    answer: Answer
    revision: int
    content_hash: bytes
    ordered_at: datetime


@dataclass(frozen=True, slots=True)
class Earlier:
    """An answer to the same order that was planned before this one."""

    number: int
    state: str
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Note:
    """A line of the journal."""

    kind: str
    by: Literal["planner", "amazon", "system"]
    payload: dict[str, Any] = field(default_factory=dict)
    outcome: str = "ok"


@dataclass(frozen=True, slots=True)
class Change:
    """What one transaction writes: the answer's next row, its order's next status, and what follows; all or nothing."""

    answer: Answer
    status: str | None = None
    """The order's next status; `answered`: the one that what was taken calls for."""
    hold: dict[str, Any] | None = None
    reopen: bool = False
    """Nothing left: the order waits for an answer again."""
    release: bool = False
    """What was held in stock for this answer is free again, but for what an answer at Amazon promises."""
    settle: bool = False
    """What this answer promises is what is held, and no more."""
    keep: bool = False
    """What was read back joins the mirror."""
    outside: bool = False
    """Somebody else's answer is what counts."""
    take_up: bool = False
    """A change of the order that came meanwhile is decided now."""
    repair: bool = False
    differs: tuple[str, ...] = ()
    """The lines that Amazon shows otherwise."""
    verify_at: datetime | None = None
    submit_at: datetime | None = None
    note: Note | None = None


def follows(earlier: Sequence[tuple[int, str]]) -> tuple[int, int | None] | None:
    """The number of the next answer and the one it supersedes, of (number, state), oldest first; None: one is under way."""
    if any(state in OPEN for _, state in earlier):
        return None
    return (earlier[-1][0] + 1, earlier[-1][0]) if earlier else (1, None)


def held_meanwhile(wanted: Mapping[K, int], held: Mapping[K, int]) -> dict[K, int]:
    """What to hold in stock while an answer is on its way: what it promises, and what is held for the one before it, which
    counts until this one is seen; units given back too early would be promised to another order."""
    return {key: max(wanted.get(key, 0), held.get(key, 0)) for key in {**wanted, **held}}


def held_after(held: Mapping[K, int], promised: Mapping[K, int]) -> dict[K, int]:
    """What stays held of an answer that did not leave: what the one at Amazon promises; never more than is held now, since
    what was given back may be another order's."""
    return {key: min(held[key], units) for key, units in promised.items() if key in held}


# -- sending ----------------------------------------------------------------------------------------------------------


def answered(lines: Iterable[ReadBackLine]) -> bool:
    """Whether Amazon shows an answer to any line."""
    return any(line.dates or line.confirmation_status not in (None, "UNCONFIRMED") for line in lines)


Way = Literal["leaves", "given_way", "looked_at", "unknown", "switched_off", "changed"]


def way_of(held: Held, *, current: bytes | None, answered: bool, ours: bool, switched_off: bool) -> Way:
    """What becomes of a planned answer, just before it leaves: it leaves, or why not.

    `current`: the order's content as Amazon gave it just now (None: it cannot be kept); `answered`: Amazon shows an answer;
    `ours`: one of ours is there, or may be, so that what is shown is not somebody else's; `switched_off`: automation would
    not send it any more.
    """
    answer = held.answer
    moved = current != held.content_hash or answer.revision != held.revision
    elsewhere = answered and not ours
    if not moved and not elsewhere and not switched_off:
        return "leaves"
    if elsewhere:
        # It was to leave again because nothing was shown, and now something is: that is judged, nothing is sent over it.
        return "looked_at" if answer.resends else "given_way"
    if switched_off and answer.resends:
        return "unknown"
    return "switched_off" if switched_off and not moved else "changed"


def sending(held: Held, now: datetime) -> Change:
    return Change(replace(held.answer, state="sending", sending_at=now), status="sending")


def sent(held: Held, now: datetime, transaction_id: str) -> Change:
    answer = replace(held.answer, state="sent", transaction_id=transaction_id, sent_at=now)
    note = Note("answer.sent", "planner", {"transaction_id": transaction_id})
    return Change(answer, status="processing", verify_at=now + CHECKS[0], note=note)


def unknown(held: Held, now: datetime, why: str) -> Change:
    """Nobody knows whether it arrived: only what Amazon shows settles that, after a while."""
    note = Note("answer.unknown", "system", {"why": why}, outcome="failed")
    return Change(_unknown(held.answer, now), status="processing", verify_at=now + UNKNOWN_FIRST, note=note)


def look_instead(held: Held, now: datetime) -> Change:
    return Change(_unknown(held.answer, now), verify_at=now)


def _unknown(answer: Answer, now: datetime) -> Answer:
    return replace(answer, state="unknown", unknown_at=now, reads=0)


def given_way(held: Held, now: datetime) -> Change:
    """Somebody else answered before us: ours does not leave, and theirs is what counts."""
    note = Note("answer.superseded", "system", notice("supply.answer.answered_elsewhere"), outcome="held")
    return Change(_over(held.answer, "superseded", now), keep=True, outside=True, note=note)


def stood_down(held: Held, now: datetime, status: str, reason: dict[str, Any]) -> Change:
    """Nothing leaves; the mirror is read again, and the order decided anew."""
    return Change(
        _over(held.answer, "superseded", now),
        status=status,
        hold=reason if status == "held" else None,
        reopen=True,
        release=True,
        note=Note("answer.superseded", "system", reason, outcome="held"),
    )


def put_back(held: Held) -> Change:
    """The kill switch stopped it before it left: it waits, and nobody refused it."""
    return Change(replace(held.answer, state="planned"))


def refused(held: Held, why: str) -> Change:
    """It certainly did not arrive: the same bytes may leave again."""
    answer = replace(held.answer, state="planned", refused=held.answer.refused + 1)
    note = Note("answer.refused", "amazon", {"refused": answer.refused, "why": why}, outcome="failed")
    return Change(answer, note=note)


def failed(held: Held, now: datetime, reason: dict[str, Any], *, raw: str, status: str | None = None) -> Change:
    """The clock still runs, so a person is asked; what was held in stock is free again."""
    answer = _over(held.answer, "failed", now)
    answer = replace(answer, error=reason | {"raw": raw}, transaction_status=status or answer.transaction_status)
    note = Note("answer.failed", "amazon", reason | {"raw": raw}, outcome="failed")
    return Change(answer, status="send_failed", release=True, take_up=True, note=note)


def _over(answer: Answer, state: str, now: datetime) -> Answer:
    return replace(answer, state=state, finished_at=now)


# -- proving ----------------------------------------------------------------------------------------------------------


def proven(answer: Answer, now: datetime, said: str | None) -> bool:
    """What Amazon shows now speaks of this answer: its transaction has succeeded, or it is there and the half hour that
    Amazon asks for is over. Of one that may never have arrived, time proves nothing."""
    return said == "Success" or (
        answer.state == "sent" and answer.sent_at is not None and now - answer.sent_at > HALF_HOUR
    )


def about_ours(
    answer: Answer, verdict: Seen | Mismatch, lines: Iterable[ReadBackLine], earlier: Sequence[Earlier]
) -> bool:
    """Whether what Amazon shows speaks of this answer already, and not still of the one before it.

    It does when an acknowledgement dated since we planned it is shown. A first answer that reads as sent needs no more
    proof. Amazon's dates are whole seconds: one from the second in which the answer before was seen may belong to either,
    and proves nothing. Other numbers than ours while Amazon still works on ours prove nothing either: they may be somebody
    else's, and a next answer planned upon them could be overtaken by this one.
    """
    if isinstance(verdict, Mismatch) and answer.state == "sent":
        return False
    in_effect = [one for one in earlier if one.number < answer.number and one.state in EFFECTIVE]
    if not in_effect and (isinstance(verdict, Seen) or answer.state == "unknown"):
        return True
    since = answer.planned_at.replace(microsecond=0)
    for one in in_effect:
        if one.finished_at is not None:
            since = max(since, one.finished_at.replace(microsecond=0) + ONE_SECOND)
    return any(date is not None and date >= since for line in lines for date in line.dates)


def seen(held: Held, now: datetime, lines: Iterable[ReadBackLine], said: str | None) -> Change:
    answer = replace(_over(held.answer, "seen", now), checked_at=now, seen=_shown(lines), transaction_status=said)
    note = Note("answer.seen", "amazon", {"seen": answer.seen})
    return Change(answer, status="answered", settle=True, keep=True, take_up=True, note=note)


def mismatch(held: Held, now: datetime, verdict: Mismatch, lines: Iterable[ReadBackLine]) -> Change:
    differences = [
        {
            "sequence": one.sequence,
            "sent_accepted": one.sent_accepted,
            "seen_accepted": one.seen_accepted,
            "sent_rejected": one.sent_rejected,
            "seen_rejected": one.seen_rejected,
        }
        for one in verdict.differences
    ]
    answer = replace(_over(held.answer, "mismatch", now), seen=_shown(lines))
    note = Note("answer.mismatch", "amazon", {"differences": differences}, outcome="failed")
    lines_differing = tuple(one.sequence for one in verdict.differences)
    return Change(answer, status="mismatch", keep=True, take_up=True, repair=True, differs=lines_differing, note=note)


def repairs(
    held: Held, now: datetime, *, suggest_only: bool, others: Iterable[tuple[int, str]], until: datetime | None = None
) -> bool:
    """Whether a mismatch is answered once more by itself; what is shown otherwise a second time is a person's.

    Not in Suggest only, which sends nothing; not where the outcome was unknown, since then somebody else may have answered;
    not after the 48 hours, when Amazon takes only dates, nor when it changed the order meanwhile. `others`: (number, state)
    of the order's answers. `until`: when the hours of the first of the differing lines end, where Amazon changed one.
    """
    answer = held.answer
    if suggest_only or answer.unknown_at is not None or answer.transaction_id is None:
        return False
    if held.revision != answer.revision or now >= (until or held.ordered_at + EDIT_WITHIN):
        return False
    return not any(state == "mismatch" and number != answer.number for number, state in others)


def reads_otherwise(promised: Mapping[str, int], shown: Mapping[str, int | None]) -> bool:
    """Whether another quantity is accepted on any line than we promised; units moved from one line to another count too."""
    return any((shown.get(sequence) or 0) != units for sequence, units in promised.items())


def read_in_vain(answer: Answer, now: datetime, said: str | None) -> Answer:
    """A look that showed nothing, counted."""
    return replace(answer, reads=answer.reads + 1, checked_at=now, transaction_status=said)


def waited_enough(answer: Answer, now: datetime) -> bool:
    """After 48 hours a person is asked, also where Amazon refuses every look."""
    return now - (answer.unknown_at or answer.sent_at or answer.planned_at) > NEVER


Next = datetime | Literal["never_seen", "stays_unknown", "again"]


def next_of(answer: Answer, now: datetime) -> Next:
    """After a look that showed nothing: when to look again, or that it is enough."""
    if answer.state == "sent":
        assert answer.sent_at is not None
        age = now - answer.sent_at
        if age > NEVER:
            return "never_seen"
        return next((answer.sent_at + check for check in CHECKS if check > age), now + LATER)
    if answer.reads < UNKNOWN_READS:
        return now + UNKNOWN_APART
    return "stays_unknown" if answer.resends else "again"


def sent_again(held: Held, now: datetime) -> Change:
    """Three reads over half an hour show nothing: the same answer leaves once more, byte for byte, and is counted."""
    answer = read_in_vain(held.answer, now, None)
    answer = replace(answer, state="planned", resends=answer.resends + 1, send_at=now)
    return Change(answer, submit_at=now, note=Note("answer.sent_again", "system", {"resends": answer.resends}))


def _shown(lines: Iterable[ReadBackLine]) -> list[dict[str, Any]]:
    return [{"sequence": line.sequence, "accepted": line.accepted, "rejected": line.rejected} for line in lines]
