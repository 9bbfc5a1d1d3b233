"""Who may do what: each button's twin on the route, and nobody else's ids anywhere."""

import csv
import io
import json
from typing import Any
from uuid import uuid4

import pytest
from factories import open_browser
from modules.supply.world import Json, World
from oktee.kit import objects
from oktee.kit.database import tenant_session
from oktee.modules.administration.privacy import bundle

CONFIRMATION = {"revision": 1, "decision_id": str(uuid4())}
DRAFT = CONFIRMATION | {"lines": [{"sequence": "1", "taken": 12}]}
ON_AN_ORDER: list[tuple[str, str, Any]] = [
    ("PUT", "/supply/orders/{order}/draft", DRAFT),
    ("POST", "/supply/orders/{order}/confirmation", CONFIRMATION),
    ("POST", "/supply/orders/{order}/hold", {"reason": "wait"}),
    ("DELETE", "/supply/orders/{order}/hold", None),
    ("POST", "/supply/orders/{order}/decision", None),
    ("DELETE", "/supply/orders/{order}/scheduled", None),
]
ELSEWHERE: list[tuple[str, str, Any]] = [
    ("PUT", "/supply/automation", {"mode": "at_once", "delay_minutes": 5}),
    ("POST", "/supply/automation/waiting", {"orders": [CONFIRMATION | {"id": str(uuid4())}]}),
    ("DELETE", "/supply/automation/pauses/{connection}/LUMD1", None),
    ("POST", "/administration/sync/{connection}/purchase_orders/runs", None),
    ("POST", "/administration/connections/{connection}/verification", None),
    ("DELETE", "/administration/connections/{connection}", None),
    ("POST", "/administration/catalog/imports?kind=items&file_name=items.csv", None),
    ("DELETE", "/operations/{operation}", None),
]
BULK = ("POST", "/supply/confirmations", {"orders": [CONFIRMATION | {"id": str(uuid4())}]})
READ: list[str] = [
    "/supply/orders/{order}",
    "/administration/catalog/imports/{import}",
    "/administration/catalog/imports/{import}/errors",
    "/administration/catalog/imports/{import}/errors.csv",
    "/operations/{operation}",
]


@pytest.fixture(scope="module")
async def ids(shared: World) -> dict[str, str]:
    """What the first vendor has: an order that waits, a connection, an import and its operation."""
    item = await shared.item(500)
    order = await shared.arrive(item.line(48))
    made = (await shared.get("/administration/catalog/imports"))["rows"][0]
    return {
        "order": order["id"],
        "connection": str(shared.connection_id),
        "import": made["id"],
        "operation": made["operation_id"],
    }


async def call(browser: Any, method: str, path: str, body: Any, ids: dict[str, str]) -> Any:
    return await browser.request(method, browser.at(path.format(**ids)), json=body)


@pytest.mark.parametrize(("method", "path", "body"), [*ON_AN_ORDER, *ELSEWHERE, BULK])
async def test_an_analyst_may_change_nothing(
    world: World, ids: dict[str, str], method: str, path: str, body: Any
) -> None:
    refused = await call(world.analyst, method, path, body, ids)
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")


@pytest.mark.parametrize(
    "path", [*READ, "/supply/orders", "/supply/automation", "/supply/events", "/supply/command-center"]
)
async def test_an_analyst_reads_everything(world: World, ids: dict[str, str], path: str) -> None:
    assert (await call(world.analyst, "GET", path, None, ids)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        *ON_AN_ORDER,
        *((method, path, body) for method, path, body in ELSEWHERE if "{" in path),
        *(("GET", path, None) for path in READ),
    ],
)
async def test_somebody_elses_id_is_not_there(
    world: World, ids: dict[str, str], method: str, path: str, body: Any
) -> None:
    foreign = await call(world.stranger, method, path, body, ids)
    nothing = await call(world.stranger, method, path, body, dict.fromkeys(ids, str(uuid4())))
    assert (foreign.status_code, nothing.status_code) == (404, 404)
    same = {"detail", "code", "title", "status"}
    assert {key: foreign.json()[key] for key in same} == {key: nothing.json()[key] for key in same}


