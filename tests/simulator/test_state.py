"""The state file: a simulator started again in the same folder goes on with everything it had."""

from pathlib import Path
from typing import Any

import pytest
from simulator.settings import WorldSize

SIZE = WorldSize(history_days=3, items_per_customer=60)
ORDERS = "/vendor/orders/v1/purchaseOrders"


def book(sim: Any) -> dict[str, Any]:
    return {order.number: order for order in sim.amazon.book}


async def test_orders_tokens_acknowledgements_settings_and_ledger_are_kept(
    simulate: Any, ack: Any, tmp_path: Path
) -> None:
    first = simulate(size=SIZE, state=tmp_path)
    refresh_token = await first.authorise()
    answered, pending = await first.place({}), await first.place({})
    done = await first.acknowledge(ack.order(answered, ack.item("1", ack.portion("Accepted", 10))))
    waiting = await first.submit(ack.order(pending, ack.item("1", ack.portion("Accepted", 10))))
    await first.control(
        "PUT", "/settings", {"token_ttl_seconds": 900, "quotas": {"getPurchaseOrder": {"rate": 1, "burst": 3}}}
    )
    orders, calls = book(first), await first.calls()
    first.amazon.store.close()

    second = simulate(size=WorldSize(), seed=99, state=tmp_path)
    second.token = first.token
    assert book(second) == orders
    assert await second.calls() == calls
    assert second.amazon.live.token_ttl_seconds == 900
    assert second.amazon.live.quotas["getPurchaseOrder"].burst == 3
    assert await second.transaction(done["transactionId"]) == done
    # The acknowledgement that was under way takes effect after the restart.
    assert (await second.order(pending))["purchaseOrderState"] == "New"
    second.clock.move(seconds=2)
    assert (await second.transaction(waiting.json()["payload"]["transactionId"]))["status"] == "Success"
    assert (await second.order(pending))["purchaseOrderState"] == "Acknowledged"
    assert (await second.lwa(grant_type="refresh_token", refresh_token=refresh_token)).status_code == 200
    last = (await second.calls())[-1]
    assert last["seq"] > calls[-1]["seq"]


async def test_a_revocation_and_a_used_code_are_kept(simulate: Any, tmp_path: Path) -> None:
    first = simulate(size=SIZE, state=tmp_path)
    refresh_token = await first.authorise()
    amazon = first.amazon
    application = amazon.identity.find_client(first.client["client_id"])
    code = amazon.identity.issue_code(
        application, selling_partner_id=first.lumea, redirect_uri="https://app.test/callback"
    )
    unused = amazon.identity.issue_code(
        application, selling_partner_id=first.lumea, redirect_uri="https://app.test/callback"
    )
    exchange = {"grant_type": "authorization_code", "redirect_uri": "https://app.test/callback"}
    assert (await first.lwa(**exchange, code=code)).status_code == 200
    await first.control("POST", "/revoke", {"selling_partner_id": first.lumea})
    first.amazon.store.close()
    second = simulate(state=tmp_path)
    assert (await second.lwa(grant_type="refresh_token", refresh_token=refresh_token)).status_code == 400
    assert (await second.lwa(**exchange, code=code)).status_code == 400
    assert (await second.lwa(**exchange, code=unused)).status_code == 200


async def test_a_bulk_world_is_made_again_with_the_orders_that_changed(simulate: Any, tmp_path: Path) -> None:
    first = simulate(state=tmp_path)
    bulk = await first.control("POST", "/worlds/bulk", {"orders": 90, "lines": 3})
    group = bulk["selling_partner_id"]
    numbers = (await first.control("POST", "/answers", {"selling_partner_id": group, "count": 7}))[
        "purchase_order_numbers"
    ]
    await first.control("POST", f"/orders/{numbers[0]}/changes", {"cancel_lines": ["2"]})
    orders = book(first)
    first.amazon.store.close()
    second = simulate(state=tmp_path)
    assert book(second) == orders
    await second.authorise(group)
    assert len(await second.orders(purchaseOrderState="Acknowledged")) == 7
    assert len(await second.orders(purchaseOrderState="New")) == 83


async def test_the_live_world_goes_on_without_repeating_itself(simulate: Any, clock: Any, tmp_path: Path) -> None:
    first = simulate(size=SIZE, state=tmp_path, speed=10)
    clock.move(minutes=10)
    first.amazon.advance()
    known = set(book(first))
    first.amazon.store.close()
    clock.move(hours=5)
    second = simulate(state=tmp_path)
    second.amazon.advance()
    assert set(book(second)) == known  # what nobody could see while it was away did not happen
    clock.move(minutes=10)
    second.amazon.advance()
    assert len(set(book(second)) - known) > 40


async def test_a_reset_survives_a_restart(simulate: Any, tmp_path: Path) -> None:
    first = simulate(size=SIZE, state=tmp_path)
    await first.control("POST", "/worlds/bulk", {"orders": 5, "lines": 1})
    await first.control(
        "POST", "/reset", {"seed": 21, "customers": ["harbor"], "history_days": 2, "items_per_customer": 30}
    )
    orders = book(first)
    first.amazon.store.close()
    second = simulate(state=tmp_path)
    assert book(second) == orders
    assert list(second.amazon.customers) == ["harbor"]


@pytest.mark.parametrize("kept", [True, False])
async def test_without_a_folder_nothing_is_kept(simulate: Any, tmp_path: Path, kept: bool) -> None:
    state = tmp_path if kept else None
    first = simulate(state=state)
    number = await first.place({})
    assert (number in book(simulate(state=state))) is kept
