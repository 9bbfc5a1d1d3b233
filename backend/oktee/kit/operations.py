"""Long jobs a person watches: state, progress, result, error and a wish to cancel."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, Tenanted
from oktee.kit.errors import Conflict, NotFound


class Operation(Tenanted, Base):
    """state: queued, running, parked (waits for a person), done, failed, cancelled. `done` of `total` in `unit`; total is unknown at first."""

    __tablename__ = "operations"

    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="queued")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    unit: Mapped[str]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[dict[str, Any] | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class AlreadyFinished(Conflict):
    """A finished operation cannot be cancelled."""


async def get_operation(session: AsyncSession, operation_id: UUID) -> Operation:
    found = await session.get(Operation, operation_id)
    if found is None:
        raise NotFound("There is no such operation.")
    return found


async def request_cancel(session: AsyncSession, operation_id: UUID) -> Operation:
    """Ask a running job to stop at its next safe point."""
    found = (
        await session.execute(select(Operation).where(Operation.id == operation_id).with_for_update())
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such operation.")
    if found.state in {"done", "failed", "cancelled"}:
        raise AlreadyFinished(f"This operation is {found.state} already.")
    found.cancel_requested = True
    return found


async def advance(session: AsyncSession, operation_id: UUID, *, done: int, total: int | None = None) -> bool:
    """Note progress. Answers whether somebody asked to cancel."""
    values: dict[str, Any] = {
        "done": done,
        "state": "running",
        "started_at": func.coalesce(Operation.started_at, func.now()),
    }
    if total is not None:
        values["total"] = total
    statement = (
        update(Operation).where(Operation.id == operation_id).values(values).returning(Operation.cancel_requested)
    )
    return bool((await session.execute(statement)).scalar_one())


async def park(session: AsyncSession, operation_id: UUID) -> None:
    """It waits for a person before it goes on."""
    await session.execute(update(Operation).where(Operation.id == operation_id).values(state="parked"))


async def resume(session: AsyncSession, operation_id: UUID) -> None:
    """A person let it go on."""
    await session.execute(update(Operation).where(Operation.id == operation_id).values(state="queued"))


async def finish(
    session: AsyncSession,
    operation_id: UUID,
    *,
    state: str,
    result: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
) -> None:
    """End it: done, failed or cancelled."""
    values = {"state": state, "result": result, "error": error, "finished_at": func.now()}
    await session.execute(update(Operation).where(Operation.id == operation_id).values(values))
