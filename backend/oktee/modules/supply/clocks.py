"""The clocks of orders that Amazon changed: until when its lines may be answered otherwise, and when the next answer is due."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderRevision
from oktee.modules.supply.answers.clock import ANSWER_WITHIN, Revised, asked_since, hold_due, moments, open_until
from oktee.modules.supply.answers.protocol import EFFECTIVE
from oktee.modules.supply.tables import Acknowledgement, OrderState

STAGES: Final = ("reminded_at", "escalated_at", "fallback_at")


@dataclass(frozen=True, slots=True)
class Clock:
    """Of one order: `since` by line (answers/clock.py), `read`: when each revision began to count."""

    since: Mapping[str, datetime] = field(default_factory=dict)
    read: Mapping[int, datetime] = field(default_factory=dict)

    def open_until(self, order: PurchaseOrder, sequence: str | None = None) -> datetime:
        """Until when Amazon takes another quantity for this line, or for any of the order's."""
        return open_until(order.ordered_at, sequence, self.since)

    def columns(
        self, order: PurchaseOrder, before: OrderState | None, answered: Acknowledgement | None
    ) -> dict[str, Any]:
        """The columns of the order's clock, and of the hours that are shorter than it."""
        found = {"deadline_at": order.ordered_at + ANSWER_WITHIN} | self._clock(order, before, answered)
        began = found["changed_at"] or order.ordered_at
        due_at = hold_due(order.order_type, began, found["deadline_at"])
        same = before is not None and before.hold_due_at == due_at
        return found | {"hold_due_at": due_at, "hold_told_at": before.hold_told_at if before and same else None}

    def _clock(
        self, order: PurchaseOrder, before: OrderState | None, answered: Acknowledgement | None
    ) -> dict[str, Any]:
        """What the order's state says of its clock; `answered`: our answer in effect. What Amazon changed since that answer
        wants another within 24 hours of the first such change; each stage of that clock is still to come."""
        stages = {name: getattr(before, name, None) for name in STAGES}
        told = {"edit_until": self.open_until(order) if self.since else None}
        # A change that a person took as it is, since the answer fits it, is no news although no answer followed.
        settled = abs(before.revision) if before is not None and before.answered_at is not None else 0
        known = max(answered.revision, settled) if answered is not None else 0
        news = [at for number, at in self.read.items() if answered is not None and number > known]
        if not news:
            if before is None or answered is None:
                return stages | told | {"changed_at": None, "answered_at": None}
            own = {"changed_at": before.changed_at, "answered_at": before.answered_at}
            return stages | told | own | ({"deadline_at": before.deadline_at} if before.changed_at is not None else {})
        changed_at = min(news)
        if before is None or before.changed_at != changed_at:
            stages = dict.fromkeys(STAGES)
        return stages | told | {
            "changed_at": changed_at, "deadline_at": changed_at + ANSWER_WITHIN, "answered_at": None
        }  # fmt: skip


UNTOUCHED: Final = Clock()


@dataclass(frozen=True, slots=True)
class Closed:
    """A line of which Amazon takes only new dates any more: since when, and what it was answered."""

    since: datetime
    taken: int
    backordered: int


def closed_lines(
    order: PurchaseOrder, clock: Clock, answers: Iterable[Acknowledgement], now: datetime
) -> dict[str, Closed]:
    """By line, of an order whose answer is seen at Amazon."""
    effective = [answer for answer in answers if answer.state in EFFECTIVE]
    if not any(answer.state == "seen" for answer in effective):
        return {}
    said = {line["sequence"]: line for answer in effective for line in answer.lines}
    return {
        sequence: Closed(until, line["accepted"], line["backordered"])
        for sequence, line in said.items()
        if now >= (until := clock.open_until(order, sequence))
    }


def clock_of(order: PurchaseOrder, revisions: Iterable[Revised]) -> Clock:
    known = list(revisions)
    return Clock(asked_since(known, amazon_says=order.changed_at), moments(known, amazon_says=order.changed_at))


async def read_clocks(session: AsyncSession, orders: Iterable[PurchaseOrder]) -> dict[UUID, Clock]:
    """Of those that Amazon changed; any other counts from its own date, and costs nothing."""
    changed = {order.id: order for order in orders if order.revision > 1}
    if not changed:
        return {}
    statement = select(
        PurchaseOrderRevision.purchase_order_id,
        PurchaseOrderRevision.revision,
        PurchaseOrderRevision.received_at,
        PurchaseOrderRevision.changes,
    ).where(PurchaseOrderRevision.purchase_order_id.in_(changed))
    revisions: dict[UUID, list[Revised]] = defaultdict(list)
    for order_id, number, received_at, changes in (await session.execute(statement)).all():
        revisions[order_id].append(Revised(number, received_at, changes))
    return {order_id: clock_of(changed[order_id], found) for order_id, found in revisions.items()}


async def read_clock(session: AsyncSession, order: PurchaseOrder) -> Clock:
    return (await read_clocks(session, [order])).get(order.id, UNTOUCHED)
