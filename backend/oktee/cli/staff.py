"""The acts of an operator on OKTee's own people, and the kill switch: `oktee staff ...`, `oktee writes stop | resume`."""

import getpass
from typing import Annotated

import typer

from oktee.cli.operators import _with_database

staff_app = typer.Typer(no_args_is_help=True, help="OKTee's own people, who may ask for support grants.")
writes_app = typer.Typer(no_args_is_help=True, help="The kill switch: whether anything is written to Amazon.")


@staff_app.command("create")
def staff_create(
    email: Annotated[str, typer.Argument(help="The person's e-mail.")],
    name: Annotated[str, typer.Option(help="Their name, as customers see it.")],
) -> None:
    """Make a staff account. Its one-time set-up link is printed; it opens nothing before password and authenticator."""
    from oktee.access.support.people import create_staff

    _, token = _with_database(lambda: create_staff(email, name))
    _print_setup(token)


@staff_app.command("renew")
def staff_renew(email: Annotated[str, typer.Argument(help="The person's e-mail.")]) -> None:
    """For a lost password or authenticator: ends the sessions, clears both, and prints a new set-up link."""
    from oktee.access.support.people import renew_setup

    _print_setup(_with_database(lambda: renew_setup(email)))


@staff_app.command("disable")
def staff_disable(email: Annotated[str, typer.Argument(help="The person's e-mail.")]) -> None:
    """The person has left: their sessions and grants open nothing from this moment."""
    from oktee.access.support.people import disable_staff

    _with_database(lambda: disable_staff(email))
    typer.echo(f"{email} opens nothing any more.")


@writes_app.command("stop")
def writes_stop(reason: Annotated[str, typer.Option(help="Why; every customer's journal and banner tell it.")]) -> None:
    """Stop writing to Amazon for every customer, at once. Reading goes on."""
    from oktee.amazon.connection.write_stops import stop_everything
    from oktee.journal.record import Actor

    _with_database(lambda: stop_everything(reason=reason, actor=Actor("staff", f"operator {getpass.getuser()}")))
    typer.echo("Nothing is written to Amazon any more. `oktee writes resume` lets it go on.")


@writes_app.command("resume")
def writes_resume() -> None:
    """Let writing go on, where no stop of a single connection holds."""
    from oktee.amazon.connection.write_stops import resume_everything
    from oktee.journal.record import Actor

    _with_database(lambda: resume_everything(actor=Actor("staff", f"operator {getpass.getuser()}")))
    typer.echo("Writing goes on.")


def _print_setup(token: str) -> None:
    from oktee.access.support.people import SETUP_WITHIN
    from oktee.kit.settings import settings

    hours = int(SETUP_WITHIN.total_seconds() // 3600)
    typer.echo(f"Set-up link, good once and for {hours} hours: {settings().public_url}/staff/set-up#{token}")
