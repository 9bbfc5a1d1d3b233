"""`oktee demo` as real processes: started, found running, killed, started again with its data, stopped by Ctrl-C."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from oktee.check.client import Client, Console, Refused
from oktee.embedded.processes import command_of
from oktee.embedded.servers import Servers
from oktee.kit.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS = {name.upper() for name in Settings.model_fields}


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="oktee-demo-test-"))
    made.chmod(0o711)
    yield made
    if (made / "state").exists():
        Servers(made / "state").stop()
    shutil.rmtree(made, ignore_errors=True)


class Demo:
    """One start of the demo in a folder."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.ready_file = folder / "ready.json"
        self.ready_file.unlink(missing_ok=True)
        self.output = folder / "output.txt"
        environment = {name: value for name, value in os.environ.items() if name.upper() not in SETTINGS}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "oktee.cli", "demo", "--state", str(folder / "state"), "--port", "0"]
                + ["--ready-file", str(self.ready_file), *options],
                cwd=folder,
                env=environment | {"PYTHONPATH": str(ROOT / "backend")},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ready(self) -> dict[str, Any]:
        deadline = time.monotonic() + 150
        while not self.ready_file.exists():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.1)
        found: dict[str, Any] = json.loads(self.ready_file.read_text())
        return found


def sign_in(url: str, account: dict[str, str], password: str | None = None) -> dict[str, Any]:
    with closing(Client(url)) as client:
        return client.sign_in(account["email"], password or account["password"], account["totp_seed"])


def running(folder: Path) -> list[str]:
    """The command lines that name the folder, or belong to a process that was started in it."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        pid = int(each.name)
        try:
            environment = (each / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if pid != os.getpid() and (str(folder) in command_of(pid) or str(folder / "state") in environment):
            found.append(command_of(pid))
    return [command for command in found if command]


def nothing_runs(folder: Path) -> bool:
    deadline = time.monotonic() + 30
    while running(folder):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.timeout(500)
def test_a_demo_is_found_running_survives_a_kill_with_its_data_and_stops_as_a_whole(folder: Path) -> None:
    first = Demo(folder)
    facts = first.ready()
    account = facts["accounts"][0]
    me = sign_in(facts["url"], account)
    assert me["workspaces"][0]["slug"] == "lumea"
    assert {each["workspace"] for each in facts["accounts"]} == {"lumea", "nordhandel", "harbor"}
    assert sorted(each["role"] for each in facts["accounts"][:3]) == ["analyst", "owner", "supply_manager"]
    assert "text/html" in httpx.get(facts["url"]).headers["content-type"]
    for files in facts["files"].values():
        assert Path(files["items"]).read_text().startswith("sku,")
    staff = facts["staff"]
    with closing(Console(facts["url"])) as console:
        console.sign_in(staff["email"], staff["password"], staff["totp_seed"])
        assert console.status("GET", "/staff/api/v1/organizations/lumea/orders") == 404, "nobody has let them in"
    with pytest.raises(Refused, match="401"):
        sign_in(facts["url"], staff)
    assert {account["password"], staff["password"]} <= set(first.output.read_text().split())
    assert first.ready_file.stat().st_mode & 0o077 == 0
    assert (folder / "state" / "authenticators.json").stat().st_mode & 0o077 == 0
    assert httpx.get(f"{facts['mails']}/mails.json").json() == []
    for kept in (folder / "state").rglob("*"):  # printed, and nowhere stored
        if kept.is_file() and kept.stat().st_size < 200_000 and os.access(kept, os.R_OK):
            content = kept.read_bytes()
            assert account["password"].encode() not in content, kept
            assert staff["password"].encode() not in content, kept

    second = Demo(folder)
    assert second.process.wait(timeout=60) == 1
    assert f"runs already at {facts['url']}" in second.output.read_text()

    first.process.kill()
    first.process.wait()
    assert nothing_runs(folder), running(folder)

    again = Demo(folder)
    facts = again.ready()
    with pytest.raises(Refused, match="401"):
        sign_in(facts["url"], account)
    assert facts["accounts"][0]["totp_seed"] == account["totp_seed"], "an authenticator app goes on working"
    assert facts["staff"]["totp_seed"] == staff["totp_seed"]
    assert facts["staff"]["password"] != staff["password"]
    with closing(Console(facts["url"])) as console:
        assert console.sign_in(*(facts["staff"][name] for name in ("email", "password", "totp_seed")))["name"]
    later = sign_in(facts["url"], facts["accounts"][0])
    assert later["user"]["id"] == me["user"]["id"], "the data is kept, and nobody is made twice"

    again.process.send_signal(signal.SIGINT)
    assert again.process.wait(timeout=60) == 0
    assert again.output.read_text().rstrip().endswith("Stopped.")
    assert nothing_runs(folder), running(folder)


def test_starting_over_empties_the_demos_folder_and_nothing_beside_it(folder: Path) -> None:
    from oktee.demo.run import _start_over

    state = folder / "state"
    Servers(state, pg_port=0, redis_port=0, durable=False).start()
    (state / "objects").mkdir()
    (state / "objects" / "file").touch()
    (folder / "beside").touch()
    _start_over(state, wipe_servers=True)
    assert list(state.iterdir()) == []
    assert (folder / "beside").exists()
