"""Who sees only some brands, marketplaces or vendor codes: nothing else in any list, sum, detail, event or stream."""

import asyncio
import itertools
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID, uuid4

import pytest
from factories import Browser, Person, make_person, open_browser
from modules.supply.world import Item, Json, World
from oktee.access.scope import WHOLE, Scope, checked, within
from oktee.amazon.connection.marketplaces import find_by_country
from oktee.kit.database import tenant_session
from oktee.kit.errors import Invalid
from oktee.notify.stream import follow
from sqlalchemy import text

SECRET_UNITS, SECRET_COST = 7919, "13.37"
"""Of the hidden brand: numbers that occur nowhere else, so that a sum which holds them shows."""


async def set_scope(world: World, person: Person, scope: Scope | None) -> None:
    stored = json.dumps(scope.store()) if scope else None
    await world.db.execute(
        "update memberships set scope = $1::jsonb where organization_id = $2 and user_id = $3",
        stored, person.organization_id, person.id,
    )  # fmt: skip


@asynccontextmanager
async def reader(world: World, scope: Scope, role: str = "supply_manager") -> AsyncIterator[Browser]:
    """A person of the vendor with that scope, signed in."""
    owner = world.people["owner"]
    person = await make_person(organization=(owner.organization_id, owner.slug), role=role)
    await set_scope(world, person, scope)
    async with open_browser(world.app, person) as browser:
        yield browser


@pytest.fixture(scope="module")
async def goods(shared: World) -> dict[str, Item]:
    return {
        "mine": await shared.item(5000, brand="Aurea"),
        "theirs": await shared.item(50_000, brand="Borealis", cost_price=SECRET_COST, title="Borealis night cream"),
    }


@pytest.fixture(scope="module")
async def orders(shared: World, goods: dict[str, Item]) -> dict[str, Json]:
    """An order of both brands, one of mine alone, one of theirs alone; and one from France."""
    mine, theirs = goods["mine"], goods["theirs"]
    french = await shared.item(500, brand="Aurea", code="LUMF1")
    return {
        "both": await shared.arrive(mine.line(48), theirs.line(SECRET_UNITS)),
        "mine": await shared.arrive(mine.line(96)),
        "theirs": await shared.arrive(theirs.line(24)),
        "french": await shared.arrive(french.line(36), code="LUMF1"),
    }


@pytest.fixture(scope="module")
async def aurea(shared: World, orders: dict[str, Json]) -> AsyncIterator[Browser]:
    async with reader(shared, Scope(brands=("Aurea",))) as browser:
        yield browser


def secrets_of(goods: dict[str, Item], orders: dict[str, Json]) -> list[str]:
    """Whatever of the hidden brand could show in an answer."""
    theirs = goods["theirs"]
    return [
        theirs.sku, theirs.asin, "Borealis", str(SECRET_UNITS), str(SECRET_UNITS + 48), SECRET_COST,
        orders["theirs"]["id"], orders["theirs"]["po_number"],
    ]  # fmt: skip


async def test_a_list_holds_the_orders_with_a_line_of_theirs_and_sums_their_lines(
    world: World, aurea: Browser, orders: dict[str, Json], goods: dict[str, Item]
) -> None:
    found = await world.get("/supply/orders", aurea, limit=200)
    rows = {row["po_number"]: row for row in found["rows"]}
    assert set(rows) == {orders[name]["po_number"] for name in ("both", "mine", "french")}
    both = rows[orders["both"]["po_number"]]
    assert (both["asked"], both["line_count"], both["hidden_lines"]) == (48, 1, 1)
    assert both["value"] == "297.60"
    assert both["taken"] == 48
    assert found["scope"] == {"limited": True, "hidden_lines": 1}
    assert found["count"] == 3
    assert found["sums"]["asked"] == 48 + 96 + 36
    whole = await world.get("/supply/orders")
    assert whole["scope"] == {"limited": False, "hidden_lines": 0}
    assert whole["sums"]["asked"] == 48 + SECRET_UNITS + 96 + 24 + 36


