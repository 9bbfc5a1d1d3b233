"""The seeded world: deterministic, plausible, and difficult in known places against the customers' own files."""

import csv
import io
import re
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from simulator.orders import dump_order, load_order
from simulator.settings import WorldSize
from simulator.world.catalog import check_digit
from simulator.world.customers import CUSTOMERS

ITEM_COLUMNS = (
    "sku,gtin,asin,vendor_sku,marketplaces,vendor_code,title,brand,case_pack,cost_price,currency,status,replaced_by_sku,image_url,"
    "safety_stock,moq,lead_time_days,handling_days"
)
STOCK_COLUMNS = "sku,warehouse,as_of,on_hand,reserved,quality_hold,available,inbound_qty,inbound_eta"


def shifts(order: Any, started: Any) -> tuple[Any, ...]:
    """An order with its instants as distances from the start."""
    return (
        order.number,
        order.state,
        order.placed_at - started,
        order.available_at - started,
        [(line.asin, line.quantity, line.net_cost, line.accepted, line.received) for line in order.lines],
    )


async def test_a_seed_makes_the_same_world_at_any_hour(simulate: Any, clock: Any) -> None:
    size = WorldSize(history_days=3, items_per_customer=120)
    first = simulate(size=size)
    one = [shifts(order, clock.now) for order in first.amazon.book]
    clock.move(days=11, hours=7)
    again, other = simulate(size=size), simulate(size=size, seed=8)
    assert [shifts(order, clock.now) for order in again.amazon.book] == one
    assert again.amazon.items == first.amazon.items
    assert other.amazon.items != first.amazon.items


async def test_the_world_is_as_large_as_promised(simulate: Any, clock: Any) -> None:
    amazon = simulate(size=WorldSize()).amazon
    by_customer = Counter(order.customer for order in amazon.book)
    assert 8 * 89 < by_customer["lumea"] - 16 < 15 * 89
    assert {key: len(items) for key, items in amazon.items.items()} == {"lumea": 600, "nordhandel": 600, "harbor": 600}
    assert len({item.brand for item in amazon.items["nordhandel"]}) == 24
    assert all(5 <= len(order.lines) <= 25 for order in amazon.book if order.customer == "lumea")
    assert len({item.title for items in amazon.items.values() for item in items}) == 1800
    oldest = min(order.placed_at for order in amazon.book)
    assert timedelta(days=89) < clock.now - oldest <= timedelta(days=90)
    assert Counter(order.state for order in amazon.book)["Closed"] > 1000


async def test_nothing_is_stamped_later_than_the_clock(whole_world: Any, clock: Any) -> None:
    for order in whole_world.amazon.book:
        stamps = [
            order.placed_at,
            order.available_at,
            order.updated_at,
            order.state_changed_at,
            order.changed_at or order.placed_at,
        ]
        stamps += [change.at for line in order.lines for change in line.quantities]
        stamps += [answer.at for line in order.lines for answer in line.answers]
        stamps += [line.received_at for line in order.lines if line.received_at]
        assert max(stamps) <= clock.now, order.number


async def test_history_is_answered_and_every_account_has_orders_waiting(whole_world: Any, clock: Any) -> None:
    waiting = [order for order in whole_world.amazon.book if order.state == "New"]
    assert Counter(order.customer for order in waiting) == {"lumea": 16, "nordhandel": 10, "harbor": 8}
    assert {order.vendor_code for order in waiting} == {
        code.code for customer in CUSTOMERS.values() for code in customer.vendor_codes
    }
    ages = [(clock.now - order.placed_at) / timedelta(hours=1) for order in waiting if order.customer == "lumea"]
    assert min(ages) >= 0.5
    assert max(ages) <= 22
    assert len({round(age) for age in ages}) > 10
    assert all(
        line.answers
        for order in whole_world.amazon.book
        if order.state != "New"
        for line in order.lines
        if line.quantity
    )


async def test_waiting_orders_hold_lines_that_are_difficult_against_the_files(whole_world: Any) -> None:
    traits = Counter(
        whole_world.amazon.find_item(line.asin).trait
        for order in whole_world.amazon.book
        if order.state == "New"
        for line in order.lines
    )
    assert {"cost_above_order", "unlisted", "short_stock", "pack_mismatch", "wrong_gtin"} <= set(traits)
    assert traits[""] > sum(count for trait, count in traits.items() if trait) * 3


