"""Errors as a client sees them: RFC 9457, one shape, a reference, no secrets."""

import json
from typing import Any

import asyncpg
import pytest
from factories import Browser, make_person, open_browser
from fastapi import APIRouter
from oktee.app import check_declared, create_app
from oktee.kit.database import global_session
from sqlalchemy import text


async def test_every_kind_of_error_has_the_same_shape(browser: Browser) -> None:
    person = await make_person()
    await browser.sign_in(person)
    answers = {
        404: await browser.get("/api/v1/nothing-here"),
        405: await browser.put("/api/v1/me", json={}),
        422: await browser.patch("/api/v1/me", json={"locale": "xx", "extra": 1}),
        413: await browser.post("/api/v1/session", content=b"x" * 1_100_000),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert body["status"] == status
        assert body["request_id"] == answer.headers["x-request-id"]
        assert set(body) >= {"type", "title", "detail", "instance", "code", "errors"}
    fields = {error["pointer"] for error in answers[422].json()["errors"]}
    assert fields == {"/locale", "/extra"}


@pytest.mark.parametrize(
    ("content", "code"), [(b'{"locale": ', "json_invalid"), (b"[]", "model_attributes_type"), (b"", "missing")]
)
async def test_what_is_wrong_as_a_whole_names_no_field(browser: Browser, content: bytes, code: str) -> None:
    await browser.sign_in(await make_person())
    headers = {"Content-Type": "application/json"}
    answer = await browser.request("PATCH", "/api/v1/me", content=content, headers=headers)
    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [("", code)]


@pytest.mark.parametrize(
    ("ask", "path", "body", "pointers"),
    [
        ("get", "/supply/orders?q=4K%00&brand=x", None, {"/q"}),
        ("get", "/supply/events?kind=%00", None, {"/kind"}),
        ("get", "/administration/audit?q=%00&actor_id=%00", None, {"/q", "/actor_id"}),
        ("get", "/administration/catalog/items?brand=%00", None, {"/brand"}),
        ("post", "/administration/tags", {"name": "a\x00", "color": "green"}, {"/name"}),
        ("post", "/views", {"name": "a", "query": {"a/b": ["x", "\x00"]}}, {"/query/a~1b/1"}),
    ],
)
async def test_a_zero_character_is_told_by_its_field(
    browser: Browser, ask: str, path: str, body: Any, pointers: set[str]
) -> None:
    await browser.sign_in(await make_person())
    send = {"json": body} if body else {}
    answer = await getattr(browser, ask)(browser.at(path), **send)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    told = {error["pointer"]: error["code"] for error in answer.json()["errors"]}
    assert told == dict.fromkeys(pointers, "zero_character")
    if body:  # JSON may come in UTF-16 too
        wide = {"content": json.dumps(body).encode("utf-16"), "headers": {"Content-Type": "application/json"}}
        answer = await getattr(browser, ask)(browser.at(path), **wide)
        assert [error["code"] for error in answer.json()["errors"]] == ["zero_character"] * len(pointers)


async def test_every_answer_carries_the_security_headers(browser: Browser) -> None:
    answer = await browser.get("/healthz")
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    api = await browser.get("/api/v1/me")
    assert api.headers["cache-control"] == "no-store"


def test_a_route_without_a_declared_permission_does_not_start() -> None:
    broken = APIRouter()

    @broken.get("/open")
    async def open_route() -> None:
        """Declares nothing."""

    with pytest.raises(RuntimeError, match="declares no permission"):
        check_declared(broken)


@pytest.fixture(scope="module")
def faulty(opened: Any) -> Any:
    """The whole API with an address whose statement fails in the database, as told."""

    async def fault(code: str) -> None:
        async with global_session() as session:
            await session.execute(text(f"do $$ begin raise exception 'made' using errcode = '{code}'; end $$"))

    async def bare(code: str) -> None:
        raise asyncpg.PostgresError.new({"C": code, "M": "made", "S": "ERROR"})

    app = create_app()
    app.router.add_api_route("/fault/{code}", fault)
    app.router.add_api_route("/bare/{code}", bare)
    return app


@pytest.mark.parametrize(
    ("code", "status"),
    [("40P01", 503), ("40001", 503), ("55P03", 503), ("57P01", 503), ("57P03", 503), ("22012", 500)],
)
async def test_a_fault_of_the_database_that_passes_asks_to_come_back(
    db: Any, faulty: Any, code: str, status: int
) -> None:
    async with open_browser(faulty) as browser:
        answer = await browser.get(f"/fault/{code}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers.get("retry-after") == ("2" if status == 503 else None)


@pytest.mark.parametrize(("code", "status"), [("53300", 503), ("57P01", 503), ("57014", 503), ("22012", 500)])
async def test_a_fault_of_a_single_statement_is_told_alike(db: Any, faulty: Any, code: str, status: int) -> None:
    async with open_browser(faulty) as browser:
        answer = await browser.get(f"/bare/{code}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_statement_that_takes_too_long_is_stopped_and_answers_as_a_known_problem(db: Any, faulty: Any) -> None:
    async def slow() -> None:
        async with global_session() as session:
            await session.execute(text("set local statement_timeout = 20"))
            await session.execute(text("select pg_sleep(2)"))

    faulty.router.add_api_route("/slow", slow)
    async with open_browser(faulty) as browser:
        answer = await browser.get("/slow")
    assert (answer.status_code, answer.json()["code"]) == (503, "took_too_long")
    assert answer.headers["retry-after"] == "5"
