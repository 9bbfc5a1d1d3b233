"""What would have given it, where the goods leave, drive and arrive, and what orders are worth together."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from modules.supply.scenes import ITEM_ID, context, holding, line, order, stock
from oktee.modules.supply.rules.decide import decide
from oktee.modules.supply.rules.inputs import Context, OrderInput, Window
from oktee.modules.supply.rules.logistics import Centre, Days, Logistics, Terms, Warehouse
from oktee.modules.supply.rules.settings import CasePackMode, Settings
from oktee.modules.supply.rules.what_if import what_would_give

PARIS = ZoneInfo("Europe/Paris")
LYON = Warehouse("LYON", PARIS)
LOOSE = Settings(case_pack_mode=CasePackMode.LOOSE_OK, hold_confirmed_share=None)


def said(the_order: OrderInput, ctx: Context) -> dict[str, tuple[object, ...]]:
    """Each change, after a check that the line really lacks and really has it then."""
    return {each.input: each.message.raw for each in what_would_give(the_order, ctx, sequence="1").changes}


def short(days: int = 2, **over: Any) -> OrderInput:
    """Collected within some days, Tuesday the first; nothing may follow later."""
    window = Window(datetime(2026, 11, 23, 23, tzinfo=UTC), datetime(2026, 11, 23 + days, 22, 59, tzinfo=UTC))
    return order(line(48, backorder_allowed=False), **({"freight": "collect", "window": window} | over))


def scene(the_order: OrderInput, known: Logistics, **over: Any) -> Context:
    return replace(context(the_order, stocks=stock(500), **over), logistics=known)


def test_room_on_the_day() -> None:
    the_order = short(days=1)
    full = replace(LYON, capacity=100, capacity_unit="units")
    ctx = scene(the_order, Logistics(warehouses={"LYON": full}, promised={("LYON", date(2026, 11, 24)): 90}))
    assert holding(decide(the_order, ctx).lines[0]) == ["supply.window.too_late"]
    assert said(the_order, ctx)["capacity LYON"] == ("LYON", 138, 100)


def test_a_carrier_and_a_centre_with_days_of_their_own() -> None:
    drives = Logistics(
        warehouses={"LYON": LYON},
        terms={"ABC12": Terms(carrier="Dachser", warehouse="LYON")},
        carriers={"Dachser": Days(frozenset({4}))},
    )
    the_order = short()
    ctx = scene(the_order, drives)
    assert holding(decide(the_order, ctx).lines[0]) == ["supply.window.too_late"]
    assert said(the_order, ctx)["carrier_days"] == ("Dachser",)
    receives = Logistics(
        warehouses={"LYON": LYON},
        transit={("LYON", "", "", ""): 1},
        centres={"LEJ1": Centre(receives=Days(frozenset({4})))},
    )
    brought = short(days=2, freight="prepaid", destination="LEJ1")
    ctx = scene(brought, receives)
    assert holding(decide(brought, ctx).lines[0]) == ["supply.window.too_late"]
    assert said(brought, ctx)["receiving_days"] == ("LEJ1",)


def test_a_warehouse_that_does_not_serve_such_orders() -> None:
    the_order = order(line(48), freight="collect")
    placed = {ITEM_ID: {"LYON": stock(12, source="LYON"), "LILLE": stock(100, source="LILLE")}}
    known = Logistics(
        warehouses={code: Warehouse(code, PARIS) for code in ("LYON", "LILLE", "NANTES")}, pools={("", ""): ("LYON",)}
    )
    ctx = replace(scene(the_order, known, settings=LOOSE), placed=placed)
    found = said(the_order, ctx)
    assert found["pool LILLE"] == ("LILLE",)
    assert "pool NANTES" not in found, "it has none of it"


def test_a_tolerance_for_the_cost_is_found_to_a_tenth_of_a_percent() -> None:
    the_order = order(line(48, net_cost=Decimal("6.10")))
    found = said(the_order, context(the_order, stocks=stock(500)))
    assert found["price_tolerance"] == (Decimal("0.017"), Decimal(0))
    assert found["agreed_cost"]


def test_what_orders_are_worth_together() -> None:
    the_order = order(line(48), destination="LEJ1")
    ctx = context(the_order, stocks=stock(500), settings=Settings(minimum_order_value=Decimal(500)))
    decision = decide(the_order, ctx)
    assert [gate.message for gate in decision.gates] == ["supply.hold.minimum_order"]
    assert said(the_order, ctx) == {"minimum_order_value": ((Decimal("297.60"), "EUR"), (Decimal(500), "EUR"))}
    enough = context(the_order, stocks=stock(500), settings=Settings(minimum_order_value=Decimal(200)))
    assert said(the_order, enough) == {}