async def test_the_detail_shows_their_lines_and_says_how_many_are_hidden(
    world: World, aurea: Browser, orders: dict[str, Json], goods: dict[str, Item]
) -> None:
    found = await world.get(f"/supply/orders/{orders['both']['id']}", aurea)
    assert [line["sku"] for line in found["lines"]] == [goods["mine"].sku]
    assert found["scope"] == {"limited": True, "hidden_lines": 1}
    assert (found["totals"]["asked"], found["totals"]["asked_value"]) == (48, "297.60")
    assert found["revisions"] == []
    whole = await world.get(f"/supply/orders/{orders['both']['id']}")
    assert len(whole["lines"]) == 2
    assert whole["hidden_lines"] == 0


@pytest.mark.parametrize(
    "path",
    [
        "/supply/orders?limit=200", "/supply/orders?limit=1&sort=-value", "/supply/orders/summary", "/supply/command-center",
        "/supply/orders/{both}", "/supply/orders/{mine}", "/supply/events?limit=200", "/supply/automation",
        "/supply/events?q=Borealis", "/supply/events?q={theirs_number}", "/supply/orders?q={theirs_number}",
        "/supply/orders?brand=Borealis", "/administration/catalog/items?limit=200", "/administration/catalog/items?q=Borealis",
        "/administration/catalog/items?brand=Borealis", "/administration/catalog/imports?limit=200",
        "/administration/setup", "/administration/sync",
    ],
)  # fmt: skip
async def test_no_page_tells_anything_of_the_hidden_brand(
    world: World, aurea: Browser, orders: dict[str, Json], goods: dict[str, Item], path: str
) -> None:
    names = {name: order["id"] for name, order in orders.items()} | {"theirs_number": orders["theirs"]["po_number"]}
    answer = await aurea.get(aurea.at(path.format(**names)))
    assert answer.status_code == 200, answer.text
    for secret in secrets_of(goods, orders):
        # Four digits in a row are in many an id, and an amount may look like the end of a moment.
        word = rf"(?<![\w-]){secret}(?![\w-])" if secret.isdigit() else rf"(?<![\w:]){re.escape(secret)}"
        assert not re.search(word, answer.text), (secret, path)


async def test_a_hidden_order_is_missing_as_one_that_never_was(
    world: World, aurea: Browser, orders: dict[str, Json]
) -> None:
    body = {"revision": 1, "decision_id": str(uuid4())}
    for method, path, content in (
        ("GET", "/supply/orders/{}", None), ("POST", "/supply/orders/{}/confirmation", body),
        ("PUT", "/supply/orders/{}/draft", body | {"lines": [{"sequence": "1", "taken": 1}]}),
        ("POST", "/supply/orders/{}/hold", {"reason": "x"}), ("DELETE", "/supply/orders/{}/hold", None),
        ("POST", "/supply/orders/{}/decision", None), ("DELETE", "/supply/orders/{}/scheduled", None),
    ):  # fmt: skip
        answers = []
        for order_id in (orders["theirs"]["id"], str(uuid4())):
            answer = await aurea.request(method, aurea.at(path.format(order_id)), json=content)
            said = answer.json()
            answers.append((answer.status_code, said["code"], said["detail"]))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404, (method, path, answers)


async def test_an_import_is_of_the_whole_catalogue_and_hidden(world: World, aurea: Browser) -> None:
    made = (await world.get("/administration/catalog/imports"))["rows"][0]
    assert (await world.get("/administration/catalog/imports", aurea))["rows"] == []
    for path in (f"/administration/catalog/imports/{made['id']}", f"/operations/{made['operation_id']}"):
        assert (await aurea.get(aurea.at(path))).status_code == 404


