"""The audit chain: whatever a keeper of the database changes, takes, adds or moves, the walk names the first bad entry."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from conftest import Stack
from factories import make_organization, make_person
from oktee.journal import signatures
from oktee.journal.hashing import EXACT, canonical
from oktee.journal.heads import sign_head
from oktee.journal.record import SYSTEM, Actor, Subject, record
from oktee.journal.tables import AuditHead
from oktee.kit.clock import now
from oktee.kit.database import tenant_session
from oktee.modules.administration.audit.chain import Verdict, keep, verify
from oktee.modules.administration.privacy.subject_rows import Person
from oktee.modules.administration.privacy.subjects import erase_from_journal
from oktee.modules.administration.privacy.tombstones import hash_of
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

LEA_ID = UUID("018f0000-0000-7000-8000-000000000001")
LEA = Actor("person", "Lea Martin", str(LEA_ID), None, "192.0.2.7")


@dataclass
class Chain:
    """An organization with ten audit entries, and the owner of the database."""

    id: UUID
    keeper: asyncpg.Connection

    async def write(self, number: int = 1, **over: Any) -> None:
        for each in range(number):
            async with tenant_session(self.id) as session:
                values = {"actor": LEA, "subject": Subject("order", str(each), "PO"), "payload": {"n": each}} | over
                await record(session, "settings.changed", audit=True, **values)

    async def sign(self) -> None:
        async with tenant_session(self.id) as session:
            await sign_head(session)

    async def look(self, **how: Any) -> Verdict:
        return await verify(self.id, **how)

    async def found(self, **how: Any) -> tuple[int, str] | None:
        fault = (await self.look(**how)).fault
        return (fault.sequence, fault.reason) if fault else None

    async def act(self, statement: str, *arguments: Any) -> None:
        """As the owner of the database, whom no right keeps from the journal. (A superuser is not even asked for the tenant.)"""
        await self.keeper.execute(statement, *arguments)


@pytest.fixture
async def chain(db: Stack) -> AsyncIterator[Chain]:
    organization, _ = await make_organization(dpa=False)
    await make_organization()  # somebody else's entries are never part of the walk
    keeper = await asyncpg.connect(db.owner_dsn)
    await keeper.execute("select set_config('app.organization_id', $1, false)", str(organization))
    made = Chain(organization, keeper)
    await made.write(10)
    yield made
    await keeper.close()


async def test_an_untouched_chain_is_whole_and_says_until_when(chain: Chain) -> None:
    verdict = await chain.look()
    assert verdict.fault is None
    assert (verdict.entries, verdict.sequence) == (10, 10)
    assert verdict.verified_to is not None
    assert now() - verdict.verified_to < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("change", "sequence", "reason"),
    [
        ("update journal_entries set payload = '{\"n\": 99}' where sequence = 4", 4, "changed"),
        ("update journal_entries set outcome = 'failed' where sequence = 4", 4, "changed"),
        ("update journal_entries set actor_name = 'Tom' where sequence = 4", 4, "changed"),
        ("update journal_entries set address = '198.51.100.1' where sequence = 4", 4, "changed"),
        ("update journal_entries set at = at + interval '1 microsecond' where sequence = 4", 4, "changed"),
        ("update journal_entries set log = 'event' where sequence = 4", 4, "changed"),
        ("update journal_entries set transaction_id = 'x' where sequence = 4", 4, "changed"),
        ("update journal_entries set personal_salt = null, actor_name = 'x' where sequence = 4", 4, "erased_without_record"),
        ("delete from journal_entries where sequence = 4", 4, "missing"),
        ("delete from journal_entries where sequence = 1", 1, "missing"),
        ("delete from journal_entries where sequence >= 8", 8, "truncated"),
        ("delete from journal_entries where sequence is not null", 1, "truncated"),
        ("update journal_entries set sequence = null where sequence = 10", 10, "unchained"),
        ("update journal_entries set sequence = 15 - sequence where sequence in (7, 8)", 7, "order"),
        (
            "insert into journal_entries (organization_id, at, id, log, kind, outcome, actor_type, actor_name, "
            "object_type, object_id, object_label, payload, sequence, previous_hash, hash) "
            "select organization_id, at, gen_random_uuid(), log, kind, outcome, actor_type, actor_name, object_type, "
            "object_id, object_label, payload, sequence, previous_hash, hash from journal_entries where sequence = 4",
            4,
            "order",
        ),
        (
            "insert into journal_entries (organization_id, at, id, log, kind, outcome, actor_type, actor_name, "
            "object_type, object_id, object_label, payload) "
            "select organization_id, at, gen_random_uuid(), log, kind, outcome, actor_type, actor_name, object_type, "
            "object_id, object_label, payload from journal_entries where sequence = 4",
            4,
            "unchained",
        ),
    ],
)  # fmt: skip
async def test_the_first_bad_entry_is_named(chain: Chain, change: str, sequence: int, reason: str) -> None:
    await chain.act(change)
    fault = await chain.found()
    assert fault is not None
    if reason == "order" and "gen_random_uuid" in change:  # the copy may sort before the true one: both are entry 4
        assert fault in {(4, "order"), (4, "changed"), (4, "erased_without_record")}
    else:
        assert fault == (sequence, reason)


async def test_a_whole_forged_tail_contradicts_the_signed_day(chain: Chain) -> None:
    """The keeper rewrites an entry and every hash after it, and the chain's end too: only the signature knows."""
    await chain.sign()
    async with tenant_session(chain.id) as session:
        from oktee.journal.record import entry_hash
        from oktee.journal.tables import JournalEntry

        entries = list(await session.scalars(select(JournalEntry).order_by(JournalEntry.sequence)))
        session.expunge_all()
    entries[5].outcome = "failed"
    previous = entries[4].hash
    for entry in entries[5:]:
        entry.previous_hash = previous
        previous = entry.hash = entry_hash(entry)
        await chain.act(
            "update journal_entries set outcome = $2, previous_hash = $3, hash = $4 where sequence = $1",
            entry.sequence, entry.outcome, entry.previous_hash, entry.hash,
        )  # fmt: skip
    await chain.act("update journal_heads set hash = $1", previous)
    assert await chain.found() == (10, "head_differs")
    await chain.act("update audit_heads set hash = $1", previous)
    assert await chain.found() == (10, "head_signature")


