"""What would have given more of a line: today's inputs of its order, and the pure rules asked again."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.workspaces import organization_zone
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit.clock import now
from oktee.kit.database import organization_of, widened
from oktee.kit.errors import FieldError, Invalid, NotFound
from oktee.modules.supply import wire
from oktee.modules.supply.proposing import read_inputs
from oktee.modules.supply.rule_sets.reading import read_book
from oktee.modules.supply.rules.what_if import NotAsked, what_would_give
from oktee.modules.supply.settings import read_settings
from oktee.modules.supply.sight import seen_lines


async def ask_what_if(session: AsyncSession, order_id: UUID, *, sequence: str, quantity: int | None) -> wire.WhatIf:
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
    return wire.WhatIf(
        sequence=sequence,
        quantity=found.quantity,
        accepted=line.accepted,
        backordered=line.backordered,
        held=line.held,
        changes=[wire.WhatIfChange(input=each.input, **each.message.to_json()) for each in found.changes],
    )
