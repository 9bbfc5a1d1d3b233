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
from sqlalchemy import select, text


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