async def test_who_sees_a_part_decides_their_lines_and_somebody_who_sees_all_sends(
    world: World, aurea: Browser, goods: dict[str, Item]
) -> None:
    mine, theirs = goods["mine"], goods["theirs"]
    order = await world.arrive(mine.line(48), theirs.line(60))
    seen = await world.get(f"/supply/orders/{order['id']}", aurea)
    [line] = seen["lines"]
    hidden = next(one["sequence"] for one in order["lines"] if one["sku"] == theirs.sku)

    refused = await world.draft(seen, {"sequence": hidden, "taken": 1}, browser=aurea)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "unknown_line"

    answer = await world.draft(seen, {"sequence": line["sequence"], "taken": 36}, browser=aurea)
    assert answer.status_code == 200, answer.text
    drafted = answer.json()
    assert [one["taken"] for one in drafted["lines"]] == [36]
    assert drafted["hidden_lines"] == 1
    whole = await world.again(order)
    assert {one["sku"]: one["taken"] for one in whole["lines"]} == {mine.sku: 36, theirs.sku: 60}
    assert whole["decision"]["decided_by"]["type"] == "person"

    for call in (
        await world.confirm(drafted, browser=aurea),
        await aurea.post(aurea.at(f"/supply/orders/{order['id']}/hold"), json={"reason": "wait"}),
        await aurea.post(aurea.at(f"/supply/orders/{order['id']}/decision")),
    ):
        assert (call.status_code, call.json()["code"]) == (403, "order_partly_hidden")
    sheet = {"orders": [{"id": order["id"], "revision": 1, "decision_id": drafted["decision"]["id"]}]}
    bulk = (await aurea.post(aurea.at("/supply/confirmations"), json=sheet)).json()["results"]
    assert bulk[0]["problem"]["code"] == "order_partly_hidden"
    assert await world.answers(order["po_number"]) == []

    sent = await world.confirmed(whole)
    assert {one["accepted"] for one in sent["answers"][-1]["lines"]} == {36, 60}
    after = await world.get(f"/supply/orders/{order['id']}", aurea)
    assert [one["accepted"] for one in after["answers"][-1]["lines"]] == [36]
    assert [one["accepted"] for one in after["read_back"]] == [36]
    assert [one["accepted"] for one in after["answers"][-1]["seen"]] == [36]
    await world.check_stock()


async def test_who_sees_all_of_an_order_sends_it_within_their_scope(
    world: World, aurea: Browser, goods: dict[str, Item]
) -> None:
    order = await world.arrive(goods["mine"].line(12))
    seen = await world.get(f"/supply/orders/{order['id']}", aurea)
    answer = await world.confirm(seen, browser=aurea)
    assert answer.status_code == 201, answer.text
    await world.turn()
    assert len(await world.effective(order["po_number"])) == 1
    assert [event["kind"] for event in await world.events(order) if event["actor"]["type"] == "person"] == [
        "answer.planned",
        "answer.sent",
    ]
    await world.check_stock()


async def test_a_draft_of_a_shared_order_keeps_the_hidden_lines_as_they_were_decided(
    world: World, aurea: Browser, goods: dict[str, Item]
) -> None:
    order = await world.arrive(goods["mine"].line(24), goods["theirs"].line(12))
    for taken in (12, 24, 0):
        seen = await world.get(f"/supply/orders/{order['id']}", aurea)
        line = {"sequence": seen["lines"][0]["sequence"], "taken": taken}
        if taken == 0:
            line |= {"rejection_reason": "TemporarilyUnavailable", "confirm_sku": goods["mine"].sku}
        answer = await world.draft(seen, line, browser=aurea)
        assert answer.status_code == 200, answer.text
    whole = await world.again(order)
    assert {one["sku"]: one["taken"] for one in whole["lines"]} == {goods["mine"].sku: 0, goods["theirs"].sku: 12}
    assert whole["decision"]["number"] == 4


