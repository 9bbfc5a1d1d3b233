"""The demo's processes: what was started here ends with us, however we end, and nothing else does."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from oktee.demo import folder
from oktee.demo.crew import Crew, DemoError
from oktee.embedded.processes import QUIET, Running, alive, command_of, free_port

ROOT = Path(__file__).resolve().parent.parent.parent
SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
PARENT = [sys.executable, "-c", "import subprocess, sys, time; subprocess.Popen(['sleep', '601']); time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
]


def soon(condition: Callable[[], object], *, within: float = 15) -> bool:
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def bystander() -> Iterator["subprocess.Popen[bytes]"]:
    """A process of somebody else."""
    process = subprocess.Popen(SLEEPER)
    yield process
    process.kill()
    process.wait()


def children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True)
    return [int(each) for each in found.stdout.split()]


def test_stop_ends_what_was_started_with_its_children_and_nothing_else(
    tmp_path: Path, bystander: "subprocess.Popen[bytes]"
) -> None:
    crew = Crew(tmp_path)
    member = crew.start("parent", PARENT, os.environ)
    assert soon(lambda: children(member.process.pid))
    [child] = children(member.process.pid)
    crew.stop()
    assert not alive(member.process.pid)
    assert soon(lambda: not alive(child))
    assert bystander.poll() is None


def test_a_process_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oktee.demo.crew.STOP_WITHIN", 0.3)
    crew = Crew(tmp_path)
    member = crew.start("stubborn", STUBBORN, os.environ)
    assert soon(lambda: b"deaf" in member.log.read_bytes())
    crew.stop()
    assert member.process.returncode == -signal.SIGKILL


def test_a_process_that_ends_by_itself_is_said_with_the_end_of_its_log(tmp_path: Path) -> None:
    crew = Crew(tmp_path)
    member = crew.start("short", [sys.executable, "-c", "print('the reason'); raise SystemExit(3)"], os.environ)
    try:
        member.process.wait()
        with pytest.raises(DemoError, match=r"short ended by itself \(exit code 3\)[\s\S]*the reason"):
            crew.check()
    finally:
        crew.stop()


def test_a_kill_of_the_demo_takes_its_processes_and_servers_along(
    tmp_path: Path, bystander: "subprocess.Popen[bytes]"
) -> None:
    code = (
        "import os, sys, time, signal, subprocess; from pathlib import Path; from oktee.demo.crew import Crew;"
        "from oktee.embedded.processes import Running;"
        "crew = Crew(Path(sys.argv[1])); member = crew.start('one', [sys.executable, '-c', 'import time; time.sleep(600)'], os.environ);"
        "server = subprocess.Popen(['sleep', '602'], start_new_session=True); crew.adopt(Running('valkey', server.pid, signal.SIGTERM));"
        "print(member.process.pid, server.pid, flush=True); time.sleep(600)"
    )
    demo = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "backend")},
    )
    assert demo.stdout is not None
    pids = [int(each) for each in demo.stdout.readline().split()]
    assert all(alive(pid) for pid in pids)
    demo.kill()
    demo.wait()
    demo.stdout.close()
    assert soon(lambda: not any(alive(pid) for pid in pids))
    assert bystander.poll() is None


def test_a_server_that_ends_by_itself_is_noticed_and_the_id_is_not_signalled_later(tmp_path: Path) -> None:
    crew = Crew(tmp_path / "logs")
    server = subprocess.Popen(["sleep", "0.01"], start_new_session=True)
    crew.adopt(Running("valkey", server.pid, signal.SIGTERM))
    server.wait()
    with pytest.raises(DemoError, match="valkey ended by itself"):
        crew.check()
    crew.stop()


def test_a_second_demo_of_one_folder_says_where_the_first_is(tmp_path: Path) -> None:
    with folder.only_demo(tmp_path):
        folder.note_running(tmp_path, url="http://localhost:8123", processes=[])
        code = (
            "import sys; from pathlib import Path; from oktee.demo.folder import only_demo\n"
            "try:\n    with only_demo(Path(sys.argv[1])): print('held')\n"
            "except RuntimeError as error: print(error)"
        )
        second = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT / "backend")},
        )
    assert f"runs already at http://localhost:8123 (process {os.getpid()})" in second.stdout
    with folder.only_demo(tmp_path):  # free again
        pass


def test_what_a_killed_demo_left_is_ended_but_not_a_stranger_with_a_used_id(
    tmp_path: Path, bystander: "subprocess.Popen[bytes]"
) -> None:
    left = subprocess.Popen(SLEEPER, start_new_session=True)
    noted = [("worker", left.pid, command_of(left.pid)), ("api", bystander.pid, "another command altogether")]
    folder.note_running(tmp_path, url="http://localhost:1", processes=noted)
    assert folder.end_leftovers(tmp_path) == ["worker"]
    assert left.wait() in (-signal.SIGTERM, -signal.SIGKILL)
    assert bystander.poll() is None
    assert not (tmp_path / "demo.json").exists()


def test_the_application_keys_are_made_once_and_private(tmp_path: Path) -> None:
    first = folder.application_keys(tmp_path, ["Supply"])
    assert folder.application_keys(tmp_path, ["Supply"]) == first
    assert {keys.region for keys in first} == {"EU", "NA"}
    more = folder.application_keys(tmp_path, ["Supply", "All"])
    assert [keys for keys in more if keys.covers == "Supply"] == first
    assert len({keys.client_id for keys in more}) == 4
    assert (tmp_path / "applications.json").stat().st_mode & 0o077 == 0
    assert first[0].client_secret not in repr(first[0])


def test_the_demo_never_runs_in_production(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "oktee.cli", "demo", "--state", str(tmp_path / "state")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT / "backend"), "ENV": "production"},
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "ENV is production: the demo makes accounts and keys of its own and never runs there."
    assert not (tmp_path / "state").exists()


def test_one_outside_server_without_the_other_is_said(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "oktee.cli", "demo", "--state", str(tmp_path / "state"), "--port", "0"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name not in ("ENV", "VALKEY_URL")}
        | {"PYTHONPATH": str(ROOT / "backend"), "DATABASE_URL": "postgresql+asyncpg://a:b@localhost/c"},
    )
    assert done.returncode == 1
    assert done.stderr.startswith("DATABASE_URL is set and VALKEY_URL is not")


def test_the_folder_says_with_what_its_data_was_made(tmp_path: Path) -> None:
    assert folder.made_with(tmp_path) is None
    (tmp_path / folder.SEEDS).write_text("{}")
    assert folder.made_with(tmp_path) == "before"
    folder.note_version(tmp_path, "0031")
    assert folder.made_with(tmp_path) == "0031"


def test_free_ports_are_never_handed_out_twice_nor_those_of_outgoing_connections() -> None:
    ports = [free_port(0) for _ in range(50)]
    assert len(set(ports)) == 50
    assert all(QUIET[0] <= port < QUIET[1] for port in ports)


def test_a_process_of_the_demo_has_its_port_again_while_nobody_else_does(tmp_path: Path) -> None:
    first = folder.kept_port(tmp_path / "state", "simulator", 0)
    assert folder.kept_port(tmp_path / "state", "simulator", 0) == first
    assert folder.kept_port(tmp_path / "state", "simulator", first + 1) == first
    with socket.socket() as other:
        other.bind(("127.0.0.1", first))
        other.listen()
        moved = folder.kept_port(tmp_path / "state", "simulator", 0)
    assert moved != first
    assert folder.kept_port(tmp_path / "state", "simulator", 0) == moved
