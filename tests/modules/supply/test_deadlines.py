"""The last hours of a clock: reminder, escalation, and the Owner's fallback, which never rejects a line."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from modules.supply.world import World
from oktee.modules.supply.answers.clock import hold_due
from oktee.modules.supply.deadlines import BATCH
from oktee.modules.supply.falling_back import Quantities, quantities
from oktee.modules.supply.jobs import kinds
from oktee.modules.supply.settings import Fallback

COPIES = """
insert into purchase_orders (id, connection_id, po_number, revision, content_hash, marketplace_id, vendor_code, brands,
    state, import_order, ordered_at, currency, units, value, line_count, fetched_at, source_ref, sync_run_id, order_type)
select gen_random_uuid(), connection_id, 'RUN' || lpad(n::text, 5, '0'), revision, content_hash, marketplace_id,
    vendor_code, brands, state, import_order, now() - interval '22 hours 10 minutes' + n * interval '1 second', currency,
    units, value, line_count, fetched_at, source_ref, sync_run_id, order_type
from purchase_orders, generate_series(1, $2) n where po_number = $1"""
STATES = """
insert into order_states (purchase_order_id, connection_id, revision, status, deadline_at, became_available_at, hold,
    undecided_lines, proposed, marketplace_id, vendor_code, brands)
select id, connection_id, revision, 'to_confirm', ordered_at + interval '24 hours', ordered_at, '[]', 0, true,
    marketplace_id, vendor_code, brands from purchase_orders where po_number like 'RUN%'"""


async def left(world: World, order: dict[str, Any], time_left: timedelta) -> None:
    """So much of the order's 24 hours is left."""
    for statement in (
        "update purchase_orders set ordered_at = now() + $2 - interval '24 hours' where po_number = $1",
        "update order_states s set deadline_at = now() + $2 from purchase_orders p "
        "where p.id = s.purchase_order_id and p.po_number = $1",
    ):
        await world.db.execute(statement, order["po_number"], time_left)
    await clock_turns(world)


async def clock_turns(world: World) -> None:
    await world.db.execute("update work set due_at = now(), lease_until = null where kind = $1", kinds.WATCH.name)
    await world.turn()


async def mails(world: World, template: str) -> int:
    return int(await world.db.fetchval("select count(*) from mails where template = $1", template))


async def marks(world: World, order: dict[str, Any]) -> tuple[bool, bool, bool]:
    (row,) = await world.rows(
        "select reminded_at, escalated_at, fallback_at from order_states s join purchase_orders p "
        "on p.id = s.purchase_order_id where po_number = $1",
        order["po_number"],
    )
    return tuple(each is not None for each in row)  # type: ignore[return-value]  # three columns


async def set_fallback(world: World, policy: str) -> None:
    answer = await world.owner.put(world.owner.at("/supply/automation/fallback"), json={"fallback": policy})
    assert answer.status_code == 200, answer.text


async def test_each_stage_tells_those_who_may_confirm_once(world: World) -> None:
    item = await world.item(500)
    order = await world.arrive(item.line(24))
    before = await mails(world, "orders_due"), await mails(world, "orders_escalated")
    await left(world, order, timedelta(hours=5))
    assert await mails(world, "orders_due") == before[0] + 2, "the owner and the manager, not the analyst"
    await clock_turns(world)
    await left(world, order, timedelta(minutes=110))
    await clock_turns(world)
    assert (await mails(world, "orders_due"), await mails(world, "orders_escalated")) == (before[0] + 2, before[1] + 2)
    assert await marks(world, order) == (True, True, False)
    told = "select times, resolved_at, mail_due_at from notifications where notice = 'order_due_soon' and object_label = $1"
    inboxes = await world.rows(told, order["po_number"])
    assert [tuple(row) for row in inboxes] == [(2, None, None)] * 2, "in the inbox of both, too, without a second mail"
    kinds = [event["kind"] for event in await world.events(order)]
    assert kinds == ["order.proposed", "order.due_soon", "order.escalated"]
    found = await world.rows("select * from exceptions where cause = 'deadline' and state = 'open'")
    assert [(row["severity"], row["purchase_order_id"]) for row in found] == [
        ("critical", found[0]["purchase_order_id"])
    ]
    await world.confirmed(order)
    (row,) = await world.rows("select state, resolution from exceptions where id = $1", found[0]["id"])
    assert tuple(row) == ("resolved", "confirm")
    assert all(row["resolved_at"] for row in await world.rows(told, order["po_number"])), "and over once it is answered"


