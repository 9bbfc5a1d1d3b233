"""Storing a page of purchase orders: unchanged ones cost one read, a changed one gets a new revision with its differences."""

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

import msgspec
import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.client.models.vendor_orders import Order
from oktee.amazon.client.page import Reject
from oktee.amazon.mirror.order_content import UNKNOWN_STATE, OrderContent, Unstorable, differences, read_order
from oktee.amazon.mirror.order_places import place
from oktee.amazon.mirror.poller import Batch, Stored
from oktee.journal.record import AMAZON, Subject, record
from oktee.kit.database import new_id, row_ids
from oktee.kit.staging import by_column, given, stage, upsert
from oktee.notify.outbox import publish

STREAM: Final = "purchase_orders"
SHOWN_CHANGES: Final = 50
"""Changes listed in a journal entry; the revision keeps them all."""

KNOWN = text(
    """select id, po_number, revision, content_hash, state, changed_at, state_changed_at, fetched_at
    from purchase_orders where connection_id = :connection and po_number = any(cast(:numbers as text[]))"""
)
LOCK = text("select 1 from purchase_orders where id = any(cast(:ids as uuid[])) order by id for update")
DOCUMENTS = text(
    """select r.purchase_order_id, r.content from purchase_order_revisions r
    join purchase_orders p on p.id = r.purchase_order_id and p.revision = r.revision
    where p.id = any(cast(:ids as uuid[]))"""
)
ORDER_COLUMNS: Final = {
    "id": "uuid", "connection_id": "uuid", "po_number": "text", "revision": "int", "content_hash": "bytea",
    "marketplace_id": "text", "vendor_code": "text", "state": "text", "order_type": "text", "payment_method": "text",
    "deal_code": "text", "freight": "text", "import_order": "bool", "ordered_at": "timestamptz",
    "changed_at": "timestamptz", "state_changed_at": "timestamptz", "window_start": "timestamptz",
    "window_end": "timestamptz", "ship_to": "text", "ship_to_country": "text", "currency": "text", "units": "int",
    "value": "numeric", "line_count": "int", "fetched_at": "timestamptz", "source_ref": "text", "sync_run_id": "uuid",
}  # fmt: skip
LINE_COLUMNS: Final = {
    "id": "uuid", "purchase_order_id": "uuid", "position": "int", "marketplace_id": "text", "vendor_code": "text",
    "sequence": "text", "asin": "text", "vendor_product_identifier": "text", "amount": "int", "unit_of_measure": "text",
    "unit_size": "int", "units": "int", "net_cost": "text", "cost_unit": "text", "list_price": "text",
    "currency": "text", "backorder_allowed": "bool",
}  # fmt: skip
LINE_FIELDS: Final = attrgetter(*list(LINE_COLUMNS)[5:])
"""The columns that are a line's own fields, under their own names."""
REVISION_COLUMNS: Final = {
    "id": "uuid", "purchase_order_id": "uuid", "revision": "int", "content_hash": "bytea", "content": "jsonb",
    "changes": "jsonb", "sync_run_id": "uuid",
}  # fmt: skip


UPSERT_ORDERS = text(
    upsert(
        "purchase_orders", ORDER_COLUMNS, "uq_purchase_orders_number", keys=("id", "connection_id", "po_number"),
        source=given(ORDER_COLUMNS),
    )
)  # fmt: skip
UPSERT_LINES = text(
    upsert(
        "purchase_order_lines", LINE_COLUMNS, "uq_purchase_order_lines_sequence",
        keys=("id", "purchase_order_id", "sequence"),
    )
)  # fmt: skip
INSERT_LINES = text(
    f"""insert into purchase_order_lines ({", ".join(LINE_COLUMNS)})
    select {", ".join(LINE_COLUMNS)} from stage_purchase_order_lines"""  # noqa: S608 - constants only
)
"""Of orders that this transaction brings: nobody else can have lines of them, so there is nothing to meet."""
DROP_LINES = text(
    """delete from purchase_order_lines l where l.purchase_order_id = any(cast(:ids as uuid[])) and not exists (
        select 1 from stage_purchase_order_lines s
        where s.purchase_order_id = l.purchase_order_id and s.sequence = l.sequence)"""
)
INSERT_REVISIONS = text(
    f"""insert into purchase_order_revisions ({", ".join(REVISION_COLUMNS)})
    select {", ".join(REVISION_COLUMNS)} from {given(REVISION_COLUMNS)}
    on conflict on constraint uq_purchase_order_revisions_revision do nothing"""  # noqa: S608 - constants only
)


