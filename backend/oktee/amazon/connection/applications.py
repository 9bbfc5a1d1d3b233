"""The applications registered at Amazon, one per region: their sealed secrets, consent addresses, and the breaker."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

import structlog
from pydantic import SecretStr
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection import vault
from oktee.amazon.connection.marketplaces import Marketplace
from oktee.amazon.connection.permissions import covers
from oktee.amazon.connection.tables import Application
from oktee.kit.crypto import Unsealable, aad, kek
from oktee.kit.database import database, global_session, new_id, organization_of
from oktee.kit.links import require_encrypted
from oktee.kit.settings import settings

TRIAL_EVERY: Final = timedelta(seconds=30)
"""While an application is rejected, one call in this time finds out whether it still is."""

CONSENT_PATH: Final = "/apps/authorize/consent"
MANAGE_PATH: Final = "/apps/manage"
CLIENT_SECRET: Final = "client_secret"  # noqa: S105 - the kind of a secret
"""Of a private application, in the vault of its organization; its owner is the connection."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Registration:
    """What the developer console shows of an application, and where it is called. See tables.Application for `consent_url`."""

    name: str
    kind: Literal["live", "sandbox"]
    region: str
    application_id: str
    client_id: str
    client_secret: SecretStr
    roles: tuple[str, ...]
    token_url: str
    endpoint: str
    consent_url: str
    draft: bool = False
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a call in the name of an application needs."""

    id: UUID
    region: str
    client_id: str
    token_url: str
    endpoint: str
    client_secret: SecretStr = field(repr=False)


async def register(session: AsyncSession, registration: Registration) -> UUID:
    """Make the application known, or change it (same region and client id). Its secret is sealed under the KEK.

    Registering again ends a rejection: the operator has looked. Raises PlainLink in production.
    """
    for what, url in (("token address", registration.token_url), ("endpoint", registration.endpoint)):
        require_encrypted(url, f"{what} of {registration.name}")
    secret = registration.client_secret.get_secret_value().encode()
    values = {
        "name": registration.name,
        "kind": registration.kind,
        "application_id": registration.application_id,
        "secret_blob": kek().wrap(secret, _bound_to(registration.region, registration.client_id)),
        "roles": list(registration.roles),
        "token_url": registration.token_url,
        "endpoint": registration.endpoint,
        "consent_url": registration.consent_url,
        "draft": registration.draft,
        "enabled": registration.enabled,
        "rejected_at": None,
        "secret_set_at": func.now(),
    }
    statement = (
        insert(Application)
        .values(id=new_id(), region=registration.region, client_id=registration.client_id, **values)
        .on_conflict_do_update(constraint="uq_applications_region_client_id", set_=values)
        .returning(Application.id)
    )
    return (await session.execute(statement)).scalar_one()


async def keep_private(session: AsyncSession, application: Application, *, connection_id: UUID) -> None:
    """Keep a customer's private application for its one connection, in the customer's session. Its secret is in the vault."""
    values = {
        "name": application.name,
        "kind": "private",
        "region": application.region,
        "application_id": application.application_id,
        "client_id": application.client_id,
        "secret_blob": b"",
        "roles": list(application.roles),
        "token_url": application.token_url,
        "endpoint": application.endpoint,
        "consent_url": application.consent_url,
        "draft": False,
        "enabled": True,
        "rejected_at": None,
        "secret_set_at": func.now(),
        "organization_id": organization_of(session),
    }
    await session.execute(
        insert(Application)
        .values(id=connection_id, **values)
        .on_conflict_do_update(constraint="pk_applications", set_=values)
    )


async def find_application(session: AsyncSession, region: str, operations: Collection[str] = ()) -> Application | None:
    """OKTee's enabled application of a region with the fewest roles that cover these operations (trust/SECURITY SEC-11);
    of two with as many, the newer. Where there is a live one, no sandbox is considered. None when none covers them."""
    found = (
        await session.scalars(
            select(Application)
            .where(Application.region == region, Application.enabled, Application.organization_id.is_(None))
            .order_by(Application.created_at.desc())
        )
    ).all()
    live = [each for each in found if each.kind == "live"]
    covering = [each for each in live or found if covers(each.roles, operations)]
    return min(covering, key=lambda each: len(set(each.roles)), default=None)


async def get_credentials(application_id: UUID) -> Credentials:
    """Opens its own session. Raises Unsealable when the secret was sealed under another key, or is gone."""
    async with global_session() as session:
        row = await session.get_one(Application, application_id)
    for what, url in (("token address", row.token_url), ("endpoint", row.endpoint)):
        require_encrypted(url, f"{what} of {row.name}")
    if row.organization_id is None:
        plain = kek().unwrap(row.secret_blob, _bound_to(row.region, row.client_id)).decode()
        secret = SecretStr(plain)
    else:
        found = await vault.read(row.organization_id, kind=CLIENT_SECRET, owner_id=row.id)
        if found is None:
            raise Unsealable("the secret of this private application was destroyed with its connection")
        secret = found[0]
    return Credentials(row.id, row.region, row.client_id, row.token_url, row.endpoint, secret)


def redirect_uri(region: str) -> str:
    """Where Amazon sends the browser back; it must be one of the application's registered OAuth redirect URIs."""
    return f"{settings().public_url}/oauth/amazon/{region.lower()}/callback"