async def test_an_order_under_the_clock_that_is_answered_is_left_alone(world: World) -> None:
    item = await world.item(500)
    order = await world.arrive(item.line(24))
    await world.confirmed(order)
    await left(world, order, timedelta(minutes=30))
    assert await marks(world, order) == (False, False, False)


async def test_five_hundred_orders_running_out_in_suggest_only_are_escalated_and_none_is_answered(world: World) -> None:
    item = await world.item(500)
    pattern = await world.arrive(item.line(24))
    await set_fallback(world, "ACCEPT_ALL")
    before = len(await world.amazon.calls("submitAcknowledgement"))
    await world.db.execute(COPIES, pattern["po_number"], 500)
    await world.db.execute(STATES)
    try:
        await clock_turns(world)
        await world.db.execute(
            "update order_states set deadline_at = now() + interval '30 minutes' where purchase_order_id in "
            "(select id from purchase_orders where po_number like 'RUN%')"
        )
        await clock_turns(world)
        await world.later()
        (row,) = await world.rows(
            "select count(*) as n, count(s.escalated_at) as escalated, count(s.fallback_at) as last_hour "
            "from order_states s join purchase_orders p on p.id = s.purchase_order_id where p.po_number like 'RUN%'"
        )
        assert tuple(row) == (500, 500, 500)
        (told,) = await world.rows(
            "select count(distinct purchase_order_id) as n from exceptions where cause = 'deadline' and state = 'open'"
        )
        assert told["n"] == 500
        assert len(await world.amazon.calls("submitAcknowledgement")) == before
        assert await world.rows("select 1 from acknowledgements where po_number like 'RUN%'") == []
        order_of_acts = await world.rows(
            "select object_label from journal_entries where kind = 'order.escalated' and object_label like 'RUN%' "
            "order by id"
        )
        assert [row[0] for row in order_of_acts][:BATCH] == [f"RUN{n:05d}" for n in range(1, BATCH + 1)]
    finally:
        await world.db.execute("delete from purchase_orders where po_number like 'RUN%'")
        await set_fallback(world, "DO_NOTHING")


async def test_the_fallback_answers_whole_orders_and_never_one_with_an_empty_line(world: World) -> None:
    item, empty = await world.item(500), await world.item(0)
    await world.automation("delayed", 30)
    await set_fallback(world, "ACCEPT_AVAILABLE")
    held = await world.arrive(item.line(24, net_cost="6.10"))
    closed_door = await world.arrive(item.line(24), empty.line(12, backorder=False))
    assert (held["status"], closed_door["status"]) == ("held", "held")
    before = await mails(world, "orders_not_sent")
    await left(world, held, timedelta(minutes=50))
    await left(world, closed_door, timedelta(minutes=50))
    await world.later()
    shown = await world.again(held)
    assert (shown["status"], shown["answers"][-1]["planned_by"]["name"]) == ("confirmed", "Fallback at 23 h")
    assert shown["lines"][0]["summary"]["message"] == "supply.summary.by_fallback"
    assert len(await world.effective(held["po_number"])) == 1
    assert (await world.again(closed_door))["status"] == "held"
    assert await world.submissions(closed_door["po_number"]) == []
    assert await mails(world, "orders_not_sent") == before + 2
    assert await world.held(closed_door) == 0
    await set_fallback(world, "DO_NOTHING")


async def test_a_persons_hold_outlasts_the_fallback(world: World) -> None:
    item = await world.item(500)
    await world.automation("delayed", 30)
    await set_fallback(world, "ACCEPT_ALL")
    order = await world.arrive(item.line(24))
    held = await world.owner.post(world.owner.at(f"/supply/orders/{order['id']}/hold"), json={"reason": "asking Ana"})
    assert held.status_code == 200
    await left(world, order, timedelta(minutes=20))
    await world.later()
    assert (await world.again(order))["status"] == "held"
    assert await world.submissions(order["po_number"]) == []
    await set_fallback(world, "DO_NOTHING")


