"""The routes of working together, the same for every kind of thing; each kind says where it is and who may act on it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import CallerIn, Session, needs
from oktee.journal.record import person
from oktee.kit import objects
from oktee.kit.database import tenant_session
from oktee.kit.errors import OKTeeError
from oktee.kit.storage.content import serving_headers
from oktee.modules.supply.hands import check_acts
from oktee.modules.supply.together.shapes import AssigneeIn, AssignmentsIn, NoteIn, TagsIn, Teamwork
from oktee.modules.supply.together.showing import show
from oktee.modules.supply.wire.answers import AssignmentResult, AssignmentResults, BulkProblem
from oktee.notify.matters import files, having, noting, tagging
from oktee.notify.matters.forgetting import forget_matters_later
from oktee.notify.matters.having import Thing


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of thing. `path`: its address; `identify`: its id out of the address; `find` raises NotFound, also for one
    outside the scope. `acts`: the least that somebody needs who gives or is given one. `names`: of the operations, in the
    order of the routes: get, assign, assign several, add and delete a note and give it back, tags, add, get and delete a
    file and give it back."""

    path: str
    several: str
    identify: Callable[..., UUID]
    find: Callable[[AsyncSession, UUID], Awaitable[Thing]]
    acts: str
    names: tuple[str, str, str, str, str, str, str, str, str, str, str]


