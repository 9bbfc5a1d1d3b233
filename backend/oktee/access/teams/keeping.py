"""Making, changing and ending teams. Every function runs in a session of the caller."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.scope import Scope
from oktee.access.tables import Membership
from oktee.access.teams.tables import Team, TeamMember
from oktee.kit.database import new_id, organization_of
from oktee.kit.errors import Conflict, NotFound, field_error
from oktee.kit.module import installed

MOST_TEAMS: Final = 100


class TeamNameTaken(Conflict):
    """Another team of this organization has this name."""


class TooManyTeams(Conflict):
    """The organization has as many teams as it may."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a team is to be."""

    name: str
    members: tuple[UUID, ...]
    modules: tuple[str, ...]
    scope: Scope | None
    lead_id: UUID | None
    auto_assign: bool
    in_app: bool
    email: bool
    address: str | None


async def list_teams(session: AsyncSession) -> list[Team]:
    """By name."""
    return list(await session.scalars(select(Team).order_by(func.lower(Team.name), Team.id)))


async def members_of(session: AsyncSession, team_ids: Collection[UUID] | None = None) -> dict[UUID, list[UUID]]:
    """The people of each team; of all teams without `team_ids`."""
    statement = select(TeamMember.team_id, TeamMember.user_id).order_by(TeamMember.team_id, TeamMember.user_id)
    if team_ids is not None:
        statement = statement.where(TeamMember.team_id.in_(sorted(team_ids)))
    found: dict[UUID, list[UUID]] = {}
    for team_id, user_id in await session.execute(statement):
        found.setdefault(team_id, []).append(user_id)
    return found


async def get_team(session: AsyncSession, team_id: UUID) -> Team:
    """Raises NotFound."""
    found = await session.get(Team, team_id)
    if found is None:
        raise NotFound("There is no such team.")
    return found


async def make_team(session: AsyncSession, plan: Plan, *, by: UUID) -> Team:
    """Raises Invalid, TeamNameTaken, TooManyTeams."""
    if (await session.scalar(select(func.count()).select_from(Team)) or 0) >= MOST_TEAMS:
        raise TooManyTeams(f"There are {MOST_TEAMS} teams already.")
    team = Team(id=new_id(), created_by=by)
    await _fill(session, team, plan)
    return team


async def change_team(session: AsyncSession, team_id: UUID, plan: Plan) -> Team:
    """Raises NotFound, Invalid, TeamNameTaken."""
    team = await get_team(session, team_id)
    await _fill(session, team, plan)
    return team


async def delete_team(session: AsyncSession, team_id: UUID) -> Team:
    """What it had is nobody's then. Raises NotFound."""
    team = await get_team(session, team_id)
    await session.delete(team)
    await session.flush()
    return team


async def _fill(session: AsyncSession, team: Team, plan: Plan) -> None:
    await check_members(session, plan.members, "/members")
    if plan.lead_id is not None and plan.lead_id not in plan.members:
        raise field_error("/lead_id", "not_a_member", "The lead is one of the team's people.")
    known = {module.name for module in installed().modules}
    for number, module in enumerate(plan.modules):
        if module not in known:
            raise field_error(f"/modules/{number}", "unknown_module", f"There is no module {module[:40]}.")
    name = plan.name.strip()
    same = select(Team.id).where(func.lower(Team.name) == name.lower(), Team.id != team.id)
    if await session.scalar(same):
        raise TeamNameTaken("There is a team of this name already.")
    team.name, team.modules, team.lead_id = name, sorted(set(plan.modules)), plan.lead_id
    team.scope = plan.scope.store() if plan.scope else None
    team.auto_assign, team.in_app, team.email, team.address = plan.auto_assign, plan.in_app, plan.email, plan.address
    session.add(team)
    await session.flush()
    await session.execute(delete(TeamMember).where(TeamMember.team_id == team.id))
    session.add_all(TeamMember(team_id=team.id, user_id=user_id) for user_id in sorted(set(plan.members)))
    await session.flush()


async def check_members(session: AsyncSession, user_ids: Iterable[UUID], pointer: str) -> None:
    """Whether all are people of this organization. Raises Invalid naming the first who is not."""
    wanted = list(user_ids)
    statement = select(Membership.user_id).where(
        Membership.organization_id == organization_of(session), Membership.user_id.in_(wanted)
    )
    known = set(await session.scalars(statement))
    for number, user_id in enumerate(wanted):
        if user_id not in known:
            raise field_error(f"{pointer}/{number}", "unknown_person", "This person is not in the workspace.")
