"""Scarce stock with real rows: racing decisions, two managers, and promises that the customer's own numbers absorb."""

import asyncio
import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from catalog.loading import STOCK, stock_row
from factories import make_person, open_browser
from modules.supply.world import World
from oktee.access.scope import Scope
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit import work
from oktee.kit.database import in_transaction, tenant_session
from oktee.modules.supply.deciding.batch import decide_batch
from oktee.modules.supply.jobs import kinds
from oktee.modules.supply.rules.what_if_sharing import share_otherwise
from sqlalchemy import select

WORKERS = 20


async def test_50_orders_racing_for_100_units_with_20_workers_never_oversell(world: World) -> None:
    item = await world.item(100, case_pack=1)
    await world.automation("at_once")
    numbers = [await world.place(item.line(3 + n % 5)) for n in range(50)]
    path = f"/administration/sync/{world.connection_id}/purchase_orders/runs"
    assert (await world.owner.post(world.owner.at(path))).status_code == 202
    await world.crew.drain("sync")
    while world.crew.held:
        await asyncio.wait(list(world.crew.held))
    waiting = asyncio.Queue[str]()
    for number in numbers:
        waiting.put_nowait(number)

    async def work() -> None:
        while not waiting.empty():
            number = waiting.get_nowait()
            async with tenant_session(world.organization_id) as session:
                statement = select(PurchaseOrder).where(PurchaseOrder.po_number == number).with_for_update()
                order = (await session.execute(statement)).scalar_one()
                await decide_batch(session, [order], zone="Europe/Paris", submit=kinds.SUBMIT)

    await asyncio.gather(*(work() for _ in range(WORKERS)))
    (row,) = await world.rows("select sum(committed)::int as units from stock_balances b join items i on i.id = b.item_id "
        "where i.sku = $1", item.sku)  # fmt: skip
    promised = "select coalesce(sum(taken), 0)::int as units from order_states s join purchase_orders p on " \
        "p.id = s.purchase_order_id where p.po_number = any($1::text[]) and s.undecided_lines = 0"  # fmt: skip
    (taken,) = await world.rows(promised, numbers)
    assert 96 <= taken["units"] <= 100
    assert row["units"] <= 100
    await world.check_stock()


async def test_a_stock_file_that_names_the_order_absorbs_its_promise_at_once_and_no_other(world: World) -> None:
    item = await world.item(100)
    named, other = await world.arrive(item.line(24)), await world.arrive(item.line(36))
    for order in (named, other):
        assert (await world.confirm(order)).status_code == 201
    assert [await world.held(order) for order in (named, other)] == [24, 36]

    async def count(on_hand: int, refs: str, after: timedelta) -> None:
        at = (datetime.now(UTC) + after).strftime("%Y-%m-%dT%H:%M:%SZ")
        row = stock_row(item.sku, on_hand, as_of=at, order_refs=refs)
        await world.upload("stock", STOCK.replace("\n", ",order_refs\n") + row)

    await count(76, "", timedelta(seconds=30))
    assert [await world.held(order) for order in (named, other)] == [24, 36], "a later file alone resets nothing"
    await count(76, f"XXXXXXXX | {named['po_number'].lower()}", timedelta(seconds=60))
    assert [await world.held(order) for order in (named, other)] == [0, 36]
    await world.check_stock()


