"""The processes of the demo: started in groups of their own, watched, and stopped, those and no others."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from oktee.demo.leash import Leash
from oktee.embedded.processes import Running, alive, end

STOP_WITHIN = 15.0
"""Seconds a process has to end by itself."""


class DemoError(RuntimeError):
    """The demo cannot go on; the text says in a sentence why and what to do."""


@dataclass(frozen=True, slots=True)
class Member:
    """One process and where it writes."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path


@dataclass
class Crew:
    """The processes started here, and the servers adopted from oktee.embedded."""

    logs: Path
    members: list[Member] = field(default_factory=list)
    servers: list[Running] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        self._leash = Leash()

    def start(
        self, name: str, command: list[str], environment: Mapping[str, str], *, folder: Path | None = None
    ) -> Member:
        """Start a process in a session of its own; its output goes to logs/NAME.log, written anew at each start."""
        log = self.logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._leash.hold(-process.pid, signal.SIGTERM)
        member = Member(name, process, log)
        self.members.append(member)
        return member

    def adopt(self, server: Running) -> None:
        """A server that was started for this demo ends with it."""
        self._leash.hold(server.pid, server.stop_signal)
        self.servers.append(server)

    def wait_until(self, ready: Callable[[], bool], member: Member, *, within: float) -> None:
        """Return when `ready` holds. Raises DemoError when the process ends before, or time is up."""
        deadline = time.monotonic() + within
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise DemoError(f"{member.name} was not ready within {within:.0f} s.{_tail(member.log)}")
            time.sleep(0.05)

    def check(self) -> None:
        """Raises DemoError when a process or server has ended by itself, with the end of its log."""
        for member in self.members:
            code = member.process.poll()
            if code is not None:
                raise DemoError(f"{member.name} ended by itself (exit code {code}).{_tail(member.log)}")
        for server in self.servers:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(server.pid, os.WNOHANG)
            if not alive(server.pid):
                raise DemoError(f"{server.name} ended by itself; the end of its log is in {self.logs.parent}.")

    def stop(self) -> None:
        """Stop everything started here, the last one first, servers at the end. Kills what does not listen."""
        for member in reversed(self.members):
            self._signal(member, signal.SIGTERM)
        deadline = time.monotonic() + STOP_WITHIN
        for member in reversed(self.members):
            try:
                member.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._signal(member, signal.SIGKILL)
                member.process.wait()
            self._signal(member, signal.SIGKILL)  # what it started and left behind
            self._leash.release(-member.process.pid)
        self.members.clear()
        for server in reversed(self.servers):
            last_resort = signal.SIGQUIT if server.name == "postgres" else signal.SIGKILL
            end(server.pid, server.stop_signal, within=20, last_resort=last_resort)
            self._leash.release(server.pid)
        self.servers.clear()
        self._leash.close()

    @staticmethod
    def _signal(member: Member, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(member.process.pid, number)


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-12:] if log.exists() else []
    return "\n".join(["", f"The end of {log}:", *(f"  {line}" for line in lines)])
