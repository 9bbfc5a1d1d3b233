"""Money on the wire, and what an answer may cost: the estimate, its rules and their sources."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

Money = Annotated[Decimal, PlainSerializer(lambda value: format(value, "f"), return_type=str)]
"""An amount as a decimal string; its currency stands beside it."""


class CurrencyValue(BaseModel):
    """A sum in one currency; currencies are never added."""

    currency: str
    value: Money


class FeeRuleInfo(BaseModel):
    """A fee rule: what is charged, where, since when, who says so, and how well that is known (two_sources, one_source,
    unverified, assumed). None of it is read from Amazon. Shares are fractions."""

    code: str
    kind: str
    countries: list[str]
    rate: Money | None
    amount: Money | None
    currency: str | None
    threshold: Money | None
    waived_by: str | None
    waiver_rate: Money | None
    waiver_weeks: int | None
    grace_days: int | None
    condition: str | None
    valid_from: date | None
    valid_to: date | None
    source: str
    confidence: str


class CostPart(BaseModel):
    """One charge that may arise: `units` (a decimal) by the rule's `rate` as it was. `amount` is null when it is not known;
    `why`: charged, free_share, waived, early, on_its_date, no_rule, no_cost or no_history."""

    kind: str
    units: str
    amount: Money | None
    rule: str | None
    rate: str | None
    why: str


class LineCosts(BaseModel):
    """What the answer to a line may cost (charges), and what each way to answer the units in doubt may cost: `reject`,
    `never_ship`, `cut_early`, `cut_late`, `backorder`. `whole`: nothing is missing from `expected`."""

    sequence: str
    currency: str | None
    expected: Money | None
    whole: bool
    decided: bool
    doubtful: int
    charges: list[CostPart]
    alternatives: list[CostPart]


class OrderCosts(BaseModel):
    """An estimate, never a charge of Amazon: what the order's answer may cost, by currency. `not_known`: decided lines that
    are in no sum, or not wholly in one. `fill`: of what the vendor code confirmed, the part that arrived in `fill_weeks`.
    `free_until`: the last day on which confirmed units may be taken back without a charge."""

    sums: list[CurrencyValue]
    not_known: int
    undecided: int
    fill: str | None
    fill_weeks: int
    free_until: date | None
    country: str | None
    rules: list[FeeRuleInfo]
    lines: list[LineCosts]


class CostLine(BaseModel):
    """A quantity that somebody considers for a line, in eaches."""

    model_config = ConfigDict(extra="forbid")

    sequence: str = Field(max_length=40)
    taken: int = Field(ge=0, le=10_000_000)
    backordered: int = Field(0, ge=0, le=10_000_000)


class CostsIn(BaseModel):
    """Quantities in place of what is decided; lines that are not named stay as they are."""

    model_config = ConfigDict(extra="forbid")

    lines: list[CostLine] = Field(max_length=5000)


class SumsIn(BaseModel):
    """The orders of a review sheet."""

    model_config = ConfigDict(extra="forbid")

    orders: list[UUID] = Field(min_length=1, max_length=500)


class OrderCostSum(BaseModel):
    """What the decision on one order may cost, of the lines that the reader sees."""

    id: UUID
    sums: list[CurrencyValue]
    not_known: int


class CostSums(BaseModel):
    """One row per order that the reader sees and that is decided."""

    orders: list[OrderCostSum]
