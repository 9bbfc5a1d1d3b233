"""Both servers of one state folder, started and stopped under one lock; a second start finds the first."""

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from oktee.embedded.postgres import Postgres
from oktee.embedded.processes import RunAs, Running, ServerError
from oktee.embedded.valkey import Valkey

PASSWORDS = ("pg", "owner", "app", "staff", "redis")


class Servers:
    """PostgreSQL and Valkey of the folder `state`. Preferred ports; a port that is taken is replaced by a free one.

    `durable=False` is for the unit-test cluster only: a crash of the machine may lose its data.
    """

    def __init__(
        self, state: Path, *, pg_port: int = 54329, redis_port: int = 63799, db: str = "oktee", durable: bool = True
    ) -> None:
        self.state = state.resolve()
        self.state.mkdir(parents=True, exist_ok=True)
        self._run_as = RunAs.pick()
        self._home = self._data_home()
        self._info_file = self.state / "servers.json"
        passwords = self._passwords()
        self.postgres = Postgres(
            self._home, self.state / "postgres.log", self._run_as, passwords, database=db, port=pg_port, durable=durable
        )
        self.valkey = Valkey(self.state / "valkey", self.state / "valkey.log", passwords["redis"], port=redis_port)

    @property
    def started(self) -> tuple[Running, ...]:
        """The processes that this object started (not those it found running)."""
        return tuple(found for found in (self.postgres.started, self.valkey.started) if found)

    def start(self) -> dict[str, str]:
        """Start both, or find them running. Gives the settings of the database (three roles) and VALKEY_URL."""
        with self._lock():
            self._recall()
            self.postgres.start()
            self.valkey.start()
            info = {"redis_pid": self.valkey.pid, "redis_port": self.valkey.port, "pg_port": self.postgres.port}
            self._info_file.write_text(json.dumps(info))
        return {
            "DATABASE_URL": self.postgres.url("app"),
            "MIGRATION_DATABASE_URL": self.postgres.url("owner"),
            "STAFF_DATABASE_URL": self.postgres.url("staff"),
            "VALKEY_URL": self.valkey.url,
        }

    def stop(self) -> None:
        """Stop both, whoever started them."""
        with self._lock():
            self._recall()
            self.valkey.stop()
            self.postgres.stop()
            self._info_file.unlink(missing_ok=True)

    def wipe(self) -> None:
        """Stop both and remove their data, passwords and logs; nothing else of the state folder."""
        self.stop()
        for folder in (self._home, self.valkey.home):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (self.postgres.log, self.valkey.log, self.state / "secrets.json"):
            file.unlink(missing_ok=True)

    def _recall(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            info: dict[str, Any] = json.loads(self._info_file.read_text())
            self.valkey.pid, self.valkey.port = info.get("redis_pid"), int(info.get("redis_port", self.valkey.port))

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Held by a living process only: the system drops it with the process, so it is never stale."""
        with (self.state / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _passwords(self) -> dict[str, str]:
        """Made once, in a file only its owner reads. Hexadecimal: arq does not decode a password in an address."""
        file = self.state / "secrets.json"
        with self._lock():
            if not file.exists():
                unfinished = file.with_suffix(".new")
                unfinished.unlink(missing_ok=True)
                descriptor = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
                with os.fdopen(descriptor, "w") as handle:
                    json.dump({name: secrets.token_hex(16) for name in PASSWORDS}, handle)
                unfinished.rename(file)
        found: dict[str, str] = json.loads(file.read_text())
        return found

    def _data_home(self) -> Path:
        """The cluster's folder: inside the state folder, or in /var/tmp when the server's account cannot walk there."""
        inside = self.state / "data"
        inside.mkdir(exist_ok=True)
        if self._run_as.uid is None:
            return inside
        inside.chmod(0o711)
        if self._run_as.can_enter(inside):
            return inside
        name = f"oktee-{hashlib.sha256(str(self.state).encode()).hexdigest()[:12]}"
        outside = Path(os.environ.get("OKTEE_RUN_BASE", "/var/tmp")) / name  # noqa: S108 - owner and link are checked below
        outside.mkdir(mode=0o711, exist_ok=True)
        if outside.is_symlink() or outside.stat().st_uid != os.geteuid():
            raise ServerError(f"{outside} exists and is not ours: remove it, or set OKTEE_RUN_BASE to another folder")
        return outside
