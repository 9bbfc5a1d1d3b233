"""The probe: one cheap read that shows whose account a token opens, for a person to confirm (trust/OAUTH 2).

Amazon has no operation that names the selling partner of a token, so the id in the callback's address is only a hint: what
identifies the account are the vendor codes on its orders.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.client.errors import AmazonError, ApplicationRejected, Refused, Revoked
from oktee.amazon.client.models.vendor_orders import Order, OrderDetails
from oktee.amazon.client.session import AmazonClient
from oktee.amazon.client.vendor_orders import list_purchase_orders
from oktee.amazon.connection import lifecycle
from oktee.amazon.connection.clients import client_to_verify
from oktee.amazon.connection.marketplaces import find_by_country
from oktee.amazon.connection.tables import AmazonConnection
from oktee.journal.record import Actor
from oktee.kit.clock import now
from oktee.kit.database import tenant_session
from oktee.kit.errors import Unavailable
from oktee.notify.outbox import publish

WINDOW: Final = timedelta(days=7)
WINDOWS: Final = 4
"""An account without an order in the last week is asked for the weeks before."""

PAGE: Final = 100

OTHER_ACCOUNT: Final = "vendor_codes_of_another_account"

NOT_READABLE: Final = "orders_not_readable"
NOT_SHOWN: Final = "vendor_codes_not_shown_before"
OTHER_CONNECTION: Final = "vendor_codes_of_another_connection"


class AmazonAway(Unavailable):
    """Amazon gave no answer to the probe; nothing was changed."""


@dataclass(frozen=True, slots=True)
class FoundCode:
    """A vendor code on the account's orders, the marketplace it sells to, who pays the freight (collect, prepaid)."""

    code: str
    marketplace_id: str
    freight: str | None


@dataclass(frozen=True, slots=True)
class Identity:
    """What the probe read. No code: the account had no order in the last four weeks."""

    vendor_codes: tuple[FoundCode, ...]
    read_at: datetime

    def stored(self) -> dict[str, Any]:
        """As JSON, for connections.identity."""
        return {"vendor_codes": [asdict(each) for each in self.vendor_codes], "read_at": self.read_at.isoformat()}


def found_codes(stored: Mapping[str, Any] | None) -> tuple[FoundCode, ...]:
    """The vendor codes of connections.identity."""
    return tuple(FoundCode(**each) for each in (stored or {}).get("vendor_codes", ()))


async def probe(client: AmazonClient, *, region: str, home_marketplace_id: str) -> Identity:
    """Read one page of the latest orders. Outside a session. Raises as AmazonClient.request."""
    until = at = now()
    for _ in range(WINDOWS):
        pages = list_purchase_orders(client, until - WINDOW, until, by="created", limit=PAGE)
        page = await anext(pages)
        await pages.aclose()  # type: ignore[attr-defined]  # an async generator behind its iterator type
        codes = {code.code: code for order in page.models if (code := _code(order, region, home_marketplace_id))}
        if codes:
            return Identity(tuple(codes[code] for code in sorted(codes)), at)
        until -= WINDOW
    return Identity((), at)


async def identify(
    organization_id: UUID,
    connection_id: UUID,
    *,
    actor: Actor,
    codes_elsewhere: Collection[str] = (),
    confirming: bool = False,
) -> Identity | None:
    """Probe an unverified connection and store what it showed. Outside a session.

    `confirming`: a person has confirmed what they were shown. None when the connection must stay unverified, with its
    `status_reason` set: its token reads no orders; the orders carry vendor codes of another live connection of this
    organization (`codes_elsewhere`), so the token and the selling partner id do not belong together; or none of the codes
    was shown before. None also when the grant turned out to be revoked. Raises AmazonAway, NotFound, ConnectionEnded.
    """
    client = await client_to_verify(organization_id, connection_id)
    async with tenant_session(organization_id) as session:
        connection = await lifecycle.get_connection(session, connection_id)
    try:
        identity = await probe(client, region=connection.region, home_marketplace_id=connection.home_marketplace_id)
    except Revoked:
        return None
    except Refused:
        await _hold_back(organization_id, connection_id, NOT_READABLE, actor)
        return None
    except ApplicationRejected as error:
        raise AmazonAway("Amazon does not accept OKTee's own registration. Its operator has been alerted.") from error
    except AmazonError as error:
        raise AmazonAway("Amazon did not answer. Nothing was changed: try again in a minute.") from error
    async with tenant_session(organization_id) as session:
        await keep_identity(session, connection_id, identity)
    codes = {found.code for found in identity.vendor_codes}
    if codes & set(codes_elsewhere):
        await _hold_back(organization_id, connection_id, OTHER_CONNECTION, actor)
        return None
    shown = None if connection.identity is None else {found.code for found in found_codes(connection.identity)}
    if confirming and (shown is None or (codes and not codes & shown)):
        await _hold_back(organization_id, connection_id, NOT_SHOWN, actor)
        return None
    return identity


def contradicts(connection: AmazonConnection, identity: Identity) -> bool:
    """Whether a new token for this connection opens another account: both have vendor codes, and they share none."""
    before = {found.code for found in found_codes(connection.identity)}
    after = {found.code for found in identity.vendor_codes}
    return bool(before and after) and not before & after


async def keep_identity(session: AsyncSession, connection_id: UUID, identity: Identity) -> None:
    """What the probe read, for the person who verifies."""
    connection = await lifecycle.get_connection(session, connection_id, lock=True)
    connection.identity = identity.stored()
    await publish(session, "connection.changed", connection_id=str(connection_id))


async def _hold_back(organization_id: UUID, connection_id: UUID, reason: str, actor: Actor) -> None:
    async with tenant_session(organization_id) as session:
        await lifecycle.hold_back(session, connection_id, reason, actor=actor)


def _code(order: Order, region: str, home_marketplace_id: str) -> FoundCode | None:
    details = order.order_details
    if details is None or details.selling_party is None:
        return None
    freight = "collect" if details.ship_window else "prepaid" if details.delivery_window else None
    return FoundCode(details.selling_party.party_id, order_marketplace(details, region, home_marketplace_id), freight)


def order_marketplace(details: OrderDetails, region: str, home_marketplace_id: str) -> str:
    """The marketplace an order is for: the country it is shipped to, else the one the account was authorised on. Orders
    carry no marketplace id; addresses are filled in Europe, mostly absent in North America (FACTS e), where a vendor group
    has one marketplace anyway."""
    party = details.ship_to_party
    country = party.address.country_code if party and party.address else None
    found = find_by_country(country) if country else None
    return found.id if found is not None and found.region == region else home_marketplace_id
