"""What would have given more of a line, and how its stock would be shared otherwise: today's inputs, and the pure rules
asked again."""

import asyncio
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.access.workspaces import organization_zone
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.catalog.tables import ItemComponent
from oktee.kit.clock import now
from oktee.kit.database import organization_of, tenant_session, widened
from oktee.kit.errors import FieldError, Invalid, NotFound
from oktee.modules.supply.proposing.inputs import read_inputs
from oktee.modules.supply.rule_sets.reading import read_book
from oktee.modules.supply.rules.what_if import NotAsked, what_would_give
from oktee.modules.supply.rules.what_if_sharing import share_otherwise
from oktee.modules.supply.settings import read_settings
from oktee.modules.supply.sight import seen_lines
from oktee.modules.supply.tables import DecisionLine, OrderState
from oktee.modules.supply.wire.lines import LineSharing, SharedLine, WhatIf, WhatIfChange

MOST_RIVALS: Final = 100
"""So many orders beside the one that is asked about; the oldest."""
WAITING: Final = ("to_confirm", "held", "scheduled")


async def ask_what_if(session: AsyncSession, order_id: UUID, *, sequence: str, quantity: int | None) -> WhatIf:
    """Changes nothing and locks nothing. Raises NotFound for an order or a line this session does not see, Invalid."""
    mine = await seen_lines(session, order_id)
    if mine is not None and sequence not in mine:
        raise NotFound("This order has no such line.")
    zone = await organization_zone(organization_of(session))
    async with widened(session):  # lines outside the scope draw on the same stock
        order = await session.scalar(select(PurchaseOrder).where(PurchaseOrder.id == order_id))
        if order is None:
            raise NotFound("There is no such order.")
        settings, _ = await read_settings(session)
        book = await read_book(session, settings.base(), now())
        inputs = await read_inputs(session, [order], settings=settings, book=book, zone=zone, now=now(), lock=False)
    [asked] = inputs.inputs
    if all(line.sequence != sequence for line in asked.lines):
        raise NotFound("This order has no such line.")
    try:
        found = what_would_give(asked, inputs.context, sequence=sequence, quantity=quantity)
    except NotAsked as error:
        raise Invalid(
            "Ask for 1 to what Amazon ordered.", errors=(FieldError("/quantity", "out_of_range", str(error)),)
        ) from error
    line = found.line
    return WhatIf(
        sequence=sequence,
        quantity=found.quantity,
        accepted=line.accepted,
        backordered=line.backordered,
        held=line.held,
        changes=[WhatIfChange(input=each.input, **each.message.to_json()) for each in found.changes],
    )


async def ask_sharing(caller: Caller, order_id: UUID, *, sequence: str) -> LineSharing:
    """Changes nothing and locks nothing. Who does not see every order hears of the others neither how many they are nor
    what they get. Raises NotFound as `ask_what_if` does."""
    whole = caller.scope is None
    zone = await organization_zone(caller.organization_id)
    async with tenant_session(caller.organization_id, caller.scope) as session:
        mine = await seen_lines(session, order_id)
        if mine is not None and sequence not in mine:
            raise NotFound("This order has no such line.")
        async with widened(session):
            order = await session.scalar(select(PurchaseOrder).where(PurchaseOrder.id == order_id))
            if order is None:
                raise NotFound("There is no such order.")
            orders = [order, *await _rivals(session, order, sequence)]
            settings, _ = await read_settings(session)
            book = await read_book(session, settings.base(), now())
            inputs = await read_inputs(session, orders, settings=settings, book=book, zone=zone, now=now(), lock=False)
    # The batch is decided once for each strategy: in a thread, and no transaction stays open meanwhile.
    deciding = asyncio.to_thread(
        share_otherwise, inputs.inputs, inputs.context, number=order.po_number, sequence=sequence
    )
    try:
        found = await deciding
    except KeyError:
        raise NotFound("This order has no such line.") from None
    return LineSharing(
        sequence=sequence,
        asked=found.asked,
        orders=found.orders if whole else None,
        shares=[
            SharedLine(
                strategy=each.first, accepted=each.accepted, backordered=each.backordered,
                together=each.together if whole else None,
            )
            for each in found.shares
        ],
    )  # fmt: skip


async def _rivals(session: AsyncSession, order: PurchaseOrder, sequence: str) -> list[PurchaseOrder]:
    """Other orders of its connection that wait and ask for the same SKU, or for a bundle with a SKU in common: only those
    of one connection are decided together, and only there a number names one order."""
    item = (
        select(DecisionLine.item_id)
        .join(OrderState, OrderState.decision_id == DecisionLine.decision_id)
        .where(OrderState.purchase_order_id == order.id, DecisionLine.sequence == sequence)
    ).scalar_subquery()
    parts = select(ItemComponent.component_id).where(ItemComponent.item_id == item)
    bundles = select(ItemComponent.item_id).where(
        or_(ItemComponent.component_id == item, ItemComponent.component_id.in_(parts))
    )
    asks = (
        select(OrderState.purchase_order_id)
        .join(DecisionLine, DecisionLine.decision_id == OrderState.decision_id)
        .where(
            OrderState.status.in_(WAITING),
            OrderState.purchase_order_id != order.id,
            or_(DecisionLine.item_id == item, DecisionLine.item_id.in_(parts), DecisionLine.item_id.in_(bundles)),
        )
    )
    statement = (
        select(PurchaseOrder)
        .where(PurchaseOrder.connection_id == order.connection_id, PurchaseOrder.id.in_(asks))
        .order_by(PurchaseOrder.ordered_at, PurchaseOrder.id)
        .limit(MOST_RIVALS)
    )
    return list(await session.scalars(statement))
