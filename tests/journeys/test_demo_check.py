"""`make demo-check` on a machine that has Python, Node, make and the core utilities, and nothing else on its PATH."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from oktee.embedded.processes import command_of
from oktee.kit.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
CORE_UTILITIES = (
    "[", "basename", "cat", "chmod", "chown", "cmp", "cp", "cut", "date", "dirname", "echo", "env", "false", "head", "id",
    "ln", "ls", "mkdir", "mktemp", "mv", "nproc", "printf", "pwd", "readlink", "realpath", "rm", "rmdir", "sleep", "sort",
    "tail", "test", "touch", "tr", "true", "uname", "wc",
)  # fmt: skip


ORDER = (
    "signed in", "connected by consent", "first synchronisation done", "changed line", "seen on Amazon",
    "one submission with effect", "answered by itself", "Journey order is well",
)  # fmt: skip
SUPPLY = (
    "imported components", "imported costs", "refused by name", "packs are", "the cost agreed from yesterday on counts",
    "came first", "what would have given", "expected before the click", "stands in the inbox", "one fix cleared 4 lines",
    "decided again; the person's line stays", "a draft with live examples", "whose reason is kept", "lines without stock of their day",
    "enabled on its simulation", "was decided by it",
    "imported one: a draft that says the same", "is assigned to Team", "stands in the inbox of", "the summary counts the same",
    "watched as an operation", "confirmed on one review sheet", "each answered once", "findings before sending",
    "seen on Amazon: one confirmation", "exported as a job", "the event log:", "Journey supply is well",
)  # fmt: skip
TRUST = (
    "Amazon's page lists what OKTee said", "invited journey-", "enrolled an authenticator app", "never a second one",
    "ended every other session", "every total says it is of a part", "refused what is an owner's", "out with the next request",
    "live stream is cut after", "reviewed access", "asks to look in", "a write is refused", "ended by the customer", "an API key reads orders",
    "switched supply off: no call", "every checksum right", "called off", "disabled on Amazon's page: revoked, no call",
    "disconnected in OKTee: no call", "with who, what and outcome", "Journey trust is well",
)  # fmt: skip


@pytest.fixture(scope="module")
def bare_machine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of such a machine: one folder on the PATH."""
    programs = tmp_path_factory.mktemp("programs")
    for name in ("node", "npm", "make", *CORE_UTILITIES):
        found = shutil.which(name)
        if found is not None:
            (programs / name).symlink_to(found)
    (programs / "python3").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR", "OKTEE_RUN_BASE") if name in os.environ}
    assert not set(kept) & {name.upper() for name in Settings.model_fields}
    return kept | {"PATH": str(programs), "LANG": "C.UTF-8"}


def ours() -> set[str]:
    """Folders of checks, and the command lines that name one."""
    folders = {path.name for path in Path(tempfile.gettempdir()).glob("oktee-check-*")}
    running = {command_of(int(each.name)) for each in Path("/proc").glob("[0-9]*")}
    return folders | {command for command in running if "oktee-check-" in command}


@dataclass(frozen=True, slots=True)
class Walk:
    """One `make demo-check`: what it said of each journey, how it ended, and what it left behind."""

    order: str
    supply: str
    trust: str
    code: int
    errors: str
    left: set[str]


@pytest.fixture(scope="module")
def walk(bare_machine: dict[str, str]) -> Walk:
    before = ours()
    done = subprocess.run(
        ["make", "--no-print-directory", "demo-check"],
        cwd=ROOT,
        env=bare_machine,
        capture_output=True,
        text=True,
        timeout=380,
    )
    order, _, rest = done.stdout.partition("Journey supply at")
    supply, _, trust = rest.partition("Journey trust at")
    return Walk(order, supply, trust, done.returncode, done.stdout + done.stderr, ours() - before)


@pytest.mark.timeout(400)
def test_the_main_job_is_done_on_a_bare_machine_and_nothing_is_left_behind(
    bare_machine: dict[str, str], walk: Walk
) -> None:
    assert shutil.which("docker", path=bare_machine["PATH"]) is None
    assert shutil.which("postgres", path=bare_machine["PATH"]) is None
    for step in ORDER:
        assert step in walk.order, walk.errors
    assert walk.code == 0, walk.errors
    assert walk.left == set()


@pytest.mark.timeout(400)
def test_a_supply_managers_day_is_walked_on_a_bare_machine(walk: Walk) -> None:
    for step in SUPPLY:
        assert step in walk.supply, walk.errors


@pytest.mark.timeout(400)
def test_what_a_customer_controls_is_walked_on_a_bare_machine(walk: Walk) -> None:
    for step in TRUST:
        assert step in walk.trust, walk.errors


def test_an_unknown_journey_is_named_with_those_there_are(bare_machine: dict[str, str]) -> None:
    command = [sys.executable, "-m", "oktee.cli", "check", "nowhere", "--url", "http://127.0.0.1:1"]
    done = subprocess.run(
        [*command, "--account", "a@b.example:secret", "--control", "http://127.0.0.1:1"],
        cwd=ROOT,
        env=bare_machine,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr.strip() == "There is no journey nowhere; there are: order, supply, trust."


def test_a_deployment_that_does_not_answer_is_said_in_a_sentence(bare_machine: dict[str, str]) -> None:
    command = [sys.executable, "-m", "oktee.cli", "check", "order", "--url", "http://127.0.0.1:1"]
    done = subprocess.run(
        [*command, "--account", "a@b.example:secret", "--control", "http://127.0.0.1:1"],
        cwd=ROOT,
        env=bare_machine,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "Journey order failed: " in done.stderr
    assert "Traceback" not in done.stderr