async def test_only_an_owner_chooses_the_fallback(world: World) -> None:
    path = "/supply/automation/fallback"
    refused = await world.manager.put(world.manager.at(path), json={"fallback": "ACCEPT_ALL"})
    assert (refused.status_code, refused.json()["code"]) == (403, "owners_act")
    await set_fallback(world, "ACCEPT_AVAILABLE")
    info = await world.get("/supply/automation", world.manager)
    assert (info["fallback"], info["fallback_acts"], info["can_change_fallback"]) == ("ACCEPT_AVAILABLE", False, False)
    await set_fallback(world, "DO_NOTHING")


def line(taken: int | None, backordered: int | None = 0, cut: int | None = 0, *, held: bool = False) -> Any:
    hold = [{"message": "supply.price.below"}] if held else []
    return SimpleNamespace(asked=48, taken=taken, backordered=backordered, cut=cut, hold=hold)


@pytest.mark.parametrize(
    ("policy", "given", "wanted"),
    [
        ("DO_NOTHING", line(48), None),
        ("ACCEPT_AVAILABLE", line(36, 0, 12, held=True), Quantities(36, 0, 12)),
        ("ACCEPT_AVAILABLE", line(0, 48), Quantities(0, 48, 0)),
        ("ACCEPT_AVAILABLE", line(None), None),
        ("ACCEPT_AVAILABLE", line(0, 0, 48), None),
        ("SEND_PARTIAL_HOLD_AS_ACCEPTED", line(36, 0, 12), Quantities(36, 0, 12)),
        ("SEND_PARTIAL_HOLD_AS_ACCEPTED", line(36, 0, 12, held=True), Quantities(48, 0, 0)),
        ("SEND_PARTIAL_HOLD_AS_ACCEPTED", line(None), Quantities(48, 0, 0)),
        ("SEND_PARTIAL_HOLD_AS_ACCEPTED", line(0, 0, 48), None),
        ("ACCEPT_ALL", line(None, held=True), Quantities(48, 0, 0)),
    ],
)
def test_what_each_policy_gives_a_line(policy: Fallback, given: Any, wanted: Quantities | None) -> None:
    assert quantities(given, policy) == wanted


async def test_somebody_away_is_not_waited_for(world: World) -> None:
    item = await world.item(500)
    order = await world.arrive(item.line(24))
    manager, owner = world.people["supply_manager"], world.people["owner"]
    await world.db.execute(
        "insert into absences (user_id, substitute_id, from_at, until_at) "
        "values ($1, $2, now() - interval '1 day', now() + interval '1 day')",
        manager.id, owner.id,
    )  # fmt: skip
    before = await mails(world, "orders_escalated")
    await left(world, order, timedelta(minutes=100))
    assert await mails(world, "orders_escalated") == before + 1, "the owner alone, for both"
    await world.db.execute("delete from absences")


async def test_a_rush_order_is_due_two_hours_after_it_and_said_then_once(world: World) -> None:
    item = await world.item(500)
    placed = datetime.now(UTC) - timedelta(hours=1)
    rush = await world.arrive(item.line(24), order_type="RushOrder", placed_at=placed.isoformat())
    usual = await world.arrive(item.line(24), placed_at=placed.isoformat())
    moments = "select hold_due_at - ordered_at from order_states s join purchase_orders p on p.id = s.purchase_order_id where po_number = $1"
    assert await world.db.fetchval(moments, rush["po_number"]) == timedelta(hours=2)
    assert await world.db.fetchval(moments, usual["po_number"]) is None
    held = await world.manager.post(world.manager.at(f"/supply/orders/{rush['id']}/hold"), json={"reason": "ask"})
    assert held.status_code < 300, held.text
    told = "select times, version from notifications where notice = 'order_due_soon' and object_label = $1"
    await clock_turns(world)
    assert await world.rows(told, rush["po_number"]) == []
    for _ in range(2):
        await world.db.execute(
            "update order_states set hold_due_at = now() - interval '1 minute' where hold_due_at is not null"
        )
        await clock_turns(world)
    assert [tuple(row) for row in await world.rows(told, rush["po_number"])] == [(1, "rush")] * 2
    assert await world.rows(told, usual["po_number"]) == []
    assert [event["kind"] for event in await world.events(rush)].count("order.rush_due") == 1