async def test_two_managers_on_one_order_reserve_once(world: World) -> None:
    item = await world.item(100)
    order = await world.arrive(item.line(24))
    answers: list[Any] = await asyncio.gather(
        world.confirm(order), world.confirm(order, browser=world.manager), world.confirm(order, browser=world.manager)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert await world.held(order) == 24
    await world.check_stock()


async def test_orders_that_arrive_together_are_told_who_got_scarce_stock_first(world: World) -> None:
    item = await world.item(60)
    start = (datetime.now(UTC) + timedelta(days=7)).replace(hour=0, minute=0, second=0, microsecond=0)
    late = await world.place(item.line(48, backorder=False), window_end=(start + timedelta(days=9)).isoformat())
    soon = await world.place(item.line(36, backorder=False), window_end=(start + timedelta(days=6)).isoformat())
    await world.poll()
    first, second = await world.order(soon), await world.order(late)
    assert (first["lines"][0]["taken"], second["lines"][0]["taken"]) == (36, 24)
    (step,) = [step for step in second["lines"][0]["trace"] if step["rule"] == "allocation"]
    assert (step["message"], step["values"]["order"]["value"]) == ("supply.allocation.window", soon)
    path = f"/supply/orders/{second['id']}/lines/{second['lines'][0]['sequence']}/sharing"
    found = await world.get(path)
    shares = {each["strategy"]: each for each in found["shares"]}
    assert (found["asked"], found["orders"]) == (48, 2)
    assert (shares[None]["accepted"], shares["EARLIEST_WINDOW_END"]["accepted"]) == (24, 24)
    assert (shares["FIFO"]["accepted"], shares["FIFO"]["together"]) == (48, 60), "it was placed first"
    assert 24 < shares["FAIR_SHARE"]["accepted"] < 48
    strange = await world.stranger.get(world.stranger.at(path))
    assert strange.status_code == 404
    assert (await world.order(late))["lines"][0]["taken"] == 24, "asking changes nothing"
    await _is_told_less_to_who_sees_less(world, path, found)
    await _is_asked_of_its_own_connection_alone(world, path, first["id"])


async def _is_told_less_to_who_sees_less(world: World, path: str, whole: dict[str, Any]) -> None:
    owner = world.people["owner"]
    person = await make_person(organization=(owner.organization_id, owner.slug), role="supply_manager")
    await world.db.execute(
        "update memberships set scope = $1::jsonb where user_id = $2",
        json.dumps(Scope(vendor_codes=("LUMD1",)).store()), person.id,
    )  # fmt: skip
    async with open_browser(world.app, person) as browser:
        found = await world.get(path, browser)
    assert found["orders"] is None, "how many others ask is theirs"
    assert found["shares"] == [each | {"together": None} for each in whole["shares"]]


async def _is_asked_of_its_own_connection_alone(world: World, path: str, other_id: str) -> None:
    """Another connection may have an order of the same number; and orders of two are never decided together."""
    copy = """insert into connections select (jsonb_populate_record(c, jsonb_build_object('id', $2::uuid))).*
        from connections c where id = $1"""
    move = "update purchase_orders set connection_id = $1 where id = $2"
    elsewhere = uuid4()
    await world.db.execute(copy, world.connection_id, elsewhere)
    try:
        await world.db.execute(move, elsewhere, UUID(other_id))
        found = await world.get(path)
        assert (found["orders"], found["shares"]) == (1, [])
    finally:
        await world.db.execute(move, world.connection_id, UUID(other_id))
        await world.db.execute("delete from connections where id = $1", elsewhere)


async def test_sharing_is_decided_in_a_thread_after_the_transaction(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = await world.item(60)
    order = await world.arrive(item.line(48))
    seen: list[tuple[bool, bool]] = []

    def watched(*arguments: Any, **named: Any) -> Any:
        seen.append((threading.current_thread() is threading.main_thread(), in_transaction.get()))
        return share_otherwise(*arguments, **named)

    monkeypatch.setattr("oktee.modules.supply.wondering.share_otherwise", watched)
    found = await world.get(f"/supply/orders/{order['id']}/lines/1/sharing")
    assert (found["orders"], seen) == (1, [(False, False)])


async def _stock_rules(world: World, **changes: Any) -> None:
    """Change what Modules & settings says of Supply."""
    path = "/administration/settings/supply"
    form = await world.get(path)
    body = {"value": form["value"] | changes, "version": form["version"]}
    answer = await world.owner.put(world.owner.at(path), json=body)
    assert answer.status_code == 200, answer.text


async def test_an_order_that_came_short_waits_for_others_of_its_burst_and_one_that_did_not_does_not(
    world: World,
) -> None:
    item, plenty = await world.item(60), await world.item(500)
    await world.automation("at_once")
    await _stock_rules(world, scarce_first="FAIR_SHARE")
    try:
        covered = await world.place(plenty.line(24))
        first = await world.place(item.line(72, backorder=False))
        await world.poll()
        assert (await world.row(covered))["status"] != "to_confirm", "it has all it asks for and leaves"
        waiting = await world.order(first)
        assert (waiting["status"], waiting["lines"][0]["taken"], waiting["answers"]) == ("to_confirm", 60, [])
        second = await world.place(item.line(48, backorder=False))
        await world.poll()
        due = "select key, due_at from work where kind = 'decide_orders' and key like 'collect:%'"
        (job,) = await world.rows(due)
        assert timedelta(minutes=10) < job["due_at"] - datetime.now(UTC) < timedelta(minutes=15)
        await world.db.execute("update work set due_at = now() where kind = 'decide_orders' and key like 'collect:%'")
        await world.turn()
        together = [await world.order(number) for number in (first, second)]
        assert [order["lines"][0]["taken"] for order in together] == [36, 24], "72 and 48 share 60 in cases of 12"
        assert [await world.held(order) for order in together if order["answers"]] == [
            order["lines"][0]["taken"] for order in together if order["answers"]
        ]
        assert await world.rows(due) == []
        await world.check_stock()
    finally:
        await _stock_rules(world, scarce_first="PRIORITY")


async def test_without_a_window_nobody_waits(world: World) -> None:
    item = await world.item(60)
    await world.automation("at_once")
    await _stock_rules(world, collect_minutes=0)
    try:
        order = await world.arrive(item.line(72, backorder=False))
        assert order["answers"], "60 of 72 leave at once"
        assert await world.held(order) == 60
    finally:
        await _stock_rules(world, collect_minutes=15)


async def test_two_jobs_that_find_the_same_order_decide_it_once(world: World) -> None:
    item = await world.item(100)
    number = await world.place(item.line(24))
    path = f"/administration/sync/{world.connection_id}/purchase_orders/runs"
    assert (await world.owner.post(world.owner.at(path))).status_code == 202
    await world.crew.drain("sync")
    while world.crew.held:
        await asyncio.wait(list(world.crew.held))
    async with tenant_session(world.organization_id) as session:
        statement = select(PurchaseOrder).where(PurchaseOrder.po_number == number).with_for_update()
        order = (await session.execute(statement)).scalar_one()
        async with tenant_session(world.organization_id) as other:
            await work.schedule(other, kinds.DECIDE, str(world.connection_id))
        job = asyncio.create_task(world.turn())
        waits = "select 1 from pg_locks where not granted and locktype in ('transactionid', 'tuple')"
        while not await world.rows(waits):  # it has found the order and waits for it
            await asyncio.sleep(0.01)
        await decide_batch(session, [order], zone="Europe/Paris", submit=kinds.SUBMIT)
    await job
    shown = await world.order(number)
    assert (shown["decision"]["number"], shown["status"]) == (1, "to_confirm")
    assert [event["kind"] for event in await world.events(shown)] == ["order.proposed"]
