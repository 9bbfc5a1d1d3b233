"""The page Data and privacy: what is held, the agreement, sub-processors, exports and the deletion of everything."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import SecretStr
from sqlalchemy import select

from oktee.access.caller import Caller, CallerIn, Session, needs
from oktee.access.tables import Organization
from oktee.access.workspaces import names_of
from oktee.journal.record import person
from oktee.kit import objects
from oktee.kit.clock import now
from oktee.kit.database import global_session, tenant_session
from oktee.kit.errors import Forbidden
from oktee.kit.keyring.data_keys import ready
from oktee.kit.operations import Operation
from oktee.modules.administration.privacy import (
    deletion,
    dpa,
    exporting,
    holds,
    retention,
    subject_rows,
    subjects,
    tombstones,
)
from oktee.modules.administration.privacy.data_map import DataMap, data_map
from oktee.modules.administration.privacy.inventory import inventory, language_of, notice_days, sub_processors
from oktee.modules.administration.privacy.tables import Export, SubProcessorNotice
from oktee.modules.administration.privacy.wire import (
    AcceptanceRow,
    AppearanceRow,
    CertificateIn,
    DeletionIn,
    DeletionList,
    DeletionRow,
    DeletionScope,
    DownloadLink,
    Dpa,
    DpaAcceptanceIn,
    Erased,
    ExportIn,
    ExportList,
    ExportMade,
    ExportRow,
    HoldIn,
    HoldList,
    HoldRow,
    LimitIn,
    NoticeRow,
    Retention,
    RetentionRow,
    SubjectFound,
    SubjectIn,
    SubProcessors,
    deletion_row,
    export_row,
    hold_row,
    sub_processor_row,
)

router = APIRouter(prefix="/privacy")


class WholeWorkspaceOnly(Forbidden):
    """Who sees only a part of a workspace cannot take, erase or delete all of it."""


async def whole(caller: CallerIn) -> None:
    """Refuse a person whose scope leaves something out."""
    if caller.scope is not None:
        raise WholeWorkspaceOnly("You see only a part of this workspace. Ask somebody who sees all of it.")


READ = [needs("privacy.manage"), Depends(whole)]
ACT = [needs("privacy.manage", fresh=True), Depends(whole)]


# -- what is held, under which agreement, by whom -----------------------------------------------------------------------


@router.get("/map", dependencies=READ)
async def get_data_map(session: Session, caller: CallerIn) -> DataMap:
    """Every table with what it holds, for how long, and how many rows there are now."""
    return await data_map(session, language=language_of(caller.locale))


@router.get("/subprocessors", dependencies=READ)
async def list_sub_processors(caller: CallerIn) -> SubProcessors:
    """Who else touches this workspace's data, and what changed."""
    language = language_of(caller.locale)
    async with global_session() as session:
        found = list(
            await session.scalars(select(SubProcessorNotice).order_by(SubProcessorNotice.announced_at.desc()).limit(20))
        )
    return SubProcessors(
        rows=[sub_processor_row(row, language) for row in sub_processors()],
        notice_days=notice_days(),
        notices=[
            NoticeRow(id=row.id, changes=row.changes, announced_at=row.announced_at, effective_at=row.effective_at)
            for row in found
            if row.changes
        ],
    )  # fmt: skip


@router.get("/dpa", dependencies=READ)
async def get_dpa(session: Session, caller: CallerIn) -> Dpa:
    """The data processing agreement, and who accepted which version."""
    return await _dpa(session, caller)


@router.post("/dpa/acceptances", dependencies=READ, status_code=201)
async def accept_dpa(body: DpaAcceptanceIn, session: Session, caller: CallerIn) -> Dpa:
    """Accept the present version for the workspace; what waited for it begins."""
    await dpa.accept(session, version=body.version, actor=person(caller), address=caller.address)
    return await _dpa(session, caller)


async def _dpa(session: Session, caller: Caller) -> Dpa:
    found = await dpa.list_acceptances(session)
    names = await names_of(row.accepted_by for row in found)
    text = dpa.agreement(caller.locale)
    in_force = await session.get(Organization, caller.organization_id)
    return Dpa(
        version=text.version,
        text=text.text,
        text_hash=text.text_hash,
        accepted_version=in_force.dpa_version if in_force else None,
        accepted_at=in_force.dpa_accepted_at if in_force else None,
        acceptances=[
            AcceptanceRow(
                version=row.version, text_hash=row.text_hash.hex(), accepted_as=row.accepted_as,
                accepted_by=names.get(row.accepted_by) if row.accepted_by else None, accepted_at=row.accepted_at,
                address=row.address,
            )
            for row in found
        ],
    )  # fmt: skip


