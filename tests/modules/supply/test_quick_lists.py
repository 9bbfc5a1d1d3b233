"""The quick way to the hottest lists says, field by field, what their routes say; nobody sees more by it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from factories import COOKIE, Browser, open_browser
from modules.supply import both_ways
from modules.supply.both_ways import INSTANT, ROUTE_ONLY, plain, reader
from modules.supply.world import Json, World
from oktee.access.caller import declared_permission
from oktee.access.scope import Scope
from oktee.kit.module import installed
from oktee.kit.paging import seal_cursor
from oktee.modules.registry import install
from oktee.modules.supply import orders_json
from oktee.modules.supply.filters import Ground
from oktee.modules.supply.quick import _asked, read_orders_question
from oktee.modules.supply.sight import figures_within
from oktee.modules.supply.sorting import GROUPS, SORTS
from oktee.modules.supply.wire.lists import OrderList
from oktee.web import QuickLists
from pydantic import TypeAdapter


@pytest.fixture(scope="module")
async def orders(shared: World) -> list[Json]:
    """Orders of everything a row may hold: held, sent, scoped, odd words of Amazon's, what nobody knows."""
    mine, theirs = await shared.item(60, brand="Aurea"), await shared.item(5000, brand="Borealis+00:00")
    french = await shared.item(500, brand="Aurea", code="LUMF1")
    numbers = [
        await shared.place(mine.line(48), theirs.line(24)),
        await shared.place(mine.line(96)),
        await shared.place(theirs.line(36), theirs.line(12)),
        await shared.place(french.line(36), code="LUMF1"),
        *[await shared.place(theirs.line(12)) for _ in range(6)],
    ]
    await shared.poll()
    made = [await shared.row(number) for number in numbers]
    await shared.confirmed(await shared.again(made[1]))
    team = await shared.owner.post(
        shared.owner.at("/administration/teams"),
        json={"name": 'Quick "team" é', "members": [str(shared.people["supply_manager"].id)], "auto_assign": False},
    )
    (found,) = (one for one in team.json()["teams"] if one["name"].startswith("Quick"))
    tags = await shared.owner.post(
        shared.owner.at("/administration/tags"), json={"name": "b \\ tag", "colour": "caution"}
    )
    tags = await shared.owner.post(shared.owner.at("/administration/tags"), json={"name": "a tag", "colour": "caution"})
    ids = [one["id"] for one in tags.json()["tags"]]
    for order, holder in (
        (made[0], {"team_id": found["id"]}),
        (made[2], {"person_id": str(shared.people["supply_manager"].id)}),
    ):
        done = await shared.owner.put(shared.owner.at(f"/supply/orders/{order['id']}/assignee"), json=holder)
        assert done.status_code == 200, done.text
    await shared.owner.put(shared.owner.at(f"/supply/orders/{made[2]['id']}/tags"), json={"tags": ids})
    await shared.owner.put(shared.owner.at(f"/supply/orders/{made[4]['id']}/tags"), json={"tags": ids[:1]})
    await shared.owner.post(shared.owner.at(f"/supply/orders/{made[3]['id']}/hold"), json={"reason": "later"})
    changes = (
        ("update purchase_orders set marketplace_id = 'A0UNKNOWN', currency = null, ship_to = null, order_type = null, "
         "window_end = null, brand = null, changed_at = null where id = $1", 5),
        ("update order_states set status = 'a new \"word\"', decided_by_type = null, taken = null, cut_value = null, "
         "hold = '[]' where purchase_order_id = $1", 5),
        ("update purchase_orders set freight = 'collect', deal_code = E'd\\n1', changed_at = '2026-11-20 10:00:00.25+00', "
         "first_seen_at = '2026-11-20 10:00:00+00', value = 1234567.8900 where id = $1", 6),
        ("update order_states set send_at = '2026-12-01 00:00:00.000001+02', answered_by = 'outside', "
         "decided_by_name = null where purchase_order_id = $1", 6),
        ("update order_states set hold = '[{\"message\": \"supply.x\", \"values\": {\"n\": {\"v\": null}}}, {}]' "
         "where purchase_order_id = $1", 0),
    )  # fmt: skip
    await shared.db.execute("update purchase_orders set freight = null where id = $1", made[3]["id"])
    terms = (
        "insert into vendor_terms (organization_id, id, vendor_code, freight, as_of) "
        "select organization_id, gen_random_uuid(), 'LUMF1', 'collect', now() from purchase_orders where id = $1"
    )
    await shared.db.execute(terms, made[3]["id"])
    for statement, n in changes:
        await shared.db.execute(statement, made[n]["id"])
    return made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[orders_json.Asked]:
    """What the quick way answered."""
    answered: list[orders_json.Asked] = []
    made = orders_json.body_of

    def noted(asked: orders_json.Asked, found: Any, **more: Any) -> bytes:
        answered.append(asked)
        return made(asked, found, **more)

    monkeypatch.setattr(orders_json, "body_of", noted)
    return answered


