"""Sending and proving under faults: nothing leaves twice with effect, and only Amazon's own status proves an answer."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from modules.supply.world import Json, World
from oktee.amazon.connection import clients
from oktee.kit import work
from oktee.kit.database import tenant_session
from oktee.kit.module import installed
from oktee.modules.supply.jobs import kinds


async def confirmed_48(world: World) -> Json:
    """An order of 48, all there, confirmed by a person and not sent yet."""
    item = await world.item(500)
    order = await world.arrive(item.line(48))
    answer = await world.confirm(order)
    assert answer.status_code == 201, answer.text
    return order


async def latest(world: World, order: Json) -> Json:
    found: Json = (await world.again(order))["answers"][-1]
    return found


async def test_a_storm_of_429_delays_the_answer_and_doubles_nothing(world: World) -> None:
    order = await confirmed_48(world)
    await world.fault("throttle", count=7)
    await world.turn()
    assert (await latest(world, order))["state"] == "planned"
    for _ in range(4):
        await world.later()
    assert (await latest(world, order))["state"] == "seen"
    (answer,) = await world.answers(order["po_number"])
    assert answer["refused"] >= 1
    assert len(await world.effective(order["po_number"])) == 1


@pytest.mark.parametrize("kind", ["error_500", "error_503", "truncate"])
async def test_an_answer_that_arrived_although_the_call_failed_is_recognised(world: World, kind: str) -> None:
    order = await confirmed_48(world)
    await world.fault(kind, count=1, after_effect=True)
    await world.turn()
    shown = await world.again(order)
    assert (shown["status"], shown["answers"][-1]["state"]) == ("processing", "unknown")
    await world.later()
    assert (await latest(world, order))["state"] == "seen"
    assert len(await world.submissions(order["po_number"])) == 1
    (answer,) = await world.answers(order["po_number"])
    assert (answer["resends"], answer["transaction_id"]) == (0, None)


async def test_an_answer_that_never_arrived_is_sent_again_once_after_three_reads(world: World) -> None:
    order = await confirmed_48(world)
    await world.fault("error_500", count=1)
    await world.turn()
    for read in (1, 2):
        await world.later()
        (answer,) = await world.answers(order["po_number"])
        assert (answer["state"], answer["reads"], answer["resends"]) == ("unknown", read, 0)
    assert len(await world.effective(order["po_number"])) == 0
    await world.later()
    await world.later()
    assert (await latest(world, order))["state"] == "seen"
    (answer,) = await world.answers(order["po_number"])
    assert answer["resends"] == 1
    (effective,) = await world.effective(order["po_number"])
    assert effective["body"].encode() == answer["payload"]
    kinds = [event["kind"] for event in await world.events(order)]
    assert kinds[-5:] == ["answer.planned", "answer.unknown", "answer.sent_again", "answer.sent", "answer.seen"]


async def test_an_outcome_that_stays_unknown_goes_to_a_person_after_one_resend(world: World) -> None:
    order = await confirmed_48(world)
    await world.fault("error_500", count=2)
    await world.turn()
    for _ in range(8):
        await world.later()
    answer = await latest(world, order)
    assert (answer["state"], answer["resends"]) == ("failed", 1)
    assert (await world.again(order))["status"] == "send_failed"
    calls = [call for call in await world.amazon.calls("submitAcknowledgement") if call["status"] == 500]
    assert len({call["body_sha256"] for call in calls[-2:]}) == 1
    assert await world.effective(order["po_number"]) == []


async def test_what_somebody_else_answered_in_between_is_not_overwritten_by_the_resend(world: World) -> None:
    order = await confirmed_48(world)
    await world.fault("error_500", count=1)
    await world.turn()
    for _ in range(2):
        await world.later()
    await world.db.execute("update work set due_at = now() where kind = 'verify_answer' and due_at < 'infinity'")
    reader = work.Crew([kinds.VERIFY])
    await reader.drain("interactive")
    await asyncio.wait(list(reader.held))
    assert (await latest(world, order))["state"] == "planned"
    await world.answer_elsewhere(order["po_number"], line_1=40)
    await world.turn()
    await world.later()
    shown = await world.again(order)
    assert (shown["status"], shown["answers"][-1]["state"]) == ("mismatch", "mismatch")
    assert await world.effective(order["po_number"]) == []
    assert (await world.at_amazon(order["po_number"]))["answered"][-1]["by"] == "edi"


async def test_a_refused_body_is_not_sent_again_and_a_person_is_asked(world: World) -> None:
    order = await confirmed_48(world)
    await world.db.execute(
        "update acknowledgements set payload = $2 where po_number = $1",
        order["po_number"],
        json.dumps({"acknowledgements": [{"purchaseOrderNumber": order["po_number"]}]}).encode(),
    )
    await world.turn()
    await world.later()
    answer = await latest(world, order)
    assert (answer["state"], answer["error"]["message"]) == ("failed", "supply.answer.refused")
    assert (await world.again(order))["status"] == "send_failed"
    assert await world.held(order) == 0
    assert len(await world.submissions(order["po_number"])) <= 1
    await world.confirmed(await world.again(order))
    assert [row["state"] for row in await world.answers(order["po_number"])] == ["failed", "seen"]
    assert await world.held(order) == 48


async def test_a_failed_transaction_frees_the_stock_and_waits_for_a_person(world: World) -> None:
    await world.configure(transaction_mode="failure")
    order = await confirmed_48(world)
    await world.turn()
    await world.later()
    shown = await world.again(order)
    answer = shown["answers"][-1]
    assert (shown["status"], answer["state"], answer["transaction_status"]) == ("send_failed", "failed", "Failure")
    assert answer["error"]["values"]["code"]["value"] == "INTERNAL_ERROR"
    assert await world.held(order) == 0
    assert order["po_number"] in {row["po_number"] for row in (await world.get("/supply/orders", view="held"))["rows"]}
    await world.configure(transaction_mode="normal")
    seen = await world.confirmed(shown)
    assert [answer["state"] for answer in seen["answers"]] == ["failed", "seen"]
    await world.check_stock()


async def test_a_mismatch_is_repaired_once_by_itself_and_then_by_a_person(world: World) -> None:
    item = await world.item(500)
    await world.automation("at_once")
    await world.configure(transaction_mode="wrong_numbers")
    order = await world.arrive(item.line(48))
    for _ in range(4):
        await world.later()
    shown = await world.again(order)
    assert [answer["state"] for answer in shown["answers"]] == ["mismatch", "mismatch"]
    assert shown["answers"][1]["planned_by"]["name"] == "Repair of a mismatch"
    assert (shown["status"], len(await world.submissions(order["po_number"]))) == ("mismatch", 2)
    await world.configure(transaction_mode="normal")
    again = await world.arrive(item.line(24))
    await world.later()
    assert (await world.again(again))["status"] == "confirmed"
    await world.check_stock()


async def test_other_numbers_than_ours_are_a_mismatch_that_a_person_repairs(world: World) -> None:
    await world.configure(transaction_mode="wrong_numbers")
    order = await confirmed_48(world)
    await world.turn()
    await world.later()
    shown = await world.again(order)
    assert (shown["status"], shown["answers"][-1]["state"]) == ("mismatch", "mismatch")
    assert shown["answers"][-1]["seen"] == [{"sequence": "1", "accepted": 36, "rejected": 12}]
    (event,) = [event for event in await world.events(order) if event["kind"] == "answer.mismatch"]
    assert (
        event["payload"]["differences"][0] | {"sent_accepted": 48, "seen_accepted": 36}
        == (event["payload"]["differences"][0])
    )
    await world.configure(transaction_mode="normal")
    seen = await world.confirmed(shown)
    assert [answer["state"] for answer in seen["answers"]] == ["mismatch", "seen"]
    assert (seen["status"], await world.held(order)) == ("confirmed", 48)


async def test_a_transaction_that_processes_for_ever_is_proved_by_the_read_back_alone(world: World) -> None:
    await world.configure(transaction_mode="processing_forever")
    order = await confirmed_48(world)
    await world.turn()
    await world.later()
    assert (await latest(world, order))["state"] == "seen"


async def test_an_answer_that_amazon_never_shows_goes_to_a_person_after_48_hours(world: World) -> None:
    await world.configure(ack_delay_seconds=80_000)
    order = await confirmed_48(world)
    await world.turn()
    for _ in range(4):
        await world.later()
    assert (await latest(world, order))["state"] == "sent"
    await world.db.execute(
        "update acknowledgements set sent_at = now() - interval '49 hours' where po_number = $1", order["po_number"]
    )
    await world.later()
    assert (await latest(world, order))["error"]["message"] == "supply.answer.never_seen"
    assert len(await world.submissions(order["po_number"])) == 1


async def test_an_order_that_changed_before_the_answer_left_is_decided_again(world: World) -> None:
    order = await confirmed_48(world)
    await world.change(order["po_number"], lines=[{"item_sequence_number": "1", "quantity": 36}])
    await world.turn()
    shown = await world.again(order)
    assert (shown["revision"], shown["status"]) == (2, "to_confirm")
    assert (shown["answers"][-1]["state"], shown["lines"][0]["taken"]) == ("superseded", 36)
    assert await world.submissions(order["po_number"]) == []
    assert await world.held(order) == 0
    (change,) = [revision["changes"] for revision in shown["revisions"] if revision["revision"] == 2]
    assert {(c["was"], c["now"]) for c in change if c["sequence"] == "1"} >= {(48, 36)}
    await world.confirmed(shown)
    assert await world.held(order) == 36


async def test_an_order_that_changed_while_its_answer_was_proved_is_decided_again(world: World) -> None:
    order = await confirmed_48(world)
    await world.turn()
    await world.change(order["po_number"], shift_window_days=1)
    await world.poll()
    assert (await world.again(order))["status"] == "processing"
    await world.later()
    shown = await world.again(order)
    assert (shown["answers"][-1]["state"], shown["status"], shown["revision"]) == ("seen", "changed", 2)
    assert shown["decision"]["revision"] == 2


async def test_an_order_changed_after_its_answer_was_seen_gets_a_second_one(world: World) -> None:
    item = await world.item(60)
    order = await world.confirmed(await world.arrive(item.line(48)))
    await world.change(order["po_number"], lines=[{"item_sequence_number": "1", "quantity": 60}])
    await world.automation("at_once")
    await world.poll()
    shown = await world.again(order)
    assert (shown["status"], shown["answered_by"]) == ("changed", "oktee")
    assert "supply.hold.changed_after_answer" in {step["message"] for step in shown["decision"]["hold"]}
    assert shown["lines"][0]["taken"] == 60, "the 48 it holds already are there for its own new answer"
    assert await world.held(order) == 48
    assert len(await world.submissions(order["po_number"])) == 1, "what changed after an answer is never sent by itself"
    seen = await world.confirmed(shown)
    assert seen["answers"][-1]["seen"] == [{"sequence": "1", "accepted": 60, "rejected": 0}]
    assert [row["supersedes"] for row in await world.answers(order["po_number"])] == [None, 1]
    assert await world.held(order) == 60
    await world.check_stock()


async def test_a_cancelled_order_gives_its_stock_back(world: World) -> None:
    item = await world.item(500)
    planned, answered = await world.arrive(item.line(48)), await world.arrive(item.line(24))
    await world.confirmed(answered)
    await world.automation("suggest")
    for order in (planned, answered):
        await world.change(order["po_number"], cancel=True)
    await world.poll()
    assert {(await world.again(order))["status"] for order in (planned, answered)} == {"cancelled"}
    assert [await world.held(order) for order in (planned, answered)] == [0, 0]
    refused = await world.confirm(planned | {"revision": 2})
    assert refused.status_code == 409


async def test_two_workers_send_one_answer(world: World) -> None:
    orders = [await confirmed_48(world) for _ in range(4)]
    crews = [work.Crew(installed().kinds(), lanes=8) for _ in range(3)]
    await asyncio.gather(*(crew.drain("interactive") for crew in crews))
    while held := [task for crew in crews for task in crew.held]:
        await asyncio.wait(held)
    await world.turn()
    await world.later()
    for order in orders:
        assert len(await world.submissions(order["po_number"])) == 1
        assert (await latest(world, order))["state"] == "seen"


async def test_a_worker_that_died_while_sending_leaves_an_unknown_outcome(world: World) -> None:
    """What is `sending` when somebody looks again is never sent blindly."""
    order = await confirmed_48(world)
    await world.db.execute(
        "update acknowledgements set state = 'sending', sending_at = now() where po_number = $1", order["po_number"]
    )
    await world.turn()
    assert (await latest(world, order))["state"] == "unknown"
    assert await world.submissions(order["po_number"]) == []


async def test_running_a_job_again_changes_nothing(world: World) -> None:
    order = await confirmed_48(world)
    await world.turn()
    await world.later()
    before: list[Any] = [tuple(row) for row in await world.answers(order["po_number"])]
    key = f"{world.connection_id}/{order['po_number']}/1"
    async with tenant_session(world.organization_id) as session:
        for kind in (kinds.SUBMIT, kinds.VERIFY):
            await work.schedule(session, kind, key)
        await work.schedule(session, kinds.DECIDE, str(world.connection_id))
        await work.schedule(session, kinds.OBSERVE, str(world.connection_id))
    events = len(await world.events(order))
    await world.turn()
    assert [tuple(row) for row in await world.answers(order["po_number"])] == before
    assert len(await world.events(order)) == events
    assert len(await world.submissions(order["po_number"])) == 1


async def test_a_proof_gives_way_to_answers_that_wait_and_comes_after_them(world: World) -> None:
    order = await confirmed_48(world)
    await world.turn()
    assert (await latest(world, order))["state"] == "sent"
    await world.rows(
        """insert into acknowledgements (organization_id, connection_id, po_number, answer, purchase_order_id, revision,
          decision_id, state, payload, payload_hash, lines, planned_by_type, planned_by_name, marketplace_id, vendor_code,
          reads, resends, refused)
        select a.organization_id, a.connection_id, 'WAITS' || n, 1, a.purchase_order_id, a.revision, a.decision_id, 'planned',
          a.payload, a.payload_hash, a.lines, a.planned_by_type, a.planned_by_name, a.marketplace_id, a.vendor_code,
          0, 0, 0
        from acknowledgements a, generate_series(1, 10) n where a.po_number = $1""",
        order["po_number"],
    )
    await world.later()
    (answer,) = await world.answers(order["po_number"])
    assert (answer["state"], answer["checked_at"]) == ("sent", None), "nothing was asked of Amazon for its proof"
    await world.rows("delete from acknowledgements where po_number like 'WAITS%'")
    decides = "update work set lease_until = now() + interval '1 minute' where kind = 'decide_orders' and key = $1"
    async with tenant_session(world.organization_id) as session:
        await work.schedule(session, kinds.DECIDE, str(world.connection_id), due_at=datetime(2099, 1, 1, tzinfo=UTC))
    await world.rows(decides, str(world.connection_id))  # another worker decides orders of this account
    await world.later()
    (answer,) = await world.answers(order["po_number"])
    assert (answer["state"], answer["checked_at"]) == ("sent", None), "what is being decided leaves first"
    await world.rows("delete from work where kind = 'decide_orders'")
    await world.later()
    assert (await latest(world, order))["state"] == "seen"


async def test_while_one_api_of_amazon_fails_it_is_left_alone_and_answers_leave_and_are_proven(world: World) -> None:
    await world.fault("error_503", operation="getTransaction")
    before = len(await world.amazon.calls("getTransaction"))
    for _ in range(4):
        order = await confirmed_48(world)
        await world.turn()
        await world.later()
        assert (await latest(world, order))["state"] == "seen"
    assert len(await world.amazon.calls("getTransaction")) - before == 5
    health = {source["name"]: source["state"] for source in (await world.get("/supply/command-center"))["health"]}
    assert (health["vendor_transactions"], health["purchase_orders"]) == ("circuit_open", "synced")
    (circuit,) = (await world.get("/administration/sync"))["circuits"]
    assert (circuit["connection_id"], circuit["family"]) == (str(world.connection_id), "vendor_transactions")

    await world.amazon.control("DELETE", "/faults")
    for account in clients.accounts._held.values():  # half a minute passes
        breaker = account.breakers.of("vendor_transactions")
        if breaker._opened is not None:
            breaker._opened -= 31
    order = await confirmed_48(world)
    await world.turn()
    await world.later()
    (answer,) = (await world.again(order))["answers"]
    assert (answer["state"], answer["transaction_status"]) == ("seen", "Success")
    assert (await world.get("/administration/sync"))["circuits"] == []
    told = await world.rows("select kind from journal_entries where kind like 'sync.circuit_%' order by at, id")
    assert [row["kind"] for row in told] == ["sync.circuit_opened", "sync.circuit_closed"]


async def test_what_is_kept_here_while_the_api_fails_is_no_refusal_of_amazon(world: World) -> None:
    refusals = "select 1 from journal_entries where kind = 'answer.refused'"
    before = len(await world.rows(refusals))
    order = await confirmed_48(world)
    for account in clients.accounts._held.values():
        breaker = account.breakers.of("vendor_orders")
        breaker._open(breaker._clock())
        breaker._tried = dict.fromkeys(
            ("getPurchaseOrder", "getPurchaseOrdersStatus", "submitAcknowledgement"), breaker._clock()
        )
    await world.turn()
    waiting = await latest(world, order)
    assert (waiting["state"], waiting["resends"]) == ("planned", 0)
    [item] = await world.rows("select attempts, due_at > now() as later from work where kind = 'submit_answer'")
    assert (item["attempts"], item["later"]) == (0, True), (
        "it comes again when the API is tried again, with all its tries"
    )
    assert len(await world.rows(refusals)) == before
    for account in clients.accounts._held.values():
        account.breakers.of("vendor_orders").succeeded()
    await world.later()
    await world.later()
    assert (await latest(world, order))["state"] == "seen"