async def test_newest_entries_that_are_taken_with_the_end_of_the_chain_contradict_the_signed_day(chain: Chain) -> None:
    await chain.sign()
    await chain.act("delete from journal_entries where sequence > 6")
    await chain.act(
        "update journal_heads set sequence = 6, hash = (select hash from journal_entries where sequence = 6)"
    )
    assert await chain.found() == (7, "truncated")


async def test_what_was_taken_after_the_last_signed_day_is_known_to_the_last_check(chain: Chain) -> None:
    verdict = await chain.look()
    async with tenant_session(chain.id) as session:
        await keep(session, verdict, whole=True)
    await chain.act("delete from journal_entries where sequence > 6")
    await chain.act(
        "update journal_heads set sequence = 6, hash = (select hash from journal_entries where sequence = 6)"
    )
    assert await chain.found() == (7, "truncated")
    await chain.act(
        "delete from audit_checks"
    )  # every witness in the database is gone: only copies outside it are left
    assert await chain.found() is None


async def test_a_walk_goes_on_where_the_last_one_ended(chain: Chain) -> None:
    async with tenant_session(chain.id) as session:
        await keep(session, await chain.look(), whole=True)
    await chain.write(3)
    verdict = await chain.look(incremental=True)
    assert (verdict.entries, verdict.sequence, verdict.fault) == (3, 13, None)
    assert (await chain.look(after=11)).entries == 2


async def old_entries(chain: Chain, age: timedelta) -> None:
    """Give the first six back in time, as if they had been written then; the chain is written anew around them."""
    from oktee.journal.hashing import GENESIS
    from oktee.journal.record import entry_hash
    from oktee.journal.tables import JournalEntry

    async with tenant_session(chain.id) as session:
        entries = list(await session.scalars(select(JournalEntry).order_by(JournalEntry.sequence)))
        session.expunge_all()
    previous = GENESIS
    for entry in entries:
        if entry.sequence is not None and entry.sequence <= 6:
            entry.at -= age
        entry.previous_hash = previous
        previous = entry.hash = entry_hash(entry)
        await chain.act(
            "update journal_entries set at = $2, previous_hash = $3, hash = $4 where sequence = $1",
            entry.sequence, entry.at, entry.previous_hash, entry.hash,
        )  # fmt: skip
    await chain.act("update journal_heads set hash = $1", previous)


async def take_by_retention(chain: Chain) -> None:
    await chain.act(
        "insert into audit_skeletons (organization_hash, sequence, previous_hash, hash) "
        "select $1, sequence, previous_hash, hash from journal_entries where sequence <= 6",
        hash_of(chain.id),
    )
    await chain.act("delete from journal_entries where sequence <= 6")


async def test_a_chain_survives_what_retention_takes(chain: Chain) -> None:
    await old_entries(chain, timedelta(days=410))
    await chain.sign()
    await take_by_retention(chain)
    verdict = await chain.look()
    assert verdict.fault is None
    assert (verdict.archived, verdict.entries) == (6, 4)
    await chain.act("delete from audit_skeletons where sequence = 3")
    assert await chain.found() == (3, "missing")


