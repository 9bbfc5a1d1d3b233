"""What the hash of an audit entry is made of: canonical JSON (RFC 8785), SHA-256, the hash before.

Names stand in it by a salted digest: erasing a person (name, address, salt) leaves every hash as it was.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import rfc8785

from oktee.journal.tables import JournalEntry
from oktee.kit.crypto import sign

GENESIS: Final = b"\x00" * 32
"""The hash before the first entry."""
PERSONAL: Final = ("actor_name", "address", "object_label")
"""What may have to be erased; everything else names people by id only."""
FIELDS: Final = (
    "id", "log", "kind", "outcome", "actor_type", "actor_id", "on_behalf_of", "object_type", "object_id", "cause",
    "correlation_id", "session_id", "marketplace_id", "vendor_code", "brand", "operation", "transaction_id",
)  # fmt: skip
EXACT: Final = 2**53 - 1
"""The largest integer that JSON readers keep (I-JSON, RFC 7493); larger ones are hashed as text."""


def canonical(value: Any) -> bytes:
    """RFC 8785: one spelling for equal JSON, whoever wrote it and through whatever store it went."""
    return rfc8785.dumps(_plain(value))


def entry_hash(entry: JournalEntry) -> bytes:
    """SHA-256 of what the entry says now, its place and the hash before. Where a person was erased (the salt is gone) the
    digests taken when it was written stand for names and facts."""
    erased = entry.personal_salt is None
    personal = entry.personal_digest if erased else personal_digest(entry)
    payload = entry.payload_digest if erased else payload_digest(entry.payload)
    fields: dict[str, Any] = {name: _text(getattr(entry, name)) for name in FIELDS}
    fields |= {
        "at": instant(entry.at),
        "sequence": entry.sequence,
        "sent_hash": entry.sent_hash.hex() if entry.sent_hash else None,
        "personal": (personal or b"").hex(),
        "payload": (payload or b"").hex(),
        "previous": (entry.previous_hash or GENESIS).hex(),
    }
    return hashlib.sha256(canonical(fields)).digest()


def payload_digest(payload: dict[str, Any]) -> bytes:
    return hashlib.sha256(canonical(payload)).digest()


def personal_digest(entry: JournalEntry) -> bytes:
    """Of the names as they are now. The entry has its salt."""
    assert entry.personal_salt is not None
    names = {name: _text(getattr(entry, name)) for name in PERSONAL}
    return hashlib.sha256(entry.personal_salt + canonical(names)).digest()


def erased_digest(entry_id: UUID, names: Sequence[str | None], payload: dict[str, Any]) -> str:
    """Of what an erasure leaves of an entry (names in the order of PERSONAL): what the entry of the erasure lists. Keyed, so
    that whoever has the database alone can neither make one nor try names."""
    said = {"id": str(entry_id), "names": list(names), "payload": payload}
    return sign("audit-erasure", canonical(said))


def instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def _text(value: Any) -> str | None:
    return None if value is None else str(value)  # asyncpg has a UUID class of its own


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > EXACT:
        return str(value)
    return value
