"""What versions in shadow say on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from oktee.modules.supply.rules.body import RuleBody
from oktee.modules.supply.simulations.wire import (
    ChangedLineOut,
    SimulationClass,
    SimulationSums,
    SimulationWeek,
)

ShadowKind = Literal["at_a_loss", "better", "same", "worse", "newly_rejected", "lacked_stock"]
EndReason = Literal["over", "stopped", "enabled", "replaced"]


class ShadowIn(BaseModel):
    """Put a version in shadow: it decides each order beside the running rules, for so many days, and nothing follows."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1)
    days: int = Field(7, ge=1, le=28)


class ShadowOut(BaseModel):
    """A version in shadow and what it would have decided so far. Each order counts once, by its last decision. `was`: what
    the running rules decided; `now`: what the version would have. `moved`: orders left out because what they were decided
    from had changed before they were looked at; `answered`: because they had an answer already. Lines of the kind
    `lacked_stock` show after a day, when the stock of then is known; so many `waiting` are not that old."""

    id: UUID
    rule_id: UUID
    rule_name: str
    version: int
    running_version: int | None
    body: RuleBody
    started_at: datetime
    started_by: str
    ends_at: datetime
    ended_at: datetime | None
    end_reason: EndReason | None
    orders: int
    lines: int
    moved: int
    answered: int
    waiting: int
    was: SimulationSums | None
    now: SimulationSums | None
    weeks: list[SimulationWeek]
    classes: list[SimulationClass]
    kept: int


class ShadowReport(BaseModel):
    """The version of a rule that is in shadow, or the last that was; none while none ever was. `full`: as many versions
    are in shadow as may be at once."""

    shadow: ShadowOut | None
    at_once: int
    full: bool


class ShadowLineOut(ChangedLineOut):
    """A line that a version in shadow would have answered otherwise."""

    id: UUID
    kind: ShadowKind


class ShadowLines(BaseModel):
    """Lines of a kind by SKU, a page at a time."""

    rows: list[ShadowLineOut]
    next: str | None
