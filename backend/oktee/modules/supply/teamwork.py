"""Working together on an order: who has it, notes, tags and files; and the people and teams there are for it."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller, CallerIn, Session, needs
from oktee.access.teams.keeping import list_teams
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import person
from oktee.kit import objects
from oktee.kit.database import tenant_session
from oktee.kit.errors import NotFound, OKTeeError
from oktee.kit.storage.content import serving_headers
from oktee.modules.supply import wire
from oktee.modules.supply.alerting import thing_of
from oktee.modules.supply.hands import ACTS, ORDER, check_acts, holder_of, tag_out
from oktee.notify.matters import files, having, noting, tagging
from oktee.notify.matters.having import Thing
from oktee.notify.matters.tables import Attachment, MatterTag, Note, Tag
from oktee.notify.recipients import read_roster

router = APIRouter()
READ, ACT = [needs("orders.read")], [needs("orders.hold")]


class In(BaseModel):
    """An input takes the fields it names and no other."""

    model_config = ConfigDict(extra="forbid")


class AssigneeIn(In):
    """A person or a team; neither: nobody has it."""

    person_id: UUID | None = None
    team_id: UUID | None = None


class AssignmentsIn(AssigneeIn):
    """The same for several orders."""

    ids: list[UUID] = Field(min_length=1, max_length=500)


class MentionIn(In):
    """Somebody who is named in a note and told of it."""

    type: Literal["person", "team"]
    id: UUID


class NoteIn(In):
    """The words, and who of those named in them is told."""

    body: str = Field(min_length=1, max_length=4000, pattern=r"\S")
    mentions: list[MentionIn] = Field(default=[], max_length=20)


class TagsIn(In):
    """Exactly these tags."""

    tags: list[UUID] = Field(max_length=20)


class NoteOut(BaseModel):
    """A note. `mine`: whoever asks wrote it and may take it away."""

    id: UUID
    author: str
    body: str
    mentions: list[wire.Holder]
    created_at: datetime
    mine: bool


class FileOut(BaseModel):
    """A file that somebody put to the order."""

    id: UUID
    file_name: str
    content_type: str
    size: int
    added_by: str
    created_at: datetime


class Teamwork(BaseModel):
    """What people said and did about an order. `assigned_how`: by a person, or by the rule of a team."""

    assignee: wire.Holder | None
    assigned_how: Literal["person", "rule"] | None
    assigned_at: datetime | None
    notes: list[NoteOut]
    tags: list[wire.TagOut]
    files: list[FileOut]
    largest_file: int
    file_kinds: list[str]


class Colleague(BaseModel):
    """Somebody who reads orders. `acts`: may be given one; `away`: not there now; `substitute`: who then stands in."""

    id: UUID
    name: str
    acts: bool
    away: bool
    substitute: str | None


class TeamName(BaseModel):
    """A team that can be given work."""

    id: UUID
    name: str
    mine: bool


class Colleagues(BaseModel):
    """Everybody and everything that an order can be given to, and the tags it can have."""

    people: list[Colleague]
    teams: list[TeamName]
    tags: list[wire.TagOut]


@router.get("/colleagues", dependencies=READ)
async def list_colleagues(session: Session, caller: CallerIn) -> Colleagues:
    """People who may read orders, teams, and the workspace's tags."""
    roster = await read_roster(session)
    people = sorted(
        (one for one in roster.members.values() if "orders.read" in one.permissions),
        key=lambda one: one.name.casefold(),
    )
    found = []
    for one in people:
        other = roster.stand_in(one.user_id)
        away = one.user_id in roster.away
        substitute = roster.members[other].name if away and other is not None else None
        found.append(
            Colleague(id=one.user_id, name=one.name, acts=ACTS in one.permissions, away=away, substitute=substitute)
        )
    mine = {group.id for group in roster.teams.values() if caller.user_id in group.members}
    return Colleagues(
        people=found,
        teams=[TeamName(id=team.id, name=team.name, mine=team.id in mine) for team in await list_teams(session)],
        tags=[tag_out(tag) for tag in await tagging.list_tags(session)],
    )


@router.get("/orders/{order_id}/teamwork", dependencies=READ)
async def get_teamwork(session: Session, caller: CallerIn, order_id: UUID) -> Teamwork:
    """Who has the order, and what was said and put to it."""
    return await _show(session, caller, await _order(session, order_id))


@router.put("/orders/{order_id}/assignee", dependencies=ACT)
async def put_assignee(session: Session, caller: CallerIn, order_id: UUID, body: AssigneeIn) -> Teamwork:
    """Give the order to a person or a team, or to nobody. They are told."""
    await check_acts(session, body.person_id)
    thing = await _order(session, order_id)
    await having.assign(session, thing, having.Holder(body.person_id, body.team_id), actor=person(caller))
    return await _show(session, caller, thing)


@router.post("/assignments", dependencies=ACT)
async def assign_orders(caller: CallerIn, body: AssignmentsIn) -> wire.AssignmentResults:
    """Give several orders away: each by itself, so that the fault of one stops no other."""
    async with tenant_session(caller.organization_id, caller.scope) as session:
        await check_acts(session, body.person_id)
    results = []
    for order_id in sorted(set(body.ids)):
        try:
            async with tenant_session(caller.organization_id, caller.scope) as session:
                thing = await _order(session, order_id)
                await having.assign(session, thing, having.Holder(body.person_id, body.team_id), actor=person(caller))
            results.append(wire.AssignmentResult(id=order_id, ok=True, problem=None))
        except OKTeeError as error:
            problem = wire.BulkProblem(code=error.code, detail=error.detail)
            results.append(wire.AssignmentResult(id=order_id, ok=False, problem=problem))
    return wire.AssignmentResults(results=results)


