"""Walk an organization's audit chain and its signed heads, and name the first entry that is not as it was written."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.journal import signatures
from oktee.journal.hashing import GENESIS, canonical, entry_hash, erased_digest, payload_digest
from oktee.journal.heads import is_genuine
from oktee.journal.tables import AuditCheck, AuditHead, JournalEntry, JournalHead
from oktee.kit.clock import now
from oktee.kit.database import organization_of, tenant_session
from oktee.modules.administration.privacy.tombstones import hash_of

BATCH: Final = 500
LEAST: Final = timedelta(days=365)
"""No audit entry leaves the table earlier (migration 0007: expire_rows)."""

Reason = Literal[
    "changed", "missing", "order", "unchained", "head_signature", "head_differs", "beyond_head", "truncated",
    "removed_early", "erased_without_record",
]  # fmt: skip
WORDS: Final[dict[Reason, str]] = {
    "changed": "is not what it was when it was written",
    "missing": "is missing",
    "order": "does not follow the entry before it",
    "unchained": "stands beside an audit entry that was put in without a place in the chain",
    "head_signature": "is the end of a signed day whose signature does not hold",
    "head_differs": "is not the entry that was signed for its day",
    "beyond_head": "comes after the end of the chain",
    "truncated": "is missing: the chain was longer",
    "removed_early": "was removed before its time",
    "erased_without_record": "has lost its names although no erasure was recorded",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """The first bad entry and what is wrong with it."""

    sequence: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk found. `verified_to`: when the last good entry was written; `archived`: entries that only their hashes
    are left of; `erased`: entries whose names were erased; `signed_to`: the newest signed head."""

    organization_id: UUID
    entries: int
    archived: int
    erased: int
    heads: int
    sequence: int
    hash: bytes
    verified_to: datetime | None
    signed_to: int
    fault: Fault | None


class _Broken(Exception):
    def __init__(self, sequence: int, reason: Reason) -> None:
        super().__init__(reason)
        self.fault = Fault(sequence, reason)


@dataclass(frozen=True, slots=True)
class _Erasure:
    """What the entry `sequence` says it left of another one."""

    sequence: int
    person: str
    pseudonym: str
    digest: str


class _Walk:
    """One walk from after `sequence`, whose hash is `digest`, to the end."""

    def __init__(self, organization_id: UUID, sequence: int, digest: bytes, at: datetime | None) -> None:
        self.organization_id = organization_id
        self.sequence, self.hash, self.at = sequence, digest, at
        self.begin = sequence
        self.entries = self.archived = self.erased = 0
        self.heads: dict[int, AuditHead] = {}
        self.erasures: dict[int, list[_Erasure]] = {}

    async def prepare(self, session: AsyncSession) -> None:
        heads = list(await session.scalars(select(AuditHead).order_by(AuditHead.signed_on)))
        last = 0
        for head in heads:
            if not is_genuine(self.organization_id, head) or head.sequence < last:
                raise _Broken(head.sequence, "head_signature")
            last = head.sequence
            self.heads[head.sequence] = head
        known = self.heads.get(self.sequence)
        if known is not None and known.hash != self.hash:
            raise _Broken(self.sequence, "head_differs")
        await self._read_erasures(session)

    async def _read_erasures(self, session: AsyncSession) -> None:
        """By the entries they touched, newest first. Only entries of the chain whose own hash holds are believed; the walk
        comes to each of them later."""
        statement = select(JournalEntry).where(
            JournalEntry.kind == "person.erased", JournalEntry.log == "audit", JournalEntry.sequence.is_not(None)
        )
        found: dict[int, list[_Erasure]] = {}
        for entry in await session.scalars(statement.order_by(JournalEntry.sequence.desc())):
            if entry_hash(entry) != entry.hash or payload_digest(entry.payload) != entry.payload_digest:
                continue
            assert entry.sequence is not None
            for place, digest in (entry.payload.get("touched") or {}).items():
                erasure = _Erasure(entry.sequence, entry.payload["person"], entry.payload["pseudonym"], digest)
                found.setdefault(int(place), []).append(erasure)
        self.erasures = found

    async def step(self, session: AsyncSession) -> bool:
        """Another batch; False at the end."""
        statement = (
            select(JournalEntry)
            .where(JournalEntry.sequence > self.sequence)
            .order_by(JournalEntry.sequence, JournalEntry.id)
            .limit(BATCH)
        )
        found = list(await session.scalars(statement))
        if any(entry.personal_salt is None and entry.sequence not in self.erasures for entry in found):
            await self._read_erasures(session)  # somebody may have been erased since this walk began
        for entry in found:
            assert entry.sequence is not None
            if entry.sequence > self.sequence + 1:
                await self._bridge(session, entry.sequence - 1)
            self._take(entry)
        session.expunge_all()
        return len(found) == BATCH

    def _take(self, entry: JournalEntry) -> None:
        sequence = entry.sequence
        assert sequence is not None
        if sequence <= self.sequence or entry.previous_hash != self.hash:
            raise _Broken(sequence, "order")
        if entry_hash(entry) != entry.hash:
            raise _Broken(sequence, "changed")
        if entry.personal_salt is None:
            if not self._erased_as_recorded(entry):
                raise _Broken(sequence, "erased_without_record")
            self.erased += 1
        self._arrive(sequence, entry.hash)
        self.at = entry.at
        self.entries += 1

    def _erased_as_recorded(self, entry: JournalEntry) -> bool:
        """Whether a later entry of the chain tells of this erasure, of this person, with just this result."""
        assert entry.sequence is not None
        last = next(iter(self.erasures.get(entry.sequence, ())), None)
        if last is None or last.sequence <= entry.sequence:
            return False
        names = [entry.actor_name, entry.address, entry.object_label]
        if erased_digest(entry.id, names, entry.payload) != last.digest:
            return False
        bound = last.person and last.person in {entry.actor_id, entry.object_id}
        if not bound and last.pseudonym.encode() not in canonical([*names, entry.payload]):
            return False
        return entry.kind != "person.erased" or payload_digest(entry.payload) == entry.payload_digest

    def _arrive(self, sequence: int, digest: bytes) -> None:
        head = self.heads.get(sequence)
        if head is not None and head.hash != digest:
            raise _Broken(sequence, "head_differs")
        self.sequence, self.hash = sequence, digest

    async def _bridge(self, session: AsyncSession, until: int) -> None:
        """Over entries that retention took: their hashes stay, signed heads vouch for them, and they were old enough."""
        first = self.sequence + 1
        statement = text(
            "select sequence, previous_hash, hash from audit_skeletons where organization_hash = :hash "
            "and sequence between :first and :last order by sequence"
        )
        values = {"hash": hash_of(self.organization_id), "first": first, "last": until}
        for row in (await session.execute(statement, values)).all():
            if row.sequence != self.sequence + 1 or bytes(row.previous_hash) != self.hash:
                raise _Broken(self.sequence + 1, "missing")
            self._arrive(row.sequence, bytes(row.hash))
            self.archived += 1
        if self.sequence < until:
            raise _Broken(self.sequence + 1, "missing")
        young = [head for head in self.heads.values() if head.sequence < until and head.signed_at > now() - LEAST]
        if young:  # the entry `until` was written after that head was signed
            raise _Broken(min(head.sequence for head in young) + 1, "removed_early")

    async def end(self, session: AsyncSession, witness: int) -> None:
        """What the chain's head, the signed heads and the last check know of its length."""
        stray = select(func.min(JournalEntry.at)).where(JournalEntry.log == "audit", JournalEntry.sequence.is_(None))
        at = (await session.execute(stray)).scalar_one()
        if at is not None:
            near = select(func.min(JournalEntry.sequence)).where(JournalEntry.at >= at)
            raise _Broken((await session.execute(near)).scalar_one() or self.sequence + 1, "unchained")
        most = (await session.execute(select(func.max(JournalEntry.sequence)))).scalar_one() or 0
        head = (await session.execute(select(JournalHead))).scalar_one_or_none()
        told = head.sequence if head else 0
        if most > told:
            raise _Broken(told + 1, "beyond_head")
        if self.sequence < told and self.sequence >= most:
            try:
                await self._bridge(session, told)
            except _Broken as broken:
                raise _Broken(self.sequence + 1, "truncated") from broken
        if head is not None and self.sequence == told and head.hash != self.hash:
            raise _Broken(self.sequence, "order")
        signed = max(self.heads, default=0)
        if self.sequence < max(signed, witness):
            raise _Broken(self.sequence + 1, "truncated")