def consent_page(application: Application, marketplace: Marketplace) -> str | None:
    """The address of the consent page without its query; None when this marketplace has no Vendor Central known to us."""
    template = application.consent_url
    if "{vendor_central}" in template and marketplace.vendor_central_url is None:
        return None
    return template.replace("{vendor_central}", marketplace.vendor_central_url or "").replace(
        "{country}", marketplace.country
    )


def manage_url(application: Application, marketplace: Marketplace | None) -> str | None:
    """Where the vendor sees and revokes what they authorised ("Manage Your Apps"); None where there is no Vendor Central."""
    page = consent_page(application, marketplace) if marketplace is not None else None
    return page.removesuffix(CONSENT_PATH) + MANAGE_PATH if page and page.endswith(CONSENT_PATH) else None


def consent_url(page: str, application: Application, *, state: str, redirect_uri: str) -> str:
    """Where the browser goes. Not standard OAuth: no client_id, response_type or scope (developer guide, "Constructing an
    OAuth authorization URI"); `version=beta` while the application is a draft, and only then."""
    parts = urlsplit(page)
    query = [
        *parse_qsl(parts.query),
        ("application_id", application.application_id),
        ("state", state),
        ("redirect_uri", redirect_uri),
    ]
    if application.draft:
        query.append(("version", "beta"))
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))


async def reject(application_id: UUID, reason: str) -> None:
    """Amazon refused OUR client id or secret: an alarm for the operator; every connection of it reads as suspended."""
    async with database.autocommit() as connection:
        await connection.execute(
            update(Application).where(Application.id == application_id).values(rejected_at=func.now())
        )
    log.error("application_rejected", application_id=str(application_id), reason=reason)


async def accept(application_id: UUID) -> None:
    """Amazon took our credentials: a rejection, if there was one, is over."""
    async with database.autocommit() as connection:
        await connection.execute(
            update(Application)
            .where(Application.id == application_id, Application.rejected_at.is_not(None))
            .values(rejected_at=None)
        )


async def may_call(application_id: UUID) -> bool:
    """False while Amazon rejects this application, but for one trial each half minute over all processes."""
    trial = (
        update(Application)
        .where(
            Application.id == application_id,
            Application.rejected_at.is_not(None),
            Application.rejected_at < func.now() - TRIAL_EVERY,
        )
        .values(rejected_at=func.now())
        .returning(Application.id)
    )
    async with database.autocommit() as connection:
        rejected = await connection.scalar(select(Application.rejected_at).where(Application.id == application_id))
        return rejected is None or (await connection.scalar(trial)) is not None


def _bound_to(region: str, client_id: str) -> bytes:
    return aad("application_secret", region, client_id)
