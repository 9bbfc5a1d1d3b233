"""Acts on many orders on the wire: which orders, what is done with them, what became of it."""

from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from oktee.modules.supply.desk.tables import BulkRun

Action = Literal["hold", "release", "undo_hold", "decide", "answered_outside", "assign", "tag", "untag"]
MOST: Final = 10_000


class FilterIn(BaseModel):
    """A filter of the Orders list as its address says it."""

    model_config = ConfigDict(extra="forbid")

    view: str = "all"
    mp: str | None = None
    vc: str | None = None
    brand: str | None = None
    status: str | None = None
    q: str | None = Field(default=None, max_length=6000)
    filter: dict[str, str] = {}


class ChosenIn(BaseModel):
    """Which orders: `ids`, or a `filter` with how many matched when it was looked at."""

    model_config = ConfigDict(extra="forbid")

    ids: list[UUID] | None = Field(default=None, min_length=1, max_length=MOST)
    filter: FilterIn | None = None
    expected_count: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_way(self) -> "ChosenIn":
        if (self.ids is None) == (self.filter is None):
            raise ValueError("Give ids or a filter, one of them.")
        if self.filter is not None and self.expected_count is None:
            raise ValueError("With a filter say how many orders it matched: expected_count.")
        return self


class BulkIn(ChosenIn):
    """What to do with them. `reason`: for holding, and for what was answered outside OKTee. `person_id` or `team_id`:
    to whom they are given, neither: to nobody. `tags`: which are put on them or taken off."""

    action: Action
    reason: str | None = Field(default=None, min_length=1, max_length=500)
    person_id: UUID | None = None
    team_id: UUID | None = None
    tags: list[UUID] | None = Field(default=None, max_length=20)

    @model_validator(mode="after")
    def _reasoned(self) -> "BulkIn":
        if self.action in ("hold", "answered_outside") and not (self.reason or "").strip():
            raise ValueError("Say why: reason.")
        if self.action != "assign" and (self.person_id or self.team_id):
            raise ValueError("A person or a team is named when orders are given to them.")
        if self.person_id and self.team_id:
            raise ValueError("Name a person or a team.")
        if (self.action in ("tag", "untag")) != bool(self.tags):
            raise ValueError("Name tags when orders are marked with them, at least one.")
        return self

    def what(self) -> "Act":
        return Act(self.action, self.reason, self.person_id, self.team_id, tuple(self.tags or ()))


@dataclass(frozen=True, slots=True)
class Act:
    """One act, the same for every order."""

    action: str
    reason: str | None = None
    person_id: UUID | None = None
    team_id: UUID | None = None
    tags: tuple[UUID, ...] = ()

    def details(self) -> dict[str, Any]:
        """As it is kept with the run."""
        return {
            "person_id": str(self.person_id) if self.person_id else None,
            "team_id": str(self.team_id) if self.team_id else None,
            "tags": [str(tag) for tag in self.tags],
        }

    @classmethod
    def of(cls, run: BulkRun) -> "Act":
        kept = run.details
        person_id, team_id = (UUID(kept[name]) if kept.get(name) else None for name in ("person_id", "team_id"))
        return cls(run.action, run.reason, person_id, team_id, tuple(UUID(tag) for tag in kept.get("tags", ())))


class Refusal(BaseModel):
    """An order that refused, and why."""

    id: UUID
    po_number: str
    code: str
    detail: str


class BulkOutcome(BaseModel):
    """What became of it. `operation_id`: a worker goes through them; then `done` counts up there."""

    action: str
    orders: int
    done: int
    ids: list[UUID]
    refused: list[Refusal]
    operation_id: UUID | None


class RunError(BaseModel):
    """Why nothing more is done, as a problem names it."""

    code: str
    detail: str


class BulkProgress(BaseModel):
    """How far a worker is with an act that this person asked for."""

    action: str
    state: str
    done: int
    """How many it has gone through, refused ones included."""
    total: int
    refused: list[Refusal]
    """The first of those that were refused."""
    refused_count: int
    error: RunError | None
    """Why it ended before its time; null for one that was stopped by a person."""


class Forecast(BaseModel):
    """What the rules would propose for one order now, beside what is proposed."""

    id: UUID
    po_number: str
    asked: int
    taken_was: int | None
    taken: int
    backordered_was: int | None
    backordered: int
    cut_was: int | None
    cut: int
    held: bool


class BulkPreview(BaseModel):
    """What running the rules again would change: of the first hundred chosen orders that still wait."""

    orders: int
    waiting: int
    looked_at: int
    changed: list[Forecast]
