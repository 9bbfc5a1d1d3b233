"""What running the rules again on many orders would change, before it is done."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.access.workspaces import organization_zone
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit.clock import now
from oktee.kit.database import organization_of, widened
from oktee.modules.supply.desk.bulk.choosing import choose
from oktee.modules.supply.desk.bulk.wire import BulkPreview, ChosenIn, Forecast
from oktee.modules.supply.proposing.inputs import propose, read_inputs
from oktee.modules.supply.rule_sets.reading import read_book
from oktee.modules.supply.settings import read_settings
from oktee.modules.supply.sight import must_see_all
from oktee.modules.supply.summing import joined
from oktee.modules.supply.tables import OrderState

PREVIEWED: Final = 100
WAITS: Final = ("to_confirm", "scheduled", "held", "send_failed", "changed")


async def preview(session: AsyncSession, caller: Caller, chosen: ChosenIn) -> BulkPreview:
    """Runs the rules on the first chosen orders that wait, with the catalogue and stock of now. Changes nothing."""
    ids = await choose(session, caller, chosen)
    statement = (
        joined(PurchaseOrder, OrderState)
        .where(PurchaseOrder.id.in_(ids), OrderState.status.in_(WAITS))
        .order_by(OrderState.clock_key, PurchaseOrder.id)
    )
    waiting = [(order, state) for order, state in (await session.execute(statement)).all()]
    looked_at = waiting[:PREVIEWED]
    for order, _ in looked_at:
        await must_see_all(session, order.id)
    zone = await organization_zone(organization_of(session))
    changed: list[Forecast] = []
    async with widened(session):
        settings, _ = await read_settings(session)
        book = await read_book(session, settings.base(), now())
        for group in _by_connection(looked_at):
            orders = [order for order, _ in group]
            inputs = await read_inputs(session, orders, settings=settings, book=book, zone=zone, now=now(), lock=False)
            states = {order.po_number: (order, state) for order, state in group}
            for proposal in propose(inputs):
                order, state = states[proposal.number]
                found = Forecast(
                    id=order.id, po_number=order.po_number, asked=order.units, taken_was=state.taken,
                    taken=proposal.totals.accepted, backordered_was=state.backordered,
                    backordered=proposal.totals.backordered, cut_was=state.cut, cut=proposal.totals.rejected,
                    held=proposal.held,
                )  # fmt: skip
                was = (found.taken_was, found.backordered_was, found.cut_was, state.status == "held")
                if was != (found.taken, found.backordered, found.cut, found.held):
                    changed.append(found)
    return BulkPreview(orders=len(ids), waiting=len(waiting), looked_at=len(looked_at), changed=changed)


def _by_connection(found: Sequence[tuple[PurchaseOrder, OrderState]]) -> list[list[tuple[PurchaseOrder, OrderState]]]:
    groups: dict[UUID, list[tuple[PurchaseOrder, OrderState]]] = {}
    for order, state in found:
        groups.setdefault(order.connection_id, []).append((order, state))
    return list(groups.values())