async def test_a_rush_order_under_way_at_its_moment_is_told_when_it_waits_again(world: World) -> None:
    item = await world.item(500)
    rush = await world.arrive(item.line(24), order_type="RushOrder")
    set_state = (
        "update order_states set status = $2, hold_due_at = now() - interval '1 minute' where purchase_order_id = $1"
    )
    told = "select times from notifications where notice = 'order_due_soon' and object_label = $1"
    await world.db.execute(set_state, UUID(rush["id"]), "processing")
    await clock_turns(world)
    assert await world.rows(told, rush["po_number"]) == []
    wait = "select due_at - now() from work where kind = 'watch_deadlines' and organization_id = $1"
    again = await world.db.fetchval(wait, world.organization_id)
    assert timedelta(seconds=30) < again <= timedelta(seconds=60), "looked at again soon, and not without a pause"
    await world.db.execute(set_state, UUID(rush["id"]), "send_failed")
    for _ in range(2):
        await clock_turns(world)
    assert {row["times"] for row in await world.rows(told, rush["po_number"])} == {1}
    assert [event["kind"] for event in await world.events(rush)].count("order.rush_due") == 1


@pytest.mark.parametrize(
    ("kind", "deadline", "due"),
    [("RushOrder", 24, 2), ("RushOrder", 1, 1), ("RegularOrder", 24, None), (None, 24, None)],
)
def test_the_hours_of_a_hold(kind: str | None, deadline: int, due: int | None) -> None:
    began = datetime(2026, 11, 30, 8, tzinfo=UTC)
    found = hold_due(kind, began, began + timedelta(hours=deadline))
    assert found == (None if due is None else began + timedelta(hours=due))


async def test_what_is_open_is_due_when_its_order_is_although_nobody_decides_it_again(world: World) -> None:
    """The clock moves, or a row was written with a rush order's own limit: due_at follows, an anomaly keeps its own."""
    item = await world.item(500)
    placed = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    rush = await world.arrive(
        item.line(24, net_cost="6.10"), item.line(12, net_cost="6.10"), order_type="RushOrder", placed_at=placed
    )
    order = await world.arrive(item.line(24, net_cost="6.10"))
    due = (
        "select e.id, e.due_at, e.updated_at, s.deadline_at, e.cause from exceptions e join order_states s on "
        "s.purchase_order_id = e.purchase_order_id where e.state <> 'resolved' and e.purchase_order_id = any($1) order by e.id"
    )
    ids = [UUID(rush["id"]), UUID(order["id"])]
    before = await world.rows(due, ids)
    assert [row["due_at"] == row["deadline_at"] for row in before] == [True] * 3
    for statement, of in (
        ("update exceptions e set due_at = s.hold_due_at from order_states s where s.purchase_order_id = e.purchase_order_id "
         "and e.purchase_order_id = $1", ids[0]),
        ("update order_states set deadline_at = deadline_at + interval '3 hours' where purchase_order_id = $1", ids[1]),
        ("insert into exceptions (organization_id, id, cause, key, purchase_order_id, evidence, severity, owner_role, due_at, state, "
         "until_change, marketplace_id, vendor_code) select organization_id, gen_random_uuid(), 'unlike', 'x', id, '{}', "
         "'warning', 'supply_manager', null, 'open', false, marketplace_id, vendor_code from purchase_orders where id = $1", ids[1]),
    ):  # fmt: skip
        await world.db.execute(statement, of)
    await clock_turns(world)
    after = {row["id"]: row for row in await world.rows(due, ids)}
    assert len(after) == 4
    for row in after.values():
        assert row["due_at"] == (None if row["cause"] == "unlike" else row["deadline_at"])
    assert all(after[row["id"]]["updated_at"] > row["updated_at"] for row in before)
    await clock_turns(world)
    assert {row["id"]: row["updated_at"] for row in await world.rows(due, ids)} == {
        number: row["updated_at"] for number, row in after.items()
    }, "what has followed is not written again"
