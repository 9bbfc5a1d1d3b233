"""The command `oktee`: start the processes, migrate, check a deployment, and the few acts of an operator.

Every command imports what it needs when it runs, so that `oktee --help` is quick and a missing part names itself.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from oktee.cli import keys as keys  # its commands join the group of operators
from oktee.cli.audit import audit_app
from oktee.cli.clocks import clocks_app
from oktee.cli.incident import incident_app
from oktee.cli.operators import GROUPS, fail
from oktee.cli.staff import staff_app, writes_app

if TYPE_CHECKING:
    from oktee.kit.doctor import Finding

ROOT = Path(__file__).resolve().parent.parent.parent.parent
"""The checkout: where migrations, openapi and the built pages are."""

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
servers_app = typer.Typer(no_args_is_help=True, help="The embedded PostgreSQL and Valkey of this checkout.")
for name, group in (
    {
        "servers": servers_app,
        "staff": staff_app,
        "writes": writes_app,
        "audit": audit_app,
        "clocks": clocks_app,
        "incident": incident_app,
    }
    | GROUPS
).items():
    app.add_typer(group, name=name)

State = Annotated[Path, typer.Option(envvar="OKTEE_STATE", help="Folder of the embedded servers and the demo.")]


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    reload: Annotated[bool, typer.Option(help="Start again when the code changes (development).")] = False,
    forwarded_allow_ips: Annotated[str, typer.Option(help="Proxies whose forwarded headers count.")] = "127.0.0.1",
) -> None:
    """Run the API."""
    import uvicorn

    from oktee.kit.process import loading
    from oktee.kit.settings import settings

    settings()  # an unsafe one is refused before anything else is loaded
    with loading():
        import oktee.app  # noqa: F401 - uvicorn asks for it by name

    uvicorn.run(
        "oktee.app:create_app",
        factory=True,
        host=host,
        port=port,
        reload=reload,
        reload_dirs=[str(ROOT / "backend" / "oktee")] if reload else None,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=forwarded_allow_ips,
        timeout_graceful_shutdown=10,
    )


@app.command()
def worker() -> None:
    """Run one worker."""
    from oktee.kit.process import loading
    from oktee.kit.settings import settings

    settings()
    with loading():
        from oktee.worker import run

    run()


@app.command()
def migrate(
    state: State = Path(".data"),
    revision: Annotated[str, typer.Option(help="The revision to arrive at; -1 goes one back.")] = "head",
) -> None:
    """Bring the database to the newest schema, as the owner role."""
    from oktee.schema import migrate_to

    url = os.environ.get("MIGRATION_DATABASE_URL")
    if not url and not os.environ.get("DATABASE_URL"):
        from oktee.embedded.servers import Servers

        url = Servers(state).start()["MIGRATION_DATABASE_URL"]
    if not url:
        fail("MIGRATION_DATABASE_URL is not set: migrations run as the owner role, not as the role of DATABASE_URL.")
    migrate_to(url, revision)


@app.command()
def demo(
    state: State = Path(".data"),
    reset: Annotated[bool, typer.Option(help="Remove the state folder first.")] = False,
    dev: Annotated[bool, typer.Option(help="Reload the API when code changes, and serve the pages by Vite.")] = False,
    check: Annotated[
        bool, typer.Option(help="Run the journeys in a temporary folder on free ports, then stop.")
    ] = False,
    journey: Annotated[list[str] | None, typer.Option(help="With --check: only these journeys.")] = None,
    port: Annotated[int, typer.Option(help="Preferred port of the API; 0 = any free one.")] = 8000,
    ready_file: Annotated[Path | None, typer.Option(help="Write addresses and accounts there (JSON, 0600).")] = None,
) -> None:
    """Everything on this machine: servers, simulator, API, worker and the demo customers."""
    from oktee.demo.run import run_check, run_demo

    if check:
        raise typer.Exit(run_check(journeys=journey or []))
    raise typer.Exit(run_demo(state, reset=reset, dev=dev, port=port, ready_file=ready_file))


@app.command("demo-code")
def demo_code(email: str, state: State = Path(".data")) -> None:
    """The code the authenticator app of a demo account shows now."""
    from oktee.check.codes import next_code
    from oktee.demo.folder import known_seeds

    seed = known_seeds(state).get(email)
    if seed is None:
        typer.echo(f"The demo knows no account {email}.", err=True)
        raise typer.Exit(1)
    typer.echo(next_code(seed))


@app.command()
def check(
    url: Annotated[str, typer.Option(help="The deployment's address.")],
    account: Annotated[str, typer.Option(help="E-mail, or E-mail:password; else OKTEE_PASSWORD, else asked for.")],
    control: Annotated[str, typer.Option(help="The simulator's control address.")],
    journeys: Annotated[list[str] | None, typer.Argument(help="Named journeys; none = all.")] = None,
    totp_seed: Annotated[
        str | None, typer.Option(help="Seed of the account's authenticator app (Base32).", envvar="OKTEE_TOTP_SEED")
    ] = None,
    mails: Annotated[str | None, typer.Option(help="Address of a mail viewer like the demo's.")] = None,
    staff: Annotated[
        str | None, typer.Option(help="A staff account, as above; else OKTEE_STAFF_PASSWORD.", envvar="OKTEE_STAFF")
    ] = None,
    staff_totp_seed: Annotated[
        str | None, typer.Option(help="Seed of its authenticator app.", envvar="OKTEE_STAFF_TOTP_SEED")
    ] = None,
    colleague: Annotated[
        str | None, typer.Option(help="Somebody else of the organization, as above.", envvar="OKTEE_COLLEAGUE")
    ] = None,
    colleague_totp_seed: Annotated[
        str | None, typer.Option(help="Seed of their authenticator app.", envvar="OKTEE_COLLEAGUE_TOTP_SEED")
    ] = None,
) -> None:
    """Walk the main jobs over HTTP as a customer would, against a sandbox organization."""
    from oktee.check.place import Account, Place
    from oktee.check.run import run_journeys

    def given(who: str, seed: str | None, variable: str) -> Account:
        email, _, password = who.partition(":")
        password = password or os.environ.get(variable, "") or typer.prompt(f"Password of {email}", hide_input=True)
        return Account(email, password, seed)

    owner = given(account, totp_seed, "OKTEE_PASSWORD")
    support = given(staff, staff_totp_seed, "OKTEE_STAFF_PASSWORD") if staff else None
    other = given(colleague, colleague_totp_seed, "OKTEE_COLLEAGUE_PASSWORD") if colleague else None
    raise typer.Exit(run_journeys(journeys or [], Place(url, control, owner, mails, support, other)))


@app.command()
def doctor(
    deployment: Annotated[
        bool, typer.Option("--deployment", help="Look at the database, Valkey, clocks and keys too.")
    ] = False,
) -> None:
    """Name every setting that is missing or unsafe, and what is wrong with the deployment. Ends with 1 if anything is."""
    from oktee.kit.doctor import findings

    found = findings()
    if deployment:
        found = [*found, *_deployment()]
    for finding in found:
        typer.echo(f"{finding.setting}: {finding.why}", err=True)
    typer.echo("Every setting is safe." if not found else f"{len(found)} to mend.", err=bool(found))
    raise typer.Exit(1 if found else 0)


def _deployment() -> "list[Finding]":
    from oktee.cli.operators import _with_database
    from oktee.kit.deployment import deployment_findings
    from oktee.kit.settings import settings
    from oktee.schema import load_tables, newest_revision

    load_tables()
    found: list[Finding] = _with_database(lambda: deployment_findings(settings(), newest=newest_revision()))
    return found


@app.command()
def openapi(
    check: Annotated[bool, typer.Option(help="Write nothing; end with 1 when the file differs.")] = False,
) -> None:
    """Write openapi/oktee.json and openapi/public.json, keys sorted."""
    for name in ("DATABASE_URL", "VALKEY_URL"):  # the document needs no server; nothing is opened
        os.environ.setdefault(name, "unused://")
    from oktee.app import openapi_document, public_document

    for name, document in (("oktee", openapi_document), ("public", public_document)):
        _generated(ROOT / "openapi" / f"{name}.json", document().decode(), check=check, remedy="make openapi")


@app.command("env-example")
def env_example(
    check: Annotated[bool, typer.Option(help="Write nothing; end with 1 when the file differs.")] = False,
) -> None:
    """Write .env.example from the settings class."""
    from oktee.kit.doctor import environment_example

    _generated(ROOT / ".env.example", environment_example(), check=check, remedy="make env-example")


@app.command("privacy-pages")
def privacy_pages(
    check: Annotated[bool, typer.Option(help="Write nothing; end with 1 when a file differs.")] = False,
) -> None:
    """Write docs/security/{measures,privacy,retention,sub-processors}.md from docs/*.yaml."""
    from oktee.modules.administration.privacy.pages import pages

    for name, content in pages().items():
        _generated(ROOT / "docs" / "security" / name, content, check=check, remedy="oktee privacy-pages")


@app.command("restore-check")
def restore_check() -> None:
    """After a restore: close organizations that were deleted and came back with a backup, and ask for their purge.

    Ends with 1 when there were any: let the workers purge them, and ask again.
    """
    from oktee.cli.operators import _with_database
    from oktee.modules.administration.privacy.restored import close_risen

    found = _with_database(close_risen)
    for organization in found:
        typer.echo(f"{organization} was deleted: closed again; a worker purges it.", err=True)
    typer.echo(
        "No deleted organization is in this database." if not found else f"{len(found)} closed.", err=bool(found)
    )
    raise typer.Exit(1 if found else 0)


@servers_app.command("up")
def servers_up(state: State = Path(".data")) -> None:
    """Start both and print the settings that point at them. They go on when this command ends."""
    from oktee.embedded.servers import Servers

    for name, value in Servers(state).start().items():
        typer.echo(f"{name}={value}")


@servers_app.command("down")
def servers_down(state: State = Path(".data")) -> None:
    """Stop both."""
    from oktee.embedded.servers import Servers

    if state.exists():
        Servers(state).stop()


def _generated(path: Path, content: str, *, check: bool, remedy: str) -> None:
    current = path.read_text() if path.exists() else ""
    if check and current != content:
        fail(f"{path.relative_to(ROOT)} is not what the code says: run {remedy}")
    if current != content:
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)


def main() -> None:
    """The console script. Refusals of settings, servers and keys are sentences, not tracebacks."""
    from pydantic import ValidationError

    try:
        app()
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            typer.echo(f"{'.'.join(map(str, fault['loc'])).upper() or 'Settings'}: {fault['msg']}", err=True)
        sys.exit(1)
    except RuntimeError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
