"""Simulations as the API keeps them: what comes out, what enabling asks for, what is brought back, whose eyes see it."""

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from modules.supply.world import Item, World
from oktee.demo.past_stock import HOURS, remember_customer
from oktee.modules.supply.simulations import ahead, running

Json = dict[str, Any]
REASON = "Agreed with the warehouse."


async def simulate(world: World, body: Json, *, who: Any = None) -> Json:
    who = who or world.manager
    asked = await who.post(who.at("/supply/rules/simulations"), json=body)
    assert asked.status_code == 202, asked.text
    assert asked.headers["Location"].endswith(asked.json()["operation_id"])
    await world.turn()
    found: Json = await world.get(f"/supply/rules/simulations/{asked.json()['id']}")
    return found


async def lines(world: World, simulation: Json, kind: str, **query: Any) -> list[Json]:
    found = await world.get(f"/supply/rules/simulations/{simulation['id']}/lines", **{"class": kind}, **query)
    return list(found["rows"])


def of(item: Item, **then: Any) -> Json:
    return {"when": [{"field": "sku", "values": [item.sku]}], "then": then}


async def a_rule(world: World, name: str, body: Json) -> Json:
    made = await world.manager.post(world.manager.at("/supply/rules"), json={"name": name, "body": body})
    assert made.status_code == 201, made.text
    found: Json = made.json()
    return found


async def enable(world: World, rule: Json, who: Any = None, **body: Any) -> Any:
    who = who or world.manager
    return await who.post(who.at(f"/supply/rules/{rule['id']}/enable"), json={"version": 1, **body})


async def test_a_draft_is_asked_about_past_orders_with_the_stock_as_it_was(world: World) -> None:
    short, plenty, unknown = await world.item(50, case_pack=12), await world.item(500), await world.item(None)
    await world.arrive(short.line(60, backorder=False), plenty.line(24), unknown.line(10))
    found = await simulate(world, {"name": "Loose", "body": of(short, case_pack="LOOSE_OK")})
    assert (found["state"], found["orders"], found["done"]) == ("done", 1, 1)
    assert (found["lines"], found["not_simulated"]) == (2, 1), (
        "a line without a recorded stock is counted, never filled in"
    )
    assert (found["was"]["accepted"], found["now"]["accepted"]) == (48 + 24, 50 + 24)
    assert found["was"] == found["happened"], "the running rules decide again what they decided"
    assert {one["kind"]: one["lines"] for one in found["classes"]} == {"better": 1, "not_simulated": 1}
    assert [week["now"]["accepted"] for week in found["weeks"]] == [74]
    (line,) = await lines(world, found, "better")
    assert (line["sku"], line["was"]["accepted"], line["now"]["accepted"], line["value"]) == (
        short.sku,
        48,
        50,
        "12.40",
    )
    assert line["now"]["summary"]["message"].startswith("supply.")
    (missing,) = await lines(world, found, "not_simulated", sku=unknown.sku)
    assert (missing["sku"], missing["asked"], missing["now"]) == (unknown.sku, 10, None)
    same = await simulate(world, {"name": "Nothing", "body": of(uuid_item()), "compared_with": "happened"})
    assert [one["kind"] for one in same["classes"]] == ["not_simulated"], "a rule that takes no line changes none"
    file = await world.manager.get(world.manager.at(f"/supply/rules/simulations/{found['id']}/file"))
    assert (file.status_code, file.content[:2]) == (200, b"PK")


