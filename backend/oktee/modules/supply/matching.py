"""Which SKU a line is, said by a person where the order stands; every waiting order with the product is decided with it."""

from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.catalog.linking import link_item
from oktee.journal.record import person
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.database import widened
from oktee.kit.errors import Conflict, NotFound, field_error
from oktee.modules.supply import answering
from oktee.modules.supply.deciding.keys import ALL
from oktee.modules.supply.jobs import kinds
from oktee.modules.supply.order_entries import record_order
from oktee.modules.supply.sight import must_see_all
from oktee.modules.supply.tables import DecisionLine

UNMATCHED: Final = "supply.match."
"""The family of the holds of a line whose product the catalogue does not know for certain."""


class MatchIn(BaseModel):
    """The SKU that the line is. `decision_id`: the decision that was seen, in which the line has no match."""

    model_config = ConfigDict(extra="forbid")

    sku: str = Field(min_length=1, max_length=80)
    decision_id: UUID


class LineMatched(Conflict):
    """The catalogue knows the product of this line, or a person has decided about it: there is no match to give it."""


async def match_line(session: AsyncSession, caller: Caller, order_id: UUID, sequence: str, wanted: MatchIn) -> None:
    """Amazon's names of the line become names of this SKU, for its marketplace and vendor code. Raises NotFound,
    OrderPartlyHidden, Invalid, DecisionChanged, LineMatched."""
    sku = wanted.sku.strip()
    await must_see_all(session, order_id)
    statement = select(PurchaseOrderLine).where(
        PurchaseOrderLine.purchase_order_id == order_id, PurchaseOrderLine.sequence == sequence
    )
    line = (await session.execute(statement)).scalar_one_or_none()
    if line is None:
        raise NotFound("There is no such line.")
    async with widened(session):
        await work.schedule(session, kinds.DECIDE, ALL)  # work rows before data rows, as everywhere
        state = await answering.lock_state(session, order_id)
        if state.decision_id != wanted.decision_id:
            raise answering.DecisionChanged("Somebody else decided about this order meanwhile. Look at it again.")
        decided = select(DecisionLine.hold).where(
            DecisionLine.decision_id == wanted.decision_id, DecisionLine.sequence == sequence
        )
        holds = (await session.execute(decided)).scalar_one_or_none() or []
        if not any(step["message"].startswith(UNMATCHED) for step in holds):
            raise LineMatched("This line does not wait for a match. Look at the order again.")
        order = await session.get_one(PurchaseOrder, order_id)
        linked = await link_item(
            session,
            sku,
            marketplace_id=order.marketplace_id,
            vendor_code=order.vendor_code,
            asin=line.asin,
            vendor_sku=line.vendor_product_identifier,
            now=present(),
        )
        if linked is None:
            raise field_error("/sku", "unknown_sku", f"There is no SKU {sku} in the catalogue.")
        await record_order(
            session,
            order,
            "order.matched",
            actor=person(caller),
            payload={"sku": sku, "line": sequence, "asin": line.asin},
            audit=True,
        )
