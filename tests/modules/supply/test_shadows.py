"""A version in shadow: it notes what it would decide of each order that arrives, and nothing follows from it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from modules.supply.test_simulations import REASON, a_rule, enable, of, simulate
from modules.supply.world import Item, World

Json = dict[str, Any]


async def start(world: World, rule: Json, **body: Any) -> Any:
    return await world.manager.post(world.manager.at(f"/supply/rules/{rule['id']}/shadow"), json={"version": 1, **body})


async def report(world: World, rule: Json) -> Json:
    found: Json = (await world.get(f"/supply/rules/{rule['id']}/shadow"))["shadow"]
    return found


async def stop(world: World, rule: Json) -> Any:
    return await world.manager.delete(world.manager.at(f"/supply/rules/{rule['id']}/shadow"))


async def in_shadow(world: World, item: Item, **then: Any) -> Json:
    rule = await a_rule(world, f"Beside {item.sku}", of(item, **then))
    started = await start(world, rule)
    assert started.status_code == 201, started.text
    await world.turn()
    return rule


async def test_what_it_would_have_decided_is_noted_and_nothing_follows(world: World) -> None:
    short, other = await world.item(50, case_pack=12), await world.item(500)
    before = await world.arrive(other.line(6))
    rule = await in_shadow(world, short, case_pack="LOOSE_OK")
    found = await report(world, rule)
    assert (found["orders"], found["was"], found["running_version"]) == (0, None, None)

    order = await world.arrive(short.line(60, backorder=False), other.line(24))
    assert [line["taken"] for line in order["lines"]] == [48, 24], "the running rules decide"
    found = await report(world, rule)
    assert (found["orders"], found["lines"], found["moved"], found["answered"]) == (1, 2, 0, 0)
    assert (found["was"]["accepted"], found["now"]["accepted"]) == (48 + 24, 50 + 24)
    assert found["now"]["confirmation"] > found["was"]["confirmation"]
    assert {one["kind"]: one["lines"] for one in found["classes"]} == {"better": 1}
    assert found["waiting"] == 1, "whether there would have been stock shows a day later"
    page = await world.get(f"/supply/rules/{rule['id']}/shadow/lines", **{"class": "better"})
    (line,) = page["rows"]
    assert (line["sku"], line["was"]["accepted"], line["now"]["accepted"], line["value"]) == (
        short.sku, 48, 50, "12.40",
    )  # fmt: skip
    assert (line["po_number"], line["rule"]) == (order["po_number"], rule["name"])
    assert await world.held(order) == 0, "nothing is reserved by it"
    assert await world.submissions(order["po_number"]) == []
    listed = next(one for one in (await world.get("/supply/rules"))["rules"] if one["id"] == rule["id"])
    assert (listed["shadow"]["version"], listed["state"]) == (1, "draft")

    await world.stock(short, 60)  # every waiting order is decided again: each counts once, by its last decision
    assert [line["taken"] for line in (await world.again(order))["lines"]] == [60, 24]
    found = await report(world, rule)
    counted = {row["po_number"] for row in await world.rows(
        "select p.po_number from shadow_orders s join purchase_orders p on p.id = s.purchase_order_id where shadow_id = $1",
        found["id"],
    )}  # fmt: skip
    assert counted == {order["po_number"], before["po_number"]}, "what waited is decided again, and looked at again"
    assert (found["orders"], found["classes"], found["waiting"]) == (2, [], 0)
    assert found["was"] == found["now"]
    assert (await world.get(f"/supply/rules/{rule['id']}/shadow/lines", **{"class": "better"}))["rows"] == []
    assert (await stop(world, rule)).status_code == 204


async def test_one_of_a_rule_three_at_once_and_ended_by_time_by_hand_or_by_enabling(world: World) -> None:
    item = await world.item(500)
    rules = [await in_shadow(world, item) for _ in range(3)]
    twice = await start(world, rules[0])
    assert (twice.status_code, twice.json()["code"]) == (409, "in_shadow_already")
    fourth = await a_rule(world, "Fourth", of(item))
    full = await start(world, fourth)
    assert (full.status_code, full.json()["code"]) == (409, "shadows_full")
    assert (await world.get(f"/supply/rules/{fourth['id']}/shadow")) == {"shadow": None, "at_once": 3, "full": True}
    missing = await start(world, fourth, version=7)
    assert missing.status_code == 404

    assert (await stop(world, rules[0])).status_code == 204
    again = await stop(world, rules[0])
    assert (again.status_code, again.json()["code"]) == (409, "not_in_shadow")
    assert (await report(world, rules[0]))["end_reason"] == "stopped"

    await enable(world, rules[1], world.owner, override_reason=REASON)
    ended = await report(world, rules[1])
    assert ended["end_reason"] == "enabled"
    assert ended["ended_at"] is not None
    running = await start(world, rules[1])
    assert (running.status_code, running.json()["code"]) == (409, "version_decides")

    await world.db.execute(
        "update rule_shadows set ends_at = now() - interval '1 minute' where rule_set_id = $1", rules[2]["id"]
    )
    assert (await report(world, rules[2]))["end_reason"] == "over", "also before its work looks"
    order = await world.arrive(item.line(5))
    assert (await report(world, rules[2]))["orders"] == 0
    kinds = [
        row["kind"]
        for row in await world.rows(
            "select kind from journal_entries where object_id = $1 and kind like 'rule.shadow%' order by id",
            rules[2]["id"],
        )
    ]
    assert kinds == ["rule.shadow_started", "rule.shadow_over"]
    assert (await world.again(order))["status"] in ("held", "to_confirm")
    await world.manager.post(world.manager.at(f"/supply/rules/{rules[1]['id']}/pause"))
    await world.turn()


async def test_a_day_later_the_stock_shows_what_would_have_lacked(world: World) -> None:
    item, other = await world.item(None, case_pack=12), await world.item(5)
    now = datetime.now(UTC)
    await world.stock(item, 50)
    rule = await in_shadow(world, item, case_pack="LOOSE_OK")
    await world.arrive(item.line(60, backorder=False))
    await world.db.execute(
        "update shadow_lines set decided_at = $1, settles_at = $2", now - timedelta(hours=25), now - timedelta(hours=1)
    )
    await world.db.execute(
        "update stock_snapshots set as_of = $1, confirmed_at = $1, on_hand = 1 where item_id = (select id from items where sku = $2)",
        now - timedelta(hours=3),
        item.sku,
    )
    await world.arrive(other.line(1))
    found = await report(world, rule)
    assert {one["kind"]: one["lines"] for one in found["classes"]} == {"lacked_stock": 1}
    (line,) = (await world.get(f"/supply/rules/{rule['id']}/shadow/lines", **{"class": "lacked_stock"}))["rows"]
    assert (line["later_stock"], found["waiting"]) == (1, 0)
    assert (await stop(world, rule)).status_code == 204


async def test_an_order_with_an_answer_and_one_whose_inputs_moved_are_left_out_and_counted(world: World) -> None:
    item = await world.item(500)
    rule = await in_shadow(world, item, take="nothing")
    order = await world.arrive(item.line(24))
    shadow = await report(world, rule)
    assert (shadow["orders"], shadow["answered"], shadow["moved"]) == (1, 0, 0)
    # The stored decision says what nobody would decide from these inputs any more.
    await world.db.execute("delete from shadow_orders")
    await world.db.execute("delete from shadow_lines")
    await world.db.execute("update rule_shadows set result = null")
    await world.db.execute("update decision_lines set taken = 7 where decision_id = $1", UUID(order["decision"]["id"]))
    await world.arrive(item.line(3))
    shadow = await report(world, rule)
    assert (shadow["orders"], shadow["moved"]) == (1, 1)
    hidden = await world.stranger.get(world.stranger.at(f"/supply/rules/{rule['id']}/shadow"))
    assert hidden.status_code == 404
    assert (await stop(world, rule)).status_code == 204


async def test_an_enabled_version_is_watched_for_seven_days_beside_those_before(world: World) -> None:
    item = await world.item(500)
    before = await world.arrive(item.line(10))
    rule = await a_rule(world, "Watched", of(item, safety={"kind": "units", "units": 480}))
    path = f"/supply/rules/{rule['id']}/watch"
    assert (await world.get(path))["watch"] is None, "a draft decides nothing"
    proof = await simulate(world, {"rule_id": rule["id"], "days": 7})
    assert (await enable(world, rule, simulation_id=proof["id"])).status_code == 200
    since = datetime.now(UTC)
    await world.arrive(item.line(40, backorder=False))
    await world.turn()
    watch = (await world.get(path))["watch"]
    assert (watch["version"], watch["over"], watch["enough"], watch["before_version"]) == (1, False, False, None)
    assert watch["least"] == 20
    assert watch["now"]["orders"] == 1
    assert (watch["now"]["asked"], watch["now"]["confirmed"] < 40) == (40, True)
    assert watch["lines_of_rule"] == 1
    assert watch["before"]["orders"] >= 1
    assert watch["simulated"]["orders"] == proof["orders_simulated"]
    assert watch["simulated"]["confirmation"] == proof["now"]["confirmation"]
    (money,) = watch["now"]["money"]
    assert (money["currency"], money["asked"]) == ("EUR", "248.00")
    assert (await world.again(before))["status"] in ("held", "to_confirm")

    made = await world.manager.post(world.manager.at(f"/supply/rules/{rule['id']}/versions"), json={"body": of(item)})
    assert made.status_code == 201
    await enable(world, rule, world.owner, version=2, override_reason=REASON)
    watch = (await world.get(path))["watch"]
    assert (watch["version"], watch["before_version"], watch["simulated"]) == (2, 1, None)
    assert datetime.fromisoformat(watch["since"]) > since
    await world.db.execute(
        "update rule_set_versions set activates_at = activates_at - interval '15 days' where rule_set_id = $1",
        rule["id"],
    )
    assert (await world.get(path))["watch"] is None
    await world.manager.post(world.manager.at(f"/supply/rules/{rule['id']}/pause"))
    await world.turn()
