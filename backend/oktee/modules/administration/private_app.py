"""A customer's own private application at Amazon (self-authorised): its credentials are sealed, proved by a probe, never shown."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from oktee.access.caller import Caller, CallerIn, needs
from oktee.amazon.connection import grants, lifecycle, private_apps
from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.connection.permissions import ROLES
from oktee.journal.record import person
from oktee.kit.clock import now
from oktee.kit.database import tenant_session
from oktee.kit.errors import Conflict, field_error
from oktee.modules.administration.connection import Connection, show

router = APIRouter()

SOLUTION = r"^amzn1\.[A-Za-z0-9.-]{1,200}$"
CLIENT = r"^amzn1\.application-oa2-client\.[A-Za-z0-9]{1,100}$"


class AlreadyConnected(Conflict):
    """The account cannot be connected here: it is connected already."""


class NotProved(Conflict):
    """Amazon gave no orders for these credentials; what was connected before stays as it was."""


class PrivateAppIn(BaseModel):
    """What the developer console shows of the customer's own application, and the refresh token of its
    self-authorisation. None of the three credentials is ever shown again."""

    model_config = ConfigDict(extra="forbid")

    marketplace_id: str = Field(max_length=40, examples=["A1PA6795UKMFR9"])
    selling_partner_id: str = Field(pattern=r"^[A-Za-z0-9._-]{1,80}$", examples=["amzn1.vg.1234567"])
    name: str = Field(min_length=1, max_length=80, examples=["Lumea ERP link"])
    application_id: str = Field(pattern=SOLUTION, examples=["amzn1.sp.solution.0f0c"])
    client_id: str = Field(pattern=CLIENT)
    client_secret: SecretStr = Field(min_length=8, max_length=400)
    refresh_token: SecretStr = Field(min_length=8, max_length=4000)
    roles: list[Annotated[str, Field(max_length=80)]] = Field(
        min_length=1, max_length=20, description="The SP-API roles the application holds"
    )
    authorized_on: date | None = Field(
        None, description="When it was authorised; Amazon asks for a renewal a year later"
    )


@router.post(
    "/connections/private-applications",
    status_code=201,
    dependencies=[needs("connection.manage", fresh=True)],
    responses={409: {}},
)
async def connect_private_application(body: PrivateAppIn, caller: CallerIn) -> Connection:
    """Connect through the customer's own application. The refresh token is tried at Amazon before anything is stored; the
    vendor codes it opens are then shown for a person to confirm, as after a consent."""
    grant = await _grant(body, caller)
    outcome, connection_id = await grants.store(grant)
    if outcome is grants.Outcome.CLAIMED_ELSEWHERE:
        raise AlreadyConnected("This account is connected already. It must be disconnected there first.")
    if outcome is grants.Outcome.NOT_PROVED or connection_id is None:
        raise NotProved(
            "Amazon showed no orders of this account for these credentials. The connection stays as it was."
        )
    async with tenant_session(caller.organization_id) as session:
        return (await show(session, [await lifecycle.get_connection(session, connection_id)]))[0]


async def _grant(body: PrivateAppIn, caller: Caller) -> grants.Grant:
    marketplace = find_marketplace(body.marketplace_id)
    if marketplace is None:
        raise field_error("/marketplace_id", "unknown_marketplace", "There is no such Amazon marketplace.")
    unknown = sorted(set(body.roles) - ROLES)
    if unknown:
        raise field_error("/roles", "unknown_role", f"There is no SP-API role {unknown[0]}.")
    if body.authorized_on is not None and not _recent(body.authorized_on):
        raise field_error("/authorized_on", "out_of_range", "An authorisation is at most a year old.")
    credentials = private_apps.Credentials(
        body.name, body.application_id, body.client_id, tuple(body.roles), body.client_secret, body.refresh_token
    )
    async with tenant_session(caller.organization_id) as session:
        application = await private_apps.describe(session, credentials, marketplace)
    tokens = await private_apps.prove(application, credentials)
    return grants.Grant(
        organization_id=caller.organization_id,
        application=application,
        selling_partner_id=body.selling_partner_id,
        marketplace_id=marketplace.id,
        refresh_token=tokens.refresh_token or body.refresh_token,
        tokens=tokens,
        actor=person(caller),
        user_id=caller.user_id,
        client_secret=body.client_secret,
        authorized_at=datetime.combine(body.authorized_on, time(), UTC) if body.authorized_on else None,
    )


def _recent(day: date) -> bool:
    return now().date() - timedelta(days=lifecycle.AUTHORIZED_FOR.days) < day <= now().date()
