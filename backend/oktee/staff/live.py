"""The live stream of an organization for a staff person: cut within seconds when the grant or the session ends."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import select, text

from oktee.access.caller import address_of
from oktee.access.support.people import COOKIE, StaffPerson, find_staff_session
from oktee.access.support.tables import SupportRead
from oktee.kit.clock import now
from oktee.kit.database import staff_session, tenant_session
from oktee.notify.tables import OutboxEvent
from oktee.staff.visiting import Slug, Staff, live_grant, organization_of

LOOK: Final = 2.0
"""Seconds between two looks: each asks for the grant anew, in the statement's own transaction."""
HEARTBEAT: Final = 15.0
PAGE: Final = 200
router = APIRouter(prefix="/organizations/{slug}", responses={404: {}})


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Server-sent events"}},
)
async def stream_events_to_staff(request: Request, staff: Staff, slug: Slug) -> StreamingResponse:
    """What happens there, of the areas that live grants open. It ends with the last of them."""
    organization_id = await organization_of(staff, slug)
    async with staff_session(organization_id, staff.id) as session:
        grant = await live_grant(session, staff, None, writing=False)
        position = await session.scalar(select(OutboxEvent.id).order_by(OutboxEvent.id.desc()).limit(1)) or 0
    async with tenant_session(organization_id) as own:
        own.add(
            SupportRead(
                grant_id=grant.id, at=now(), area=",".join(grant.scope), operation="stream_events_to_staff", query="",
                address=address_of(request),
            )
        )  # fmt: skip
    events = follow_as_staff(organization_id, staff, request.cookies[COOKIE], position)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def follow_as_staff(organization_id: UUID, staff: StaffPerson, token: str, position: int) -> AsyncIterator[bytes]:
    """The bytes of the stream. Topics a grant does not open are not there (row policies of `outbox`)."""
    loop = asyncio.get_running_loop()
    beat = loop.time()
    yield b"event: ready\ndata: {}\n\n"
    while True:
        rows = await _look(organization_id, staff, position)
        if rows is None or await find_staff_session(token, touch=False) is None:
            yield b"event: ended\ndata: {}\n\n"
            return
        for number, topic, payload in rows:
            position = max(position, number)
            yield f"id: {number}\nevent: {topic}\ndata: {orjson.dumps(payload).decode()}\n\n".encode()
        if rows:
            beat = loop.time()
        elif loop.time() - beat >= HEARTBEAT:
            beat = loop.time()
            yield b": beat\n\n"
        await asyncio.sleep(LOOK)


async def _look(
    organization_id: UUID, staff: StaffPerson, position: int
) -> list[tuple[int, str, dict[str, Any]]] | None:
    """The next events, or None when no grant is live any more."""
    wanted = select(OutboxEvent.id, OutboxEvent.topic, OutboxEvent.payload).where(OutboxEvent.id > position)
    async with staff_session(organization_id, staff.id) as session:
        if not await session.scalar(text("select staff_may(null, false)")):
            return None
        found = await session.execute(wanted.order_by(OutboxEvent.id).limit(PAGE))
        return [(row.id, row.topic, row.payload) for row in found]
