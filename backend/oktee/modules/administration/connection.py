"""Amazon connection and permissions: what OKTee may see and do on Amazon, why, and how to stop it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import CallerIn, Session, needs
from oktee.access.tables import Organization, User
from oktee.amazon.connection import applications, consent, lifecycle, permissions, verification
from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.connection.tables import AmazonConnection, Application, ConnectionMarketplace
from oktee.amazon.connection.verification import FoundCode, found_codes
from oktee.amazon.mirror import runner
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, VendorCode
from oktee.amazon.mirror.streams import StreamView, list_streams
from oktee.journal.record import person
from oktee.kit.clock import now
from oktee.kit.database import organization_of, tenant_session
from oktee.kit.module import installed
from oktee.modules.administration.sync import StreamRow

UNANSWERED: Final = "New"
"""purchaseOrderState of an order that nobody has answered."""

router = APIRouter()


class ConnectionApplication(BaseModel):
    """The one application the account is connected to, with the roles its consent listed. kind: live, sandbox, private."""

    name: str
    kind: str
    roles: list[str]


class ConnectionMarketplaceRow(BaseModel):
    id: str
    country: str


class ConnectionVendorCode(BaseModel):
    """A vendor code of the account. freight: collect (Amazon pays), prepaid, or not known yet."""

    code: str
    country: str
    marketplace_id: str
    freight: str | None


class Connection(BaseModel):
    """One authorisation: one vendor group in one region. `days_left` counts to the end of the year of consent.

    `replaces`: the connection whose renewal brought this other account. `needs_consent`: modules that are switched on and
    that this consent does not cover. `unanswered_orders`: orders that Amazon shows as new.
    """

    id: UUID
    name: str
    region: str
    selling_partner_id: str
    status: str
    status_reason: str | None
    auth_mode: str
    application: ConnectionApplication
    home_marketplace_id: str
    marketplaces: list[ConnectionMarketplaceRow]
    vendor_codes: list[ConnectionVendorCode]
    authorized_by: str | None
    authorized_at: datetime
    verified_at: datetime | None
    expires_at: datetime
    days_left: int
    ended_at: datetime | None
    manage_url: str | None
    replaces: UUID | None
    needs_consent: list[str]
    roles_added: list[str]
    unanswered_orders: int
    streams: list[StreamRow]


class ConnectionList(BaseModel):
    rows: list[Connection]


class AuthorizationIn(BaseModel):
    """The marketplace whose Vendor Central the person signs in to, the modules they were shown, and the connection that
    is renewed, if one is."""

    model_config = ConfigDict(extra="forbid")

    marketplace_id: str = Field(max_length=40, examples=["A1PA6795UKMFR9"])
    modules: list[Annotated[str, Field(max_length=40)]] = Field(default_factory=list, max_length=20)
    connection_id: UUID | None = None


class Authorization(BaseModel):
    """Where the browser goes now, until when it may come back, and what Amazon's page will list."""

    url: str
    expires_at: datetime
    application: str
    roles: list[str]


class VerificationIn(BaseModel):
    """`replace`: the connection whose renewal brought this other account is disconnected; its data stays with it."""

    model_config = ConfigDict(extra="forbid")

    replace: bool = False


@router.get("/connections", dependencies=[needs("connection.read")])
async def list_connections(session: Session) -> ConnectionList:
    """Every account that is or was connected, the newest first."""
    query = select(AmazonConnection).order_by(AmazonConnection.created_at.desc(), AmazonConnection.id.desc())
    return ConnectionList(rows=await show(session, list(await session.scalars(query))))


@router.post("/connections/authorizations", status_code=201, dependencies=[needs("connection.manage", fresh=True)])
async def begin_authorization(body: AuthorizationIn, session: Session, caller: CallerIn) -> Authorization:
    """Start a consent: also the renewal of an account that is connected already. The answer's address is Amazon's."""
    begun = await consent.begin(
        session,
        body.marketplace_id,
        user_id=caller.user_id,
        session_id=caller.session_id,
        enabled=caller.modules,
        shown=body.modules,
        connection_id=body.connection_id,
    )
    return Authorization(
        url=begun.url, expires_at=begun.expires_at, application=begun.application, roles=list(begun.roles)
    )


@router.post("/connections/{connection_id}/verification", dependencies=[needs("connection.manage")])
async def verify_connection(connection_id: UUID, caller: CallerIn, body: VerificationIn | None = None) -> Connection:
    """The person confirms the vendor codes shown: they are read again, then the connection starts to fetch.

    It stays unverified, with the reason in `status_reason`, when its token reads no orders or other codes than shown.
    """
    async with tenant_session(caller.organization_id) as session:
        connection = await lifecycle.get_connection(session, connection_id)
        elsewhere = await _codes_elsewhere(session, connection_id)
    if connection.status != lifecycle.ACTIVE:
        identity = await verification.identify(
            caller.organization_id, connection_id, actor=person(caller), codes_elsewhere=elsewhere, confirming=True
        )
        if identity is not None:
            async with tenant_session(caller.organization_id) as session:
                served = {code.marketplace_id for code in identity.vendor_codes}
                if await lifecycle.activate(session, connection_id, actor=person(caller), marketplace_ids=served):
                    await runner.start_streams(session, connection_id)
                    if body is not None and body.replace and connection.replaces_id is not None:
                        await lifecycle.disconnect(session, connection.replaces_id, actor=person(caller))
    async with tenant_session(caller.organization_id) as session:
        return (await show(session, [await lifecycle.get_connection(session, connection_id)]))[0]


