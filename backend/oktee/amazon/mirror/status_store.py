"""Storing what Amazon shows per line: only what changed is written; an order that is not mirrored yet is passed over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.client.models.vendor_orders import OrderStatus
from oktee.amazon.client.page import Reject
from oktee.amazon.mirror.order_content import Unstorable
from oktee.amazon.mirror.order_store import LOCK
from oktee.amazon.mirror.poller import Batch, Stored
from oktee.amazon.mirror.status_content import StatusContent, read_status
from oktee.journal.record import AMAZON, Subject, record
from oktee.kit.database import new_id
from oktee.kit.staging import stage, upsert
from oktee.notify.outbox import publish

KNOWN = text(
    """select id, po_number, status_hash, status_updated_at, status_fetched_at from purchase_orders
    where connection_id = :connection and po_number = any(cast(:numbers as text[]))"""
)
KNOWN_ONE = text(
    "select id, po_number, status_hash, status_updated_at, status_fetched_at from purchase_orders where id = :id"
)
HEAD_COLUMNS: Final = {
    "id": "uuid", "status": "text", "status_updated_at": "timestamptz", "status_fetched_at": "timestamptz",
    "confirmation": "text", "accepted_units": "int", "rejected_units": "int", "received_units": "int",
    "first_acknowledged_at": "timestamptz", "status_hash": "bytea",
}  # fmt: skip
LINE_COLUMNS: Final = {
    "id": "uuid", "purchase_order_id": "uuid", "sequence": "text", "confirmation_status": "text", "ordered_units": "int",
    "cancelled_units": "int", "accepted_units": "int", "rejected_units": "int", "receive_status": "text",
    "received_units": "int", "last_received_at": "timestamptz", "acknowledgements": "jsonb",
    "fetched_at": "timestamptz", "source_ref": "text", "sync_run_id": "uuid",
}  # fmt: skip
PROVENANCE: Final = ("fetched_at", "source_ref", "sync_run_id")
UPDATE_HEADS = text(
    "update purchase_orders p set "  # noqa: S608 - constants only
    + ", ".join(f"{name} = s.{name}" for name in HEAD_COLUMNS if name != "id")
    + " from stage_order_status s where p.id = s.id"
)
UPSERT_LINES = text(
    upsert(
        "purchase_order_line_status", LINE_COLUMNS, "uq_purchase_order_line_status_sequence",
        keys=("id", "purchase_order_id", "sequence"), provenance=PROVENANCE,
    )
)  # fmt: skip
SEEN = text("update purchase_orders set status_fetched_at = :at where id = :id and status_fetched_at < :at")


@dataclass(slots=True)
class Known:
    """The status of an order as the mirror has it."""

    id: UUID
    po_number: str
    status_hash: bytes | None
    status_updated_at: datetime | None
    status_fetched_at: datetime | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a status came from: when the answer was complete (UTC), which call, in which run (None: read on purpose)."""

    received_at: datetime
    ref: str
    run_id: UUID | None = None


async def store(session: AsyncSession, batch: Batch) -> Stored:
    """Write what is new or changed of a page of `OrderStatus`; the same page again writes nothing."""
    contents, rejects = _read(batch.models)
    stored = Stored(rejects=rejects)
    if not contents:
        return stored
    values = {"connection": batch.connection.id, "numbers": list(contents)}
    known = [Known(*row) for row in await session.execute(KNOWN, values)]
    writes = [(was, contents[was.po_number]) for was in known]
    writes = [(was, content) for was, content in writes if _differs(was, content, batch.received_at)]
    if not writes:
        return stored
    await batch.before_write()
    await _write(session, writes, Source(batch.received_at, batch.source_ref, batch.run_id))
    stored.changed = len(writes)
    if batch.swept_until is not None:
        moved = (content.status_updated_at for _, content in writes)
        stored.drift = sum(at is None or at <= batch.swept_until for at in moved)
    await record(
        session,
        "order_status.received",
        actor=AMAZON,
        subject=Subject("connection", str(batch.connection.id), batch.connection.name),
        payload={"orders": len(writes), "po_numbers": [was.po_number for was, _ in writes]},
        correlation_id=str(batch.run_id) if batch.run_id else None,
    )
    for was, _ in writes[:1] if batch.first_load else writes:
        await publish(session, "order.changed", order_id=str(was.id), po_number=was.po_number)
    return stored


async def store_reading(session: AsyncSession, order_id: UUID, status: OrderStatus, source: Source) -> bool:
    """Store one order's status that was read on purpose. Whether it differed; the moment of reading is kept in any case.

    Raises Unstorable for a status that cannot be kept. An order that is not mirrored, or that this status is not about,
    changes nothing.
    """
    content = read_status(status)
    row = (await session.execute(KNOWN_ONE, {"id": order_id})).first()
    if row is None or row.po_number != content.po_number:
        return False
    known = Known(*row)
    if _differs(known, content, source.received_at):
        await _write(session, [(known, content)], source)
        await publish(session, "order.changed", order_id=str(order_id), po_number=known.po_number)
        return True
    await session.execute(SEEN, {"id": order_id, "at": source.received_at})
    return False


def _read(models: list[OrderStatus]) -> tuple[dict[str, StatusContent], list[Reject]]:
    contents: dict[str, StatusContent] = {}
    rejects: list[Reject] = []
    for model in models:
        try:
            content = read_status(model)
        except Unstorable as error:
            rejects.append(Reject(msgspec.json.encode(model), str(error)))
            continue
        contents[content.po_number] = content
    return contents, rejects


def _differs(was: Known, content: StatusContent, received_at: datetime) -> bool:
    """False also for an answer that was overtaken by a later one (see order_store)."""
    if was.status_hash == content.hash:
        return False
    if was.status_fetched_at is None or received_at >= was.status_fetched_at:
        return True
    seen, says = was.status_updated_at, content.status_updated_at
    return says is not None and (seen is None or says > seen)


async def _write(session: AsyncSession, writes: list[tuple[Known, StatusContent]], source: Source) -> None:
    writes = sorted(writes, key=lambda write: write[0].id)
    await session.execute(LOCK, {"ids": [was.id for was, _ in writes]})
    heads = [_head_row(was, content, source) for was, content in writes]
    await stage(session, "stage_order_status", HEAD_COLUMNS, heads)
    await session.execute(UPDATE_HEADS)
    lines = [row for was, content in writes for row in _line_rows(was, content, source)]
    await stage(session, "stage_purchase_order_line_status", LINE_COLUMNS, lines)
    await session.execute(UPSERT_LINES)


def _head_row(was: Known, content: StatusContent, source: Source) -> tuple[Any, ...]:
    own = {"id": was.id, "status_fetched_at": source.received_at, "status_hash": content.hash}
    return tuple(own[name] if name in own else getattr(content, name) for name in HEAD_COLUMNS)


def _line_rows(was: Known, content: StatusContent, source: Source) -> list[tuple[Any, ...]]:
    rows = []
    for line in content.lines:
        own = {
            "id": new_id(),
            "purchase_order_id": was.id,
            "acknowledgements": orjson.dumps(line.acknowledgements).decode(),
            "fetched_at": source.received_at,
            "source_ref": source.ref,
            "sync_run_id": source.run_id,
        }
        rows.append(tuple(own[name] if name in own else getattr(line, name) for name in LINE_COLUMNS))
    return rows
