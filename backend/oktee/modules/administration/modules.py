"""Modules: what is switched on, what each switch collects and stores, and what Amazon is asked for before and after."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import CallerIn, Session, declared_permission, needs
from oktee.access.people.ladder import permissions_by_role
from oktee.access.people.members import ACTIVE
from oktee.access.tables import Membership, Organization, User
from oktee.amazon.connection import applications, lifecycle, permissions
from oktee.amazon.connection.tables import AmazonConnection, Application
from oktee.amazon.mirror import runner
from oktee.journal.record import Subject, person, record
from oktee.kit.database import organization_of
from oktee.kit.errors import Conflict, field_error
from oktee.kit.module import Module, installed
from oktee.kit.work import cancel, schedule
from oktee.modules.administration.connection import uncovered
from oktee.modules.administration.privacy.inventory import inventory, language_of
from oktee.notify.outbox import publish

router = APIRouter()

ALWAYS: Final = "administration"
"""The family that holds the switches is never off."""


class ModulesChanged(Conflict):
    """Somebody else has switched modules meanwhile."""


class StoredTable(BaseModel):
    """A table the module keeps, from the data inventory: what it is for and how long it is kept."""

    name: str
    purpose: str
    retention: str


class ModuleUser(BaseModel):
    """A person whose role opens something of the module."""

    name: str
    role: str


class ModuleCard(BaseModel):
    """A module family. `roles`: the fewest SP-API roles its operations take; `needs_consent`: connections whose consent
    does not cover it; `can_switch` is false for the family that holds the switches."""

    name: str
    title: str
    enabled: bool
    can_switch: bool
    operations: list[str]
    roles: list[str]
    streams: list[str]
    stores: list[StoredTable]
    users: list[ModuleUser]
    needs_consent: list[UUID]
    has_settings: bool


class ModuleList(BaseModel):
    rows: list[ModuleCard]


class ApplicationRoles(BaseModel):
    """An application of OKTee's, and the roles Amazon's page lists for it."""

    name: str
    roles: list[str]


class ConsentChange(BaseModel):
    """A connection whose consent does not cover the modules: what it has, and what Amazon will ask for. `after` is none
    where no registered application covers them; `beyond` is what Amazon's page lists that no module needs."""

    connection_id: UUID
    name: str
    marketplace_id: str
    before: ApplicationRoles
    after: ApplicationRoles | None
    beyond: list[str]


class ModuleChange(BaseModel):
    """What switching would do, before it is done."""

    added: list[str]
    removed: list[str]
    operations_gained: list[str]
    operations_lost: list[str]
    roles_before: list[str]
    roles_after: list[str]
    streams_start: list[str]
    streams_stop: list[str]
    consents: list[ConsentChange]


class ModulesIn(BaseModel):
    """The modules to be on, and those the person saw on, so that nobody undoes what they did not see."""

    model_config = ConfigDict(extra="forbid")

    enabled: list[Annotated[str, Field(max_length=40)]] = Field(max_length=20)
    was: list[Annotated[str, Field(max_length=40)]] = Field(max_length=20)


@router.get("/modules", dependencies=[needs("settings.manage")])
async def list_modules(session: Session, caller: CallerIn) -> ModuleList:
    """Every module there is: what it needs from Amazon, what it stores, who may use it."""
    return await _show(session, language_of(caller.locale))


@router.get("/modules/change", dependencies=[needs("settings.manage")])
async def preview_modules(
    session: Session, caller: CallerIn, enabled: Annotated[str, Query(max_length=400, description="Comma-separated")]
) -> ModuleChange:
    """Before and after of a switch: operations, roles, streams, and connections that need a new consent."""
    return await _change(session, caller.modules, _known(enabled.split(",")))


@router.put("/modules", dependencies=[needs("settings.manage", fresh=True)])
async def put_modules(session: Session, caller: CallerIn, body: ModulesIn) -> ModuleList:
    """Switch modules. Off: its streams rest, its work is dropped and the client refuses its operations at once, on every
    process. On: it collects within a tick wherever the consent covers it. Raises ModulesChanged."""
    wanted = _known(body.enabled)
    # Not against a foreign key: a job that holds its work row must be able to write while we wait for that row.
    mine = select(Organization).where(Organization.id == organization_of(session)).with_for_update(key_share=True)
    organization = (await session.scalars(mine)).one()
    before = list(organization.modules)
    if set(body.was) != set(before):
        raise ModulesChanged("The modules have been changed meanwhile. Look at them again.")
    added = [name for name in wanted if name not in before]
    removed = [name for name in before if name not in wanted]
    if added or removed:
        organization.modules = list(wanted)
        await session.flush()
        await _stop(session, removed, kept=wanted)
        await _start(session, added)
        await record(
            session, "modules.changed", actor=person(caller), audit=True,
            subject=Subject("organization", str(organization.id), organization.name),
            payload={"on": sorted(added), "off": sorted(removed), "now": sorted(wanted)},
        )  # fmt: skip
        await publish(session, "modules.changed")
    return await _show(session, language_of(caller.locale))


