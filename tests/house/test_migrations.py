"""The migrations: one head, nothing missing from them, and the last step can be taken back and again."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from oktee.embedded.servers import Servers
from oktee.schema import MIGRATIONS, is_newest, migrate_to


@pytest.fixture(scope="module")
def owner_url() -> Iterator[str]:
    """A cluster of its own: these tests empty it."""
    folder = Path(tempfile.mkdtemp(prefix="oktee-migrations-"))
    folder.chmod(0o711)
    servers = Servers(folder, pg_port=0, redis_port=0, durable=False)
    try:
        yield servers.start()["MIGRATION_DATABASE_URL"]
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        found = await connection.fetch(
            "select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname = 'public' and relkind in ('r', 'p') and not relispartition"
        )
        return {row["relname"] for row in found}
    finally:
        await connection.close()


def config(url: str) -> Config:
    made = Config(MIGRATIONS / "alembic.ini")
    made.attributes["url"] = url
    return made


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(Config(MIGRATIONS / "alembic.ini")).get_heads()) == 1


def test_the_tables_of_the_code_are_those_of_the_migrations(owner_url: str) -> None:
    migrate_to(owner_url)
    command.check(config(owner_url))  # raises when the classes say something else


async def _state(url: str) -> tuple[bool, set[str]]:
    return await is_newest(url), await tables(url)


def test_every_step_since_the_first_can_be_taken_back_and_again(owner_url: str) -> None:
    migrate_to(owner_url)
    newest, before = asyncio.run(_state(owner_url))
    assert newest
    steps = len(list(ScriptDirectory.from_config(config(owner_url)).walk_revisions()))
    migrate_to(owner_url, f"-{steps - 1}")
    newest, without = asyncio.run(_state(owner_url))
    assert not newest
    assert without <= before
    migrate_to(owner_url)
    assert asyncio.run(_state(owner_url)) == (True, before)


def test_no_migration_makes_anybody(owner_url: str) -> None:
    migrate_to(owner_url)

    async def people() -> int:
        connection = await asyncpg.connect(owner_url.replace("+asyncpg", ""))
        try:
            return int(
                await connection.fetchval("select (select count(*) from users) + (select count(*) from organizations)")
            )
        finally:
            await connection.close()

    assert asyncio.run(people()) == 0
