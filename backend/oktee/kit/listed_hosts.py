"""The hosts OKTee itself may call: those that docs/subprocessors.yaml names, so that what is told to customers is what
happens (trust/SECURITY SEC-22). A company's own identity provider is added where it is called."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from oktee.kit.settings import settings

_PACKAGE: Final = Path(__file__).resolve().parent.parent
FOLDERS: Final = (_PACKAGE / "docs", _PACKAGE.parent.parent / "docs")
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class HostNotListed(RuntimeError):
    """A call to a host that docs/subprocessors.yaml does not name: nothing was sent."""


@cache
def listed_hosts() -> frozenset[str]:
    """Read once. Raises RuntimeError when the file was not packaged."""
    for folder in FOLDERS:
        path = folder / "subprocessors.yaml"
        if path.exists():
            rows: list[dict[str, Any]] = yaml.safe_load(path.read_text())["subprocessors"]
            return frozenset(host.lower() for row in rows for host in row.get("hosts", ()))
    raise RuntimeError("docs/subprocessors.yaml is missing from this installation")


def refuse_unlisted(host: str) -> None:
    """Raises HostNotListed. Outside production loopback and names of containers are open: the simulator answers there."""
    name = host.lower()
    near = name in LOOPBACK or ("." not in name and ":" not in name)
    if name in listed_hosts() or (near and settings().env != "production"):
        return
    raise HostNotListed(f"{name} is not among the hosts of docs/subprocessors.yaml")
