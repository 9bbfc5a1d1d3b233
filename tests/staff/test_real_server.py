"""A stream of a staff person over a real socket: cut within five seconds when its grant ends or runs out."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from chaos.procs import Processes, free_port, soon
from conftest import Stack
from factories import ORIGIN, make_organization
from oktee.access.support.people import create_staff
from oktee.kit.database import tenant_session
from oktee.notify.outbox import publish
from sqlalchemy import text
from staff.consoles import Console, StaffMember, set_up
from staff.test_row_security import make_grant

CUT_WITHIN = 5.0


@pytest.fixture
async def console(console: Stack, staff_opened: str, tmp_path: Path) -> AsyncIterator[tuple[Console, UUID]]:
    """A signed-in staff person on an API process of its own."""
    processes = Processes(tmp_path, console.environment | {"STAFF_DATABASE_URL": staff_opened})
    port = free_port()
    try:
        api = processes.api("api", port)
        async with Console(base_url=f"http://127.0.0.1:{port}", headers={"Origin": ORIGIN}) as client:

            async def up() -> bool:
                assert api.popen.poll() is None, api.text()[-2000:]
                try:
                    return (await client.get("/healthz")).status_code == 200
                except httpx.HTTPError:
                    return False

            await soon(up, what="the API")
            email = f"anna-{secrets.token_hex(4)}@oktee.example"
            staff_id, token = await create_staff(email, "Anna Berg")
            member = StaffMember(staff_id, "Anna Berg", email, await set_up(client, token))
            answer = await client.sign_in(member)
            assert answer.status_code == 200, answer.text
            yield client, staff_id
    finally:
        processes.end()


@asynccontextmanager
async def streaming(client: Console, slug: str) -> AsyncIterator[AsyncIterator[str]]:
    address = f"/staff/api/v1/organizations/{slug}/stream"
    async with client.stream("GET", address, headers={"Accept": "text/event-stream"}, timeout=30) as answer:
        assert answer.status_code == 200
        yield answer.aiter_lines()


async def heard(lines: AsyncIterator[str], word: str) -> None:
    async with asyncio.timeout(15):
        async for line in lines:
            if word in line:
                return
    raise AssertionError(f"the stream ended without {word}")


async def seconds_until_cut(lines: AsyncIterator[str]) -> float:
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.timeout(CUT_WITHIN * 3):
        async for _ in lines:
            pass
    return loop.time() - began


@pytest.mark.timeout(180)
async def test_a_stream_is_cut_when_its_grant_ends_and_when_it_runs_out(console: tuple[Console, UUID]) -> None:
    client, staff_id = console
    organization, slug = await make_organization()
    grant = await make_grant(organization, staff_id, scope=("orders",))
    async with streaming(client, slug) as lines:
        await heard(lines, "event: ready")
        async with tenant_session(organization) as session:
            await publish(session, "order.changed", order_id=str(uuid4()), po_number="4K8QX2PD")
            await publish(session, "sync.changed", connection_id="01a3", stream="purchase_orders")
        await heard(lines, "4K8QX2PD")
        async with tenant_session(organization) as session:
            await session.execute(
                text("update support_grants set state = 'ended', ended_at = now() where id = :id"), {"id": grant}
            )
        assert await seconds_until_cut(lines) <= CUT_WITHIN
    refused = await client.get(f"/staff/api/v1/organizations/{slug}/stream", headers={"Accept": "text/event-stream"})
    assert refused.status_code == 404
    await make_grant(organization, staff_id, scope=("orders",), expires="4 seconds")
    async with streaming(client, slug) as lines:
        await heard(lines, "event: ready")
        async with tenant_session(organization) as session:
            left = await session.scalar(
                text("select extract(epoch from max(expires_at) - now()) from support_grants where state = 'granted'")
            )
        assert await seconds_until_cut(lines) <= float(left) + CUT_WITHIN
