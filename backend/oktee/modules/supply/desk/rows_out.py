"""The rows of exported lists: orders, their lines, events; read page by page within the scope of who asked."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.scope import Scope
from oktee.amazon.mirror.purchase_order_status import PurchaseOrderLineStatus
from oktee.amazon.mirror.purchase_orders import PurchaseOrderLine
from oktee.kit.database import tenant_session
from oktee.modules.supply.desk.words import Speech
from oktee.modules.supply.hands import hands_of
from oktee.modules.supply.rows import Filter, list_rows
from oktee.modules.supply.tables import DecisionLine
from oktee.modules.supply.wire.lists import OrderRow
from oktee.modules.supply.wire.words import Hands

PAGE: Final = 200
Row = dict[str, Any]
Make = Callable[[AsyncSession, list[OrderRow]], Awaitable[list[list[Any]]]]
ORDER_COLUMNS: Final[dict[str, Callable[[OrderRow, Speech], Any]]] = {
    "po_number": lambda row, speech: row.po_number,
    "country": lambda row, speech: row.country,
    "vendor_code": lambda row, speech: row.vendor_code,
    "ship_to": lambda row, speech: row.ship_to,
    "order_type": lambda row, speech: row.order_type,
    "status": lambda row, speech: speech.status(row.status),
    "deadline_at": lambda row, speech: row.deadline_at,
    "edit_until": lambda row, speech: row.edit_until,
    "window_start": lambda row, speech: row.window.start if row.window else None,
    "window_end": lambda row, speech: row.window.end if row.window else None,
    "asked": lambda row, speech: row.asked,
    "taken": lambda row, speech: row.taken,
    "backordered": lambda row, speech: row.backordered,
    "cut": lambda row, speech: row.cut,
    "received": lambda row, speech: row.received,
    "value": lambda row, speech: row.value,
    "cut_value": lambda row, speech: row.cut_value,
    "currency": lambda row, speech: row.currency,
    "decided_by": lambda row, speech: row.decided_by.name if row.decided_by else None,
    "ordered_at": lambda row, speech: row.ordered_at,
    "deal_code": lambda row, speech: row.deal_code,
    "payment_method": lambda row, speech: row.payment_method,
    "import_order": lambda row, speech: row.import_order,
    "backorder_allowed": lambda row, speech: row.backorder_allowed,
    "changed_at": lambda row, speech: row.changed_at,
    "last_received_at": lambda row, speech: row.last_received_at,
    "brand": lambda row, speech: row.brand,
    "line_count": lambda row, speech: row.line_count,
}
HANDS_COLUMNS: Final[dict[str, Callable[[Hands], Any]]] = {
    "assignee": lambda hands: hands.assignee.name if hands.assignee else None,
    "tags": lambda hands: ", ".join(tag.name for tag in hands.tags),
}
NOBODY: Final = Hands(assignee=None, tags=[])
LINE_COLUMNS: Final = (
    "po_number", "country", "vendor_code", "ship_to", "status", "sequence", "asin", "vendor_sku", "sku", "title",
    "asked", "taken", "backordered", "cut", "received", "net_cost", "currency", "reason", "why",
)  # fmt: skip
EVENT_COLUMNS: Final = (
    "at", "kind", "outcome", "actor", "object", "cause", "correlation_id", "payload",
)  # fmt: skip
FROM_SCREEN: Final = {
    "clock": ("deadline_at",), "window": ("window_start", "window_end"), "bar": ("taken", "backordered", "cut"),
    "value": ("value", "currency"),
}  # fmt: skip
"""A column of the screen that is several of a file."""


def order_columns(shown: list[str]) -> list[str]:
    """The columns of a file that correspond to those on the screen, in their order; all where none are named."""
    if not shown:
        return [*ORDER_COLUMNS, *HANDS_COLUMNS]
    found: list[str] = []
    for name in shown:
        found += [
            one
            for one in FROM_SCREEN.get(name, (name,))
            if (one in ORDER_COLUMNS or one in HANDS_COLUMNS) and one not in found
        ]
    return found


async def pages(
    organization: UUID, scope: Scope | None, where: Filter, sort: str, make: Make
) -> AsyncIterator[list[list[Any]]]:
    """Page after page of a list as `make` writes it, each in a transaction of its own."""
    after: str | None = None
    while True:
        async with tenant_session(organization, scope) as session:
            page = await list_rows(session, where, sort=sort, limit=PAGE, after=after, totals=False)
            made = await make(session, page.rows)
        yield made
        after = page.next
        if after is None:
            return


async def order_values(
    session: AsyncSession, rows: list[OrderRow], columns: list[str], speech: Speech
) -> list[list[Any]]:
    """One row per order; who has them is asked only where the file says it."""
    asked = any(name in HANDS_COLUMNS for name in columns)
    hands = await hands_of(session, [row.id for row in rows]) if asked else {}
    return [
        [
            HANDS_COLUMNS[name](hands.get(row.id, NOBODY))
            if name in HANDS_COLUMNS
            else ORDER_COLUMNS[name](row, speech)
            for name in columns
        ]
        for row in rows
    ]


async def line_values(session: AsyncSession, rows: list[OrderRow], speech: Speech) -> list[list[Any]]:
    """One row per line of these orders that the session sees."""
    orders = {row.id: row for row in rows}
    line, decided, shown = PurchaseOrderLine, DecisionLine, PurchaseOrderLineStatus
    decisions = [row.decision_id for row in rows if row.decision_id is not None]
    statement = (
        select(line, shown.received_units)
        .outerjoin(shown, and_(shown.purchase_order_id == line.purchase_order_id, shown.sequence == line.sequence))
        .where(line.purchase_order_id.in_(list(orders)))
        .order_by(line.purchase_order_id, line.position)
    )
    of = select(decided).where(decided.decision_id.in_(decisions))
    by_line: dict[tuple[UUID | None, str], DecisionLine] = {
        (one.decision_id, one.sequence): one for one in (await session.execute(of)).scalars()
    }
    lines: dict[UUID, list[list[Any]]] = {}
    for one, received in (await session.execute(statement)).all():
        row = orders[one.purchase_order_id]
        answer = by_line.get((row.decision_id, one.sequence))
        lines.setdefault(row.id, []).append(
            [
                row.po_number, row.country, row.vendor_code, row.ship_to, speech.status(row.status), one.sequence,
                one.asin, one.vendor_product_identifier, answer.sku if answer else None,
                answer.title if answer else None, one.units, answer.taken if answer else None,
                answer.backordered if answer else None, answer.cut if answer else None, received, _amount(one.net_cost),
                one.currency, answer.rejection_reason if answer else None,
                answer.summary.get("message") if answer else None,
            ]
        )  # fmt: skip
    return [values for row in rows for values in lines.get(row.id, [])]


def _amount(value: str | None) -> Decimal | None:
    try:
        return Decimal(value) if value is not None else None
    except InvalidOperation:
        return None


def event_values(entry: Any) -> list[Any]:
    return [
        entry.at, entry.kind, entry.outcome, entry.actor_name, entry.object_label, entry.cause, entry.correlation_id,
        orjson.dumps(entry.payload).decode(),
    ]  # fmt: skip


def as_json(names: tuple[str, ...], values: list[Any]) -> bytes:
    """A row as NDJSON: instants ISO, the payload as it is."""
    found: Row = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in zip(names, values, strict=True)
    }
    found["payload"] = orjson.loads(found["payload"])
    return orjson.dumps(found) + b"\n"
