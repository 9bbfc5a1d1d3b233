"""The demo's folder (.data): one demo at a time, what a killed one left behind, and what is kept between runs."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from oktee.demo.crew import DemoError
from oktee.embedded.processes import alive, command_of, free_port

SEEDS = "authenticators.json"
VERSION = "version.json"
PORTS = "ports.json"
REGIONS = ("EU", "NA")
"""Where the simulated customers sell."""


@dataclass(frozen=True, slots=True, repr=False)
class ApplicationKeys:
    """What the simulated developer console would show of one of our applications. `covers`: which role set it holds."""

    region: str
    covers: str
    application_id: str
    client_id: str
    client_secret: str


@contextlib.contextmanager
def only_demo(folder: Path) -> Iterator[None]:
    """Hold the folder for this process. The system drops the lock with the process, so it is never stale."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "demo.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            running = _read(folder / "demo.json")
            where = f" at {running['url']}" if "url" in running else ""
            who = f" (process {running['pid']})" if "pid" in running else ""
            raise DemoError(
                f"A demo of this checkout runs already{where}{who}: use it, or stop it with Ctrl-C in its terminal."
            ) from None
        yield


def note_running(folder: Path, **facts: Any) -> None:
    """Write down what runs, for the next start to read."""
    (folder / "demo.json").write_text(json.dumps({"pid": os.getpid()} | facts))


def forget_running(folder: Path) -> None:
    (folder / "demo.json").unlink(missing_ok=True)


def kept_port(folder: Path, name: str, preferred: int) -> int:
    """The port that this process of the demo had at its last start, while nobody else has it; else a free one, kept."""
    file = folder / PORTS
    ports = _read(file)
    found = free_port(int(ports.get(name, preferred)))
    if ports.get(name) != found:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(ports | {name: found}))
    return found


def made_with(folder: Path) -> str | None:
    """The schema with which the data in the folder was used last, `before` when nobody wrote it down; None: there is none."""
    if not (folder / SEEDS).exists():
        return None
    return str(_read(folder / VERSION).get("schema", "before"))


def note_version(folder: Path, schema: str | None) -> None:
    """Write down with what the data was used, for a later version to read."""
    (folder / VERSION).write_text(json.dumps({"schema": schema}))


def end_leftovers(folder: Path) -> list[str]:
    """End processes of an earlier demo of this folder that somehow outlived it. Gives their names.

    Only a process whose command line is still the one written down is touched: ids are used again.
    """
    ended = []
    for name, pid, command in _read(folder / "demo.json").get("processes", []):
        if alive(pid) and command and command_of(pid) == command:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGTERM)
            deadline = time.monotonic() + 10
            while alive(pid) and time.monotonic() < deadline:
                time.sleep(0.05)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            ended.append(name)
    forget_running(folder)
    return ended


def application_keys(folder: Path, role_sets: Iterable[str]) -> list[ApplicationKeys]:
    """One application per region and role set, each made once and kept (0600)."""
    file = folder / "applications.json"
    kept = (
        {(row["region"], row.get("covers", "Supply")): row for row in json.loads(file.read_text())}
        if file.exists()
        else {}
    )
    found = [
        ApplicationKeys(**(kept.get((region, covers)) or _new_keys()) | {"region": region, "covers": covers})
        for region in REGIONS
        for covers in role_sets
    ]
    write_private(file, [asdict(keys) for keys in found])
    return found


def _new_keys() -> dict[str, str]:
    return {
        "application_id": f"amzn1.sp.solution.{secrets.token_hex(16)}",
        "client_id": f"amzn1.application-oa2-client.{secrets.token_hex(16)}",
        "client_secret": f"amzn1.oa2-cs.v1.{secrets.token_hex(32)}",
    }


def known_seeds(folder: Path) -> dict[str, str]:
    """The seeds of the accounts made so far, by e-mail."""
    found: dict[str, str] = _read(folder / SEEDS)
    return found


def totp_seeds(folder: Path, emails: Iterable[str], make: Callable[[], str]) -> dict[str, str]:
    """The seed of each account's authenticator app, made when the account is new and kept (0600): apps know it then."""
    known = known_seeds(folder)
    wanted = {email: known.get(email) or make() for email in emails}
    if wanted != known:
        write_private(folder / SEEDS, wanted)
    return wanted


def write_private(file: Path, content: dict[str, Any] | list[dict[str, Any]]) -> None:
    """Write JSON that only its owner reads; a reader sees nothing or everything."""
    partial = file.with_name(f"{file.name}.part")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as handle:
        json.dump(content, handle)
    partial.rename(file)


def empty(folder: Path) -> None:
    """Remove what the demo keeps, but for its lock; the servers have been wiped before."""
    for path in folder.iterdir() if folder.exists() else ():
        if path.name == "demo.lock":
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _read(file: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        found: dict[str, Any] = json.loads(file.read_text())
        return found
    return {}
