"""Ed25519 signatures of the audit trail: heads, exports, incident files. The key is in the key file, apart from the database.

Whoever can write the database cannot sign; whoever has a public key can check without asking OKTee.
"""

import asyncio
import hashlib
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from oktee.journal.hashing import canonical
from oktee.kit import key_file
from oktee.kit.settings import settings


class _Keys:
    """Of this process; read again when the key file changed."""

    def __init__(self) -> None:
        self._stamp: tuple[int, int, int] | None = None
        self._private: Ed25519PrivateKey | None = None
        self._public: dict[str, bytes] = {}

    def private(self) -> Ed25519PrivateKey:
        self._refresh()
        assert self._private is not None
        return self._private

    def public(self) -> dict[str, bytes]:
        """Every key there was, by its id; the one that signs now is the last."""
        self._refresh()
        return self._public

    def _refresh(self) -> None:
        path = settings().key_file
        stamp = key_file.stamp(path)
        if stamp != self._stamp:
            content = key_file.read(path)
            self._private = Ed25519PrivateKey.from_private_bytes(content.audit)
            public = [*content.audit_retired, self._private.public_key().public_bytes_raw()]
            self._public = {key_id_of(key): key for key in public}
            self._stamp = stamp


_KEYS = _Keys()


async def ready() -> None:
    """Read a new or changed key file now, since the key service may have to open it: call it before a transaction."""
    await asyncio.to_thread(_KEYS.public)


def key_id_of(public: bytes) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the public key."""
    return hashlib.sha256(public).hexdigest()[:16]


def public_keys() -> dict[str, bytes]:
    """The raw public keys (32 bytes) by id. Raises RuntimeError without a key file."""
    return dict(_KEYS.public())


def signed(statement: dict[str, Any]) -> tuple[str, bytes]:
    """(key id, signature) over the canonical JSON of the statement. Raises RuntimeError without a key file."""
    private = _KEYS.private()
    return key_id_of(private.public_key().public_bytes_raw()), private.sign(canonical(statement))


def holds(statement: dict[str, Any], key_id: str, signature: bytes) -> bool:
    """Whether one of our keys signed exactly this."""
    public = _KEYS.public().get(key_id)
    if public is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, canonical(statement))
    except InvalidSignature:
        return False
    return True


def rotate() -> str:
    """A new signing key; answers its id. The old public key is kept."""
    path = settings().key_file
    key_file.replace_audit_key(path, _KEYS.private().public_key().public_bytes_raw())
    return list(_KEYS.public())[-1]
