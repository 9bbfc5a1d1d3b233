"""Sealing: AES-256-GCM under data keys, data keys wrapped by a key-encryption key (KEK). Knows no table.

A blob is `0x01 | key id (16) | nonce (12) | ciphertext and tag`. The AAD binds it to its purpose, owner and version,
so a blob that is moved elsewhere does not open (trust/OAUTH 3).
"""

import hmac
import os
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Thread
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from oktee.kit import key_file
from oktee.kit.settings import settings

VERSION = b"\x01"
SHORTEST = 45
"""Version, key id, nonce and tag, around nothing."""


class Unsealable(Exception):
    """The blob is damaged, of an unknown version, or was sealed for something else. Holds no secret."""


def aad(*parts: str | UUID | int) -> bytes:
    """Length-prefixed, so that no two lists of parts give the same bytes."""
    encoded = [str(part).encode() for part in ("oktee", "v1", *parts)]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def parts_of(bound_to: bytes) -> list[str]:
    """The parts `aad` was made of, without its first two."""
    found, place = [], 0
    while place < len(bound_to):
        size = int.from_bytes(bound_to[place : place + 4], "big")
        found.append(bound_to[place + 4 : place + 4 + size].decode())
        place += 4 + size
    return found[2:]


def seal(key: bytes, key_id: UUID, plain: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(12)
    return VERSION + key_id.bytes + nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def unseal(key: bytes, blob: bytes, bound_to: bytes) -> bytes:
    """Raises Unsealable."""
    if blob[:1] != VERSION:
        raise Unsealable("unknown version of a sealed blob")
    if len(blob) < SHORTEST:
        raise Unsealable("a sealed blob is cut short")
    try:
        return AESGCM(key).decrypt(blob[17:29], blob[29:], bound_to)
    except InvalidTag:
        raise Unsealable("a sealed blob does not open for this owner") from None


def key_id_of(blob: bytes) -> UUID:
    if blob[:1] != VERSION:
        raise Unsealable("unknown version of a sealed blob")
    if len(blob) < SHORTEST:
        raise Unsealable("a sealed blob is cut short")
    return UUID(bytes=blob[1:17])


class LocalKek:
    """The house's keys from a file: several, one active. Under the provider `local` they are the key-encryption keys.

    The file is read again when it changed, so that a rotation needs no restart. `origin` says who made it: production
    refuses `demo`. Under another provider the file holds its keys wrapped by that provider (kit/keyring/providers.py).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader: Thread | None = None
        self._read()

    @classmethod
    def load(cls, path: Path) -> "LocalKek":
        """Raises RuntimeError with what to do when the file is missing, readable by others, or made by the demo."""
        return cls(path)

    def _read(self) -> None:
        content = key_file.read(self.path)
        if settings().env == "production" and content.origin == "demo":
            raise RuntimeError(f"{self.path} was made by the demo: production needs its own, see `oktee keys init`")
        self.keys, self.active, self.origin, self._signing = (
            content.keys, content.active, content.origin, content.signing,
        )  # fmt: skip
        self._stamp = key_file.stamp(self.path)

    def refresh(self) -> None:
        """Read a changed file; one that is away or half written changes nothing. Where a provider outside this process
        wraps the keys it waits for that one: call it in a thread."""
        with suppress(OSError, RuntimeError, ValueError):
            if key_file.stamp(self.path) != self._stamp:
                self._read()

    def _notice(self) -> None:
        """As `refresh`, and never waits for a provider: those who seal a mail hold a transaction. Until the changed file
        is read the keys known so far go on to seal."""
        if settings().kek_provider == "local":
            self.refresh()
            return
        with suppress(OSError):
            if key_file.stamp(self.path) != self._stamp and (self._reader is None or not self._reader.is_alive()):
                self._reader = Thread(target=self.refresh, name="key-file", daemon=True)
                self._reader.start()

    @staticmethod
    def create(path: Path, *, origin: str) -> None:
        """Write a new key file (0600); an existing one is left alone."""
        key_file.create(path, origin=origin)

    def wrap(self, data_key: bytes, bound_to: bytes) -> bytes:
        self._notice()
        return seal(self.keys[self.active], self.active, data_key, bound_to)

    def unwrap(self, blob: bytes, bound_to: bytes) -> bytes:
        """Raises Unsealable."""
        self._notice()
        key = self.keys.get(key_id_of(blob))
        if (
            key is None
        ):  # another process has a newer file, or the key is gone: read it now, in the provider's time limits
            self.refresh()
            key = self.keys.get(key_id_of(blob))
        if key is None:
            raise Unsealable("sealed under a key this process does not hold")
        return unseal(key, blob, bound_to)

    def derive(self, purpose: str) -> bytes:
        """A key for signing (CSRF, cursors); it outlives every rotation of the keys."""
        return hmac.digest(self._signing, f"oktee/{purpose}".encode(), "sha256")


@cache
def kek() -> LocalKek:
    """The key-encryption keys of this process, read once."""
    return LocalKek.load(settings().key_file)


def sign(purpose: str, message: bytes) -> str:
    """HMAC-SHA-256 in hex under a key of that purpose."""
    return hmac.new(kek().derive(purpose), message, sha256).hexdigest()


def digest(token: str) -> bytes:
    """What is stored of a random token: its SHA-256."""
    return sha256(token.encode()).digest()
