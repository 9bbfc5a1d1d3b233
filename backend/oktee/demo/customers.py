"""The demo's three customers, their people and one of OKTee's, made once; passwords are new at each start, stored nowhere."""

import asyncio
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr

from oktee.access.factors.totp import new_seed, put_totp
from oktee.access.passwords import random_password
from oktee.access.support.people import put_staff
from oktee.access.workspaces import create_organization, find_organization, put_member, put_user
from oktee.amazon.connection.applications import Registration, register
from oktee.demo.cast import CUSTOMERS, ROLES_AT_AMAZON, STAFF, Account, Customer, application_name
from oktee.demo.folder import ApplicationKeys, totp_seeds
from oktee.kit.database import database, global_session, tenant_session
from oktee.modules.administration.privacy.dpa import accept_for
from oktee.modules.registry import install
from oktee.modules.supply.settings import read_settings, write_settings
from oktee.notify.outbox import horn


async def load(
    database_url: str, applications: list[ApplicationKeys], simulator: str, state: Path
) -> tuple[list[Account], Account]:
    """Make what is missing, set every password anew, and register the simulator's applications: the customers' people,
    and OKTee's own."""
    install()
    database.open(database_url, pool_size=2)
    try:
        for keys in applications:
            await _register(keys, simulator)
        emails = [_email(customer, mailbox) for customer in CUSTOMERS for _, _, mailbox in customer.people]
        seeds = totp_seeds(state, [*emails, STAFF[1]], new_seed)
        people = asyncio.gather(*(_people(customer, seeds) for customer in CUSTOMERS))  # each password takes a while
        found, staff = await asyncio.gather(people, _staff(seeds))
        return [account for each in found for account in each], staff
    finally:
        await horn.close()
        await database.close()


def _email(customer: Customer, mailbox: str) -> str:
    return f"{mailbox}@{customer.slug}.example"


async def _people(customer: Customer, seeds: dict[str, str]) -> list[Account]:
    organization = await find_organization(customer.slug) or await _organization(customer)
    await accept_for(organization)
    accounts = []
    for role, name, mailbox in customer.people:
        email = _email(customer, mailbox)
        account = Account(customer.slug, role, email, random_password(), seeds[email])
        person = await put_user(email=account.email, name=name, password=account.password, locale=customer.locale)
        await put_totp(person, account.totp_seed)
        await put_member(organization, person, role)
        accounts.append(account)
    return accounts


async def _organization(customer: Customer) -> UUID:
    """A vendor of long standing: nobody has to look at its first orders before automation answers."""
    organization = await create_organization(
        slug=customer.slug,
        name=customer.name,
        country=customer.country,
        time_zone=customer.time_zone,
        currency=customer.currency,
        locale=customer.locale,
    )
    async with tenant_session(organization) as session:
        supply, _ = await read_settings(session)
        await write_settings(session, supply.model_copy(update={"first_orders": 0}), by=None)
    return organization


async def _staff(seeds: dict[str, str]) -> Account:
    name, email = STAFF
    account = Account("", "support", email, random_password(), seeds[email])
    await put_staff(email=email, name=name, password=account.password, totp_seed=account.totp_seed)
    return account


async def _register(keys: ApplicationKeys, simulator: str) -> None:
    registration = Registration(
        name=application_name(keys),
        kind="sandbox",
        region=keys.region,
        application_id=keys.application_id,
        client_id=keys.client_id,
        client_secret=SecretStr(keys.client_secret),
        roles=ROLES_AT_AMAZON[keys.covers],
        token_url=f"{simulator}/auth/o2/token",
        endpoint=simulator,
        consent_url=f"{simulator}/vendorcentral/{{country}}/apps/authorize/consent",
    )
    async with global_session() as session:
        await register(session, registration)
