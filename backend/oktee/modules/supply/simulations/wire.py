"""What simulations say on the wire."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from oktee.modules.supply.rules.body import RuleBody
from oktee.modules.supply.wire.words import Message

ChangeKind = Literal["at_a_loss", "better", "same", "worse", "newly_rejected", "lacked_stock", "not_simulated"]
State = Literal["queued", "running", "done", "failed", "cancelled"]
Whole = Literal["changed", "other", "forgotten", "many"]
Compared = Literal["running", "happened"]


class SimulationIn(BaseModel):
    """Ask a draft about past orders: a saved version of a rule, or a body. Without `rule_id` it is a rule that is not saved
    yet. `compared_with`: the rules that run now, decided again on the same stock, or what was answered. `based_on`: an earlier
    simulation, of whose orders only those that a change of left-out SKUs can touch are decided again; where more has changed,
    all are, and the simulation says why."""

    model_config = ConfigDict(extra="forbid")

    rule_id: UUID | None = None
    version: int | None = Field(None, ge=1)
    body: RuleBody | None = None
    name: str | None = Field(None, min_length=1, max_length=80)
    days: Literal[7, 28, 60, 90] = 60
    compared_with: Compared = "running"
    based_on: UUID | None = None


class MoneySum(BaseModel):
    """An amount of one currency."""

    currency: str
    amount: str


class SimulationSums(BaseModel):
    """What one version gave all simulated lines, in eaches. `fees`: what the answers may cost in Amazon's charges, an
    estimate by the fee rules; `fees_unknown` lines are in no sum of it or not wholly in one. `loss`: what the agreed cost of
    the units that a rule takes at a loss is more than the order's."""

    asked: int
    accepted: int
    backordered: int
    rejected: int
    undecided: int
    confirmation: float | None
    orders_held: int
    lines_held: int
    fees: list[MoneySum]
    fees_unknown: int
    value: list[MoneySum]
    loss: list[MoneySum]


class SimulationWeek(BaseModel):
    """One week, named by its Monday: what was there before and what would be."""

    monday: date
    was: SimulationSums | None
    now: SimulationSums | None


class SimulationClass(BaseModel):
    """How many lines of a kind; of many only the first thousands are kept to be looked at."""

    kind: ChangeKind
    lines: int


class SimulationRow(BaseModel):
    """A simulation in a list. `orders_again`: so many of its orders were decided again, the others are those of `based_on`.
    `whole_because`: why all of them were, though a part was asked for: something else it is decided by has `changed`, more
    than the left-out SKUs is `other`, what is kept of the earlier one is `forgotten`, or it has too `many` lines."""

    id: UUID
    operation_id: UUID
    state: State
    rule_id: UUID | None
    rule_name: str
    version: int | None
    running_version: int | None
    days: int
    compared_with: Compared
    since: datetime
    until: datetime
    done: int
    orders: int | None
    created_at: datetime
    created_by: str
    took_ms: int | None
    based_on: UUID | None
    orders_again: int | None
    whole_because: Whole | None


class SimulationOut(SimulationRow):
    """A simulation and what came out so far. `was` is what it is compared with; `happened` what was answered. They speak
    of the simulated lines only, which `orders_simulated` have: `not_simulated` had no stock recorded in the 24 hours before their decision."""

    body: RuleBody
    orders_simulated: int
    lines: int
    not_simulated: int
    happened: SimulationSums | None
    was: SimulationSums | None
    now: SimulationSums | None
    weeks: list[SimulationWeek]
    classes: list[SimulationClass]
    kept_of_a_kind: int


class SimulationList(BaseModel):
    """The latest simulations, newest first."""

    rows: list[SimulationRow]


class SimulatedOutcome(BaseModel):
    """What a line got, in eaches; `summary` why, where the rules said it in this simulation."""

    accepted: int
    backordered: int
    rejected: int
    held: bool
    summary: Message | None


class ChangedLineOut(BaseModel):
    """A line that is answered otherwise, in a simulation or in shadow. `later_stock`: what the stock a day later left of the
    SKU, where more than that would have been promised. `value`: what is confirmed more (or less), at cost."""

    order_id: UUID
    po_number: str
    sequence: str
    decided_at: datetime
    sku: str
    asin: str | None
    asked: int
    was: SimulatedOutcome | None
    now: SimulatedOutcome | None
    rule: str | None
    later_stock: int | None
    value: str | None
    currency: str | None


class SimulationLineOut(ChangedLineOut):
    """A line that a draft would answer otherwise, or one that was not simulated."""

    number: int
    kind: ChangeKind


class SimulationLines(BaseModel):
    """Lines of a kind by SKU, a page at a time."""

    rows: list[SimulationLineOut]
    next: str | None
