"""What stands beside an order on its page and costs the page nothing: who else is there, its raw data, rates, ages."""

from uuid import UUID

from fastapi import APIRouter

from oktee.access.caller import CallerIn, Session, needs
from oktee.access.workspaces import organization_zone
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit.database import tenant_session
from oktee.kit.errors import NotFound
from oktee.modules.supply import matching, presence, rates, raw, stock_age
from oktee.modules.supply.sight import seen_lines

router = APIRouter()
READ = [needs("orders.read")]


@router.get("/stock-age", dependencies=READ)
async def get_stock_age(caller: CallerIn) -> stock_age.StockAge:
    """How old the oldest stock is that proposals count on, and from which age the rules hold what counts on it."""
    zone = await organization_zone(caller.organization_id)
    async with tenant_session(caller.organization_id, caller.scope) as session:
        return await stock_age.read_stock_age(session, zone)


@router.get("/orders/{order_id}/confirmation-rate", dependencies=READ)
async def get_confirmation_rate(session: Session, order_id: UUID) -> rates.ConfirmationRate:
    """What was asked and confirmed of the vendor code's other orders of the last 28 days."""
    return await rates.read_rate(session, order_id)


@router.put("/orders/{order_id}/presence", dependencies=READ)
async def put_presence(caller: CallerIn, order_id: UUID, body: presence.PresenceIn) -> presence.Presence:
    """Say which lines one is typing into, and hear who else is; asked again every 20 seconds. Nothing is kept."""
    async with tenant_session(caller.organization_id, caller.scope) as session:
        if await session.get(PurchaseOrder, order_id) is None:
            raise NotFound("There is no such order.")
        seen = await seen_lines(session, order_id)
        lines = await presence.typed(session, order_id, body.lines) if caller.may("orders.confirm") else []
    lines = [line for line in lines if seen is None or line in seen]
    return await presence.tell(caller, order_id, lines, seen=seen)


@router.get("/orders/{order_id}/raw", dependencies=[needs("orders.raw")])
async def get_raw_order(session: Session, caller: CallerIn, order_id: UUID) -> raw.RawOrder:
    """The order as Amazon gave it, revision by revision, and the bytes of each answer. That it was read is in the audit log."""
    return await raw.read_raw(session, caller, order_id)


@router.get("/orders/{order_id}/expiry", dependencies=READ)
async def get_order_expiry(session: Session, order_id: UUID) -> raw.OrderExpiry:
    """Of an order that is not there any more: when it was deleted, and by which limit."""
    return await raw.read_expiry(session, order_id)


@router.put(
    "/orders/{order_id}/lines/{sequence}/match",
    status_code=204,
    dependencies=[needs("exceptions.resolve")],
    responses={409: {"description": "The line does not wait for a match, or another decision stands by now"}},
)
async def put_line_match(
    session: Session, caller: CallerIn, order_id: UUID, sequence: str, body: matching.MatchIn
) -> None:
    """Say which SKU a line is, where the catalogue could not tell; orders that wait are then decided again."""
    await matching.match_line(session, caller, order_id, sequence, body)
