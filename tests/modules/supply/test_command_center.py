"""The Command Center: what waits, by time left and money at stake, and what became of the rest."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from modules.supply.world import Json, World


async def centre(world: World, **filters: str) -> Json:
    found: Json = await world.get("/supply/command-center", **filters)
    return found


def ago(hours: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


async def test_waiting_orders_lie_in_the_lane_of_their_clock(world: World) -> None:
    item = await world.item(5000)
    placed = {"overdue": 25.0, "under_2h": 23.0, "2_8h": 20.0, "8_24h": 1.0}
    orders = {lane: await world.arrive(item.line(12), placed_at=ago(hours)) for lane, hours in placed.items()}
    found = await centre(world)
    lanes = {lane["name"]: {tick["po_number"] for tick in lane["ticks"]} for lane in found["lanes"]}
    for lane, order in orders.items():
        assert order["po_number"] in lanes[lane], lane
    assert found["waiting"]["next"]["po_number"] == orders["overdue"]["po_number"]
    assert [row["po_number"] for row in found["needs_person"]][:2] == [
        orders["overdue"]["po_number"],
        orders["under_2h"]["po_number"],
    ]
    waiting = found["waiting"]
    assert waiting["orders"] == waiting["to_decide"] + waiting["scheduled"] + waiting["held"]
    assert sum(lane["orders"] for lane in found["lanes"]) == waiting["orders"]


async def test_what_amazon_changed_after_its_answer_waits_on_the_clock_of_the_change(world: World) -> None:
    item = await world.item(5000)
    order = await world.confirmed(await world.arrive(item.line(24), placed_at=ago(30)))
    before = await centre(world)
    await world.change(order["po_number"], lines=[{"item_sequence_number": "1", "quantity": 12}])
    await world.poll()
    found = await centre(world)
    waiting, lanes = found["waiting"], {lane["name"]: lane for lane in found["lanes"]}
    assert (waiting["orders"], waiting["changed"]) == (
        before["waiting"]["orders"] + 1,
        before["waiting"]["changed"] + 1,
    )
    assert waiting["orders"] == sum(waiting[part] for part in ("to_decide", "scheduled", "held", "changed"))
    assert sum(lane["orders"] for lane in lanes.values()) == waiting["orders"]
    assert order["po_number"] in {tick["po_number"] for tick in lanes["8_24h"]["ticks"]}, "ordered 30 hours ago"


async def test_the_parts_of_today_add_up(world: World) -> None:
    item = await world.item(5000)
    before = (await centre(world))["today"]
    await world.arrive(item.line(12))
    await world.confirmed(await world.arrive(item.line(24)))
    changed = await world.confirmed(await world.arrive(item.line(36)))
    await world.change(changed["po_number"], lines=[{"item_sequence_number": "1", "quantity": 18}])
    await world.arrive(item.line(6))
    await world.poll()
    gone = await world.arrive(item.line(48))
    await world.change(gone["po_number"], cancel=True)
    await world.poll()
    today = (await centre(world))["today"]
    grown = {part: today[part]["orders"] - before[part]["orders"] for part in today}
    assert grown == {"received": 4, "decided": 1, "open": 3, "seen": 1, "cut": 0}
    for amount in ("orders", "units"):
        assert today["received"][amount] == today["decided"][amount] + today["open"][amount]


async def test_an_answer_moves_an_order_from_waiting_to_seen(world: World) -> None:
    item = await world.item(5000)
    order = await world.arrive(item.line(24))
    before = await centre(world)
    await world.confirm(order)
    planned = await centre(world)
    assert planned["waiting"]["orders"] == before["waiting"]["orders"] - 1
    assert planned["who_answered"]["people"] == before["who_answered"]["people"], "planned is not answered"
    await world.turn()
    await world.later()
    after = await centre(world)
    assert after["who_answered"]["people"] == before["who_answered"]["people"] + 1
    assert after["answered_today"]["orders"] == before["answered_today"]["orders"] + 1
    assert after["today"]["seen"]["units"] == before["today"]["seen"]["units"] + 24
    assert "answer.seen" in [event["kind"] for event in after["happened"]]


async def test_what_is_cut_is_counted_in_units_and_money(world: World) -> None:
    item = await world.item(5000)
    order = await world.arrive(item.line(48, net_cost="6.20"))
    before = (await centre(world))["today"]["cut"]
    await world.draft(order, {"sequence": "1", "taken": 36, "rejection_reason": "TemporarilyUnavailable"})
    assert (await centre(world))["today"]["cut"] == before, "what is not decided yet is no part of what is"
    await world.confirm(await world.again(order))
    after = (await centre(world))["today"]["cut"]
    assert after["units"] == before["units"] + 12

    def euros(cut: Json) -> Decimal:
        return sum((Decimal(one["value"]) for one in cut["value_by_currency"] if one["currency"] == "EUR"), Decimal(0))

    assert euros(after) == euros(before) + 12 * Decimal("6.20")


async def test_rules_and_outside_are_told_apart(world: World) -> None:
    item = await world.item(5000)
    before = (await centre(world))["who_answered"]
    elsewhere = await world.arrive(item.line(24))
    await world.answer_elsewhere(elsewhere["po_number"])
    await world.automation("at_once")
    await world.poll()
    await world.arrive(item.line(24))
    await world.later()
    after = (await centre(world))["who_answered"]
    assert (after["rules"], after["outside"]) == (before["rules"] + 1, before["outside"] + 1)
    assert after["lines"] == after["rules"] + after["people"] + after["outside"] + after["lapsed"]


async def test_health_names_each_stream_and_the_age_of_the_stock(world: World) -> None:
    await world.item(10)
    await world.poll()
    health = {source["name"]: source for source in (await centre(world))["health"]}
    assert set(health) == {"purchase_orders", "purchase_order_status", "shipments", "stock"}
    assert not any(source["stale"] for source in health.values())
    assert (await centre(world))["automation"]["mode"] == "suggest"


async def test_what_needs_a_person_says_why_and_can_be_put_out_of_sight(world: World) -> None:
    known, cheap = await world.item(5000), await world.item(5000)
    order = await world.arrive(
        cheap.line(12, net_cost="6.10"), known.line(12), cheap.line(24, net_cost="6.10"), placed_at=ago(23.5)
    )
    found = await centre(world)
    (need,) = [one for one in found["needs"] if one["order_id"] == order["id"]]
    assert [one["order_id"] for one in found["needs"]] == [row["id"] for row in found["needs_person"]]
    assert (need["cause"], need["lines"], len(need["exceptions"])) == ("cost_differs", 2, 3)
    assert need["message"]["message"].startswith("supply.price.")
    assert need["due_at"] == order["deadline_at"]
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    asleep = {"ids": need["exceptions"][:1], "until": until}
    path = world.manager.at("/supply/exceptions/snooze")
    await world.manager.post(path, json=asleep)
    assert order["id"] in {row["id"] for row in (await centre(world))["needs_person"]}, "one is still open"
    await world.manager.post(path, json=asleep | {"ids": need["exceptions"]})
    assert order["id"] not in {row["id"] for row in (await centre(world))["needs_person"]}
    assert order["po_number"] in {
        tick["po_number"] for lane in (await centre(world))["lanes"] for tick in lane["ticks"]
    }, "its clock goes on in sight"
    strangers = await world.get("/supply/command-center", world.stranger)
    assert order["id"] not in {row["id"] for row in strangers["needs_person"]}


async def test_a_marketplace_is_named_by_its_country_and_what_happened_is_of_the_same_orders(world: World) -> None:
    item = await world.item(5000)
    order = await world.confirmed(await world.arrive(item.line(24)))
    here = await centre(world, mp="DE")
    assert here["waiting"] == (await centre(world, mp="A1PA6795UKMFR9"))["waiting"]
    assert order["id"] in {event["object"]["id"] for event in here["happened"]}
    assert {event["marketplace_id"] for event in here["happened"]} == {"A1PA6795UKMFR9"}
    assert (await centre(world, mp="FR"))["happened"] == []
    assert (await centre(world, brand="Nobody"))["happened"] == []
    assert (await centre(world, assignee="me"))["happened"] == []
    unknown = await world.owner.get(world.owner.at("/supply/command-center?mp=XX"))
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/mp")
    listed = await world.get("/supply/orders", mp="DE", totals=False, limit=100)
    assert order["id"] in {row["id"] for row in listed["rows"]}
    context = await world.get("/supply/context")
    assert "DE" in context["countries"]
    assert order["vendor_code"] in context["vendor_codes"]
    assert (await world.get("/supply/context", world.stranger))["brands"] == []


async def test_the_weeks_of_who_answered_add_up(world: World) -> None:
    item = await world.item(5000)
    await world.arrive(item.line(12), placed_at=ago(24 * 9))
    found = (await centre(world))["who_answered"]
    assert len(found["weeks"]) == 4
    for name in ("rules", "people", "outside", "lapsed"):
        assert sum(week[name] for week in found["weeks"]) == found[name]
    assert found["weeks"][2]["lapsed"] >= 1, "nine days ago is the week before this one"


async def test_each_number_leads_to_the_orders_that_it_is_of(world: World) -> None:
    item = await world.item(5000)
    await world.arrive(item.line(12))
    done = await world.arrive(item.line(48))
    await world.draft(done, {"sequence": "1", "taken": 36, "rejection_reason": "TemporarilyUnavailable"})
    await world.confirmed(await world.again(done))
    await world.arrive(item.line(12), placed_at=ago(24 * 9))
    found = await centre(world)

    async def count(**filters: str) -> int:
        asked = {f"filter[{name}]": value for name, value in filters.items()}
        listed = await world.get("/supply/orders", limit=1, **asked)
        return int(listed["count"])

    today = {"ordered": "last:1"}
    assert await count(status="not:cancelled", **today) == found["today"]["received"]["orders"]
    for step in ("decided", "open", "seen", "cut"):
        assert await count(step=step, **today) == found["today"][step]["orders"], step
    assert found["today"]["cut"]["orders"] >= 1
    for name in ("people", "lapsed"):
        orders = await world.get(
            "/supply/orders", limit=200, **{"filter[answered_by]": name, "filter[ordered]": "last:28"}
        )
        assert sum(row["line_count"] for row in orders["rows"]) == found["who_answered"][name] >= 1
    for wrong in ("filter[step]=half", "filter[answered_by]=me"):
        assert (await world.owner.get(world.owner.at(f"/supply/orders?{wrong}"))).status_code == 422
