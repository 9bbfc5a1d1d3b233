"""Compliance clocks for operators: `oktee clocks list | done | start`."""

from datetime import datetime
from typing import Annotated

import typer

from oktee.cli.operators import _with_database

clocks_app = typer.Typer(no_args_is_help=True, help="Duties with a date, and the evidence that they were done.")


@clocks_app.command("list")
def clocks_list() -> None:
    """Every clock, the most urgent first."""
    from oktee.access.clocks import Clock, list_clocks
    from oktee.modules.administration.clocks.dating import date_clocks

    async def act() -> list[Clock]:
        await date_clocks()
        return await list_clocks()

    for clock in _with_database(act):
        due = f"{clock.due_at:%Y-%m-%d %H:%M}" if clock.due_at else "-"
        done = f"{clock.last_done_at:%Y-%m-%d}" if clock.last_done_at else "never"
        about = f" {clock.subject}" if clock.subject else ""
        typer.echo(
            f"{clock.state:10}  due {due:16}  done {done:10}  {clock.kind}{about}: {clock.label}"
            + (f" [{clock.evidence_ref}]" if clock.evidence_ref else "")
        )


@clocks_app.command("done")
def clocks_done(
    kind: Annotated[str, typer.Argument(help="As `oktee clocks list` names it.")],
    evidence: Annotated[str, typer.Option(help="Where the proof is: a ticket, a report, a commit.")],
    subject: Annotated[str, typer.Option(help="Which one, where there are several.")] = "",
) -> None:
    """A duty was done; its next date is counted from now."""
    from oktee.modules.administration.clocks.dating import date_clocks, mark_done

    async def act() -> None:
        await date_clocks()
        await mark_done(kind, evidence=evidence, subject=subject)

    _with_database(act)
    typer.echo(f"{kind} is done.")


@clocks_app.command("start")
def clocks_start(
    kind: Annotated[str, typer.Argument(help="A duty that waits for an event, e.g. incident_notice.")],
    subject: Annotated[str, typer.Option(help="What happened, e.g. a ticket.")],
    at: Annotated[datetime | None, typer.Option(help="When, in UTC; now when not given.")] = None,
) -> None:
    """Something happened that a duty counts from."""
    from datetime import UTC

    from oktee.modules.administration.clocks.dating import start

    when = at.replace(tzinfo=UTC) if at else None
    due = _with_database(lambda: start(kind, subject=subject, at=when))
    typer.echo(f"{kind} is due {due:%Y-%m-%d %H:%M} UTC.")
