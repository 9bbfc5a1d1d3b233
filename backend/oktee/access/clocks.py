"""Compliance clocks: every duty with a date (trust/SECURITY 1), when it was last done, until when, and the evidence.

Rows are made and dated by modules/administration/clocks; the staff console and `oktee clocks` read them here.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.clock import now
from oktee.kit.database import Base, Instant, global_session, new_id

State = Literal["fine", "due_soon", "overdue", "never_done"]


class ComplianceClock(Base):
    """GLOBAL. One duty: OKTee's own, or of one organization; `subject` tells several of a kind apart.

    `alarmed`: the alarm that was given last (`soon:` or `overdue:` and the date it was about), so that each is given once.
    """

    __tablename__ = "compliance_clocks"
    __table_args__ = (UniqueConstraint("kind", "organization_id", "subject", postgresql_nulls_not_distinct=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(default="")
    label: Mapped[str]
    last_done_at: Mapped[datetime | None] = mapped_column(Instant)
    warn_at: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    evidence_ref: Mapped[str | None]
    alarmed: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now(), onupdate=func.now())


@dataclass(frozen=True, slots=True)
class Clock:
    """A duty as it stands. `due_at` none: there is nothing to do until something happens (a notice, a departure)."""

    kind: str
    organization_id: UUID | None
    subject: str
    label: str
    last_done_at: datetime | None
    warn_at: datetime | None
    due_at: datetime | None
    evidence_ref: str | None
    state: State


def state_of(row: ComplianceClock, at: datetime) -> State:
    if row.due_at is not None and row.due_at <= at:
        return "overdue" if row.last_done_at is not None else "never_done"
    if row.warn_at is not None and row.warn_at <= at:
        return "due_soon"
    return "fine"


async def list_clocks(organization_id: UUID | None = None) -> list[Clock]:
    """All of them, the most urgent first; with an organization only its own. Opens its own session."""
    statement = select(ComplianceClock).order_by(ComplianceClock.due_at.nulls_last(), ComplianceClock.kind)
    if organization_id is not None:
        statement = statement.where(ComplianceClock.organization_id == organization_id)
    at = now()
    async with global_session() as session:
        return [
            Clock(
                row.kind, row.organization_id, row.subject, row.label, row.last_done_at, row.warn_at, row.due_at,
                row.evidence_ref, state_of(row, at),
            )
            for row in await session.scalars(statement)
        ]  # fmt: skip
