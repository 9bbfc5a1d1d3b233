"""Incidents: `oktee incident open | list | export | check`. The plan they belong to: docs/security/incident-response.md."""

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from oktee.cli.operators import _with_database, fail

incident_app = typer.Typer(no_args_is_help=True, help="The register of security incidents, and their evidence.")


@incident_app.command("open")
def incident_open(
    title: Annotated[str, typer.Option(help="What it is, in a few words; names no person.")],
    since: Annotated[datetime, typer.Option("--from", help="Since when, UTC.")],
    until: Annotated[datetime | None, typer.Option("--to", help="Until when, UTC; now when not given.")] = None,
    detected: Annotated[datetime | None, typer.Option(help="When it was noticed, UTC; now when not given.")] = None,
    org: Annotated[list[str] | None, typer.Option(help="An affected organization's slug; repeat for more.")] = None,
    actor: Annotated[list[str] | None, typer.Option(help="A suspect's id: person, key or staff.")] = None,
    address: Annotated[list[str] | None, typer.Option(help="A suspect network address.")] = None,
) -> None:
    """Enter an incident; the clock of 24 hours starts at its detection."""
    from oktee.kit.clock import now
    from oktee.modules.administration.incidents.cases import open_incident

    made = _with_database(
        lambda: open_incident(
            title,
            opened_by=getpass.getuser(),
            since=since.replace(tzinfo=UTC),
            until=until.replace(tzinfo=UTC) if until else now(),
            detected_at=detected.replace(tzinfo=UTC) if detected else now(),
            organizations=org or (),
            actors=actor or (),
            addresses=address or (),
        )
    )
    typer.echo(f"INC-{made.number} is open. Freeze its evidence: oktee incident export {made.number} --to FOLDER")


@incident_app.command("list")
def incident_list() -> None:
    """Every incident there was."""
    from oktee.modules.administration.incidents.cases import list_incidents

    for row in _with_database(list_incidents):
        frozen = f"exported {row.exported_at:%Y-%m-%d %H:%M}" if row.exported_at else "not exported"
        typer.echo(f"INC-{row.number}  noticed {row.detected_at:%Y-%m-%d %H:%M} UTC  {frozen}  {row.title}")


@incident_app.command("export")
def incident_export(
    number: Annotated[int, typer.Argument(help="The number after INC-.")],
    to: Annotated[Path, typer.Option(help="A folder; an earlier file is never replaced.")],
) -> None:
    """Freeze journal and alerts of an incident in a signed file, list whom it affects, draft the notices."""
    from oktee.modules.administration.incidents.cases import check, export

    made = _with_database(lambda: export(number, to))
    for slug, entries in made.affected:
        typer.echo(f"affected: {slug} ({entries} entries)")
    if faults := check(made.path):
        fail("\n".join(faults))
    typer.echo(f"{made.path}\nSHA-256 {made.sha256}")


@incident_app.command("check")
def incident_check(path: Annotated[Path, typer.Argument(help="An exported file.")]) -> None:
    """Whether an exported file is as it was written. Needs the key file, not the database."""
    from oktee.modules.administration.incidents.cases import check

    if faults := check(path):
        fail("\n".join(faults))
    typer.echo("As it was written.")
