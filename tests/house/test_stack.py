"""The parts the customer named are the parts that are pinned and used."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = (ROOT / "requirements.lock").read_text()
PAGES = json.loads((ROOT / "frontend" / "package.json").read_text())


def imported(name: str) -> bool:
    pattern = re.compile(rf"^\s*(from {name}[. ]|import {name}\b)", re.MULTILINE)
    return any(pattern.search(path.read_text()) for path in (ROOT / "backend" / "oktee").rglob("*.py"))


@pytest.mark.parametrize(
    ("package", "module"),
    [
        ("fastapi", "fastapi"),
        ("pydantic", "pydantic"),
        ("sqlalchemy", "sqlalchemy"),
        ("alembic", "alembic"),
        ("asyncpg", "asyncpg"),
        ("arq", "arq"),
        ("redis", "redis"),
        ("httpx", "httpx"),
        ("authlib", "authlib"),
    ],
)
def test_the_named_parts_are_pinned_and_used(package: str, module: str) -> None:
    assert re.search(rf"^{package}==\d", LOCK, re.MULTILINE)
    assert imported(module)


def test_the_pages_are_react_and_typescript() -> None:
    assert "react" in PAGES["dependencies"]
    assert {"typescript", "vite"} <= set(PAGES["devDependencies"])
    assert list((ROOT / "frontend" / "src").rglob("*.tsx"))
    assert not list((ROOT / "frontend" / "src").rglob("*.jsx"))


def test_every_process_runs_from_one_image() -> None:
    compose = (ROOT / "docker" / "compose.yaml").read_text()
    assert "postgres:18" in compose
    assert "valkey/valkey" in compose
    assert compose.count("<<: *oktee") == 5
