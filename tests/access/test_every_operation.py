"""Every operation of the API: who may do it, what another organization's ids give, and that no body takes more than it says.

All of it is made from the API document, so that a new route is in it by itself; matrix.yaml says who is expected to be let in.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import yaml
from access.every_operation import Json, Operation, example, open_objects, operations, places_of_ids, put_at
from conftest import Stack, _empty
from factories import Browser, make_organization, make_person, open_browser, the_app
from modules.supply.world import World, a_world
from oktee.access.keys.words import KeyWords
from oktee.access.roles import ROLES
from oktee.app import public_document

MATRIX: Json = yaml.safe_load((Path(__file__).parent / "matrix.yaml").read_text())
REFUSALS = ("permission_missing", "mfa_required", "fresh_factor_required")
OPEN_ENDED = {"streamEvents", "streamEventsToStaff"}
"""Answers that do not end by themselves."""
SAYS_NOTHING = {"instance", "request_id"}
"""What differs between two answers to the same question."""


@pytest.fixture(scope="module")
def every(stack: Stack) -> list[Operation]:
    return list(operations(the_app().openapi()))


@pytest.fixture(scope="module")
async def world(opened: Stack) -> AsyncIterator[World]:
    """A connected vendor with orders, items, files; beside it another one, who tries the first one's ids."""
    async with a_world(opened.owner_dsn) as made:
        item = await made.item(500)
        order = await made.arrive(item.line(48))
        await made.confirm(order)
        await made.turn()
        answer = await made.owner.post(
            made.owner.at("/administration/api-keys"), json={"name": "ERP", "scopes": ["orders.read"]}
        )
        assert answer.status_code == 201, answer.text
        made.key = answer.json()["key"]  # type: ignore[attr-defined]
        yield made
    await _empty(opened)


@pytest.fixture(scope="module")
async def people(world: World) -> AsyncIterator[dict[str, Browser]]:
    """One person of each role in an organization of their own, and an analyst and an owner who see one brand only."""
    organization = await make_organization()
    async with AsyncExitStack() as stack:
        found: dict[str, Browser] = {}
        for name in (*ROLES, "scoped analyst", "scoped owner"):
            person = await make_person(organization=organization, role=name.removeprefix("scoped "))
            if name.startswith("scoped "):
                await world.db.execute(
                    """update memberships set scope = '{"brands": ["Aurea"]}' where user_id = $1""", person.id
                )
            found[name] = await stack.enter_async_context(open_browser(world.app, person))
        yield found


async def ask(
    client: httpx.AsyncClient, operation: Operation, workspace: str, given: Json | None = None, body: Any = None
) -> tuple[int, str]:
    """Status and code of one call. A stream that opens counts as 200."""
    try:
        async with asyncio.timeout(0.4 if operation.id in OPEN_ENDED else 20.0):
            answer = await client.request(
                operation.method,
                operation.address(workspace, given),
                json={} if operation.body and body is None else body,
            )
    except TimeoutError:
        assert operation.id in OPEN_ENDED, operation.id
        return 200, ""
    kind = answer.headers.get("content-type", "")
    return answer.status_code, str(answer.json().get("code", "")) if "problem+json" in kind else ""


# -- the table itself ----------------------------------------------------------------------------------------------------


def test_every_operation_has_a_row_and_no_row_is_left_over(every: list[Operation]) -> None:
    inside = {operation.id for operation in every if operation.in_workspace}
    outside = {operation.id for operation in every if not operation.in_workspace}
    assert inside == set(MATRIX["workspace"]), "each operation of a workspace needs its row in tests/access/matrix.yaml"
    assert outside == set(MATRIX["outside"]), "each other operation needs its row in tests/access/matrix.yaml"
    known = set(MATRIX["permissions"])
    assert {row[0] for row in MATRIX["workspace"].values()} <= known


def test_the_roles_of_the_table_are_those_of_the_code() -> None:
    held = {role: {name for name, roles in MATRIX["permissions"].items() if role in roles} for role in ROLES}
    assert held == {role: set(permissions) for role, permissions in ROLES.items()}