def routes_of(kind: Kind) -> APIRouter:
    """Reading and noting need `orders.read`: whoever sees the thing may say something about it."""
    router = APIRouter()
    read, act = [needs("orders.read")], [needs(kind.acts)]
    path, find = kind.path, kind.find
    shown, given, given_several, noted, unnoted, renoted, tagged, attached, downloaded, detached, reattached = (
        kind.names
    )
    which = Depends(kind.identify)

    @router.get(f"{path}/teamwork", dependencies=read, name=shown)
    async def get_teamwork(session: Session, caller: CallerIn, object_id: Annotated[UUID, which]) -> Teamwork:
        """Who has it, and what was said and put to it."""
        return await show(session, caller, await find(session, object_id))

    @router.put(f"{path}/assignee", dependencies=act, name=given)
    async def put_assignee(
        session: Session, caller: CallerIn, object_id: Annotated[UUID, which], body: AssigneeIn
    ) -> Teamwork:
        """Give it to a person or a team, or to nobody. They are told."""
        await check_acts(session, body.person_id, kind.acts)
        thing = await find(session, object_id)
        await having.assign(session, thing, having.Holder(body.person_id, body.team_id), actor=person(caller))
        return await show(session, caller, thing)

    @router.post(kind.several, dependencies=act, name=given_several)
    async def assign_several(caller: CallerIn, body: AssignmentsIn) -> AssignmentResults:
        """Give several away: each by itself, so that the fault of one stops no other."""
        async with tenant_session(caller.organization_id, caller.scope) as session:
            await check_acts(session, body.person_id, kind.acts)
        results = []
        for object_id in sorted(set(body.ids)):
            try:
                async with tenant_session(caller.organization_id, caller.scope) as session:
                    thing = await find(session, object_id)
                    holder = having.Holder(body.person_id, body.team_id)
                    await having.assign(session, thing, holder, actor=person(caller))
                results.append(AssignmentResult(id=object_id, ok=True, problem=None))
            except OKTeeError as error:
                problem = BulkProblem(code=error.code, detail=error.detail)
                results.append(AssignmentResult(id=object_id, ok=False, problem=problem))
        return AssignmentResults(results=results)

    @router.post(f"{path}/notes", status_code=201, dependencies=read, responses={409: {}}, name=noted)
    async def add_note(session: Session, caller: CallerIn, object_id: Annotated[UUID, which], body: NoteIn) -> Teamwork:
        """Say something about it. Everybody who sees it reads the note; who is mentioned is told."""
        thing = await find(session, object_id)
        mentions = [(one.type, one.id) for one in body.mentions]
        await noting.add_note(session, thing, body.body, mentions, actor=person(caller), author_id=caller.user_id)
        return await show(session, caller, thing)

    @router.delete(f"{path}/notes/{{note_id}}", dependencies=read, name=unnoted)
    async def delete_note(
        session: Session, caller: CallerIn, object_id: Annotated[UUID, which], note_id: UUID
    ) -> Teamwork:
        """Take one's own note away, words and all; for a minute it can be given back."""
        thing = await find(session, object_id)
        await noting.delete_note(session, thing, note_id, actor=person(caller), author_id=caller.user_id)
        await forget_matters_later(session)
        return await show(session, caller, thing)

    @router.post(f"{path}/notes/{{note_id}}/restoration", dependencies=read, responses={409: {}}, name=renoted)
    async def restore_note(
        session: Session, caller: CallerIn, object_id: Annotated[UUID, which], note_id: UUID
    ) -> Teamwork:
        """Give back one's own note that was taken away less than a minute ago."""
        thing = await find(session, object_id)
        await noting.return_note(session, thing, note_id, actor=person(caller), author_id=caller.user_id)
        return await show(session, caller, thing)

    @router.put(f"{path}/tags", dependencies=act, name=tagged)
    async def put_tags(session: Session, caller: CallerIn, object_id: Annotated[UUID, which], body: TagsIn) -> Teamwork:
        """Mark it with these tags of the workspace's list."""
        thing = await find(session, object_id)
        await tagging.set_tags(session, thing, body.tags, actor=person(caller))
        return await show(session, caller, thing)

    @router.post(f"{path}/attachments", status_code=201, dependencies=act, responses={409: {}, 413: {}}, name=attached)
    async def add_attachment(
        caller: CallerIn,
        object_id: Annotated[UUID, which],
        request: Request,
        file_name: Annotated[str, Query(min_length=1, max_length=160, pattern=r"^[^/\\\x00-\x1f]+$")],
    ) -> Teamwork:
        """Put a file to it (the body itself). Its bytes have to be what its name says."""
        async with tenant_session(caller.organization_id, caller.scope) as session:
            await find(session, object_id)
        stored = await files.store(caller.organization_id, file_name, _chunks(request))
        try:
            async with tenant_session(caller.organization_id, caller.scope) as session:
                thing = await find(session, object_id)
                await files.attach(session, thing, file_name, stored, actor=person(caller), by=caller.user_id)
                return await show(session, caller, thing)
        except BaseException:
            await objects.delete(stored.key)
            raise

    @router.get(
        f"{path}/attachments/{{file_id}}",
        dependencies=read,
        response_class=StreamingResponse,
        responses={200: {"content": {"application/octet-stream": {}}, "description": "The file"}},
        name=downloaded,
    )
    async def download_attachment(
        session: Session, object_id: Annotated[UUID, which], file_id: UUID
    ) -> StreamingResponse:
        """The file as it was put there."""
        found = await files.get_file(session, await find(session, object_id), file_id)
        headers = serving_headers(content_type=found.content_type, active=found.active, file_name=found.file_name)
        return StreamingResponse(objects.open_stream(found.object_key), headers=headers)

    @router.delete(f"{path}/attachments/{{file_id}}", dependencies=act, name=detached)
    async def delete_attachment(
        session: Session, caller: CallerIn, object_id: Annotated[UUID, which], file_id: UUID
    ) -> Teamwork:
        """Take a file away; for a minute it can be given back."""
        thing = await find(session, object_id)
        await files.detach(session, thing, file_id, actor=person(caller))
        await forget_matters_later(session)
        return await show(session, caller, thing)

    @router.post(f"{path}/attachments/{{file_id}}/restoration", dependencies=act, responses={409: {}}, name=reattached)
    async def restore_attachment(
        session: Session, caller: CallerIn, object_id: Annotated[UUID, which], file_id: UUID
    ) -> Teamwork:
        """Give back a file that was taken away less than a minute ago."""
        thing = await find(session, object_id)
        await files.give_back(session, thing, file_id, actor=person(caller))
        return await show(session, caller, thing)

    return router


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    async for chunk in request.stream():
        if chunk:
            yield chunk
