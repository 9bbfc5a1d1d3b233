"""The acts of an operator on keys: `oktee keys rotate-kek | rotate-dek | revoke | status`."""

from typing import Annotated
from uuid import UUID

import typer

from oktee.cli.operators import _with_database, fail, keys_app


@keys_app.command("rotate-kek")
def rotate_kek() -> None:
    """Make a new key-encryption key and wrap every data key and house secret by it. Nothing sealed is touched."""
    from oktee.modules.administration.keys import acts

    done = _with_database(acts.rotate_kek)
    typer.echo(f"{done.data_keys} data keys and {done.house_secrets} secrets of the house were wrapped anew.")
    if done.broken:
        fail("These do not open and were left:\n" + "\n".join(done.broken))


@keys_app.command("rotate-dek")
def rotate_dek(
    org: Annotated[str | None, typer.Option(help="One organization's slug; without it, all of them.")] = None,
) -> None:
    """Give an organization (or all) a new data key; the worker seals everything anew and destroys the old one."""
    from oktee.access.workspaces import find_organization
    from oktee.modules.administration.keys import acts

    async def act() -> int:
        wanted: list[UUID] = []
        if org is None:
            wanted = await acts.organizations()
        elif (found := await find_organization(org)) is not None:
            wanted = [found]
        else:
            fail(f"There is no organization {org}.")
        for organization_id in wanted:
            await acts.rotate_data_key(organization_id)
        return len(wanted)

    typer.echo(
        f"New data keys for {_with_database(act)} organizations; the worker seals what is under the old ones anew."
    )


@keys_app.command("revoke")
def revoke(key: Annotated[str, typer.Argument(help="A key's name, as `oktee keys status` shows it.")]) -> None:
    """Forget a key that is not the active one; refused while anything is still under it."""
    from oktee.modules.administration.keys import acts

    typer.echo(_with_database(lambda: acts.revoke(key)))


@keys_app.command("status")
def status() -> None:
    """Which keys there are, what is under each, and which data keys are due."""
    from oktee.modules.administration.keys import acts

    found = _with_database(acts.status)
    for name, count in found.keks.items():
        typer.echo(f"{'active ' if name == found.active else '       '}{name}  {count} under it")
    states = ", ".join(f"{count} {state}" for state, count in sorted(found.data_keys.items())) or "none"
    typer.echo(f"Data keys: {states}; {found.due} due for rotation.")
    if found.oldest_active_at is not None:
        typer.echo(f"The oldest active one is of {found.oldest_active_at:%Y-%m-%d}.")
