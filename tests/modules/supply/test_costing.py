"""Expected costs over HTTP: kept with the decision, estimated as somebody types, summed for a sheet; nobody else's numbers."""

from decimal import Decimal

import pytest
from modules.supply.test_scopes import reader
from modules.supply.world import Item, Json, World
from oktee.access.scope import Scope


def line_of(costs: Json, sequence: str = "1") -> Json:
    (found,) = [line for line in costs["lines"] if line["sequence"] == sequence]
    return dict(found)


def alternatives(line: Json) -> dict[str, str | None]:
    return {part["kind"]: part["amount"] and f"{Decimal(part['amount']):.2f}" for part in line["alternatives"]}


async def estimate(world: World, order: Json, *lines: Json) -> Json:
    path = world.owner.at(f"/supply/orders/{order['id']}/expected-costs")
    answer = await world.owner.post(path, json={"lines": list(lines)})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.fixture(scope="module")
async def goods(shared: World) -> tuple[Item, Item]:
    return await shared.item(60, case_pack=1), await shared.item(5000, brand="Borealis", cost_price="10.00")


@pytest.fixture(scope="module")
async def short(shared: World, goods: tuple[Item, Item]) -> Json:
    """40 of 100 short at 6.20, and a line that is there in full."""
    return await shared.arrive(goods[0].line(100, backorder=False), goods[1].line(48))


async def test_the_estimate_is_kept_with_each_line_of_the_decision(world: World, short: Json) -> None:
    costs = short["costs"]
    first = line_of(costs)
    assert (first["doubtful"], first["currency"], first["decided"]) == (40, "EUR", True)
    # Assumed for Germany: 3 % of what is rejected beyond 20 % of the line, 10 % of what is never shipped.
    assert alternatives(first) == {"reject": "3.72", "never_ship": "24.80", "cut_early": "0.00", "cut_late": "7.44"}
    assert line_of(costs, "2")["alternatives"] == []
    assert {rule["confidence"] for rule in costs["rules"]} == {"assumed"}
    assert all(rule["source"] for rule in costs["rules"])
    assert costs["country"] == "DE"
    assert costs["free_until"] is not None
    assert [{**one, "value": f"{Decimal(one['value']):.2f}"} for one in costs["sums"]] == [
        {"currency": "EUR", "value": "3.72"}
    ]
    assert costs["not_known"] == 2, "no order of the last twelve weeks has arrived, so nobody knows what will"
    stored = await world.rows(
        "select expected_cost, alternatives from decision_lines where decision_id = $1 order by sequence",
        short["decision"]["id"],
    )
    assert [row["expected_cost"] for row in stored] == [Decimal("3.7200"), None]
    assert '"reject"' in stored[0]["alternatives"]


async def test_quantities_are_estimated_as_they_are_typed_and_nothing_is_changed(world: World, short: Json) -> None:
    all_of_it = await estimate(world, short, {"sequence": "1", "taken": 100})
    beyond, arrives = line_of(all_of_it)["charges"]
    assert (beyond["kind"], beyond["units"], beyond["why"]) == ("beyond_stock", "40", "charged")
    assert (Decimal(beyond["amount"]), beyond["rate"]) == (Decimal("24.80"), "0.1")
    assert (arrives["amount"], arrives["why"]) == (None, "no_history")
    nothing = line_of(await estimate(world, short, {"sequence": "1", "taken": 0}))
    assert Decimal(nothing["expected"]) == Decimal("14.88")
    untouched = await estimate(world, short)
    assert untouched["sums"] == short["costs"]["sums"]
    assert (await world.again(short))["decision"]["id"] == short["decision"]["id"]


async def test_what_arrived_before_says_what_will_not(world: World, goods: tuple[Item, Item], short: Json) -> None:
    past = await world.arrive(goods[1].line(1000))
    await world.db.execute(
        "update purchase_orders set status = 'CLOSED', window_end = now() - interval '1 day', accepted_units = 1000, "
        "received_units = 930 where id = $1",
        past["id"],
    )
    sheet = await world.owner.post(world.owner.at("/supply/expected-costs"), json={"orders": [short["id"]]})
    (row,) = sheet.json()["orders"]
    assert (row["not_known"], Decimal(row["sums"][0]["value"])) == (
        0,
        Decimal("3.72") + Decimal("2.604") + Decimal("3.36"),
    )
    second = line_of(await estimate(world, short), "2")
    assert [(part["kind"], part["units"], part["amount"]) for part in second["charges"]] == [
        ("not_arrived", "3.36", "3.36")
    ]
    assert second["whole"]
    later = await world.arrive(goods[1].line(96))
    assert (later["costs"]["fill"], later["costs"]["not_known"]) == ("0.93", 0)
    assert Decimal(later["costs"]["sums"][0]["value"]) == Decimal("6.72")
    await world.db.execute("update purchase_orders set received_units = null where id = $1", past["id"])


