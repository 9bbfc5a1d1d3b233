"""A customer's own private application (self-authorised): its row, and the first proof that its credentials work."""

from dataclasses import dataclass
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.client import lwa
from oktee.amazon.client.errors import AmazonError, ApplicationRejected, Revoked
from oktee.amazon.connection import applications
from oktee.amazon.connection.marketplaces import Marketplace
from oktee.amazon.connection.outbound import outbound
from oktee.amazon.connection.tables import Application
from oktee.kit.database import new_id, organization_of
from oktee.kit.errors import Conflict, Unavailable, field_error


class UnknownEndpoint(Conflict):
    """No application of OKTee's tells where Amazon is called for this region."""


class AmazonSilent(Unavailable):
    """Amazon gave no answer; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the developer console shows, and the refresh token of the self-authorisation."""

    name: str
    application_id: str
    client_id: str
    roles: tuple[str, ...]
    client_secret: SecretStr
    refresh_token: SecretStr


async def describe(session: AsyncSession, credentials: Credentials, marketplace: Marketplace) -> Application:
    """The application as a row that is not stored yet, called where OKTee's own of that region is. Raises UnknownEndpoint."""
    ours = await applications.find_application(session, marketplace.region)
    if ours is None:
        raise UnknownEndpoint(f"OKTee does not know where Amazon is called for {marketplace.name}: ask its operator.")
    made: UUID = new_id()
    return Application(
        id=made,
        organization_id=organization_of(session),
        name=credentials.name,
        kind="private",
        region=marketplace.region,
        application_id=credentials.application_id,
        client_id=credentials.client_id,
        secret_blob=b"",
        roles=sorted(set(credentials.roles)),
        token_url=ours.token_url,
        endpoint=ours.endpoint,
        consent_url=ours.consent_url,
    )


async def prove(application: Application, credentials: Credentials) -> lwa.Tokens:
    """Amazon gives a token for these three. Outside a session. Raises Invalid naming the field Amazon refuses, AmazonSilent."""
    try:
        return await lwa.refresh(
            outbound.lwa,
            token_url=application.token_url,
            client_id=credentials.client_id,
            client_secret=credentials.client_secret,
            refresh_token=credentials.refresh_token,
        )
    except Revoked:
        raise field_error("/refresh_token", "refused", "Amazon does not accept this refresh token.") from None
    except ApplicationRejected:
        raise field_error("/client_secret", "refused", "Amazon does not accept this client id and secret.") from None
    except AmazonError:
        raise AmazonSilent("Amazon did not answer. Nothing was stored: try again in a minute.") from None
