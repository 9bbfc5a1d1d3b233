"""Exports of the audit log: a zip of the entries, a manifest, and an Ed25519 signature over it that anybody can check."""

import asyncio
import csv
import hashlib
import io
import tempfile
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Final
from uuid import UUID

import orjson
from sqlalchemy import select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.journal.hashing import canonical
from oktee.journal.heads import newest_head
from oktee.journal.record import Actor, Subject, record
from oktee.journal.signatures import public_keys, signed
from oktee.journal.tables import JournalEntry
from oktee.kit import objects, operations, work
from oktee.kit.clock import now
from oktee.kit.database import organization_of, take_time, tenant_session
from oktee.kit.errors import Conflict, NotFound
from oktee.kit.operations import Operation
from oktee.modules.administration.audit.query import Filters, count, narrowed
from oktee.modules.administration.audit.wire import AuditExport, audit_row
from oktee.notify.outbox import publish

KIND: Final = "audit.export"
PURPOSE: Final = "audit_export"
LIFE: Final = timedelta(days=7)
LARGEST: Final = 4 << 30
BATCH: Final = 1000
COLUMNS: Final = (
    "sequence", "at", "kind", "outcome", "actor_type", "actor_id", "actor_name", "on_behalf_of", "object_type",
    "object_id", "object_label", "cause", "session_id", "address", "operation", "sent_hash", "transaction_id",
    "correlation_id", "payload", "hash",
)  # fmt: skip
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
README: Final = """The audit log of a workspace of OKTee.

entries.*        the entries, oldest first; at is in UTC
manifest.json    what was asked for, how many entries, SHA-256 of the entries file, and where the chain of the day ends
manifest.sig     Ed25519 signature (hex) of the bytes of manifest.json, by the key named in it
public_key.txt   that key (hex, 32 bytes); compare it with the one your contract or `oktee audit keys` gives

To check: SHA-256 of the entries file equals the manifest's; the signature of manifest.json holds under the key.
"""


_AT_WORK: Final = text(
    "select exists (select 1 from work where organization_id = :org and kind = :kind and parked_at is null)"
)
"""Asked of the work, not of its operation: one that was given up must not block the next for good."""


class ExportRunning(Conflict):
    """One at a time: each reads the whole log."""


class ExportNotReady(Conflict):
    """There is no file yet, or it has expired."""


async def request_export(session: AsyncSession, filters: Filters, *, format_: str, actor: Actor) -> Operation:
    """Queue one. It is an act of its own in the audit log, with how many entries were taken out. Raises ExportRunning."""
    key = f"audit.export/{organization_of(session)}"
    await session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})
    if await session.scalar(_AT_WORK, {"org": organization_of(session), "kind": EXPORT.name}):
        raise ExportRunning("An export of the audit log is being made already. Wait for it.")
    await take_time(session)
    rows = await count(session, filters)
    made = Operation(
        kind=KIND, unit="entries", total=rows, created_by=UUID(actor.id) if actor.id else None,
        result={"format": format_, "filters": filters.to_json()},
    )  # fmt: skip
    session.add(made)
    await session.flush()
    await session.refresh(made)
    await work.schedule(session, EXPORT, str(made.id))
    await record(
        session, "audit.exported", actor=actor, subject=Subject("audit", str(made.id), format_), audit=True,
        payload={"rows": rows, "format": format_, "filters": filters.to_json()},
    )  # fmt: skip
    return made


async def list_exports(session: AsyncSession) -> list[AuditExport]:
    """The last twenty."""
    statement = select(Operation).where(Operation.kind == KIND).order_by(Operation.created_at.desc()).limit(20)
    return [export_of(row) for row in await session.scalars(statement)]


async def get_export(session: AsyncSession, export_id: UUID) -> Operation:
    """Raises NotFound."""
    found = await session.get(Operation, export_id)
    if found is None or found.kind != KIND:
        raise NotFound("There is no such export.")
    return found


async def file_of(session: AsyncSession, export_id: UUID) -> tuple[str, int, str]:
    """(key, size, name) of its file. Raises NotFound, ExportNotReady."""
    found = await get_export(session, export_id)
    result = found.result or {}
    if found.state != "done" or datetime.fromisoformat(result["expires_at"]) <= now():
        raise ExportNotReady("There is no file to download: this export is not ready, or has expired.")
    return result["key"], result["size"], f"oktee-audit-{found.created_at:%Y%m%d-%H%M}.zip"


def export_of(row: Operation) -> AuditExport:
    result = row.result or {}
    expires = result.get("expires_at")
    return AuditExport(
        id=row.id, state=row.state, format=result.get("format", ""), rows=row.total or 0, size=result.get("size"),
        sha256=result.get("sha256"), created_at=row.created_at,
        expires_at=datetime.fromisoformat(expires) if expires else None,
    )  # fmt: skip


