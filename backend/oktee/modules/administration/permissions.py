"""What each module needs from Amazon and why, and what Amazon's page will list: made from the modules' own declarations."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import CallerIn, Session, needs
from oktee.amazon.connection import applications, permissions
from oktee.amazon.connection.marketplaces import MARKETPLACES, Marketplace
from oktee.amazon.connection.tables import AmazonConnection, Application
from oktee.kit.module import Module, installed

router = APIRouter()


class MarketplaceRow(BaseModel):
    """A marketplace an account can be connected on. `time_zone` is the country's."""

    id: str
    country: str
    name: str
    currency: str
    region: str
    time_zone: str
    languages: list[str]
    vendor_central_url: str | None
    available: bool = Field(description="OKTee has an application at Amazon for its region")


class MarketplaceList(BaseModel):
    rows: list[MarketplaceRow]


class NeverMessage(BaseModel):
    """A sentence by its id; the reader's language is the browser's business."""

    id: str
    values: dict[str, str] = {}


class OperationRow(BaseModel):
    """An operation of Amazon's API: what it brings or changes, why, and the roles of which one is needed."""

    operation: str
    reads: str
    why: str
    writes: bool
    roles: list[str]
    last_used_at: datetime | None


class ModulePermissions(BaseModel):
    """What one module family needs from Amazon."""

    name: str
    title: str
    enabled: bool
    operations: list[OperationRow]


class ConsentPreview(BaseModel):
    """What a consent in this region will be given to: OKTee's application with the fewest roles that cover the modules.

    `roles` is what Amazon's page lists; `needed` what the modules need of it; `beyond` what it lists besides, since no
    tighter application is registered: OKTee's client refuses every operation of those. `application` is none where no
    registered application covers the modules; `missing` names the roles that none holds.
    """

    region: str
    application: str | None
    kind: str | None
    roles: list[str]
    needed: list[str]
    beyond: list[str]
    missing: list[str]


class PermissionSheet(BaseModel):
    """`roles`: what the modules shown as enabled need; `application_roles`: what a consent would give, over all regions."""

    modules: list[ModulePermissions]
    roles: list[str]
    application_roles: list[str]
    consents: list[ConsentPreview]
    never: list[NeverMessage]


NEVER = ("connection.never.credentials", "connection.never.buyers", "connection.never.other_operations")
"""What OKTee does not ask for: Amazon passwords, data of buyers, operations that no enabled module names."""


@router.get("/marketplaces", dependencies=[needs("connection.read")])
async def list_marketplaces(session: Session) -> MarketplaceList:
    """Amazon's vendor marketplaces, and whether an account can be connected there."""
    regions = {each.region for each in MARKETPLACES.values()}
    found = {region: await applications.find_application(session, region) for region in sorted(regions)}
    return MarketplaceList(rows=[_marketplace(each, found[each.region]) for each in MARKETPLACES.values()])


@router.get("/permissions", dependencies=[needs("connection.read")])
async def get_permissions(
    session: Session,
    caller: CallerIn,
    modules: Annotated[
        str | None, Query(max_length=400, description="Comma-separated: shows these as if they were enabled")
    ] = None,
) -> PermissionSheet:
    """What each module needs from Amazon and why. The client refuses every other operation."""
    return await permission_sheet(session, set(caller.modules if modules is None else modules.split(",")))


async def permission_sheet(session: AsyncSession, enabled: Collection[str]) -> PermissionSheet:
    """The sheet with these modules shown as enabled."""
    consents = await preview_consents(session, enabled)
    held = {role for each in consents for role in each.roles}
    query = select(AmazonConnection.application_id, AmazonConnection.region, AmazonConnection.selling_partner_id)
    accounts = [(row[0], row[1], row[2]) for row in await session.execute(query)]
    operations = sorted({need.operation for module in installed().modules for need in module.operations})
    used = await permissions.last_used(accounts, operations)
    return PermissionSheet(
        modules=[_needs_of(module, module.name in enabled, used) for module in installed().modules],
        roles=permissions.roles_needed(sorted(installed().operations(enabled)), held=held),
        application_roles=sorted(held),
        consents=consents,
        never=[NeverMessage(id=each) for each in NEVER],
    )


async def preview_consents(session: AsyncSession, enabled: Collection[str]) -> list[ConsentPreview]:
    """Region by region where OKTee has an application, what a consent for these modules would be given to."""
    operations = sorted(installed().operations(enabled))
    found = []
    for region in sorted({each.region for each in MARKETPLACES.values()}):
        if await applications.find_application(session, region) is None:
            continue
        chosen = await applications.find_application(session, region, operations)
        found.append(_preview(region, chosen, operations))
    return found


def _preview(region: str, application: Application | None, operations: list[str]) -> ConsentPreview:
    held = sorted(set(application.roles)) if application else []
    needed = permissions.roles_needed(operations, held=held)
    return ConsentPreview(
        region=region,
        application=application.name if application else None,
        kind=application.kind if application else None,
        roles=held,
        needed=needed,
        beyond=sorted(set(held) - set(needed)),
        missing=[] if application else needed,
    )


def _marketplace(marketplace: Marketplace, application: Application | None) -> MarketplaceRow:
    return MarketplaceRow(
        id=marketplace.id,
        country=marketplace.country,
        name=marketplace.name,
        currency=marketplace.currency,
        region=marketplace.region,
        time_zone=marketplace.time_zone,
        languages=list(marketplace.languages),
        vendor_central_url=marketplace.vendor_central_url,
        available=application is not None and applications.consent_page(application, marketplace) is not None,
    )


def _needs_of(module: Module, enabled: bool, used: dict[str, datetime]) -> ModulePermissions:
    rows = [
        OperationRow(
            operation=need.operation,
            reads=need.reads,
            why=need.why,
            writes=need.writes,
            roles=permissions.roles_of(need.operation),
            last_used_at=used.get(need.operation),
        )
        for need in module.operations
    ]
    return ModulePermissions(name=module.name, title=module.title, enabled=enabled, operations=rows)