async def verify(
    organization_id: UUID, *, after: int = 0, incremental: bool = False, most: int | None = None
) -> Verdict:
    """Walk the chain from the entry after sequence `after` (`incremental`: after the last one that was verified), at most
    `most` entries. Opens its own sessions, one per batch. The first fault ends the walk."""
    await signatures.ready()
    async with tenant_session(organization_id) as session:
        known = (await session.execute(select(AuditCheck))).scalar_one_or_none()
        begin, digest, at = 0, GENESIS, None
        if incremental and known is not None:
            begin, digest, at = known.sequence, known.hash, known.at
        elif after:
            place = select(JournalEntry.hash, JournalEntry.at).where(JournalEntry.sequence == after)
            found = (await session.execute(place)).first()
            begin, digest, at = (after, found.hash, found.at) if found else (0, GENESIS, None)
        walk = _Walk(organization_id, begin, digest, at)
        fault = None
        try:
            await walk.prepare(session)
        except _Broken as broken:
            fault = broken.fault
    witness = known.sequence if known else 0
    more = fault is None
    try:
        while more:
            async with tenant_session(organization_id) as session:
                more = await walk.step(session)
                if not more:
                    await walk.end(session, witness)
            if most is not None and walk.entries >= most:
                break
    except _Broken as broken:
        fault = broken.fault
    return Verdict(
        organization_id, walk.entries, walk.archived, walk.erased, len(walk.heads), walk.sequence, walk.hash, walk.at,
        max(walk.heads, default=0), fault,
    )  # fmt: skip


async def keep(session: AsyncSession, verdict: Verdict, *, whole: bool) -> None:
    """Remember how far the chain was verified. A fault stays until the whole chain is found sound again."""
    organization_of(session)
    check = (await session.execute(select(AuditCheck).with_for_update())).scalar_one_or_none()
    if check is None:
        check = AuditCheck(sequence=0, hash=GENESIS, verified_at=now())
        session.add(check)
    check.verified_at = now()
    if verdict.fault is not None:
        check.broken_sequence, check.broken_reason = verdict.fault.sequence, verdict.fault.reason
        return
    if whole:
        check.whole_at, check.broken_sequence, check.broken_reason = now(), None, None
    if verdict.sequence >= (check.sequence or 0):
        check.sequence, check.hash, check.at = verdict.sequence, verdict.hash, verdict.verified_to