async def run_export(item: work.Item) -> None:
    """Page by page into a file, then signed, sealed and stored. A worker that takes over begins again."""
    export_id, organization = UUID(item.key), item.organization_id
    async with tenant_session(organization) as session:
        await item.guard(session)
        found = await get_export(session, export_id)
        asked = dict(found.result or {})
        begun = found.created_at
    given = dict(asked["filters"])
    for name in ("since", "until"):
        if name in given:
            given[name] = datetime.fromisoformat(given[name])
    filters = Filters(**given)
    with tempfile.TemporaryFile() as entries, tempfile.TemporaryFile() as bundle:
        rows, digest = await write_entries(item, entries, filters, format_=asked["format"], before=begun)
        async with tenant_session(organization) as session:
            manifest = await _manifest(session, filters, asked["format"], rows, digest)
        await asyncio.to_thread(pack, bundle, entries, manifest, asked["format"])
        bundle.seek(0)
        expires = now() + LIFE
        stored = await objects.put(
            organization, _pieces(bundle), max_bytes=LARGEST, content_type="application/zip", purpose=PURPOSE,
            expires_at=expires,
        )  # fmt: skip
    result = asked | {
        "key": stored.key, "size": stored.size, "sha256": stored.sha256, "expires_at": expires.isoformat(),
    }  # fmt: skip
    async with item.record() as session:
        await operations.advance(session, export_id, done=rows, total=rows)
        await operations.finish(session, export_id, state="done", result=result)
        await publish(session, "operation.changed", operation_id=str(export_id))


async def write_entries(
    item: work.Item, file: BinaryIO, filters: Filters, *, format_: str, before: datetime
) -> tuple[int, str]:
    """(entries, SHA-256 in hex). Oldest first; nothing that was written after it was asked for."""
    rows, digest = 0, hashlib.sha256()
    place: tuple[datetime, UUID] | None = None
    if format_ == "csv":
        _write(file, digest, _csv([list(COLUMNS)]))
    while True:
        statement = narrowed(select(JournalEntry), filters).where(JournalEntry.at <= before)
        if place is not None:
            statement = statement.where(tuple_(JournalEntry.at, JournalEntry.id) > tuple_(*place))
        statement = statement.order_by(JournalEntry.at, JournalEntry.id).limit(BATCH)
        async with tenant_session(item.organization_id) as session:
            found = list(await session.scalars(statement))
        if not found:
            return rows, digest.hexdigest()
        lines = [line_of(entry) for entry in found]
        if format_ == "csv":
            _write(file, digest, _csv([[_cell(line[name]) for name in COLUMNS] for line in lines]))
        else:
            _write(file, digest, b"".join(canonical(line) + b"\n" for line in lines))
        rows += len(found)
        place = (found[-1].at, found[-1].id)


def line_of(entry: JournalEntry) -> dict[str, Any]:
    """An entry as exports hold it: flat, every value JSON."""
    row = audit_row(entry).model_dump(mode="json")
    actor, thing = row.pop("actor"), row.pop("object")
    row |= {f"actor_{name}": actor[name] for name in ("type", "id", "name")} | {"on_behalf_of": actor["on_behalf_of"]}
    row |= {f"object_{name}": thing[name] for name in ("type", "id", "label")}
    return {name: row[name] for name in COLUMNS}


async def _manifest(session: AsyncSession, filters: Filters, format_: str, rows: int, digest: str) -> dict[str, Any]:
    head = await newest_head(session)
    return {
        "what": "oktee/audit-export/1",
        "organization_id": str(organization_of(session)),
        "made_at": now().isoformat(),
        "filters": filters.to_json(),
        "file": f"entries.{format_}",
        "entries": rows,
        "sha256": digest,
        "head": None
        if head is None
        else {
            "signed_on": head.signed_on.isoformat(), "signed_at": head.signed_at.isoformat(), "sequence": head.sequence,
            "hash": head.hash.hex(), "key_id": head.key_id, "signature": head.signature.hex(),
        },
    }  # fmt: skip


def pack(bundle: BinaryIO, entries: BinaryIO, manifest: dict[str, Any], format_: str) -> None:
    """Blocks: use it in a thread."""
    key_id, _ = signed(manifest)
    manifest = manifest | {"key_id": key_id}
    _, signature = signed(manifest)
    entries.seek(0)
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as made:
        with made.open(f"entries.{format_}", "w", force_zip64=True) as target:
            while piece := entries.read(1 << 20):
                target.write(piece)
        made.writestr("manifest.json", canonical(manifest))
        made.writestr("manifest.sig", signature.hex())
        made.writestr("public_key.txt", public_keys()[key_id].hex())
        made.writestr("README.txt", README)


def _write(file: BinaryIO, digest: Any, body: bytes) -> None:
    file.write(body)
    digest.update(body)


def _csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    """Text that a spreadsheet would run as a formula begins with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    said = str(value)
    return f"'{said}" if isinstance(value, str) and said.startswith(FORMULA) else said


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, 1 << 20):
        yield piece


EXPORT: Final = work.Kind("audit_export", run=run_export, queue="bulk", timeout=3600.0, attempts=10, essential=True)
