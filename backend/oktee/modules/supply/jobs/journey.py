"""The journey of one answer, step by step: sending (steps 2 to 4 of trust/RELIABILITY 3) and proving (step 5).

Every call to Amazon stands between two transactions. A crash at any point sends nothing twice with effect: what is
`sending` when a worker looks again has an unknown outcome, and only Amazon's own status settles that. What each step
decides is in answers/protocol.py; the means are Postgres and Amazon (means.py), or a simulated world (bench/protocol).
"""

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from oktee.amazon.client.errors import AmazonError, CircuitOpen, Refused, Revoked, WritesStopped
from oktee.modules.supply.answers import protocol
from oktee.modules.supply.answers.protocol import Answer, Change, Earlier, Held
from oktee.modules.supply.answers.read_back import Mismatch, NotYet, ReadBackLine, Seen, compare
from oktee.modules.supply.notices import notice


class Closed(Exception):
    """The connection has ended, or its identity is not confirmed: nothing is read and nothing leaves."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What Amazon shows of an order, with the reading behind it; None: it knows no such order."""

    lines: tuple[ReadBackLine, ...]
    reading: Any = None


@dataclass(frozen=True, slots=True)
class Told:
    """What Amazon says of a transaction."""

    status: str
    code: str = "Failure"
    text: str = ""


class Writing(Protocol):
    """An open transaction of this step; it is refused when the step's lease is lost (work.Fenced)."""

    async def fetch_again(self) -> None:
        """The order's streams are read again. Before anything is locked."""

    async def find(self) -> Held | None:
        """The answer and its order, locked until the end."""

    async def ours_at_amazon(self) -> bool: ...
    async def switched_off(self) -> bool: ...
    async def write(self, change: Change, shown: Shown | None = None) -> None: ...


class Means(Protocol):
    """What a step works with: a clock, one answer's rows, and Amazon."""

    @property
    def attempts(self) -> int: ...
    def now(self) -> datetime: ...
    def point(self, name: str) -> None: ...
    def between(self) -> AbstractAsyncContextManager[Writing]:
        """A transaction in the middle of a step."""

    def last(self, next_at: datetime | None = None) -> AbstractAsyncContextManager[Writing]:
        """The step's last transaction: its work ends, or comes again at `next_at`, in the same commit."""

    async def read(self) -> Answer | None: ...
    async def earlier(self) -> list[Earlier]: ...
    async def stopped(self) -> bool:
        """Whether the kill switch is on."""

    async def open(self) -> None:
        """Raises Closed."""

    async def look(self) -> tuple[Shown | None, bytes | None]:
        """What Amazon shows of the order, and the hash of the order's content (None: it cannot be kept)."""

    async def send(self, payload: bytes) -> str:
        """The transaction's id."""

    async def ask(self, transaction_id: str) -> Told | None:
        """What Amazon says of the transaction; None when it says nothing now."""

    async def read_back(self) -> Shown | None: ...


# -- sending ----------------------------------------------------------------------------------------------------------


async def submit(means: Means) -> None:
    """Send one planned answer: look once more at Amazon, mark it `sending`, send, note the transaction."""
    answer = await means.read()
    if answer is None or answer.state not in ("planned", "sending"):
        return
    if answer.state == "sending":  # a worker died after it marked the answer and before it noted the outcome
        await _unknown(means, "the process ended while the answer was on its way")
        return
    if answer.send_at > means.now():
        async with means.last(next_at=answer.send_at):
            return
    if await means.stopped():
        async with means.last(next_at=means.now() + protocol.STOPPED):
            return
    means.point("ack.planned")
    try:
        await means.open()
        shown, current = await means.look()
    except (Revoked, Closed):
        await _stand_down(means, "held", lambda held: notice("supply.answer.connection_lost"))
        return
    except CircuitOpen as error:  # kept here, so nobody refused it and no try of its own is used up
        async with means.last(next_at=means.now() + timedelta(seconds=error.retry_in)):
            return
    except Refused as error:
        if not _lasting(means, error):
            raise
        await fail(means, notice("supply.answer.refused", code=error.code, text=error.message), raw=error.reason)
        return
    payload = await _mark_sending(means, shown, current)
    if payload is None:
        return
    means.point("ack.sending")
    try:
        transaction_id = await means.send(payload)
    except AmazonError as error:
        await _not_sent(means, error)
        return
    means.point("ack.after_http")
    async with means.last() as writing:
        held = await writing.find()
        assert held is not None
        await writing.write(protocol.sent(held, means.now(), transaction_id))
    means.point("ack.sent")


async def _mark_sending(means: Means, shown: Shown | None, current: bytes | None) -> bytes | None:
    """Step 2. None when the answer must not leave: the order moved, or somebody else answered it."""
    async with means.between() as writing:
        held = await writing.find()
        if held is None or held.answer.state != "planned":
            return None
        answered = shown is not None and protocol.answered(shown.lines)
        way = protocol.way_of(
            held,
            current=current,
            answered=answered,
            ours=answered and await writing.ours_at_amazon(),
            switched_off=await writing.switched_off(),
        )
        if way == "leaves":
            await writing.write(protocol.sending(held, means.now()))
            return held.answer.payload
    if way == "given_way":
        async with means.last() as writing:
            if (held := await _still(writing, "planned")) is not None:
                await writing.write(protocol.given_way(held, means.now()), shown)
    elif way == "looked_at":
        async with means.last() as writing:
            if (held := await _still(writing, "planned")) is not None:
                await writing.write(protocol.look_instead(held, means.now()))
    elif way == "unknown":
        await fail(means, notice("supply.answer.unknown_outcome", resends=0), raw="the outcome stayed unknown")
    elif way == "switched_off":
        await _stand_down(means, "to_confirm", lambda held: notice("supply.answer.automation_off"))
    else:
        await _stand_down(
            means,
            "to_confirm",
            lambda held: notice("supply.answer.order_changed_before_send", revision=held.revision),
        )
    return None