async def test_nobody_hides_young_entries_by_calling_them_expired(chain: Chain) -> None:
    """A day that was signed lately proves that what came after it was not old."""
    await chain.sign()
    await chain.write(3)
    await chain.act(
        "insert into audit_skeletons (organization_hash, sequence, previous_hash, hash) "
        "select $1, sequence, previous_hash, hash from journal_entries where sequence <= 12",
        hash_of(chain.id),
    )
    await chain.act("delete from journal_entries where sequence <= 12")
    assert await chain.found() == (11, "removed_early")


async def erase_lea(chain: Chain) -> None:
    async with tenant_session(chain.id) as session:
        lea = Person(LEA_ID, "lea@example.com", "Lea Martin")
        await erase_from_journal(session, lea, "Erased person 4f2a9c11", {}, actor=SYSTEM)


async def test_erasing_a_person_leaves_the_chain_whole_and_no_way_back_to_the_name(chain: Chain) -> None:
    await erase_lea(chain)
    verdict = await chain.look()
    assert verdict.fault is None
    assert verdict.erased == 10
    row = await chain.keeper.fetchrow("select * from journal_entries where sequence = 1")
    assert row is not None
    assert (row["actor_id"], row["actor_name"]) == (LEA.id, "Erased person 4f2a9c11")
    assert (row["address"], row["personal_salt"]) == (None, None)
    await chain.act("update journal_entries set outcome = 'failed' where sequence = 2")
    assert await chain.found() == (2, "changed")


async def test_nothing_is_forged_under_cover_of_an_erasure(chain: Chain) -> None:
    """Neither an event that looks like one, nor a true one that told of other contents."""
    await chain.act(
        "insert into journal_entries (organization_id, at, id, log, kind, outcome, actor_type, actor_name, object_type, "
        "object_id, object_label, payload) select $1, now(), gen_random_uuid(), 'event', 'person.erased', 'ok', 'system', "
        "'OKTee', 'user', $2, 'Lea Martin', jsonb_build_object('touched', '{\"4\": \"x\"}'::jsonb)",
        chain.id, LEA.id,
    )  # fmt: skip
    forged = "update journal_entries set personal_salt = null, payload = '{\"n\": 99}' where sequence = 4"
    await chain.act(forged)
    assert await chain.found() == (4, "erased_without_record")
    await chain.act("update journal_entries set payload = '{\"n\": 3}' where sequence = 4")
    await erase_lea(chain)
    assert await chain.found() is None
    await chain.act(forged)
    assert await chain.found() == (4, "erased_without_record")
    await chain.act("update journal_entries set payload = '{\"n\": 3}', object_label = 'else' where sequence = 4")
    assert await chain.found() == (4, "erased_without_record")


async def test_the_journal_is_rewritten_only_in_the_transaction_that_records_why(chain: Chain) -> None:
    arguments = {"id": LEA.id, "name": "Erased person 4f2a9c11"}
    question = text("select erase_person(:id, array['lea martin'], array['Lea Martin'], :name)")
    async with tenant_session(chain.id) as session:
        with pytest.raises(DBAPIError, match="recorded in the audit log first"):
            await session.execute(question, arguments)
        await session.rollback()
    await erase_lea(chain)
    async with tenant_session(chain.id) as session:
        with pytest.raises(DBAPIError, match="recorded in the audit log first"):
            await session.execute(question, arguments)
        await session.rollback()


async def test_signing_twice_a_day_keeps_the_first(chain: Chain) -> None:
    await chain.sign()
    await chain.write(2)
    await chain.sign()
    async with tenant_session(chain.id) as session:
        [head] = list(await session.scalars(select(AuditHead)))
    assert head.sequence == 10
    assert await chain.found() is None


async def test_what_an_old_key_signed_still_checks(chain: Chain) -> None:
    await chain.sign()
    before = list(signatures.public_keys())[-1]
    after = signatures.rotate()
    assert after != before
    assert list(signatures.public_keys()) == [*list(signatures.public_keys())[:-2], before, after]
    assert await chain.found() is None


async def test_two_organizations_have_two_chains(chain: Chain, db: Stack) -> None:
    other = await make_person()
    await chain.act("delete from journal_entries where sequence = 3")
    assert (await verify(other.organization_id)).fault is None


def test_equal_json_has_one_spelling() -> None:
    assert (
        canonical({"b": 1.0, "a": [True, None]}) == canonical({"a": (True, None), "b": 1}) == b'{"a":[true,null],"b":1}'
    )
    assert canonical(EXACT) == b"9007199254740991"
    assert canonical(EXACT + 1) == b'"9007199254740992"'
