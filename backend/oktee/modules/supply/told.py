"""Who is told that orders wait: whoever has the order, its team, or those who may confirm it; never somebody who is away."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.modules.supply.second_person import who_chose, who_may
from oktee.notify.matters.tables import Matter
from oktee.notify.recipients import Place, Recipient, Roster, read_roster

CONFIRM: Final = "orders.confirm"


async def who_answers(
    session: AsyncSession, orders: Sequence[PurchaseOrder]
) -> list[tuple[Recipient, list[PurchaseOrder]]]:
    """Everybody to be told of some of these orders, each with theirs, in the order given."""
    if not orders:
        return []
    roster = await read_roster(session)
    had = await session.execute(
        select(Matter.object_id, Matter.assigned_user_id, Matter.assigned_team_id).where(
            Matter.kind == "order", Matter.object_id.in_([str(order.id) for order in orders])
        )
    )
    assigned = {object_id: (user_id, team_id) for object_id, user_id, team_id in had.all()}
    chose = await who_chose(session, [order.id for order in orders])
    found: dict[str, tuple[Recipient, list[PurchaseOrder]]] = {}
    for order in orders:
        told = _of(roster, order, *assigned.get(str(order.id), (None, None)))
        if order.id in chose:  # whoever has it may be the one who cannot send it
            told += _seconds(roster, order, chose[order.id])
        for recipient in {one.email: one for one in told}.values():
            found.setdefault(recipient.email, (recipient, []))[1].append(order)
    return sorted(found.values(), key=lambda pair: pair[0].email)


def _seconds(roster: Roster, order: PurchaseOrder, chose: set[UUID]) -> list[Recipient]:
    place = Place(order.marketplace_id, order.vendor_code, tuple(order.brands))
    able = who_may(roster, place, chose)
    return [one for one in roster.resolve(people=able, place=place) if one.mail] if able else []


def _of(roster: Roster, order: PurchaseOrder, user_id: UUID | None, team_id: UUID | None) -> list[Recipient]:
    return [
        one
        for one in roster.resolve(
            people=[user_id] if user_id is not None else [],
            teams=[team_id] if team_id is not None else [],
            place=Place(order.marketplace_id, order.vendor_code, tuple(order.brands)),
            permission=CONFIRM,
        )
        if one.mail
    ]
