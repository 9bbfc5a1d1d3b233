"""Administration / Users & roles, tab Teams: named groups with their part of the workspace; the workspace's tags; and who
is away."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, EmailStr, Field
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller, CallerIn, Session, needs
from oktee.access.people.members import list_members
from oktee.access.scope import Scope
from oktee.access.teams import absences, keeping
from oktee.access.teams.tables import Team
from oktee.access.workspaces import names_of
from oktee.journal.record import Subject, person, record
from oktee.kit.clock import now
from oktee.kit.errors import field_error
from oktee.kit.work import schedule
from oktee.modules.administration.scope_choices import ScopeChoices, read_choices
from oktee.modules.administration.scope_wire import ScopeIn, ScopeOut, scope_in, scope_out
from oktee.notify.alerts.handing_over import HAND_OVER
from oktee.notify.matters import tagging
from oktee.notify.matters.tagging import Colour
from oktee.notify.outbox import publish
from oktee.notify.recipients import read_roster

router = APIRouter()
ANSWERS = "orders.confirm"
MANAGE, TAGS, MINE = [needs("users.manage")], [needs("settings.manage")], [needs("connection.read")]
Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"\S")]


class In(BaseModel):
    """An input takes the fields it names and no other."""

    model_config = ConfigDict(extra="forbid")


class TeamIn(In):
    """A team as it is to be. No modules and no scope = all of them. `auto_assign`: new orders of its part are given to it;
    `in_app`, `email`: how its people hear of what goes to the team; `address`: a mailbox that hears it too."""

    name: Name
    members: list[UUID] = Field(max_length=200)
    lead_id: UUID | None = None
    modules: list[Annotated[str, Field(max_length=40)]] = Field(default=[], max_length=20)
    scope: ScopeIn | None = None
    auto_assign: bool = True
    in_app: bool = True
    email: bool = True
    address: EmailStr | None = None


class TeamPerson(BaseModel):
    """Somebody of a team. `away`: not there now."""

    id: UUID
    name: str
    away: bool


class TeamOut(BaseModel):
    """A team."""

    id: UUID
    name: str
    members: list[TeamPerson]
    lead_id: UUID | None
    modules: list[str]
    scope: ScopeOut | None
    auto_assign: bool
    in_app: bool
    email: bool
    address: str | None


class TagRow(BaseModel):
    """A tag of the workspace's list."""

    id: UUID
    name: str
    colour: Colour


class TagIn(In):
    """A tag as it is to be."""

    name: Annotated[str, Field(min_length=1, max_length=40, pattern=r"\S")]
    colour: Colour = "neutral"


class TagList(BaseModel):
    """The workspace's tags, by name."""

    tags: list[TagRow]


class TeamList(BaseModel):
    """Teams, and what a team can be made of."""

    teams: list[TeamOut]
    people: list[TeamPerson]
    modules: list[str]
    choices: ScopeChoices


class AbsenceIn(In):
    """From when until when, and who stands in."""

    from_at: AwareDatetime
    until_at: AwareDatetime
    substitute_id: UUID | None = None


class AbsenceOut(BaseModel):
    """My absence, now or to come; who can stand in; and for whom I stand in now."""

    from_at: datetime | None
    until_at: datetime | None
    substitute_id: UUID | None
    people: list[TeamPerson]
    standing_in_for: list[str]


@router.get("/teams", dependencies=MANAGE)
async def list_teams(session: Session, caller: CallerIn) -> TeamList:
    """Every team."""
    return await _show(session, caller)


@router.post("/teams", status_code=201, dependencies=MANAGE, responses={409: {}})
async def create_team(session: Session, caller: CallerIn, body: TeamIn) -> TeamList:
    """Make a team."""
    team = await keeping.make_team(session, _plan(body), by=caller.user_id)
    await _note(session, caller, "team.created", team, body)
    return await _show(session, caller)


@router.put("/teams/{team_id}", dependencies=MANAGE, responses={409: {}})
async def put_team(session: Session, caller: CallerIn, team_id: UUID, body: TeamIn) -> TeamList:
    """Change a team."""
    team = await keeping.change_team(session, team_id, _plan(body))
    await _note(session, caller, "team.changed", team, body)
    return await _show(session, caller)


@router.delete("/teams/{team_id}", dependencies=MANAGE)
async def delete_team(session: Session, caller: CallerIn, team_id: UUID) -> TeamList:
    """End a team. What it had is nobody's then."""
    team = await keeping.delete_team(session, team_id)
    await _note(session, caller, "team.deleted", team, None)
    return await _show(session, caller)


@router.get("/tags", dependencies=TAGS)
async def list_tags(session: Session) -> TagList:
    """The words orders can be marked with."""
    return await _tags(session)


@router.post("/tags", status_code=201, dependencies=TAGS, responses={409: {}})
async def create_tag(session: Session, caller: CallerIn, body: TagIn) -> TagList:
    """A new word on the list."""
    await tagging.put_tag(session, None, body.name, body.colour, actor=person(caller))
    return await _tags(session)


@router.put("/tags/{tag_id}", dependencies=TAGS, responses={409: {}})
async def put_tag(session: Session, caller: CallerIn, tag_id: UUID, body: TagIn) -> TagList:
    """Another name or colour; what has the tag keeps it."""
    await tagging.put_tag(session, tag_id, body.name, body.colour, actor=person(caller))
    return await _tags(session)


