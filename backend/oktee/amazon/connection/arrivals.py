"""Amazon sends somebody to us: a vendor authorises again from Manage Your Apps. We sign them in, they pick a workspace, and we
send them back to Amazon with our state (trust/OAUTH 1, the Appstore flow)."""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import SplitResult, urlencode, urlsplit, urlunsplit
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection import applications
from oktee.amazon.connection.consent import PARTNER_ID, NoApplication, Wanted, remember
from oktee.amazon.connection.marketplaces import MARKETPLACES, find_by_country
from oktee.amazon.connection.tables import AmazonAccount, AmazonArrival, AmazonConnection, Application
from oktee.kit.crypto import aad, digest, kek
from oktee.kit.database import global_session, organization_of
from oktee.kit.errors import Conflict, NotFound
from oktee.kit.module import installed

LIVES: Final = timedelta(minutes=30)
"""Time to sign in and to pick a workspace; the consent itself then lives as any other."""

CONFIRM_PATH: Final = "/apps/authorize/confirm/"
STATE: Final = re.compile(r"[\x21-\x7e]{1,1024}")
SELLER_CENTRAL: Final = frozenset(
    (each.vendor_central_url or "").removeprefix("https://").replace("vendorcentral.", "sellercentral.", 1)
    for each in MARKETPLACES.values()
    if each.vendor_central_url
) | {"sellercentral-europe.amazon.com", "sellercentral-japan.amazon.com"}
AMAZON_HOSTS: Final = (
    frozenset(
        (each.vendor_central_url or "").removeprefix("https://")
        for each in MARKETPLACES.values()
        if each.vendor_central_url
    )
    | SELLER_CENTRAL
    | {"amazon.com", "www.amazon.com"}
)
"""Whole hosts that may be a callback of a live application: Vendor and Seller Central of every marketplace, and amazon.com."""


class NotFromAmazon(NotFound):
    """The address that brought somebody here names no callback of Amazon's for an application of ours."""


class ArrivalOver(Conflict):
    """The visit from Amazon was used already, took too long, or belongs to another browser."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A visit that waits for its person: which application and account it is about."""

    application_id: UUID
    application: str
    region: str
    selling_partner_id: str


def read_callback(uri: str, candidates: list[Application]) -> tuple[Application, str] | None:
    """The application whose callback this address is, and the address rebuilt from its parts; None for anything else.

    https, a whole host of the list, no port, no user, no query, no fragment, and exactly the path of one of our
    applications. A sandbox has the origin and the prefix of its own consent page instead.
    """
    if not uri or any(ord(letter) <= 0x20 or ord(letter) >= 0x7F or letter in "\\%" for letter in uri):
        return None
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return None
    if (
        parts.query
        or parts.fragment
        or parts.username is not None
        or parts.password is not None
        or "?" in uri
        or "#" in uri
    ):
        return None
    for application in candidates:
        if _is_callback(parts, port, application):
            return application, urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    return None


def _is_callback(parts: SplitResult, port: int | None, application: Application) -> bool:
    own = f"{CONFIRM_PATH}{application.application_id}"
    if "{vendor_central}" in application.consent_url:
        host = parts.hostname or ""
        return (
            parts.scheme == "https"
            and port is None
            and parts.netloc == host
            and host in AMAZON_HOSTS
            and parts.path == own
        )
    page = urlsplit(application.consent_url)
    if (parts.scheme, parts.netloc) != (page.scheme, page.netloc):
        return False
    prefix, found, rest = page.path.removesuffix(applications.CONSENT_PATH).partition("{country}")
    country = parts.path.removeprefix(prefix).removesuffix(rest + own)
    expected = f"{prefix}{country if found else ''}{rest}{own}"
    return parts.path == expected and (not found or find_by_country(country) is not None)


