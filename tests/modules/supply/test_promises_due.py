"""Promises whose moment comes near: told in time, mended by an act, and over by themselves."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from modules.supply.test_anomalies_job import look
from modules.supply.world import World, as_shown
from oktee.modules.supply.rules.anomalies.facts import OrderFact, Place
from oktee.modules.supply.rules.anomalies.promising import (
    Backorder,
    Unshipped,
    backorders,
    free_days,
    working_days_before,
)

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)  # a Monday
PLACE = Place(uuid4(), "LUMD1", "A1PA6795UKMFR9")


def fact() -> OrderFact:
    return OrderFact(uuid4(), "PO000001", PLACE, NOW, "DTM2", None, ("Lumea",))


@pytest.mark.parametrize(
    ("free_until", "today", "units", "told"),
    [
        (date(2026, 12, 2), date(2026, 11, 30), 10, True),
        (date(2026, 12, 2), date(2026, 11, 29), 10, False),
        (date(2026, 12, 2), date(2026, 12, 2), 10, True),
        (date(2026, 12, 2), date(2026, 12, 3), 10, False),
        (date(2026, 12, 1), date(2026, 11, 27), 10, True),  # Friday, two working days before Tuesday
        (date(2026, 12, 1), date(2026, 11, 26), 10, False),
        (date(2026, 12, 2), date(2026, 12, 1), 0, False),
        (date(2026, 12, 2), date(2026, 12, 1), -4, False),
    ],
)
def test_two_working_days_before_the_last_free_day(free_until: date, today: date, units: int, told: bool) -> None:
    found = free_days([Unshipped(fact(), units, free_until, NOW, today)])
    assert [one.values for one in found] == ([{"units": units, "day": free_until.isoformat()}] if told else [])


def test_working_days_before_skip_weekends() -> None:
    assert working_days_before(date(2026, 11, 30), 1) == date(2026, 11, 27)
    assert working_days_before(date(2026, 11, 30), 0) == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("in_days", "units", "free", "message"),
    [
        (2, 24, 20, "supply.anomaly.backorder_short"),
        (3, 24, 0, "supply.anomaly.backorder_short"),
        (2, 24, None, "supply.anomaly.backorder_unknown"),
        (2, 24, 24, None),
        (4, 24, 0, None),
        (-1, 24, 0, None),
        (2, 0, 0, None),
    ],
)
def test_a_backorder_is_looked_at_again_three_days_before_its_date(
    in_days: int, units: int, free: int | None, message: str | None
) -> None:
    line = Backorder(fact(), "1", "SKU-1", units, NOW + timedelta(days=in_days), free)
    found = backorders([line], NOW)
    assert [one.message for one in found] == ([message] if message else [])
    assert [one.due_at for one in found] == ([line.at] if message else [])


async def act(world: World, fix: str, row: dict[str, Any], **more: Any) -> list[bool]:
    body = {"fix": fix, "ids": [row["id"]], "shown": as_shown([row])} | more
    answer = await world.manager.post(world.manager.at("/supply/exceptions/actions"), json=body)
    assert answer.status_code == 200, answer.text
    return [one["ok"] for one in answer.json()["results"]]


async def told(world: World, number: str) -> list[tuple[str, bool]]:
    statement = """select facts->>'state', resolved_at is not null from notifications
        where notice = 'promise_due' and object_label = $1"""
    return [tuple(row) for row in await world.rows(statement, number)]


async def test_confirmed_units_in_no_shipment_are_told_before_the_last_free_day(world: World) -> None:
    item = await world.item(5000)
    today = datetime.now(UTC).date()
    start = datetime.combine(working_days_before(today, 4), datetime.min.time(), UTC).replace(hour=12)
    window = {"window_start": start.isoformat(), "window_end": (start + timedelta(days=20)).isoformat()}
    order = await world.confirmed(await world.arrive(item.line(24), **window))
    usual = await world.confirmed(await world.arrive(item.line(24)))
    found = await look(world)
    (row,) = found["free_days"]
    assert (row["po_number"], row["message"]["values"]["units"]["value"]) == (order["po_number"], 24)
    assert await told(world, order["po_number"]) == [("free_days", False)] * 2, "the owner and the manager"
    assert await told(world, usual["po_number"]) == []
    assert await act(world, "ship", row) == [True]
    drafted = "select sum(i.units) from shipment_items i where i.po_number = $1"
    assert await world.db.fetchval(drafted, order["po_number"]) == 24
    assert "free_days" not in await look(world)
    assert await told(world, order["po_number"]) == [("free_days", True)] * 2


async def test_a_backorder_that_the_shelf_does_not_hold_gets_another_date(world: World) -> None:
    item = await world.item(24)
    order = await world.arrive(item.line(48))
    soon, later = (datetime.now(UTC).replace(microsecond=0) + timedelta(days=days) for days in (2, 30))
    edited = await world.draft(
        order, {"sequence": "1", "taken": 24, "backordered": 24, "backorder_at": soon.isoformat()}
    )
    assert edited.status_code == 200, edited.text
    order = await world.confirmed(edited.json())
    (row,) = (await look(world))["backorder_due"]
    values = {name: value["value"] for name, value in row["message"]["values"].items()}
    assert (row["sequence"], values["units"], values["free"]) == ("1", 24, 0), "24 on the shelf are what was taken"
    assert await told(world, order["po_number"]) == [("backorder", False)] * 2
    # What arrives ends it; what is gone again opens it.
    await world.stock(item, 48)
    assert "backorder_due" not in await look(world)
    assert await told(world, order["po_number"]) == [("backorder", True)] * 2
    await world.stock(item, 30)
    (row,) = (await look(world))["backorder_due"]
    assert row["message"]["values"]["free"]["value"] == 6
    assert await act(world, "redate", row, at=later.isoformat()) == [True]
    await world.turn()
    await world.later()
    done = await world.again(order)
    assert (done["status"], done["answers"][-1]["state"]) == ("partly_confirmed", "seen")
    sent = json.loads((await world.answers(order["po_number"]))[-1]["payload"])
    splits = sent["acknowledgements"][0]["items"][0]["itemAcknowledgements"]
    amounts = {one["acknowledgementCode"]: one["acknowledgedQuantity"]["amount"] for one in splits}
    assert amounts == {"Accepted": 24, "Backordered": 24}
    assert datetime.fromisoformat(done["lines"][0]["backorder_at"]) == later
    assert "backorder_due" not in await look(world)
