"""What Amazon shows per line: mirrored in eaches, added up per order, written only when it changed, read back at will."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from amazon.mirror.mirrored import OBSERVE, Mirror, place
from contract.simulated import Simulated
from oktee.amazon.client.models.vendor_orders import OrderStatus
from oktee.amazon.mirror.order_content import Unstorable
from oktee.amazon.mirror.purchase_order_status import Reading, Source, read_back, store_one
from oktee.amazon.mirror.status_content import read_status
from oktee.kit.clock import now
from oktee.kit.database import new_id, tenant_session
from oktee.kit.work import cancel


async def answer(amazon: Simulated, number: str, **accepted: int) -> None:
    body = {"by": "edi", "accepted": {key.removeprefix("line"): units for key, units in accepted.items()}}
    await amazon.control("POST", f"/orders/{number}/answers", body)


@pytest.fixture
async def loaded(mirror: Mirror, amazon: Simulated) -> Mirror:
    """A mirror of one order of two lines (10 and 11 eaches), its first load done."""
    await place(amazon)
    await mirror.start()
    await mirror.turn()
    return mirror


async def the_order(mirror: Mirror) -> Any:
    return await mirror.one("select * from purchase_orders")


async def the_lines(mirror: Mirror) -> list[Any]:
    return await mirror.rows("select * from purchase_order_line_status order by sequence")


async def test_an_unanswered_order_is_unconfirmed(loaded: Mirror) -> None:
    order = await the_order(loaded)
    assert (order.status, order.confirmation, order.accepted_units, order.rejected_units) == (
        "OPEN",
        "UNCONFIRMED",
        0,
        0,
    )
    assert order.first_acknowledged_at is None
    assert [(line.ordered_units, line.confirmation_status) for line in await the_lines(loaded)] == [
        (10, "UNCONFIRMED"), (11, "UNCONFIRMED"),
    ]  # fmt: skip


async def test_answers_and_receipts_are_mirrored_line_by_line(loaded: Mirror, amazon: Simulated) -> None:
    number = (await the_order(loaded)).po_number
    async with tenant_session(loaded.organization_id) as session:
        await cancel(session, [OBSERVE], prefix="")
    await answer(amazon, number, line1=10, line2=4)
    await loaded.poll("purchase_order_status")
    order, lines = await the_order(loaded), await the_lines(loaded)
    assert (order.confirmation, order.accepted_units, order.rejected_units) == ("PARTIALLY_ACCEPTED", 14, 7)
    assert [(line.confirmation_status, line.accepted_units, line.rejected_units) for line in lines] == [
        ("ACCEPTED", 10, 0), ("PARTIALLY_ACCEPTED", 4, 7),
    ]  # fmt: skip
    (entry,) = lines[1].acknowledgements
    assert (entry["accepted"], entry["rejected"]) == (4, 7)
    assert datetime.fromisoformat(entry["at"]) == order.first_acknowledged_at
    assert await loaded.scheduled(OBSERVE.name) == [str(loaded.connection_id)]
    await amazon.control("POST", "/receipts", {"purchase_order_number": number, "received": {"1": 9, "2": 4}})
    await loaded.poll("purchase_order_status")
    order, lines = await the_order(loaded), await the_lines(loaded)
    assert (order.received_units, [line.received_units for line in lines]) == (13, [9, 4])
    assert [line.receive_status for line in lines] == ["PARTIALLY_RECEIVED", "RECEIVED"]
    assert all(line.last_received_at for line in lines)


async def test_only_lines_that_changed_are_written(loaded: Mirror, amazon: Simulated) -> None:
    number = (await the_order(loaded)).po_number
    await answer(amazon, number, line1=0, line2=11)
    await loaded.poll("purchase_order_status")
    before = await loaded.rows("select sequence, xmin::text from purchase_order_line_status order by sequence")
    await amazon.control("POST", "/receipts", {"purchase_order_number": number, "received": {"2": 5}})
    await loaded.poll("purchase_order_status")
    after = await loaded.rows("select sequence, xmin::text from purchase_order_line_status order by sequence")
    assert after[0] == before[0]
    assert after[1] != before[1]


async def test_one_order_is_read_back_now(loaded: Mirror, amazon: Simulated) -> None:
    order = await the_order(loaded)
    await answer(amazon, order.po_number, line1=10, line2=11)
    client = loaded.account.client()
    reading = await read_back(client, order.po_number)
    assert reading is not None
    for differed in (True, False):
        async with tenant_session(loaded.organization_id) as session:
            assert await store_one(session, order.id, reading) is differed
    after = await the_order(loaded)
    assert (after.confirmation, after.accepted_units) == ("ACCEPTED", 21)
    assert after.status_fetched_at == reading.source.received_at
    later = Reading(reading.status, Source(now(), "getPurchaseOrdersStatus"))
    async with tenant_session(loaded.organization_id) as session:
        assert await store_one(session, order.id, later) is False
        assert await store_one(session, new_id(), later) is False
    assert (await the_order(loaded)).status_fetched_at == later.source.received_at
    assert await read_back(client, "ZZZZZZZZ") is None


async def test_a_reading_of_another_order_or_an_older_one_changes_nothing(loaded: Mirror, amazon: Simulated) -> None:
    (other,) = await place(amazon)
    await loaded.poll()
    order = await loaded.one("select * from purchase_orders where po_number <> :other", other=other)
    client = loaded.account.client()
    old, foreign = await read_back(client, order.po_number), await read_back(client, other)
    assert old is not None
    assert foreign is not None
    await answer(amazon, order.po_number, line1=10, line2=11)
    await loaded.poll("purchase_order_status")
    async with tenant_session(loaded.organization_id) as session:
        assert await store_one(session, order.id, foreign) is False
        assert await store_one(session, order.id, old) is False
    assert (await loaded.order(order.po_number)).confirmation == "ACCEPTED"


def status(*lines: dict[str, Any]) -> OrderStatus:
    whole = {
        "purchaseOrderNumber": "AB12CD34",
        "purchaseOrderStatus": "OPEN",
        "purchaseOrderDate": "2026-11-24T08:00:00Z",
        "itemStatus": [{"itemSequenceNumber": str(at + 1), **each} for at, each in enumerate(lines)],
    }
    return msgspec.convert(whole, OrderStatus, strict=False)


def line(answer: str | None, ordered: int = 5, **over: Any) -> dict[str, Any]:
    eaches = {"unitOfMeasure": "Eaches", "unitSize": 1}
    found: dict[str, Any] = {"orderedQuantity": {"orderedQuantity": {"amount": ordered, **eaches}}}
    return found | ({"acknowledgementStatus": {"confirmationStatus": answer}} if answer else {}) | over


@pytest.mark.parametrize(
    ("answers", "confirmation"),
    [
        (["UNCONFIRMED", "UNCONFIRMED"], "UNCONFIRMED"),
        (["ACCEPTED", "ACCEPTED"], "ACCEPTED"),
        (["REJECTED", "REJECTED"], "REJECTED"),
        (["ACCEPTED", "REJECTED"], "PARTIALLY_ACCEPTED"),
        (["ACCEPTED", "UNCONFIRMED"], "PARTIALLY_ACCEPTED"),
        ([None, "UNCONFIRMED"], "UNCONFIRMED"),
        ([None, None], None),
        (["SUSPENDED", "SUSPENDED"], "SUSPENDED"),
        ([], None),
    ],
)
def test_the_lines_answers_add_up(answers: list[str | None], confirmation: str | None) -> None:
    assert read_status(status(*[line(each) for each in answers])).confirmation == confirmation


def test_a_cancelled_line_asks_for_no_answer() -> None:
    assert read_status(status(line("ACCEPTED"), line("UNCONFIRMED", ordered=0))).confirmation == "ACCEPTED"
    assert read_status(status(line("UNCONFIRMED", ordered=0))).confirmation == "UNCONFIRMED"


def test_receipts_that_amazon_does_not_show_are_unknown_not_zero() -> None:
    assert read_status(status(line("ACCEPTED"))).received_units is None
    known = line("ACCEPTED", receivingStatus={"receiveStatus": "NOT_RECEIVED", "receivedQuantity": {"amount": 0}})
    assert read_status(status(known, line("ACCEPTED"))).received_units == 0


def test_the_first_answer_counts_and_the_history_is_kept_in_order() -> None:
    details = [
        {"acknowledgementDate": f"2026-11-24T1{hour}:00:00Z", "acceptedQuantity": {"amount": hour, "unitOfMeasure": "Eaches"}}
        for hour in (2, 0, 1)
    ]  # fmt: skip
    answered = line(
        None, acknowledgementStatus={"confirmationStatus": "ACCEPTED", "acknowledgementStatusDetails": details}
    )
    content = read_status(status(answered))
    assert content.first_acknowledged_at == datetime.fromisoformat("2026-11-24T10:00:00Z")
    assert [entry["accepted"] for entry in content.lines[0].acknowledgements] == [0, 1, 2]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (
            line("ACCEPTED", orderedQuantity={"orderedQuantity": {"amount": 2, "unitOfMeasure": "Cases"}}),
            "unknown size",
        ),
        (line("ACCEPTED", orderedQuantity={"orderedQuantity": {"amount": 2}}), "unknown size"),
        (line("ACCEPTED", ordered=2**31), "beyond any real order"),
        (line("ACC\x00EPTED"), "NUL"),
    ],
)
def test_a_status_that_would_be_a_guess_is_refused(broken: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unstorable, match=reason):
        read_status(status(broken))


def test_the_same_status_has_the_same_hash_in_any_order_of_lines() -> None:
    one = status(line("ACCEPTED"), line("REJECTED"))
    turned = msgspec.structs.replace(one, item_status=list(reversed(one.item_status)))
    assert read_status(one).hash == read_status(turned).hash
    moved = msgspec.structs.replace(one, last_updated_date=now() + timedelta(days=1))
    assert read_status(moved).hash != read_status(one).hash