# -- exports ------------------------------------------------------------------------------------------------------------


@router.get("/exports", dependencies=READ)
async def list_exports(session: Session) -> ExportList:
    """Bundles made and under way, newest first."""
    return ExportList(rows=await _export_rows(session, await exporting.list_exports(session)))


@router.post("/exports", dependencies=ACT, status_code=201)
async def create_export(body: ExportIn, session: Session, caller: CallerIn) -> ExportMade:
    """Export everything, some kinds of data, or everything about one person, into an encrypted zip."""
    await ready(caller.organization_id)  # before the first statement: no transaction waits for the key service
    passphrase = body.passphrase or SecretStr(exporting.random_passphrase())
    made, _ = await exporting.request_export(
        session, passphrase=passphrase, actor=person(caller), subject=body.subject,
        categories=body.categories, formats=body.formats,
    )  # fmt: skip
    shown = None if body.passphrase else passphrase.get_secret_value()
    return ExportMade(export=(await _export_rows(session, [made]))[0], passphrase=shown)


@router.delete("/exports/{export_id}", dependencies=READ)
async def end_export(export_id: UUID, session: Session, caller: CallerIn) -> ExportRow:
    """Cancel what is being made, or delete a bundle before its time."""
    found = await exporting.end_export(session, export_id, actor=person(caller))
    return (await _export_rows(session, [found]))[0]


@router.post("/exports/{export_id}/links", dependencies=ACT, status_code=201)
async def create_export_link(export_id: UUID, session: Session, caller: CallerIn) -> DownloadLink:
    """An address that downloads the bundle in this session, for five minutes."""
    word, until = await exporting.make_link(session, export_id, actor=person(caller), session_id=caller.session_id)
    url = f"/api/v1/{caller.slug}/administration/privacy/exports/{export_id}/file?ticket={word}"
    return DownloadLink(url=url, expires_at=until)


