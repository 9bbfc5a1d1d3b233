"""What shipments do in the moment Supply is switched off or on again: nothing planned leaves, what was sent is proved."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.shipment_tables import Shipment
from oktee.kit import work
from oktee.kit.clock import now as present
from oktee.modules.supply.shipments.jobs import kinds
from oktee.modules.supply.shipments.sending import submission_key
from oktee.modules.supply.shipments.tables import ShipmentSubmission


async def rest(session: AsyncSession) -> None:
    """What has not left is taken back; a person sends it again."""
    statement = (
        select(ShipmentSubmission, Shipment)
        .join(Shipment, Shipment.id == ShipmentSubmission.shipment_id)
        .where(ShipmentSubmission.state == "planned")
        .order_by(Shipment.id)
        .with_for_update()
    )
    for submission, shipment in (await session.execute(statement)).all():
        submission.state, submission.finished_at = "failed", present()
        submission.error = {"code": "module_off", "values": {}, "raw": ""}
        setattr(shipment, submission.kind, "seen" if submission.action == "Cancel" else "failed")
    timed = select(Shipment).where(Shipment.send_at.is_not(None)).order_by(Shipment.id).with_for_update()
    for shipment in await session.scalars(timed):
        shipment.send_at, shipment.send_trouble = None, {"code": "module_off", "values": {}, "raw": ""}


async def wake(session: AsyncSession) -> None:
    """What was under way when it was switched off is read back until it is proved."""
    statement = select(ShipmentSubmission.shipment_id, ShipmentSubmission.number).where(
        ShipmentSubmission.state.in_(("sending", "unknown", "sent"))
    )
    for key in sorted(submission_key(*row) for row in await session.execute(statement)):
        await work.schedule(session, kinds.VERIFY, key)
