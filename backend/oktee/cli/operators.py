"""The acts of an operator: keys, applications at Amazon, the first organization and its first person."""

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, Any, NoReturn

import typer

keys_app = typer.Typer(no_args_is_help=True, help="The local key-encryption keys.")
application_app = typer.Typer(no_args_is_help=True, help="Applications registered at Amazon.")
org_app = typer.Typer(no_args_is_help=True, help="Organizations.")
user_app = typer.Typer(no_args_is_help=True, help="People.")
hooks_app = typer.Typer(no_args_is_help=True, help="Addresses that Amazon EventBridge calls.")
GROUPS = {"keys": keys_app, "application": application_app, "org": org_app, "user": user_app, "hooks": hooks_app}


class Region(StrEnum):
    """Amazon's regions."""

    NA = "NA"
    EU = "EU"
    FE = "FE"


@keys_app.command("init")
def keys_init() -> None:
    """Make the key file KEY_FILE names, unless there is one. Keep a copy apart: without it no secret opens again."""
    from oktee.kit.crypto import LocalKek
    from oktee.kit.settings import settings

    path = settings().key_file
    existed = path.exists()
    LocalKek.create(path, origin="operator")
    typer.echo(
        f"{path} exists already and was left alone." if existed else f"Made {path} (readable by its owner only)."
    )


@application_app.command("register")
def application_register(
    name: Annotated[str, typer.Option(help="As Amazon's consent page shows it.")],
    region: Annotated[Region, typer.Option(help="Amazon's region.")],
    application_id: Annotated[str, typer.Option(help="amzn1.sp.solution...")],
    client_id: Annotated[str, typer.Option(help="amzn1.application-oa2-client...")],
    role: Annotated[list[str], typer.Option(help="A role the application was granted; repeat for more.")],
    draft: Annotated[bool, typer.Option(help="Not published yet: consent carries version=beta.")] = False,
    lwa: Annotated[
        str, typer.Option("--token-url", help="Login with Amazon.")
    ] = "https://api.amazon.com/auth/o2/token",
    endpoint: Annotated[str | None, typer.Option(help="SP-API; the region's own when not given.")] = None,
    consent_url: Annotated[str, typer.Option(help="The consent page.")] = "{vendor_central}/apps/authorize/consent",
) -> None:
    """Register an application of ours at Amazon. Its client secret is read from the prompt or CLIENT_SECRET."""

    from pydantic import SecretStr

    from oktee.amazon.connection.applications import Registration, register
    from oktee.kit.database import global_session

    secret = os.environ.get("CLIENT_SECRET") or typer.prompt("Client secret", hide_input=True)
    registration = Registration(
        name=name,
        kind="live",
        region=region.value,
        application_id=application_id,
        client_id=client_id,
        client_secret=SecretStr(secret),
        roles=tuple(role),
        token_url=lwa,
        endpoint=endpoint or f"https://sellingpartnerapi-{region.value.lower()}.amazon.com",
        consent_url=consent_url,
        draft=draft,
    )

    async def make() -> None:
        async with global_session() as session:
            await register(session, registration)

    _with_database(make)
    typer.echo(f"Registered {name} for {region.value}.")


@org_app.command("create")
def org_create(
    slug: Annotated[str, typer.Argument(help="The word in every address, e.g. acme.")],
    name: Annotated[str, typer.Option(help="The organization's name.")],
    country: Annotated[str, typer.Option(help="ISO 3166 code, e.g. FR.")],
    currency: Annotated[str, typer.Option(help="ISO 4217 code, e.g. EUR.")],
    time_zone: Annotated[str, typer.Option(help="IANA name, e.g. Europe/Paris.")],
    locale: Annotated[str, typer.Option(help="en or fr.")] = "en",
    accept_dpa: Annotated[
        bool, typer.Option("--accept-dpa", help="The customer has accepted the data processing agreement in writing.")
    ] = False,
) -> None:
    """Make an organization with every module on. Nothing of it is processed before the agreement (docs/dpa) is accepted."""
    from oktee.access import workspaces
    from oktee.modules.administration.privacy.dpa import accept_for
    from oktee.modules.registry import install

    install()  # a new organization has every module there is

    async def make() -> None:
        organization_id = await workspaces.create_organization(
            slug=slug, name=name, country=country, time_zone=time_zone, currency=currency, locale=locale
        )
        if accept_dpa:
            await accept_for(organization_id)

    _with_database(make)
    typer.echo(f"Made the organization {slug}. Its first person: oktee user create E-MAIL --org {slug} --name NAME")