async def test_a_marketplace_or_a_vendor_code_bounds_whole_orders(world: World, orders: dict[str, Json]) -> None:
    france = find_by_country("FR")
    assert france is not None
    for scope in (Scope(marketplaces=(france.id,)), Scope(vendor_codes=("LUMF1",))):
        async with reader(world, scope) as browser:
            found = await world.get("/supply/orders", browser, limit=200)
            assert [row["po_number"] for row in found["rows"]] == [orders["french"]["po_number"]]
            assert found["scope"] == {"limited": True, "hidden_lines": 0}
            items = await world.get("/administration/catalog/items", browser, limit=200)
            assert {link["marketplace_id"] for item in items["rows"] for link in item["links"]} == {france.id}
            assert items["count"] == len(items["rows"]) == 1
            events = await world.get("/supply/events", browser, limit=200)
            assert {event["marketplace_id"] for event in events["rows"]} <= {france.id}
            assert (await browser.get(browser.at(f"/supply/orders/{orders['mine']['id']}"))).status_code == 404
            center = await world.get("/supply/command-center", browser)
            assert center["orders_total"] == 1
            assert center["scope"]["limited"] is True


async def test_who_has_a_marketplace_confirms_its_orders(world: World) -> None:
    france = find_by_country("FR")
    assert france is not None
    item = await world.item(500, code="LUMF1")
    order = await world.arrive(item.line(24), code="LUMF1")
    async with reader(world, Scope(marketplaces=(france.id,))) as browser:
        seen = await world.get(f"/supply/orders/{order['id']}", browser)
        drafted = await world.draft(seen, {"sequence": seen["lines"][0]["sequence"], "taken": 12}, browser=browser)
        assert drafted.status_code == 200, drafted.text
        answer = await world.confirm(drafted.json(), browser=browser)
        assert answer.status_code == 201, answer.text
    await world.turn()
    assert len(await world.effective(order["po_number"])) == 1
    await world.check_stock()


async def test_nobody_with_a_scope_acts_on_the_whole_organization(world: World, aurea: Browser) -> None:
    async with reader(world, Scope(brands=("Aurea",)), role="owner") as browser:
        me = (await browser.get("/api/v1/me")).json()
        own = next(one for one in me["workspaces"] if one["slug"] == browser.slug)
        assert WHOLE.isdisjoint(own["permissions"])
        assert "orders.confirm" in own["permissions"]
        assert own["scope"] == {"marketplaces": None, "vendor_codes": None, "brands": ["Aurea"]}
        answer = await browser.put(browser.at("/supply/automation"), json={"mode": "at_once", "delay_minutes": 5})
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")
        answer = await browser.post(
            browser.at("/administration/catalog/imports?kind=items&file_name=x.csv"), content="sku\n1\n"
        )
        assert answer.status_code == 403


async def heard(browser: Browser, organization: UUID, scope: Scope | None, act: Any) -> list[str]:
    """The events that this person's stream, with this scope, tells while `act` runs."""
    stream = follow(organization, browser.headers["Cookie"].partition("=")[2], None, scope=scope)
    told = []
    try:
        assert b"event: ready" in await anext(stream)
        await act()
        with suppress(TimeoutError):
            async with asyncio.timeout(4):
                while True:
                    told.append((await anext(stream)).decode())
    finally:
        await stream.aclose()
    return told


async def test_the_live_stream_tells_what_is_within_the_scope(
    world: World, aurea: Browser, goods: dict[str, Item]
) -> None:
    made: list[Json] = []

    async def act() -> None:
        made.extend([await world.arrive(goods["theirs"].line(12)), await world.arrive(goods["mine"].line(12))])

    limited = await heard(aurea, world.organization_id, Scope(brands=("Aurea",)), act)
    theirs, mine = made
    assert any(mine["id"] in event for event in limited)
    assert not any(theirs["id"] in event or theirs["po_number"] in event for event in limited)
    assert not any("import" in event for event in limited)
    made.clear()
    whole = await heard(world.owner, world.organization_id, None, act)
    assert all(any(order["id"] in event for event in whole) for order in made)


# -- the policies themselves, whatever the screens do -------------------------------------------------------------------

SCOPED_TABLES = (
    "purchase_orders", "order_states", "decisions", "acknowledgements", "purchase_order_lines", "decision_lines",
    "purchase_order_line_status", "purchase_order_revisions", "items", "item_links", "stock_balances", "vendor_codes",
    "connection_marketplaces", "journal_entries", "outbox", "catalog_imports", "operations", "stock_ledger",
)  # fmt: skip


