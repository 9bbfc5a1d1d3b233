"""One environment per peer under bench/.envs, made from its lock file at the first use."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from bench.report import progress

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / "bench" / ".envs"


class NotInstalled(RuntimeError):
    """A peer cannot be installed, so there is nothing to compare with: the measurement fails."""


def environment(lock: Path) -> Path:
    """The Python of the environment that holds exactly the packages of `lock` (name of the file = name of the peer).

    Raises NotInstalled with the installer's words.
    """
    home = ENVIRONMENTS / lock.stem
    python = home / "bin" / "python"
    mark = home / "lock.sha256"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if python.exists() and mark.exists() and mark.read_text() == digest:
        return python
    progress(f"installing {lock.stem} into {home.relative_to(ROOT)}")
    shutil.rmtree(home, ignore_errors=True)
    uv = _uv()
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(home)],
        [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(lock)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NotInstalled(f"{lock.stem} cannot be installed: {done.stderr.strip()}")
    mark.write_text(digest)
    return python


def _uv() -> str:
    own = ROOT / ".uv" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    if found is None:
        raise NotInstalled("uv is missing: run `make setup` first")
    return found
