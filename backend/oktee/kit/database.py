"""The only openers of sessions, what a session says of itself, and what it reached the database with.

The tenant travels in the BEGIN message (engine.py): no extra round trip, and forgetting it means seeing nothing. Whoever needs
the database finds here also the engine and the base of every table (tables.py).
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

from oktee.kit.engine import (
    API_STATEMENT,
    API_WAIT,
    WORK_STATEMENT,
    WORK_WAIT,
    Database,
    RowScope,
    TenantConnection,
    database,
    said_scope,
    staff_database,
    to_json,
)
from oktee.kit.tables import (
    CURRENT_ORGANIZATION,
    Base,
    Instant,
    OfOrganization,
    Tenanted,
    new_id,
    refers,
    row_id,
    row_ids,
    to,
)

__all__ = [
    "API_STATEMENT",
    "API_WAIT",
    "CANCELED",
    "CURRENT_ORGANIZATION",
    "PASSING",
    "WORK_STATEMENT",
    "WORK_WAIT",
    "Base",
    "Database",
    "Hook",
    "Instant",
    "OfOrganization",
    "RowScope",
    "TenantConnection",
    "TenantSession",
    "Tenanted",
    "after_commit",
    "before_commit",
    "database",
    "global_session",
    "in_transaction",
    "new_id",
    "organization_of",
    "refers",
    "row_id",
    "row_ids",
    "sqlstate",
    "staff_database",
    "staff_session",
    "take_time",
    "tenant_session",
    "to",
    "to_json",
    "widened",
]
Hook = Callable[[], Awaitable[None]]
in_transaction: ContextVar[bool] = ContextVar("in_transaction", default=False)
"""True while a session is open in this context: the Amazon client refuses to call then (no HTTP in a transaction)."""


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
                    await session.execute(text(said_scope(None)))
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
    await session.execute(text(said_scope(None)))
    try:
        yield
        await session.flush()
    except BaseException:
        session.expunge_all()
        with suppress(DBAPIError):  # a failed transaction takes nothing more: nothing is seen in it either
            await session.execute(text(said_scope(scope)))
        raise
    session.expunge_all()
    await session.execute(text(said_scope(scope)))


async def take_time(session: AsyncSession) -> None:
    """The rest of this transaction may take as long as work may: for the few acts that read whole tables while somebody
    waits (what is held about a person, what would expire, how much an export holds)."""
    await session.execute(text(f"set local statement_timeout = {int(WORK_STATEMENT * 1000)}"))


CANCELED = "57014"
"""query_canceled (PostgreSQL, appendix A): the statement reached its limit, or an operator stopped it."""
PASSING = frozenset({"40P01", "40001", "55P03", "57P01", "57P02", "57P03"})
"""Deadlock, serialization, lock timeout, shutdown, crash, starting up (PostgreSQL, appendix A): next time it may do."""


def sqlstate(error: DBAPIError | asyncpg.PostgresError) -> str | None:
    """PostgreSQL's code of this fault; None when the server said none. Most arrive as a plain DBAPIError."""
    found: str | None = getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None)
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
