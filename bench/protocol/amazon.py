"""Amazon in one simulated world: the simulator's own judgement of answers behind a network that loses, doubles and delays."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

import orjson
from oktee.amazon.client.errors import Refused, Throttled, Unreachable
from oktee.modules.supply.answers.read_back import ReadBackLine
from oktee.modules.supply.jobs.journey import Shown, Told
from simulator import changing
from simulator.acknowledgement_schema import read_acknowledgements
from simulator.acknowledging import LineAnswer, apply, judge
from simulator.orders import AnsweredBy, Line, Order, QuantityChange

from bench.protocol.store import START, Store, Violated, Wait

PARTNER: Final = "A1"
OPERATION: Final = "simulated"
SLOWEST: Final = 25 * 60.0
"""Amazon shows what it took within the half hour it asks for; a request is under way two minutes at most."""


@dataclass(slots=True)
class Submit:
    """A call of submitAcknowledgement that reached Amazon."""

    number: str
    payload: bytes
    doubled: bool = False
    changed: bool = False


@dataclass(slots=True)
class Transaction:
    status: str = "Processing"
    code: str = ""


class Amazon:
    def __init__(self, store: Store, chance: Random, *, sends: float, reads: float, lag: float) -> None:
        """`sends` and `reads`: how often such a call goes wrong; `lag`: how old what it shows is, in seconds."""
        self._store, self._chance = store, chance
        self.sends, self.reads, self._lag = sends, reads, lag
        self.blind = False
        """It refuses every look at an answer that was sent, for good."""
        self.orders: dict[str, Order] = {}
        self.ledger: list[Submit] = []
        self.effects: dict[str, list[bytes]] = {}
        self._stands: dict[str, set[bytes]] = {}
        """Which answers changed an order since the network last changed it by itself."""
        self.elsewhere: set[str] = set()
        self._views: dict[str, list[tuple[float, tuple[ReadBackLine, ...], bytes]]] = {}
        self._transactions: dict[str, Transaction] = {}
        self._modes: dict[bytes, str] = {}
        """What Amazon makes of a body it makes of it each time."""
        self.tell: Any = lambda words: None
        self.on_change: Any = lambda number: None

    # -- what others do -----------------------------------------------------------------------------------------------

    def place(self, number: str, quantities: list[int]) -> None:
        now = self._store.now()
        lines = [
            Line(
                sequence=str(n), asin=f"B{n}", identifier=f"S{n}", quantity=quantity, unit="Eaches", unit_size=1,
                backorder_allowed=True, net_cost=Decimal("6.20"), list_price=None,
                quantities=[QuantityChange(now, quantity)],
            )
            for n, quantity in enumerate(quantities, 1)
        ]  # fmt: skip
        start = START + timedelta(days=9)
        self.orders[number] = Order(
            number=number, selling_partner_id=PARTNER, customer="lumea", vendor_code="LUMD1", country="DE",
            currency="EUR", fulfilment_center="DTM2", freight="prepaid", window_start=start,
            window_end=start + timedelta(days=8), placed_at=now, available_at=now, state_changed_at=now, updated_at=now,
            lines=lines,
        )  # fmt: skip
        self._changed(number)

    def revise(self, number: str) -> None:
        """Amazon changes the order: a quantity, its window, or it cancels it."""
        order, now = self.orders[number], self._store.now()
        if order.state == "Closed":
            return
        kind = self._chance.random()
        if kind < 0.6:
            line = self._chance.choice(order.lines)
            changing.change_lines(
                order, [changing.LineChange(sequence=line.sequence, quantity=self._chance.randint(1, 60))], at=now
            )
        elif kind < 0.85:
            start, end = changing.shifted(order, 1)
            changing.move_window(order, start=start, end=end, at=now)
        else:
            changing.cancel(order, at=now)
        self._changed(number)

    def answer_elsewhere(self, number: str) -> None:
        """By EDI, or by a person in Vendor Central."""
        order = self.orders[number]
        if order.state == "Closed":
            return
        taken = {line.sequence: self._chance.randint(0, line.quantity) for line in order.lines}
        if changing.answer_elsewhere(order, taken, by="edi", at=self._store.now()):
            self.elsewhere.add(number)
            self._changed(number)

    def _changed(self, number: str) -> None:
        order = self.orders[number]
        lines = tuple(
            ReadBackLine(
                line.sequence, line.confirmation, line.accepted, line.rejected,
                tuple(answer.at.replace(microsecond=0) for answer in reversed(line.answers)),
            )
            for line in order.lines
        )  # fmt: skip
        content = [order.window_start.isoformat(), *(f"{line.sequence}={line.quantity}" for line in order.lines)]
        self._views.setdefault(number, []).append((self._store.time, lines, " ".join(content).encode()))
        self.on_change(number)

    # -- what it shows ------------------------------------------------------------------------------------------------

    def view(self, number: str) -> tuple[tuple[ReadBackLine, ...], bytes]:
        """The lines' status and the content, as old as Amazon's pages are."""
        views = self._views[number]
        until = self._store.time - self._lag
        shown = next((view for view in reversed(views) if view[0] <= until), views[0])
        return shown[1], shown[2]

    def newest(self, number: str) -> str:
        """What it holds now, in words."""
        _, lines, content = self._views[number][-1]
        return f"{content.decode()} {[(line.confirmation_status, line.accepted, line.rejected) for line in lines]}"

    async def look(self, number: str) -> tuple[Shown, bytes]:
        lines = (await self.read_back(number)).lines
        await self._read()
        return Shown(lines), self.view(number)[1]

    async def prove(self, number: str) -> Shown:
        if self.blind:
            await Wait(0.1)
            raise Refused("ASC-400", "The request cannot be processed.", operation=OPERATION, status=400)
        return await self.read_back(number)

    async def read_back(self, number: str) -> Shown:
        await self._read()
        return Shown(self.view(number)[0])

    async def ask(self, transaction_id: str) -> Told | None:
        try:
            await self._read()
        except (Unreachable, Refused):
            return None
        found = self._transactions[transaction_id]
        return Told(found.status, found.code or "Failure", found.code)

    async def _read(self) -> None:
        await Wait(self._chance.random() * 0.3)
        if self._chance.random() < self.reads:
            raise self._chance.choice(
                (
                    Throttled(operation=OPERATION),
                    Unreachable("timeout", operation=OPERATION),
                    Refused("Unauthorized", "Access denied.", operation=OPERATION, status=403),
                )
            )

    # -- what it takes ------------------------------------------------------------------------------------------------

    async def send(self, number: str, payload: bytes) -> str:
        """An answer on its way: it may arrive, arrive twice, arrive late, or not at all, whatever the caller hears."""
        chance = self._chance
        late = chance.random() * 120 if chance.random() < 0.1 else chance.random() * 0.2
        fault = chance.choice(FAULTS) if chance.random() < self.sends else ""
        if fault == "no_connection":
            await Wait(0.05)
            raise Unreachable("connect error", operation=OPERATION, delivered=False)
        identity = f"T{len(self._transactions)}"
        self._transactions[identity] = Transaction()
        if fault == "throttled":
            self._store.at(self._store.time + late, lambda: self._note(number, payload))
            await Wait(late)
            raise Throttled(operation=OPERATION)
        if fault in ("bad_request", "forbidden"):
            self._store.at(self._store.time + late, lambda: self._note(number, payload))
            await Wait(late)
            status = 400 if fault == "bad_request" else 403
            raise Refused("ASC-1", "The request cannot be processed.", operation=OPERATION, status=status)
        if fault != "never_arrives":
            self._store.at(self._store.time + late, lambda: self._arrive(number, payload, identity))
        if fault == "doubled":
            again = f"{identity}-again"
            self._transactions[again] = Transaction()
            self._store.at(
                self._store.time + late + chance.random() * 60,
                lambda: self._arrive(number, payload, again, doubled=True),
            )
        if fault in ("never_arrives", "answer_lost", "error_500"):
            await Wait(late if fault == "error_500" else 30.0)
            raise Unreachable(fault, operation=OPERATION, delivered=None)
        await Wait(late + 0.1)
        return identity

    def _note(self, number: str, payload: bytes, *, doubled: bool = False) -> Submit:
        call = Submit(number, payload, doubled)
        self.tell(lambda: f"Amazon hears {number} {_brief(payload)}{' once more' if doubled else ''}")
        self.ledger.append(call)
        return call

    def _arrive(self, number: str, payload: bytes, identity: str, *, doubled: bool = False) -> None:
        call = self._note(number, payload, doubled=doubled)
        drawn = self._chance.choice(MODES) if self._chance.random() < self.sends else ""
        mode = drawn if drawn == "swallowed" else self._modes.setdefault(payload, drawn)
        delay = self._chance.random() * (SLOWEST if self._chance.random() < 0.1 else 20.0)
        self._store.at(self._store.time + delay, lambda: self._take_effect(call, identity, mode))

    def _take_effect(self, call: Submit, identity: str, mode: str) -> None:
        transaction, now = self._transactions[identity], self._store.now()
        self.tell(lambda: f"Amazon judges {call.number} {_brief(call.payload)} {mode}")
        if mode == "swallowed":
            return
        if mode == "failure":
            transaction.status, transaction.code = "Failure", "INTERNAL_ERROR"
            return
        order = self.orders[call.number]
        (acknowledgement,) = read_acknowledgements(orjson.loads(call.payload))
        judged = judge(acknowledgement, order, selling_partner_id=PARTNER, now=now)
        answers = [each for each in judged if isinstance(each, LineAnswer)]
        if len(answers) != len(judged):
            transaction.status, transaction.code = "Failure", "INVALID_ORDER"
            return
        if mode == "wrong_numbers":
            answers = [_spoilt(answer) for answer in answers]
        if mode == "rejection_ignored":
            answers = [each for each in answers if each.accepted or not order.answered]
        if mode != "processing_forever":
            transaction.status = "Success"
        if answers and apply(order, answers, by=AnsweredBy(now, "api", identity)):
            call.changed = True
            self.judge_effect(call)
            self._changed(call.number)

    def judge_effect(self, call: Submit) -> None:
        """I2: an answer changes its order once. What the network delivers twice is not the sender's: where it (or somebody
        else) changed the order in between, the same bytes change it again, back to what was sent last."""
        stands = self._stands.setdefault(call.number, set())
        if call.doubled:
            stands.intersection_update({call.payload})
            return
        if call.payload in stands and call.number not in self.elsewhere:
            raise Violated(f"I2: {call.number} was changed twice by the same answer")
        stands.add(call.payload)
        self.effects.setdefault(call.number, []).append(call.payload)


FAULTS: Final = (
    "no_connection", "throttled", "bad_request", "forbidden", "never_arrives", "answer_lost", "answer_lost", "error_500",
    "doubled",
)  # fmt: skip
MODES: Final = ("failure", "processing_forever", "wrong_numbers", "swallowed", "rejection_ignored")


def _brief(payload: bytes) -> str:
    (sent,) = orjson.loads(payload)["acknowledgements"]
    taken = [
        [(one["acknowledgementCode"], one["acknowledgedQuantity"]["amount"]) for one in item["itemAcknowledgements"]]
        for item in sent["items"]
    ]
    return f"{sent['acknowledgementDate']} {taken}"


def _spoilt(answer: LineAnswer) -> LineAnswer:
    lost = max(1, answer.accepted // 4) if answer.accepted else 0
    backordered = min(answer.backordered, answer.accepted - lost)
    return LineAnswer(
        answer.sequence, answer.accepted - lost, backordered, answer.rejected + lost, answer.cost, answer.scheduled
    )
