"""The shape of the code: layers, one commit, errors that only app.py turns into HTTP, files that say what they are for."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BACKEND = ROOT / "backend"
PRINTERS = ("oktee/check/",)
"""Where `print` is the output itself: the journeys of demo-check."""


def sources(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders or ("oktee", "simulator"):
        for path in sorted((BACKEND / folder).rglob("*.py")):
            yield path.relative_to(BACKEND).as_posix(), ast.parse(path.read_text(), filename=str(path))


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            if (isinstance(called, ast.Name) and called.id == name) or (
                isinstance(called, ast.Attribute) and called.attr == name
            ):
                yield node


def test_dependencies_point_down() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(BACKEND)}
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_nobody_commits_by_hand() -> None:
    """A session commits when its one opener ends (kit/database.py: `session.begin()`); commit() is never called."""
    committing = {path for path, tree in sources("oktee") for _ in calls(tree, "commit")}
    assert committing == set()
    begins = {
        path
        for path, tree in sources("oktee")
        for call in calls(tree, "begin")
        if isinstance(call.func, ast.Attribute) and "session" in ast.unparse(call.func.value)
    }
    assert begins == {"oktee/kit/database.py"}


def test_sessions_are_opened_in_one_file_and_engines_in_another() -> None:
    makers = {
        "kit/database.py": ("AsyncSession", "async_sessionmaker", "sessionmaker"),
        "kit/engine.py": ("create_async_engine",),
    }
    for file, names in makers.items():
        opening = {path for path, tree in sources("oktee") for maker in names for _ in calls(tree, maker)}
        assert opening == {f"oktee/{file}"}


def test_only_app_knows_http_errors() -> None:
    naming = {
        path
        for path, tree in sources("oktee")
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.alias)
        and "HTTPException" in (getattr(node, "id", ""), getattr(node, "name", ""))
    }
    assert naming <= {"oktee/app.py"}


def test_nothing_prints_but_the_journeys() -> None:
    printing = {path for path, tree in sources() for _ in calls(tree, "print") if path.startswith("oktee/")}
    assert {path for path in printing if not path.startswith(PRINTERS)} == set()


def test_every_file_says_what_it_is_for_and_packages_hold_nothing_else() -> None:
    silent, full = [], []
    for path, tree in sources():
        if ast.get_docstring(tree) is None:
            silent.append(path)
        if path.endswith("__init__.py") and len(tree.body) > 1:
            full.append(path)
    assert silent == []
    assert full == []


def test_names_say_what_things_are() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}
    found = [path for path, _ in sources() if vague & set(re.split(r"[/._]", path.removesuffix(".py")))]
    assert found == []


def test_nothing_is_left_unfinished_or_silenced() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b|pytest\.(mark\.)?(skip|xfail)\b|assert True\b")
    found = []
    for folder in ("backend", "migrations", "tests", "bench"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if path == Path(__file__) or ".envs" in path.parts:
                continue
            found += [
                f"{path.relative_to(ROOT)}: {line.strip()}"
                for line in path.read_text().splitlines()
                if marks.search(line)
            ]
    assert found == []


def test_the_check_knows_nothing_of_the_product() -> None:
    importing = [
        f"{path} imports {name}"
        for path, tree in sources("oktee/check")
        for node in ast.walk(tree)
        for name in _imported(node)
        if name.split(".")[0] in {"oktee", "simulator"} and not name.startswith("oktee.check")
    ]
    assert importing == []


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []
