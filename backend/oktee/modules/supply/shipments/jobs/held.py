"""One submission with its shipment and order, read and locked together, and what each step does with them."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.amazon.mirror.shipment_tables import Shipment
from oktee.journal.record import AMAZON, Actor
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.kit.database import tenant_session
from oktee.modules.supply.order_entries import record_order
from oktee.modules.supply.shipments.rules.checks import CONFIRM_WITHIN
from oktee.modules.supply.shipments.tables import ShipmentSubmission
from oktee.notify.alerts.telling import Alert, tell
from oktee.notify.notices import Notice
from oktee.notify.outbox import publish
from oktee.notify.recipients import Place

OPERATIONS = {"confirmation": "SubmitShipmentConfirmations", "transport": "SubmitShipments"}


@dataclass(frozen=True, slots=True)
class Held:
    """As one transaction read them."""

    submission: ShipmentSubmission
    shipment: Shipment
    orders: tuple[PurchaseOrder, ...]
    """The one it was made from first."""

    @property
    def order(self) -> PurchaseOrder:
        return self.orders[0]


async def read_held(organization_id: UUID, key: str) -> Held | None:
    async with tenant_session(organization_id) as session:
        return await find_held(session, key)


async def find_held(session: AsyncSession, key: str, *, lock: bool = False) -> Held | None:
    """Locked in the house's order: its orders by id, the shipment, the submission."""
    shipment_id, _, number = key.partition("/")
    named = await session.scalar(select(Shipment.order_ids).where(Shipment.id == UUID(shipment_id)))
    orders = select(PurchaseOrder).where(PurchaseOrder.id.in_(named or [])).order_by(PurchaseOrder.id)
    shipments = select(Shipment).where(Shipment.id == UUID(shipment_id))
    submissions = select(ShipmentSubmission).where(
        ShipmentSubmission.shipment_id == UUID(shipment_id), ShipmentSubmission.number == int(number)
    )
    if lock:
        orders, shipments = orders.with_for_update(), shipments.with_for_update()
        submissions = submissions.with_for_update()
    found = {order.id: order for order in await session.scalars(orders)}
    shipment = (await session.execute(shipments)).scalar_one_or_none()
    submission = (await session.execute(submissions)).scalar_one_or_none()
    if shipment is None or submission is None or shipment.purchase_order_id not in found:
        return None
    first = found.pop(shipment.purchase_order_id)
    return Held(submission, shipment, (first, *sorted(found.values(), key=lambda each: each.po_number)))


def set_state(held: Held, state: str) -> None:
    """The submission's state, and the shipment's of that kind."""
    held.submission.state = state
    setattr(held.shipment, held.submission.kind, state)


async def fail(
    item: work.Item, code: str, *, raw: str, values: dict[str, str | int] | None = None, status: str | None = None
) -> None:
    """It has no effect, or nobody knows: a person looks at it. What a confirmation before it said stays in effect."""
    async with item.record() as session:
        held = await find_held(session, item.key, lock=True)
        if held is None or held.submission.state not in ("planned", "sending", "unknown", "sent"):
            return
        submission = held.submission
        cancelling = submission.action == "Cancel"
        set_state(held, "failed")
        if cancelling:
            held.shipment.transport = "seen"  # what was asked for is still asked for
        submission.finished_at = present()
        submission.error = {"code": code, "values": values or {}, "raw": raw}
        submission.transaction_status = status or submission.transaction_status
        await note(session, held, "shipment.failed", actor=AMAZON, outcome="failed", payload={"code": code, "raw": raw})
        await tell_not_sent(session, held.shipment, held.order, code, kind="cancel" if cancelling else submission.kind)


async def note(
    session: AsyncSession,
    held: Held,
    kind: str,
    *,
    actor: Actor,
    payload: dict[str, Any],
    outcome: str = "ok",
) -> None:
    """The audit entry of a step, with its proof, and the live event."""
    submission = held.submission
    base = {
        "shipment": held.shipment.identifier,
        "number": submission.number,
        "kind": submission.kind,
        "action": submission.action,
        "payload_hash": submission.payload_hash.hex(),
    }
    for order in held.orders:
        await record_order(
            session,
            order,
            kind,
            actor=actor,
            outcome=outcome,
            payload=base | payload,
            audit=True,
            operation=OPERATIONS[submission.kind],
            sent_hash=submission.payload_hash,
            transaction_id=submission.transaction_id,
        )
        await publish(session, "order.changed", order_id=str(order.id), po_number=order.po_number)


async def tell_not_sent(
    session: AsyncSession, shipment: Shipment, order: PurchaseOrder, code: str, *, kind: str = "confirmation"
) -> None:
    """Amazon does not know of a shipment that it should know of, or of what we asked for it (`kind`: confirmation, transport,
    cancel): whoever sent it or let it be sent, and whoever has the order, hears of it at once."""
    confirms = kind == "confirmation"
    due = shipment.ship_at + CONFIRM_WITHIN if confirms and shipment.ship_at is not None else None
    asker = shipment.send_by_id or shipment.created_by_id
    alert = Alert(
        Notice.SHIPMENT_NOT_SENT, "order", str(order.id), order.po_number,
        facts={"shipment": shipment.identifier, "code": code} | ({} if confirms else {"state": kind}), version=f"{shipment.id}:{shipment.version}:{code}",
        action="fix", due_at=due, place=Place(order.marketplace_id, order.vendor_code, tuple(order.brands)),
        permission="orders.confirm",
    )  # fmt: skip
    await tell(session, alert, *([replace(alert, people=(asker,))] if asker is not None else []))


def planner(submission: ShipmentSubmission) -> Actor:
    return Actor(
        "person", submission.planned_by_name, str(submission.planned_by_id) if submission.planned_by_id else None
    )
