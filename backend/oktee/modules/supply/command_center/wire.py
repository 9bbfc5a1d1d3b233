"""The Command Center on the wire."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from oktee.modules.supply.automation import AutomationInfo
from oktee.modules.supply.cost_wire import CurrencyValue, Money
from oktee.modules.supply.needing import Need
from oktee.modules.supply.wire.events import Event
from oktee.modules.supply.wire.lists import DayWindow, OrderRow
from oktee.modules.supply.wire.words import Hands, ScopeInfo


class NextClock(BaseModel):
    """The order whose clock runs out first."""

    order_id: UUID
    po_number: str
    country: str
    deadline_at: datetime


class Waiting(BaseModel):
    """Orders that need an answer, or another one since Amazon changed them: orders = to_decide + scheduled + held +
    changed. `next`: the first of their clocks."""

    orders: int
    to_decide: int
    scheduled: int
    held: int
    changed: int
    ready: int
    units: int
    value_by_currency: list[CurrencyValue]
    next: NextClock | None


class Tick(BaseModel):
    """One order in a lane."""

    order_id: UUID
    po_number: str
    value: Money
    currency: str | None
    deadline_at: datetime


class Lane(BaseModel):
    """Orders whose clock runs, by time left: overdue, under_2h, 2_8h, 8_24h."""

    name: str
    orders: int
    value_by_currency: list[CurrencyValue]
    ticks: list[Tick]


class Funnel(BaseModel):
    """Orders, units and value of one step of today."""

    orders: int
    units: int
    value_by_currency: list[CurrencyValue]


class Today(BaseModel):
    """The orders placed today (in the workspace's zone) and not withdrawn, and how far they got: received = decided +
    open. `seen` and `cut` are parts of what is decided."""

    received: Funnel
    decided: Funnel
    open: Funnel
    seen: Funnel
    cut: Funnel


class AnsweredWeek(BaseModel):
    """Lines ordered in seven days that begin on `since`, by who answered them."""

    since: date
    rules: int
    people: int
    outside: int
    lapsed: int


class WhoAnswered(BaseModel):
    """Lines of the last days by who answered them; lapsed = no answer within 24 hours. `weeks`: the same by seven days, the
    oldest first."""

    days: int
    lines: int
    rules: int
    people: int
    outside: int
    lapsed: int
    weeks: list[AnsweredWeek]


class Health(BaseModel):
    """One source: when it last worked, when it runs next, and whether it is too old. An API of Amazon that is not called
    for now is there with state `circuit_open`, `as_of` being the moment since when."""

    name: str
    state: str
    last_success_at: datetime | None
    next_due_at: datetime | None
    as_of: datetime | None
    stale: bool
    products: int | None = Field(default=None, description="Of `stock_below_zero`: how many have less than nothing")


class AnsweredToday(BaseModel):
    """Orders answered today and how long they waited (the middle one)."""

    orders: int
    median_minutes: float | None


class CommandCenter(BaseModel):
    """The whole page in one answer."""

    as_of: datetime
    waiting: Waiting
    lanes: list[Lane]
    today: Today
    who_answered: WhoAnswered
    needs_person: list[OrderRow]
    needs: list[Need]
    hands: dict[UUID, Hands]
    happened: list[Event]
    windows: list[DayWindow]
    health: list[Health]
    automation: AutomationInfo
    answered_today: AnsweredToday
    orders_total: int
    scope: ScopeInfo
