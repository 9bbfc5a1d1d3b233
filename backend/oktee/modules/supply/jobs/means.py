"""What an answer's journey works with in earnest: its rows in Postgres under the fence of its work, and Amazon."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.client.errors import Refused, Unreachable
from oktee.amazon.client.models.vendor_orders import Order, OrderStatus
from oktee.amazon.client.operations import GET_PURCHASE_ORDERS_STATUS
from oktee.amazon.client.session import AmazonClient
from oktee.amazon.client.vendor_orders import get_purchase_order, get_purchase_order_status, submit_acknowledgement
from oktee.amazon.client.vendor_transactions import get_transaction
from oktee.amazon.connection.clients import NotVerified, client_for
from oktee.amazon.connection.lifecycle import ConnectionEnded
from oktee.amazon.connection.write_stops import is_stopped
from oktee.amazon.mirror import runner
from oktee.amazon.mirror.order_content import Unstorable, read_order
from oktee.amazon.mirror.purchase_order_status import Reading, read_back
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.amazon.mirror.status_store import Source
from oktee.journal.record import AMAZON, SYSTEM, Actor
from oktee.kit import chaos, work
from oktee.kit.clock import now as present
from oktee.kit.database import tenant_session
from oktee.kit.errors import OKTeeError
from oktee.modules.supply import answering
from oktee.modules.supply.answers import protocol
from oktee.modules.supply.answers.protocol import Answer, Change, Earlier, Held
from oktee.modules.supply.answers.read_back import ReadBackLine
from oktee.modules.supply.clocks import read_clock
from oktee.modules.supply.decided import answers_of, lines_of
from oktee.modules.supply.deciding.keys import answer_key
from oktee.modules.supply.exceptions.keeping import reflect
from oktee.modules.supply.jobs import kinds
from oktee.modules.supply.jobs.held import Rows, find_rows, keep, note, take_up_change
from oktee.modules.supply.jobs.journey import Closed, Shown, Told
from oktee.modules.supply.outside import mark_outside
from oktee.modules.supply.reserving import in_effect, release, reserve
from oktee.modules.supply.second_person import Confirming
from oktee.modules.supply.settings import read_settings
from oktee.modules.supply.tables import Acknowledgement, AutomationPause
from oktee.notify.outbox import publish

REPAIR = Actor("rule", "Repair of a mismatch")
GIVES_WAY = timedelta(minutes=10)
DECIDED_WITHIN = timedelta(seconds=5)
"""After so long a proof looks again whether orders are still being decided."""
WRITTEN = tuple(one.name for one in fields(Answer) if one.name not in ("number", "revision", "payload", "planned_at"))


@dataclass(slots=True)
class Means:
    """Of one work item, whose key names the answer."""

    item: work.Item
    _client: AmazonClient | None = field(default=None, init=False)

    @property
    def attempts(self) -> int:
        return self.item.attempts

    @property
    def _connection_id(self) -> UUID:
        return UUID(self.item.key.split("/")[0])

    @property
    def _number(self) -> str:
        return self.item.key.split("/")[1]

    def now(self) -> datetime:
        return present()

    def point(self, name: str) -> None:
        chaos.point(name)

    @asynccontextmanager
    async def between(self) -> AsyncIterator["Writing"]:
        async with tenant_session(self.item.organization_id) as session:
            await self.item.guard(session)
            yield Writing(session, self.item.key)

    @asynccontextmanager
    async def last(self, next_at: datetime | None = None) -> AsyncIterator["Writing"]:
        async with self.item.record(next_at) as session:
            yield Writing(session, self.item.key)

    async def read(self) -> Answer | None:
        async with tenant_session(self.item.organization_id) as session:
            rows = await find_rows(session, self.item.key)
        return None if rows is None else answer_of(rows.answer)

    async def earlier(self) -> list[Earlier]:
        async with tenant_session(self.item.organization_id) as session:
            rows = await find_rows(session, self.item.key)
            if rows is None:
                return []
            answers = await answers_of(session, rows.order.id)
        return [Earlier(one.answer, one.state, one.finished_at) for one in answers if one.answer < rows.answer.answer]

    async def stopped(self) -> bool:
        return await is_stopped(self.item.organization_id, self._connection_id)

    async def open(self) -> None:
        try:
            self._client = await client_for(self.item.organization_id, self._connection_id)
        except (ConnectionEnded, NotVerified) as ended:
            raise Closed from ended

    async def look(self) -> tuple[Shown | None, bytes | None]:
        status = await get_purchase_order_status(self._open, self._number)
        current = await get_purchase_order(self._open, self._number)
        if status is None:
            return None, _hash(current)
        return _shown(Reading(status, Source(present(), "getPurchaseOrdersStatus"))), _hash(current)

    async def send(self, payload: bytes) -> str:
        return await submit_acknowledgement(self._open, payload)

    async def ask(self, transaction_id: str) -> Told | None:
        with suppress(Refused, Unreachable):  # the read-back is the proof; it does not wait for this
            found = await get_transaction(self._open, transaction_id)
            if found.errors:
                return Told(found.status, found.errors[0].code, found.errors[0].message)
            return Told(found.status)
        return None

    async def read_back(self) -> Shown | None:
        reading = await read_back(self._open, self._number)
        return None if reading is None else _shown(reading)

    @property
    def _open(self) -> AmazonClient:
        assert self._client is not None
        return self._client


@dataclass(slots=True)
class Writing:
    """One transaction of a step."""

    session: AsyncSession
    key: str
    _rows: Rows | None = field(default=None, init=False)

    async def fetch_again(self) -> None:
        with suppress(runner.NotCollecting):  # a lost connection collects nothing. Work rows before data rows.
            for stream in ("purchase_orders", "purchase_order_status"):
                await runner.fetch_now(self.session, UUID(self.key.split("/")[0]), stream, "notification")

    async def find(self) -> Held | None:
        self._rows = await find_rows(self.session, self.key, lock=True)
        return None if self._rows is None else _held(self._rows)

    async def ours_at_amazon(self) -> bool:
        return await in_effect(self.session, self._found.order.id) is not None

    async def switched_off(self) -> bool:
        """Suggest only sends nothing, ever, and a paused vendor code nothing by a rule: asked under the order's lock, so
        that what was planned a moment before the switch does not leave after it."""
        answer, order = self._found.answer, self._found.order
        state = await answering.lock_state(self.session, order.id)
        if answer.planned_by_type != "rule" and state.send_reason != answering.ALSO_THESE:
            return False
        settings, _ = await read_settings(self.session)
        if settings.mode == "suggest":
            return True
        paused = select(AutomationPause.vendor_code).where(
            AutomationPause.connection_id == order.connection_id, AutomationPause.vendor_code == order.vendor_code
        )
        return (await self.session.execute(paused)).first() is not None

    async def write(self, change: Change, shown: Shown | None = None) -> None:
        session, answer, order = self.session, self._found.answer, self._found.order
        before = _held(self._found)
        if change.keep and shown is not None and not change.outside:
            await keep(session, order.id, shown.reading)
        for name in WRITTEN:
            if getattr(change.answer, name) != getattr(before.answer, name):
                setattr(answer, name, getattr(change.answer, name))
        if change.outside:
            await self._note(change)
            if shown is not None:
                await keep(session, order.id, shown.reading)
            await session.refresh(order)
            await mark_outside(session, order, await answering.lock_state(session, order.id))
        else:
            if change.release:
                await release(session, order.id)
            if change.settle:
                await reserve(session, order.id, await lines_of(session, answer.decision_id))
            await self._order(change)
            await self._note(change)
        if change.repair:
            await self._repair(before, change)
        if change.verify_at is not None:
            wait = await others_first(session, order.connection_id) if change.answer.state == "sent" else timedelta(0)
            await work.schedule(session, kinds.VERIFY, self.key, due_at=change.verify_at + wait)
        if change.submit_at is not None:
            await work.schedule(session, kinds.SUBMIT, self.key, due_at=change.submit_at)
        if change.status is not None and change.status != "sending":
            await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)
        if change.status not in (None, "sending") or change.outside:
            await reflect(session, [order.id])

    async def _order(self, change: Change) -> None:
        """The order's own state; locked already."""
        if change.status is None:
            return
        answer, order = self._found.answer, self._found.order
        state = await answering.lock_state(self.session, order.id)
        state.status = change.status
        if change.reopen:
            state.answered_by, state.send_at = None, None
            state.hold = [change.hold] if change.hold is not None else []
        if change.status == "send_failed":
            state.send_at = None
        if change.status == "answered":
            state.status, state.proposed = answering.answered_as(state), False
            # The first answer stopped the clock, until Amazon changes the order and it runs again.
            state.answered_at = state.answered_at or answer.sent_at or answer.sending_at
        if change.take_up:
            take_up_change(self.session, state, answer, order)

    async def _note(self, change: Change) -> None:
        if change.note is None:
            return
        answer, order = self._found.answer, self._found.order
        by = {"amazon": AMAZON, "system": SYSTEM}.get(change.note.by) or _planner(answer)
        await note(
            self.session, order, answer, change.note.kind, actor=by, payload=change.note.payload,
            outcome=change.note.outcome,
        )  # fmt: skip

    async def _repair(self, mismatched: Held, change: Change) -> None:
        """The same decision once more, as a new answer."""
        session, order = self.session, self._found.order
        settings, _ = await read_settings(session)
        others = [(one.answer, one.state) for one in await answers_of(session, order.id)]
        clock = await read_clock(session, order)
        until = min((clock.open_until(order, sequence) for sequence in change.differs), default=None)
        suggest = settings.mode == "suggest"
        if not protocol.repairs(mismatched, present(), suggest_only=suggest, others=others, until=until):
            return
        state = await answering.lock_state(session, order.id)
        try:
            async with session.begin_nested():
                repair = await answering.plan(
                    session,
                    order,
                    state,
                    by=Confirming(REPAIR, may_reject_hard=False),
                    send_at=present(),
                    reason="repair",
                )
        except OKTeeError:  # it cannot be sent as it is: a person looks at it
            return
        await work.schedule(session, kinds.SUBMIT, answer_key(repair))

    @property
    def _found(self) -> Rows:
        assert self._rows is not None
        return self._rows


