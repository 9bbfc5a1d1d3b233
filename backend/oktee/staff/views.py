"""What a live grant opens: the modules' own queries, asked in a session of the role oktee_staff.

Each route names its area; what the area holds is decided by the row policies, not here.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel
from sqlalchemy import select

from oktee.amazon.connection import write_stops
from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.connection.tables import AmazonConnection, Application, ConnectionMarketplace
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, VendorCode
from oktee.amazon.mirror.streams import list_streams
from oktee.kit.database import after_commit, before_commit, tenant_session
from oktee.kit.errors import NotFound
from oktee.kit.module import installed
from oktee.modules.administration.catalog_rows import find_items
from oktee.modules.administration.catalog_wire import ItemList
from oktee.modules.administration.settings import (
    SettingsForm,
    SettingsIn,
    look_again,
    read_form,
    settings_changed,
    store_settings,
)
from oktee.modules.administration.support.acts import staff_actor
from oktee.modules.administration.support.wire import WriteStopIn, WriteStopRow
from oktee.modules.administration.sync import StreamRow
from oktee.modules.supply import event_log
from oktee.modules.supply.detail import read_detail
from oktee.modules.supply.event_filter import EventFilter
from oktee.modules.supply.event_log import EventList
from oktee.modules.supply.rows import list_rows, read_filter
from oktee.modules.supply.shipments.reading import read_shipments
from oktee.modules.supply.shipments.wire import OrderShipments
from oktee.modules.supply.wire.detail import OrderDetail
from oktee.modules.supply.wire.lists import OrderList
from oktee.staff.visiting import Visit, visits

router = APIRouter(prefix="/organizations/{slug}", responses={403: {}, 404: {}})


class StaffConnection(BaseModel):
    """A connection as support sees it: no identifier of a person, no token."""

    id: UUID
    name: str
    region: str
    status: str
    status_reason: str | None
    auth_mode: str
    application: str
    selling_partner_id: str
    countries: list[str]
    vendor_codes: list[str]
    authorized_at: datetime
    verified_at: datetime | None
    expires_at: datetime
    ended_at: datetime | None
    streams: list[StreamRow]
    write_stop: WriteStopRow | None


class StaffConnectionList(BaseModel):
    rows: list[StaffConnection]


@router.get("/orders")
async def list_orders_as_staff(
    visit: Annotated[Visit, visits("orders")],
    view: str = "all",
    mp: str | None = None,
    vc: str | None = None,
    status: str | None = None,
    q: Annotated[str | None, Query(max_length=4000)] = None,
    sort: str = "clock",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> OrderList:
    """Orders, as the customer's list shows them."""
    where = read_filter(view=view, mp=mp, vc=vc, brand=None, status=status, q=q)
    return await list_rows(visit.session, where, sort=sort, limit=limit, after=after)


@router.get("/orders/{order_id}")
async def get_order_as_staff(visit: Annotated[Visit, visits("orders")], order_id: UUID) -> OrderDetail:
    """One order: its lines with the reasons of each decision, its answers with their proof."""
    detail = await read_detail(visit.session, order_id)
    visit.object_label = detail.po_number
    return detail


@router.get("/orders/{order_id}/shipments")
async def list_order_shipments_as_staff(visit: Annotated[Visit, visits("orders")], order_id: UUID) -> OrderShipments:
    """The shipments of one order, what was sent about each, and what stands against sending."""
    found = await read_shipments(visit.session, order_id)
    visit.object_label = (await visit.session.get_one(PurchaseOrder, order_id)).po_number
    return found