@router.get(
    "/exports/{export_id}/file",
    dependencies=READ,
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}, "description": "The encrypted zip"}},
)
async def download_export(
    export_id: UUID, caller: CallerIn, ticket: Annotated[str, Query(max_length=120)]
) -> StreamingResponse:
    """The bundle itself, streamed."""
    async with tenant_session(caller.organization_id) as session:
        found = await exporting.redeem(session, export_id, ticket, actor=person(caller), session_id=caller.session_id)
    assert found.object_key is not None
    headers = {
        "Content-Disposition": f'attachment; filename="oktee-{caller.slug}-{found.number}.zip"',
        "Content-Length": str(found.size),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(objects.open_stream(found.object_key), media_type="application/zip", headers=headers)


async def _export_rows(session: Session, found: list[Export]) -> list[ExportRow]:
    names = await names_of(row.requested_by for row in found)
    ids = [row.operation_id for row in found]
    jobs = {job.id: job for job in await session.scalars(select(Operation).where(Operation.id.in_(ids)))}
    return [
        export_row(
            row, names=names, done=jobs[row.operation_id].done if row.operation_id in jobs else 0,
            total=jobs[row.operation_id].total if row.operation_id in jobs else None,
        )
        for row in found
    ]  # fmt: skip


# -- the deletion of everything -----------------------------------------------------------------------------------------


@router.get("/deletions/scope", dependencies=READ)
async def get_deletion_scope(session: Session, caller: CallerIn) -> DeletionScope:
    """What a deletion would remove now, and what stands in its way."""
    return await deletion.scope_of(session, language=language_of(caller.locale))


@router.get("/deletions", dependencies=READ)
async def list_deletions(session: Session) -> DeletionList:
    """Deletions asked for, newest first."""
    found = await deletion.list_deletions(session)
    names = await names_of(user for row in found for user in (row.requested_by, row.cancelled_by))
    return DeletionList(rows=[deletion_row(row, names=names) for row in found])


@router.post("/deletions", dependencies=ACT, status_code=201)
async def create_deletion(body: DeletionIn, session: Session, caller: CallerIn) -> DeletionRow:
    """Ask for the deletion of everything: seven days later it is gone, unless somebody cancels."""
    made = await deletion.request_deletion(session, typed=body.workspace_name, actor=person(caller))
    return deletion_row(made, names=await names_of([made.requested_by]))


@router.post("/deletions/{deletion_id}/cancellation", dependencies=READ)
async def cancel_deletion(deletion_id: UUID, session: Session, caller: CallerIn) -> DeletionRow:
    """Within the seven days."""
    found = await deletion.cancel_deletion(session, deletion_id, actor=person(caller))
    return deletion_row(found, names=await names_of([found.requested_by, found.cancelled_by]))


# -- legal holds --------------------------------------------------------------------------------------------------------


@router.get("/holds", dependencies=READ)
async def list_legal_holds(session: Session) -> HoldList:
    """Orders that are kept for a case, whatever their age."""
    found = await holds.list_holds(session, in_force=False)
    names = await names_of(row.placed_by for row in found)
    return HoldList(rows=[hold_row(row, names=names) for row in found])


@router.post("/holds", dependencies=READ, status_code=201)
async def place_legal_hold(body: HoldIn, session: Session, caller: CallerIn) -> HoldList:
    """Keep an order by its number."""
    found = await holds.place_hold(
        session, po_number=body.po_number, reason=body.reason, case_reference=body.case_reference, actor=person(caller)
    )
    names = await names_of(row.placed_by for row in found)
    return HoldList(rows=[hold_row(row, names=names) for row in found])


@router.post("/holds/{hold_id}/release", dependencies=ACT)
async def release_legal_hold(hold_id: UUID, session: Session, caller: CallerIn) -> HoldRow:
    """The order may expire again; one of a case in 90 days."""
    found = await holds.release_hold(session, hold_id, actor=person(caller))
    return hold_row(found, names=await names_of([found.placed_by]))


# -- retention ----------------------------------------------------------------------------------------------------------


@router.get("/retention", dependencies=READ)
async def get_retention(session: Session, caller: CallerIn) -> Retention:
    """The dry run: each class with its limit, and what the next run would remove."""
    at = now()
    known = inventory()
    rows = [
        RetentionRow(
            retention=due.retention, text=known.retentions[due.retention], days=due.days,
            shipped_days=known.limits[due.retention].days, least_days=known.limits[due.retention].least,
            tables=sorted(name for name, table in known.tables.items() if table.retention == due.retention),
            due=due.tables, held=due.held,
        )
        for due in await retention.dry_run(session, at=at)
    ]  # fmt: skip
    return Retention(rows=rows, as_of=at)


@router.put("/retention/{retention_class}", dependencies=ACT)
async def set_retention(retention_class: str, body: LimitIn, session: Session, caller: CallerIn) -> Retention:
    """Shorten the limit of a class for this workspace; the one that ships takes it back."""
    await retention.set_limit(session, retention_class, body.days, actor=person(caller))
    return await get_retention(session, caller)


# -- people -------------------------------------------------------------------------------------------------------------


@router.post("/subjects/search", dependencies=READ)
async def search_subject(body: SubjectIn, session: Session, caller: CallerIn) -> SubjectFound:
    """Where a person appears. A POST, so that no name or address is in an address or a log."""
    who, rows = await subject_rows.search(session, body.subject)
    return SubjectFound(
        user_id=who.user_id, name=who.name, email=who.email, member=who.user_id is not None,
        rows=[AppearanceRow(table=row.table, purpose=row.purpose[language_of(caller.locale)], rows=row.rows) for row in rows],
        total=sum(row.rows for row in rows),
    )  # fmt: skip


@router.post("/subjects/erasures", dependencies=ACT, status_code=201)
async def erase_subject(body: SubjectIn, session: Session, caller: CallerIn) -> Erased:
    """Name and e-mail address of a person leave every table; the journal keeps who acted by id."""
    pseudonym, tables = await subjects.erase(session, body.subject, actor=person(caller), held=caller.permissions)
    return Erased(pseudonym=pseudonym, tables=tables)


# -- certificates: outside every workspace, opened by the word in the owners' mail ----------------------------------------

certificate_router = APIRouter(tags=["administration"])


@certificate_router.post(
    "/deletion-certificates",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "The certificate"}},
)
async def open_deletion_certificate(body: CertificateIn) -> Response:
    """The certificate of a deletion. A POST, since an address with the word in it would stand in logs; the page that the
    mail links to reads it from the fragment, which no browser sends."""
    content = await tombstones.open_certificate(body.token)
    headers = {"Content-Disposition": 'attachment; filename="oktee-certificate-of-deletion.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)
