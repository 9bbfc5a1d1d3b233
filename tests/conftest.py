"""Real servers for the tests: one PostgreSQL and one Valkey per run, one migrated database per worker.

Each test makes its own organizations and commits for real. GLOBAL tables are emptied after a test by the owner role.
"""

import asyncio
import gc
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

if TYPE_CHECKING:
    from argon2 import PasswordHasher
    from mailbox_server import Mailbox

ROOT = Path(__file__).resolve().parent.parent
AMAZON_MODELS = Path(os.environ.get("AMAZON_MODELS_DIR", ROOT.parent / "shared" / "amazon" / "models"))
os.environ.setdefault("ENV", "test")


def pytest_report_header() -> str:
    found = "found" if AMAZON_MODELS.is_dir() else "absent: the tests that read them are not collected"
    return f"Amazon's own models (AMAZON_MODELS_DIR): {found}"


LONG = (
    "journeys/test_demo_check",
    "journeys/test_demo.",
    "chaos/",
    "kit/test_cli",
    "supply/test_connected_late",
    "access/sso/",
)
"""Files that take longest, first to last: begun first, so that no process waits for another's last one at the end."""


def pytest_configure() -> None:
    gc.disable()  # what is loaded while tests are collected stays


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first (make test tells xdist to keep this order); tests of a file stay in theirs."""

    def place(item: pytest.Item) -> int:
        return next((place for place, name in enumerate(LONG) if name in item.nodeid), len(LONG))

    items.sort(key=place)


@dataclass(frozen=True)
class Stack:
    """Addresses of this worker's database and Valkey, and the environment a child process needs."""

    database_url: str
    owner_url: str
    valkey_url: str
    broom_dsn: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            "ENV": "test",
            "IDENTITY_REQUESTS_PER_MINUTE": "100000",
            "DATABASE_URL": self.database_url,
            "MIGRATION_DATABASE_URL": self.owner_url,
            "VALKEY_URL": self.valkey_url,
            "KEY_FILE": str(self.folder / "keys.json"),
            "OBJECTS_DIR": str(self.folder / "objects"),
            "PUBLIC_URL": "http://localhost:8000",
            "PYTHONPATH": str(ROOT / "backend"),
        }

    @property
    def owner_dsn(self) -> str:
        return self.owner_url.replace("+asyncpg", "")


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[dict[str, str]]:
    """One cluster per test worker: its own ports, its own folder, stopped at the end. fsync is off here only."""
    from oktee.embedded.servers import Servers

    folder = Path(tempfile.mkdtemp(prefix="oktee-test-"))
    folder.chmod(0o711)
    running = Servers(folder, pg_port=0, redis_port=0, durable=False)
    try:
        addresses = running.start()
        postgres = running.postgres
        broom = f"postgresql://postgres:{postgres.passwords['pg']}@127.0.0.1:{postgres.port}/{postgres.database}"
        yield addresses | {"BROOM": broom, "FOLDER": str(folder)}
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def stack(servers: dict[str, str]) -> Iterator[Stack]:
    """The migrated database, with the settings of this process pointing at it."""
    from alembic import command
    from alembic.config import Config

    found = Stack(
        servers["DATABASE_URL"],
        servers["MIGRATION_DATABASE_URL"],
        servers["VALKEY_URL"],
        servers["BROOM"],
        Path(servers["FOLDER"]),
    )
    config = Config(ROOT / "migrations" / "alembic.ini")
    config.attributes["url"] = found.owner_url
    command.upgrade(config, "head")
    before = dict(os.environ)
    os.environ.update(found.environment)
    from oktee.kit.crypto import LocalKek, kek
    from oktee.kit.settings import settings

    settings.cache_clear()
    LocalKek.create(Path(found.environment["KEY_FILE"]), origin="test")
    kek.cache_clear()
    yield found
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator["PasswordHasher"]:
    """A password costs this process a hundredth of what it costs in earnest, which tests/access/test_passwords.py looks at."""
    from argon2 import PasswordHasher
    from oktee.access import passwords

    earnest, dummy = passwords._HASHER, passwords._DUMMY
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=256, parallelism=1)
    passwords._DUMMY = passwords._HASHER.hash("nobody has this password")
    yield earnest
    passwords._HASHER, passwords._DUMMY = earnest, dummy


@pytest.fixture(scope="session")
async def opened(stack: Stack) -> AsyncIterator[Stack]:
    """The engine of this worker, open for the whole session."""
    from oktee.amazon.connection.throttle import buckets
    from oktee.kit.database import WORK_STATEMENT, database
    from oktee.kit.module import installed
    from oktee.kit.work import bells
    from oktee.modules.administration.security.detectors import refusals
    from oktee.modules.registry import install
    from oktee.notify.outbox import horn
    from oktee.public.limits import limits

    install()
    database.open(stack.database_url, pool_size=12, statement_seconds=WORK_STATEMENT)  # jobs run in this process too
    yield stack
    await installed().close()
    for client in (limits, refusals, horn, buckets, bells):
        await client.close()
    await database.close()
    for broom in _brooms.values():
        await broom.close()
    _brooms.clear()


@pytest.fixture(scope="session")
def app(opened: Stack) -> Any:
    """The whole API, as it is served."""
    from factories import the_app

    return the_app()


@pytest.fixture
async def db(opened: Stack) -> AsyncIterator[Stack]:
    """A test that touches the database. Everything global is emptied afterwards; tenants go with their organization."""
    yield opened
    for attempt in range(5):
        try:
            await _empty(opened)
            return
        except asyncpg.exceptions.DeadlockDetectedError:
            await asyncio.sleep(0.1 * (attempt + 1))


_SWEEP = """
do $$
declare
  name text;
  filled text[] := array(
    select quote_ident(c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind = 'r' and c.relname not in ('alembic_version', 'fee_rules')
    and pg_relation_size(c.oid) > 0
  );
begin
  if exists (select from unnest(filled) as t(name) where pg_relation_size(t.name::regclass) > 1000000) then
    execute 'truncate ' || array_to_string(filled, ', ') || ' cascade';
  else
    foreach name in array filled loop execute 'delete from ' || name; end loop;
  end if;
end $$
"""
"""A few rows are deleted, at a tenth of what it costs to truncate them and every table that refers to them."""
_brooms: dict[str, asyncpg.Connection] = {}


async def _empty(stack: Stack) -> None:
    """As superuser with triggers and foreign keys asleep, on a connection that stays open and knows the tables."""
    for last in (False, True):
        broom = _brooms.get(stack.broom_dsn)
        if broom is None or broom.is_closed():
            settings = {"session_replication_role": "replica", "jit": "off"}
            broom = _brooms[stack.broom_dsn] = await asyncpg.connect(stack.broom_dsn, server_settings=settings)
        try:
            await broom.execute(_SWEEP)
            return
        except (asyncpg.InterfaceError, asyncpg.PostgresConnectionError, OSError):
            _brooms.pop(stack.broom_dsn).terminate()  # the test ended the server's connections
            if last:
                raise


@pytest.fixture
async def mailbox(db: Stack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator["Mailbox"]:
    """A real SMTP server that this process's mails go to: `await mailbox.next(to=...)`."""
    from mailbox_server import Mailbox, smtp_server
    from oktee.kit.settings import settings
    from pydantic import SecretStr

    found = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: smtp_server(found), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(settings(), "smtp_url", SecretStr(f"smtp://127.0.0.1:{port}"))
    yield found
    server.close()


@pytest.fixture
def token() -> str:
    """A random word, so that tests never share names."""
    return secrets.token_hex(4)


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    return str(getattr(request.config, "workerinput", {}).get("workerid", "master"))