def _known(names: Iterable[str]) -> tuple[str, ...]:
    """In the order of the registry, with the one that is always on. Raises Invalid for a module that does not exist."""
    asked = {name for name in names if name} | {ALWAYS}
    known = [module.name for module in installed().modules]
    unknown = asked - set(known)
    if unknown:
        raise field_error("/enabled", "unknown_module", f"There is no module {min(unknown)}.")
    return tuple(name for name in known if name in asked)


async def _stop(session: AsyncSession, names: Sequence[str], *, kept: Sequence[str]) -> None:
    """Work rows first, then what they are about: every writer locks in this order."""
    mine, others = installed().enabled(names), installed().enabled(kept)
    streams = {poller.name for poller in installed().pollers(names)} - {
        poller.name for poller in installed().pollers(kept)
    }
    shared = {kind.name for module in others for kind in module.jobs}
    kinds = [kind for module in mine for kind in module.jobs if kind.name not in shared]
    if kinds:
        await cancel(session, kinds, prefix="")
    await runner.rest_streams(session, streams)
    for module in mine:
        if module.rest is not None:
            await module.rest(session)


async def _start(session: AsyncSession, names: Sequence[str]) -> None:
    mine = installed().enabled(names)
    if not mine:
        return
    live = (
        await session.scalars(
            select(AmazonConnection.id).where(AmazonConnection.status == lifecycle.ACTIVE).order_by(AmazonConnection.id)
        )
    ).all()
    for kind in sorted({kind.name: kind for module in mine for kind in module.after.values()}.items()):
        for connection_id in live:
            await schedule(session, kind[1], str(connection_id))
    for connection_id in live:
        await runner.resume_streams(session, connection_id)
    for module in mine:
        if module.wake is not None:
            await module.wake(session)


async def _change(session: AsyncSession, before: Sequence[str], after: Sequence[str]) -> ModuleChange:
    had, has = installed().operations(before), installed().operations(after)
    pollers = {p.name for p in installed().pollers(before)}, {p.name for p in installed().pollers(after)}
    return ModuleChange(
        added=[name for name in after if name not in before],
        removed=[name for name in before if name not in after],
        operations_gained=sorted(has - had),
        operations_lost=sorted(had - has),
        roles_before=permissions.roles_needed(sorted(had)),
        roles_after=permissions.roles_needed(sorted(has)),
        streams_start=sorted(pollers[1] - pollers[0]),
        streams_stop=sorted(pollers[0] - pollers[1]),
        consents=await _consents(session, after),
    )


async def _consents(session: AsyncSession, after: Sequence[str]) -> list[ConsentChange]:
    query = (
        select(AmazonConnection, Application)
        .join(Application, Application.id == AmazonConnection.application_id)
        .where(AmazonConnection.status.not_in(lifecycle.ENDED))
        .order_by(AmazonConnection.name, AmazonConnection.id)
    )
    operations = sorted(installed().operations(after))
    found = []
    for connection, application in (await session.execute(query)).all():
        if not uncovered(connection, after):
            continue
        chosen = await applications.find_application(session, connection.region, operations)
        held = sorted(chosen.roles) if chosen else []
        found.append(
            ConsentChange(
                connection_id=connection.id,
                name=connection.name,
                marketplace_id=connection.home_marketplace_id,
                before=ApplicationRoles(name=application.name, roles=sorted(connection.granted_roles)),
                after=ApplicationRoles(name=chosen.name, roles=held) if chosen else None,
                beyond=sorted(set(held) - set(permissions.roles_needed(operations, held=held))),
            )
        )
    return found


async def _show(session: AsyncSession, language: str) -> ModuleList:
    organization = await session.get_one(Organization, organization_of(session))
    enabled = set(organization.modules)
    live = (
        await session.scalars(select(AmazonConnection).where(AmazonConnection.status.not_in(lifecycle.ENDED)))
    ).all()
    people = (
        await session.execute(
            select(User.name, Membership.role)
            .join(User, User.id == Membership.user_id)
            .where(
                Membership.organization_id == organization.id, Membership.state == ACTIVE, User.disabled_at.is_(None)
            )
            .order_by(User.name, User.id)
        )
    ).all()
    members = [(row.name, row.role) for row in people]
    held = await permissions_by_role(session, organization.id)
    return ModuleList(
        rows=[
            ModuleCard(
                name=module.name,
                title=module.title,
                enabled=module.name in enabled,
                can_switch=module.name != ALWAYS,
                operations=[need.operation for need in module.operations],
                roles=permissions.roles_needed([need.operation for need in module.operations]),
                streams=sorted(poller.name for poller in module.pollers),
                stores=_stores(module.name, language),
                users=[
                    ModuleUser(name=name, role=role)
                    for name, role in members
                    if _opens(held.get(role, frozenset()), module)
                ],
                needs_consent=[each.id for each in live if module.name in uncovered(each, [module.name])],
                has_settings=module.settings is not None,
            )
            for module in installed().modules
        ]
    )


def _stores(module: str, language: str) -> list[StoredTable]:
    """The tables of the module from the same inventory as the data map."""
    return [
        StoredTable(name=table.name, purpose=table.purpose[language], retention=table.retention)
        for table in inventory().tables.values()
        if table.module == module
    ]


def _opens(held: frozenset[str], module: Module) -> bool:
    """Whether one of these permissions is asked for by a route of the module."""
    asked = {declared_permission(route.dependencies) for screen in module.screens for route in screen.routes}
    return bool(asked & held)