async def test_lines_are_sorted_by_each_of_their_figures_a_page_at_a_time(world: World) -> None:
    items = [await world.item(50, case_pack=12) for _ in range(3)]
    asked = [30, 50, 40]
    order = await world.arrive(*(item.line(units, backorder=False) for item, units in zip(items, asked, strict=True)))
    body = {"when": [{"field": "sku", "values": [item.sku for item in items]}], "then": {"case_pack": "LOOSE_OK"}}
    found = await simulate(world, {"name": "Loose", "body": body})
    path = world.manager.at(f"/supply/rules/simulations/{found['id']}/lines")
    for sort, key in (("sku", "sku"), ("asked", "asked"), ("value", "value"), ("decided_at", "decided_at")):
        for down in (False, True):
            paged: list[Json] = []
            after: str | None = None
            while True:
                query = {"class": "better", "sort": f"-{sort}" if down else sort, "limit": 1}
                page = (await world.manager.get(path, params=query | ({"after": after} if after else {}))).json()
                paged += page["rows"]
                after = page["next"]
                if after is None:
                    break
            values = [
                float(one[key]) if key == "value" else one[key] for one in paged if one["order_id"] == order["id"]
            ]
            assert len({one["sku"] for one in paged} & {item.sku for item in items}) == 3
            assert values == sorted(values, reverse=down), sort
    other = await world.manager.get(path, params={"class": "better", "sort": "colour"})
    assert other.status_code == 422


async def test_an_exception_decides_again_only_what_shares_stock_with_its_sku(world: World) -> None:
    left_out, shared, apart = [await world.item(50, case_pack=12) for _ in range(3)]
    await world.arrive(left_out.line(60, backorder=False), shared.line(60, backorder=False))
    await world.arrive(shared.line(40, backorder=False))
    await world.arrive(apart.line(60, backorder=False))
    ours = [left_out.sku, shared.sku, apart.sku]

    def body(*without: str) -> Json:
        not_for = [{"field": "sku", "negated": True, "values": list(without)}] if without else []
        return {"when": [{"field": "sku", "values": ours}, *not_for], "then": {"case_pack": "LOOSE_OK"}}

    async def all_lines(simulation: Json) -> list[Json]:
        found = []
        for one in simulation["classes"]:
            found += await lines(world, simulation, one["kind"])
        return sorted(({**one, "number": 0} for one in found), key=lambda one: (one["po_number"], one["sequence"]))

    told = ("lines", "not_simulated", "orders_simulated", "was", "now", "happened", "weeks", "done", "orders")
    before = await simulate(world, {"name": "Loose", "body": body()})
    based = before
    for without in ((left_out.sku,), (left_out.sku, apart.sku), (apart.sku,)):
        asked = {"name": "Loose", "body": body(*without)}
        again = await simulate(world, asked | {"based_on": based["id"]})
        whole = await simulate(world, asked)
        assert (again["state"], again["whole_because"], again["based_on"]) == ("done", None, based["id"])
        assert 0 < again["orders_again"] < before["orders"], "the other orders were kept"
        assert {name: again[name] for name in told} == {name: whole[name] for name in told}
        assert sorted(again["classes"], key=str) == sorted(whole["classes"], key=str)
        assert await all_lines(again) == await all_lines(whole)
        assert whole["orders_again"] is None
        based = again  # one change after the other
    other = await simulate(
        world, {"name": "Loose", "body": {**body(), "then": {"take": "nothing"}}, "based_on": based["id"]}
    )
    assert (other["state"], other["whole_because"], other["orders_again"]) == ("done", "other", None)
    await world.stock(apart, 70)
    changed = await simulate(world, {"name": "Loose", "body": body(shared.sku), "based_on": based["id"]})
    assert (changed["state"], changed["whole_because"]) == ("done", "changed"), "stock came meanwhile"
    never = await world.manager.post(
        world.manager.at("/supply/rules/simulations"),
        json={"name": "Loose", "body": body(), "based_on": str(uuid4())},
    )
    assert never.status_code == 404


def uuid_item() -> Item:
    return Item(f"X-{uuid4().hex[:8]}", "B0NOTHING1", "1.00")


