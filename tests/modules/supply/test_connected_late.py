"""An account whose orders others have answered for years is connected, and one whose authorisation is withdrawn."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from amazon.connection import connecting
from conftest import _empty
from modules.supply.world import World, a_world


@pytest.fixture
async def unverified(opened: Any) -> AsyncIterator[World]:
    """Consent is given; nobody has confirmed yet that it is the right account, so nothing was fetched."""
    async with a_world(opened.owner_dsn, verified=False) as made:
        yield made
    await _empty(opened)


@pytest.mark.timeout(240)
async def test_300_open_orders_of_which_edi_answered_200_bring_no_acknowledgement_at_all(unverified: World) -> None:
    world = unverified
    item = await world.item(500_000)
    placed = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    asked = {"vendor_code": "LUMD1", "lines": [item.line(12)], "count": 300, "placed_at": placed}
    numbers = set((await world.amazon.control("POST", "/orders", asked))["purchase_order_numbers"])
    answered = await world.amazon.control(
        "POST", "/answers", {"selling_partner_id": connecting.LUMEA, "count": 200, "by": "edi"}
    )
    by_edi = set(answered["purchase_order_numbers"])
    assert (len(numbers), len(by_edi)) == (300, 200)

    await world.automation("at_once")
    # The orders came after the consent: the first press shows their vendor code, the second one confirms it.
    shown = await connecting.verify(world.owner, world.connection_id)
    assert [code["code"] for code in shown["vendor_codes"]] == ["LUMD1"]
    assert (await connecting.verify(world.owner, world.connection_id))["status"] == "active"
    await world.turn()
    for _ in range(2):
        await world.later()
        await world.poll()

    assert await world.amazon.calls("submitAcknowledgement") == []
    assert await world.rows("select 1 from acknowledgements") == []
    views = (await world.get("/supply/orders/summary"))["views"]
    assert (views["all"], views["to_decide"], views["answered"]) == (300, 100, 200)
    states = await world.rows(
        "select p.po_number, s.status, s.answered_by from order_states s "
        "join purchase_orders p on p.id = s.purchase_order_id"
    )
    assert {row["po_number"] for row in states if row["answered_by"] == "history"} == by_edi
    assert {row["po_number"] for row in states if row["status"] == "to_confirm"} == numbers - by_edi
    assert (await world.get("/supply/automation"))["waiting_before"] == 100
    assert (await world.get("/supply/automation"))["paused"] == [], "history is no reason to pause"
    assert (await world.get("/supply/events", kind="order.answered_outside"))["rows"] == []
    history = await world.order(min(by_edi))
    assert history["outside"]["message"] == "supply.outside.history"
    assert history["totals"]["taken"] == history["taken"] == sum(line["taken"] for line in history["lines"]) > 0
    assert history["totals"]["undecided"] == 0, "the lines say what Amazon shows, as the list does"
    refused = await world.owner.put(
        world.owner.at(f"/supply/orders/{history['id']}/draft"),
        json={"revision": 1, "decision_id": history["id"], "lines": [{"sequence": "1", "taken": 12}]},
    )
    assert refused.status_code == 409

    order = await world.arrive(item.line(24))
    await world.later()
    assert (await world.again(order))["answers"][-1]["state"] == "seen", "what comes from now on is answered"
    assert len(await world.amazon.calls("submitAcknowledgement")) == 1
    strangers = await world.get("/supply/orders", world.stranger)
    assert (strangers["count"], strangers["rows"]) == (0, [])


async def test_an_authorisation_withdrawn_before_the_answer_leaves_sends_nothing(unverified: World) -> None:
    world = unverified
    await connecting.verify(world.owner, world.connection_id)
    await world.turn()
    item = await world.item(500)
    order = await world.arrive(item.line(48))
    await world.confirm(order)
    await world.amazon.control("POST", "/revoke", {"selling_partner_id": connecting.LUMEA})
    await world.turn()
    await world.later()
    shown = await world.again(order)
    assert (shown["status"], shown["answers"][-1]["state"]) == ("held", "superseded")
    assert shown["status_detail"]["message"] == "supply.answer.connection_lost"
    assert await world.submissions(order["po_number"]) == []
    assert await world.held(order) == 0
    (connection,) = (await world.get("/administration/connections"))["rows"]
    assert connection["status"] == "revoked"
    calls = [call for call in await world.amazon.calls() if call["selling_partner_id"] == connecting.LUMEA]
    await world.later()
    after = [call for call in await world.amazon.calls() if call["selling_partner_id"] == connecting.LUMEA]
    assert len(after) == len(calls), "after a revocation nothing is called any more"


async def test_an_authorisation_withdrawn_after_the_answer_left_leaves_it_to_the_next_consent(
    unverified: World,
) -> None:
    world = unverified
    await connecting.verify(world.owner, world.connection_id)
    await world.turn()
    item = await world.item(500)
    order = await world.arrive(item.line(48))
    await world.confirm(order)
    await world.turn()
    assert (await world.again(order))["answers"][-1]["state"] == "sent"
    await world.amazon.control("POST", "/revoke", {"selling_partner_id": connecting.LUMEA})
    for _ in range(3):
        await world.later()
    assert (await world.again(order))["answers"][-1]["state"] == "sent"
    assert await world.held(order) == 48
    again = await connecting.connect(world.amazon, world.owner, connecting.LUMEA)
    assert again == world.connection_id
    await connecting.verify(world.owner, again)
    await world.later()
    assert (await world.again(order))["answers"][-1]["state"] == "seen"
    assert len(await world.submissions(order["po_number"])) == 1
