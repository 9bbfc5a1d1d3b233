"""The engine, the base of every table, and the only openers of sessions.

The tenant travels in the BEGIN message: no extra round trip, and forgetting it means seeing nothing.
"""

import json
import ssl as ssl_module
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Any, ClassVar, Final, Protocol
from uuid import UUID

import asyncpg
import orjson
from asyncpg.pgproto.pgproto import UUID as _DriversUUID
from sqlalchemy import ForeignKeyConstraint, MetaData, event, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    SessionTransaction,
    declared_attr,
    mapped_column,
    relationship,
)
from uuid_utils.compat import uuid7 as _uuid7

from oktee.kit.single_statements import SingleStatements

CURRENT_ORGANIZATION = text("nullif(current_setting('app.organization_id', true), '')::uuid")
API_STATEMENT: Final = 5.0
"""Seconds a statement may take while somebody waits for an answer (trust/SECURITY 4, API4)."""
WORK_STATEMENT: Final = 60.0
"""Seconds a statement of the worker, of its exports and of an operator's command may take."""
Hook = Callable[[], Awaitable[None]]
in_transaction: ContextVar[bool] = ContextVar("in_transaction", default=False)
"""True while a session is open in this context: the Amazon client refuses to call then (no HTTP in a transaction)."""


def new_id() -> UUID:
    """A time-ordered id (UUIDv7), made in Python so that it is known before the flush."""
    return uuid.UUID(int=_uuid7().int)


def row_ids(count: int) -> list[UUID]:
    """So many time-ordered ids that follow each other, for rows that go to the driver as they are: one look at the clock and
    at chance for all of them, and of the driver's own kind, which costs a fifth to make and to send."""
    first = _uuid7().int
    return [_DriversUUID((first + n).to_bytes(16)) for n in range(count)]


class Base(DeclarativeBase):
    """The base of every table; constraint names follow one convention, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[dict[str, Any]]: JSONB,
    }


Instant = TIMESTAMP(timezone=True)


def _organization(context: Any) -> Any:
    return context.execution_options["organization_id"]


class OfOrganization:
    """A tenant table whose natural key starts with the organization (mirror and counters)."""

    organization_id: Mapped[UUID] = mapped_column(
        primary_key=True, default=_organization, server_default=CURRENT_ORGANIZATION, sort_order=-2
    )


class Tenanted(OfOrganization):
    """A tenant table with an id. ORM identity is the id; the table keeps (organization_id, id)."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"primary_key": [cls.id]}


def refers(column: str, table: str, **options: Any) -> ForeignKeyConstraint:
    """A composite foreign key: a row cannot point into another organization."""
    return ForeignKeyConstraint(["organization_id", column], [f"{table}.organization_id", f"{table}.id"], **options)


def to(target: str, on: str, **options: Any) -> Any:
    """A relationship joined on the id alone, so that an optional one can be cleared."""
    return relationship(target, primaryjoin=on, lazy="raise", **options)


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
                query += f" {_set_scope(self.scope)};"
            if self.staff is not None:
                query += f" select set_config('app.staff_id', '{self.staff}', true);"
            if self.statement_ms is not None:
                query += f" set local statement_timeout = {self.statement_ms:d};"
            self.organization = self.scope = self.staff = self.statement_ms = None
        return await super().execute(query, *args, timeout=timeout)


def _set_scope(scope: RowScope | None) -> str:
    """A scope holds words that people typed: they travel as hexadecimal digits, so that no character can end the literal."""
    digits = scope.to_json().encode().hex() if scope is not None else ""
    return f"select set_config('app.scope', convert_from(decode('{digits}', 'hex'), 'UTF8'), true)"


class TenantSession(Session):
    """The sync side of every session; the listener below gives it its tenant."""