@router.post("/orders/{order_id}/notes", status_code=201, dependencies=READ, responses={409: {}})
async def add_note(session: Session, caller: CallerIn, order_id: UUID, body: NoteIn) -> Teamwork:
    """Say something about the order. Everybody who sees the order reads it; who is mentioned is told."""
    thing = await _order(session, order_id)
    mentions = [(one.type, one.id) for one in body.mentions]
    await noting.add_note(session, thing, body.body, mentions, actor=person(caller), author_id=caller.user_id)
    return await _show(session, caller, thing)


@router.delete("/orders/{order_id}/notes/{note_id}", dependencies=READ)
async def delete_note(session: Session, caller: CallerIn, order_id: UUID, note_id: UUID) -> Teamwork:
    """Take one's own note away, words and all."""
    thing = await _order(session, order_id)
    await noting.delete_note(session, thing, note_id, actor=person(caller), author_id=caller.user_id)
    return await _show(session, caller, thing)


@router.put("/orders/{order_id}/tags", dependencies=ACT)
async def put_order_tags(session: Session, caller: CallerIn, order_id: UUID, body: TagsIn) -> Teamwork:
    """Mark the order with these tags of the workspace's list."""
    thing = await _order(session, order_id)
    await tagging.set_tags(session, thing, body.tags, actor=person(caller))
    return await _show(session, caller, thing)


@router.post("/orders/{order_id}/attachments", status_code=201, dependencies=ACT, responses={409: {}, 413: {}})
async def add_attachment(
    caller: CallerIn,
    order_id: UUID,
    request: Request,
    file_name: Annotated[str, Query(min_length=1, max_length=160, pattern=r"^[^/\\\x00-\x1f]+$")],
) -> Teamwork:
    """Put a file to the order (the body itself). Its bytes have to be what its name says."""

    async def chunks() -> AsyncIterator[bytes]:
        async for chunk in request.stream():
            if chunk:
                yield chunk

    async with tenant_session(caller.organization_id, caller.scope) as session:
        await _order(session, order_id)
    stored = await files.store(caller.organization_id, file_name, chunks())
    try:
        async with tenant_session(caller.organization_id, caller.scope) as session:
            thing = await _order(session, order_id)
            await files.attach(session, thing, file_name, stored, actor=person(caller), by=caller.user_id)
            return await _show(session, caller, thing)
    except BaseException:
        await objects.delete(stored.key)
        raise


@router.get(
    "/orders/{order_id}/attachments/{file_id}",
    dependencies=READ,
    response_class=StreamingResponse,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The file"}},
)
async def download_attachment(session: Session, order_id: UUID, file_id: UUID) -> StreamingResponse:
    """The file as it was put there."""
    found = await files.get_file(session, await _order(session, order_id), file_id)
    headers = serving_headers(content_type=found.content_type, active=found.active, file_name=found.file_name)
    return StreamingResponse(objects.open_stream(found.object_key), headers=headers)


@router.delete("/orders/{order_id}/attachments/{file_id}", dependencies=ACT)
async def delete_attachment(session: Session, caller: CallerIn, order_id: UUID, file_id: UUID) -> Teamwork:
    """Take a file away."""
    thing = await _order(session, order_id)
    await files.detach(session, thing, file_id, actor=person(caller))
    return await _show(session, caller, thing)


async def _order(session: AsyncSession, order_id: UUID) -> Thing:
    """Raises NotFound, also for an order outside the scope."""
    found = await session.get(PurchaseOrder, order_id)
    if found is None:
        raise NotFound("There is no such order.")
    return thing_of(found)


async def _show(session: AsyncSession, caller: Caller, thing: Thing) -> Teamwork:
    await session.flush()
    matter = await having.find_matter(session, ORDER, thing.object_id)
    kinds = sorted(files.KINDS)
    if matter is None:
        return Teamwork(
            assignee=None, assigned_how=None, assigned_at=None, notes=[], tags=[], files=[],
            largest_file=files.MAX_BYTES, file_kinds=kinds,
        )  # fmt: skip
    roster = await read_roster(session)
    teams = {group.id: group.name for group in roster.teams.values()}
    people = {one.user_id: one.name for one in roster.members.values()}
    tags = await session.scalars(
        select(Tag)
        .join(MatterTag, MatterTag.tag_id == Tag.id)
        .where(MatterTag.matter_id == matter.id)
        .order_by(Tag.name)
    )
    team = teams.get(matter.assigned_team_id) if matter.assigned_team_id else None
    holder = holder_of(matter, team, people)
    return Teamwork.model_validate(
        {
            "assignee": holder, "assigned_how": matter.assigned_how if holder else None,
            "assigned_at": matter.assigned_at if holder else None,
            "notes": [_note(note, caller, people | teams) for note in await noting.list_notes(session, matter.id)],
            "tags": [tag_out(tag) for tag in tags],
            "files": [_file(each) for each in await files.list_files(session, matter.id)],
            "largest_file": files.MAX_BYTES, "file_kinds": kinds,
        }
    )  # fmt: skip


def _note(note: Note, caller: Caller, names: dict[UUID, str]) -> NoteOut:
    mentions = [
        wire.Holder(type=one["type"], id=UUID(one["id"]), name=names[UUID(one["id"])])
        for one in note.mentions
        if UUID(one["id"]) in names
    ]
    return NoteOut(
        id=note.id, author=note.author_name, body=note.body, mentions=mentions, created_at=note.created_at,
        mine=note.author_id == caller.user_id,
    )  # fmt: skip


def _file(found: Attachment) -> FileOut:
    return FileOut(
        id=found.id, file_name=found.file_name, content_type=found.content_type, size=found.size,
        added_by=found.added_by_name, created_at=found.created_at,
    )  # fmt: skip
