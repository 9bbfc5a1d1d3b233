"""Organizations of a person, and making organizations and people."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.password_policy import check_policy
from oktee.access.passwords import hash_password
from oktee.access.roles import PERMISSIONS, ROLES, needs_second_factor, permissions_of
from oktee.access.scope import Scope, narrowed, permissions_within
from oktee.access.sessions import find_user
from oktee.access.sso.policy import REQUIRED_BY
from oktee.access.tables import Membership, Organization, User
from oktee.kit.database import CURRENT_ORGANIZATION, database, global_session
from oktee.kit.errors import Conflict, field_error
from oktee.kit.module import installed


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose view a preview shows ("View as"), and until when."""

    user_id: UUID
    name: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Workspace:
    """An organization as one of its people sees it. `role`: a shipped role or the key of one of its own, whose name is
    `role_name`; `permissions`: of that role, within the scope."""

    organization_id: UUID
    slug: str
    name: str
    role: str
    modules: tuple[str, ...]
    currency: str
    time_zone: str
    locale: str
    country: str
    scope: Scope | None = None
    sso_required_by: UUID | None = None
    """The identity provider this person has to come by; null = any way of signing in will do."""

    role_name: str | None = None
    permissions: frozenset[str] = frozenset()
    require_second_factor: bool = False
    preview: Shown | None = None
    """Set while this session looks at the workspace as somebody else: role, permissions and scope are then theirs."""

    @property
    def demands_factor(self) -> bool:
        """Whether this person needs a second factor here (SEC-06)."""
        return self.require_second_factor or needs_second_factor(self.permissions)


class SlugTaken(Conflict):
    """Another organization has this slug."""


_MEMBER = """select o.id, o.slug, o.name, o.modules, o.currency, o.time_zone, o.locale, o.country,
    o.require_second_factor, m.role, m.scope, r.name as role_name, r.permissions as own_permissions,
    coalesce(m.last_seen_at < now() - interval '5 minutes', true) as unseen, """
_FROM = """ from memberships m join organizations o on o.id = m.organization_id
    left join roles r on r.organization_id = m.organization_id and r.key = m.role"""
_OF_PERSON = """ where m.user_id = :user and m.state = 'active' and o.closed_at is null
    and exists (select 1 from users a where a.id = m.user_id and a.disabled_at is null)"""
_SELECT = f"""{_MEMBER} {REQUIRED_BY} as sso_required_by, p.user_id as shown_id, p.ends_at as shown_until,
    u.name as shown_name, s.role as shown_role, s.scope as shown_scope, q.name as shown_role_name,
    q.permissions as shown_permissions
    {_FROM}
    left join previews p on p.session_id = :session and p.organization_id = o.id and p.ends_at > now()
    left join memberships s on s.organization_id = o.id and s.user_id = p.user_id and s.state = 'active'
    left join users u on u.id = s.user_id
    left join roles q on q.organization_id = o.id and q.key = s.role
    {_OF_PERSON}"""
FIND_WORKSPACE: Final = f"{_SELECT} and o.slug = :slug"
"""Of one person, session and slug: what `workspace_of` reads."""
_FIND = text(FIND_WORKSPACE)
_BY_ID = text(f"{_SELECT} and o.id = :organization")
_LIST = text(f"{_SELECT} order by o.name, o.id")
_SEEN = text("update memberships set last_seen_at = now() where organization_id = :organization and user_id = :user")


async def find_workspace(
    user_id: UUID, slug: str, *, session_id: UUID | None = None, touch: bool = False
) -> Workspace | None:
    """The workspace of that slug, if this person is an active member of it. `session_id`: with the preview of that session.
    `touch`: the person is at work there now (noted at most every five minutes)."""
    async with database.autocommit() as connection:
        row = (await connection.execute(_FIND, {"user": user_id, "slug": slug, "session": session_id})).first()
        if row is None:
            return None
        if touch and row.unseen:
            await connection.execute(_SEEN, {"organization": row.id, "user": user_id})
    return workspace_of(row)


async def find_membership(organization_id: UUID, user_id: UUID) -> Workspace | None:
    """The workspace as this person may see it now, if they still belong to it: for what goes on in their name."""
    async with database.autocommit() as connection:
        values = {"user": user_id, "organization": organization_id, "session": None}
        row = (await connection.execute(_BY_ID, values)).first()
    return None if row is None else workspace_of(row)


async def list_workspaces(user_id: UUID, *, session_id: UUID | None = None) -> list[Workspace]:
    """Where this person is an active member. `session_id`: with the previews of that session."""
    async with database.autocommit() as connection:
        rows = (await connection.execute(_LIST, {"user": user_id, "session": session_id})).all()
    return [workspace_of(row) for row in rows]