@dataclass(slots=True)
class Known:
    """An order as the mirror has it."""

    id: UUID
    po_number: str
    revision: int
    content_hash: bytes
    state: str
    changed_at: datetime | None
    state_changed_at: datetime | None
    fetched_at: datetime


@dataclass(slots=True)
class Write:
    """One order to write: what it is now, what it was, and its new revision's differences."""

    id: UUID
    content: OrderContent
    known: Known | None
    revision: int
    state: str
    marketplace_id: str = ""
    changes: list[dict[str, Any]] | None = None

    @property
    def new_content(self) -> bool:
        return self.known is None or self.known.content_hash != self.content.hash


async def store(session: AsyncSession, batch: Batch) -> Stored:
    """Write what is new or changed of a page of `Order`; the same page again writes nothing."""
    contents, rejects = _read(batch.models)
    stored = Stored(rejects=rejects)
    if not contents:
        return stored
    writes = await _compare(session, batch, contents)
    if not writes:
        return stored
    await batch.before_write()
    await place(session, batch.connection, writes)
    await _diff(session, writes)
    await _write(session, batch, writes)
    await _tell(session, batch, writes)
    stored.created = sum(write.known is None for write in writes)
    stored.changed = len(writes) - stored.created
    if batch.swept_until is not None:
        stored.drift = sum(_moved(write.content) <= batch.swept_until for write in writes)
    return stored


def _moved(content: OrderContent) -> datetime:
    """When it last changed in any way that Amazon lists it for."""
    dates = (content.ordered_at, content.changed_at, content.state_changed_at)
    return max(date for date in dates if date is not None)


def _read(models: list[Order]) -> tuple[dict[str, OrderContent], list[Reject]]:
    contents: dict[str, OrderContent] = {}
    rejects: list[Reject] = []
    for model in models:
        try:
            content = read_order(model)
        except Unstorable as error:
            rejects.append(Reject(msgspec.json.encode(model), str(error)))
            continue
        contents[content.po_number] = content  # an order twice on a page: the later element counts
    return contents, rejects


async def _compare(session: AsyncSession, batch: Batch, contents: dict[str, OrderContent]) -> list[Write]:
    """The anti-join on the content hash: only what differs comes back, in the order rows are to be locked."""
    values = {"connection": batch.connection.id, "numbers": list(contents)}
    known = {row.po_number: Known(*row) for row in await session.execute(KNOWN, values)}
    writes = []
    for fresh, (number, content) in zip(row_ids(len(contents)), contents.items(), strict=True):
        was = known.get(number)
        if was is None:
            writes.append(Write(fresh, content, None, 1, content.state or UNKNOWN_STATE))
            continue
        write = Write(was.id, content, was, was.revision, content.state or was.state)
        moved = (was.state, was.state_changed_at, was.changed_at) != (
            write.state, content.state_changed_at, content.changed_at
        )  # fmt: skip
        if (write.new_content or moved) and not _is_older(batch.received_at, content, was):
            write.revision += write.new_content
            writes.append(write)
    return sorted(writes, key=lambda write: write.id)


def _is_older(received_at: datetime, content: OrderContent, was: Known) -> bool:
    """An answer that was overtaken: windows are read side by side, and an older page may be stored after a newer one.
    Where Amazon's own date of change is later, the clocks of two workers disagree and the order is taken."""
    if received_at >= was.fetched_at:
        return False
    return content.changed_at is None or (was.changed_at is not None and content.changed_at <= was.changed_at)


