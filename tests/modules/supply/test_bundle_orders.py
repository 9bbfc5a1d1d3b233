"""Orders for bundles, from the catalogue to the ledger: every component is held, given back and absorbed by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from modules.supply.world import Item, World
from oktee.catalog.tables import Item as CatalogItem
from oktee.catalog.tables import ItemComponent
from oktee.kit.database import tenant_session
from sqlalchemy import select


async def put_together(world: World, bundle: Item, **parts: int) -> dict[str, UUID]:
    """The bundle is made of so many pieces of each SKU; answers the item ids by SKU."""
    async with tenant_session(world.organization_id) as session:
        ids = dict((await session.execute(select(CatalogItem.sku, CatalogItem.id))).all())
        made = await session.get_one(CatalogItem, ids[bundle.sku])
        made.assembled = True
        for sku, quantity in parts.items():
            session.add(
                ItemComponent(
                    item_id=made.id, component_id=ids[sku.replace("_", "-")], quantity=quantity, import_id=made.import_id,
                    as_of=made.as_of,
                )
            )  # fmt: skip
    return ids


async def held(world: World, item_id: UUID) -> int:
    (row,) = await world.rows("select sum(committed)::int as held from stock_balances where item_id = $1", item_id)
    return int(row["held"])


def named(item: Item) -> str:
    return item.sku.replace("-", "_")


def said(line: dict[str, Any]) -> list[str]:
    return [step["message"] for step in line["trace"]]


async def test_a_bundle_holds_its_components_and_gives_them_back(world: World) -> None:
    one, two, bundle = (
        await world.item(100),
        await world.item(100),
        await world.item(None, case_pack=1, cost_price="20"),
    )
    ids = await put_together(world, bundle, **{named(one): 2, named(two): 1})
    order = await world.arrive(bundle.line(30, net_cost="20"), one.line(36))
    line = order["lines"][0]
    assert (order["status"], line["taken"]) == ("to_confirm", 30)
    assert "supply.contents.bundle" in said(line)
    # 60 of the 100 pieces are in the bundles: three cases of twelve are left for the second line, and none after it.
    assert order["lines"][1]["taken"] == 36
    second = await world.arrive(one.line(12, backorder=False))
    assert second["status"] == "held"
    done = await world.confirmed(order)
    assert (await held(world, ids[one.sku]), await held(world, ids[two.sku])) == (96, 30)
    await world.check_stock()
    await world.change(order["po_number"], cancel=True)
    await world.poll()
    assert (await world.again(done))["status"] == "cancelled"
    assert (await held(world, ids[one.sku]), await held(world, ids[two.sku])) == (0, 0)


async def test_a_later_stock_file_absorbs_each_component_by_itself(world: World) -> None:
    one, two, bundle = await world.item(100), await world.item(100), await world.item(None, case_pack=1)
    ids = await put_together(world, bundle, **{named(one): 6, named(two): 1})
    await world.confirmed(await world.arrive(bundle.line(10)))
    assert (await held(world, ids[one.sku]), await held(world, ids[two.sku])) == (60, 10)
    await world.db.execute("update stock_ledger set at = at - interval '8 hours'")
    await world.stock(one, 40, as_of=datetime.now(UTC) + timedelta(minutes=1))
    assert (await held(world, ids[one.sku]), await held(world, ids[two.sku])) == (0, 10)
    await world.check_stock()
