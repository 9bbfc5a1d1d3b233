"""The live stream tells every event of its organization, also of whoever commits late, and nobody else's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from factories import make_organization, make_person
from oktee.access.sessions import start_session
from oktee.kit.database import before_commit, global_session, tenant_session
from oktee.notify.outbox import publish
from oktee.notify.stream import follow

WITHIN = 10.0


@pytest.fixture
async def organization(db: Any) -> UUID:
    return (await make_organization())[0]


async def a_session(organization: UUID) -> str:
    """The token of a member who is signed in: a stream lives no longer than its session and its membership."""
    person = await make_person(organization=(organization, ""), factor=False)
    async with global_session() as session:
        return await start_session(session, person.id, user_agent="test", address="127.0.0.1", second_factor=False)


@asynccontextmanager
async def listening(organization: UUID, last: int | None = None) -> AsyncIterator[AsyncIterator[bytes]]:
    stream = follow(organization, await a_session(organization), last)
    assert b"event: ready" in await anext(stream)
    try:
        yield stream
    finally:
        await stream.aclose()  # type: ignore[attr-defined]


async def heard(stream: AsyncIterator[bytes], word: str) -> list[tuple[int, str]]:
    """What the stream tells, up to the event of this order: ids and data."""
    events: list[tuple[int, str]] = []
    async with asyncio.timeout(WITHIN):
        async for chunk in stream:
            text = chunk.decode()
            if text.startswith("id: "):
                events.append((int(text.split("\n")[0].removeprefix("id: ")), text.split("data: ")[1].strip()))
                if word in text:
                    return events
    raise AssertionError(f"the stream ended without {word}")


async def tell(organization: UUID, word: str) -> None:
    async with tenant_session(organization) as session:
        await publish(session, "order.created", order_id=word)


@asynccontextmanager
async def late(organization: UUID, word: str) -> AsyncIterator[asyncio.Event]:
    """A transaction that has its event's id and waits before its commit, until the event it gives is set."""
    written, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        written.set()
        await go_on.wait()

    async def act() -> None:
        async with tenant_session(organization) as session:
            await publish(session, "order.created", order_id=word)
            before_commit(session, wait)

    task = asyncio.create_task(act())
    await asyncio.wait_for(written.wait(), WITHIN)
    try:
        yield go_on
    finally:
        go_on.set()
        await task


async def others_are_busy(db: Any, events: int = 3000) -> None:
    """Other organizations use up ids of the one counter."""
    connection = await asyncpg.connect(db.owner_dsn)
    try:
        counter = "pg_get_serial_sequence('outbox', 'id')"
        await connection.execute(f"select nextval({counter}) from generate_series(1, {events})")
    finally:
        await connection.close()


async def test_an_event_that_commits_after_thousands_of_later_ones_is_told(db: Any, organization: UUID) -> None:
    async with listening(organization) as stream, late(organization, "slow") as go_on:
        await others_are_busy(db)
        await tell(organization, "quick")
        (quick,) = await heard(stream, "quick")
        go_on.set()
        (slow,) = await heard(stream, "slow")
    assert slow[0] < quick[0] - 2000


async def test_a_resumed_stream_tells_what_committed_late_while_it_was_away(db: Any, organization: UUID) -> None:
    async with late(organization, "slow") as go_on:
        await others_are_busy(db)
        async with listening(organization) as stream:
            await tell(organization, "quick")
            last = (await heard(stream, "quick"))[-1][0]
        go_on.set()
    await tell(organization, "after")
    connection = await asyncpg.connect(db.owner_dsn)
    try:  # and it was away for an hour
        await connection.execute("select set_config('app.organization_id', $1, false)", str(organization))
        await connection.execute("update outbox set created_at = created_at - interval '1 hour'")
    finally:
        await connection.close()
    async with listening(organization, last) as stream:
        words = [data for _, data in await heard(stream, "after")]
    assert any("slow" in word for word in words)


async def test_a_resumed_stream_tells_everything_it_missed_however_much(organization: UUID) -> None:
    async with listening(organization) as stream:
        await tell(organization, "first")
        last = (await heard(stream, "first"))[-1][0]
    async with tenant_session(organization) as session:
        for number in range(1201):
            await publish(session, "order.created", order_id=f"missed-{number:04d}")
    async with listening(organization, last) as stream:
        words = [data for _, data in await heard(stream, "missed-1200")]
    assert len({word for word in words if "missed" in word}) == 1201


async def test_an_event_is_told_once_while_a_stream_lives(organization: UUID) -> None:
    await tell(organization, "before")
    async with listening(organization) as stream:
        words = []
        for number in range(5):
            await tell(organization, f"event-{number}")
            words += await heard(stream, f"event-{number}")
    assert [data for _, data in words] == [f'{{"order_id":"event-{number}"}}' for number in range(5)]


async def test_an_event_of_another_organization_is_never_told(organization: UUID) -> None:
    other, _ = await make_organization()
    async with listening(organization) as stream, listening(other) as theirs:
        await tell(other, "foreign")
        await tell(organization, "own")
        assert len(await heard(stream, "own")) == 1
        last = (await heard(theirs, "foreign"))[-1][0]
    async with listening(organization, last) as resumed:
        await tell(organization, "newest")
        assert all("foreign" not in data for _, data in await heard(resumed, "newest"))


@pytest.mark.parametrize(
    "change",
    [
        "update memberships set state = 'suspended' where organization_id = $1",
        "delete from memberships where organization_id = $1",
        "update organizations set closed_at = now() where id = $1",
    ],
)
async def test_a_stream_ends_with_the_membership_or_the_workspace(db: Any, organization: UUID, change: str) -> None:
    """The session itself goes on: it may be good for other workspaces."""
    async with listening(organization) as stream:
        connection = await asyncpg.connect(db.owner_dsn)
        try:
            await connection.execute(change, organization)
        finally:
            await connection.close()
        async with asyncio.timeout(5.0):
            assert [told async for told in stream if told.startswith(b"id:")] == []