async def arrive(region: str, *, callback_uri: str, amazon_state: str, selling_partner_id: str, draft: bool) -> str:
    """Note the visit; the token that its browser keeps. Raises NotFromAmazon."""
    async with global_session() as session:
        candidates = list(
            await session.scalars(
                select(Application).where(
                    Application.region == region, Application.enabled, Application.organization_id.is_(None)
                )
            )
        )
        found = read_callback(callback_uri, candidates)
        if found is None or found[0].draft != draft:
            raise NotFromAmazon("There is nothing at this address.")
        if not STATE.fullmatch(amazon_state) or not PARTNER_ID.fullmatch(selling_partner_id):
            raise NotFromAmazon("There is nothing at this address.")
        application, address = found
        token = secrets.token_urlsafe(32)
        hashed = digest(token)
        await session.execute(delete(AmazonArrival).where(AmazonArrival.expires_at < func.now() - timedelta(days=1)))
        await session.execute(
            insert(AmazonArrival).values(
                token_hash=hashed,
                application_id=application.id,
                region=region,
                selling_partner_id=selling_partner_id,
                callback_uri=address,
                state_blob=kek().wrap(amazon_state.encode(), aad("amazon_state", hashed.hex())),
                expires_at=func.now() + LIVES,
            )
        )
    return token


async def find_arrival(token: str) -> Arrival | None:
    """The visit of this browser's token, while it waits."""
    async with global_session() as session:
        row = (
            await session.execute(
                select(Application.id, Application.name, AmazonArrival.region, AmazonArrival.selling_partner_id)
                .join(Application, Application.id == AmazonArrival.application_id)
                .where(
                    AmazonArrival.token_hash == digest(token),
                    AmazonArrival.consumed_at.is_(None),
                    AmazonArrival.expires_at > func.now(),
                )
            )
        ).first()
    return Arrival(*row) if row else None


async def go_back(
    session: AsyncSession, token: str, *, user_id: UUID, session_id: UUID, enabled: tuple[str, ...]
) -> str:
    """The person has picked the workspace of this session: consume the visit, and where at Amazon the browser goes now.

    Amazon chose the application: where its roles do not cover what is switched on, the connection says so afterwards.
    Raises ArrivalOver, NoApplication.
    """
    hashed = digest(token)
    taken = await session.scalars(
        update(AmazonArrival)
        .where(
            AmazonArrival.token_hash == hashed,
            AmazonArrival.consumed_at.is_(None),
            AmazonArrival.expires_at > func.now(),
        )
        .values(consumed_at=func.now())
        .returning(AmazonArrival)
    )
    arrival = taken.first()
    if arrival is None:
        raise ArrivalOver("This visit from Amazon is over. Begin again at Amazon's Manage Your Apps.")
    application = await session.get_one(Application, arrival.application_id)
    if not application.enabled:
        raise NoApplication("OKTee does not use this application any more. Connect from OKTee instead.")
    connection = await _connection_of(session, arrival)
    wanted = Wanted(
        "amazon",
        application,
        connection.home_marketplace_id if connection else _marketplace(arrival),
        user_id,
        session_id,
        enabled or tuple(module.name for module in installed().modules),
        connection.id if connection else None,
    )
    state, _ = await remember(session, wanted)
    query = {
        "redirect_uri": applications.redirect_uri(arrival.region),
        "amazon_state": _state_of(arrival, hashed).get_secret_value(),
        "state": state,
    }
    query |= {"version": "beta"} if application.draft else {}
    return f"{arrival.callback_uri}?{urlencode(query)}"


def _state_of(arrival: AmazonArrival, hashed: bytes) -> SecretStr:
    return SecretStr(kek().unwrap(arrival.state_blob, aad("amazon_state", hashed.hex())).decode())


async def _connection_of(session: AsyncSession, arrival: AmazonArrival) -> AmazonConnection | None:
    """This organization's own connection to the account, if the claim is ours."""
    claim = await session.get(AmazonAccount, (arrival.region, arrival.selling_partner_id))
    if claim is None or claim.organization_id != organization_of(session):
        return None
    return (
        await session.scalars(select(AmazonConnection).where(AmazonConnection.id == claim.connection_id))
    ).one_or_none()


def _marketplace(arrival: AmazonArrival) -> str:
    """The marketplace whose Vendor Central sent the person: by its host, or by the country in a sandbox's path."""
    parts = urlsplit(arrival.callback_uri)
    for each in MARKETPLACES.values():
        if each.region == arrival.region and each.vendor_central_url == f"{parts.scheme}://{parts.netloc}":
            return each.id
    for word in parts.path.split("/"):
        found = find_by_country(word) if len(word) == 2 else None
        if found is not None and found.region == arrival.region:
            return found.id
    return next(each.id for each in MARKETPLACES.values() if each.region == arrival.region)