async def _still(writing: Writing, *states: str) -> Held | None:
    """Read under the locks: what another step or a person wrote meanwhile counts."""
    held = await writing.find()
    return held if held is not None and held.answer.state in states else None


async def _stand_down(means: Means, status: str, reason: Callable[[Held], dict[str, Any]]) -> None:
    """The planned answer is superseded and nothing leaves; the mirror is read again, and decides anew."""
    async with means.last() as writing:
        await writing.fetch_again()
        if (held := await _still(writing, "planned")) is not None:
            await writing.write(protocol.stood_down(held, means.now(), status, reason(held)))


async def _not_sent(means: Means, error: AmazonError) -> None:
    """Refused for good, to be tried again, or nobody knows: the three outcomes of a failed call."""
    if error.delivered is not False:
        await _unknown(means, error.reason)
        return
    if isinstance(error, Refused) and _lasting(means, error):
        await fail(means, notice("supply.answer.refused", code=error.code, text=error.message), raw=error.reason)
        return
    if isinstance(error, WritesStopped | CircuitOpen):  # between the look above and the request
        wait = timedelta(seconds=error.retry_in) if isinstance(error, CircuitOpen) else protocol.STOPPED
        async with means.last(next_at=means.now() + wait) as writing:
            if (held := await _still(writing, "sending")) is not None:
                await writing.write(protocol.put_back(held))
        return
    async with means.between() as writing:
        if (held := await _still(writing, "sending")) is not None:
            await writing.write(protocol.refused(held, error.reason))
    raise error


def _lasting(means: Means, error: Refused) -> bool:
    """Whether Amazon's no is final: a faulty request at once, a missing role or order after a few tries."""
    return error.status in (400, 413, 415) or means.attempts >= protocol.REFUSALS


async def _unknown(means: Means, why: str) -> None:
    async with means.last() as writing:
        if (held := await _still(writing, "sending")) is not None:
            await writing.write(protocol.unknown(held, means.now(), why))


async def fail(means: Means, reason: dict[str, Any], *, raw: str, status: str | None = None) -> None:
    """Amazon refused it: the clock still runs, so a person is asked; what was held in stock is free again."""
    async with means.last() as writing:
        if (held := await _still(writing, *protocol.OPEN)) is not None:
            await writing.write(protocol.failed(held, means.now(), reason, raw=raw, status=status))


# -- proving ----------------------------------------------------------------------------------------------------------


async def verify(means: Means) -> None:
    """Read back until Amazon shows the answer, shows another one, or refuses it."""
    answer = await means.read()
    if answer is None or answer.state not in ("sent", "unknown"):
        return
    try:
        await means.open()
    except Closed:  # nothing is read any more; a new consent lets the proof go on
        async with means.last(next_at=means.now() + protocol.CLOSED):
            return
    try:
        told = await means.ask(answer.transaction_id) if answer.transaction_id is not None else None
        means.point("ack.polled")
        shown = await means.read_back()
    except AmazonError as error:
        if not protocol.waited_enough(answer, means.now()):
            raise
        await fail(means, notice("supply.answer.never_seen", hours=48), raw=error.reason)
        return
    means.point("ack.read_back")
    lines = shown.lines if shown is not None else ()
    verdict = compare(json.loads(answer.payload), lines)
    said = told.status if told is not None else None
    if (
        not isinstance(verdict, NotYet)
        and not protocol.proven(answer, means.now(), said)
        and not protocol.about_ours(answer, verdict, lines, await means.earlier())
    ):
        verdict = NotYet(())
    if told is not None and told.status == "Failure":
        reason = notice("supply.answer.transaction_failed", code=told.code, text=told.text)
        await fail(means, reason, raw=told.text, status="Failure")
    elif isinstance(verdict, NotYet):
        await _not_yet(means, answer, said)
    else:
        await _judged(means, verdict, shown, said)


async def _judged(means: Means, verdict: Seen | Mismatch, shown: Shown | None, said: str | None) -> None:
    lines = shown.lines if shown is not None else ()
    async with means.last() as writing:
        held = await _still(writing, "sent", "unknown")
        if held is None:
            return
        if isinstance(verdict, Seen):
            await writing.write(protocol.seen(held, means.now(), lines, said), shown)
        else:
            await writing.write(protocol.mismatch(held, means.now(), verdict, lines), shown)


async def _not_yet(means: Means, answer: Answer, said: str | None) -> None:
    """Nothing shown so far: look again later, send an unknown one again once, or hand it to a person.

    The look is counted in the transaction that says what follows: counted by itself, a process that dies in between
    would look three times within a minute and send again what is still on its way.
    """
    then = protocol.next_of(protocol.read_in_vain(answer, means.now(), said), means.now())
    if then == "never_seen":
        await fail(means, notice("supply.answer.never_seen", hours=48), raw="unchanged for 48 hours", status=said)
    elif then == "stays_unknown":
        reason = notice("supply.answer.unknown_outcome", resends=answer.resends)
        await fail(means, reason, raw="the outcome stayed unknown")
    elif then == "again":
        async with means.last() as writing:
            if (held := await _still(writing, "unknown")) is not None:
                await writing.write(protocol.sent_again(held, means.now()))
    else:
        async with means.last(next_at=then) as writing:
            if (held := await _still(writing, "sent", "unknown")) is not None:
                await writing.write(protocol.Change(protocol.read_in_vain(held.answer, means.now(), said)))
