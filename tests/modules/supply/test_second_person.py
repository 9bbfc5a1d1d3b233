"""Hard rejects: their own right, always a person, and a second one where the workspace says so."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from factories import Browser, make_person, open_browser
from modules.supply.test_deadlines import left, mails, set_fallback
from modules.supply.world import Json, World

OBSOLETE = "ObsoleteProduct"


@pytest.fixture(scope="module")
async def operator(shared: World) -> AsyncIterator[Browser]:
    owner = shared.people["owner"]
    person = await make_person(
        organization=(owner.organization_id, owner.slug), role="supply_operator", name="Omar Haddad"
    )
    async with open_browser(shared.app, person) as browser:
        yield browser


@asynccontextmanager
async def four_eyes(world: World) -> AsyncIterator[None]:
    await settings(world, second_person=True)
    try:
        yield
    finally:
        await settings(world, second_person=False)


async def settings(world: World, **value: Any) -> None:
    form = await world.get("/administration/settings/supply")
    path = world.owner.at("/administration/settings/supply")
    saved = await world.owner.put(path, json={"version": form["version"], "value": value})
    assert saved.status_code == 200, saved.text
    await world.turn()


async def order_of(world: World, stock: int = 36, asked: int = 48) -> tuple[Json, str]:
    item, other = await world.item(stock), await world.item(500)
    return await world.arrive(item.line(asked), other.line(24)), item.sku


async def for_good(world: World, order: Json, sku: str, browser: Browser, taken: int = 0, **over: Any) -> Any:
    line = {"sequence": "1", "taken": taken, "rejection_reason": OBSOLETE, "confirm_sku": sku} | over
    return await world.draft(order, line, browser=browser)


async def notices(world: World, number: str) -> set[str]:
    rows = await world.rows(
        "select u.name from notifications n join users u on u.id = n.user_id "
        "where n.object_label = $1 and n.notice = 'order_held' and n.resolved_at is null",
        number,
    )
    return {row["name"] for row in rows}


@pytest.mark.parametrize("reason", [OBSOLETE, "InvalidProductIdentifier"])
@pytest.mark.parametrize("taken", [0, 36])
async def test_an_operator_ends_no_product_whole_or_in_part(
    world: World, operator: Browser, reason: str, taken: int
) -> None:
    order, sku = await order_of(world)
    refused = await for_good(world, order, sku, operator, taken, rejection_reason=reason)
    assert (refused.status_code, refused.json()["code"]) == (403, "hard_reject_not_allowed")
    assert (await world.again(order))["decision"] == order["decision"]
    soft = await for_good(world, order, sku, operator, taken, rejection_reason="TemporarilyUnavailable")
    assert soft.status_code == 200, soft.text


async def test_a_manager_types_the_sku_for_a_part_too(world: World) -> None:
    order, sku = await order_of(world)
    missing = await for_good(world, order, sku, world.manager, 36, confirm_sku=None)
    assert missing.status_code == 422
    assert [(fault["pointer"], fault["code"]) for fault in missing.json()["errors"]] == [
        ("/lines/0/confirm_sku", "one_way_door")
    ]
    drafted = await for_good(world, order, sku, world.manager, 36)
    assert drafted.status_code == 200, drafted.text
    assert drafted.json()["status"] == "to_confirm", "one person is enough unless the workspace asks for two"
    assert (drafted.json()["second_person"], drafted.json()["two_people"]) == (None, False)
    assert (await world.confirm(drafted.json(), browser=world.manager)).status_code == 201


async def test_a_hard_reject_waits_for_another_person_with_the_right(world: World, operator: Browser) -> None:
    async with four_eyes(world):
        order, sku = await order_of(world)
        held = (await for_good(world, order, sku, world.manager, 36)).json()
        assert held["status"] == "held"
        assert held["status_detail"]["message"] == "supply.hold.second_person"
        assert held["status_detail"]["values"]["name"]["value"] == "Sam Keller"
        chose = [str(world.people["supply_manager"].id)]
        assert held["second_person"] == {"chose": chose, "may": ["Lea Martin"]}, (
            "not the one who chose, not an operator"
        )
        assert (await world.get(f"/supply/orders/{order['id']}", browser=operator))["two_people"] is True
        found = await world.get("/supply/exceptions", cause="second_person")
        mine = [row for row in found["rows"] if row["po_number"] == order["po_number"]]
        assert [(row["sequence"], row["fixes"]) for row in mine] == [(None, ["decide_again"])]
        assert await notices(world, order["po_number"]) == {"Lea Martin"}, "not the one who chose, not an operator"
        sheet = {"orders": [{key: held[key] for key in ("id", "revision")} | {"decision_id": held["decision"]["id"]}]}
        own = await world.confirm(held, browser=world.manager)
        assert (own.status_code, own.json()["code"]) == (409, "second_person_needed")
        bulk = await world.manager.post(world.manager.at("/supply/confirmations"), json=sheet)
        assert bulk.json()["results"][0]["problem"]["code"] == "second_person_needed"
        other = await world.confirm(held, browser=operator)
        assert (other.status_code, other.json()["code"]) == (403, "hard_reject_not_allowed")
        # Somebody edits another line: who chose the reason is still the one who chose it.
        edited = await world.draft(
            held, {"sequence": "2", "taken": 12, "rejection_reason": "TemporarilyUnavailable"}, browser=operator
        )
        assert (edited.json()["status"], edited.json()["second_person"]) == ("held", held["second_person"])
        assert (await world.confirm(edited.json(), browser=world.manager)).status_code == 409
        assert await world.answers(order["po_number"]) == []
        seen = await world.confirmed(edited.json())
        assert seen["answers"][-1]["planned_by"]["name"] == "Lea Martin"
        assert (seen["answers"][-1]["lines"][0]["reason"], seen["second_person"]) == (OBSOLETE, None)
        assert await notices(world, order["po_number"]) == set()
        # What Amazon has been told is not asked for again: a correction of the other line is one person's.
        again = await world.draft(
            seen, {"sequence": "2", "taken": 6, "rejection_reason": "TemporarilyUnavailable"}, browser=operator
        )
        assert again.json()["second_person"] is None
        assert (await world.confirm(again.json(), browser=operator)).status_code == 201
        await world.turn()


async def test_who_confirms_is_told_of_many_orders_and_of_one_decided_before_two_were_asked_for(world: World) -> None:
    order, sku = await order_of(world)
    drafted = (await for_good(world, order, sku, world.manager, 36)).json()
    assert (drafted["status"], drafted["second_person"]) == ("to_confirm", None)
    other, _ = await order_of(world)
    path, asked = world.manager.at("/supply/second-people"), {"orders": [order["id"], other["id"]]}
    assert (await world.manager.post(path, json=asked)).json() == {"orders": []}
    async with four_eyes(world):
        second = {"chose": [str(world.people["supply_manager"].id)], "may": ["Lea Martin"]}
        assert (await world.again(order))["second_person"] == second
        assert (await world.manager.post(path, json=asked)).json() == {"orders": [{"id": order["id"]} | second]}
        foreign = await world.stranger.post(world.stranger.at("/supply/second-people"), json=asked)
        assert foreign.json() == {"orders": []}
        refused = await world.confirm(drafted, browser=world.manager)
        assert (refused.status_code, refused.json()["code"]) == (409, "second_person_needed")


async def test_taking_the_reason_back_ends_the_wait(world: World) -> None:
    async with four_eyes(world):
        order, sku = await order_of(world)
        held = (await for_good(world, order, sku, world.manager, 36)).json()
        soft = await world.draft(
            held, {"sequence": "1", "taken": 36, "rejection_reason": "TemporarilyUnavailable"}, browser=world.manager
        )
        assert (soft.json()["status"], soft.json()["second_person"]) == ("to_confirm", None)
        assert (await world.confirm(soft.json(), browser=world.manager)).status_code == 201
        await world.turn()


async def test_whoever_is_away_is_stood_in_for(world: World) -> None:
    """The owner is the only other one with the right, and away: the substitute hears of it."""
    owner, manager = world.people["owner"], world.people["supply_manager"]
    third = await make_person(
        organization=(owner.organization_id, owner.slug), role="supply_manager", name="Tara Stand-In"
    )
    await world.db.execute(
        "insert into absences (organization_id, user_id, substitute_id, from_at, until_at) "
        "values ($1, $2, $3, now() - interval '1 day', now() + interval '1 day')",
        owner.organization_id, owner.id, third.id,
    )  # fmt: skip
    try:
        async with four_eyes(world):
            order, sku = await order_of(world)
            await for_good(world, order, sku, world.manager, 36)
            assert await notices(world, order["po_number"]) == {"Tara Stand-In"}
    finally:
        await world.db.execute("delete from absences where user_id = $1", owner.id)
        await world.db.execute("update memberships set state = 'removed' where user_id = $1", third.id)
    assert manager.id != third.id


async def test_no_rule_and_no_fallback_sends_it(world: World) -> None:
    """Automation on, the fallback on, the deadline near: the order escalates and stays."""
    order, sku = await order_of(world)
    await set_fallback(world, "ACCEPT_AVAILABLE")
    try:
        async with four_eyes(world):
            held = (await for_good(world, order, sku, world.manager, 36)).json()
            await world.automation("at_once")
            await world.db.execute(
                "update order_states set became_available_at = now() + interval '1 minute' where purchase_order_id = $1",
                UUID(order["id"]),
            )
            # Amazon changes the other line: the rules decide that one, and keep the person's.
            await world.change(order["po_number"], lines=[{"item_sequence_number": "2", "quantity": 36}])
            await world.poll()
            kept = await world.again(order)
            assert (kept["status"], kept["lines"][0]["rejection_reason"]) == ("held", OBSOLETE)
            assert kept["second_person"] == held["second_person"]
            before = await mails(world, "orders_not_sent")
            await left(world, kept, timedelta(minutes=50))
            assert await world.answers(order["po_number"]) == []
            assert await mails(world, "orders_not_sent") > before
            seen = await world.confirmed(await world.again(order))
            assert seen["answers"][-1]["planned_by"]["name"] == "Lea Martin"
    finally:
        await set_fallback(world, "DO_NOTHING")
        await world.automation("suggest")


async def test_a_book_is_held_and_answered_with_what_its_page_shows(world: World) -> None:
    """Amazon refuses the answer to a book without its list price and the multiplier of its discount."""
    item = await world.item(500, code="LUMU1", asin="2070368229", currency="GBP", cost_price="6.20")
    order = await world.arrive(item.line(12, asin="2070368229"), code="LUMU1")
    assert [step["message"] for step in order["lines"][0]["hold"]] == ["supply.price.book"]
    proposed = order["lines"][0]["book"]
    assert float(proposed["list_price"]) * float(proposed["discount_multiplier"]) == pytest.approx(6.20, abs=0.01)
    line = {"sequence": "1", "taken": 12}
    wrong = await world.draft(order, line | {"discount_multiplier": "1.5"})
    assert wrong.status_code == 422
    none = await world.draft(order, line | {"list_price": "0"})
    assert [fault["code"] for fault in none.json()["errors"]] == ["not_positive"]
    drafted = await world.draft(order, line | {"list_price": "9.99", "discount_multiplier": "0.62"})
    assert drafted.json()["lines"][0]["book"] == {"list_price": "9.99", "discount_multiplier": "0.62"}
    seen = await world.confirmed(drafted.json())
    assert seen["status"] == "confirmed"
    (call,) = await world.submissions(order["po_number"])
    sent = json.loads(call["body"])["acknowledgements"][0]["items"][0]
    assert (sent["listPrice"], sent["discountMultiplier"]) == ({"amount": "9.99", "currencyCode": "GBP"}, "0.62")


async def test_only_a_book_has_a_list_price(world: World) -> None:
    order, _ = await order_of(world)
    refused = await world.draft(order, {"sequence": "1", "taken": 36, "list_price": "9.99"})
    assert [fault["code"] for fault in refused.json()["errors"]] == ["not_a_book"]
