"""The key file: the house's keys, which is active, the secret that signatures derive from, and the key that signs the
audit trail (JSON, mode 0600).

Under the provider `local` the keys stand in it as they are. Under another it wraps them, so the file alone opens nothing.
"""

import base64
import hmac
import json
import os
import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from oktee.kit.settings import settings

WRAPPED: Final = "wrapped:"


@dataclass(frozen=True, slots=True, repr=False)
class KeyFile:
    """What the file holds, opened."""

    origin: str
    active: UUID
    keys: dict[UUID, bytes]
    signing: bytes
    audit: bytes = b""
    """The Ed25519 key that signs heads of the audit trail and exports; a file without one derives it from `signing`."""
    audit_retired: tuple[bytes, ...] = ()
    """Public keys of earlier ones: what they signed can still be checked."""


def stamp(path: Path) -> tuple[int, int, int]:
    """Changes whenever the file does."""
    found = path.stat()
    return found.st_mtime_ns, found.st_ino, found.st_size


def read(path: Path) -> KeyFile:
    """Raises RuntimeError with what to do when the file is missing or readable by others."""
    if not path.exists():
        raise RuntimeError(f"{path} is missing: run `oktee keys init` once and keep the file safe")
    if path.stat().st_mode & 0o077:
        raise RuntimeError(f"{path} can be read by others: chmod 600 it")
    content = json.loads(path.read_text())
    keys = {UUID(name): _open(value, name) for name, value in content["keys"].items()}
    # A file of an older OKTee derives signatures from its first key: the same bytes, written down at the next change.
    signing = _open(content["signing"], "signing") if "signing" in content else keys[min(keys, key=str)]
    audit = _open(content["audit"], "audit") if "audit" in content else hmac.digest(signing, b"oktee/audit", "sha256")
    retired = tuple(bytes.fromhex(key) for key in content.get("audit_retired", ()))
    return KeyFile(content["origin"], UUID(content["active"]), keys, signing, audit, retired)


def create(path: Path, *, origin: str) -> bool:
    """Write a new key file (0600); False when there is one, which is left alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name = uuid4()
    content = KeyFile(origin, name, {name: secrets.token_bytes(32)}, secrets.token_bytes(32), secrets.token_bytes(32))
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as file:
        file.write(_text(content))
    return True


def add_key(path: Path) -> UUID:
    """Add a key and make it the active one; answers its id. The others stay, to open what they sealed."""
    name = uuid4()
    content = read(path)
    _write(path, replace(content, active=name, keys={**content.keys, name: secrets.token_bytes(32)}))
    return name


def remove_key(path: Path, key_id: UUID) -> None:
    """Forget a key for ever. Raises ValueError for the active one and for one that is not there."""
    content = read(path)
    if key_id == content.active:
        raise ValueError("this key is the active one")
    if key_id not in content.keys:
        raise ValueError("the key file holds no such key")
    _write(path, replace(content, keys={name: key for name, key in content.keys.items() if name != key_id}))


def replace_audit_key(path: Path, public: bytes) -> None:
    """A new key signs the audit trail; `public` is that of the one it replaces, kept to check what that one signed."""
    content = read(path)
    retired = (*content.audit_retired, public)
    _write(path, replace(content, audit=secrets.token_bytes(32), audit_retired=retired))


def _write(path: Path, content: KeyFile) -> None:
    """At once or not at all: another process sees the old file or the new one."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(_text(content))
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _text(content: KeyFile) -> str:
    return json.dumps(
        {
            "origin": content.origin,
            "active": str(content.active),
            "keys": {str(name): _close(key, str(name)) for name, key in content.keys.items()},
            "signing": _close(content.signing, "signing"),
            "audit": _close(content.audit, "audit"),
            "audit_retired": [key.hex() for key in content.audit_retired],
        }
    )


def _open(value: str, name: str) -> bytes:
    """In the clear, or `wrapped:` by the provider outside this process: then the file alone opens nothing."""
    if not value.startswith(WRAPPED):
        return bytes.fromhex(value)
    from oktee.kit.crypto import Unsealable, aad
    from oktee.kit.errors import Unavailable
    from oktee.kit.keyring.providers import remote

    outside = remote(settings())
    if outside is None:
        raise RuntimeError("the key file was wrapped by another KEK_PROVIDER than this process has")
    try:
        return outside.unwrap_now(base64.b64decode(value.removeprefix(WRAPPED)), aad("house-key", name))
    except Unavailable as error:
        raise RuntimeError(f"the key file does not open: {error.detail}") from error
    except Unsealable as error:
        raise RuntimeError(f"the key file does not open: {error}") from error


def _close(key: bytes, name: str) -> str:
    from oktee.kit.crypto import aad
    from oktee.kit.keyring.providers import remote

    outside = remote(settings())
    if outside is None:
        return key.hex()
    return WRAPPED + base64.b64encode(outside.wrap_now(key, aad("house-key", name))).decode()


def rewrap(path: Path) -> None:
    """Write the file again: its keys wrapped by the active key of the provider, or in the clear under `local`."""
    _write(path, read(path))
