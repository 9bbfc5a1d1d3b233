"""What is sent without a person: never in Suggest only, at once, or after some minutes; and what is never touched."""

import asyncio
from typing import Any

import pytest
from modules.supply.world import World
from oktee.kit import work
from oktee.kit.database import tenant_session
from oktee.kit.module import installed
from oktee.modules.supply.answers.validation import Violation
from oktee.modules.supply.settings import settings_to_change, write_settings


async def test_suggest_only_sends_nothing_ever(world: World) -> None:
    item = await world.item(500)
    order = await world.arrive(item.line(48))
    for _ in range(3):
        await world.poll()
        await world.later()
    assert ((await world.again(order))["status"], await world.answers(order["po_number"])) == ("to_confirm", [])
    assert await world.submissions(order["po_number"]) == []


async def test_at_once_answers_the_next_order_by_itself_with_its_reason(world: World) -> None:
    item = await world.item(500)
    waiting = await world.arrive(item.line(24))
    await world.automation("at_once", browser=world.manager)
    order = await world.arrive(item.line(48))
    await world.later()
    shown = await world.again(order)
    assert (shown["status"], shown["answers"][-1]["state"]) == ("confirmed", "seen")
    assert shown["answers"][-1]["planned_by"] == {"type": "rule", "name": "Standard rules"}
    assert shown["decided_by"]["type"] == "rule"
    events = {event["kind"]: event for event in await world.events(order)}
    assert events["order.proposed"]["payload"]["lines"][0]["summary"]["values"]
    assert (events["answer.planned"]["cause"], events["answer.planned"]["log"]) == ("at_once", "audit")
    assert events["answer.sent"]["actor"]["type"] == "rule"
    assert len(await world.effective(order["po_number"])) == 1
    assert (await world.again(waiting))["status"] == "to_confirm"
    assert await world.submissions(waiting["po_number"]) == []


async def test_orders_that_waited_before_are_sent_when_a_person_says_these_too(world: World) -> None:
    item = await world.item(500)
    waiting, left = await world.arrive(item.line(24)), await world.arrive(item.line(36))
    path = world.owner.at("/supply/automation/waiting")
    sheet = {"orders": [shown(waiting)]}
    off = await world.owner.post(path, json=sheet)
    assert (off.status_code, off.json()["code"]) == (409, "automation_off")
    info = await world.automation("at_once")
    assert info["waiting_before"] >= 2
    await world.poll()
    assert await world.submissions(waiting["po_number"]) == []
    assert (await world.analyst.post(world.analyst.at("/supply/automation/waiting"), json=sheet)).status_code == 403
    # What the person did not see is refused, order by order: another decision, an order that does not wait.
    stale = {"orders": [shown(waiting) | {"decision_id": left["decision"]["id"]}]}
    (refused,) = (await world.owner.post(path, json=stale)).json()["results"]
    assert (refused["ok"], refused["problem"]["code"]) == (False, "decision_changed")
    assert await world.answers(waiting["po_number"]) == []
    # Nor is a line rejected whole together with others.
    nothing = {"sequence": "1", "taken": 0, "rejection_reason": "TemporarilyUnavailable", "confirm_sku": item.sku}
    gone = {"orders": [shown((await world.draft(left, nothing)).json())]}
    (refused,) = (await world.owner.post(path, json=gone)).json()["results"]
    assert (refused["ok"], refused["problem"]["code"]) == (False, "rejects_whole_line")
    (sent,) = (await world.owner.post(path, json=sheet)).json()["results"]
    assert (sent["id"], sent["ok"], sent["answer"]["state"]) == (waiting["id"], True, "planned")
    (again,) = (await world.owner.post(path, json=sheet)).json()["results"]
    assert (again["ok"], again["problem"]["code"]) == (False, "order_changed")
    await world.turn()
    await world.later()
    seen = await world.again(waiting)
    assert (seen["answers"][-1]["state"], seen["answers"][-1]["planned_by"]["type"]) == ("seen", "person")
    assert (await world.again(left))["status"] == "to_confirm", "left out of the sheet, it still waits"


def shown(order: Any) -> dict[str, Any]:
    return {"id": order["id"], "revision": order["revision"], "decision_id": order["decision"]["id"]}


async def test_delayed_waits_and_then_sends(world: World) -> None:
    item = await world.item(500)
    await world.automation("delayed", 1)
    order = await world.arrive(item.line(48))
    assert (order["status"], order["answers"][-1]["state"]) == ("scheduled", "planned")
    assert order["send_at"] > order["first_seen_at"]
    await world.later()
    assert (await world.again(order))["status"] == "scheduled", "its minute is not over, whenever a worker looks"
    await world.db.execute(
        "update acknowledgements set send_at = now() - interval '1 second' where po_number = $1", order["po_number"]
    )
    await world.later()
    await world.later()
    assert (await world.again(order))["answers"][-1]["state"] == "seen"
    assert len(await world.submissions(order["po_number"])) == 1