async def test_a_version_is_enabled_on_a_simulation_of_exactly_what_it_says(world: World) -> None:
    item = await world.item(500)
    await world.arrive(item.line(12))
    rule = await a_rule(world, "Proved", of(item))
    refused = await enable(world, rule)
    assert (refused.status_code, refused.json()["code"]) == (403, "owner_only")
    asked = await enable(world, rule, world.owner)
    assert (asked.status_code, asked.json()["code"]) == (409, "simulation_needed")
    other = await simulate(world, {"rule_id": rule["id"], "body": of(item, take="nothing"), "days": 7})
    assert other["version"] is None
    wrong = await enable(world, rule, simulation_id=other["id"])
    assert (wrong.status_code, wrong.json()["code"]) == (409, "simulation_needed")
    proof = await simulate(world, {"rule_id": rule["id"], "days": 7})
    assert proof["version"] == 1
    empty = "update simulations set result = jsonb_set(result, '{orders_simulated}', $2::text::jsonb) where id = $1"
    await world.db.execute(empty, UUID(proof["id"]), "0")
    nothing = await enable(world, rule, simulation_id=proof["id"])
    assert (nothing.status_code, nothing.json()["code"]) == (409, "simulation_needed"), (
        "no line had a stock to be tried on"
    )
    assert proof["orders_simulated"] > 0
    await world.db.execute(empty, UUID(proof["id"]), str(proof["orders_simulated"]))
    enabled = await enable(world, rule, simulation_id=proof["id"])
    assert enabled.status_code == 200, enabled.text
    running = enabled.json()["running"]
    assert (running["simulation_id"], running["override_reason"]) == (proof["id"], None)
    order = await world.arrive(item.line(24))
    assert order["status"] == "to_confirm", "what was simulated is not held for a day"

    second = await world.manager.post(
        world.manager.at(f"/supply/rules/{rule['id']}/versions"), json={"body": of(item, take="nothing")}
    )
    assert second.json()["newest"]["number"] == 2
    kept = await world.get("/supply/rules/simulations", rule_id=rule["id"])
    assert [(one["id"], one["version"]) for one in kept["rows"]] == [(proof["id"], 1), (other["id"], 2)], (
        "what was tried"
    )
    await enable(world, rule, world.owner, version=2, override_reason=REASON)
    back = await world.manager.post(world.manager.at(f"/supply/rules/{rule['id']}/bring-back"), json={"version": 1})
    assert back.status_code == 200, back.text
    running = back.json()["running"]
    assert (running["number"], running["brings_back"], running["body"]) == (3, 1, enabled.json()["running"]["body"])
    await world.turn()
    assert (await world.again(order))["lines"][0]["taken"] == 24
    never = await world.manager.post(world.manager.at(f"/supply/rules/{rule['id']}/bring-back"), json={"version": 9})
    assert never.status_code == 404
    kinds = await world.rows(
        "select kind from journal_entries where log = 'audit' and object_id = $1 order by id", rule["id"]
    )
    assert [row["kind"] for row in kinds] == [
        "rule.created", "rule.enabled_simulated", "rule.version_saved", "rule.enabled", "rule.brought_back",
    ]  # fmt: skip
    await world.owner.post(world.owner.at(f"/supply/rules/{rule['id']}/pause"))
    await world.turn()


async def test_what_a_later_file_did_not_leave_is_said_to_lack(world: World) -> None:
    item = await world.item(None, case_pack=12)
    now = datetime.now(UTC)
    await world.stock(item, 50, as_of=now - timedelta(hours=30))
    order = await world.arrive(item.line(60, backorder=False))
    await world.stock(item, 1, as_of=now - timedelta(hours=20))
    await world.db.execute(
        "update decisions set decided_at = $1 where purchase_order_id = $2", now - timedelta(hours=29), order_id(order)
    )
    found = await simulate(world, {"name": "Loose", "body": of(item, case_pack="LOOSE_OK")})
    (line,) = await lines(world, found, "lacked_stock", sku=item.sku)
    assert (line["now"]["accepted"] - line["was"]["accepted"], line["later_stock"]) == (2, 1)


def order_id(order: Json) -> Any:
    return UUID(order["id"])


async def test_a_simulation_is_stopped_listed_and_shown_to_nobody_else(world: World) -> None:
    asked = await world.manager.post(
        world.manager.at("/supply/rules/simulations"), json={"name": "Stopped", "body": {}, "days": 28}
    )
    path = f"/supply/rules/simulations/{asked.json()['id']}"
    stopped = await world.manager.delete(world.manager.at(path))
    assert stopped.status_code == 202, stopped.text
    await world.turn()
    assert (await world.get(path))["state"] == "cancelled"
    over = await world.manager.delete(world.manager.at(path))
    assert (over.status_code, over.json()["code"]) == (409, "simulation_over")
    assert (await world.get("/supply/rules/simulations"))["rows"][0]["rule_name"] == "Stopped"
    assert (await world.get("/supply/rules/simulations", world.stranger))["rows"] == []
    assert (await world.stranger.get(world.stranger.at(path))).status_code == 404
    bad = await world.manager.post(world.manager.at("/supply/rules/simulations"), json={"days": 60})
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/body")