async def test_somebody_elses_order_on_a_review_sheet_is_not_there(world: World, ids: dict[str, str]) -> None:
    order: Json = await world.get(f"/supply/orders/{ids['order']}")
    sheet = [{"id": order["id"], "revision": order["revision"], "decision_id": order["decision"]["id"]}]
    answer = await world.stranger.post(world.stranger.at("/supply/confirmations"), json={"orders": sheet})
    assert answer.json()["results"][0]["problem"]["code"] == "not_found"
    assert await world.answers(order["po_number"]) == []


async def test_somebody_elses_workspace_is_not_there(world: World, ids: dict[str, str]) -> None:
    path = f"/api/v1/{world.owner.slug}/supply/orders/{ids['order']}"
    assert (await world.stranger.get(path)).status_code == 404
    assert (await world.stranger.post(path + "/hold", json={"reason": "x"})).status_code == 404


async def test_an_export_tells_the_reasons_of_a_decision_as_the_screen_does(world: World, ids: dict[str, str]) -> None:
    order = await world.get(f"/supply/orders/{ids['order']}")
    async with tenant_session(world.organization_id) as session:
        [source] = [one for one in await bundle.sources(session) if one.table == "decision_lines"]
    ndjson, as_csv = await bundle.write_parts(world.organization_id, source)
    async with objects.reading(ndjson.object_key) as body:
        rows = [json.loads(line) for line in body.read().splitlines()]
    told = [row["trace"] for row in rows if row["decision_id"] == order["decision_id"]]
    assert told == [line["trace"] for line in order["lines"]] != [[]]
    async with objects.reading(as_csv.object_key) as body:
        sheet = csv.DictReader(io.StringIO(body.read().decode()))
        assert [json.loads(row["trace"]) for row in sheet] == [row["trace"] for row in rows]


async def test_lists_and_sums_hold_only_the_own(world: World, ids: dict[str, str]) -> None:
    assert (await world.get("/supply/orders", world.stranger))["count"] == 0
    assert (await world.get("/supply/orders/summary", world.stranger))["views"]["all"] == 0
    centre = await world.get("/supply/command-center", world.stranger)
    assert (centre["orders_total"], centre["needs_person"]) == (0, [])
    items = await world.get("/administration/catalog/items", world.stranger)
    assert items["rows"] == []
    assert (await world.get("/administration/catalog/imports", world.stranger))["rows"] == []
    streams = (await world.get("/administration/sync", world.stranger))["streams"]
    assert {stream["connection_id"] for stream in streams} == {str(world.strangers_connection)}


async def test_without_a_session_nothing_is_told(world: World, ids: dict[str, str]) -> None:
    async with open_browser(world.app) as nobody:
        nobody.slug = world.owner.slug
        for path in (*READ, "/supply/orders", "/supply/events", "/supply/command-center"):
            assert (await call(nobody, "GET", path, None, ids)).status_code == 401
        refused = await call(nobody, "POST", "/supply/orders/{order}/confirmation", CONFIRMATION, ids)
        assert refused.status_code == 401


async def test_an_unsafe_request_needs_the_sessions_token(world: World, ids: dict[str, str]) -> None:
    path = world.owner.at(f"/supply/orders/{ids['order']}/hold")
    forged = await world.owner.post(path, json={"reason": "x"}, headers={"X-CSRF-Token": "guess"})
    assert (forged.status_code, forged.json()["code"]) == (403, "cross_site_request")
    abroad = await world.owner.post(path, json={"reason": "x"}, headers={"Origin": "https://example.com"})
    assert abroad.status_code == 403
    assert (await world.get(f"/supply/orders/{ids['order']}"))["status"] == "to_confirm"


async def test_a_supply_manager_answers_orders_and_may_not_end_a_connection(world: World) -> None:
    item = await world.item(500)
    order = await world.arrive(item.line(24))
    assert (await world.confirm(order, browser=world.manager)).status_code == 201
    path = f"/administration/connections/{world.connection_id}"
    assert (await world.manager.delete(world.manager.at(path))).status_code == 403
    await world.turn()