async def test_a_hold_that_is_undone_leaves_the_answer_planned_as_it_was(world: World) -> None:
    item = await world.item(500)
    await world.automation("delayed", 30)
    order = await world.arrive(item.line(48))
    path = world.owner.at("/supply/orders/bulk")

    async def act(action: str, **more: Any) -> Any:
        answer = await world.owner.post(path, json={"action": action, "ids": [order["id"]]} | more)
        assert (answer.status_code, answer.json()["refused"]) == (200, [])
        return await world.again(order)

    held = await act("hold", reason="price talks")
    assert (held["status"], held["send_at"], held["answers"][-1]["state"]) == ("held", None, "superseded")
    back = await act("undo_hold")
    assert (back["status"], back["send_at"]) == ("scheduled", order["send_at"])
    assert (back["answers"][-1]["state"], back["answers"][-1]["planned_by"]["type"]) == ("planned", "rule")
    assert back["answers"][-1]["lines"] == order["answers"][-1]["lines"]
    # Held again and decided anew meanwhile: the rules look at it, and nothing that was is put back.
    await act("hold", reason="price talks")
    line = {"sequence": order["lines"][0]["sequence"], "taken": 24, "rejection_reason": "TemporarilyUnavailable"}
    now = await world.again(order)
    body = {"revision": now["revision"], "decision_id": now["decision"]["id"], "lines": [line]}
    draft = await world.owner.put(world.owner.at(f"/supply/orders/{order['id']}/draft"), json=body)
    assert draft.status_code == 200, draft.text
    assert (await act("undo_hold"))["send_at"] is None


async def test_a_scheduled_answer_can_be_stopped(world: World) -> None:
    item = await world.item(500)
    await world.automation("delayed", 1)
    order = await world.arrive(item.line(48))
    path = world.owner.at(f"/supply/orders/{order['id']}/scheduled")
    assert (await world.analyst.delete(world.analyst.at(f"/supply/orders/{order['id']}/scheduled"))).status_code == 403
    stopped = await world.owner.delete(path)
    assert (stopped.status_code, stopped.json()["status"]) == (200, "held")
    assert await world.held(order) == 0
    await world.db.execute("update acknowledgements set send_at = now() where po_number = $1", order["po_number"])
    await world.later()
    await world.poll()
    assert await world.submissions(order["po_number"]) == []
    assert (await world.again(order))["status"] == "held"
    again = await world.owner.delete(path)
    assert (again.status_code, again.json()["code"]) == (409, "not_scheduled")


async def test_a_person_may_send_a_scheduled_answer_now(world: World) -> None:
    item = await world.item(500)
    await world.automation("delayed", 20)
    order = await world.arrive(item.line(48))
    seen = await world.confirmed(order)
    assert [answer["state"] for answer in seen["answers"]] == ["superseded", "seen"]
    assert len(await world.submissions(order["po_number"])) == 1
    assert await world.held(order) == 48


async def test_switching_back_takes_back_what_was_scheduled(world: World) -> None:
    item = await world.item(500)
    await world.automation("delayed", 1)
    order = await world.arrive(item.line(48))
    assert await world.held(order) == 48
    await world.automation("suggest")
    assert ((await world.again(order))["status"], await world.held(order)) == ("to_confirm", 0)
    await world.db.execute("update acknowledgements set send_at = now() where po_number = $1", order["po_number"])
    await world.later()
    assert await world.submissions(order["po_number"]) == []
    await world.automation("at_once")
    await world.poll()
    assert (await world.again(order))["status"] == "to_confirm", "it became available before this was switched on"


async def test_switching_back_takes_back_what_amazon_kept_waiting(world: World) -> None:
    item = await world.item(500)
    await world.automation("at_once")
    await world.fault("throttle", count=500)
    order = await world.arrive(item.line(48))
    assert (order["status"], order["answers"][-1]["state"]) == ("sending", "planned")
    await world.automation("suggest")
    await world.amazon.control("DELETE", "/faults")
    await world.later()
    assert (await world.again(order))["status"] == "to_confirm"
    assert await world.effective(order["po_number"]) == []