async def others_first(session: AsyncSession, connection_id: UUID) -> timedelta:
    """How long the proof of an answer gives way to answers that have not left. Both ask for the same status, of which
    Amazon gives so many a second: looked at as they leave, a thousand orders would take twice as long to be answered. While
    orders are being decided, more will want to leave in a moment: a proof that took its place would be in their way."""
    waiting = select(func.count()).where(
        Acknowledgement.connection_id == connection_id,
        Acknowledgement.state == "planned",
        Acknowledgement.send_at <= func.now(),
    )
    count = (await session.execute(waiting)).scalar_one()
    wait = timedelta(seconds=count / GET_PURCHASE_ORDERS_STATUS.rate)
    if wait < DECIDED_WITHIN and await work.is_pending(session, kinds.DECIDE, str(connection_id)):
        return DECIDED_WITHIN
    return min(wait, GIVES_WAY)


def answer_of(row: Acknowledgement) -> Answer:
    return Answer(
        number=row.answer, revision=row.revision, payload=row.payload, planned_at=row.planned_at,
        **{name: getattr(row, name) for name in WRITTEN},
    )  # fmt: skip


def _held(rows: Rows) -> Held:
    order: PurchaseOrder = rows.order
    return Held(answer_of(rows.answer), order.revision, order.content_hash, order.ordered_at)


def _hash(current: Order) -> bytes | None:
    try:
        return read_order(current).hash
    except Unstorable:  # what cannot be kept is not what was decided
        return None


def _shown(reading: Reading) -> Shown:
    return Shown(read_lines(reading.status), reading)


def read_lines(status: OrderStatus) -> tuple[ReadBackLine, ...]:
    found = []
    for line in status.item_status:
        shown = line.acknowledgement_status
        accepted = shown.accepted_quantity.eaches if shown and shown.accepted_quantity else None
        rejected = shown.rejected_quantity.eaches if shown and shown.rejected_quantity else None
        dates = tuple(one.acknowledgement_date for one in shown.acknowledgement_status_details) if shown else ()
        found.append(
            ReadBackLine(
                line.item_sequence_number, shown.confirmation_status if shown else None, accepted, rejected, dates
            )
        )
    return tuple(found)


def _planner(answer: Acknowledgement) -> Actor:
    return Actor(
        answer.planned_by_type, answer.planned_by_name, str(answer.planned_by_id) if answer.planned_by_id else None
    )