# -- who is let in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [*ROLES, "scoped analyst", "scoped owner"])
async def test_a_role_is_let_in_where_the_table_says_so_and_nowhere_else(
    every: list[Operation], people: dict[str, Browser], role: str
) -> None:
    browser = people[role]
    plain = role.removeprefix("scoped ")
    wrong = []
    for operation in (one for one in every if one.in_workspace):
        permission = MATRIX["workspace"][operation.id][0]
        held = plain in MATRIX["permissions"][permission]
        if role.startswith("scoped ") and permission in MATRIX["without_scope"]:
            held = False
        status, code = await ask(browser, operation, browser.slug)
        let_in = not (status == 403 and code == "permission_missing")
        if let_in != held or status == 401 or status >= 500 or (held and code in REFUSALS):
            wrong.append((operation.id, permission, status, code))
    assert wrong == []


async def test_a_dangerous_act_asks_for_a_fresh_factor_and_no_other_does(
    every: list[Operation], world: World, people: dict[str, Browser]
) -> None:
    browser = people["owner"]
    await world.db.execute("update sessions set fresh_at = now() - interval '11 minutes'")
    try:
        wrong = []
        for operation in (one for one in every if one.in_workspace):
            fresh = "fresh" in MATRIX["workspace"][operation.id]
            _, code = await ask(browser, operation, browser.slug)
            if (code == "fresh_factor_required") != fresh:
                wrong.append((operation.id, code))
        assert wrong == []
    finally:
        await world.db.execute("update sessions set fresh_at = now()")


async def test_without_a_session_only_what_the_table_opens_to_anyone_answers(
    every: list[Operation], world: World
) -> None:
    key = world.key  # type: ignore[attr-defined]
    async with open_browser(world.app) as nobody, open_browser(world.app) as system:
        system.headers["Authorization"] = f"Bearer {key}"
        for client in (nobody, system):
            wrong = []
            for operation in every:
                status, code = await ask(client, operation, world.owner.slug)
                kind = "person" if operation.in_workspace else MATRIX["outside"][operation.id]
                open_ = kind == "anyone"
                refused = status == 401 and code == "not_signed_in"
                if kind == "staff":  # an installation without the staff role has no console at all
                    refused = status in (401, 404)
                if refused == open_ or status >= 500:
                    wrong.append((operation.id, status, code))
            assert wrong == []


async def test_the_public_api_opens_to_keys_and_to_nothing_else(world: World, people: dict[str, Browser]) -> None:
    import orjson

    document = orjson.loads(public_document())
    key = world.key  # type: ignore[attr-defined]
    transport = httpx.ASGITransport(app=world.app)
    for operation in operations(document):
        path = "/v1" + operation.address("")
        assert (await people["owner"].request(operation.method, path)).status_code == 401
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
            assert (await client.request(operation.method, path)).status_code == 401
            client.headers["Authorization"] = f"Bearer {key}"
            answer = await client.request(operation.method, path)
            assert answer.status_code == (403 if operation.id == "listItems" else answer.status_code) < 500
            assert str(answer.status_code) in operation.statuses | {"404"}
            client.headers["Authorization"] = f"Bearer {KeyWords.make().full()}"
            assert (await client.request(operation.method, path)).status_code == 401


# -- another organization's ids ------------------------------------------------------------------------------------------


async def ids_of(db: asyncpg.Connection, organization: UUID) -> dict[str, str]:
    """One id of each table that the organization has rows in (the newest), whatever its key is called."""
    columns = await db.fetch(
        """select c.table_name as "table", c.column_name as "column", c.data_type as kind from information_schema.columns c
        join information_schema.columns o on o.table_name = c.table_name and o.column_name = 'organization_id'
        join pg_class t on t.relname = c.table_name and not t.relispartition and t.relkind in ('r', 'p')
        where c.table_schema = 'public' and c.column_name in ('id', 'user_id', 'connection_id', 'po_number', 'key')"""
    )
    found = {}
    for row in columns:
        value = await db.fetchval(
            f"select {row['column']}::text from {row['table']} where organization_id = $1 order by 1 desc limit 1",
            organization,
        )
        if value is not None:
            found[f"{row['table']}.{row['column']}"] = value
    return found


