"""The same Idempotency-Key takes effect once, also while the first request is still under way or after it died."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from factories import make_organization
from fastapi import Request, Response
from oktee.access.idempotency import KeyReused, RequestInFlight, identified, replayed, replayed_apart
from oktee.kit.database import tenant_session
from pydantic import BaseModel
from sqlalchemy import text


class Answer(BaseModel):
    number: int


async def test_a_request_that_is_still_under_way_is_told_so_and_not_as_a_fault(db: Any) -> None:
    organization, _ = await make_organization()
    async with tenant_session(organization) as first, replayed(first, "key", b"x", Response(), Answer) as replay:
        replay.answer = Answer(number=1)
        with pytest.raises(RequestInFlight):
            async with tenant_session(organization) as second, replayed(second, "key", b"x", Response(), Answer):
                pytest.fail("the work is done twice")
    response = Response()
    async with tenant_session(organization) as third, replayed(third, "key", b"x", response, Answer) as kept:
        assert kept.answer == Answer(number=1)
    assert response.headers["idempotent-replayed"] == "true"


async def test_the_wait_for_the_key_binds_nothing_else_of_the_transaction(db: Any) -> None:
    organization, _ = await make_organization()
    async with tenant_session(organization) as session:
        before = await session.scalar(text("show lock_timeout"))
        async with replayed(session, "key", b"x", Response(), Answer):
            assert await session.scalar(text("show lock_timeout")) == before


async def test_a_key_is_forgotten_after_a_day_and_no_other_with_it(db: Any) -> None:
    organization, _ = await make_organization()
    for number, key in enumerate(("one", "two")):
        async with tenant_session(organization) as session, replayed(session, key, b"x", Response(), Answer) as replay:
            replay.answer = Answer(number=number)
    await owner(
        db, organization, "update idempotency_keys set created_at = now() - interval '25 hours' where key = 'one'"
    )
    async with tenant_session(organization) as session:
        async with replayed(session, "one", b"other", Response(), Answer) as again:
            assert again.answer is None
        async with replayed(session, "two", b"x", Response(), Answer) as kept:
            assert kept.answer == Answer(number=1)


async def test_long_work_holds_no_transaction_and_its_answer_is_kept(db: Any) -> None:
    organization, _ = await make_organization()
    async with replayed_apart(organization, "key", b"x", Response(), Answer) as replay:
        open_ones = await owner(
            db, organization, "select count(*) from pg_stat_activity where state = 'idle in transaction'"
        )
        assert open_ones == 0
        for body, refusal in ((b"x", RequestInFlight), (b"other", KeyReused)):
            with pytest.raises(refusal):
                async with replayed_apart(organization, "key", body, Response(), Answer):
                    pytest.fail("the work is done twice")
        replay.answer = Answer(number=7)
    async with replayed_apart(organization, "key", b"x", Response(), Answer) as kept:
        assert kept.answer == Answer(number=7)


async def test_work_that_failed_may_be_done_again_at_once(db: Any) -> None:
    organization, _ = await make_organization()
    with pytest.raises(ZeroDivisionError):
        async with replayed_apart(organization, "key", b"x", Response(), Answer):
            raise ZeroDivisionError
    async with replayed_apart(organization, "key", b"x", Response(), Answer) as again:
        assert again.answer is None


async def test_work_whose_process_died_may_be_done_again_after_ten_minutes(db: Any) -> None:
    organization, _ = await make_organization()
    task = asyncio.create_task(_never(organization))
    while not await owner(db, organization, "select count(*) from idempotency_keys"):
        await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    for minutes, refusal in ((9, RequestInFlight), (11, None)):
        await owner(db, organization, f"update idempotency_keys set created_at = now() - interval '{minutes} minutes'")
        attempt = replayed_apart(organization, "key", b"x", Response(), Answer)
        if refusal is not None:
            with pytest.raises(refusal):
                await attempt.__aenter__()
            continue
        async with attempt as taken_over:
            assert taken_over.answer is None
            with pytest.raises(RequestInFlight):  # one takes it over, not everybody
                await replayed_apart(organization, "key", b"x", Response(), Answer).__aenter__()


async def _never(organization: UUID) -> None:
    async with replayed_apart(organization, "key", b"x", Response(), Answer):
        await asyncio.Event().wait()


async def owner(db: Any, organization: UUID, sql: str) -> Any:
    connection = await asyncpg.connect(db.owner_dsn)
    try:
        await connection.execute("select set_config('app.organization_id', $1, false)", str(organization))
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def a_request(path: str, body: bytes, *, query: bytes = b"") -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http", "method": "POST", "path": path, "query_string": query, "headers": [],
        "scheme": "http", "server": ("localhost", 8000),
    }  # fmt: skip
    return Request(scope, receive)


async def test_a_kept_answer_is_for_the_same_person_and_address_only(db: Any) -> None:
    organization, _ = await make_organization()
    lea, noah = uuid4(), uuid4()
    asked = await identified(a_request("/orders/1/confirmation", b"x"), lea)
    async with tenant_session(organization) as session, replayed(session, "key", asked, Response(), Answer) as replay:
        replay.answer = Answer(number=1)
    for who, path, query in (
        (noah, "/orders/1/confirmation", b""),
        (lea, "/orders/2/confirmation", b""),
        (lea, "/orders/1/confirmation", b"all=1"),
    ):
        other = await identified(a_request(path, b"x", query=query), who)
        with pytest.raises(KeyReused):
            async with tenant_session(organization) as session, replayed(session, "key", other, Response(), Answer):
                pytest.fail("another's answer was given")
    again = await identified(a_request("/orders/1/confirmation", b"x"), lea)
    async with tenant_session(organization) as session, replayed(session, "key", again, Response(), Answer) as kept:
        assert kept.answer == Answer(number=1)