async def ask(browser: Browser, query: Json, status: int = 200) -> Json:
    return await both_ways.ask(browser, "/supply/orders", query, status)


async def same(browser: Browser, quick: list[orders_json.Asked], query: Json) -> Json:
    """Asked both ways, a page at a time, until there is no next one: the last page."""
    after: Json = {}
    while True:
        before = len(quick)
        short = await ask(browser, query | {"totals": "false"} | after)
        assert len(quick) == before + 1, f"{query} went by the route"
        whole = await ask(browser, query | {"totals": "false"} | after | ROUTE_ONLY)
        assert len(quick) == before + 1
        assert plain(short) == plain(whole)
        assert list(short) == list(whole)
        assert [list(row) for row in short["rows"]] == [list(row) for row in whole["rows"]]
        assert (short["next"] is None) == (whole["next"] is None)
        TypeAdapter(OrderList).validate_python(short)
        for row in short["rows"]:
            assert INSTANT.fullmatch(row["ordered_at"])
            assert isinstance(row["value"], str)
        if short["next"] is None:
            return short
        after = {"after": whole["next"] if len(quick) % 2 else short["next"]}  # each continues the other's pages


QUERIES: tuple[Json, ...] = (
    {"limit": 3},
    *({"sort": sort, "limit": 4} for sort in SORTS),
    *({"group": group, "limit": 4} for group in GROUPS),
    {"view": "waiting"},
    {"mp": "A1PA6795UKMFR9", "vc": "LUMD1", "status": "to_confirm,held"},
    {"brand": "Borealis+00:00"},
    {"q": "nothing has this number"},
    {"filter[hold]": "yes", "filter[changed]": "no", "filter[cut_value]": "0..", "filter[rule]": "stock"},
    {"filter[window]": "next:30", "filter[ordered]": "last:7"},
    {"filter[value]": "..100000", "filter[decided_by]": "rule", "limit": 2, "sort": "-value"},
)


@pytest.mark.parametrize("scope", [None, Scope(brands=("Aurea",)), Scope(marketplaces=("A13V1IB3VIYZZH",))])
async def test_both_ways_say_the_same(
    world: World, orders: list[Json], quick: list[orders_json.Asked], scope: Scope | None
) -> None:
    async with reader(world, scope) as browser:
        for query in QUERIES if scope is None else QUERIES[::4]:  # every sort and group once is enough
            await same(browser, quick, query)
        found = await same(browser, quick, {})
        assert found["scope"]["limited"] is (scope is not None)
        if scope is None:
            assert len(found["rows"]) == len(orders)
            assert len(found["hands"]) == 3
            kinds = {row["po_number"]: row["window"]["kind"] for row in found["rows"] if row["window"]}
            assert kinds[orders[3]["po_number"]] == "ship"  # its vendor code says who pays freight
            assert {row["status"] for row in found["rows"]} >= {"held", 'a new "word"'}
        else:
            assert 0 < len(found["rows"]) < len(orders)


async def test_what_the_quick_way_does_not_know_is_answered_by_the_route(
    world: World, orders: list[Json], quick: list[orders_json.Asked]
) -> None:
    async with reader(world) as browser:
        assert (await ask(browser, {}))["count"] is not None  # with totals
        assert set((await ask(browser, {"totals": "false", "fields": "status"}))["rows"][0]) == {"id", "status"}
        await ask(browser, {"totals": "false", "filter[assignee]": "me"})
        await ask(browser, {"totals": "false", "filter[clock]": "overdue"})
        for wrong in (
            {"sort": "x"},
            {"limit": "201"},
            {"limit": "x"},
            {"filter[x]": "y"},
            {"view": "x"},
            {"after": "x"},
        ):
            problem = await ask(browser, {"totals": "false"} | wrong, 422)
            assert problem["errors"]
    assert quick == []


