"""A new workspace, made by the person who becomes its owner; and a new account, made by who proved its e-mail."""

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.people.ladder import OWNER
from oktee.access.tables import Membership, Organization, User
from oktee.kit.database import new_id
from oktee.kit.errors import Forbidden, TooMany
from oktee.kit.settings import settings

RESERVED = frozenset(
    {
        "account", "admin", "administration", "api", "assets", "certificate", "confirm-email", "connect",
        "deletion-certificates", "forgot-password", "hooks", "invitation", "invitation-acceptances", "invitation-readings", "me", "oauth", "operations", "reset-password",
        "session", "sign-in", "sign-up", "sign-ups", "staff", "stream", "support", "v1", "workspaces", "www",
    }
)  # fmt: skip
"""Words that stand where a workspace's slug would, in addresses of pages or of the API."""
MOST_A_DAY = 5


class SignUpByInvitation(Forbidden):
    """This installation makes workspaces for its operators and for owners of another one."""


class TooManyWorkspaces(TooMany):
    """The person has made as many workspaces today as one may."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The five things a workspace begins with."""

    name: str
    country: str
    time_zone: str
    currency: str
    locale: str


async def may_found(session: AsyncSession, user_id: UUID) -> bool:
    """Where SIGN_UP is open, anyone signed in; otherwise who is an active owner of some workspace already (operators use
    `oktee org create`)."""
    if settings().sign_up == "open":
        return True
    owns = select(Membership.role).where(
        Membership.user_id == user_id, Membership.role == OWNER, Membership.state == "active"
    )
    return await session.scalar(owns.limit(1)) is not None


async def check_may_found(session: AsyncSession, user_id: UUID) -> None:
    """Locks the person, so that requests side by side are counted. Raises SignUpByInvitation, TooManyWorkspaces."""
    await session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    if not await may_found(session, user_id):
        raise SignUpByInvitation(
            "New workspaces are made by the operator of this installation, or by owners of another."
        )
    made = (
        select(func.count())
        .select_from(Membership)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(
            Membership.user_id == user_id,
            Membership.role == OWNER,
            Membership.invited_by.is_(None),
            Organization.created_at > func.now() - timedelta(days=1),
        )
    )
    if (await session.scalar(made) or 0) >= MOST_A_DAY:
        raise TooManyWorkspaces(f"{MOST_A_DAY} workspaces a day are the most.", headers={"Retry-After": "86400"})


async def found_workspace(session: AsyncSession, organization_id: UUID, user_id: UUID, wanted: Wanted) -> Organization:
    """In a session of that new organization. Only the administration is on: what is collected is chosen next."""
    await check_may_found(session, user_id)
    made = Organization(
        id=organization_id, slug=await free_slug(session, wanted.name), name=wanted.name.strip(),
        country=wanted.country, time_zone=wanted.time_zone, currency=wanted.currency, locale=wanted.locale,
        modules=["administration"],
    )  # fmt: skip
    session.add(made)
    await session.flush()
    session.add(Membership(organization_id=organization_id, user_id=user_id, role=OWNER))
    await session.flush()
    return made


async def free_slug(session: AsyncSession, name: str) -> str:
    """The word of its addresses: the name in plain letters, with a few random ones where it is taken or reserved."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    if len(slug) < 2 or slug in RESERVED:
        slug = f"{slug or 'workspace'}-{secrets.token_hex(3)}"
    while await session.scalar(select(Organization.id).where(Organization.slug == slug)) is not None:
        slug = f"{slug[:40].rstrip('-')}-{secrets.token_hex(3)}"
    return slug


async def make_account(session: AsyncSession, *, email: str, name: str, password_hash: str, locale: str) -> User | None:
    """A person whose e-mail the link of a mail has proved. None: somebody was quicker with this address."""
    made = (
        insert(User)
        .values(id=new_id(), email=email.strip(), name=name.strip(), password_hash=password_hash, locale=locale)
        .on_conflict_do_nothing()
        .returning(User.id)
    )
    user_id = await session.scalar(made)
    return await session.get_one(User, user_id) if user_id else None