async def test_collect_has_a_ship_window_and_no_addresses_and_prepaid_the_reverse(whole_world: Any) -> None:
    await whole_world.authorise("amzn1.vg.3001")
    harbor = (await whole_world.orders(limit=1))[0]["orderDetails"]
    assert "shipWindow" in harbor
    assert "deliveryWindow" not in harbor
    assert "address" not in harbor["shipToParty"]
    assert harbor["items"][0]["netCost"]["currencyCode"] == "USD"
    await whole_world.authorise("amzn1.vg.1001")
    lumea = (await whole_world.orders(limit=1))[0]["orderDetails"]
    assert "deliveryWindow" in lumea
    assert "shipWindow" not in lumea
    assert lumea["shipToParty"]["address"]["countryCode"] in ("DE", "FR", "IT", "ES", "GB")


async def test_units_identifiers_and_backorders_vary(whole_world: Any) -> None:
    lines = [(order.vendor_code, line) for order in whole_world.amazon.book for line in order.lines]
    cases = [line for _, line in lines if line.unit == "Cases"]
    assert 0.05 < len(cases) / len(lines) < 0.5
    assert all(line.unit_size > 1 for line in cases)
    assert {line.backorder_allowed for _, line in lines} == {True, False}
    kinds = {
        code: {
            "sku" if line.identifier.startswith(("LUM", "NH", "HW")) else str(len(line.identifier))
            for each, line in lines
            if each == code
        }
        for code in ("LUMD1", "LUMF1", "NRDH2", "HRBR1")
    }
    assert kinds["LUMD1"] == kinds["NRDH2"] == {"13"}
    assert "sku" in kinds["LUMF1"]
    assert "12" in kinds["HRBR1"]


@pytest.mark.parametrize("key", ["lumea", "nordhandel", "harbor"])
async def test_the_item_file_has_the_agreed_columns_and_valid_check_digits(whole_world: Any, key: str) -> None:
    answer = await whole_world.http.get(f"/_control/customers/{key}/items.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.splitlines()[0] == ITEM_COLUMNS
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len({row["sku"] for row in rows}) > 290
    for row in rows:
        assert re.fullmatch(r"\d{13}", row["gtin"])
        assert check_digit(row["gtin"][:-1]) == row["gtin"][-1]
        assert re.fullmatch(r"B0[0-9A-Z]{8}|", row["asin"])
        assert Decimal(row["cost_price"]) > 0
        assert int(row["case_pack"]) >= 1
        assert row["status"] in ("active", "phase_out", "discontinued", "blocked", "draft")
        assert row["image_url"].startswith("http://amazon.test/images/")
        assert set(row["marketplaces"].split()) <= {code.country for code in CUSTOMERS[key].vendor_codes}
    sold = [(row["sku"], country, row["vendor_code"]) for row in rows for country in row["marketplaces"].split()]
    assert len(sold) == len(set(sold))
    assert any(row["replaced_by_sku"] for row in rows)


def test_check_digits_follow_gs1() -> None:
    assert check_digit("400638133393") == "1"
    assert check_digit("301234567890") == "2"
    assert check_digit("1301234567890") == "9"


async def test_one_sku_has_a_row_for_each_cost_and_the_brand_shares_its_asins(whole_world: Any) -> None:
    rows = list(csv.DictReader(io.StringIO((await whole_world.http.get("/_control/customers/lumea/items.csv")).text)))
    first = [row for row in rows if row["sku"] == rows[0]["sku"]]
    assert [(row["marketplaces"], row["currency"]) for row in first] == [
        ("DE FR", "EUR"),
        ("IT ES", "EUR"),
        ("UK", "GBP"),
    ]
    assert len({row["asin"] for row in first}) == 1
    assert len({row["cost_price"] for row in first}) == 3
    distributor = list(
        csv.DictReader(io.StringIO((await whole_world.http.get("/_control/customers/nordhandel/items.csv")).text))
    )
    assert {row["vendor_code"] for row in distributor} == {"NRDH1", "NRDH2", "NRDF1", "NRDF2"}


async def test_the_stock_file_is_counted_just_now_and_short_where_it_should_be(whole_world: Any, clock: Any) -> None:
    text = (await whole_world.http.get("/_control/customers/lumea/stock.csv")).text
    assert text.splitlines()[0] == STOCK_COLUMNS
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["warehouse"] for row in rows} == {"BER1", "LYN1"}
    assert len({(row["sku"], row["warehouse"]) for row in rows}) == len(rows)
    assert all(row["available"] == "" for row in rows)
    assert all(clock.now - timedelta(minutes=30) < datetime.fromisoformat(row["as_of"]) <= clock.now for row in rows)
    stock = Counter[str]()
    for row in rows:
        stock[row["sku"]] += int(row["on_hand"])
    for item in whole_world.amazon.items["lumea"]:
        if item.trait in ("short_stock", "no_stock"):
            assert stock[item.sku] < item.typical
        elif item.trait == "":
            assert stock[item.sku] > item.typical * 10