async def test_nobody_comes_in_by_the_quick_way_who_would_not_by_the_route(
    world: World, orders: list[Json], quick: list[orders_json.Asked]
) -> None:
    query = {"totals": "false"}
    async with reader(world) as browser:
        await ask(browser, query)
        assert len(quick) == 1
        session = "update sessions set {} where user_id = (select id from users where email = $1)"
        me = (await browser.get("/api/v1/me")).json()["user"]["email"]
        slug, browser.slug = browser.slug, "no-such-workspace"
        await ask(browser, query, 404)
        browser.slug = slug
        await world.db.execute(
            "update organizations set modules = array_remove(modules, 'supply') where slug = $1", slug
        )
        assert (await ask(browser, query, 403))["code"] == "module_off"
        await world.db.execute("update organizations set modules = modules || '{supply}'::text[] where slug = $1", slug)
        await world.db.execute(session.format("second_factor_at = null"), me)
        assert (await ask(browser, query, 403))["code"] == "mfa_required"
        await world.db.execute(session.format("second_factor_at = now()"), me)
        await world.db.execute(session.format("last_seen_at = now() - interval '2 minutes'"), me)
        await ask(browser, query)  # the route notes the visit
        assert len(quick) == 1
        await ask(browser, query)
        assert len(quick) == 2
        await world.db.execute(session.format("ended_at = now()"), me)
        assert (await ask(browser, query, 401))["code"] == "not_signed_in"
    async with reader(world, role="marketing_editor") as browser:
        assert (await ask(browser, query, 403))["code"] == "permission_missing"
    async with open_browser(world.app) as browser:
        browser.slug = world.owner.slug
        await ask(browser, query, 401)
    await world.stranger.get(world.stranger.at("/supply/orders/summary"))
    assert (await ask(world.stranger, query))["rows"] == []
    assert len(quick) == 3


async def test_no_statement_is_written_for_somebody_who_is_not_let_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[object] = []
    write = orders_json.statement_of
    monkeypatch.setattr(orders_json, "statement_of", lambda *asked: (written.append(asked), write(*asked))[1])
    async with open_browser(world.app) as browser:
        browser.slug = world.owner.slug
        browser.headers["Cookie"] = f"{COOKIE}=nobodys"
        for n in range(3):
            await ask(browser, {"vc": f"NEW{n}", "totals": "false"}, 401)
    assert written == []
    async with reader(world) as browser:
        await ask(browser, {"vc": "NEW1", "totals": "false"})
    assert len(written) == 1


async def test_nothing_that_somebody_typed_stands_in_a_statement(opened: Any) -> None:
    words = {
        "view": "waiting", "mp": "A1PA6795UKMFR9", "vc": "TYPED1", "brand": "TYPED2", "status": "TYPED3", "q": "TYPED4",
        "filter[vendor_code]": "not:TYPED5", "filter[value]": "7777..", "filter[product]": "TYPED6", "filter[rule]": "TYPED7",
        "filter[cut_reason]": "TYPED8", "filter[decided_by]": "TYPED9", "filter[window]": "1999-01-01..1999-01-02",
        "totals": "false",
    }  # fmt: skip
    question = read_orders_question(urlencode(words))
    assert question is not None
    asked = _asked(words, Ground(figures_within(None), ZoneInfo("UTC"), datetime.now(UTC)))
    after = seal_cursor(["8888.5", "-9999.1", "TYPED10", str(UUID(int=77))], filters=asked.fingerprint())
    for asks in (asked, replace(asked, after=after)):
        made = orders_json.statement_of(asks, None)
        for typed in ("TYPED", "A1PA6795UKMFR9')", "7777", "8888", "9999", str(UUID(int=77)), "1999"):
            assert typed not in made.sql
        values = " ".join(map(str, made.values))
        assert [word for word in ("TYPED1", "TYPED2", "TYPED3", "TYPED4") if word not in values] == []
        assert f"${len(made.values)}" in made.sql
        assert f"${len(made.values) + 1}" not in made.sql


def test_a_quick_list_has_a_route_that_declares_the_same() -> None:
    """What the documents say of the list, and who may read it, is said by its route."""
    install()
    declared = {
        (f"{module.name}{route.path}", declared_permission(route.dependencies))
        for module in installed().modules
        for screen in module.screens
        for route in screen.routes
        if "GET" in route.methods
    }
    for module in installed().modules:
        for quick in module.quick:
            assert (f"{module.name}{quick.path}", quick.permission) in declared


def test_an_app_has_the_quick_lists_of_the_moment_in_which_it_was_made(app: Any) -> None:
    """Its layers are made when the first request comes: what is installed then is another test's."""
    install()
    modules = installed().modules
    installed().fill([])
    try:
        layer = app.build_middleware_stack()
        while not isinstance(layer, QuickLists):
            layer = layer.app
    finally:
        installed().fill(modules)
    assert set(layer._lists) == {f"{module.name}{quick.path}" for module in modules for quick in module.quick}
    assert "supply/exceptions" in layer._lists