@router.get("/catalog")
async def list_items_as_staff(
    visit: Annotated[Visit, visits("catalog")],
    q: Annotated[str | None, Query(max_length=120)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> ItemList:
    """Items with their links and stock."""
    return await find_items(visit.session, q=q, limit=limit, after=after)


@router.get("/journal")
async def list_events_as_staff(
    visit: Annotated[Visit, visits("journal")],
    kind: Annotated[str | None, Query(max_length=60)] = None,
    outcome: str | None = None,
    q: Annotated[str | None, Query(max_length=120)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> EventList:
    """The event log, newest first."""
    return await event_log.list_events(
        visit.session, EventFilter(kind=kind, outcome=outcome, q=q), limit=limit, after=after
    )


@router.get("/connections")
async def list_connections_as_staff(visit: Annotated[Visit, visits("connection")]) -> StaffConnectionList:
    """Connections and their streams."""
    session = visit.session
    wanted = (
        select(AmazonConnection, Application.name)
        .join(Application, Application.id == AmazonConnection.application_id)
        .order_by(AmazonConnection.created_at.desc(), AmazonConnection.id.desc())
    )
    found = (await session.execute(wanted)).all()
    places: dict[UUID, list[str]] = {}
    for place in await session.scalars(select(ConnectionMarketplace)):
        marketplace = find_marketplace(place.marketplace_id)
        places.setdefault(place.connection_id, []).append(marketplace.country if marketplace else place.marketplace_id)
    codes: dict[UUID, list[str]] = {}
    for code in await session.scalars(select(VendorCode).order_by(VendorCode.code)):
        codes.setdefault(code.connection_id, []).append(code.code)
    views = await list_streams(session)
    async with tenant_session(visit.organization_id) as own:  # the switch is OKTee's own row, not the customer's data
        stops = {stop.connection_id: WriteStopRow.of(stop) for stop in await write_stops.stops_of(own)}
    return StaffConnectionList(
        rows=[
            StaffConnection(
                id=row.id,
                name=row.name,
                region=row.region,
                status=row.status,
                status_reason=row.status_reason,
                auth_mode=row.auth_mode,
                application=application,
                selling_partner_id=row.selling_partner_id,
                countries=sorted(places.get(row.id, [])),
                vendor_codes=codes.get(row.id, []),
                authorized_at=row.authorized_at,
                verified_at=row.verified_at,
                expires_at=row.expires_at,
                ended_at=row.ended_at,
                streams=[StreamRow.of(view) for view in views if view.connection_id == row.id],
                write_stop=stops.get(row.id) or stops.get(None),
            )
            for row, application in found
        ]
    )


@router.put("/connections/{connection_id}/write-stop", responses={409: {}})
async def stop_writes_as_staff(
    visit: Annotated[Visit, visits("connection")], connection_id: UUID, body: WriteStopIn
) -> WriteStopRow:
    """Stop writing to Amazon for this connection. It protects and opens nothing, so a read-only grant is enough."""
    actor = staff_actor(visit.staff, visit.address, grant_id=visit.grant_id)
    async with tenant_session(visit.organization_id) as own:
        return WriteStopRow.of(await write_stops.stop_connection(own, connection_id, reason=body.reason, actor=actor))


@router.get("/settings/{module}")
async def get_settings_as_staff(
    visit: Annotated[Visit, visits("settings")], module: Annotated[str, Path(max_length=40)]
) -> SettingsForm:
    """The settings of one module, with their form."""
    visit.object_label = module
    return await read_form(visit.session, module)


@router.put("/settings/{module}", responses={409: {}})
async def put_settings_as_staff(
    visit: Annotated[Visit, visits("settings", writing=True)],
    module: Annotated[str, Path(max_length=40)],
    body: SettingsIn,
) -> SettingsForm:
    """Save them under a grant that is not read-only. The row is written under the staff role; the customer's journal
    tells it, and is written before the row is committed: there is no change without its entry."""
    session = visit.session
    visit.object_label = module
    declared = next((each for each in installed().modules if each.name == module and each.settings), None)
    if declared is None:
        raise NotFound("There are no settings of that name.")
    changes = await store_settings(session, declared, body, updated_by=None)
    if changes:

        async def follow() -> None:
            async with tenant_session(visit.organization_id) as own:
                await settings_changed(
                    own, declared, changes, actor=staff_actor(visit.staff, visit.address, grant_id=visit.grant_id)
                )

        async def again() -> None:  # a job that began before the commit has read the settings as they were
            async with tenant_session(visit.organization_id) as own:
                await look_again(own, declared)

        before_commit(session, follow)
        after_commit(session, again)
    session.expire_all()
    return await read_form(session, module)
