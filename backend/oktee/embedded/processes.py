"""What the operating system knows of the servers: ports, process ids, and the account a server runs as."""

import contextlib
import os
import pwd
import random
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

LOOPBACK = "127.0.0.1"
QUIET = (20_000, 32_000)
_handed_out: set[int] = set()
_LAUNCHED: list[
    "subprocess.Popen[bytes]"
] = []  # servers outlive the object that started them; Python warns of a dropped one


class ServerError(RuntimeError):
    """A server cannot be started; the text says in a sentence why and what to do."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server process this call started, and the signal that ends it cleanly."""

    name: str
    pid: int
    stop_signal: int


def free_port(preferred: int) -> int:
    """`preferred` when nobody listens there, else a free port of the loopback address (0: any), never the same one twice.

    Drawn below the ports from which systems take those of outgoing connections (from 32768 or 49152 on): until whoever
    asked listens there, a connection of any other process could take it.
    """
    draws = (random.randrange(*QUIET) for _ in range(200))  # noqa: S311 - no secret
    for port in (preferred, *draws) if preferred else draws:
        if port in _handed_out and port != preferred:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
        _handed_out.add(port)
        return port
    raise ServerError("this machine has no free port on 127.0.0.1")


def listening(port: int) -> bool:
    """Somebody accepts connections there."""
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), 1):
        return True
    return False


def alive(pid: int) -> bool:
    """The process exists and is not a zombie (a container's first process may not reap)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return True


def command_of(pid: int) -> str:
    """The command line of a process, "" when it is gone. From /proc where there is one, else from `ps`."""
    if Path("/proc/self/cmdline").exists():
        for _ in range(20):
            try:
                shown = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            except OSError:
                return ""
            if shown or not alive(pid):
                return shown
            time.sleep(0.01)  # a program that has just been started shows no command for an instant
        return ""
    found = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
    return found.stdout.strip()


def runs(pid: int, program: str) -> bool:
    """The pid is alive and is that program: pid files outlive reboots, and pids are used again."""
    return alive(pid) and program in command_of(pid)


def end(pid: int, number: int, *, within: float, last_resort: int) -> None:
    """Signal the process and wait for its end; after `within` seconds send `last_resort`."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
    deadline = time.monotonic() + within
    while alive(pid):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        if time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, last_resort)
            break
        time.sleep(0.02)
    for process in [each for each in _LAUNCHED if each.pid == pid]:
        process.wait()
        _LAUNCHED.remove(process)


def launch(command: list[str], log: Path, **options: Any) -> "subprocess.Popen[bytes]":
    """Start a server in a session of its own, so that Ctrl-C in a terminal does not reach it."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True, **options
        )
    _LAUNCHED.append(process)
    return process


def wait_until_ready(
    name: str, process: "subprocess.Popen[bytes]", ready: Callable[[], bool], log: Path, *, within: float = 30
) -> None:
    """Return when `ready` holds. Raises ServerError with the last lines of its log when it ends or takes too long."""
    deadline = time.monotonic() + within
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            code = process.poll()
            process.kill()
            process.wait()
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise ServerError(f"{name} did not start (exit code {code}); the end of its log:\n{tail}")
        time.sleep(0.02)


@dataclass(frozen=True, slots=True)
class RunAs:
    """The account a server runs as. PostgreSQL refuses root, so root drops to an account that exists already."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def pick(cls) -> Self:
        """Raises ServerError when root finds nobody to drop to."""
        if os.geteuid() != 0:
            return cls()
        # The caller of sudo first, then accounts of every Linux and macOS. initdb needs a passwd entry: a bare uid fails.
        for name in (os.environ.get("SUDO_USER"), "postgres", "nobody"):
            if name and name != "root":
                with contextlib.suppress(KeyError):
                    entry = pwd.getpwnam(name)
                    return cls(entry.pw_uid, entry.pw_gid)
        raise ServerError("running as root, and there is no account to drop to (tried $SUDO_USER, postgres, nobody)")

    @property
    def popen(self) -> dict[str, Any]:
        """The arguments of subprocess that drop to this account."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "cwd": "/"}

    def own(self, path: Path, *, mode: int = 0o700) -> None:
        """Make the folder, of this account and with this mode."""
        path.mkdir(parents=True, exist_ok=True)
        self.give(path)
        path.chmod(mode)

    def give(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, path: Path) -> bool:
        """The account may walk there (a checkout under root's home is closed to it)."""
        try:
            probe = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]
            return subprocess.run(probe, **self.popen).returncode == 0
        except PermissionError:
            return False