@event.listens_for(TenantSession, "after_begin")
def _tenant(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if not transaction.nested:  # it also fires for savepoints
        organization: UUID | None = session.info["organization_id"]
        if organization is not None and not isinstance(organization, UUID):
            raise TypeError("the tenant must be a UUID object: it is inlined in BEGIN")
        connection.execution_options(organization_id=organization)
        driver: Any = connection.connection.driver_connection
        driver.organization = organization
        driver.scope = session.info["scope"]
        driver.staff = session.info.get("staff_id")
        driver.statement_ms = session.info.get("statement_ms")


def to_json(value: Any) -> str:
    """As a column keeps it. What the quick writer does not know is left to the slow one, or refused by it."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value)


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
        self, url: str, *, pool_size: int = 10, pooler: str = "none", statement_seconds: float = API_STATEMENT
    ) -> None:
        """Make the engine for `url` (`ssl=` as asyncpg takes it). No connection is made yet.

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
            pool_timeout=10,
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


@asynccontextmanager
async def tenant_session(organization_id: UUID | None, scope: RowScope | None = None) -> AsyncIterator[AsyncSession]:
    """The only opener for tenant data: begin, yield, commit, then run what waits for the commit (bells, live events).

    With a `scope` only its rows are seen and written; jobs run without one.
    """
    outer = in_transaction.get()
    in_transaction.set(True)
    info: dict[str, Any] = {
        "organization_id": organization_id,
        "scope": scope,
        "statement_ms": database.statement_ms,
        "before_commit": [],
        "after_commit": [],
    }
    try:
        async with AsyncSession(
            database.engine, sync_session_class=TenantSession, expire_on_commit=False, info=info
        ) as session:
            async with session.begin():
                yield session
                before: list[Hook] = info["before_commit"]
                if before and scope is not None:  # the journal and the outbox note every act, whoever acted
                    await session.flush()
                    await session.execute(text(_set_scope(None)))
                for hook in before:  # the audit chain: its head is locked last, so that others wait least
                    await hook()
    finally:
        in_transaction.set(outer)  # not reset(token): a generator may end in another context
    after: list[Hook] = info["after_commit"]
    for hook in after:
        await hook()


@asynccontextmanager
async def staff_session(organization_id: UUID | None, staff_id: UUID) -> AsyncIterator[AsyncSession]:
    """What a staff person sees of an organization: the row policies of the role oktee_staff ask for a live grant of this
    person for it. Without an organization: the list of organizations, and the grants. Raises RuntimeError where the
    console is off. What is written here has no journal of its own: its caller's hook before the commit writes it.
    """
    if not isinstance(staff_id, UUID):
        raise TypeError("the staff person must be a UUID object: it is inlined in BEGIN")
    outer = in_transaction.get()
    in_transaction.set(True)
    info: dict[str, Any] = {
        "organization_id": organization_id,
        "scope": None,
        "staff_id": staff_id,
        "statement_ms": staff_database.statement_ms,
        "before_commit": [],
        "after_commit": [],
    }
    try:
        async with AsyncSession(
            staff_database.engine, sync_session_class=TenantSession, expire_on_commit=False, info=info
        ) as session:
            async with session.begin():
                yield session
                await session.flush()
                before: list[Hook] = info["before_commit"]
                for hook in before:
                    await hook()
    finally:
        in_transaction.set(outer)
    after: list[Hook] = info["after_commit"]
    for hook in after:
        await hook()


@asynccontextmanager
async def global_session() -> AsyncIterator[AsyncSession]:
    """For the few GLOBAL tables: no tenant, so that every tenant table is empty."""
    async with tenant_session(None) as session:
        yield session


@asynccontextmanager
async def widened(session: AsyncSession) -> AsyncIterator[None]:
    """For one act of somebody with a scope that touches more than they see: their own lines of a shared order.

    The caller has asked before, in the scoped session, whether they may. What was read here is forgotten afterwards, so
    that no later `get` finds it. Without a scope it does nothing.
    """
    scope: RowScope | None = session.info["scope"]
    if scope is None:
        yield
        return
    await session.flush()
    await session.execute(text(_set_scope(None)))
    try:
        yield
        await session.flush()
    except BaseException:
        session.expunge_all()
        with suppress(DBAPIError):  # a failed transaction takes nothing more: nothing is seen in it either
            await session.execute(text(_set_scope(scope)))
        raise
    session.expunge_all()
    await session.execute(text(_set_scope(scope)))


async def take_time(session: AsyncSession) -> None:
    """The rest of this transaction may take as long as work may: for the few acts that read whole tables while somebody
    waits (what is held about a person, what would expire, how much an export holds)."""
    await session.execute(text(f"set local statement_timeout = {int(WORK_STATEMENT * 1000)}"))


CANCELED = "57014"
"""query_canceled (PostgreSQL, appendix A): the statement reached its limit, or an operator stopped it."""
PASSING = frozenset({"40P01", "40001", "55P03", "57P01", "57P02", "57P03"})
"""Deadlock, serialization, lock timeout, shutdown, crash, starting up (PostgreSQL, appendix A): next time it may do."""


def sqlstate(error: DBAPIError) -> str | None:
    """PostgreSQL's code of this fault; None when the server said none. Most arrive as a plain DBAPIError."""
    found: str | None = getattr(error.orig, "sqlstate", None)
    return found


def organization_of(session: AsyncSession) -> UUID:
    """The tenant of this session; an error if it has none."""
    organization: UUID | None = session.info["organization_id"]
    if organization is None:
        raise RuntimeError("this session has no organization")
    return organization


def before_commit(session: AsyncSession, hook: Hook, *, first: bool = False) -> None:
    """Run `hook` inside the transaction, as its last act. `first`: before those that lock what everybody waits for."""
    hooks: list[Hook] = session.info["before_commit"]
    hooks.insert(0 if first else len(hooks), hook)


def after_commit(session: AsyncSession, hook: Hook) -> None:
    """Run `hook` once the transaction has committed; it must not raise."""
    session.info["after_commit"].append(hook)
