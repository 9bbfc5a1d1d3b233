"""What is in the repository: no registry addresses, secrets or machine paths, and container files that hold."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
BINARIES = Path(sys.executable).parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())


def texts() -> list[tuple[str, str]]:
    """Every file that is, or would be, committed, when it is text."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = []
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file() and b"\0" not in path.read_bytes()[:4096]:
            found.append((name, path.read_text(errors="replace")))
    assert len(found) > 200
    return found


def matching(pattern: str, *, but: tuple[str, ...] = ()) -> list[str]:
    wanted = re.compile(pattern)
    return [
        f"{name}: {match[0][:60]}"
        for name, text in texts()
        if not name.startswith(but) and (match := wanted.search(text))
    ]


def test_lock_files_name_no_registry() -> None:
    for name in ("requirements.lock", "docker/runtime.lock"):
        assert not re.search(r"https?://", (ROOT / name).read_text()), name
    assert '"resolved"' not in (ROOT / "frontend" / "package-lock.json").read_text()
    assert not (ROOT / "uv.lock").exists()


def test_no_file_holds_a_path_of_one_machine() -> None:
    assert matching(r"(?<![\w.])/(work|root|Users)/[a-z]|(?<![\w.])/home/[a-z]+/", but=("tests/house/",)) == []


def test_no_file_holds_a_secret() -> None:
    secret = (
        r"Atz[ar]\|[A-Za-z0-9_-]{60,}|amzn1\.oa2-cs\.v1\.[0-9a-f]{64}|AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY"
        r"|gh[pousr]_[A-Za-z0-9]{36}|xox[bp]-[0-9A-Za-z-]{20,}"
    )
    assert matching(secret, but=("tests/house/",)) == []


def test_private_files_are_ignored() -> None:
    ignored = (ROOT / ".gitignore").read_text().split()
    assert {".data/", ".venv/", "node_modules/", ".env"} <= set(ignored)


def test_continuous_integration_runs_the_whole_of_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().rstrip().endswith("make test")


def test_the_readme_begins_with_the_two_commands() -> None:
    first_block = (ROOT / "README.md").read_text().split("```")[1]
    assert first_block.split()[0:2] == ["make", "demo"]
    assert "make test" in first_block


def test_every_target_of_the_menu_says_what_it_does() -> None:
    targets = re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    described = re.findall(r"^([a-z][a-z-]*):.*## .+", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"demo", "demo-check", "test", "check", "migrate", "bench", "openapi"} <= set(described)
    assert targets == described


def test_the_dockerfile_passes_its_lint_and_runs_as_nobody_special() -> None:
    done = subprocess.run([BINARIES / "hadolint", ROOT / "docker" / "Dockerfile"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    text = (ROOT / "docker" / "Dockerfile").read_text()
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert text.index("USER 10001") < text.index("ENTRYPOINT")
    assert "HEALTHCHECK" in text
    assert text.count("\nFROM ") + text.startswith("FROM") == 3
    assert all(":" in image and "latest" not in image for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE))


def test_the_compose_file_meets_its_schema() -> None:
    checker = [BINARIES / "check-jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*checker, ROOT / "docker" / "compose.yaml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_password_must_be_given_and_none_has_a_default() -> None:
    text = (ROOT / "docker" / "compose.yaml").read_text()
    used = re.findall(r"\$\{([A-Z_]+)([^}]*)\}", text)
    assert used
    for name, rest in used:
        if "PASSWORD" in name:
            assert rest.startswith(":?"), f"{name} may be missing"
    literal = re.findall(r"^\s*\S*PASSWORD\S*:\s*(?!\$\{)(\S+)", text, re.MULTILINE)
    assert literal == []


def test_only_the_api_and_the_simulator_listen_outside_and_only_on_this_machine() -> None:
    for name, service in COMPOSE["services"].items():
        ports = service.get("ports", [])
        assert bool(ports) == (name in {"api", "simulator"}), name
        assert all(str(port).startswith("127.0.0.1:") for port in ports)


def test_every_service_gives_up_new_privileges() -> None:
    for name, service in COMPOSE["services"].items():
        assert "no-new-privileges:true" in service["security_opt"], name
    for name in ("api", "worker", "migrate"):
        assert COMPOSE["services"][name]["read_only"], name
        assert COMPOSE["services"][name]["cap_drop"] == ["ALL"], name
