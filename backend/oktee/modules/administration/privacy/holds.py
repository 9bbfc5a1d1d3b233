"""Legal holds: orders that nothing deletes while a case needs them, and for 90 days after it closed."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import Actor, Subject, record
from oktee.kit.clock import now
from oktee.kit.database import organization_of
from oktee.kit.errors import Conflict, NotFound, field_error
from oktee.modules.administration.privacy.tables import LegalHold

AFTER_CASE: Final = timedelta(days=90)
IN_FORCE: Final = (
    "exists (select 1 from legal_holds h where h.organization_id = o.organization_id and h.purchase_order_id = o.id "
    "and (h.released_at is null or (h.case_reference is not null and h.released_at > now() - interval '90 days')))"
)
"""SQL: whether the order `o` is held."""


class AlreadyReleased(Conflict):
    """The hold was released before."""


def in_force_now() -> ColumnElement[bool]:
    """Holds that block: not released, or of a case that closed less than 90 days ago."""
    return or_(
        LegalHold.released_at.is_(None),
        LegalHold.case_reference.is_not(None) & (LegalHold.released_at > now() - AFTER_CASE),
    )


async def lock_privacy(session: AsyncSession) -> None:
    """One at a time in an organization: a hold, the request of a deletion, the beginning of its purge."""
    await session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"privacy/{organization_of(session)}"}
    )


async def list_holds(session: AsyncSession, *, in_force: bool) -> list[LegalHold]:
    """Newest first; with `in_force` only those that block."""
    found = select(LegalHold).order_by(LegalHold.released_at.is_not(None), LegalHold.placed_at.desc())
    return list(await session.scalars(found.where(in_force_now()) if in_force else found.limit(500)))


async def place_hold(
    session: AsyncSession, *, po_number: str, reason: str, case_reference: str | None, actor: Actor
) -> list[LegalHold]:
    """Hold every order with this number. Raises Invalid when there is none."""
    await lock_privacy(session)
    orders = list(await session.scalars(select(PurchaseOrder).where(PurchaseOrder.po_number == po_number.strip())))
    if not orders:
        raise field_error("/po_number", "unknown_order", "There is no order with this number.")
    made = []
    for order in orders:
        hold = LegalHold(
            purchase_order_id=order.id, po_number=order.po_number, reason=reason, case_reference=case_reference,
            placed_by=UUID(actor.id) if actor.id else None,
        )  # fmt: skip
        session.add(hold)
        made.append(hold)
    await session.flush()
    for hold in made:
        await session.refresh(hold)
        await record(
            session, "hold.placed", actor=actor, subject=Subject("order", str(hold.purchase_order_id), hold.po_number),
            audit=True, payload={"reason": reason, "case": case_reference},
        )  # fmt: skip
    return made


async def release_hold(session: AsyncSession, hold_id: UUID, *, actor: Actor) -> LegalHold:
    """Raises NotFound, AlreadyReleased."""
    found = (await session.scalars(select(LegalHold).where(LegalHold.id == hold_id).with_for_update())).first()
    if found is None:
        raise NotFound("There is no such hold.")
    if found.released_at is not None:
        raise AlreadyReleased("This hold was released before.")
    found.released_at, found.released_by = now(), UUID(actor.id) if actor.id else None
    await record(
        session, "hold.released", actor=actor, subject=Subject("order", str(found.purchase_order_id), found.po_number),
        audit=True, payload={"case": found.case_reference},
    )  # fmt: skip
    return found
