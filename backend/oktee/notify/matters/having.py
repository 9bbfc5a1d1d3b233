"""Who has what: a matter is given to a person or a team, by a person or by the rule of a team."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.scope import Scope
from oktee.access.tables import Membership
from oktee.access.teams.keeping import check_members, get_team
from oktee.access.workspaces import names_of
from oktee.journal.record import Actor, Subject, record
from oktee.kit.clock import now
from oktee.kit.database import organization_of
from oktee.kit.errors import NotFound, field_error
from oktee.notify.alerts.telling import Alert, settle, tell
from oktee.notify.matters.tables import Matter
from oktee.notify.notices import Notice
from oktee.notify.outbox import publish
from oktee.notify.recipients import WHOLE, Place

BY_PERSON: Final = "person"
BY_RULE: Final = "rule"


@dataclass(frozen=True, slots=True)
class Thing:
    """What people work on: `kind` and `object_id` as the journal names it, the name people know it by, and its place.

    `about`: what it is about, where its name does not say it (the cause of an exception). `order_id`: the order it belongs
    to, whose chain its entries are part of."""

    kind: str
    object_id: str
    label: str
    marketplace_id: str | None = None
    vendor_code: str | None = None
    brand: str | None = None
    brands: tuple[str, ...] = ()
    about: str | None = None
    order_id: UUID | None = None

    @property
    def place(self) -> Place:
        return Place(self.marketplace_id, self.vendor_code, self.brands, self.kind in WHOLE)

    @property
    def facts(self) -> dict[str, str]:
        """What a sentence about it names besides."""
        return {"about": self.about} if self.about is not None else {}

    @property
    def chain(self) -> str | None:
        return f"order:{self.order_id}" if self.order_id is not None else None

    @property
    def subject(self) -> Subject:
        return Subject(self.kind, self.object_id, self.label)


@dataclass(frozen=True, slots=True)
class Holder:
    """A person or a team that has something; both None: nobody."""

    user_id: UUID | None = None
    team_id: UUID | None = None


async def matter_of(session: AsyncSession, thing: Thing) -> Matter:
    """Its row, made where it has none yet; its place is brought up to date."""
    place = {
        "label": thing.label, "marketplace_id": thing.marketplace_id, "vendor_code": thing.vendor_code,
        "brand": thing.brand, "brands": list(thing.brands),
    }  # fmt: skip
    statement = insert(Matter).values(kind=thing.kind, object_id=thing.object_id, **place)
    await session.execute(statement.on_conflict_do_update(constraint="uq_matters_object", set_=place))
    found = await find_matter(session, thing.kind, thing.object_id, lock=True)
    if found is None:
        raise NotFound(f"There is no such {thing.kind}.")
    return found


async def find_matter(session: AsyncSession, kind: str, object_id: str, *, lock: bool = False) -> Matter | None:
    statement = select(Matter).where(Matter.kind == kind, Matter.object_id == object_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return await session.scalar(statement)


async def assign(session: AsyncSession, thing: Thing, holder: Holder, *, actor: Actor) -> Matter:
    """Give it to somebody, or to nobody. They are told unless they did it themselves. Raises Invalid, NotFound."""
    if holder.user_id is not None and holder.team_id is not None:
        raise field_error("/team_id", "one_holder", "Name a person or a team.")
    name: str | None = None
    if holder.user_id is not None:
        await check_members(session, [holder.user_id], "/person_id")
        await _check_sees(session, thing, holder.user_id)
        name = (await names_of([holder.user_id])).get(holder.user_id)
    if holder.team_id is not None:
        name = (await get_team(session, holder.team_id)).name
    matter = await matter_of(session, thing)
    if (matter.assigned_user_id, matter.assigned_team_id) == (holder.user_id, holder.team_id):
        return matter
    matter.assigned_user_id, matter.assigned_team_id = holder.user_id, holder.team_id
    matter.assigned_how, matter.assigned_at = BY_PERSON if name else None, now()
    await session.flush()
    await note_assigned(session, thing, holder, name, actor=actor)
    await settle(session, thing.kind, [thing.object_id], [Notice.ASSIGNED])
    if name is not None:
        by = UUID(actor.id) if actor.type == "person" and actor.id else None
        await tell(
            session,
            Alert(
                Notice.ASSIGNED, thing.kind, thing.object_id, thing.label, facts={"by": actor.name} | thing.facts,
                version=str(matter.assigned_at), people=(holder.user_id,) if holder.user_id else (),
                teams=(holder.team_id,) if holder.team_id else (), place=thing.place, but=by,
            ),
        )  # fmt: skip
    return matter


async def _check_sees(session: AsyncSession, thing: Thing, user_id: UUID) -> None:
    """Raises Invalid for somebody within whose scope the thing is not: they could do nothing about it."""
    stored = await session.scalar(
        select(Membership.scope).where(
            Membership.organization_id == organization_of(session), Membership.user_id == user_id
        )
    )
    if not thing.place.within(Scope.read(stored)):
        raise field_error("/person_id", "outside_scope", "This person does not see it: it is outside their part.")


async def note_assigned(session: AsyncSession, thing: Thing, holder: Holder, name: str | None, *, actor: Actor) -> None:
    """In the journal; a person is named by id there, a team by its name."""
    payload = {
        "person": str(holder.user_id) if holder.user_id else None,
        "team": name if holder.team_id else None,
    }  # fmt: skip
    kind = "matter.unassigned" if name is None else "matter.assigned_team" if holder.team_id else "matter.assigned"
    await record(
        session, kind, actor=actor, subject=thing.subject, payload=payload, audit=actor.type == "person",
        correlation_id=thing.chain, marketplace_id=thing.marketplace_id, vendor_code=thing.vendor_code, brand=thing.brand,
    )  # fmt: skip
    await told(session, thing)


async def told(session: AsyncSession, thing: Thing) -> None:
    """The open pages of this thing, or of the order it belongs to."""
    if thing.kind == "order":
        await publish(session, "order.changed", order_id=thing.object_id, po_number=thing.label)
    else:
        of_order = {"order_id": str(thing.order_id)} if thing.order_id is not None else {}
        await publish(session, f"{thing.kind}.changed", **of_order)


async def give_to_teams(session: AsyncSession, given: Sequence[tuple[Thing, UUID, str]], *, actor: Actor) -> None:
    """By the rule of a team (thing, team, its name): what nobody had until now. Nobody is told that it arrived."""
    for thing, team_id, name in given:
        matter = await matter_of(session, thing)
        if matter.assigned_at is not None:
            continue
        matter.assigned_team_id, matter.assigned_how, matter.assigned_at = team_id, BY_RULE, now()
        await session.flush()
        await note_assigned(session, thing, Holder(team_id=team_id), name, actor=actor)
