"""The journal: every act with who, what and why; audit entries in a chain that shows any change; nobody else's entries."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from modules.supply.world import Json, World
from oktee.journal.record import GENESIS, entry_hash
from oktee.journal.tables import JournalEntry, JournalHead
from oktee.kit.database import tenant_session
from oktee.modules.supply.event_filter import EventFilter, _beginnings
from sqlalchemy import func, select, text
from sqlalchemy.dialects import postgresql


async def break_in_chain(organization_id: UUID) -> int | None:
    """The sequence of the first audit entry that is not what was written, or is missing; None when the chain is whole."""
    async with tenant_session(organization_id) as session:
        statement = select(JournalEntry).where(JournalEntry.log == "audit").order_by(JournalEntry.sequence)
        entries = (await session.execute(statement)).scalars().all()
        head = (await session.execute(select(JournalHead))).scalar_one()
        previous = GENESIS
        for number, entry in enumerate(entries, start=1):
            if entry.sequence != number or entry.previous_hash != previous or entry_hash(entry) != entry.hash:
                return number
            previous = entry.hash or GENESIS
        return None if (head.sequence, head.hash) == (len(entries), previous) else len(entries) + 1


@pytest.fixture(scope="module")
async def answered(shared: World) -> Json:
    """An order that a person edited and confirmed, seen on Amazon; and one of the second vendor."""
    item = await shared.item(500)
    order = await shared.arrive(item.line(48))
    edited = await shared.draft(order, {"sequence": "1", "taken": 36, "rejection_reason": "TemporarilyUnavailable"})
    return await shared.confirmed(edited.json())


async def test_every_act_of_an_order_is_told_with_who_and_why(world: World, answered: Json) -> None:
    events = await world.events(answered)
    told = [(event["kind"], event["actor"]["type"], event["log"]) for event in events]
    assert told == [
        ("order.proposed", "rule", "event"),
        ("order.edited", "person", "audit"),
        ("answer.planned", "person", "audit"),
        ("answer.sent", "person", "audit"),
        ("answer.seen", "amazon", "audit"),
    ]
    assert {event["correlation_id"] for event in events} == {f"order:{answered['id']}"}
    assert events[1]["payload"]["lines"][0]["was"]["taken"] == 48
    assert events[1]["payload"]["lines"][0]["now"]["taken"] == 36
    (stored,) = await world.answers(answered["po_number"])
    assert events[2]["payload"]["payload_hash"] == stored["payload_hash"].hex()
    assert events[3]["payload"]["transaction_id"] == stored["transaction_id"]
    assert [event["kind"] for event in reversed(answered["timeline"])] == [event["kind"] for event in events]


async def test_the_log_is_narrowed_by_kind_actor_words_and_time(world: World, answered: Json) -> None:
    async def kinds(**query: Any) -> set[str]:
        return {event["kind"] for event in (await world.get("/supply/events", limit=200, **query))["rows"]}

    assert await kinds(kind="answer.") == {"answer.planned", "answer.sent", "answer.seen"}
    assert "session.opened" not in await kinds(actor_type="amazon")
    assert await kinds(q=answered["po_number"]) >= {"order.edited", "answer.seen"}
    events = await world.events(answered)
    assert await kinds(object_id=answered["id"], **{"to": events[1]["at"]}) == {"order.proposed"}
    number = answered["po_number"]
    for about in (number, number[:-1].lower(), answered["id"]):
        found = (await world.get("/supply/events", limit=200, about=f" {about} "))["rows"]
        assert {event["id"] for event in found} >= {event["id"] for event in events}
        assert all(number[:-1] in event["object"]["label"] for event in found), about
    assert await kinds(about=number[1:]) == set(), "it is a name or its beginning; words are looked for beside it"
    assert await kinds(about="%") == set()
    bars = await world.get("/supply/events/histogram", about=number)
    assert bars["events"] == len((await world.get("/supply/events", limit=200, about=number))["rows"])
    first = await world.get("/supply/events", limit=2)
    second = await world.get("/supply/events", limit=2, after=first["next"])
    assert len({event["id"] for event in (*first["rows"], *second["rows"])}) == 4


async def test_nobody_else_reads_it(world: World, answered: Json) -> None:
    found = await world.get("/supply/events", world.stranger, limit=200)
    assert {event["object"]["id"] for event in found["rows"]}.isdisjoint({answered["id"], str(world.connection_id)})
    none = await world.get("/supply/events", world.stranger, object_type="order", object_id=answered["id"])
    assert none["rows"] == []


async def test_the_audit_chain_is_whole_and_a_changed_row_shows(
    world: World, answered: Json, keeper: asyncpg.Connection
) -> None:
    for organization in (world.organization_id, world.people["stranger"].organization_id):
        assert await break_in_chain(organization) is None
    (row,) = await world.rows(
        "select id, sequence, payload from journal_entries where kind = 'order.edited' and object_id = $1",
        answered["id"],
    )
    change = "update journal_entries set payload = jsonb_set(payload, '{revision}', $2) where id = $1"
    await keeper.execute(change, row["id"], "99")
    assert await break_in_chain(world.organization_id) == row["sequence"]
    await keeper.execute(change, row["id"], "1")
    assert await break_in_chain(world.organization_id) is None
    await keeper.execute("update journal_entries set actor_name = 'Somebody Else' where id = $1", row["id"])
    assert await break_in_chain(world.organization_id) == row["sequence"]
    await keeper.execute("update journal_entries set actor_name = 'Lea Martin' where id = $1", row["id"])
    assert await break_in_chain(world.organization_id) is None


async def test_a_missing_row_shows(world: World, answered: Json, keeper: asyncpg.Connection) -> None:
    query = "select id, sequence from journal_entries where kind = 'answer.sent' and object_id = $1"
    (row,) = await world.rows(query, answered["id"])
    kept = await keeper.fetchrow("select * from journal_entries where id = $1", row["id"])
    await keeper.execute("delete from journal_entries where id = $1", row["id"])
    assert await break_in_chain(world.organization_id) == row["sequence"]
    places = ", ".join(f"${n}" for n in range(1, len(kept) + 1))
    await keeper.execute(f"insert into journal_entries ({', '.join(kept.keys())}) values ({places})", *kept.values())
    assert await break_in_chain(world.organization_id) is None


async def test_the_running_product_cannot_change_what_was_written(world: World, answered: Json) -> None:
    for statement in ("update journal_entries set actor_name = 'x'", "delete from journal_entries"):
        with pytest.raises(Exception, match="permission denied"):
            async with tenant_session(world.organization_id) as session:
                await session.execute(text(statement))


async def test_entries_written_side_by_side_still_form_one_chain(world: World) -> None:
    import asyncio

    item = await world.item(500)
    orders = [await world.arrive(item.line(12)) for _ in range(4)]
    await asyncio.gather(*(world.confirm(order) for order in orders))
    await world.turn()
    await world.later()
    assert await break_in_chain(world.organization_id) is None


@pytest.fixture
async def keeper(world: World, opened: Any) -> AsyncIterator[asyncpg.Connection]:
    """The owner of the tables, who could change a row: the chain is what tells."""
    connection = await asyncpg.connect(opened.owner_dsn)
    await connection.execute("select set_config('app.organization_id', $1, false)", str(world.organization_id))
    yield connection
    await connection.close()


LABELLED = """insert into journal_entries (at, id, log, kind, outcome, actor_type, actor_name, object_type, object_id,
    object_label, payload)
  select timestamptz '2026-11-15' + n * interval '1 second', gen_random_uuid(), 'event', 'order.changed', 'ok', 'amazon', 'Amazon',
    (array['order', 'rule_set', 'view'])[n % 3 + 1], gen_random_uuid()::text, 'Zq' || lpad(n::text, 6, '0'), '{}'
  from generate_series(1, 20000) n"""


async def test_what_an_entry_is_about_is_found_by_an_index(world: World, answered: Json) -> None:
    """Under row security, as the owner of the tables is, too."""

    def written(query: Any) -> str:
        return str(query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))

    transaction = world.db.transaction()
    await transaction.start()
    try:
        await world.db.execute("select set_config('app.organization_id', $1, true)", str(world.organization_id))
        await world.db.execute(LABELLED)
        await world.db.execute("analyze journal_entries")
        for about, found in (("zq0000", 99), ("ZQ000017", 1), (answered["id"], 5)):
            where = EventFilter(about=about).conditions()
            newest = select(JournalEntry.id).where(*where).order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
            every = select(func.count()).select_from(JournalEntry).where(*where)
            for query in (newest.limit(50), every):
                steps = "\n".join(row[0] for row in await world.db.fetch(f"explain {written(query)}"))
                assert "BitmapOr" in steps, steps
                assert "Bitmap Index Scan on journal_entries_2026_11_label" in steps, steps
                assert "Seq Scan on journal_entries_2026_11" not in steps, steps
            assert await world.db.fetchval(written(every)) == found
    finally:
        await transaction.rollback()


def test_the_ranges_of_a_name_hold_it_in_any_case() -> None:
    for name in ("4K7Q2XAB", "4k7q2xab", "Été à Lyon", "ß", "İzmir", "x" * 120, "\U0010ffff", "\ud7ff", "%_\\", "1"):
        for kept in (name, name.upper(), name.lower(), name.title()):
            if kept.lower() != name.lower() or not _beginnings(name):
                continue
            assert any(first <= kept < after for first, after in _beginnings(name)), (name, kept)
        assert len(_beginnings(name)) <= 16
    assert _beginnings("12345678") == [("12345678", "12345679")]
    assert _beginnings("\U0010ffff") == _beginnings("ßx") == []