async def _diff(session: AsyncSession, writes: list[Write]) -> None:
    changed = [write.id for write in writes if write.known is not None and write.new_content]
    await session.execute(LOCK, {"ids": [write.id for write in writes if write.known is not None]})
    documents = {
        row.purchase_order_id: row.content for row in await session.execute(DOCUMENTS, {"ids": changed})
    } if changed else {}  # fmt: skip
    for write in writes:
        if write.new_content:
            was = documents.get(write.id)
            write.changes = [] if was is None else differences(was, write.content.document)


async def _write(session: AsyncSession, batch: Batch, writes: list[Write]) -> None:
    orders = [_order_row(batch, write) for write in writes]
    await session.execute(UPSERT_ORDERS, by_column(ORDER_COLUMNS, orders))
    fresh = [write for write in writes if write.new_content]
    if not fresh:
        return
    lines = [row for write in fresh for row in _line_rows(write)]
    ids = [write.id for write in fresh if write.known is not None]
    await stage(session, "stage_purchase_order_lines", LINE_COLUMNS, lines, joined=bool(ids))
    if ids:
        await session.execute(DROP_LINES, {"ids": ids})
    await session.execute(UPSERT_LINES if ids else INSERT_LINES)
    revisions = [_revision_row(batch, write) for write in fresh]
    await session.execute(INSERT_REVISIONS, by_column(REVISION_COLUMNS, revisions))


def _order_row(batch: Batch, write: Write) -> tuple[Any, ...]:
    own = {
        "id": write.id,
        "connection_id": batch.connection.id,
        "revision": write.revision,
        "content_hash": write.content.hash,
        "marketplace_id": write.marketplace_id,
        "state": write.state,
        "line_count": len(write.content.lines),
        "fetched_at": batch.received_at,
        "source_ref": batch.source_ref,
        "sync_run_id": batch.run_id,
    }
    return tuple(own[name] if name in own else getattr(write.content, name) for name in ORDER_COLUMNS)


def _line_rows(write: Write) -> list[tuple[Any, ...]]:
    place = (write.marketplace_id, write.content.vendor_code)
    lines = write.content.lines
    return [
        (line_id, write.id, position, *place, *LINE_FIELDS(line))
        for position, (line_id, line) in enumerate(zip(row_ids(len(lines)), lines, strict=True))
    ]


def _revision_row(batch: Batch, write: Write) -> tuple[Any, ...]:
    changes = orjson.dumps(write.changes or []).decode()
    content = write.content.json.decode()
    return (new_id(), write.id, write.revision, write.content.hash, content, changes, batch.run_id)


async def _tell(session: AsyncSession, batch: Batch, writes: list[Write]) -> None:
    """One journal entry for all new orders of the page, one per changed order, and the live events."""
    new = [write for write in writes if write.known is None]
    if new:
        await record(
            session,
            "orders.received",
            actor=AMAZON,
            subject=Subject("connection", str(batch.connection.id), batch.connection.name),
            payload={
                "orders": len(new),
                "units": sum(write.content.units for write in new),
                "po_numbers": [write.content.po_number for write in new],
                "first_load": batch.first_load,
            },
            correlation_id=str(batch.run_id) if batch.run_id else None,
            marketplace_id=_only({write.marketplace_id for write in new}),
            vendor_code=_only({write.content.vendor_code for write in new}),
        )
    for write in new[:1] if batch.first_load else new:  # a first load brings thousands: one event a page is enough
        await publish(session, "order.created", order_id=str(write.id), po_number=write.content.po_number)
    for write in writes:
        if write.known is None:
            continue
        await publish(session, "order.changed", order_id=str(write.id), po_number=write.content.po_number)
        if write.new_content:
            await _tell_changed(session, batch, write)


async def _tell_changed(session: AsyncSession, batch: Batch, write: Write) -> None:
    changes = write.changes or []
    await record(
        session,
        "order.changed",
        actor=AMAZON,
        subject=Subject("order", str(write.id), write.content.po_number),
        payload={"revision": write.revision, "changes": changes[:SHOWN_CHANGES], "changes_count": len(changes)},
        correlation_id=str(batch.run_id) if batch.run_id else None,
        marketplace_id=write.marketplace_id,
        vendor_code=write.content.vendor_code,
    )


def _only(values: set[str]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None
