"""Orders for bundles, from the catalogue to the ledger: every component is held, given back and absorbed by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from modules.supply.world import Item, World
from oktee.catalog.tables import Item as CatalogItem
from oktee.catalog.tables import ItemComponent
from oktee.kit.database import tenant_session
from oktee.modules.supply.promised import Promises, open_proposals
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
    assert [(pick["sku"], pick["units"], pick["case_pack"]) for pick in line["picks"]] == [
        (one.sku, 60, 12), (two.sku, 30, 12),
    ]  # fmt: skip
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


async def test_promises_carried_from_batch_to_batch_are_those_that_are_read_anew(world: World) -> None:
    """Whoever is left out, and whatever others decide meanwhile: of packs, of a bundle, and of an order that Amazon changed
    after our answer, of which only what is more counts."""
    one, two, bundle = await world.item(900), await world.item(900), await world.item(None, case_pack=1)
    ids = await put_together(world, bundle, **{named(one): 2, named(two): 1})
    items = [ids[one.sku], ids[two.sku], ids[bundle.sku]]
    first, second = await world.arrive(one.line(24), bundle.line(10)), await world.arrive(one.line(36))
    third = await world.confirmed(await world.arrive(two.line(12)))
    promises = Promises()

    async def agreed(*left_out: dict[str, Any]) -> dict[UUID, int]:
        async with tenant_session(world.organization_id) as session:
            leave_out = [UUID(order["id"]) for order in left_out]
            anew = await open_proposals(session, items, leave_out=leave_out)
            carried = await promises.of(session, items, leave_out=leave_out)
        assert carried == {item: anew.get(item, 0) for item in items}
        return carried

    assert await agreed() == {ids[one.sku]: 80, ids[two.sku]: 10, ids[bundle.sku]: 0}
    assert (await agreed(first))[ids[one.sku]] == 36
    assert (await agreed(second))[ids[one.sku]] == 44
    await world.confirmed(first)  # another decides between two batches
    assert (await agreed(second))[ids[one.sku]] == 0
    assert (await agreed())[ids[one.sku]] == 36
    await world.change(third["po_number"], lines=[{"item_sequence_number": "1", "quantity": 48}])
    await world.poll()
    assert (await world.again(third))["status"] == "changed"
    assert (await agreed())[ids[two.sku]] == 36
    assert (await agreed(second, third))[ids[two.sku]] == 0
    read, reads = promises._all, []
    promises._all = lambda *given: reads.append(given) or read(*given)  # type: ignore[method-assign, func-returns-value]  # counts its readings
    await agreed(first, second)
    await agreed(second)
    assert reads == [], "nobody decided anything meanwhile: only the orders of two batches are read"
