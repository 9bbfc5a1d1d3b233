"""Rules as the API keeps them: versions, who may enable what, the order, files, and the orders that follow at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from modules.supply.world import World

STANDARD = "00000000-0000-7000-8000-000000000001"
REASON = {"override_reason": "Agreed with the warehouse."}
Json = dict[str, Any]


async def post(world: World, path: str, body: Json | None = None, *, who: Any = None, status: int = 201) -> Json:
    who = who or world.owner
    answer = await who.post(who.at(f"/supply/rules{path}"), json=body if body is not None else {})
    assert answer.status_code == status, answer.text
    found: Json = answer.json() if answer.content else {}
    return found


async def rules(world: World) -> dict[str, Json]:
    return {rule["name"]: rule for rule in (await world.get("/supply/rules"))["rules"]}


async def a_rule(world: World, name: str, body: Json, *, running: bool = True) -> Json:
    made = await post(world, "", {"name": name, "body": body})
    if running:
        made = await post(world, f"/{made['id']}/enable", {"version": 1, **REASON}, status=200)
    return made


async def calm(world: World) -> None:
    """Leave no rule behind that decides."""
    for rule in (await world.get("/supply/rules"))["rules"]:
        if not rule["standard"] and rule["state"] == "on":
            await post(world, f"/{rule['id']}/pause", status=204)
    await world.turn()


async def kinds(world: World) -> list[tuple[str, str]]:
    found = await world.db.fetch(
        "select kind, log from journal_entries where organization_id = $1 and kind like 'rule.%' order by id",
        world.organization_id,
    )
    return [(row["kind"], row["log"]) for row in found]


async def test_a_rule_decides_from_when_it_is_enabled_and_says_so(world: World) -> None:
    item = await world.item(500, case_pack=12)
    before = await world.arrive(item.line(50))
    line = before["lines"][0]
    assert (line["taken"], line["decided_by"]["name"]) == (48, "Standard rules")
    made = await a_rule(
        world,
        "Core 90",
        {
            "when": [{"field": "sku", "values": [item.sku]}],
            "then": {"case_pack": "LOOSE_OK"},
            "stop": {"unproved": False},
        },
        running=False,
    )
    assert (made["state"], made["running"], made["newest"]["number"]) == ("draft", None, 1)
    await world.turn()
    assert (await world.again(before))["lines"][0]["taken"] == 48
    enabled = await post(world, f"/{made['id']}/enable", {"version": 1, **REASON}, status=200)
    assert (enabled["state"], enabled["running"]["override_reason"]) == ("on", REASON["override_reason"])
    await world.turn()  # a changed rule book decides waiting orders again
    after = await world.again(before)
    line = after["lines"][0]
    assert (line["taken"], line["decided_by"]["name"], after["decided_by"]["name"]) == (50, "Core 90 v1", "Core 90 v1")
    assert line["trace"][0]["message"] == "supply.rule.applies"
    assert (await rules(world))["Core 90"]["hits"] == 1
    again = await world.owner.post(world.owner.at(f"/supply/rules/{made['id']}/enable"), json={"version": 1, **REASON})
    assert (again.status_code, again.json()["code"]) == (409, "version_enabled")
    assert [kind for kind, log in await kinds(world) if log == "audit"] == ["rule.created", "rule.enabled"]
    await calm(world)
    assert (await world.again(before))["lines"][0]["taken"] == 48


async def test_a_version_enabled_during_a_burst_decides_each_order_whole_and_in_the_end_all_of_them(
    world: World,
) -> None:
    item = await world.item(50_000, case_pack=12)
    made = await a_rule(
        world,
        "In a burst",
        {
            "when": [{"field": "sku", "values": [item.sku]}],
            "then": {"case_pack": "LOOSE_OK"},
            "stop": {"unproved": False},
        },
        running=False,
    )
    numbers = [await world.place(item.line(50), item.line(26)) for _ in range(12)]
    for stream in ("purchase_orders", "purchase_order_status"):
        path = f"/administration/sync/{world.connection_id}/{stream}/runs"
        assert (await world.owner.post(world.owner.at(path))).status_code == 202
    enabling = post(world, f"/{made['id']}/enable", {"version": 1, **REASON}, status=200)
    await asyncio.gather(world.turn(), enabling)
    decisions = await world.rows(
        "select d.id, array_agg(distinct l.taken) as taken, count(distinct l.decided_by_name)::int as rules "
        "from decisions d join decision_lines l on l.decision_id = d.id join purchase_orders p on "
        "p.id = d.purchase_order_id where p.po_number = any($1::text[]) group by 1",
        numbers,
    )
    assert {tuple(sorted(row["taken"])) for row in decisions} <= {(24, 48), (26, 50)}, (
        "no decision is half old, half new"
    )
    assert {row["rules"] for row in decisions} == {1}
    await world.turn()
    for number in numbers:
        order = await world.order(number)
        assert (order["status"], [line["taken"] for line in order["lines"]]) == ("to_confirm", [50, 26])
    await calm(world)


async def test_a_new_version_decides_nothing_until_enabled_and_can_be_planned(world: World) -> None:
    item = await world.item(500)
    body = {"when": [{"field": "sku", "values": [item.sku]}], "stop": {"unproved": False}}
    made = await a_rule(world, "Planned", body)
    order = await world.arrive(item.line(24))
    assert order["lines"][0]["taken"] == 24
    nothing = body | {"then": {"take": "nothing"}}
    saved = await post(world, f"/{made['id']}/versions", {"body": nothing, "note": "for the fair"})
    assert (saved["newest"]["number"], saved["running"]["number"]) == (2, 1)
    assert [one["code"] for one in saved["findings"]] == []
    found = await world.get(f"/supply/rules/{made['id']}/differences", was=1, now=2)
    assert found["changes"] == [{"pointer": "/then/take", "was": "available", "now": "nothing"}]
    planned = await post(
        world, f"/{made['id']}/enable", {"version": 2, "activates_at": "2027-03-01T06:00:00Z", **REASON}, status=200
    )
    assert (planned["running"]["number"], planned["scheduled"]["number"]) == (1, 2)
    due = await world.db.fetchval("select due_at from work where key = 'all@2027-03-01T06:00:00+00:00'")
    assert due is not None
    await world.turn()
    assert (await world.again(order))["lines"][0]["taken"] == 24
    await calm(world)


async def test_a_rule_without_a_simulation_is_enabled_by_an_owner_and_holds_for_a_day(world: World) -> None:
    item = await world.item(500)
    made = await post(
        world, "", {"name": "Manager's", "body": {"when": [{"field": "sku", "values": [item.sku]}]}}, who=world.manager
    )
    refused = await post(world, f"/{made['id']}/enable", {"version": 1, **REASON}, who=world.manager, status=403)
    assert refused["code"] == "owner_only"
    short = await post(world, f"/{made['id']}/enable", {"version": 1, "override_reason": "why not"}, status=422)
    assert short["errors"][0]["pointer"] == "/override_reason"
    await post(world, f"/{made['id']}/enable", {"version": 1, **REASON}, status=200)
    order = await world.arrive(item.line(24))
    assert order["status"] == "held"
    assert [step["message"] for step in order["decision"]["hold"]] == ["supply.hold.rule_unproved"]
    await calm(world)


async def test_rejecting_whole_lines_takes_an_owner_who_typed_what_follows_and_never_a_file(world: World) -> None:
    door = {"then": {"may_reject_lines": True}, "when": [{"field": "brand", "values": ["Nobody"]}]}
    assert (await post(world, "", {"name": "Door", "body": door}, who=world.manager, status=403))[
        "code"
    ] == "owner_only"
    silent = await post(world, "", {"name": "Door", "body": door}, status=422)
    assert silent["errors"] == [
        {
            "pointer": "/consequence",
            "code": "consequence_missing",
            "message": "Type what follows: rejected lines never come back.",
        }
    ]
    typed = {"name": "Door", "body": door, "consequence": "Rejected lines never come back"}
    made = await post(world, "", typed)
    assert made["newest"]["consequence"] == "Rejected lines never come back"
    copy = await post(world, f"/{made['id']}/duplicate")
    assert copy["newest"]["body"]["then"]["may_reject_lines"] is False
    file = await world.get("/supply/rules/file")
    assert any(rule["body"]["then"]["may_reject_lines"] for rule in file["rules"])
    got = await post(world, "/file", file)
    assert got["stripped"] == ["Door"]
    drafts = [rule for rule in (await world.get("/supply/rules"))["rules"] if rule["state"] == "draft"]
    assert not any(rule["newest"]["body"]["then"]["may_reject_lines"] for rule in drafts if rule["id"] != made["id"])
    wrong = await post(world, "/file", file | {"schema_version": 99}, status=422)
    assert wrong["errors"][0]["code"] == "unknown_schema"
    for rule in drafts:
        gone = await world.owner.delete(world.owner.at(f"/supply/rules/{rule['id']}"))
        assert gone.status_code == 204, gone.text


async def test_what_can_never_match_is_said_and_the_order_of_rules_decides(world: World) -> None:
    wide = await a_rule(world, "All of Germany", {"when": [{"field": "marketplace", "values": ["A1PA6795UKMFR9"]}]})
    narrow = await a_rule(
        world,
        "One vendor code",
        {
            "when": [
                {"field": "marketplace", "values": ["A1PA6795UKMFR9"]},
                {"field": "vendor_code", "values": ["LUMD1"]},
            ]
        },
    )
    found = await rules(world)
    (finding,) = [one for one in found["One vendor code"]["findings"] if one["code"] == "shadowed"]
    assert finding["rules"] == ["All of Germany"]
    assert [name for name, rule in found.items() if rule["standard"]] == [list(found)[-1]]
    ids = [rule["id"] for rule in found.values() if not rule["standard"]]
    turned = [narrow["id"], wide["id"], *(one for one in ids if one not in (narrow["id"], wide["id"]))]
    answer = await world.owner.put(world.owner.at("/supply/rules/order"), json={"ids": turned})
    assert answer.status_code == 204, answer.text
    assert [one["code"] for one in (await rules(world))["One vendor code"]["findings"]] == []
    late = await world.owner.put(world.owner.at("/supply/rules/order"), json={"ids": turned[1:]})
    assert (late.status_code, late.json()["code"]) == (409, "rules_changed")
    impossible = {
        "when": [{"field": "brand", "values": ["Aurea"]}, {"field": "brand", "values": ["Aurea"], "negated": True}]
    }
    refused = await post(world, "", {"name": "Never", "body": impossible}, status=422)
    assert [(error["pointer"], error["code"]) for error in refused["errors"]] == [("/body/when", "impossible")]
    await calm(world)


async def test_a_draft_is_asked_about_the_last_lines_and_changes_nothing(world: World) -> None:
    item = await world.item(500, case_pack=12)
    order = await world.arrive(item.line(50))
    body = {"when": [{"field": "sku", "values": [item.sku]}], "then": {"case_pack": "LOOSE_OK"}}
    found = await post(world, "/evaluate", {"body": body}, who=world.analyst, status=200)
    (example,) = found["examples"]
    assert (example["po_number"], example["asked"], example["past"]) == (order["po_number"], 50, False)
    assert (example["was"]["taken"], example["now"]["taken"]) == (48, 50)
    assert (await world.again(order))["decision"]["id"] == order["decision"]["id"]
    number = order["po_number"]
    await world.db.execute("update purchase_orders set deal_code = 'PRIME-DAY' where po_number = $1", number)
    assert "PRIME-DAY" in (await world.get("/supply/rules/choices"))["deal_codes"]
    deals = body | {"stop": {"known_deals": []}}
    (example,) = (await post(world, "/evaluate", {"body": deals}, status=200))["examples"]
    assert (example["now"]["taken"], example["now"]["held"]) == (50, True)  # what holds its order holds the line
    assert example["now"]["summary"]["message"] == "supply.hold.unknown_deal"
    nobody = await post(world, "/evaluate", {"body": {"when": [{"field": "sku", "values": ["no such"]}]}}, status=200)
    assert (nobody["examples"], nobody["findings"][0]["code"]) == ([], "nobody_has")


async def test_the_standard_rule_is_changed_like_any_other_but_never_paused_and_takes_what_is_left(
    world: World,
) -> None:
    item = await world.item(500, case_pack=12)
    order = await world.arrive(item.line(50))
    careful = {"then": {"cut_tolerance": "0"}, "stop": {"unproved": False}}
    saved = await post(world, f"/{STANDARD}/versions", {"body": careful})
    assert (saved["running"]["number"], saved["newest"]["number"]) == (1, 2)
    await post(world, f"/{STANDARD}/enable", {"version": 2, **REASON}, status=200)
    await world.turn()
    held = await world.again(order)
    assert (held["status"], held["lines"][0]["hold"][0]["message"]) == ("held", "supply.cut.pack_rest_too_large")
    refused = await post(world, f"/{STANDARD}/pause", status=409)
    assert refused["code"] == "standard_rule"
    await post(world, f"/{STANDARD}/versions", {"body": {"stop": {"unproved": False}}})
    await post(world, f"/{STANDARD}/enable", {"version": 3, **REASON}, status=200)
    await world.turn()
    assert (await world.again(order))["status"] == "to_confirm"


async def test_rules_belong_to_their_organization_and_readers_change_nothing(world: World) -> None:
    made = await a_rule(world, "Ours", {"when": [{"field": "brand", "values": ["Aurea"]}]}, running=False)
    theirs = await world.get("/supply/rules", world.stranger)
    assert [rule["name"] for rule in theirs["rules"]] == ["Standard rules"]
    foreign = await world.stranger.get(world.stranger.at(f"/supply/rules/{made['id']}"))
    assert foreign.status_code == 404
    seen = await world.get("/supply/rules", world.analyst)
    assert (seen["can_write"], seen["owner"]) == (False, False)
    assert (await post(world, f"/{made['id']}/pause", who=world.analyst, status=403))["code"] == "permission_missing"


async def test_orders_below_the_minimum_value_wait_for_the_ones_they_travel_with(world: World) -> None:
    """ORDER-RULES 3: three orders of 180 to one place pass a minimum of 500."""
    item = await world.item(5000, case_pack=1, cost_price="6.00")
    made = await a_rule(
        world,
        "Minimum",
        {
            "when": [{"field": "sku", "values": [item.sku]}],
            "then": {"minimum_order_value": "500"},
            "stop": {"unproved": False},
        },
    )
    thirty = {**item.line(30), "net_cost": "6.00"}
    # A window of their own: orders of other tests to this place must not travel with them.
    start = (datetime.now(UTC) + timedelta(days=40)).replace(hour=0, minute=0, second=0, microsecond=0)
    apart = {"window_start": start.isoformat(), "window_end": (start + timedelta(days=5)).isoformat()}
    apart |= {"fulfilment_center": "DTM2"}
    first = await world.arrive(thirty, **apart)
    second = await world.arrive(thirty, **apart)
    assert {(await world.again(one))["status"] for one in (first, second)} == {"held"}
    third = await world.arrive(thirty, **apart)
    assert third["status"] == "to_confirm"
    assert {(await world.again(one))["status"] for one in (first, second)} == {"to_confirm"}
    assert made["state"] == "on"
    await calm(world)
