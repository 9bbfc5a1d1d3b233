"""recipients(): who is told about something. Nobody who is away is waited for: whoever stands in for them is told instead.

The one place that knows it, for alerts, escalations, approvals and assignments. In a row: the people and teams that are
named, else whoever has the thing, else the teams whose part it is, else everybody with the right to act on it. Teams are
their members; who is away is their substitute, or the substitute's; what is left of a team without anybody is its lead.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.people.ladder import OWNER, permissions_by_role
from oktee.access.people.members import ACTIVE
from oktee.access.scope import Scope, permissions_within
from oktee.access.tables import Membership, Organization, User
from oktee.access.teams.tables import Absence, Team, TeamMember
from oktee.kit.clock import now
from oktee.kit.database import organization_of
from oktee.notify.matters.tables import Matter

WHOLE: Final = frozenset({"exception"})
"""Kinds of things that only those see to whom every brand of them is theirs, as the row policies say."""


@dataclass(frozen=True, slots=True)
class Place:
    """What part of the organization something is about. None and empty = no particular one. `entire`: one brand of several
    is not enough to see it."""

    marketplace_id: str | None = None
    vendor_code: str | None = None
    brands: tuple[str, ...] = ()
    entire: bool = False

    def within(self, scope: Scope | None) -> bool:
        """Whether somebody with this scope sees it, as the row policies say."""
        if scope is None or self == EVERYWHERE:
            return True
        if self.entire and not self.whole(scope):
            return False
        return (
            (scope.marketplaces is None or self.marketplace_id in scope.marketplaces)
            and (scope.vendor_codes is None or self.vendor_code in scope.vendor_codes)
            and (scope.brands is None or not set(self.brands).isdisjoint(scope.brands))
        )

    def whole(self, scope: Scope | None) -> bool:
        """Whether somebody with this scope sees all of it: a line of another brand is not for them."""
        return scope is None or scope.brands is None or set(self.brands) <= set(scope.brands)


EVERYWHERE: Final = Place()


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to tell, in their language and zone. `user_id` None: the mailbox of a team. `instead_of`: who is away.
    `in_app`, `email`: whether the way by which they were found allows that channel; their own wishes come on top."""

    user_id: UUID | None
    name: str
    email: str
    locale: str
    zone: str
    preferences: Mapping[str, Any] = field(default_factory=dict)
    instead_of: UUID | None = None
    in_app: bool = True
    mail: bool = True
    sees_all: bool = True
    """Whether they see all brands that the place names, or only some."""


