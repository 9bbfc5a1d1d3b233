"""An answer that automation would have sent and could not: the order is held, and says why, instead of only waiting."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import Actor
from oktee.kit.errors import OKTeeError
from oktee.modules.supply.answer_bodies import AnswerInvalid
from oktee.modules.supply.notices import notice
from oktee.modules.supply.order_entries import record_order
from oktee.modules.supply.tables import OrderState

HOURS: Final = "supply.hold.hours_too_late"


def why_not(refused: OKTeeError) -> dict[str, Any]:
    """The first rule of Amazon that the answer breaks, in its own words; else what the refusal says."""
    if isinstance(refused, AnswerInvalid) and refused.broken:
        first = refused.broken[0]
        return {"message": first.message, "values": first.values}
    return notice("supply.hold.not_planned", fault=refused.detail)


def hours_too_late(deadline_at: datetime) -> dict[str, Any]:
    """The hours in which its rules send open when the answer would be too late, or never meet."""
    return notice(HOURS, deadline=deadline_at.isoformat())


async def hold_unsent(
    session: AsyncSession,
    order: PurchaseOrder,
    state: OrderState,
    why: dict[str, Any],
    *,
    by: Actor,
    told: Collection[str],
) -> None:
    """The caller has locked the state, and reflects it. `told`: the reasons that held the order before: said once."""
    state.status, state.hold, state.send_at = "held", [why], None
    if why["message"] in told:
        return
    await record_order(session, order, "answer.not_planned", actor=by, outcome="held", payload=why)
