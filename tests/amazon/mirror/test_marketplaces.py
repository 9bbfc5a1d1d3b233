"""Where an order sells: a merged vendor group under one connection, vendor codes, and the connection's home."""

import pytest
from amazon.mirror.mirrored import GERMANY, Mirror, Mirrors, place
from contract.simulated import Simulated
from oktee.amazon.mirror.order_places import decide_marketplace

CODES = {
    "LUMD1": GERMANY, "LUMF1": "A13V1IB3VIYZZH", "LUMI1": "APJ6JRA9NG5V4", "LUMS1": "A1RKKUPIHCS9HS",
    "LUMU1": "A1F83G8C2ARO7P",
}  # fmt: skip


async def test_a_merged_group_gives_each_order_its_own_marketplace(mirror: Mirror, amazon: Simulated) -> None:
    numbers = {code: (await place(amazon, code=code))[0] for code in CODES}
    await mirror.start()
    await mirror.turn()
    rows = {row.po_number: row for row in await mirror.rows("select * from purchase_orders")}
    assert {code: rows[number].marketplace_id for code, number in numbers.items()} == CODES
    lines = await mirror.rows("select distinct vendor_code, marketplace_id from purchase_order_lines")
    assert {row.vendor_code: row.marketplace_id for row in lines} == CODES
    codes = await mirror.rows("select code, marketplace_id, freight from vendor_codes")
    assert {row.code: row.marketplace_id for row in codes} == CODES
    assert {row.freight for row in codes} == {"prepaid"}
    served = await mirror.rows("select marketplace_id from connection_marketplaces")
    assert {row.marketplace_id for row in served} == set(CODES.values())


async def test_without_addresses_the_connection_says_where_it_sells(mirrors: Mirrors, amazon: Simulated) -> None:
    mirror = await mirrors.make("amzn1.vg.3001", home="ATVPDKIKX0DER")
    (number,) = await place(amazon, code="HRBR1")
    await mirror.start()
    await mirror.turn()
    order = await mirror.order(number)
    assert (order.marketplace_id, order.ship_to_country, order.freight, order.currency) == (
        "ATVPDKIKX0DER", None, "collect", "USD",
    )  # fmt: skip


async def test_cases_are_counted_in_eaches(mirror: Mirror, amazon: Simulated) -> None:
    cases = {"asin": "B0CASES001", "quantity": 3, "uom": "Cases", "unit_size": 6, "net_cost": "2.00"}
    (number,) = await place(amazon, code="LUMS1", lines=[cases])
    await amazon.control("POST", f"/orders/{number}/answers", {"by": "edi", "accepted": {"1": 2}})
    await mirror.start()
    await mirror.turn()
    order = await mirror.order(number)
    assert (order.units, str(order.value), order.accepted_units, order.rejected_units) == (18, "36.0000", 12, 6)
    line = await mirror.one("select amount, unit_of_measure, unit_size, units from purchase_order_lines")
    assert line == (3, "Cases", 6, 18)
    status = await mirror.one("select ordered_units, accepted_units, rejected_units from purchase_order_line_status")
    assert status == (18, 12, 6)


@pytest.mark.parametrize(
    ("country", "code_marketplace", "decided"),
    [
        ("FR", GERMANY, "A13V1IB3VIYZZH"),
        ("GB", None, "A1F83G8C2ARO7P"),
        ("CZ", GERMANY, GERMANY),
        (None, "A13V1IB3VIYZZH", "A13V1IB3VIYZZH"),
        ("CZ", None, "home"),
        (None, None, "home"),
    ],
)
def test_country_then_vendor_code_then_home(country: str | None, code_marketplace: str | None, decided: str) -> None:
    assert decide_marketplace(country, code_marketplace=code_marketplace, home="home") == decided