async def test_all_of_it_is_paused_with_its_mode_kept_and_resumes_for_what_comes_from_then_on(world: World) -> None:
    path = world.manager.at("/supply/automation/pause")
    item = await world.item(500)
    await world.automation("delayed", 60, browser=world.manager)
    planned = await world.arrive(item.line(24))
    assert (await world.again(planned))["status"] == "scheduled"
    denied = await world.analyst.post(world.analyst.at("/supply/automation/pause"))
    assert denied.status_code == 403
    paused = (await world.manager.post(path)).json()
    assert (paused["mode"], paused["paused_mode"], paused["since"]) == ("suggest", "delayed", None)
    assert paused["paused_at"] is not None
    assert (await world.again(planned))["status"] == "to_confirm", "what had not left waits again"
    meanwhile = await world.arrive(item.line(24))
    await world.later()
    assert (await world.again(meanwhile))["status"] == "to_confirm"
    assert (await world.manager.post(path)).json()["code"] == "automation_off", "it is paused already"
    resumed = (await world.manager.delete(path)).json()
    assert (resumed["mode"], resumed["delay_minutes"], resumed["paused_mode"]) == ("delayed", 60, None)
    assert resumed["waiting_before"] >= 2, "what waited meanwhile is offered to a person"
    after = await world.arrive(item.line(24))
    states = [(await world.again(order))["status"] for order in (planned, meanwhile, after)]
    assert states == ["to_confirm", "to_confirm", "scheduled"]
    kinds = await world.rows("select kind, log from journal_entries where kind like 'automation.all_%' order by id")
    assert [(row["kind"], row["log"]) for row in kinds] == [
        ("automation.all_paused", "audit"), ("automation.all_resumed", "audit"),
    ]  # fmt: skip
    await world.automation("suggest", browser=world.manager)


async def test_a_pause_is_not_undone_by_whoever_writes_another_setting_at_that_moment(world: World) -> None:
    await world.automation("delayed", 60, browser=world.manager)
    async with tenant_session(world.organization_id) as session:
        other = await settings_to_change(session)
        pausing = asyncio.create_task(world.manager.post(world.manager.at("/supply/automation/pause")))
        await asyncio.wait({pausing}, timeout=0.5)  # without the lock it has read the old settings by now
        other.fallback = "ACCEPT_AVAILABLE"
        await write_settings(session, other, by=None)
    paused = (await pausing).json()
    assert (paused["mode"], paused["paused_mode"], paused["fallback"]) == ("suggest", "delayed", "ACCEPT_AVAILABLE")
    async with tenant_session(world.organization_id) as session:
        other = await settings_to_change(session)
        other.fallback = "DO_NOTHING"
        await write_settings(session, other, by=None)
    await world.automation("suggest", browser=world.manager)


async def test_what_a_person_confirmed_is_sent_whatever_the_mode(world: World) -> None:
    item = await world.item(500)
    await world.automation("delayed", 20)
    order = await world.arrive(item.line(48))
    await world.confirm(order)
    await world.automation("suggest")
    await world.turn()
    await world.later()
    assert (await world.again(order))["answers"][-1]["state"] == "seen"


async def test_held_orders_are_not_sent_by_themselves(world: World) -> None:
    empty, dear, fine = await world.item(0), await world.item(500, cost_price="9.00"), await world.item(500)
    await world.automation("at_once")
    for lines in ([empty.line(24)], [dear.line(24, net_cost="6.00")], [fine.line(24), empty.line(24)]):
        order = await world.arrive(*lines)
        await world.later()
        assert (order["status"], order["answers"]) == ("held", [])
        assert await world.submissions(order["po_number"]) == []


async def test_one_order_that_amazon_would_not_take_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oktee.modules.supply import answering
    from oktee.modules.supply.answer_bodies import AnswerInvalid

    item = await world.item(500)
    await world.automation("at_once")
    bad, good = await world.place(item.line(24)), await world.place(item.line(36))
    plan = answering.plan

    async def refuse(session: Any, order: Any, state: Any, **rest: Any) -> Any:
        if order.po_number == bad:
            refused = AnswerInvalid("Amazon does not take this answer.")
            refused.broken = (Violation("H9", "1", "supply.answer.backorder_not_allowed", ("1",)),)
            raise refused
        return await plan(session, order, state, **rest)

    monkeypatch.setattr(answering, "plan", refuse)
    await world.poll()
    await world.later()
    held = await world.order(bad)
    assert held["status"] == "held"
    assert held["status_detail"]["message"] == "supply.answer.backorder_not_allowed", "it says why"
    assert (await world.order(good))["answers"][-1]["state"] == "seen"
    rows = (await world.get("/supply/exceptions", limit=500))["rows"]
    (row,) = [one for one in rows if one["order_id"] == held["id"]]
    assert (row["cause"], row["message"]["values"]["line"]["value"]) == ("not_sent", "1")
    told = "select count(*) from notifications where notice = 'order_held' and object_label = $1"
    assert await world.db.fetchval(told, bad) == 2, "the owner and the manager"
    # Looked at again with the same end, it is said once.
    await world.stock(item, 400)
    await world.turn()
    kinds = [event["kind"] for event in await world.events(held)]
    assert kinds.count("answer.not_planned") == 1
    assert (await world.order(bad))["status"] == "held"
    monkeypatch.setattr(answering, "plan", plan)
    assert (await world.confirmed(await world.order(bad)))["status"] == "confirmed"