def workspace_of(row: Any) -> Workspace:
    """Of a row of FIND_WORKSPACE."""
    scope = Scope.read(row.scope)
    found = Workspace(
        row.id, row.slug, row.name, row.role, tuple(row.modules), row.currency, row.time_zone, row.locale, row.country,
        scope, row.sso_required_by, row.role_name, permissions_within(_held(row.role, row.own_permissions), scope),
        row.require_second_factor,
    )  # fmt: skip
    return _seen_as(found, row) if row.shown_name is not None else found


def _seen_as(viewer: Workspace, row: Any) -> Workspace:
    """The same workspace through the eyes of another; never more than the one who looks may see."""
    scope = narrowed(Scope.read(row.shown_scope), viewer.scope)
    held = permissions_within(_held(row.shown_role, row.shown_permissions), scope)
    return replace(
        viewer, role=row.shown_role, role_name=row.shown_role_name, scope=scope, permissions=held & viewer.permissions,
        preview=Shown(row.shown_id, row.shown_name, row.shown_until),
    )  # fmt: skip


def _held(role: str, own: Iterable[str] | None) -> frozenset[str]:
    """What a role allows: one that ships by the matrix, one of the organization's own by its row."""
    return permissions_of(role) if own is None else frozenset(own) & PERMISSIONS


_ADMITS = text(
    """select 1 from memberships m join organizations o on o.id = m.organization_id join users u on u.id = m.user_id
    where m.user_id = :user and m.organization_id = :organization and m.state = 'active' and o.closed_at is null
      and u.disabled_at is null"""
)


async def admits(organization_id: UUID, user_id: UUID) -> bool:
    """Whether the person is an active member of a workspace that is open: asked again and again by what stays connected."""
    async with database.autocommit() as connection:
        found = await connection.execute(_ADMITS, {"user": user_id, "organization": organization_id})
        return found.first() is not None


_MODULES = text("select modules from organizations where id = :id")


async def enabled_modules(organization_id: UUID) -> tuple[str, ...]:
    """The module families this organization has switched on."""
    async with database.autocommit() as connection:
        found = (await connection.execute(_MODULES, {"id": organization_id})).scalar_one_or_none()
    return tuple(found or ())


def zone_here() -> Select[Any]:
    """The same of the organization whose rows are seen, as a question of a statement."""
    return select(Organization.time_zone).where(Organization.id == CURRENT_ORGANIZATION)


_ZONE = "select time_zone from organizations where id = $1"


async def organization_zone(organization_id: UUID) -> str:
    """The IANA zone in which this organization's warehouse works."""
    found = await database.singles.row(_ZONE, organization_id)
    assert found is not None
    return str(found["time_zone"])


_NAMES = "select id, name from users where id = any($1::uuid[])"
"""Single statements: whoever asks often has a connection of the pool already, and must not wait for another while they hold it."""


async def names_of(user_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """The names of people by id; one who is gone is left out."""
    ids = sorted({user_id for user_id in user_ids if user_id is not None})
    if not ids:
        return {}
    return {row["id"]: row["name"] for row in await database.singles.rows(_NAMES, ids)}


async def create_organization(
    *,
    slug: str,
    name: str,
    country: str,
    time_zone: str,
    currency: str,
    locale: str = "en",
    modules: tuple[str, ...] | None = None,
) -> UUID:
    """A new workspace with every installed module on, unless named. Raises SlugTaken."""
    async with global_session() as session:
        taken = await session.scalar(select(Organization.id).where(Organization.slug == slug))
        if taken:
            raise SlugTaken(f"There is a workspace {slug} already.")
        made = Organization(
            slug=slug,
            name=name,
            country=country,
            time_zone=time_zone,
            currency=currency,
            locale=locale,
            modules=list(modules if modules is not None else [module.name for module in installed().modules]),
        )
        session.add(made)
        await session.flush()
        return made.id


async def find_organization(slug: str) -> UUID | None:
    async with global_session() as session:
        return await session.scalar(select(Organization.id).where(Organization.slug == slug))


async def put_user(*, email: str, name: str, password: str, locale: str = "en", check: bool = True) -> UUID:
    """Make a person, or give an existing one this name and password. Raises Invalid for a weak password."""
    if check:
        check_policy(password, name=name, email=email)
    hashed = await hash_password(password)
    async with global_session() as session:
        user = await find_user(session, email)
        if user is None:
            user = User(email=email.strip(), name=name, password_hash=hashed, locale=locale)
            session.add(user)
        else:
            user.name, user.password_hash = name, hashed
        await session.flush()
        return user.id


async def put_member(organization_id: UUID, user_id: UUID, role: str) -> None:
    """Give a person a role in an organization, replacing the one they had."""
    if role not in ROLES:
        raise field_error("/role", "unknown_role", f"There is no role {role}.")
    async with global_session() as session:
        await _put_member(session, organization_id, user_id, role)


async def _put_member(session: AsyncSession, organization_id: UUID, user_id: UUID, role: str) -> None:
    found = await session.get(Membership, (organization_id, user_id))
    if found is None:
        session.add(Membership(organization_id=organization_id, user_id=user_id, role=role))
    else:
        found.role = role
