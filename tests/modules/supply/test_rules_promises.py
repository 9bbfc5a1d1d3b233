"""What was promised from an arrival is not promised again."""

from datetime import UTC, date, datetime
from uuid import UUID

from oktee.modules.supply.rules.inputs import Inbound, ItemSnapshot, StockSnapshot
from oktee.modules.supply.rules.ledger import Ledger

ITEM = ItemSnapshot(item_id=UUID(int=1), sku="4420", safety_stock=12)


def ledger(**over: object) -> Ledger:
    values = {
        "on_hand": 60,
        "as_of": datetime(2026, 11, 22, 10, 51, tzinfo=UTC),
        "source": "file",
        "inbound": (Inbound(200, date(2026, 12, 5)),),
    } | over
    return Ledger({ITEM.item_id: StockSnapshot(**values)}, today=date(2026, 11, 22))  # type: ignore[arg-type]


def test_units_promised_beyond_the_shelf_are_taken_from_what_arrives() -> None:
    balance = ledger(reserved_by_us=120).balance(ITEM)  # 48 were free, 72 were promised from the arrival of 200
    assert balance is not None
    assert balance.free == 0
    assert balance.by(date(2026, 12, 5)) == 128


def test_units_promised_from_the_shelf_leave_the_arrival_alone() -> None:
    balance = ledger(reserved_by_us=40).balance(ITEM)
    assert balance is not None
    assert balance.free == 8
    assert balance.by(date(2026, 12, 5)) == 208


def test_a_shelf_below_its_safety_stock_does_not_eat_the_arrival() -> None:
    balance = ledger(on_hand=5).balance(ITEM)
    assert balance is not None
    assert balance.free == 0
    assert balance.by(date(2026, 12, 5)) == 200
