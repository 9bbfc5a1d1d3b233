"""The page Audit log: which person or key changed what, from where, and whether the record is as it was written."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from sqlalchemy import select, tuple_

from oktee.access.caller import CallerIn, Session, needs
from oktee.journal.heads import newest_head
from oktee.journal.naming import people_in
from oktee.journal.record import Subject, person, record
from oktee.journal.tables import AuditCheck, JournalEntry
from oktee.kit import objects
from oktee.kit.database import tenant_session
from oktee.kit.paging import open_cursor, seal_cursor
from oktee.modules.administration.audit import exporting
from oktee.modules.administration.audit.chain import keep, verify
from oktee.modules.administration.audit.daily import alarm
from oktee.modules.administration.audit.query import Filters, facets, narrowed
from oktee.modules.administration.audit.wire import (
    AuditExport,
    AuditExportIn,
    AuditExportList,
    AuditFacets,
    AuditList,
    AuditVerification,
    audit_row,
)
from oktee.modules.administration.privacy.retention import limits

router = APIRouter(prefix="/audit")
READ = [needs("audit.read")]
AT_ONCE = 5000
"""Entries one look at the integrity verifies; the rest at the next look, or in the night."""


@router.get("", dependencies=READ)
async def list_audit(
    session: Session,
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
    actor_id: Annotated[str | None, Query(max_length=80)] = None,
    actor_type: Annotated[str | None, Query(max_length=20)] = None,
    object_type: Annotated[str | None, Query(max_length=40)] = None,
    object_id: Annotated[str | None, Query(max_length=80)] = None,
    area: Annotated[str | None, Query(description="the first word of a kind", max_length=40)] = None,
    outcome: Annotated[str | None, Query(max_length=20)] = None,
    q: Annotated[str | None, Query(max_length=120)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> AuditList:
    """Acts of people, keys and staff, newest first."""
    filters = Filters(since, until, actor_id, actor_type, object_type, object_id, area, outcome, q)
    statement = narrowed(select(JournalEntry), filters)
    if after is not None:
        at, entry_id = open_cursor(after, filters=filters.to_json())
        place = tuple_(datetime.fromisoformat(at), UUID(entry_id))
        statement = statement.where(tuple_(JournalEntry.at, JournalEntry.id) < place)
    statement = statement.order_by(JournalEntry.at.desc(), JournalEntry.id.desc()).limit(limit + 1)
    found = list(await session.scalars(statement))
    following = None
    if len(found) > limit:
        found = found[:limit]
        following = seal_cursor([found[-1].at.isoformat(), str(found[-1].id)], filters=filters.to_json())
    names = await people_in(session, [entry.payload for entry in found])
    return AuditList(rows=[audit_row(entry, names) for entry in found], next=following)


@router.get("/facets", dependencies=READ)
async def get_audit_facets(
    session: Session,
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
) -> AuditFacets:
    """What can be filtered by in this span of time."""
    return await facets(session, since, until)


@router.get("/verification", dependencies=READ)
async def get_audit_verification(caller: CallerIn) -> AuditVerification:
    """Verify what was written since the last look, and say up to when the chain is as it was written."""
    organization = caller.organization_id
    verdict = await verify(organization, incremental=True, most=AT_ONCE)
    if verdict.fault is not None:
        await alarm(verdict, verdict.fault)
    async with tenant_session(organization) as session:
        await keep(session, verdict, whole=False)
        await session.flush()
        check = (await session.execute(select(AuditCheck))).scalar_one()
        head = await newest_head(session)
        days = (await limits(session))["audit"]
        broken = check.broken_sequence is not None
        return AuditVerification(
            state="broken" if broken else "whole" if check.sequence else "empty",
            verified_to=check.at,
            verified_at=check.verified_at,
            whole_at=check.whole_at,
            sequence=check.sequence,
            broken_sequence=check.broken_sequence,
            broken_reason=check.broken_reason,
            signed_at=head.signed_at if head else None,
            signed_sequence=head.sequence if head else 0,
            key_id=head.key_id if head else None,
            retention_days=days,
        )


@router.get("/exports", dependencies=READ)
async def list_audit_exports(session: Session) -> AuditExportList:
    """The last exports of the audit log."""
    return AuditExportList(rows=await exporting.list_exports(session))


@router.post("/exports", dependencies=[needs("audit.read", fresh=True)], status_code=202)
async def create_audit_export(body: AuditExportIn, session: Session, caller: CallerIn) -> AuditExport:
    """Write what the filters mean into a signed file."""
    filters = Filters(**body.model_dump(exclude={"format"}))
    made = await exporting.request_export(session, filters, format_=body.format, actor=person(caller))
    return exporting.export_of(made)


@router.get(
    "/exports/{export_id}/file",
    dependencies=READ,
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}, "description": "The signed file"}, 409: {}},
)
async def get_audit_export_file(export_id: UUID, session: Session, caller: CallerIn) -> StreamingResponse:
    """The zip: entries, manifest, signature, public key."""
    key, size, name = await exporting.file_of(session, export_id)
    await record(
        session, "audit.downloaded", actor=person(caller), subject=Subject("audit", str(export_id), name), audit=True
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(size),
        "Cache-Control": "no-store",
    }  # fmt: skip
    return StreamingResponse(objects.open_stream(key), media_type="application/zip", headers=headers)
