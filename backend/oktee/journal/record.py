"""record(): one entry in the same transaction as the act. Audit entries form a hash chain per organization."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.journal.hashing import GENESIS as GENESIS
from oktee.journal.hashing import entry_hash as entry_hash
from oktee.journal.hashing import payload_digest, personal_digest
from oktee.journal.tables import JournalEntry, JournalHead
from oktee.kit.clock import now
from oktee.kit.database import before_commit, new_id
from oktee.kit.work import Kind, schedule

FOLLOWERS: Final[dict[str, Kind]] = {}
"""Work that is due as soon as an entry of such a kind is written (the detectors); its key is the entry's id."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted. type: rule, person, key, staff, amazon, system, outside (EDI, a person in Vendor Central, another
    application). `id` of a key is the key. `on_behalf_of`: the support grant a member of staff acts under, or the person a
    key belongs to."""

    type: str
    name: str
    id: str | None = None
    session_id: UUID | None = None
    address: str | None = None
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What was acted on: its type, id and the name people know it by."""

    type: str
    id: str
    label: str


SYSTEM = Actor("system", "OKTee")
AMAZON = Actor("amazon", "Amazon")
OUTSIDE = Actor("outside", "outside OKTee")


def person(caller: Caller) -> Actor:
    return Actor("person", caller.name, str(caller.user_id), caller.session_id, caller.address)


def key(key_id: str, name: str, *, owner_id: UUID, address: str) -> Actor:
    """A customer's system, by its API key. It acts for the person who made the key and answers for it."""
    return Actor("key", name, key_id, None, address, str(owner_id))


def rule(name: str) -> Actor:
    return Actor("rule", name)


async def record(
    session: AsyncSession,
    kind: str,
    *,
    actor: Actor,
    subject: Subject,
    outcome: str = "ok",
    payload: dict[str, Any] | None = None,
    audit: bool = False,
    cause: str | None = None,
    correlation_id: str | None = None,
    marketplace_id: str | None = None,
    vendor_code: str | None = None,
    brand: str | None = None,
    operation: str | None = None,
    sent_hash: bytes | None = None,
    transaction_id: str | None = None,
) -> UUID:
    """Write one entry; answers its id. `payload` is JSON and holds no secret; that of an audit entry names people by id.

    `audit`: acts of people and keys, settings, the connection and every write to Amazon with its proof (`operation`,
    `sent_hash` = SHA-256 of what was sent, Amazon's `transaction_id`). They are written as the transaction's last act,
    under the lock of the organization's chain head.
    """
    entry = JournalEntry(
        at=now(),
        id=new_id(),
        log="audit" if audit else "event",
        kind=kind,
        outcome=outcome,
        actor_type=actor.type,
        actor_id=actor.id,
        actor_name=actor.name,
        object_type=subject.type,
        object_id=subject.id,
        object_label=subject.label,
        cause=cause,
        payload=payload or {},
        correlation_id=correlation_id,
        session_id=actor.session_id,
        address=actor.address,
        marketplace_id=marketplace_id,
        vendor_code=vendor_code,
        brand=brand,
        on_behalf_of=actor.on_behalf_of,
        operation=operation,
        sent_hash=sent_hash,
        transaction_id=transaction_id,
    )
    if kind in FOLLOWERS:
        await schedule(session, FOLLOWERS[kind], str(entry.id))
    if not audit:
        session.add(entry)
        return entry.id
    waiting: list[JournalEntry] = session.info.setdefault("audit", [])
    if not waiting:

        async def chain() -> None:
            await _chain(session, waiting)

        before_commit(session, chain)
    waiting.append(entry)
    return entry.id


def waiting_entries(session: AsyncSession) -> Sequence[JournalEntry]:
    """The audit entries of this transaction so far: no query finds them before it ends."""
    return tuple(session.info.get("audit", ()))


async def _chain(session: AsyncSession, entries: list[JournalEntry]) -> None:
    await session.execute(insert(JournalHead).values(sequence=0, hash=GENESIS).on_conflict_do_nothing())
    head = (await session.execute(select(JournalHead).with_for_update())).scalar_one()
    for entry in entries:
        entry.personal_salt = os.urandom(16)
        entry.personal_digest = personal_digest(entry)
        entry.payload_digest = payload_digest(entry.payload)
        entry.sequence = head.sequence + 1
        entry.previous_hash = head.hash
        entry.hash = entry_hash(entry)
        head.sequence, head.hash = entry.sequence, entry.hash
        session.add(entry)
    head.updated_at = func.now()
    await session.flush()
