"""Answers on the wire, and what became of each order that an act was for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from oktee.modules.supply.wire.words import Actor


class AnswerLine(BaseModel):
    """One line of an answer, in eaches."""

    sequence: str
    accepted: int
    backordered: int
    rejected: int
    reason: str | None
    ship_at: datetime | None
    backorder_at: datetime | None


class SeenLine(BaseModel):
    """One line as Amazon showed it."""

    sequence: str
    accepted: int | None
    rejected: int | None


class AnswerError(BaseModel):
    """What went wrong: our words (message) and Amazon's own, verbatim (raw)."""

    message: str
    values: dict[str, dict[str, Any]] = {}
    raw: str


class Answer(BaseModel):
    """Our n-th answer to an order and its way to the proof."""

    answer: int
    state: str
    planned_by: Actor
    planned_at: datetime
    send_at: datetime
    sent_at: datetime | None
    finished_at: datetime | None
    transaction_id: str | None
    transaction_status: str | None
    error: AnswerError | None
    lines: list[AnswerLine]
    seen: list[SeenLine] | None
    resends: int


class BulkProblem(BaseModel):
    """Why one order of the sheet was not confirmed."""

    code: str
    detail: str


class BulkResult(BaseModel):
    """What became of one order of the sheet."""

    id: UUID
    ok: bool
    answer: Answer | None
    problem: BulkProblem | None


class BulkResults(BaseModel):
    """One result per order; one order's fault stops no other."""

    results: list[BulkResult]


class AssignmentResult(BaseModel):
    """What became of one order."""

    id: UUID
    ok: bool
    problem: BulkProblem | None


class AssignmentResults(BaseModel):
    """One result each."""

    results: list[AssignmentResult]
