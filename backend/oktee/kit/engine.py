"""The engine of this process, and what travels in each BEGIN: the tenant, the scope, the limit of a statement."""

import json
import ssl as ssl_module
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from oktee.kit.single_statements import SingleStatements

API_STATEMENT: Final = 5.0
"""Seconds a statement may take while somebody waits for an answer (trust/SECURITY 4, API4)."""
WORK_STATEMENT: Final = 60.0
"""Seconds a statement of the worker, of its exports and of an operator's command may take."""
API_WAIT: Final = 10.0
"""Seconds somebody waits for a connection before they are told that there is none."""
WORK_WAIT: Final = 600.0
"""A piece of work waits for its turn as long as its own time lasts: to have waited is no failure of it."""


class RowScope(Protocol):
    """What part of the organization's rows a session sees (access/scope.py); the row policies read its JSON."""

    def to_json(self) -> str: ...


class TenantConnection(asyncpg.Connection):
    """BEGIN carries the tenant and the scope; one-shot, so forgetting the tenant means seeing nothing."""

    organization: UUID | None = None
    scope: RowScope | None = None
    staff: UUID | None = None
    statement_ms: int | None = None

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> Any:
        if query.startswith("BEGIN"):
            query += f" select set_config('app.organization_id', '{self.organization or ''}', true);"
            if self.scope is not None:
                query += f" {said_scope(self.scope)};"
            if self.staff is not None:
                query += f" select set_config('app.staff_id', '{self.staff}', true);"
            if self.statement_ms is not None:
                query += f" set local statement_timeout = {self.statement_ms:d};"
            self.organization = self.scope = self.staff = self.statement_ms = None
        return await super().execute(query, *args, timeout=timeout)


def said_scope(scope: RowScope | None) -> str:
    """A scope holds words that people typed: they travel as hexadecimal digits, so that no character can end the literal."""
    digits = scope.to_json().encode().hex() if scope is not None else ""
    return f"select set_config('app.scope', convert_from(decode('{digits}', 'hex'), 'UTF8'), true)"


def to_json(value: Any) -> str:
    """As a column keeps it. What the quick writer does not know is left to the slow one, or refused by it."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value)


_LONGEST_PREPARED: Final = 64 * 1024
"""Characters of a statement of kit/quick.py that a connection still keeps prepared: the Command Center's has 30,000, and the
driver would make a plan for each reading of what has over 15,360."""
_OF_DRIVER: Final = frozenset({"server_settings", "ssl", "statement_cache_size"})


class Database:
    """The engine of this process. Opened once at start; tests open their own."""

    def __init__(self) -> None:
        self._engine: AsyncEngine | None = None
        self._autocommit: AsyncEngine | None = None
        self.statement_ms: int | None = None
        """What each BEGIN has to say of it; None where the connection says it once."""
        self.singles = SingleStatements()
        """For statements that need no transaction around them (kit/quick.py)."""

    def open(
        self,
        url: str,
        *,
        pool_size: int = 10,
        pooler: str = "none",
        statement_seconds: float = API_STATEMENT,
        wait_seconds: float = API_WAIT,
    ) -> None:
        """Make the engine for `url` (`ssl=` as asyncpg takes it). No connection is made yet. `wait_seconds`: how long a
        session waits for a connection of the pool.

        A statement that runs longer than `statement_seconds`, waits for locks included, is canceled (57014).
        """
        parsed = make_url(url)
        limit = int(statement_seconds * 1000)
        arguments: dict[str, Any] = {
            "connection_class": TenantConnection,
            "server_settings": {
                "idle_in_transaction_session_timeout": "15000",
                "statement_timeout": str(limit),
                "datestyle": "ISO, YMD",
                "application_name": "oktee",
            },
        }
        self.statement_ms = None
        mode = parsed.query.get("ssl")
        if mode:
            parsed = parsed.difference_update_query(["ssl"])
            arguments["ssl"] = ssl_module.create_default_context() if mode == "verify-full" else mode
        # The connection used last is used next: it has the statements prepared that are asked again and again.
        options: dict[str, Any] = {"pool_use_lifo": True}
        if pooler == "transaction":
            # PgBouncer refuses what it cannot set at the start of a connection, and shares the connection: the limit
            # travels in BEGIN, and what runs outside a transaction has the role's own (docker/postgres/10-roles.sh).
            self.statement_ms = limit
            arguments["server_settings"] = {"application_name": "oktee", "datestyle": "ISO, YMD"}
            arguments |= {"statement_cache_size": 0, "prepared_statement_name_func": lambda: ""}
            options["query_cache_size"] = 1200
            parsed = parsed.update_query_dict({"prepared_statement_cache_size": "0"})
        own = {name: value for name, value in arguments.items() if name in _OF_DRIVER}
        own["max_cacheable_statement_size"] = _LONGEST_PREPARED
        own |= parsed.translate_connect_args(username="user")
        if self.statement_ms is not None:
            own["command_timeout"] = statement_seconds
        self.singles.open(own, size=pool_size)
        self._engine = create_async_engine(
            parsed,
            connect_args=arguments,
            json_serializer=to_json,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=wait_seconds,
            **options,
        )
        self._autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def is_open(self) -> bool:
        return self._engine is not None

    @property
    def engine(self) -> AsyncEngine:
        if self._engine is None:
            raise RuntimeError("the database is not open: call database.open(url) first")
        return self._engine

    async def close(self) -> None:
        """Give every connection back."""
        await self.singles.close()
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = self._autocommit = None

    @asynccontextmanager
    async def autocommit(self) -> AsyncIterator[AsyncConnection]:
        """One statement per transaction, no tenant: for GLOBAL tables only."""
        if self._autocommit is None:
            raise RuntimeError("the database is not open: call database.open(url) first")
        async with self._autocommit.connect() as connection:
            yield connection


database = Database()
staff_database = Database()
"""As the role oktee_staff, for the staff console alone; not opened where there is none."""