@user_app.command("create")
def user_create(
    email: Annotated[str, typer.Argument(help="The person's e-mail.")],
    org: Annotated[str, typer.Option(help="The organization's slug.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Annotated[str, typer.Option(help="owner, supply_manager or analyst.")] = "owner",
    generate: Annotated[bool, typer.Option(help="Make a random password and print it once.")] = False,
) -> None:
    """Make a person with a role in an organization. The password is typed, or generated and printed once."""
    from oktee.access import workspaces
    from oktee.access.passwords import random_password
    from oktee.access.sessions import find_user
    from oktee.kit.database import global_session

    password = random_password() if generate else typer.prompt("Password", hide_input=True, confirmation_prompt=True)

    async def make() -> None:
        organization = await workspaces.find_organization(org)
        if organization is None:
            fail(f"There is no organization {org}: make it with `oktee org create`.")
        async with global_session() as session:
            known = await find_user(session, email)
        if known is not None:
            fail(f"{email} has an account already; this command never changes a password.")
        person = await workspaces.put_user(email=email, name=name, password=password)
        await workspaces.put_member(organization, person, role)

    _with_database(make)
    typer.echo(f"{email} is {role} of {org}." + (f" Password: {password}" if generate else ""))


@hooks_app.command("add")
def hooks_add(
    application: Annotated[str, typer.Argument(help="The application's client id.")],
    region: Annotated[Region, typer.Option(help="Amazon's region.")],
    account: Annotated[str, typer.Option(help="The AWS account number the events come from.")],
) -> None:
    """Make an address for EventBridge with its key, which is printed once."""
    from sqlalchemy import select

    from oktee.amazon.connection.tables import Application, HookEndpoint
    from oktee.kit.crypto import digest
    from oktee.kit.database import global_session

    endpoint, key = secrets.token_urlsafe(16), secrets.token_urlsafe(32)

    async def make() -> None:
        async with global_session() as session:
            found = await session.scalar(
                select(Application.id).where(Application.client_id == application, Application.region == region.value)
            )
            if found is None:
                fail(f"There is no application {application} in {region.value}: see `oktee application register`.")
            session.add(
                HookEndpoint(
                    id=endpoint, application_id=found, key_hashes=[digest(key)], account=account, region=region.value
                )
            )

    _with_database(make)
    typer.echo(f"Path: /hooks/amazon/eventbridge/{endpoint}\nX-OKTee-Hook-Key: {key}")


def fail(sentence: str) -> NoReturn:
    """End with 1 and one sentence."""
    typer.echo(sentence, err=True)
    raise typer.Exit(1)


def _with_database(act: Callable[[], Awaitable[Any]]) -> Any:
    """Run `act` with the database open; one sentence instead of a traceback where something is refused."""
    from oktee.kit.database import WORK_STATEMENT, database
    from oktee.kit.errors import OKTeeError
    from oktee.kit.module import installed
    from oktee.kit.process import harden
    from oktee.kit.settings import settings
    from oktee.notify.outbox import horn

    harden()

    async def run() -> Any:
        database.open(
            settings().database_url.get_secret_value(), pool_size=2, pooler=settings().db_pooler,
            statement_seconds=WORK_STATEMENT,
        )  # fmt: skip
        try:
            return await act()
        finally:
            await installed().close()
            await horn.close()
            await database.close()

    try:
        return asyncio.run(run())
    except OKTeeError as error:
        return fail(" ".join([error.detail, *(fault.message for fault in error.errors)]))
