"""An exception as what people work on together: it is given away, noted on, tagged, files are put to it.

It is named by its row: as long as its keeper finds it again the row stays, and with it what was said.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit.errors import NotFound
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.hands import EXCEPTION, RESOLVES
from oktee.modules.supply.together.routes import Kind, routes_of
from oktee.notify.matters.having import Thing


async def find_thing(session: AsyncSession, exception_id: UUID) -> Thing:
    """Raises NotFound, also for one outside the scope."""
    statement = (
        select(OrderException, PurchaseOrder.po_number)
        .outerjoin(PurchaseOrder, PurchaseOrder.id == OrderException.purchase_order_id)
        .where(OrderException.id == exception_id)
    )
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise NotFound("There is no such exception.")
    row, po_number = found
    return Thing(
        EXCEPTION, str(row.id), label_of(row, po_number), row.marketplace_id, row.vendor_code,
        row.brands[0] if len(row.brands) == 1 and row.brands[0] else None, tuple(row.brands), about=row.cause,
        order_id=row.purchase_order_id,
    )  # fmt: skip


def label_of(row: OrderException, po_number: str | None) -> str:
    """The order and line that it is about, else its vendor code, SKU or rule."""
    if po_number is not None:
        return po_number if row.sequence is None else f"{po_number}/{row.sequence}"
    subject = row.evidence.get("subject") or {}
    said = row.evidence.get("values") or {}
    name = subject.get("sku") or (said.get("rule") or {}).get("value")
    return str(row.vendor_code or name or row.cause)


def _exception_id(exception_id: UUID) -> UUID:
    return exception_id


EXCEPTIONS = Kind(
    path="/exceptions/{exception_id}",
    several="/exceptions/assignments",
    identify=_exception_id,
    find=find_thing,
    acts=RESOLVES,
    names=(
        "get_exception_teamwork", "put_exception_assignee", "assign_exceptions", "add_exception_note",
        "delete_exception_note", "restore_exception_note", "put_exception_tags", "add_exception_attachment", "download_exception_attachment",
        "delete_exception_attachment", "restore_exception_attachment",
    ),
)  # fmt: skip
routes = routes_of(EXCEPTIONS)
