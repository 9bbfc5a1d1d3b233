"""Orders, items and stock for the tests of the rules: one ordinary case, of which a test changes what it is about."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from oktee.catalog.matching import Candidates
from oktee.modules.supply.rules.decide import decide
from oktee.modules.supply.rules.decision import Decision, LineDecision
from oktee.modules.supply.rules.inputs import (
    Context,
    Inbound,
    ItemSnapshot,
    LineInput,
    LineKey,
    OrderInput,
    StockSnapshot,
    Window,
)
from oktee.modules.supply.rules.settings import Settings

BERLIN = ZoneInfo("Europe/Berlin")
# Monday, 23 November 2026, 10:55 in Berlin.
NOW = datetime(2026, 11, 23, 9, 55, tzinfo=UTC)
ITEM_ID = UUID(int=1)


def item(**over: Any) -> ItemSnapshot:
    values: dict[str, Any] = {
        "item_id": ITEM_ID,
        "sku": "4420",
        "title": "Lamp",
        "case_pack": 12,
        "cost_price": Decimal("6.20"),
        "currency": "EUR",
        "as_of": NOW - timedelta(days=1),
    }
    return ItemSnapshot(**{**values, **over})


def stock(on_hand: int, **over: Any) -> StockSnapshot:
    values: dict[str, Any] = {"as_of": NOW - timedelta(minutes=64), "source": "ERP"}
    return StockSnapshot(on_hand=on_hand, **{**values, **over})


def line(ordered: int, **over: Any) -> LineInput:
    values: dict[str, Any] = {
        "sequence": "1",
        "asin": "B0ABCD1234",
        "vendor_product_identifier": "4420",
        "unit_of_measure": "Eaches",
        "unit_size": 1,
        "net_cost": Decimal("6.20"),
        "currency": "EUR",
        "backorder_allowed": True,
    }
    return LineInput(ordered=ordered, **{**values, **over})


def order(*lines: LineInput, **over: Any) -> OrderInput:
    values: dict[str, Any] = {
        "number": "4K8QX2PD",
        "marketplace_id": "A1PA6795UKMFR9",
        "vendor_code": "ABC12",
        "order_type": "RegularOrder",
        "placed_at": NOW - timedelta(hours=1),
        "revision": 1,
        "freight": "prepaid",
        "window": Window(datetime(2026, 11, 26, 23, tzinfo=UTC), datetime(2026, 11, 30, 22, 59, tzinfo=UTC)),
        "import_order": False,
    }
    return OrderInput(lines=lines, **{**values, **over})


def context(
    the_order: OrderInput | list[OrderInput],
    *,
    items: ItemSnapshot | dict[str, ItemSnapshot] | None = None,
    stocks: StockSnapshot | dict[UUID, StockSnapshot] | None = None,
    settings: Settings | None = None,
    now: datetime = NOW,
) -> Context:
    """Every line names the one item, or the item given for its vendor identifier."""
    orders = the_order if isinstance(the_order, list) else [the_order]
    candidates: dict[LineKey, Candidates[ItemSnapshot]] = {}
    for one in orders:
        for each in one.lines:
            found = items.get(each.vendor_product_identifier or "") if isinstance(items, dict) else items or item()
            if found is not None:
                candidates[(one.number, each.sequence)] = Candidates(by_vendor_sku=(found,))
    known = stocks if isinstance(stocks, dict) else {} if stocks is None else {ITEM_ID: stocks}
    return Context(now=now, zone=BERLIN, candidates=candidates, stock=known, settings=settings or Settings())


def decide_one(
    ordered: int | LineInput,
    *,
    on_hand: int | StockSnapshot | None = None,
    the_item: ItemSnapshot | None = None,
    settings: Settings | None = None,
    now: datetime = NOW,
    **over: Any,
) -> tuple[Decision, LineDecision]:
    """The decision on an order of one line, with everything else ordinary."""
    the_line = line(ordered) if isinstance(ordered, int) else ordered
    the_order = order(the_line, **over)
    stocks = stock(on_hand) if isinstance(on_hand, int) else on_hand
    decision = decide(the_order, context(the_order, items=the_item, stocks=stocks, settings=settings, now=now))
    return decision, decision.lines[0]


def messages(of: LineDecision) -> list[str]:
    return [step.message for step in of.trace]


def holding(of: LineDecision) -> list[str]:
    return [step.message for step in of.holds]


def arriving(on_hand: int, quantity: int, eta: date, **over: Any) -> StockSnapshot:
    return replace(stock(on_hand, **over), inbound=(Inbound(quantity, eta),))
