"""The port of a key-encryption-key provider: who wraps data keys, and what its absence looks like."""

from typing import Protocol

from oktee.kit.errors import Unavailable


class KeysUnavailable(Unavailable):
    """The key provider does not answer: what is cached still opens, nothing new does."""


class KekProvider(Protocol):
    """Wraps and unwraps data keys. `bound_to` is authenticated: a blob opens for the same bytes alone."""

    version: bytes
    """The first byte of every blob this provider makes."""

    async def wrap(self, data_key: bytes, bound_to: bytes) -> bytes:
        """Under the active key. Raises KeysUnavailable."""

    async def unwrap(self, blob: bytes, bound_to: bytes) -> bytes:
        """Raises Unsealable, or KeysUnavailable."""

    async def kek_ids(self) -> tuple[str, ...]:
        """The keys it may use, the active one first. Raises KeysUnavailable."""

    def kek_of(self, blob: bytes) -> str:
        """Which key sealed this. Raises Unsealable."""