def said(answer: httpx.Response) -> Any:
    """What an answer tells, without what differs between any two answers."""
    if "json" not in answer.headers.get("content-type", ""):
        return answer.status_code, answer.text
    body = answer.json()
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in SAYS_NOTHING}
    return answer.status_code, body


def likely(ids: dict[str, str], operation: Operation, place: str) -> dict[str, str]:
    """The ids that this place is about, by its words; of an order and of a connection in any case."""
    words = {word.rstrip("s") for word in re.findall("[a-z]{4,}", f"{operation.path} {place} {operation.id}".lower())}
    always = ("purchase_orders.id", "connections.id")
    return {
        name: value
        for name, value in ids.items()
        if name in always or words & {word.rstrip("s") for word in re.split(r"[._]", name)}
    }


async def test_an_id_of_another_organization_answers_as_one_that_never_was(
    every: list[Operation], world: World
) -> None:
    """In the path, in the query and in the body; the attacker is the owner of the second vendor, with a fresh factor."""
    attacker = world.stranger
    theirs = await ids_of(world.db, world.organization_id)
    assert len(theirs) >= 20, sorted(theirs)
    uuids = {name: value for name, value in theirs.items() if _is_uuid(value)}
    words = {
        name: value
        for name, value in theirs.items()
        if name not in uuids and "/" not in value and name != "work.key"  # a word of ours there names nobody's row
    }
    wrong, asked = [], 0

    async def send(operation: Operation, place: str, at: tuple[str | int, ...], given: str) -> Any:
        base = None if operation.body is None else example(operation, operation.body)
        path = operation.address(attacker.slug, {str(at[0]): given} if place == "path" else None)
        if place == "body":
            base = put_at(operation, operation.body or {}, base, at, given)
        query = {str(at[0]): given} if place == "query" else None
        return said(await attacker.request(operation.method, path, json=base, params=query))

    for operation in (one for one in every if one.in_workspace and one.id not in OPEN_ENDED):
        places: list[tuple[str, tuple[str | int, ...], bool]] = [
            ("path", (one["name"],), one["schema"].get("format") == "uuid")
            for one in operation.parameters("path")
            if one["name"] != "workspace"
        ]
        places += [
            ("query", (one["name"],), True) for one in operation.parameters("query") if "uuid" in str(one["schema"])
        ]
        if operation.body is not None:
            places += [("body", at, True) for at in places_of_ids(operation, operation.body)]
        for place, at, uuid in places:
            never = str(uuid4()) if uuid else "neverwas00"
            missing = await send(operation, place, at, never)
            for name, value in likely(uuids if uuid else words, operation, str(at)).items():
                foreign = await send(operation, place, at, value)
                asked += 1
                if str(foreign).replace(value, "") != str(missing).replace(never, ""):
                    wrong.append((operation.id, place, at, name, foreign, missing))
    assert wrong == []
    assert asked > 100


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


async def test_another_workspace_is_missing_like_one_that_never_was(every: list[Operation], world: World) -> None:
    for operation in (one for one in every if one.in_workspace):
        answers = []
        for slug in (world.owner.slug, "never-was"):
            answer = await world.stranger.request(operation.method, operation.address(slug), json={})
            answers.append(said(answer))
        assert answers[0] == answers[1], operation.id
        assert answers[0][0] == 404, operation.id


# -- mass assignment -----------------------------------------------------------------------------------------------------


async def test_no_body_takes_a_field_it_does_not_name(every: list[Operation], world: World) -> None:
    wide = {
        operation.id: found
        for operation in every
        if operation.body and (found := list(open_objects(operation, operation.body)))
    }
    assert wide == {}
    wrong = []
    for operation in (one for one in every if one.body is not None and one.in_workspace):
        for field, value in (
            ("organization_id", str(world.organization_id)),
            ("role", "owner"),
            ("permissions", ["users.manage"]),
        ):
            if field in (operation.body or {}).get("properties", {}):
                continue
            body = example(operation, operation.body or {}) | {field: value}
            answer = await world.stranger.request(operation.method, operation.address(world.stranger.slug), json=body)
            codes = {error["code"] for error in answer.json().get("errors", ())}
            if answer.status_code != 422 or "extra_forbidden" not in codes:
                wrong.append((operation.id, field, answer.status_code, codes))
    assert wrong == []
