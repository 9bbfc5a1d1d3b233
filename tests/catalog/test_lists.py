"""Components, dated costs and units: what a file may say, what is refused, and what an order then finds."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalog.loading import ITEMS, STOCK, item_row, load, rows, stock_row
from factories import make_organization
from oktee.catalog.lookup import CatalogItem, LineKey, find_candidates
from oktee.kit.database import tenant_session

COMPONENTS = "asin,vendor_sku,sku,marketplace,component_sku,quantity\n"
COSTS = "sku,marketplace,vendor_code,cost_price,currency,valid_from,valid_to,uom,tolerance\n"
FAULTS = "select line, column_name, code, received from catalog_import_errors order by line, column_name"
GERMANY = "A1PA6795UKMFR9"


async def with_items(*more: str) -> UUID:
    organization, _ = await make_organization()
    content = item_row("4410") + item_row("4420") + item_row("SET", asin="B0SET00001", vendor_sku="S-1", case_pack=4)
    await load(organization, "items", ITEMS + content + "".join(more))
    return organization


async def found(organization: UUID, *, on: date = date(2026, 11, 23), code: str = "LUMD1", **names: Any) -> CatalogItem:
    key = LineKey(GERMANY, code, names.get("sku"), names.get("asin"))
    async with tenant_session(organization) as session:
        (hits,) = await find_candidates(session, [key], days=[on], today=on)
    (item,) = hits.by_vendor_sku or hits.by_asin
    return item


async def test_a_bundle_is_made_of_what_its_newest_file_says(db: Any) -> None:
    organization = await with_items()
    foreign = await with_items()
    await load(foreign, "components", COMPONENTS + "B0SET00001,,,DE,4410,9\n")
    done, _ = await load(organization, "components", COMPONENTS + "B0SET00001,,,DE,4410,2\nB0SET00001,,,DE,4420,1\n")
    assert (done.loaded, done.rejected) == (2, 0)
    item = await found(organization, asin="B0SET00001")
    assert item.assembled
    assert [(part.sku, part.quantity, part.cost_price) for part in item.components] == [
        ("4410", 2, Decimal("6.2000")), ("4420", 1, Decimal("6.2000"))
    ]  # fmt: skip
    again, _ = await load(organization, "components", COMPONENTS + ",S-1,,DE,4410,2\n,S-1,,DE,4420,1\n")
    assert (again.loaded, again.unchanged) == (0, 2)
    await load(organization, "components", COMPONENTS + ",,SET,,4420,3\n")
    assert [(part.sku, part.quantity) for part in (await found(organization, sku="SET")).components] == [("4420", 3)]
    await load(organization, "components", COMPONENTS + ",,SET,,4420,0\n")
    assert not (await found(organization, sku="SET")).assembled


async def test_what_cannot_be_put_together_is_refused_by_line(db: Any) -> None:
    organization = await with_items(
        item_row("TWIN-1", asin="B0TWIN0001"), item_row("TWIN-2", asin="B0TWIN0001"), item_row("BOX", asin="B0BOX00001")
    )
    await load(organization, "components", COMPONENTS + ",,BOX,,4410,2\n")
    done, _ = await load(
        organization,
        "components",
        COMPONENTS
        + "B0NOBODY01,,,DE,4410,1\n"
        + "B0TWIN0001,,,DE,4410,1\n"
        + ",,SET,,9999,1\n"
        + ",,SET,,SET,1\n"
        + ",,SET,,BOX,1\n"
        + ",,4410,,4420,1\n"
        + ",,,,4410,1\n"
        + ",,SET,,4420,\n"
        + "B0SET00001,,,,4420,1\n",
    )
    assert (done.loaded, done.rejected) == (0, 9)
    assert [tuple(row)[:3] for row in await rows(organization, FAULTS)] == [
        (2, "asin", "unknown_bundle"),
        (3, "asin", "ambiguous_bundle"),
        (4, "component_sku", "unknown_sku"),
        (5, "component_sku", "bundle_of_itself"),
        (6, "component_sku", "bundle_of_bundles"),
        (7, "component_sku", "bundle_of_bundles"),
        (8, "asin", "bundle_required"),
        (9, "quantity", "required"),
        (10, "marketplace", "required"),
    ]


async def test_the_cost_is_the_one_agreed_on_the_day_of_the_order(db: Any) -> None:
    organization = await with_items()
    done, _ = await load(
        organization,
        "costs",
        COSTS
        + "SET,DE,,24.00,EUR,2026-01-01,2026-06-30,case,\n"
        + "SET,DE,,6.50,EUR,2026-07-01,,,2 %\n"
        + "SET,DE,LUMD1,6.40,EUR,2026-09-01,2026-10-31,,\n"
        + "SET,DE,,-1,EUR,2026-12-01,,,\n"
        + "SET,DE,,7,EUR,2026-12-02,2026-12-01,,\n"
        + "SET,DE,,7,EUR,2026-12-02,,pallet,\n"
        + "NONE,DE FR,,7,EUR,2026-12-02,,,\n",
    )
    assert (done.loaded, done.rejected) == (3, 4)
    assert [tuple(row)[1:3] for row in await rows(organization, FAULTS)] == [
        ("cost_price", "too_small"), ("valid_to", "ends_before_it_begins"), ("uom", "unknown_word"), ("sku", "unknown_sku")
    ]  # fmt: skip
    costs = {
        day: (item.cost_price, item.cost_valid_from, item.cost_tolerance, item.cost_as_of)
        for day in (date(2026, 3, 1), date(2026, 8, 1), date(2026, 9, 1), date(2026, 11, 1))
        for item in [await found(organization, on=day, sku="SET")]
    }
    assert costs == {
        date(2026, 3, 1): (Decimal("6.000000"), date(2026, 1, 1), None, None),
        date(2026, 8, 1): (Decimal("6.5000"), date(2026, 7, 1), Decimal("0.0200"), None),
        date(2026, 9, 1): (Decimal("6.4000"), date(2026, 9, 1), None, None),
        date(2026, 11, 1): (Decimal("6.5000"), date(2026, 7, 1), Decimal("0.0200"), None),
    }
    assert (await found(organization, on=date(2026, 9, 1), code="OTHER", sku="SET")).cost_price == Decimal("6.5000")
    before = await found(organization, on=date(2025, 3, 1), sku="SET")  # none was agreed yet: the rules say so
    assert before.cost_valid_from == date(2026, 9, 1)


async def test_stock_in_a_unit_of_ones_own_needs_a_declared_factor(db: Any) -> None:
    organization = await with_items()
    head = STOCK.replace("\n", ",uom,inbound_ref\n")

    def row(sku: str, on_hand: int, uom: str, **over: Any) -> str:
        return stock_row(sku, on_hand, **over).replace("\n", f",{uom},\n")

    content = (
        row("4410", 3, "Palette")
        + row("4420", 5, "case")
        + row("SET", 7, "Stück")
        + row("4420", 1, "box", warehouse="B")
    )
    done, _ = await load(organization, "stock", head + content)
    assert (done.loaded, done.rejected) == (2, 2)
    assert [tuple(row)[1:] for row in await rows(organization, FAULTS)] == [
        ("uom", "unknown_factor", "palette"), ("uom", "unknown_factor", "box")
    ]  # fmt: skip
    units, _ = await load(organization, "units", "sku;uom;eaches\n4410;PALETTE;480\n4410;each;2\n4410;x;0\n9;x;1\n")
    assert (units.loaded, units.rejected) == (1, 3)
    later = row("4410", 3, "Palette", as_of="2026-11-22T11:00:00Z", reserved=1, inbound_qty=2, inbound_eta="2026-12-01")
    await load(organization, "stock", head + later)
    found_ = await rows(
        organization,
        "select i.sku, b.on_hand, b.reserved, b.inbound from stock_balances b join items i on i.id = b.item_id order by 1",
    )
    assert found_ == [
        ("4410", 1440, 480, [{"eta": "2026-12-01", "quantity": 960, "reference": None}]),
        ("4420", 60, 0, []),
        ("SET", 7, 0, []),
    ]


async def test_rows_that_follow_each_other_announce_several_arrivals(db: Any) -> None:
    organization = await with_items()
    content = (
        "Référence;Entrepôt;Date;Stock;Arrivage;Date d'arrivage;Référence d'arrivage\n"
        "4410;LYON;2026-11-22T10:00:00Z;5;10;2026-12-01;PO-1\n"
        "4410;LYON;;;20;2026-12-08;PO-2\n"
        "4410;LYON;2026-11-22T10:00:00Z;6;20;2026-12-08;PO-3\n"
        "4420;LYON;2026-11-22T10:00:00Z;5;20;;\n"
    )
    done, _ = await load(organization, "stock", content.encode("cp1252"))
    assert (done.loaded, done.unchanged, done.rejected) == (2, 1, 1)
    assert [tuple(row)[:3] for row in await rows(organization, FAULTS)] == [
        (4, "sku", "duplicate_row"), (5, "inbound_eta", "inbound_date_missing")
    ]  # fmt: skip
    ((inbound,),) = await rows(organization, "select inbound from stock_balances where inbound <> '[]'")
    assert [(one["quantity"], one["eta"], one["reference"]) for one in inbound] == [
        (10, "2026-12-01", "PO-1"), (20, "2026-12-08", "PO-2")
    ]  # fmt: skip


async def test_an_item_keeps_what_a_file_has_no_column_for(db: Any) -> None:
    organization, _ = await make_organization()
    head = (
        "Artikelnummer;Bezeichnung;Länder;VE;EAN;EAN Karton;Bestellmultiplikator;weight;weight_unit;length;dimension_unit;"
        "landed_cost;landed_cost_currency;Gefahrgut;Ursprungsland;launch_date;ext.Farbe;Status\n"
    )
    row = (
        "4410;Balsam;DE;12;3012345678902;13012345678909;24;0,250;kg;12,5;cm;2,10;EUR;nein;fr;2026-12-01;rot;phase_out\n"
    )
    done, operation = await load(organization, "items", head + row)
    assert (done.loaded, done.rejected, operation.state) == (1, 0, "done"), await rows(organization, FAULTS)
    asked = (
        "select gtin_case, order_multiple, weight_g, weight_unit, length_mm, landed_cost, dangerous_goods, country_of_origin, "
        "launch_on, ext, status, title from items"
    )
    known = (
        "13012345678909", 24, Decimal("250.000"), "kg", Decimal("125.000"), Decimal("2.1000"), False, "FR",
        date(2026, 12, 1), {"Farbe": "rot"},
    )  # fmt: skip
    assert [tuple(one) for one in await rows(organization, asked)] == [(*known, "phase_out", "Balsam")]
    await load(organization, "items", "sku,title,marketplaces,case_pack\n4410,Balm,DE,12\n")
    assert [tuple(one) for one in await rows(organization, asked)] == [(*known, "phase_out", "Balm")]
    bad, _ = await load(
        organization,
        "items",
        "sku,title,marketplaces,case_pack,gtin,gtin_case,weight,list_price,hs_code,dangerous_goods,base_uom\n"
        "1,T,DE,1,3012345678902,3012345678902,250,,,,\n"
        "2,T,DE,1,,1.30123E+13,,9.90,33,perhaps,pallet\n",
    )
    assert bad.rejected == 2
    assert [tuple(one)[:3] for one in await rows(organization, FAULTS)] == [
        (2, "gtin_case", "case_gtin_is_unit_gtin"),
        (2, "weight_unit", "unit_required"),
        (3, "base_uom", "unknown_word"),
        (3, "dangerous_goods", "not_yes_or_no"),
        (3, "gtin_case", "scientific_notation"),
        (3, "hs_code", "invalid_hs_code"),
        (3, "list_price_currency", "currency_required"),
    ]


async def test_a_name_holds_for_its_days_and_one_of_several_may_be_preferred(db: Any) -> None:
    organization, _ = await make_organization()
    head = "sku,title,marketplaces,case_pack,asin,valid_from,valid_to,is_preferred\n"
    await load(
        organization,
        "items",
        head
        + "OLD,Old,DE,12,B0SHARED01,,2026-10-31,\n"
        + "NEW,New,DE,12,B0SHARED01,2026-11-01,,\n"
        + "ONE,One,DE,12,B0SHARED02,,,\n"
        + "TWO,Two,DE,12,B0SHARED02,,,yes\n",
    )
    assert (await found(organization, on=date(2026, 10, 31), asin="B0SHARED01")).sku == "OLD"
    assert (await found(organization, on=date(2026, 11, 1), asin="B0SHARED01")).sku == "NEW"
    async with tenant_session(organization) as session:
        (hits,) = await find_candidates(session, [LineKey(GERMANY, "LUMD1", None, "B0SHARED02")])
    assert {hit.sku: hit.preferred for hit in hits.by_asin} == {"ONE": False, "TWO": True}
