"""The embedded servers: started once, found again, back after a kill, and gone when they are told to go."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from oktee.embedded import processes
from oktee.embedded.servers import Servers
from redis import Redis

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def state() -> Iterator[Path]:
    """A folder the server's account may enter: pytest's own temporary folders are closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="oktee-embedded-"))
    folder.chmod(0o711)
    yield folder
    Servers(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


def make(state: Path, *, pg_port: int = 0, redis_port: int = 0, durable: bool = False) -> Servers:
    return Servers(state, pg_port=pg_port, redis_port=redis_port, durable=durable)


async def ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_a_second_start_finds_the_first_and_starts_nothing(state: Path) -> None:
    first, second = make(state), make(state)
    urls = first.start()
    assert second.start() == urls
    assert {running.name for running in first.started} == {"postgres", "valkey"}
    assert second.started == ()
    assert await ask(urls["DATABASE_URL"], "select current_user") == "oktee_app"
    assert await ask(urls["MIGRATION_DATABASE_URL"], "select current_user") == "oktee_owner"
    valkey = Redis.from_url(urls["VALKEY_URL"])
    assert valkey.ping()
    valkey.close()


async def test_the_runtime_role_is_neither_superuser_nor_exempt_from_row_security_nor_owner(state: Path) -> None:
    urls = make(state).start()
    rights = "select rolsuper or rolbypassrls or rolcreaterole from pg_roles where rolname = current_user"
    assert await ask(urls["DATABASE_URL"], rights) is False
    owner = "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
    assert await ask(urls["DATABASE_URL"], owner) == "oktee_owner"


async def test_accented_letters_keep_their_trigrams(state: Path) -> None:
    urls = make(state).start()
    assert await ask(urls["DATABASE_URL"], "select show_trgm('né')::text like '%0x%'")


async def test_a_taken_port_is_replaced_by_a_free_one(state: Path) -> None:
    with socket.socket() as first, socket.socket() as second:
        for taken in (first, second):
            taken.bind(("127.0.0.1", 0))
            taken.listen()
        servers = make(state, pg_port=first.getsockname()[1], redis_port=second.getsockname()[1])
        urls = servers.start()
        assert f":{first.getsockname()[1]}/" not in urls["DATABASE_URL"]
        assert f":{second.getsockname()[1]}/" not in urls["VALKEY_URL"]
        assert await ask(urls["DATABASE_URL"], "select 1") == 1


async def test_after_a_kill_of_both_servers_the_next_start_brings_back_what_was_committed(state: Path) -> None:
    servers = make(state, durable=True)
    urls = servers.start()
    await ask(urls["MIGRATION_DATABASE_URL"], "create table kept as select 7 as n")
    for running in servers.started:
        os.kill(running.pid, signal.SIGKILL)
    again = make(state, durable=True)
    urls = again.start()
    assert len(again.started) == 2
    assert await ask(urls["DATABASE_URL"], "select 1") == 1
    assert await ask(urls["MIGRATION_DATABASE_URL"], "select n from kept") == 7


def test_a_pid_file_of_a_foreign_process_is_not_taken_for_the_server(state: Path) -> None:
    servers = make(state)
    servers.start()
    servers.stop()
    (servers.postgres.data / "postmaster.pid").write_text(
        f"{os.getpid()}\n{servers.postgres.data}\n0\n1\n\n\n\nready\n"
    )
    assert servers.postgres.pid() is None
    servers.start()
    assert servers.postgres.pid() not in (None, os.getpid())


def test_three_starts_at_once_make_one_cluster(state: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from oktee.embedded.servers import Servers; "
        "s = Servers(Path(sys.argv[1]), pg_port=0, redis_port=0, durable=False); print(s.start()['DATABASE_URL'], len(s.started))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "backend")}
    starts = [
        subprocess.Popen([sys.executable, "-c", code, str(state)], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    answers = [start.communicate(timeout=60)[0].split() for start in starts]
    assert len({address for address, _ in answers}) == 1
    assert sorted(count for _, count in answers) == ["0", "0", "2"]


def test_stop_ends_both_and_a_wipe_leaves_nothing_of_them(state: Path) -> None:
    servers = make(state)
    servers.start()
    pids = [running.pid for running in servers.started]
    servers.stop()
    assert not any(processes.alive(pid) for pid in pids)
    (state / "mine").touch()
    make(state).start()
    make(state).wipe()
    assert {path.name for path in state.iterdir()} == {".lock", "mine"}
    assert not servers.postgres.data.exists()


def test_the_passwords_are_readable_by_their_owner_only(state: Path) -> None:
    make(state)
    assert (state / "secrets.json").stat().st_mode & 0o077 == 0


def test_a_server_that_does_not_start_says_why(state: Path) -> None:
    servers = make(state)
    servers.start()
    servers.stop()
    (servers.postgres.data / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(processes.ServerError, match="no_such_setting"):
        servers.start()


def test_a_cluster_of_another_version_is_refused_with_what_to_do(state: Path) -> None:
    servers = make(state)
    servers.postgres.data.mkdir()
    (servers.postgres.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(processes.ServerError, match="RESET=1"):
        servers.start()


def test_an_ended_child_counts_as_gone_although_nobody_reaped_it() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    deadline = time.monotonic() + 10
    while processes.alive(child.pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not processes.alive(child.pid)
    child.wait()
