"""The rows of one simulated vendor: orders as mirrored, their states, answers and reservations; and what is written of them.

What the house does in SQL around the protocol (planning, reserving, marking an order as answered elsewhere) is done here
on those rows; what the protocol itself decides is asked of the protocol.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from oktee.catalog.stock import Held as Reserved
from oktee.catalog.stock import changes
from oktee.modules.supply.answers import protocol
from oktee.modules.supply.answers.body import LineAnswer, build, encode
from oktee.modules.supply.answers.protocol import Answer
from oktee.modules.supply.answers.read_back import ReadBackLine
from oktee.modules.supply.answers.validation import blocking, validate
from oktee.modules.supply.rules.inputs import LineInput, OrderInput, Window

from bench.protocol.store import Store, Transaction

WAITING: Final = ("to_confirm", "held", "changed", "scheduled")
PERSONS: Final = ("to_confirm", "held", "changed", "send_failed", "mismatch")
"""Where a person finds an order that waits for one."""
SETTLED: Final = ("confirmed", "partly_confirmed", "rejected", "closed", "cancelled")
SHELF: Final = "W"


class NotPlanned(Exception):
    """The house refuses to plan: another answer is under way, the page is old, or Amazon would not take it."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the mirror has it."""

    number: str
    revision: int
    content: bytes
    placed_at: datetime
    quantities: tuple[tuple[str, int], ...]
    window_start: datetime
    closed: bool
    shown: tuple[ReadBackLine, ...]
    content_at: float
    shown_at: float
    since: tuple[tuple[str, datetime], ...] = ()
    """When the quantity of a line changed last, of those that did (answers/clock.py)."""

    @property
    def units(self) -> int:
        return sum(quantity for _, quantity in self.quantities)

    @property
    def answered(self) -> bool:
        return protocol.answered(self.shown)

    @property
    def accepted(self) -> dict[str, int]:
        return {line.sequence: line.accepted or 0 for line in self.shown}


@dataclass(frozen=True, slots=True)
class State:
    """What the house says of an order. `decision`: its number, the revision it is about, and what each line gets."""

    status: str
    revision: int
    decision: int = 0
    decided_for: int = 0
    taken: tuple[tuple[str, int], ...] = ()
    answered_by: str | None = None
    by_person: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """An answer, what it promises, and whether a rule planned it."""

    answer: Answer
    taken: tuple[tuple[str, int], ...]
    by_rule: bool
    content: object
    """The items of its body."""


def answers_of(transaction: Transaction | Store, number: str) -> list[Row]:
    read = transaction.get if isinstance(transaction, Transaction) else transaction.rows.get
    found: list[Row] = []
    while (row := read(("answer", number, len(found) + 1))) is not None:
        found.append(row)
    return found


def newest_at_amazon(rows: list[Row]) -> Row | None:
    return next((row for row in reversed(rows) if row.answer.state in protocol.AT_AMAZON), None)


async def lock_order(transaction: Transaction, number: str) -> tuple[Order, State | None]:
    """The order first, then its state, as everywhere in the house."""
    order: Order = await transaction.lock(("order", number))
    state: State | None = await transaction.lock(("state", number))
    return order, state


# -- stock ------------------------------------------------------------------------------------------------------------


async def reserve(transaction: Transaction, number: str, wanted: Mapping[str, int]) -> None:
    """Make what this order holds exactly `wanted`, by the house's own sums."""
    held: dict[str, int] = dict(transaction.get(("held", number)) or ())
    lines = sorted({*held, *wanted})
    for sequence in lines:
        await transaction.lock(("balance", sequence))
    for sequence in lines:
        on_hand, committed = transaction.get(("balance", sequence))
        so_far = {SHELF: Reserved(held.get(sequence, 0), 0)} if sequence in held else {}
        made = changes(so_far, wanted.get(sequence, 0), {SHELF: max(0, on_hand - committed)})
        delta = sum(change.promised for change in made.values())
        held[sequence] = held.get(sequence, 0) + delta
        transaction.put(("balance", sequence), (on_hand, committed + delta))
    transaction.put(("held", number), tuple(sorted((line, units) for line, units in held.items() if units)))