async def test_a_persons_version_is_estimated_anew(world: World, goods: tuple[Item, Item]) -> None:
    item = await world.item(60, case_pack=1)
    order = await world.arrive(item.line(100))
    edited = await world.draft(order, {"sequence": "1", "taken": 90, "rejection_reason": "TemporarilyUnavailable"})
    assert edited.status_code == 200, edited.text
    line = line_of(edited.json()["costs"])
    assert [(part["kind"], part["units"]) for part in line["charges"][:2]] == [
        ("rejected", "0"),
        ("beyond_stock", "30"),
    ]
    assert Decimal(line["expected"]) == Decimal("18.60")
    assert line["doubtful"] == 40, "the stock is the one that the rules saw"


@pytest.mark.parametrize(
    ("line", "pointer", "code"),
    [
        ({"sequence": "9", "taken": 1}, "/lines/0/sequence", "unknown_line"),
        ({"sequence": "1", "taken": 90, "backordered": 11}, "/lines/0/taken", "more_than_ordered"),
    ],
)
async def test_a_quantity_that_cannot_be_is_refused(
    world: World, short: Json, line: Json, pointer: str, code: str
) -> None:
    path = world.owner.at(f"/supply/orders/{short['id']}/expected-costs")
    refused = await world.owner.post(path, json={"lines": [line]})
    assert refused.status_code == 422
    assert [(error["pointer"], error["code"]) for error in refused.json()["errors"]] == [(pointer, code)]


async def test_a_sheet_sums_each_order_and_only_ones_own(world: World, short: Json) -> None:
    body = {"orders": [short["id"]]}
    answer = await world.owner.post(world.owner.at("/supply/expected-costs"), json=body)
    (row,) = answer.json()["orders"]
    assert (row["id"], row["not_known"]) == (short["id"], 2)
    assert [(one["currency"], Decimal(one["value"])) for one in row["sums"]] == [("EUR", Decimal("3.72"))]
    foreign = await world.stranger.post(world.stranger.at("/supply/expected-costs"), json=body)
    assert foreign.json() == {"orders": []}
    path = f"/supply/orders/{short['id']}/expected-costs"
    assert (await world.stranger.post(world.stranger.at(path), json={"lines": []})).status_code == 404
    assert (await world.analyst.post(world.analyst.at(path), json={"lines": []})).status_code == 200


async def test_somebody_with_a_scope_sees_the_costs_of_their_lines(world: World, short: Json) -> None:
    async with reader(world, Scope(brands=("Borealis",))) as browser:
        found = await world.get(f"/supply/orders/{short['id']}", browser)
        assert [line["sequence"] for line in found["costs"]["lines"]] == ["2"]
        assert found["costs"]["sums"] == []
        answer = await browser.post(browser.at("/supply/expected-costs"), json={"orders": [short["id"]]})
        assert answer.json()["orders"] == [{"id": short["id"], "sums": [], "not_known": 1}]
        path = browser.at(f"/supply/orders/{short['id']}/expected-costs")
        hidden = await browser.post(path, json={"lines": [{"sequence": "1", "taken": 1}]})
        assert hidden.json()["errors"][0]["code"] == "unknown_line"


async def test_a_decision_from_before_there_were_estimates_has_none(world: World, goods: tuple[Item, Item]) -> None:
    order = await world.arrive(goods[1].line(24))
    await world.db.execute(
        "update decision_lines set alternatives = null where decision_id = $1", order["decision"]["id"]
    )
    assert (await world.again(order))["costs"] is None
    assert line_of(await estimate(world, order))["charges"] != []


async def test_the_product_reads_the_fee_rules_and_may_not_write_them(world: World) -> None:
    rights = await world.rows("select privilege_type from information_schema.role_table_grants "
                              "where table_name = 'fee_rules' and grantee = 'oktee_app'")  # fmt: skip
    assert {row["privilege_type"] for row in rights} == {"SELECT"}