async def test_the_files_and_the_orders_meet_except_where_they_are_meant_to_differ(whole_world: Any) -> None:
    for key in ("lumea", "nordhandel", "harbor"):
        rows = list(
            csv.DictReader(io.StringIO((await whole_world.http.get(f"/_control/customers/{key}/items.csv")).text))
        )
        costs = {
            (row["asin"], country, row["vendor_code"]): (Decimal(row["cost_price"]), int(row["case_pack"]))
            for row in rows
            for country in row["marketplaces"].split()
        }
        for order in whole_world.amazon.book:
            for line in order.lines if order.customer == key else ():
                trait = whole_world.amazon.find_item(line.asin).trait
                known = costs.get((line.asin, order.country, order.vendor_code)) or costs.get(
                    (line.asin, order.country, "")
                )
                if trait in ("unlisted", "wrong_gtin"):
                    assert known is None
                elif trait.startswith("cost_"):
                    assert known is not None
                    assert known[0] != line.net_cost
                elif trait == "pack_mismatch" and line.unit == "Cases":
                    assert known is not None
                    assert known[1] != line.unit_size
                else:
                    assert known is not None
                    assert known[0] == line.net_cost
                    assert line.unit == "Eaches" or known[1] == line.unit_size


async def test_every_order_survives_the_state_file_form(whole_world: Any) -> None:
    for order in whole_world.amazon.book:
        assert load_order(dump_order(order)) == order


async def test_a_picture_is_drawn_for_every_asin_and_always_the_same(whole_world: Any) -> None:
    item = whole_world.amazon.items["nordhandel"][0]
    one = await whole_world.http.get(f"/images/{item.asin}.svg")
    assert one.headers["content-type"].startswith("image/svg+xml")
    assert one.text.startswith("<svg")
    assert one.content == (await whole_world.http.get(f"/images/{item.asin}.svg")).content
    other = await whole_world.http.get("/images/B0UNKNOWN1.svg")
    assert other.status_code == 200
    assert other.content != one.content


async def test_every_customer_has_files_of_its_warehouses_and_ways(whole_world: Any) -> None:
    for key in ("lumea", "nordhandel", "harbor"):
        told = (await whole_world.http.get("/_control/customers")).json()
        urls = next(each for each in told if each["key"] == key)
        rows = {}
        for kind in ("calendars", "closures", "warehouses", "transit_times", "fulfilment_centres", "vendor_terms"):
            text = (await whole_world.http.get(urls[f"{kind}_csv"])).text
            rows[kind] = list(csv.DictReader(io.StringIO(text)))
            assert rows[kind], kind
        codes = {row["code"] for row in rows["warehouses"]}
        assert {row["origin"] for row in rows["transit_times"]} == codes
        assert {row["warehouse"] for row in rows["vendor_terms"]} <= codes
        assert {row["calendar"] for row in rows["closures"]} == {row["name"] for row in rows["calendars"]}
        stocked = (await whole_world.http.get(f"/_control/customers/{key}/stock.csv")).text
        assert {row["warehouse"] for row in csv.DictReader(io.StringIO(stocked))} == codes
    assert (await whole_world.http.get("/_control/customers/lumea/else.csv")).status_code == 404


async def test_some_asins_are_packs_of_six_or_bundles_of_two(whole_world: Any) -> None:
    for key in ("lumea", "nordhandel", "harbor"):
        text = (await whole_world.http.get(f"/_control/customers/{key}/components.csv")).text
        made: dict[str, list[tuple[str, int]]] = {}
        for row in csv.DictReader(io.StringIO(text)):
            made.setdefault(row["asin"], []).append((row["component_sku"], int(row["quantity"])))
        assert sorted(tuple(quantity for _, quantity in parts) for parts in made.values()) == [(1, 1)] * 5 + [(6,)] * 5
        parts_of = {sku for parts in made.values() for sku, _ in parts}
        assembled = {item.sku for item in whole_world.amazon.items[key] if item.asin in made}
        assert len(assembled) == 10
        assert not assembled & parts_of
