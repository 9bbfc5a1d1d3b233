"""The port of an object store: bodies under keys. Every call blocks and is made in a thread."""

from collections.abc import Iterator
from typing import Protocol

from oktee.kit.errors import Unavailable


class StoreUnavailable(Unavailable):
    """The object store does not answer; nothing was changed."""


class Stream(Protocol):
    """A body being read."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; fewer at the end, none after it."""

    def close(self) -> None:
        """Let go of it."""


class Upload(Protocol):
    """A body being written; it appears under its key at once, when it is finished, and replaces what was there."""

    def write(self, data: bytes, /) -> None:
        """The next bytes."""

    def finish(self) -> None:
        """Durable after this."""

    def abort(self) -> None:
        """Nothing is kept."""


class Store(Protocol):
    """Bodies under keys `<organization>/<id>`. Raises StoreUnavailable."""

    def begin(self, key: str) -> Upload:
        """Write a body."""

    def open(self, key: str, *, offset: int = 0) -> Stream:
        """Read a body from `offset`. Raises FileNotFoundError."""

    def delete(self, key: str) -> None:
        """Missing is fine."""

    def list(self, prefix: str) -> Iterator[tuple[str, float]]:
        """(key, when it was written as seconds since 1970) of every body under a prefix that ends with `/`."""
