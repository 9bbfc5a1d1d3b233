"""Pools and real orders: what an answer promises is held of the warehouses that the decision named, and of no others."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from catalog.loading import STOCK, stock_row
from modules.supply.world import Item, World
from oktee.catalog.stock import Change, Held, exact_changes

WAREHOUSES = "code,time_zone\nLYON,Europe/Paris\nLILLE,Europe/Paris\nNICE,Europe/Paris\n"


@pytest.fixture
async def pooled(world: World) -> AsyncIterator[World]:
    """LYON, then LILLE, serve a vendor code of this file."""
    await world.upload("warehouses", WAREHOUSES)
    await world.upload("stock_pools", "vendor_code,warehouse,rank\nLUMD1,LYON,1\nLUMD1,LILLE,2\n")
    yield world
    await world.db.execute("delete from stock_pools")
    await world.db.execute("delete from warehouses")


async def shelves(world: World, item: Item, **units: int) -> None:
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = (stock_row(item.sku, on_hand, as_of=at, warehouse=code) for code, on_hand in units.items())
    await world.upload("stock", STOCK + "".join(rows))


def said(order: dict[str, Any], message: str) -> dict[str, Any] | None:
    steps = (step for step in order["lines"][0]["trace"] if step["message"] == message)
    return next(({name: each["value"] for name, each in step["values"].items()} for step in steps), None)


async def held(world: World, order: dict[str, Any]) -> dict[str, int]:
    rows = await world.rows(
        "select l.warehouse, sum(l.quantity)::int as units from stock_ledger l join purchase_orders o "
        "on o.id = l.purchase_order_id where o.po_number = $1 group by 1 having sum(l.quantity) <> 0",
        order["po_number"],
    )
    return {row["warehouse"]: row["units"] for row in rows}


async def test_an_answer_holds_what_each_warehouse_gives_and_other_orders_see_it(pooled: World) -> None:
    item = await pooled.item(None)
    await shelves(pooled, item, LYON=48, LILLE=30, NICE=500)
    order = await pooled.arrive(item.line(60))
    assert order["lines"][0]["taken"] == 60
    assert said(order, "supply.pool.from") == {"sources": "LYON 48 · LILLE 12"}
    assert order["feasibility"]["warehouses"] == ["LILLE", "LYON"]
    assert [(pick["warehouse"], pick["sku"], pick["units"]) for pick in order["lines"][0]["picks"]] == [
        ("LYON", item.sku, 48), ("LILLE", item.sku, 12),
    ]  # fmt: skip
    waiting = await pooled.arrive(item.line(36))
    assert waiting["lines"][0]["taken"] == 12  # 18 are left, and a case has twelve
    assert said(waiting, "supply.pool.from") == {"sources": "LILLE 12"}
    await pooled.confirmed(order)
    assert await held(pooled, order) == {"LYON": 48, "LILLE": 12}
    await pooled.check_stock()


async def test_what_a_person_changes_comes_from_the_same_warehouses(pooled: World) -> None:
    item = await pooled.item(None)
    await shelves(pooled, item, LYON=48, LILLE=30, NICE=500)
    order = await pooled.arrive(item.line(60))
    answer = await pooled.draft(order, {"sequence": order["lines"][0]["sequence"], "taken": 50, "backordered": 0})
    assert answer.status_code == 200, answer.text
    fresh = await pooled.order(order["po_number"])
    await pooled.confirmed(fresh)
    assert await held(pooled, order) == {"LYON": 48, "LILLE": 2}
    await pooled.check_stock()


async def test_when_the_last_warehouse_leaves_a_pool_all_of_them_serve_again(pooled: World) -> None:
    item = await pooled.item(None)
    await shelves(pooled, item, LYON=12, NICE=500)
    order = await pooled.arrive(item.line(60))
    assert order["lines"][0]["taken"] == 12
    rows = (await pooled.get("/administration/logistics/stock_pools"))["rows"]
    assert [row["values"] for row in rows] == [
        {"marketplace": "", "vendor_code": "LUMD1", "warehouse": code, "rank": rank}
        for code, rank in (("LILLE", "2"), ("LYON", "1"))
    ]
    warehouses = (await pooled.get("/administration/logistics/warehouses"))["rows"]
    lyon = next(row for row in warehouses if row["values"]["code"] == "LYON")
    refused = await pooled.owner.delete(pooled.owner.at(f"/administration/logistics/warehouses/{lyon['id']}"))
    assert (refused.status_code, refused.json()["code"]) == (409, "still_named")
    for row in rows:
        gone = await pooled.owner.delete(pooled.owner.at(f"/administration/logistics/stock_pools/{row['id']}"))
        assert gone.status_code == 204
    await pooled.turn()
    again = await pooled.again(order)
    assert again["lines"][0]["taken"] == 60
    assert said(again, "supply.pool.from") is None


def test_a_reservation_follows_what_was_decided_of_each_warehouse() -> None:
    room = {"LILLE": 30, "LYON": 48}
    assert exact_changes({}, 60, {"LYON": 48, "LILLE": 12}, room) == {"LYON": Change(48), "LILLE": Change(12)}
    before = {"LYON": Held(48), "LILLE": Held(12, 12)}
    moved = exact_changes(before, 60, {"LYON": 40, "LILLE": 20}, room)
    assert moved == {"LYON": Change(-8), "LILLE": Change(8)}
    assert exact_changes(before, 0, {}, room) == {"LYON": Change(-48), "LILLE": Change(-12, 12)}
    # A warehouse that has no stock of it any more: the rest is taken where there is room.
    assert exact_changes({}, 60, {"NICE": 20, "LYON": 40}, room) == {"LYON": Change(40), "LILLE": Change(20)}
