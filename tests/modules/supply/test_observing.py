"""Answers that are not ours: EDI, a person in Vendor Central, another application."""

from decimal import Decimal

from modules.supply.world import World


async def test_edi_answers_while_ours_waits_for_its_minute(world: World) -> None:
    item = await world.item(500)
    await world.automation("delayed", 20)
    order = await world.arrive(item.line(48))
    assert (order["status"], order["answers"][-1]["state"]) == ("scheduled", "planned")
    assert await world.held(order) == 48
    await world.answer_elsewhere(order["po_number"], line_1=40)
    await world.poll()
    shown = await world.again(order)
    assert (shown["status"], shown["answered_by"]) == ("partly_confirmed", "outside")
    assert shown["answers"][-1]["state"] == "superseded"
    assert (shown["taken"], shown["cut"]) == (40, 8)
    cost = Decimal(shown["lines"][0]["net_cost"])
    assert Decimal(shown["cut_value"]) == 8 * cost, "what others cut is worth as much"
    assert shown["outside"]["message"] == "supply.outside.answered"
    assert shown["decided_by"] == {"type": "outside", "name": "outside OKTee"}
    assert await world.held(order) == 40, "the reservation is what was accepted"
    (event,) = [event for event in await world.events(order) if event["kind"] == "order.answered_outside"]
    assert (event["actor"]["type"], event["payload"]["accepted"]) == ("outside", 40)
    await world.db.execute("update acknowledgements set send_at = now() where po_number = $1", order["po_number"])
    await world.later()
    assert await world.submissions(order["po_number"]) == []
    assert (await world.again(order))["status"] == "partly_confirmed"
    for refused in (await world.confirm(order), await world.draft(order, {"sequence": "1", "taken": 48})):
        assert refused.status_code == 409
    await world.check_stock()


async def test_somebody_answers_just_before_ours_leaves(world: World) -> None:
    """Nothing was polled in between: the look before the sending sees it."""
    item = await world.item(500)
    order = await world.arrive(item.line(48), code="LUMD1")
    await world.confirm(order)
    await world.answer_elsewhere(order["po_number"], by="person", line_1=24)
    await world.turn()
    shown = await world.again(order)
    assert (shown["answered_by"], shown["taken"], shown["cut"]) == ("outside", 24, 24)
    assert await world.submissions(order["po_number"]) == []
    assert await world.held(order) == 24
    kinds = {event["kind"] for event in await world.events(order)}
    assert {"answer.superseded", "order.answered_outside"} <= kinds


async def test_the_second_time_automation_pauses_for_that_vendor_code_and_says_why(world: World) -> None:
    item, other = await world.item(500, code="LUMF1"), await world.item(500, code="LUMI1")
    await world.automation("delayed", 20)
    first = await world.arrive(item.line(24), code="LUMF1")
    await world.answer_elsewhere(first["po_number"])
    await world.poll()
    assert (await world.get("/supply/automation"))["paused"] == []
    second = await world.arrive(item.line(24), code="LUMF1")
    await world.answer_elsewhere(second["po_number"], by="person")
    await world.poll()
    (pause,) = (await world.get("/supply/automation"))["paused"]
    assert (pause["vendor_code"], pause["reason"]["message"]) == ("LUMF1", "supply.automation.paused_outside")
    assert pause["reason"]["values"]["po_number"]["value"] == second["po_number"]
    assert pause["reason"]["values"]["orders"]["value"] == 2

    await world.automation("at_once")
    paused = await world.arrive(item.line(24), code="LUMF1")
    elsewhere = await world.arrive(other.line(24), code="LUMI1")
    await world.later()
    assert (paused["status"], paused["answers"]) == ("to_confirm", [])
    assert (await world.again(elsewhere))["answers"][-1]["state"] == "seen"

    path = f"/supply/automation/pauses/{world.connection_id}/LUMF1"
    assert (await world.analyst.delete(world.analyst.at(path))).status_code == 403
    assert (await world.stranger.delete(world.stranger.at(path))).status_code == 404
    assert (await world.owner.delete(world.owner.at(path))).status_code == 204
    assert (await world.owner.delete(world.owner.at(path))).status_code == 404
    resumed = await world.arrive(item.line(24), code="LUMF1")
    await world.later()
    assert (await world.again(resumed))["answers"][-1]["state"] == "seen"
    assert await world.submissions(paused["po_number"]) == []
    kinds = [event["kind"] for event in (await world.get("/supply/events", kind="automation.", limit=200))["rows"]]
    assert {"automation.paused", "automation.resumed"} <= set(kinds)


async def test_two_answers_from_outside_in_one_look_count_as_two(world: World) -> None:
    item = await world.item(500, code="LUMU1", currency="GBP")
    orders = [await world.arrive(item.line(24), code="LUMU1") for _ in range(2)]
    for order in orders:
        await world.answer_elsewhere(order["po_number"])
    await world.poll()
    assert [pause["vendor_code"] for pause in (await world.get("/supply/automation"))["paused"]] == ["LUMU1"]


async def test_a_change_of_an_order_that_others_answered_is_not_another_answer(world: World) -> None:
    item = await world.item(500, code="LUMS1")
    order = await world.arrive(item.line(24), code="LUMS1")
    await world.answer_elsewhere(order["po_number"])
    await world.poll()
    await world.change(order["po_number"], shift_window_days=1)
    await world.poll()
    shown = await world.again(order)
    assert (shown["revision"], shown["answered_by"], shown["status"]) == (2, "outside", "confirmed")
    events = [event["kind"] for event in await world.events(order)]
    assert events.count("order.answered_outside") == 1
    assert (await world.get("/supply/automation"))["paused"] == []


async def test_an_order_answered_before_we_first_saw_it_is_answered_outside(world: World) -> None:
    item = await world.item(500)
    await world.automation("at_once")
    number = await world.place(item.line(24))
    await world.answer_elsewhere(number, line_1=18)
    await world.poll()
    order = await world.order(number)
    assert (order["answered_by"], order["status"], order["answers"]) == ("outside", "partly_confirmed", [])
    assert Decimal(order["cut_value"]) == 6 * Decimal(order["lines"][0]["net_cost"])
    assert await world.submissions(number) == []


async def test_goods_received_show_on_our_own_answer(world: World) -> None:
    item = await world.item(500)
    order = await world.confirmed(await world.arrive(item.line(48)))
    await world.amazon.control("POST", "/receipts", {"purchase_order_number": order["po_number"], "share": 0.5})
    await world.poll()
    assert (await world.again(order))["status"] == "receiving"
    await world.amazon.control("POST", "/receipts", {"purchase_order_number": order["po_number"], "share": 1.0})
    await world.poll()
    shown = await world.again(order)
    assert (shown["status"], shown["read_back"][0]["received"]) == ("received", 48)


async def test_an_order_that_was_looked_at_in_the_moment_of_a_new_stock_file_is_decided_by_it(world: World) -> None:
    item = await world.item(None)
    order = await world.arrive(item.line(48))
    assert (await world.again(order))["status"] == "held"
    # The look at Amazon's status is written while the run that the file asks for has just begun.
    later = "update order_states set updated_at = now() + interval '1 hour' where purchase_order_id = $1"
    await world.db.execute(later, order["id"])
    await world.stock(item, 500)
    await world.turn()
    decided = await world.again(order)
    assert (decided["status"], decided["taken"]) == ("to_confirm", 48)
