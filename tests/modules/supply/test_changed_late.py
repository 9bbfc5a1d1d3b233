"""What Amazon changes after its 48 hours can be answered, and somebody is told: the clock runs again for what it changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from modules.supply.scenes import NOW, line, order
from modules.supply.test_answers import IN_WINDOW, answer, body_of
from modules.supply.test_changed_by_amazon import act
from modules.supply.world import World
from oktee.modules.supply.answers.clock import ASKED, EDIT_WITHIN, Revised, asked_since, moments, open_until
from oktee.modules.supply.answers.validation import blocking, validate
from oktee.modules.supply.jobs import kinds

HOUR = timedelta(hours=1)
FIELDS = st.sampled_from([*sorted(ASKED), "asin", "backorder_allowed", "list_price", "vendor_product_identifier"])
CHANGES = st.lists(st.tuples(st.sampled_from(["1", "2", "3"]), FIELDS), max_size=4)
HISTORIES = st.lists(st.tuples(st.integers(1, 60), CHANGES), max_size=6)


def revised(history: list[tuple[int, list[tuple[str, str]]]]) -> list[Revised]:
    """Revision 1 as it was ordered, then one for each entry, so many hours after the one before."""
    at, found = NOW, [Revised(1, NOW, [{"field": "line", "sequence": "1"}])]
    for number, (hours, changes) in enumerate(history, 2):
        at += hours * HOUR
        found.append(Revised(number, at, [{"field": name, "sequence": sequence} for sequence, name in changes]))
    return found


@settings(max_examples=150)
@given(HISTORIES, st.randoms())
def test_the_hours_of_a_line_begin_with_the_last_change_of_what_it_asks_and_of_no_other_line(
    history: list[tuple[int, list[tuple[str, str]]]], chance: Any
) -> None:
    revisions = revised(history)
    shuffled = list(revisions)
    chance.shuffle(shuffled)
    since = asked_since(shuffled)
    assert since == asked_since(revisions)
    for sequence in ("1", "2", "3"):
        touching = [
            one.received_at
            for one in revisions[1:]
            for change in one.changes
            if change["sequence"] == sequence and change["field"] in ASKED
        ]
        assert open_until(NOW, sequence, since) == max(touching, default=NOW) + EDIT_WITHIN
    assert open_until(NOW, None, since) == max(open_until(NOW, each, since) for each in ("1", "2", "3"))


def test_amazons_own_moment_counts_where_it_can_be_that_of_the_newest_change() -> None:
    history = revised([(50, [("1", "amount")]), (10, [("2", "net_cost")])])
    read = {one.number: one.received_at for one in history}
    assert moments(history, amazon_says=NOW + 55 * HOUR) == read | {3: NOW + 55 * HOUR}
    assert asked_since(history, amazon_says=NOW + 55 * HOUR) == {"1": NOW + 50 * HOUR, "2": NOW + 55 * HOUR}
    # Older than the change before, or later than we read it: not that of this change.
    assert moments(history, amazon_says=NOW + 5 * HOUR) == read
    assert moments(history, amazon_says=NOW + 70 * HOUR) == read
    assert moments(history[:1], amazon_says=NOW - HOUR) == {1: NOW}


def test_a_quantity_that_amazon_changed_at_50_hours_is_answered_and_any_other_is_not() -> None:
    window = (IN_WINDOW - timedelta(days=1), IN_WINDOW + timedelta(days=9))
    whole = {"placed_at": NOW - 50 * HOUR, "window": window}
    before = body_of(order(line(12), line(24, sequence="2"), **whole), answer(12), answer(24, sequence="2"))
    now_asked = order(line(6), line(24, sequence="2"), **whole)

    def refused(
        first: Any, second: Any, since: dict[str, datetime], now: datetime = NOW
    ) -> list[tuple[str, str | None]]:
        body = body_of(now_asked, first, second)
        found = blocking(validate(now_asked, body, now=now, earlier=[before], since=since))
        return [(fault.code, fault.line) for fault in found]

    second = answer(24, sequence="2")
    assert refused(answer(6), second, {}) == [("H6", "1")], "where nobody knows of the change"
    assert refused(answer(6), second, {"1": NOW - HOUR}) == []
    assert refused(answer(4, rejected=2), second, {"1": NOW - HOUR}) == []
    less = answer(20, rejected=4, sequence="2")
    assert refused(answer(6), less, {"1": NOW - HOUR}) == [("H6", "2")], "the other line keeps its own 48 hours"
    assert refused(answer(6), second, {"1": NOW - 49 * HOUR}) == [("H6", "1")], "and these end as well"


async def notices(world: World, number: str) -> list[tuple[bool, bool]]:
    """Of the change, by inbox: whether it is over, and whether a mail is to leave or left."""
    statement = """select resolved_at is not null, mail_due_at is not null from notifications
        where notice = 'order_changed' and object_label = $1"""
    return [tuple(row) for row in await world.rows(statement, number)]


async def answered_50_hours_ago(world: World, *lines: dict[str, Any]) -> dict[str, Any]:
    placed = datetime.now(UTC) - 50 * HOUR
    return await world.confirmed(await world.arrive(*lines, placed_at=placed.isoformat()))


async def test_a_change_at_50_hours_runs_its_own_clock_and_is_answered(world: World) -> None:
    item, other = await world.item(500), await world.item(500)
    found = await answered_50_hours_ago(world, item.line(36), other.line(24))
    assert found["window_status"] == "DATES_ONLY"
    assert (await world.draft(found, {"sequence": "1", "taken": 12})).status_code == 409
    await world.change(found["po_number"], lines=[{"item_sequence_number": "1", "quantity": 12}])
    await world.poll()
    changed = await world.again(found)
    now = datetime.now(UTC)
    left = datetime.fromisoformat(changed["deadline_at"]) - now
    assert (changed["status"], changed["window_status"]) == ("changed", "FREE")
    assert 23 * HOUR < left <= 24 * HOUR
    assert 47 * HOUR < datetime.fromisoformat(changed["edit_until"]) - now <= 48 * HOUR
    assert [one["locked"]["quantity"] for one in changed["lines"]] == [False, True]
    assert changed["lines"][1]["locked"]["reason"]["message"] == "supply.lock.dates_only"
    # In the lists of clocks, with whoever may act told of it, by mail too.
    (group,) = [
        one for one in (await world.get("/supply/exceptions", group_by="cause"))["groups"] if one["cause"] == "changed"
    ]
    assert group["first_due_at"] == changed["deadline_at"]
    lanes = {one["name"]: one for one in (await world.get("/supply/command-center"))["lanes"]}
    assert changed["id"] in [tick["order_id"] for tick in lanes["8_24h"]["ticks"]]
    rows = (await world.get("/supply/orders", clock="8_24h"))["rows"]
    assert changed["po_number"] in [row["po_number"] for row in rows]
    assert await notices(world, changed["po_number"]) == [(False, True)] * 2, "the owner and the manager"
    # The line that Amazon left alone keeps its quantity; the changed one takes any.
    assert (await world.draft(changed, {"sequence": "2", "taken": 12})).status_code == 409
    edited = await world.draft(changed, {"sequence": "1", "taken": 11})
    assert edited.status_code == 200, edited.text
    done = await world.confirmed(edited.json())
    assert (done["status"], done["taken"], done["cut"]) == ("partly_confirmed", 35, 1)
    assert [one["accepted"] for one in done["read_back"]] == [11, 24]
    assert await notices(world, changed["po_number"]) == [(True, True)] * 2
    assert len(await world.effective(changed["po_number"])) == 2


async def test_a_cost_that_amazon_changes_at_50_hours_is_answered_as_it_is_now(world: World) -> None:
    item = await world.item(500)
    found = await answered_50_hours_ago(world, item.line(24))
    await world.change(found["po_number"], lines=[{"item_sequence_number": "1", "net_cost": "6.30"}])
    await world.poll()
    assert (await world.again(found))["status"] == "changed"
    assert await act(world, found, "accept_change") == [True]
    await world.turn()
    await world.later()
    done = await world.again(found)
    assert (done["status"], done["answers"][-1]["state"]) == ("confirmed", "seen")


async def test_a_change_that_the_answer_fits_is_taken_without_another(world: World) -> None:
    item = await world.item(500)
    found = await answered_50_hours_ago(world, item.line(24))
    end = datetime.fromisoformat(found["window"]["end"]) + timedelta(days=2)
    await world.change(found["po_number"], window_start=found["window"]["start"], window_end=end.isoformat())
    await world.poll()
    changed = await world.again(found)
    assert changed["status"] == "changed"
    assert await act(world, found, "accept_change") == [True]
    await world.turn()
    done = await world.again(found)
    assert (done["status"], len(done["answers"])) == ("confirmed", 1)
    assert (await world.events(done))[-1]["kind"] == "order.change_taken"
    # The next change has a clock of its own.
    await world.change(found["po_number"], lines=[{"item_sequence_number": "1", "quantity": 12}])
    await world.poll()
    again = await world.again(found)
    assert datetime.fromisoformat(again["deadline_at"]) > datetime.fromisoformat(changed["deadline_at"])


async def test_the_last_hours_of_a_change_remind_and_escalate_and_nothing_falls_back(world: World) -> None:
    item = await world.item(500)
    answer = await world.owner.put(world.owner.at("/supply/automation/fallback"), json={"fallback": "ACCEPT_ALL"})
    assert answer.status_code == 200
    found = await answered_50_hours_ago(world, item.line(24))
    await world.automation("at_once")
    await world.change(found["po_number"], lines=[{"item_sequence_number": "1", "quantity": 12}])
    await world.poll()
    sent = {}
    for minutes in (5 * 60, 110, 50):
        await world.db.execute(
            "update order_states s set deadline_at = now() + $2 from purchase_orders p "
            "where p.id = s.purchase_order_id and p.po_number = $1",
            found["po_number"],
            timedelta(minutes=minutes),
        )
        await world.db.execute("update work set due_at = now(), lease_until = null where kind = $1", kinds.WATCH.name)
        await world.turn()
        told = "select template, count(*) from mails where created_at > now() - interval '1 minute' group by 1"
        sent[minutes] = {name: count for name, count in await world.rows(told) if name.startswith("orders_")}
    assert sent[5 * 60]["orders_due"] == 2
    assert sent[110]["orders_escalated"] == 2
    assert sent[50] == sent[110], "an answer counts already: nothing is answered without a person"
    changed = await world.again(found)
    assert (changed["status"], len(changed["answers"])) == ("changed", 1)
    causes = [
        row["cause"]
        for row in (await world.get("/supply/exceptions", limit=500))["rows"]
        if row["order_id"] == found["id"]
    ]
    assert sorted(causes) == ["changed", "deadline"]
    assert await act(world, found, "accept_change") == [True]
    await world.turn()
    await world.later()
    assert (await world.again(found))["status"] == "confirmed"
