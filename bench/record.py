"""Totals that are gathered over several runs: each appends a line to a file, and only runs of the code as it is now count.

A line of `bench/<name>.jsonl` has the seeds of one run (`first`, `seeds`), the commit it was run at, a digest of the files
under test, how long it took, the verdict, and what the measurement adds. A run counts while those files are what they were.
"""

import hashlib
import json
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Record:
    """The runs of one measurement. `tests`: files and folders (Python files in them), from the root of the repository."""

    name: str
    tests: tuple[str, ...]
    folder: Path = ROOT / "bench"

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.jsonl"

    def digest(self) -> str:
        """Of the files under test as they are on the disk now."""
        found = hashlib.sha256()
        for path in _files(self.tests):
            found.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
        return found.hexdigest()[:16]

    def append(self, *, first: int, seeds: int, seconds: float, verdict: str, **more: Any) -> None:
        """Write down one run over the seeds `first` to `first + seeds - 1`."""
        line = {
            "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "commit": _commit(),
            "code": self.digest(),
            "first": first,
            "seeds": seeds,
            "minutes": round(seconds / 60, 2),
            "verdict": verdict,
            **more,
        }
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def counted(self) -> list[dict[str, Any]]:
        """The runs of the code as it is now, the oldest first."""
        if not self.path.exists():
            return []
        code = self.digest()
        lines = (json.loads(text) for text in self.path.read_text().splitlines() if text)
        return [line for line in lines if line["code"] == code]

    def next_seed(self) -> int:
        """The first seed that no counted run has."""
        return max((run["first"] + run["seeds"] for run in self.counted()), default=0)


def _files(tests: Iterable[str]) -> Iterator[Path]:
    for name in sorted(tests):
        path = ROOT / name
        if path.is_file():
            yield path
        else:
            yield from sorted(path.rglob("*.py"))


def _commit() -> str:
    """The commit checked out, with a + where files differ from it; empty outside of a repository."""

    def git(*words: str) -> str:
        done = subprocess.run(("git", *words), cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    changed = git("status", "--porcelain", "--untracked-files=no", "--", "backend", "simulator", "bench/*.py")
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")