async def test_an_answer_whose_hours_open_too_late_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    item = await world.item(500)
    await world.automation("at_once")
    monkeypatch.setattr("oktee.modules.supply.deciding.leaving.leaves_at", lambda *_, **__: None)
    order = await world.arrive(item.line(24))
    assert (order["status"], order["status_detail"]["message"]) == ("held", "supply.hold.hours_too_late")
    rows = (await world.get("/supply/exceptions", limit=500))["rows"]
    assert [row["cause"] for row in rows if row["order_id"] == order["id"]] == ["not_sent"]
    assert (await world.confirmed(order))["status"] == "confirmed", "a person sends it"


async def test_orders_racing_for_the_same_units_never_get_more_than_there_is(world: World) -> None:
    item = await world.item(100)
    await world.automation("at_once")
    numbers = [await world.place(item.line(24, backorder=False)) for _ in range(7)]
    for stream in ("purchase_orders", "purchase_order_status"):
        await world.owner.post(world.owner.at(f"/administration/sync/{world.connection_id}/{stream}/runs"))
    crews = [work.Crew(installed().kinds(), lanes=8) for _ in range(2)]
    for _ in range(3):
        await asyncio.gather(*(crew.drain(queue) for crew in crews for queue in work.QUEUES))
        while held := [task for crew in crews for task in crew.held]:
            await asyncio.wait(held)
    await world.turn()
    await world.later()
    orders = [await world.order(number) for number in numbers]
    taken = [order["taken"] or 0 for order in orders if order["answers"]]
    assert sum(taken) == 96, "four orders of 24 fit into 100"
    assert len(taken) == 4
    assert {order["status"] for order in orders if not order["answers"]} == {"held"}
    assert sum([await world.held(order) for order in orders]) == 96
    await world.check_stock()


async def test_two_people_confirming_two_orders_never_promise_more_than_there_is(world: World) -> None:
    item = await world.item(48)
    first, second = await world.arrive(item.line(48)), await world.arrive(item.line(48))
    assert (first["lines"][0]["taken"], second["lines"][0]["taken"]) == (48, None)
    answers = await asyncio.gather(world.confirm(first), world.confirm(second, browser=world.manager))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    await world.turn()
    await world.later()
    assert await world.held(first) + await world.held(second) == 48
    await world.check_stock()


async def test_the_first_orders_of_an_account_and_new_places_are_looked_at_where_orders_leave_by_themselves(
    world: World,
) -> None:
    """What a new workspace starts with; in Suggest only a person looks at every order anyway."""
    item, italian = await world.item(5000), await world.item(5000, code="LUMI1")
    (answered,) = await world.rows(
        "select count(distinct purchase_order_id)::int as n from acknowledgements where sent_at is not null"
    )
    await set_supply(world, first_orders=answered["n"] + 1)
    assert (await world.arrive(item.line(12)))["status"] == "to_confirm"
    await world.automation("at_once")
    held = await world.arrive(item.line(24))
    assert (held["status"], held["status_detail"]["message"]) == ("held", "supply.hold.training")
    assert (await world.confirm(held)).status_code == 201, "a person answers it"
    await world.turn()
    await world.later()
    known = await world.arrive(item.line(36))
    assert known["answers"][-1]["planned_by"]["type"] == "rule"
    await set_supply(world, first_orders=0, new_places=True)
    elsewhere = await world.arrive(italian.line(24), code="LUMI1")
    assert (elsewhere["status"], elsewhere["status_detail"]["message"]) == ("held", "supply.hold.new_vendor_code")
    await set_supply(world, new_places=False)


async def set_supply(world: World, **value: Any) -> None:
    form = await world.get("/administration/settings/supply")
    path = world.owner.at("/administration/settings/supply")
    saved = await world.owner.put(path, json={"version": form["version"], "value": form["value"] | value})
    assert saved.status_code == 200, saved.text
