"""Reservations: what answers hold is never more than there is, and the ledger always tells the same as the balances."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from catalog.loading import ITEMS, STOCK, hand_in, item_row, load, rows, run_worker, stock_row
from factories import make_organization, make_person
from hypothesis import given, settings
from hypothesis import strategies as st
from oktee.access.tables import ModuleSettings
from oktee.catalog import stock
from oktee.catalog.stock import Held, changes
from oktee.catalog.tables import CatalogImport
from oktee.kit.database import tenant_session
from sqlalchemy import update

LEDGER = (
    "select b.committed, coalesce((select sum(l.quantity) from stock_ledger l where l.item_id = b.item_id "
    "and l.warehouse = b.warehouse), 0) from stock_balances b order by b.warehouse"
)


async def _stocked(*balances: str) -> tuple[UUID, UUID]:
    organization, _ = await make_organization()
    await load(organization, "items", ITEMS + item_row("4420", asin="B0C4LM3B02", gtin="4006381333931"))
    await load(organization, "stock", STOCK + "".join(balances))
    ((item,),) = await rows(organization, "select id from items")
    return organization, UUID(str(item))


async def _hold(organization: UUID, order: UUID, lines: dict[str, dict[UUID, int]]) -> None:
    async with tenant_session(organization) as session:
        await stock.set_reservation(
            session, purchase_order_id=order, source_type="order", source_id=str(uuid4()), lines=lines
        )


async def test_a_reservation_is_spread_changed_and_given_back(db: Any) -> None:
    organization, item = await _stocked(stock_row("4420", 60), stock_row("4420", 40, warehouse="METZ"))
    order = uuid4()
    await _hold(organization, order, {"1": {item: 80}})
    assert await rows(organization, LEDGER) == [(60, 60), (20, 20)]
    await _hold(organization, order, {"1": {item: 80}})
    assert len(await rows(organization, "select 1 from stock_ledger")) == 2
    await _hold(organization, order, {"1": {item: 50}})
    assert sum(row[0] for row in await rows(organization, LEDGER)) == 50
    await _hold(organization, order, {})
    assert await rows(organization, LEDGER) == [(0, 0), (0, 0)]


async def test_racing_orders_never_hold_more_than_there_is(db: Any) -> None:
    organization, item = await _stocked(stock_row("4420", 100))

    async def take(units: int) -> int:
        async with tenant_session(organization) as session:
            found = (await stock.snapshot(session, [item], for_update=True))[item]
            got = max(0, min(units, found.on_hand - found.committed))
            await stock.set_reservation(
                session,
                purchase_order_id=uuid4(),
                source_type="order",
                source_id=str(uuid4()),
                lines={"1": {item: got}},
            )
            return got

    taken = await asyncio.gather(*(take(12) for _ in range(20)))
    assert sum(taken) == 100
    assert sorted(taken) == [0] * 11 + [4] + [12] * 8
    assert await rows(organization, LEDGER) == [(100, 100)]


async def _happened_at(db: Any, organization: UUID, at: str) -> None:
    """Date what was promised; only the owner may touch the ledger, and only inside the organization."""
    owner = await asyncpg.connect(db.owner_dsn)
    async with owner.transaction():
        await owner.execute("select set_config('app.organization_id', $1, true)", str(organization))
        assert await owner.execute(f"update stock_ledger set at = '{at}' where source_type <> 'absorbed'") != "UPDATE 0"
    await owner.close()


async def test_a_later_stock_file_absorbs_what_it_must_know_of_by_now(db: Any) -> None:
    organization, item = await _stocked(stock_row("4420", 60))
    order = uuid4()
    await _hold(organization, order, {"1": {item: 40}})
    await _happened_at(db, organization, "2026-11-22T11:00:00Z")
    await load(organization, "stock", STOCK + stock_row("4420", 55, as_of="2026-11-22T16:00:00Z"))
    assert await rows(organization, LEDGER) == [(40, 40)]
    await load(organization, "stock", STOCK + stock_row("4420", 20, as_of="2026-11-22T18:00:00Z"))
    assert await rows(organization, LEDGER) == [(0, 0)]
    assert await rows(organization, "select quantity from stock_ledger where source_type = 'absorbed'") == [(-40,)]


async def test_what_was_absorbed_is_not_held_again_nor_given_back_twice(db: Any) -> None:
    organization, item = await _stocked(stock_row("4420", 60))
    order = uuid4()
    await _hold(organization, order, {"1": {item: 40}})
    await _happened_at(db, organization, "2026-11-22T11:00:00Z")
    await load(organization, "stock", STOCK + stock_row("4420", 20, as_of="2026-11-22T18:00:00Z"))
    await _hold(organization, order, {"1": {item: 40}})
    assert await rows(organization, LEDGER) == [(0, 0)]
    await _hold(organization, order, {"1": {item: 52}})
    assert await rows(organization, LEDGER) == [(12, 12)]
    await _hold(organization, order, {"1": {item: 30}})
    assert await rows(organization, LEDGER) == [(0, 0)]
    await _hold(organization, order, {})
    assert await rows(organization, LEDGER) == [(0, 0)]
    assert await rows(organization, "select sum(quantity) from stock_ledger where source_type <> 'absorbed'") == [(0,)]


async def test_the_customers_own_setting_says_after_how_long_a_file_absorbs(db: Any) -> None:
    organization, item = await _stocked(stock_row("4420", 60))
    async with tenant_session(organization) as session:
        session.add(ModuleSettings(module="supply", value={"absorb_after_hours": 2}))
    await _hold(organization, uuid4(), {"1": {item: 40}})
    await _happened_at(db, organization, "2026-11-22T13:30:00Z")
    await load(organization, "stock", STOCK + stock_row("4420", 20, as_of="2026-11-22T16:00:00Z"))
    assert await rows(organization, LEDGER) == [(0, 0)]


async def test_a_promise_made_before_any_stock_was_known_counts_when_it_is(db: Any) -> None:
    organization, _ = await make_organization()
    await load(organization, "items", ITEMS + item_row("4420"))
    ((found,),) = await rows(organization, "select id from items")
    item = UUID(str(found))
    await _hold(organization, uuid4(), {"1": {item: 30}})
    async with tenant_session(organization) as session:
        assert await stock.snapshot(session, [item]) == {}
    await load(organization, "stock", STOCK + stock_row("4420", 50))
    async with tenant_session(organization) as session:
        known = (await stock.snapshot(session, [item]))[item]
    assert (known.on_hand, known.committed, known.free(safety_stock=5), known.warehouses) == (50, 30, 15, 1)
    await _happened_at(db, organization, "2026-11-22T01:00:00Z")
    await load(organization, "stock", STOCK + stock_row("4420", 20, as_of="2026-11-22T18:00:00Z"))
    assert await rows(organization, LEDGER) == [(0, 0), (0, 0)]


async def test_a_line_that_turns_out_to_be_another_item_moves_its_reservation(db: Any) -> None:
    organization, item = await _stocked(stock_row("4420", 60))
    await load(organization, "items", ITEMS + item_row("4421"))
    await load(organization, "stock", STOCK + stock_row("4421", 10))
    ((found,),) = await rows(organization, "select id from items where sku = '4421'")
    other, order = UUID(str(found)), uuid4()
    await _hold(organization, order, {"1": {item: 12}})
    await _hold(organization, order, {"1": {other: 12}})
    held = "select i.sku, b.committed from stock_balances b join items i on i.id = b.item_id order by i.sku"
    assert await rows(organization, held) == [("4420", 0), ("4421", 12)]


async def test_the_same_source_again_changes_nothing_even_after_a_later_one(db: Any) -> None:
    organization, item = await _stocked(stock_row("4420", 60))
    order = uuid4()

    async def hold(source: str, units: int) -> None:
        async with tenant_session(organization) as session:
            await stock.set_reservation(
                session, purchase_order_id=order, source_type="answer", source_id=source, lines={"1": {item: units}}
            )

    await hold("1", 40)
    await hold("2", 24)
    await hold("1", 40)
    assert await rows(organization, LEDGER) == [(24, 24)]


async def test_the_sources_own_figure_wins_and_a_negative_warehouse_eats_nothing(db: Any) -> None:
    organization, item = await _stocked(
        stock_row("4420", 60, reserved=5),
        stock_row("4420", -7, warehouse="METZ"),
        stock_row("4420", 40, warehouse="NANCY", available=12, inbound_qty=24, inbound_eta="2026-12-01"),
    )
    async with tenant_session(organization) as session:
        known = (await stock.snapshot(session, [item]))[item]
    assert (known.on_hand, known.available, known.free(safety_stock=0)) == (100, 67, 67)
    assert known.inbound == ((24, date(2026, 12, 1)),)
    assert known.warehouses == 3
    assert await rows(organization, "select min(on_hand) from stock_balances") == [(-7,)]


PLACES = ("", "A", "B")


@given(
    rooms=st.lists(st.dictionaries(st.sampled_from(PLACES), st.integers(0, 50), min_size=1), min_size=1, max_size=1),
    targets=st.lists(st.integers(0, 90), min_size=1, max_size=8),
    absorbs=st.lists(st.booleans(), min_size=8, max_size=8),
)
@settings(max_examples=60, deadline=None)
def test_whatever_follows_a_line_is_promised_what_was_last_wanted(
    rooms: list[dict[str, int]], targets: list[int], absorbs: list[bool]
) -> None:
    whole = rooms[0]
    held: dict[str, Held] = {}
    for wanted, absorb in zip(targets, absorbs, strict=False):
        room = {
            name: max(0, units - (held[name].promised - held[name].absorbed if name in held else 0))
            for name, units in whole.items()
        }
        before = sum(each.promised for each in held.values())
        for name, change in changes(held, wanted, room).items():
            now = held.get(name, Held())
            held[name] = Held(now.promised + change.promised, now.absorbed - change.absorbed)
        assert sum(each.promised for each in held.values()) == wanted
        assert all(0 <= each.absorbed <= each.promised for each in held.values())
        if wanted - before <= sum(room.values()):
            assert all(each.promised - each.absorbed <= whole[name] for name, each in held.items() if room[name])
        if absorb:
            held = {name: Held(each.promised, each.promised) for name, each in held.items()}


async def test_whoever_loads_stock_below_zero_is_told(db: Any) -> None:
    person = await make_person()
    organization = person.organization_id
    await load(organization, "items", ITEMS + item_row("4420") + item_row("4421"))
    said = {}
    for units in (12, -3):
        found = await hand_in(
            organization,
            "stock",
            STOCK + stock_row("4420", units, as_of=f"2026-11-22T1{len(said)}:51:00Z") + stock_row("4421", 5),
        )
        async with tenant_session(organization) as session:
            await session.execute(update(CatalogImport).where(CatalogImport.id == found).values(created_by=person.id))
        await run_worker()
        statement = "select facts from notifications where notice = 'import_finished' and object_id = :id"
        ((facts,),) = await rows(organization, statement, id=str(found))
        said[units] = (facts["state"], facts["below_zero"])
    assert said == {12: ("done", 0), -3: ("below_zero", 1)}
