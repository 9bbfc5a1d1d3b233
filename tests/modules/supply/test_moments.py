"""What happens between two moments: another answer, a switch, a change, just before, while or after ours is on its way."""

import asyncio

from modules.supply.world import World


async def test_a_second_answer_does_not_leave_over_somebody_elses_either(world: World) -> None:
    """The first was scheduled and taken back, so ours is number 2; Amazon has none of ours all the same."""
    item = await world.item(500)
    await world.automation("delayed", 20)
    order = await world.arrive(item.line(48))
    assert order["status"] == "scheduled"
    await world.automation("suggest")
    order = await world.again(order)
    assert (await world.confirm(order)).status_code == 201
    await world.answer_elsewhere(order["po_number"], line_1=24)
    await world.turn()
    shown = await world.again(order)
    assert [answer["answer"] for answer in shown["answers"]] == [1, 2]
    assert (shown["answered_by"], shown["taken"]) == ("outside", 24)
    line = shown["lines"][0]
    assert (line["taken"], line["cut"], line["decided_by"]["type"]) == (24, 24, "outside"), "and not what was proposed"
    assert (shown["totals"]["taken"], shown["totals"]["undecided"]) == (24, 0)
    assert await world.submissions(order["po_number"]) == []


async def test_what_was_planned_a_moment_before_the_switch_does_not_leave_after_it(world: World) -> None:
    item = await world.item(500)
    await world.automation("delayed", 20)
    order = await world.arrive(item.line(48))
    assert order["status"] == "scheduled"
    # As if the switch and the planning had passed each other: the setting says suggest, the answer is still planned.
    await world.db.execute(
        "update module_settings set value = value || '{\"mode\": \"suggest\"}' where module = 'supply'"
    )
    await world.db.execute("update acknowledgements set send_at = now() where po_number = $1", order["po_number"])
    await world.db.execute("update work set due_at = now() where kind = 'submit_answer'")
    await world.turn()
    shown = await world.again(order)
    assert (shown["status"], shown["answers"][-1]["state"]) == ("to_confirm", "superseded")
    assert await world.submissions(order["po_number"]) == []
    assert await world.held(order) == 0


async def test_a_person_answers_an_order_whose_send_failed(world: World) -> None:
    item = await world.item(500)
    order = await world.arrive(item.line(48))
    await world.configure(transaction_mode="failure")
    await world.confirm(order)
    await world.turn()
    await world.later()
    await world.configure(transaction_mode="normal")
    assert (await world.again(order))["status"] == "send_failed"
    await world.answer_elsewhere(order["po_number"], by="person", line_1=12)
    await world.poll()
    shown = await world.again(order)
    assert (shown["answered_by"], shown["taken"]) == ("outside", 12)


async def test_the_journal_says_that_a_planned_answer_was_taken_back_and_why(world: World) -> None:
    item = await world.item(500)
    await world.automation("delayed", 20)
    order = await world.arrive(item.line(48))
    await world.automation("suggest")
    (event,) = [event for event in await world.events(order) if event["kind"] == "answer.superseded"]
    assert (event["cause"], event["log"], event["payload"]["answer"]) == ("suggest_only", "audit", 1)


async def test_a_correction_is_not_judged_by_the_answer_before_it(world: World) -> None:
    """Amazon takes its time: until then it shows the first answer, which is no proof against the second."""
    item = await world.item(500)
    order = await world.arrive(item.line(48))
    seen = await world.confirmed(order)
    assert (await world.draft(seen, {"sequence": "1", "taken": 24})).status_code == 200
    await world.configure(ack_delay_seconds=3)
    assert (await world.confirm(await world.again(order))).status_code == 201
    await world.turn()
    await world.later()
    assert (await world.again(order))["answers"][-1]["state"] == "sent", "not a mismatch with what was before"
    await asyncio.sleep(3.2)
    await world.configure(ack_delay_seconds=0)
    await world.later()
    shown = await world.again(order)
    assert [answer["state"] for answer in shown["answers"]] == ["seen", "seen"]
    assert (shown["taken"], shown["cut"]) == (24, 24)