@router.delete("/tags/{tag_id}", dependencies=TAGS)
async def delete_tag(session: Session, caller: CallerIn, tag_id: UUID) -> TagList:
    """Take a word off the list, and off everything that has it."""
    await tagging.delete_tag(session, tag_id, actor=person(caller))
    return await _tags(session)


@router.get("/absence", dependencies=MINE)
async def get_absence(session: Session, caller: CallerIn) -> AbsenceOut:
    """When I am away, and who stands in for me."""
    return await _absence(session, caller)


@router.put("/absence", dependencies=MINE)
async def put_absence(session: Session, caller: CallerIn, body: AbsenceIn) -> AbsenceOut:
    """Say when I am away. What is given or told to me then goes to my substitute; what is open with me, too."""
    if body.substitute_id is not None:
        await _check_substitute(session, caller, body.substitute_id)
    found = await absences.put_absence(
        session, caller.user_id, from_at=body.from_at, until_at=body.until_at, substitute_id=body.substitute_id
    )
    await record(
        session, "absence.set", actor=person(caller), subject=Subject("user", str(caller.user_id), caller.name),
        payload={
            "from": found.from_at.isoformat(), "until": found.until_at.isoformat(),
            "substitute": str(found.substitute_id) if found.substitute_id else None,
        },
        audit=True,
    )  # fmt: skip
    await schedule(session, HAND_OVER, str(caller.user_id), due_at=max(found.from_at, now()))
    await publish(session, "access.changed")
    return await _absence(session, caller)


async def _check_substitute(session: AsyncSession, caller: Caller, substitute_id: UUID) -> None:
    """Who answers orders is stood in for only by who may answer them, too: their clocks go on. Raises Invalid."""
    other = (await read_roster(session)).members.get(substitute_id)
    if other is not None and caller.may(ANSWERS) and ANSWERS not in other.permissions:
        raise field_error("/substitute_id", "only_reads", f"{other.name} may not answer orders in your place.")


@router.delete("/absence", dependencies=MINE)
async def end_absence(session: Session, caller: CallerIn) -> AbsenceOut:
    """I am back, or not away after all."""
    if await absences.end_absence(session, caller.user_id):
        subject = Subject("user", str(caller.user_id), caller.name)
        await record(session, "absence.ended", actor=person(caller), subject=subject, audit=True)
        await publish(session, "access.changed")
    return await _absence(session, caller)


def _plan(body: TeamIn) -> keeping.Plan:
    return keeping.Plan(
        name=body.name, members=tuple(dict.fromkeys(body.members)), modules=tuple(body.modules),
        scope=scope_in(body.scope), lead_id=body.lead_id, auto_assign=body.auto_assign, in_app=body.in_app,
        email=body.email, address=body.address,
    )  # fmt: skip


async def _note(session: AsyncSession, caller: Caller, kind: str, team: Team, body: TeamIn | None) -> None:
    """People by id; a mailbox is no business of the log."""
    payload = body.model_dump(mode="json", exclude={"address"}) if body else {}
    await record(
        session,
        kind,
        actor=person(caller),
        subject=Subject("team", str(team.id), team.name),
        payload=payload,
        audit=True,
    )
    await publish(session, "access.changed")


async def _show(session: AsyncSession, caller: Caller) -> TeamList:
    roster = await read_roster(session)
    inside = await keeping.members_of(session)
    everybody = {one.user_id: one.name for one in await list_members(session, caller.organization_id)}
    people = {
        user_id: TeamPerson(id=user_id, name=name, away=user_id in roster.away) for user_id, name in everybody.items()
    }
    return TeamList(
        teams=[
            TeamOut(
                id=team.id, name=team.name, lead_id=team.lead_id, modules=team.modules,
                members=sorted((people[each] for each in inside.get(team.id, ())), key=lambda one: one.name.casefold()),
                scope=scope_out(Scope.read(team.scope)), auto_assign=team.auto_assign, in_app=team.in_app,
                email=team.email, address=team.address,
            )
            for team in await keeping.list_teams(session)
        ],
        people=[people[user_id] for user_id in everybody if user_id in roster.members],
        modules=list(caller.modules),
        choices=await read_choices(session),
    )  # fmt: skip


async def _tags(session: AsyncSession) -> TagList:
    found = await tagging.list_tags(session)
    return TagList(
        tags=[TagRow.model_validate({"id": tag.id, "name": tag.name, "colour": tag.colour}) for tag in found]
    )


async def _absence(session: AsyncSession, caller: Caller) -> AbsenceOut:
    found = await absences.find_absence(session, caller.user_id)
    roster = await read_roster(session)
    others = sorted(
        (one for one in roster.members.values() if one.user_id != caller.user_id), key=lambda one: one.name.casefold()
    )
    mine = await absences.stands_in_for(session, caller.user_id) - {caller.user_id}
    return AbsenceOut(
        from_at=found.from_at if found else None, until_at=found.until_at if found else None,
        substitute_id=found.substitute_id if found else None,
        people=[TeamPerson(id=one.user_id, name=one.name, away=one.user_id in roster.away) for one in others],
        standing_in_for=sorted((await names_of(mine)).values()),
    )  # fmt: skip