async def count(organization: UUID, table: str, scope: Scope | None) -> int:
    async with tenant_session(organization, scope) as session:
        return int(await session.scalar(text(f"select count(*) from {table}")) or 0)


@pytest.mark.parametrize("table", SCOPED_TABLES)
async def test_every_scoped_table_shows_less_within_a_scope_and_nothing_within_an_empty_one(
    world: World, orders: dict[str, Json], table: str
) -> None:
    organization = world.organization_id
    whole = await count(organization, table, None)
    assert whole > 0
    nowhere = Scope(marketplaces=("A00000000000",), vendor_codes=("NONE9",), brands=("nobody",))
    for scope in (nowhere, Scope(marketplaces=(), vendor_codes=(), brands=())):
        left = await count(organization, table, scope)
        if table == "outbox":
            async with tenant_session(organization, scope) as session:
                topics = set((await session.execute(text("select distinct topic from outbox"))).scalars())
            assert topics <= {"notification.changed", "sync.changed", "connection.changed", "automation.changed"}
        else:
            assert left == 0, table
    if table not in ("vendor_codes", "connection_marketplaces"):  # these are of no brand
        assert await count(organization, table, Scope(brands=("Aurea",))) < whole


async def test_a_scope_ends_with_its_transaction(world: World, orders: dict[str, Json]) -> None:
    organization = world.organization_id
    whole = await count(organization, "purchase_orders", None)
    for _ in range(20):
        assert await count(organization, "purchase_orders", Scope(brands=("nobody",))) == 0
        assert await count(organization, "purchase_orders", None) == whole


async def test_a_row_outside_the_scope_is_neither_written_nor_changed(world: World, orders: dict[str, Json]) -> None:
    organization, scope = world.organization_id, Scope(brands=("Aurea",))
    async with tenant_session(organization, scope) as session:
        changed = await session.execute(
            text("update purchase_orders set ship_to = 'elsewhere' where id = :id returning id"),
            {"id": orders["theirs"]["id"]},
        )
        assert changed.all() == []
    with pytest.raises(Exception, match="row-level security"):
        async with tenant_session(organization, scope) as session:
            await session.execute(text("update items set brand = 'Borealis' where brand = 'Aurea'"))


@pytest.mark.parametrize(
    "name", ["L'Oréal", "x'); drop table items; --", '"}', "\\'; select 1", "naïve ☃", "{a,b}", "$$", "\\u0027"]
)
async def test_a_brand_is_a_word_whatever_characters_it_has(world: World, name: str) -> None:
    async with tenant_session(world.organization_id, Scope(brands=(name, "Aurea"))) as session:
        found = await session.scalar(text("select scope_words('brands')"))
        assert sorted(found) == sorted([name, "Aurea"])
        assert await session.scalar(text("select count(*) from items where brand <> 'Aurea'")) == 0


def test_a_scope_is_checked_before_it_is_kept() -> None:
    assert checked(Scope()) is None
    assert checked(Scope(brands=("b", "a", "a"))) == Scope(brands=("a", "b"))
    for wrong in (
        Scope(marketplaces=("DE'",)), Scope(vendor_codes=("lum d1",)), Scope(brands=("",)), Scope(brands=()),
        Scope(brands=("x" * 121,)), Scope(brands=tuple(map(str, range(201)))), Scope(brands=("a\x00",)),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            checked(wrong)


def test_nobody_gives_a_wider_scope_than_they_have() -> None:
    scopes = [None, Scope(brands=("a",)), Scope(brands=("a", "b")), Scope(marketplaces=("M1234567",), brands=("a",))]
    allowed = {(0, 0), (1, 0), (2, 0), (3, 0), (1, 1), (1, 2), (2, 2), (3, 1), (3, 2), (3, 3)}
    for (n, part), (m, whole) in itertools.product(enumerate(scopes), repeat=2):
        assert within(part, whole) == ((n, m) in allowed), (n, m)
