"""A few connections on which single statements run, each a transaction of its own and one round trip.

Nothing that such a statement sets outlives it, so a connection has no state to reset, and behind PgBouncer no other client
can see it.
"""

import asyncio
from collections import deque
from typing import Any, Final

import asyncpg

WAITED: Final = 10.0
"""Seconds that a request waits for a connection, as the engine's pool lets it wait."""


class SingleStatements:
    """A few connections of this process, the one used last first: it has the hot statements prepared."""

    def __init__(self) -> None:
        self._arguments: dict[str, Any] | None = None
        self._idle: deque[asyncpg.Connection] = deque()
        self._room = asyncio.Semaphore(0)

    def open(self, arguments: dict[str, Any], *, size: int) -> None:
        """`arguments`: of asyncpg.connect. No connection is made yet."""
        self._arguments = arguments
        self._room = asyncio.Semaphore(size)

    async def close(self) -> None:
        self._arguments = None
        while self._idle:
            await self._idle.pop().close(timeout=5)

    async def row(self, sql: str, *values: Any) -> asyncpg.Record | None:
        """The first row of a statement about GLOBAL tables; a tenant's are empty here."""
        found: asyncpg.Record | None = await self._run("fetchrow", sql, values)
        return found

    async def rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """All of them."""
        found: list[asyncpg.Record] = await self._run("fetch", sql, values)
        return found

    async def _run(self, how: str, sql: str, values: tuple[Any, ...]) -> Any:
        if self._arguments is None:
            raise RuntimeError("the database is not open: call database.open(url) first")
        if self._room.locked():
            async with asyncio.timeout(WAITED):
                await self._room.acquire()
        else:
            await self._room.acquire()
        connection: asyncpg.Connection | None = None
        try:
            while self._idle and connection is None:
                connection = self._idle.pop()
                if connection.is_closed():  # the server ended it while nobody looked
                    connection = None
            if connection is None:
                connection = await asyncpg.connect(**self._arguments)
            found = await getattr(connection, how)(sql, *values)
        except BaseException as error:
            # Only an error that the server itself reported leaves the connection as it was; else nobody knows.
            if connection is not None:
                if isinstance(error, asyncpg.PostgresError) and not connection.is_closed():
                    self._idle.append(connection)
                else:
                    connection.terminate()
            raise
        else:
            if self._arguments is None:  # closed meanwhile: nobody would end it any more
                connection.terminate()
            else:
                self._idle.append(connection)
        finally:
            self._room.release()
        return found