@dataclass(frozen=True, slots=True)
class Member:
    """An active person of the organization, as the roster knows them."""

    user_id: UUID
    name: str
    email: str
    locale: str
    zone: str
    preferences: Mapping[str, Any]
    role: str
    scope: Scope | None
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Group:
    """A team, as the roster knows it."""

    id: UUID
    name: str
    modules: frozenset[str]
    scope: Scope | None
    lead_id: UUID | None
    members: tuple[UUID, ...]
    auto_assign: bool = True
    in_app: bool = True
    email: bool = True
    address: str | None = None

    def works_on(self, module: str, place: Place) -> bool:
        return (not self.modules or module in self.modules) and place.within(self.scope)


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is there, who is away (person -> substitute, or None without one), and who works together."""

    members: Mapping[UUID, Member]
    away: Mapping[UUID, UUID | None]
    teams: Mapping[UUID, Group]
    locale: str = "en"
    zone: str = "UTC"

    def stand_in(self, user_id: UUID) -> UUID | None:
        """The person, or who stands in for them; None when nobody does. A circle of substitutes is nobody."""
        seen: set[UUID] = set()
        at: UUID | None = user_id
        while at is not None and at in self.away:
            if at in seen:
                return None
            seen.add(at)
            at = self.away[at]
        return at if at in self.members else None

    def team_for(self, module: str, place: Place) -> Group | None:
        """The team that new work of this place is given to: the one with the narrowest part, by name among equals."""
        fitting = [team for team in self.teams.values() if team.auto_assign and team.works_on(module, place)]
        return min(fitting, key=lambda team: (_breadth(team.scope), team.name.casefold()), default=None)

    def resolve(
        self,
        *,
        people: Iterable[UUID] = (),
        teams: Iterable[UUID] = (),
        place: Place = EVERYWHERE,
        permission: str | None = None,
        module: str = "supply",
    ) -> list[Recipient]:
        """Whom to tell: the people and teams named, else the teams of the place, else whoever has the permission."""
        found: dict[UUID | str, Recipient] = {}
        named_people, named_teams = list(people), [self.teams[team] for team in teams if team in self.teams]
        for user_id in named_people:
            self._add(found, user_id, place)
        for team in named_teams:
            self._add_team(found, team, place)
        if not found and not named_people and not named_teams:
            for team in self.teams.values():
                if team.auto_assign and team.works_on(module, place):
                    self._add_team(found, team, place)
        if not _heard(found) and permission is not None:
            for member in self.members.values():
                if permission in member.permissions:
                    self._add(found, member.user_id, place)
            if not _heard(found):  # everybody with the right is away: better they all hear of it than nobody
                for member in self.members.values():
                    if permission in member.permissions or member.role == OWNER:
                        self._put(found, member, place)
        return sorted(found.values(), key=lambda one: (one.name.casefold(), one.email))

    def _add(
        self, found: dict[UUID | str, Recipient], user_id: UUID, place: Place, *, in_app: bool = True, mail: bool = True
    ) -> None:
        there = self.stand_in(user_id)
        if there is not None:
            self._put(
                found, self.members[there], place, in_app=in_app, mail=mail,
                instead_of=user_id if there != user_id else None,
            )  # fmt: skip

    def _put(
        self, found: dict[UUID | str, Recipient], member: Member, place: Place, *, in_app: bool = True,
        mail: bool = True, instead_of: UUID | None = None,
    ) -> None:  # fmt: skip
        if not place.within(member.scope):
            return
        before = found.get(member.user_id)
        if before is not None:  # found in two ways: each channel that either allows, and for themselves before anybody
            found[member.user_id] = replace(
                before, in_app=before.in_app or in_app, mail=before.mail or mail,
                instead_of=before.instead_of if instead_of is not None else None,
            )  # fmt: skip
            return
        found[member.user_id] = Recipient(
            member.user_id, member.name, member.email, member.locale, member.zone, member.preferences, instead_of,
            in_app, mail, place.whole(member.scope),
        )  # fmt: skip

    def _add_team(self, found: dict[UUID | str, Recipient], team: Group, place: Place) -> None:
        before = len(found)
        for user_id in team.members:
            self._add(found, user_id, place, in_app=team.in_app, mail=team.email)
        if len(found) == before and team.lead_id is not None and not _reaches(found, team.members):
            self._add(found, team.lead_id, place)
        if team.address:
            found[team.address] = Recipient(None, team.name, team.address, self.locale, self.zone, in_app=False)


def _breadth(scope: Scope | None) -> int:
    """How many parts of the scope are open: a team of one brand comes before that of a whole marketplace."""
    return 3 if scope is None else [scope.marketplaces, scope.vendor_codes, scope.brands].count(None)


def _heard(found: Mapping[UUID | str, Recipient]) -> bool:
    """A mailbox is nobody: somebody has to be told, too."""
    return any(one.user_id is not None for one in found.values())


def _reaches(found: Mapping[UUID | str, Recipient], members: Collection[UUID]) -> bool:
    return any(member in found for member in members)


async def read_roster(session: AsyncSession, *, at: datetime | None = None) -> Roster:
    """The organization's active people, teams, and who is away at that instant (by default now)."""
    organization_id, at = organization_of(session), at or now()
    organization = await session.get_one(Organization, organization_id)
    held = await permissions_by_role(session, organization_id)
    people = await session.execute(
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organization_id == organization_id, Membership.state == ACTIVE, User.disabled_at.is_(None))
    )
    members = {}
    for membership, user in people:
        scope = Scope.read(membership.scope)
        members[user.id] = Member(
            user.id, user.name, user.email, user.locale, user.preferences.get("time_zone") or organization.time_zone,
            user.preferences, membership.role, scope,
            permissions_within(held.get(membership.role, frozenset()), scope),
        )  # fmt: skip
    away = await session.execute(
        select(Absence.user_id, Absence.substitute_id).where(Absence.from_at <= at, Absence.until_at > at)
    )
    inside: dict[UUID, list[UUID]] = {}
    for team_id, user_id in await session.execute(select(TeamMember.team_id, TeamMember.user_id)):
        inside.setdefault(team_id, []).append(user_id)
    teams = {
        team.id: Group(
            team.id, team.name, frozenset(team.modules), Scope.read(team.scope), team.lead_id,
            tuple(inside.get(team.id, ())), team.auto_assign, team.in_app, team.email, team.address,
        )
        for team in await session.scalars(select(Team))
    }  # fmt: skip
    return Roster(members, dict(away.all()), teams, organization.locale, organization.time_zone)


async def recipients(
    session: AsyncSession,
    *,
    kind: str | None = None,
    object_id: UUID | str | None = None,
    people: Iterable[UUID] = (),
    teams: Iterable[UUID] = (),
    place: Place = EVERYWHERE,
    permission: str | None = None,
    module: str = "supply",
    roster: Roster | None = None,
) -> list[Recipient]:
    """Who is told about the object (`kind` and `object_id` as the journal names it, e.g. order), or about what is named.

    `place`: the marketplace, vendor code and brands it is about: nobody hears of what they may not see. `permission`: who
    can act on it, asked when nobody has it and no team works on it. `roster`: read once for many of them.
    """
    roster = roster or await read_roster(session)
    named_people, named_teams = list(people), list(teams)
    if not named_people and not named_teams and kind is not None:
        had = await session.execute(
            select(Matter.assigned_user_id, Matter.assigned_team_id).where(
                Matter.kind == kind, Matter.object_id == str(object_id)
            )
        )
        for user_id, team_id in had:
            named_people += [user_id] if user_id is not None else []
            named_teams += [team_id] if team_id is not None else []
    return roster.resolve(
        people=named_people, teams=named_teams, place=place, permission=permission, module=module
    )  # fmt: skip
