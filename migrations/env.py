"""Runs the migrations as the owner role, over one connection, with a short lock timeout and a minute for each statement."""

import asyncio
import os

from alembic import context
from oktee.kit.database import Base
from oktee.schema import load_tables
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

load_tables()


def url() -> str:
    found = context.config.attributes.get("url") or os.environ.get("MIGRATION_DATABASE_URL")
    if not found:
        raise SystemExit("MIGRATION_DATABASE_URL is not set: migrations run as the owner role")
    return str(found)


def ours(name: str | None, kind: str, parents: object) -> bool:
    """Partitions of the journal and the work table are made by SQL, not by the metadata."""
    return not (
        kind == "table"
        and name is not None
        and (name == "work" or name.startswith(("journal_entries_", "stock_snapshots_")))
    )


def run(connection: Connection) -> None:
    connection.execute(text("set lock_timeout = '3s'"))
    connection.execute(text("set statement_timeout = '60s'"))  # a migration that must take longer says so itself
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        include_name=ours,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def online() -> None:
    engine = create_async_engine(url(), poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


if context.is_offline_mode():
    context.configure(url=url(), target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(online())
