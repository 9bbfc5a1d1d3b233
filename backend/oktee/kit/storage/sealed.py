"""Seals a stream in chunks and reads it back: truncated, reordered, mixed or changed bodies do not open.

A body is `0x01 | data key id (16) | salt (16)` and then chunks of AES-256-GCM. Each body has a key of its own, derived
from the data key and the salt (HKDF-SHA-256), so its nonces are a plain count. The AAD of a chunk names the object, the
chunk's number and whether it is the last.
"""

import io
import os
from collections.abc import Callable
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from oktee.kit.crypto import Unsealable, aad
from oktee.kit.storage.port import Store, Stream, Upload

VERSION: Final = b"\x01"
HEADER: Final = 33
CHUNK: Final = 256 * 1024
TAG: Final = 16


class _Cipher:
    def __init__(self, data_key: bytes, salt: bytes, key: str) -> None:
        derived = HKDF(SHA256(), 32, salt, aad("object-key", key)).derive(data_key)
        self._gcm, self._key = AESGCM(derived), key

    def seal(self, number: int, chunk: bytes, *, last: bool) -> bytes:
        return self._gcm.encrypt(number.to_bytes(12, "big"), chunk, self._bound_to(number, last))

    def open(self, number: int, sealed: bytes, *, last: bool) -> bytes:
        try:
            return self._gcm.decrypt(number.to_bytes(12, "big"), sealed, self._bound_to(number, last))
        except InvalidTag:
            raise Unsealable("a stored file was changed, cut or moved") from None

    def _bound_to(self, number: int, last: bool) -> bytes:
        return aad("object", self._key, number, int(last))


class SealingUpload:
    """Takes plain bytes of any size, hands sealed chunks on."""

    def __init__(self, inner: Upload, *, key: str, data_key_id: UUID, data_key: bytes) -> None:
        salt = os.urandom(16)
        self._inner, self._cipher = inner, _Cipher(data_key, salt, key)
        self._waiting, self._number = bytearray(), 0
        inner.write(VERSION + data_key_id.bytes + salt)

    def write(self, data: bytes) -> None:
        self._waiting += data
        while (
            len(self._waiting) > CHUNK
        ):  # not >=: the last chunk is known only at the end, and is never empty but once
            self._next(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def finish(self) -> None:
        self._next(bytes(self._waiting), last=True)
        self._inner.finish()

    def abort(self) -> None:
        self._inner.abort()

    def _next(self, chunk: bytes, *, last: bool) -> None:
        self._inner.write(self._cipher.seal(self._number, chunk, last=last))
        self._number += 1


def read_exactly(stream: Stream, size: int) -> bytes:
    """`size` bytes, or what is left."""
    found = bytearray()
    while len(found) < size:
        more = stream.read(size - len(found))
        if not more:
            break
        found += more
    return bytes(found)


def key_id_of_body(store: Store, key: str) -> UUID:
    """The data key a body is sealed with. Raises FileNotFoundError, Unsealable."""
    stream = store.open(key)
    try:
        return _key_id(read_exactly(stream, HEADER))
    finally:
        stream.close()


def _key_id(header: bytes) -> UUID:
    if header[:1] != VERSION:
        raise Unsealable("unknown version of a stored file")
    if len(header) < HEADER:
        raise Unsealable("a stored file is cut short")
    return UUID(bytes=header[1:17])


class SealedFile(io.RawIOBase):
    """A stored file as it was handed in: a seekable binary file whose reads block. Raises Unsealable at what is broken."""

    def __init__(self, store: Store, key: str, *, data_key: Callable[[UUID], bytes], size: int) -> None:
        """`data_key` is asked each time the body is opened: a rotation may seal it anew in between."""
        self._store, self._key, self._data_key, self._size = store, key, data_key, size
        self._stream: Stream | None = None
        self._number, self._chunk, self._at = 0, b"", 0
        self._held = -1
        self._ahead = b""
        self._cipher = self._open(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # io.RawIOBase takes any writable buffer; ours are these two
        number, place = divmod(self._at, CHUNK)
        if self._at >= self._size:
            self._read_to_end_once()
            return 0
        if number != self._held:
            self._chunk, self._held = self._chunk_at(number), number
        piece = self._chunk[place : place + len(buffer)]
        if not piece:
            raise Unsealable("a stored file is shorter than it was")
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        super().close()

    def _chunk_at(self, number: int) -> bytes:
        if number == self._number:
            return self._next()
        self._cipher = self._open(number)
        try:
            return self._next()
        except Unsealable:  # sealed anew between reading its head and its middle: once more, then it is broken
            self._cipher = self._open(number)
            return self._next()

    def _read_to_end_once(self) -> None:
        """An empty file has one chunk too: whether it is ours is asked before it is called empty."""
        if self._size == 0 and self._held != 0:
            self._chunk, self._held = self._next(), 0

    def _open(self, number: int) -> _Cipher:
        """Stand before chunk `number`."""
        if self._stream is not None:
            self._stream.close()
        self._stream = self._store.open(self._key)
        header = read_exactly(self._stream, HEADER)
        data_key = self._data_key(_key_id(header))
        if number:
            self._stream.close()
            self._stream = self._store.open(self._key, offset=HEADER + number * (CHUNK + TAG))
        self._number, self._ahead = number, read_exactly(self._stream, CHUNK + TAG)
        return _Cipher(data_key, header[17:HEADER], self._key)

    def _next(self) -> bytes:
        assert self._stream is not None
        sealed, self._ahead = self._ahead, read_exactly(self._stream, CHUNK + TAG)
        last = not self._ahead
        if len(sealed) < TAG:
            raise Unsealable("a stored file is cut short")
        chunk = self._cipher.open(self._number, sealed, last=last)
        if last and self._number * CHUNK + len(chunk) != self._size:
            raise Unsealable("a stored file has another length than it had")
        self._number += 1
        return chunk