async def release(transaction: Transaction, number: str) -> None:
    """As answering.release: what an answer at Amazon promises stays held."""
    promised = newest_at_amazon(answers_of(transaction, number))
    now_held = dict(transaction.get(("held", number)) or ())
    await reserve(transaction, number, protocol.held_after(now_held, dict(promised.taken) if promised else {}))


# -- planning ---------------------------------------------------------------------------------------------------------


def order_input(order: Order) -> OrderInput:
    lines = tuple(
        LineInput(
            sequence=sequence, asin=f"B{sequence}", vendor_product_identifier=f"S{sequence}", ordered=quantity,
            unit_of_measure="Eaches", unit_size=None, net_cost=Decimal("6.20"), currency="EUR", backorder_allowed=True,
            cancelled=quantity == 0,
        )
        for sequence, quantity in order.quantities
    )  # fmt: skip
    return OrderInput(
        number=order.number, marketplace_id="A1PA6795UKMFR9", vendor_code="LUMD1", order_type="RegularOrder",
        placed_at=order.placed_at, revision=order.revision, freight="prepaid",
        window=Window(order.window_start, order.window_start + timedelta(days=8)), import_order=False, lines=lines,
    )  # fmt: skip


async def plan(transaction: Transaction, order: Order, state: State, *, by_rule: bool, delay: float = 0.0) -> Row:
    """As answering.plan, on an order and a state that are locked. Raises NotPlanned."""
    store, number, now = transaction.store, order.number, transaction.store.now()
    if state.answered_by == "outside" or state.status in ("cancelled", "closed"):
        raise NotPlanned("answered outside")
    earlier = answers_of(transaction, number)
    place = protocol.follows([(row.answer.number, row.answer.state) for row in earlier])
    if place is None:
        raise NotPlanned("in flight")
    if not state.decision or state.decided_for != order.revision:
        raise NotPlanned("decided for another revision")
    asked, taken = order_input(order), dict(state.taken)
    at = order.window_start + timedelta(days=2)
    lines = [
        LineAnswer(sequence, taken[sequence], 0, quantity - taken[sequence], at, None, "TemporarilyUnavailable")
        for sequence, quantity in order.quantities
        if quantity
    ]
    body = build(asked, lines, acknowledgement_date=now)
    sent = [_body(row) for row in earlier if row.answer.state in protocol.EFFECTIVE]
    if blocking(validate(asked, body, now=now, earlier=sent, since=dict(order.since))):
        raise NotPlanned("Amazon would not take it")
    content = body["acknowledgements"][0]["items"]
    if earlier and earlier[-1].answer.state == "seen" and earlier[-1].content == content:
        raise NotPlanned("shown already")
    answer = Answer(
        number=place[0], revision=order.revision, state="planned", payload=encode(body), planned_at=now,
        send_at=now + timedelta(seconds=delay),
    )  # fmt: skip
    row = Row(answer, tuple(sorted((line.sequence, line.accepted) for line in lines)), by_rule, content)
    transaction.put(("answer", number, answer.number), row)
    now_held = dict(transaction.get(("held", number)) or ())
    await reserve(transaction, number, protocol.held_meanwhile(dict(row.taken), now_held))
    status = "scheduled" if delay else "sending"
    transaction.put(("state", number), replace(state, status=status, answered_by="oktee", by_person=not by_rule))
    await store.schedule(transaction, "submit", (number, answer.number), store.seconds(answer.send_at))
    return row


def _body(row: Row) -> dict[str, object]:
    return {"acknowledgements": [{"items": row.content}]}


async def supersede_planned(transaction: Transaction, number: str) -> bool:
    """An answer that has not left is taken back."""
    for row in answers_of(transaction, number):
        if row.answer.state == "planned":
            answer = replace(row.answer, state="superseded", finished_at=transaction.store.now())
            transaction.put(("answer", number, answer.number), replace(row, answer=answer))
            return True
    return False


async def mark_outside(transaction: Transaction, order: Order, state: State) -> None:
    await supersede_planned(transaction, order.number)
    await reserve(transaction, order.number, order.accepted if state.decision else {})
    transaction.put(("state", order.number), replace(state, status=shown_status(order), answered_by="outside"))


def shown_status(order: Order) -> str:
    if order.closed:
        return "closed"
    return "confirmed" if sum(order.accepted.values()) >= order.units else "partly_confirmed"
