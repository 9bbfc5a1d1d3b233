"""`make demo` and `make demo-check`: bring everything up in the right order, say where it is, and stop it all."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
import typer
from alembic.util import CommandError
from dotenv import dotenv_values
from sqlalchemy.exc import SQLAlchemyError

from oktee.demo.announcing import Up, announce, facts, short
from oktee.demo.cast import ROLES_AT_AMAZON
from oktee.demo.crew import Crew, DemoError, Member
from oktee.demo.folder import (
    application_keys,
    empty,
    end_leftovers,
    forget_running,
    made_with,
    note_running,
    note_version,
    only_demo,
    write_private,
)
from oktee.demo.past_stock import remember_in_background
from oktee.demo.sandbox import Sandbox, download_files, introduce
from oktee.embedded.processes import command_of, free_port
from oktee.embedded.servers import Servers
from oktee.kit.crypto import LocalKek
from oktee.schema import is_newest, migrate_to, newest_revision

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PAGES = ROOT / "frontend" / "dist"
SERVERS = ("DATABASE_URL", "VALKEY_URL")


class Interrupted(BaseException):
    """Ctrl-C, or the terminal or the system told us to stop."""


def run_demo(state: Path, *, reset: bool, dev: bool, port: int, ready_file: Path | None) -> int:
    """Run until Ctrl-C. 0 when it was asked to stop, 1 with a sentence when something failed."""
    began = time.monotonic()
    state = state.resolve()
    _listen_for_stop()
    try:
        outside = _outside_servers()
        with only_demo(state):
            ended = end_leftovers(state)
            if ended:
                typer.echo(f"Ended what an earlier demo left running: {', '.join(ended)}.")
            if reset:
                _start_over(state, wipe_servers=not outside)
            crew = Crew(state / "logs")
            try:
                up = _bring_up_again(crew, state, outside, port=port, dev=dev, began=began)
                announce(up)
                remember_in_background(os.environ["DATABASE_URL"], up.control)
                if ready_file is not None:
                    write_private(ready_file, facts(up))
                while True:
                    crew.check()
                    time.sleep(0.5)
            finally:
                _stop(crew)
                forget_running(state)
    except Interrupted:
        typer.echo("Stopped.")
        return 0
    except (RuntimeError, CommandError) as error:  # DemoError, and what servers, keys and migrations say
        typer.echo(str(error), err=True)
        return 1


def run_check(*, journeys: list[str]) -> int:
    """Everything up on free ports in a temporary folder, the journeys over HTTP, everything down."""
    from oktee.check.place import Account, Place
    from oktee.check.run import run_journeys

    began = time.monotonic()
    _listen_for_stop()
    folder = Path(tempfile.mkdtemp(prefix="oktee-check-"))
    folder.chmod(0o711)  # the server's account must be able to walk there
    crew = Crew(folder / "logs")
    passed = False
    try:
        _outside_servers()  # a check never touches them
        up = bring_up(crew, folder, {}, port=0, dev=False, began=began)
        typer.echo(f"{up.seconds:6.1f} s  everything is up at {up.url}")
        owner = next(each for each in up.accounts if each.workspace == "lumea" and each.role == "owner")
        other = next(each for each in up.accounts if each.workspace == "lumea" and each.role == "supply_manager")
        account, colleague, staff = (
            Account(each.email, each.password, each.totp_seed) if each else None for each in (owner, other, up.staff)
        )
        assert account is not None
        code = run_journeys(journeys, Place(up.url, up.control, account, up.mails, staff, colleague))
        crew.check()
        passed = code == 0
        return code
    except Interrupted:
        typer.echo("Stopped.", err=True)
        return 130
    except RuntimeError as error:
        typer.echo(str(error), err=True)
        return 1
    finally:
        _stop(crew)
        if passed:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            typer.echo(f"The logs are kept in {folder / 'logs'}.", err=True)


def _bring_up_again(crew: Crew, state: Path, outside: dict[str, str], *, port: int, dev: bool, began: float) -> Up:
    """`bring_up`, over data that another version of the product may have made. Raises DemoError saying what helps."""
    before, newest = made_with(state), newest_revision()
    other = before is not None and before != newest
    start_over = "`make demo RESET=1` starts over."
    try:
        up = bring_up(crew, state, outside, port=port, dev=dev, began=began)
    except (RuntimeError, httpx.HTTPError, CommandError, SQLAlchemyError) as error:
        if not other:
            raise
        raise DemoError(
            f"{error}\nThe data in {short(state)} was made by another version of OKTee. {start_over}"
        ) from error
    if other:
        typer.echo(
            f"The data in {short(state)} was made by another version of OKTee; it was brought to this one. What this one "
            f"shows to a new demo it may lack: {start_over}"
        )
    note_version(state, newest)
    return up


def bring_up(crew: Crew, state: Path, outside: dict[str, str], *, port: int, dev: bool, began: float) -> Up:
    """Servers, schema, simulator, API, worker, customers: side by side where nothing waits for another."""
    if not dev and not (PAGES / "index.html").exists():
        raise DemoError("The pages are not built: run `make setup`.")
    api_port = free_port(port)
    public_url = f"http://localhost:{api_port}"
    environment = _plain_environment()
    sandbox = Sandbox(crew, state, environment, port=8100 if port else 0)
    servers = outside or _embedded_servers(crew, state, any_port=not port)
    owner_url = servers.pop("MIGRATION_DATABASE_URL")
    if not asyncio.run(is_newest(owner_url)):
        migrate_to(owner_url)
    smtp_port, mail_port = free_port(1025 if port else 0), free_port(8025 if port else 0)
    environment |= servers | {
        "SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
        "MAIL_FROM": "OKTee <no-reply@oktee.example>",
        "ENV": "development",
        "PUBLIC_URL": public_url,
        "KEY_FILE": str(state / "keys.json"),
        "OBJECTS_DIR": str(state / "objects"),
        "IMAGE_ORIGINS": sandbox.address,
    }
    if (PAGES / "index.html").exists():
        environment["WEB_DIR"] = str(PAGES)
    os.environ.update(environment)  # this process makes the keys and the customers with the same settings
    LocalKek.create(state / "keys.json", origin="demo")
    oktee = [sys.executable, "-m", "oktee.cli"]
    viewer = [sys.executable, "-m", "oktee.demo.mail_viewer", str(smtp_port), str(mail_port)]
    mail = crew.start("mail", viewer, environment)
    api = crew.start("api", [*oktee, "serve", "--port", str(api_port), *(["--reload"] if dev else [])], environment)
    worker = crew.start("worker", [*oktee, "worker"], environment)
    note_running(state, url=public_url, processes=[_identity(member) for member in crew.members])
    from oktee.demo.customers import load

    applications = application_keys(state, ROLES_AT_AMAZON)
    accounts, staff = asyncio.run(load(environment["DATABASE_URL"], applications, sandbox.address, state))
    sandbox.wait()
    introduce(sandbox.address, applications, public_url)
    files = download_files(sandbox.address, state / "demo")
    crew.wait_until(lambda: _answers(f"http://127.0.0.1:{api_port}/readyz"), api, within=60)
    crew.wait_until(lambda: b"mail_started" in mail.log.read_bytes(), mail, within=60)
    crew.wait_until(lambda: b"worker_started" in worker.log.read_bytes(), worker, within=60)
    if dev:
        public_url = _start_vite(crew, environment, public_url)
    seconds = time.monotonic() - began
    mails = f"http://localhost:{mail_port}"
    shown = staff if "STAFF_DATABASE_URL" in servers else None
    return Up(public_url, sandbox.address, accounts, shown, files, mails, seconds)


def _outside_servers() -> dict[str, str]:
    """The addresses of outside servers, none when none is set. Raises DemoError when only some are, or in production."""
    given = {name: value for name, value in (dotenv_values(".env") | os.environ).items() if value}
    if given.get("ENV", "").lower() == "production":
        raise DemoError("ENV is production: the demo makes accounts and keys of its own and never runs there.")
    named = [name for name in SERVERS if name in given]
    if not named:
        return {}
    if len(named) == 1:
        missing = next(name for name in SERVERS if name not in named)
        raise DemoError(f"{named[0]} is set and {missing} is not: set both, or neither for the embedded servers.")
    if "MIGRATION_DATABASE_URL" not in given:
        raise DemoError("MIGRATION_DATABASE_URL is not set: the demo migrates your database as its owner role.")
    return {name: given[name] for name in (*SERVERS, "MIGRATION_DATABASE_URL", "STAFF_DATABASE_URL") if name in given}


def _embedded_servers(crew: Crew, state: Path, *, any_port: bool) -> dict[str, str]:
    """Started here, they end with the demo; found running (`make up`), they stay."""
    servers = Servers(state, pg_port=0, redis_port=0) if any_port else Servers(state)
    try:
        return servers.start()
    finally:
        for server in servers.started:
            crew.adopt(server)


def _start_over(state: Path, *, wipe_servers: bool) -> None:
    if wipe_servers:
        Servers(state).wipe()
    else:
        typer.echo("DATABASE_URL is set: that database is left as it is, only the demo's own folder starts over.")
    empty(state)
    typer.echo(f"{short(state)} starts over.")


def _start_vite(crew: Crew, environment: dict[str, str], api: str) -> str:
    """The development server of the pages, which hands /api and /oauth on to the API; gives its address."""
    node = shutil.which("node")
    if node is None:
        raise DemoError("Node is not on PATH: `make dev` serves the pages by Vite.")
    port = free_port(5173)
    command = [node, "node_modules/vite/bin/vite.js", "--host", "127.0.0.1", "--port", str(port), "--strictPort"]
    vite = crew.start("vite", command, environment | {"OKTEE_API": api}, folder=ROOT / "frontend")
    crew.wait_until(lambda: _answers(f"http://127.0.0.1:{port}/"), vite, within=60)
    return f"http://localhost:{port}"


def _plain_environment() -> dict[str, str]:
    """What the children get of ours: not the settings of OKTee, which the demo decides itself."""
    from oktee.kit.settings import Settings

    ours = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in os.environ.items() if name.upper() not in ours}


def _identity(member: Member) -> tuple[str, int, str]:
    return member.name, member.process.pid, command_of(member.process.pid)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _listen_for_stop() -> None:
    """Ctrl-C, a closed terminal and a polite kill all end the demo the same way; a second one changes nothing."""

    def stop(number: int, frame: object) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)


def _stop(crew: Crew) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    crew.stop()
