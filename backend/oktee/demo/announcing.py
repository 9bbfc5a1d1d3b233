"""What the demo says once it is up: addresses, accounts with a code of this moment, files; to read, and as JSON."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path

import typer

from oktee.check.codes import STEP, code_at
from oktee.demo.cast import Account


@dataclass(frozen=True, slots=True)
class Up:
    """What runs, and how to reach it."""

    url: str
    control: str
    accounts: list[Account]
    staff: Account | None
    """None where the staff console is off."""
    files: dict[str, dict[str, Path]]
    mails: str
    """The page that shows every mail."""
    seconds: float


def facts(up: Up) -> dict[str, object]:
    """The same for a program."""
    return {
        "url": up.url,
        "control": up.control,
        "mails": up.mails,
        "accounts": [asdict(account) for account in up.accounts],
        "staff": asdict(up.staff) if up.staff else None,
        "files": {name: {kind: str(path) for kind, path in files.items()} for name, files in up.files.items()},
    }


def announce(up: Up) -> None:
    """Print it."""
    lines = [
        "",
        f"  OKTee is ready: {up.url}",
        "",
        "  Sign in as (passwords are new at each start; a code is good for half a minute, so take new ones from",
        "  `make demo-code EMAIL=...`, or enter the seed below into an authenticator app once)",
    ]
    present = int(time.time()) // STEP
    for account in up.accounts:
        lines += _account(account, f"{account.workspace}, {account.role.replace('_', ' ')}", present)
    if up.staff:
        lines += ["", f"  OKTee's own support signs in elsewhere, and sees a customer that lets it in: {up.url}/staff"]
        lines += _account(up.staff, up.staff.role, present)
    lines += ["", "  Catalogue files to import"]
    for workspace, files in up.files.items():
        folder = short(next(iter(files.values())).parent)
        lines += [f"    {folder}/{workspace}-*.csv   {', '.join(files)}"]
    lines += [
        "",
        f"  Mails: {up.mails}",
        f"  The simulated Amazon: {up.control}/_control/docs",
        f"  Started in {up.seconds:.1f} s. Ctrl-C stops everything.",
    ]
    typer.echo("\n".join([*lines, ""]))


def _account(account: Account, who: str, present: int) -> list[str]:
    return [
        f"    {account.email:<28} {account.password}   code {code_at(account.totp_seed, present)}",
        f"    {who:<28} seed {account.totp_seed}",
    ]


def short(path: Path) -> str:
    """A path as one would type it here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