@router.delete("/connections/{connection_id}", dependencies=[needs("connection.manage", fresh=True)])
async def disconnect_connection(connection_id: UUID, session: Session, caller: CallerIn) -> Connection:
    """End it: the tokens are destroyed at once and nothing more is fetched. What was stored stays."""
    return (await show(session, [await lifecycle.disconnect(session, connection_id, actor=person(caller))]))[0]


async def _codes_elsewhere(session: AsyncSession, connection_id: UUID) -> set[str]:
    """Vendor codes that the orders of other live connections of this organization carry."""
    query = (
        select(VendorCode.code)
        .join(AmazonConnection, AmazonConnection.id == VendorCode.connection_id)
        .where(VendorCode.connection_id != connection_id, AmazonConnection.status == lifecycle.ACTIVE)
    )
    return set(await session.scalars(query))


async def show(session: AsyncSession, connections: Sequence[AmazonConnection]) -> list[Connection]:
    """The wire form of connections, with what belongs to them."""
    ids = [each.id for each in connections]
    used = await session.scalars(select(Application).where(Application.id.in_({e.application_id for e in connections})))
    application_of = {each.id: each for each in used}
    people = await session.execute(
        select(User.id, User.name).where(User.id.in_({e.authorized_by for e in connections if e.authorized_by}))
    )
    name_of = {row.id: row.name for row in people}
    served: dict[UUID, list[str]] = {each: [] for each in ids}
    for row in await session.scalars(select(ConnectionMarketplace).where(ConnectionMarketplace.connection_id.in_(ids))):
        served[row.connection_id].append(row.marketplace_id)
    codes: dict[UUID, list[FoundCode]] = {each: [] for each in ids}
    for seen in await session.scalars(
        select(VendorCode).where(VendorCode.connection_id.in_(ids)).order_by(VendorCode.code)
    ):
        codes[seen.connection_id].append(FoundCode(seen.code, seen.marketplace_id, seen.freight))
    views = await list_streams(session)
    waiting = await session.execute(
        select(PurchaseOrder.connection_id, func.count())
        .where(PurchaseOrder.connection_id.in_(ids), PurchaseOrder.state == UNANSWERED)
        .group_by(PurchaseOrder.connection_id)
    )
    unanswered = {row[0]: row[1] for row in waiting}
    enabled = await session.scalar(select(Organization.modules).where(Organization.id == organization_of(session)))
    return [
        _connection(
            each,
            application_of[each.application_id],
            authorized_by=name_of.get(each.authorized_by) if each.authorized_by else None,
            marketplaces=served[each.id],
            codes=codes[each.id] or list(found_codes(each.identity)),
            streams=[_stream(view, each) for view in views if view.connection_id == each.id],
            needs_consent=uncovered(each, enabled or ()),
            unanswered=unanswered.get(each.id, 0),
        )
        for each in connections
    ]


def uncovered(connection: AmazonConnection, enabled: Iterable[str]) -> list[str]:
    """The enabled modules with an operation that this consent's roles do not open; none for one that has ended."""
    if connection.status in lifecycle.ENDED:
        return []
    return [
        module.name
        for module in installed().enabled(enabled)
        if not permissions.covers(connection.granted_roles, [need.operation for need in module.operations])
    ]


def _connection(
    row: AmazonConnection,
    application: Application,
    *,
    authorized_by: str | None,
    marketplaces: list[str],
    codes: list[FoundCode],
    streams: list[StreamRow],
    needs_consent: list[str],
    unanswered: int,
) -> Connection:
    at = now()
    over = row.status in lifecycle.SPENT or row.auth_mode == "private_app"
    added = [] if over else sorted(set(application.roles) - set(row.granted_roles))
    return Connection(
        id=row.id,
        name=row.name,
        region=row.region,
        selling_partner_id=row.selling_partner_id,
        status=lifecycle.read_status(row, rejected_at=application.rejected_at, at=at, roles=application.roles),
        status_reason=row.status_reason,
        auth_mode=row.auth_mode,
        application=ConnectionApplication(
            name=application.name, kind=application.kind, roles=sorted(row.granted_roles)
        ),
        home_marketplace_id=row.home_marketplace_id,
        marketplaces=[ConnectionMarketplaceRow(id=each, country=_country(each)) for each in sorted(marketplaces)],
        vendor_codes=[
            ConnectionVendorCode(
                code=each.code,
                country=_country(each.marketplace_id),
                marketplace_id=each.marketplace_id,
                freight=each.freight,
            )
            for each in codes
        ],
        authorized_by=authorized_by,
        authorized_at=row.authorized_at,
        verified_at=row.verified_at,
        expires_at=row.expires_at,
        days_left=max(0, (row.expires_at - at).days),
        ended_at=row.ended_at,
        manage_url=applications.manage_url(application, find_marketplace(row.home_marketplace_id)),
        replaces=row.replaces_id if row.status == lifecycle.PENDING else None,
        needs_consent=needs_consent,
        roles_added=added,
        unanswered_orders=unanswered,
        streams=streams,
    )


def _stream(view: StreamView, connection: AmazonConnection) -> StreamRow:
    """A stream of an ended connection is paused from this moment, not from the turn that will find out."""
    if connection.status in lifecycle.SPENT:
        view = replace(view, state="paused", next_due_at=None)
    return StreamRow.of(view)


def _country(marketplace_id: str) -> str:
    """A marketplace that Amazon added later shows by its id."""
    found = find_marketplace(marketplace_id)
    return found.country if found else marketplace_id
