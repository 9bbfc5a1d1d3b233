"""What was promised from an arrival is not promised again."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from modules.supply.scenes import arriving, decide_one, messages
from oktee.modules.supply.rules.inputs import Inbound, ItemSnapshot, StockSnapshot
from oktee.modules.supply.rules.ledger import Ledger
from oktee.modules.supply.rules.settings import Settings

ITEM = ItemSnapshot(item_id=UUID(int=1), sku="4420", safety_stock=12)


def ledger(margin: timedelta = timedelta(0), **over: object) -> Ledger:
    values = {
        "on_hand": 60,
        "as_of": datetime(2026, 11, 22, 10, 51, tzinfo=UTC),
        "source": "file",
        "inbound": (Inbound(200, date(2026, 12, 5)),),
    } | over
    return Ledger({ITEM.item_id: StockSnapshot(**values)}, today=date(2026, 11, 22), margin=margin)  # type: ignore[arg-type]


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


def test_what_its_owner_reserved_beyond_the_shelf_is_taken_from_what_arrives() -> None:
    balance = ledger(on_hand=60, reserved=100).balance(ITEM)  # 40 of the 200 have their owner already
    assert balance is not None
    assert balance.free == 0
    assert balance.by(date(2026, 12, 5)) == 160


def test_a_receipt_counts_so_many_days_after_the_day_it_is_announced_for() -> None:
    balance = ledger(margin=timedelta(days=7)).balance(ITEM)
    assert balance is not None
    assert (balance.by(date(2026, 12, 11)), balance.by(date(2026, 12, 12))) == (48, 248)


def test_a_backorder_waits_for_the_day_on_which_its_receipt_counts_and_says_so() -> None:
    late = Settings(receipt_margin_days=3)
    the_stock = arriving(60, 200, date(2026, 12, 5))
    on_its_day, later = (decide_one(120, on_hand=the_stock, settings=each)[1] for each in (Settings(), late))
    assert on_its_day.backordered == later.backordered == 60
    assert on_its_day.backorder_at is not None
    assert later.backorder_at is not None
    assert (later.backorder_at - on_its_day.backorder_at).days == 1  # Saturday counts from Tuesday instead of Monday
    planned, said = (step for step in later.trace if step.rule in ("backorder", "receipts"))
    assert planned.values["eta"] == {"type": "date", "value": "2026-12-05"}  # as it is announced
    assert (said.message, said.raw) == ("supply.stock.receipts_later", (3,))
    assert "supply.stock.receipts_later" not in messages(on_its_day)
