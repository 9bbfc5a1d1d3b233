"""The first-run steps: accept the agreement, connect, import, first sync, first order. Computed from what is there, never ticked by hand."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Session, needs
from oktee.amazon.connection.tables import AmazonConnection
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.amazon.mirror.tables import Stream
from oktee.catalog.imports import last_import
from oktee.catalog.tables import CatalogImport
from oktee.journal.tables import JournalEntry
from oktee.kit.database import widened
from oktee.modules.administration.privacy.dpa import accepted_at

router = APIRouter(prefix="/setup")


class StepDetail(BaseModel):
    """A message id and typed values."""

    message: str
    values: dict[str, dict[str, Any]]


class SetupStep(BaseModel):
    """One step: todo, running or done."""

    name: str
    state: str
    detail: StepDetail | None
    done_at: datetime | None


class Setup(BaseModel):
    """The steps in their order."""

    steps: list[SetupStep]
    complete: bool


@router.get("", dependencies=[needs("orders.read")])
async def get_setup(session: Session) -> Setup:
    """How far this workspace has come: instants and counts of the whole organization, and the orders the reader sees."""
    orders = await session.scalar(select(func.count()).select_from(PurchaseOrder)) or 0
    async with widened(session):
        return await _steps(session, orders)


async def _steps(session: AsyncSession, orders: int) -> Setup:
    verified = await session.scalar(select(func.min(AmazonConnection.verified_at)))
    pending = await session.scalar(
        select(func.count()).select_from(AmazonConnection).where(AmazonConnection.status == "pending_verification")
    )
    running = set(
        (await session.execute(select(CatalogImport.kind).where(CatalogImport.finished_at.is_(None)))).scalars()
    )
    loads = (await session.execute(select(Stream.first_load_done_at).where(Stream.name == "purchase_orders"))).scalars()
    loaded = list(loads)
    answered = await session.scalar(select(func.min(JournalEntry.at)).where(JournalEntry.kind == "answer.seen"))
    items, stocked = await last_import(session, "items"), await last_import(session, "stock")
    # The first account that is whole ends the step: one that was disconnected half-way, or comes later, is no first sync.
    synced = min((at for at in loaded if at is not None), default=None)
    count = {"orders": {"type": "quantity", "value": orders}}
    found = StepDetail(message="setup.first_sync.found", values=count) if loaded else None
    steps = [
        _step("agreement", await accepted_at(session), running=False),
        _step("connect", verified, running=bool(pending)),
        _step("import_items", items, running="items" in running),
        _step("import_stock", stocked, running="stock" in running),
        _step("first_sync", synced, running=bool(loaded), detail=found),
        _step("first_order", answered, running=False),
    ]
    return Setup(steps=steps, complete=all(step.state == "done" for step in steps))


def _step(name: str, done_at: datetime | None, *, running: bool, detail: StepDetail | None = None) -> SetupStep:
    state = "done" if done_at is not None else "running" if running else "todo"
    return SetupStep(name=name, state=state, detail=detail, done_at=done_at)