async def test_past_orders_in_the_demo_are_simulated_on_the_stock_of_past_days(world: World) -> None:
    now = datetime.now(UTC)
    transport = httpx.ASGITransport(app=world.amazon.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://amazon.test") as erp:
        for kind in ("items", "stock"):
            await world.upload(kind, (await erp.get(f"/_control/customers/lumea/{kind}.csv")).content)
        loaded = await remember_customer(world.organization_id, "lumea", erp, now=now, days=3, pause=0)
        again = await remember_customer(world.organization_id, "lumea", erp, now=now, days=3, pause=0)
    days = [(now - timedelta(days=back)).replace(minute=0, second=0, microsecond=0) for back in range(3)]
    feeds = {at for day in days for hour in HOURS if (at := day.replace(hour=hour)) < now - timedelta(hours=1)}
    assert (loaded, again) == (len(feeds), 0), "what is there is not loaded twice"
    past = await world.rows("select distinct as_of as at from stock_snapshots")
    assert feeds <= {row["at"] for row in past}

    (known,) = await world.rows(
        """select i.sku, l.asin from items i join item_links l on l.item_id = i.id where i.status = 'active'
        and exists (select 1 from stock_balances b where b.item_id = i.id and b.on_hand > 100) order by i.sku limit 1"""
    )
    line = {"asin": known["asin"], "vendor_product_identifier": known["sku"], "quantity": 6, "uom": "Eaches"}
    order = await world.arrive({**line, "net_cost": "9.00"})
    yesterday = now - timedelta(days=1, hours=2)
    await world.db.execute(
        "update decisions set decided_at = $1 where purchase_order_id = $2", yesterday, order_id(order)
    )
    found = await simulate(world, {"name": "Then", "body": of(uuid_item()), "days": 7})
    assert await lines(world, found, "not_simulated", sku=known["sku"]) == [], "the stock of that day is known"


async def test_a_second_process_decides_the_later_parts_and_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "FIRST", 1)
    monkeypatch.setattr(running, "SIZE", 1)
    item = await world.item(None, case_pack=12)
    now = datetime.now(UTC)
    await world.stock(item, 500, as_of=now - timedelta(hours=30))
    for n in range(9):
        order = await world.arrive(item.line(30 + n, backorder=False))
        await world.db.execute(
            "update decisions set decided_at = $1 where purchase_order_id = $2",
            now - timedelta(hours=29 - n),
            order_id(order),
        )
    asked = {"name": "Loose", "body": of(item, case_pack="LOOSE_OK")}
    seen: list[str] = []
    get = ahead.SecondProcess.get

    async def watched(second: ahead.SecondProcess, number: int) -> ahead.Ahead | None:
        if dies and number == second.first + 1:
            second._process.kill()
            second._process.wait()
            while second._pipe is not None and second._pipe.poll():  # what it told before it died is lost, too
                with contextlib.suppress(EOFError):
                    second._pipe.recv()
                    continue
                break
        found = await get(second, number)
        seen.append("gone" if found is None else "there")
        return found

    monkeypatch.setattr(ahead.SecondProcess, "get", watched)
    monkeypatch.setattr(ahead, "_cores", lambda: 1)
    dies = False
    alone = await simulate(world, asked)
    assert seen == [], "one core simulates by itself"
    monkeypatch.setattr(ahead, "_cores", lambda: 2)
    for dies in (False, True):
        seen.clear()
        found = await simulate(world, asked)
        assert seen, "a second process was asked"
        assert ("gone" in seen) is dies
        for name in ("state", "orders", "done", "lines", "not_simulated", "was", "now", "happened", "weeks", "classes"):
            assert found[name] == alone[name], (dies, name)
        assert await lines(world, found, "better") == await lines(world, alone, "better")
    assert ahead.SecondProcess._going == 0
