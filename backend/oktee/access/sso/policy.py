"""When a password opens nothing: the company of this person, or this workspace, asks for its own sign-in."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.sso.domains import domain_of
from oktee.kit.errors import Forbidden


class SsoRequired(Forbidden):
    """The company asks everybody to sign in at its own identity provider."""


REQUIRED_BY = (
    "(select p.id from sso_providers p where p.organization_id = o.id and p.enabled and p.required "
    "and p.break_glass_user_id is distinct from m.user_id)"
)
"""For a statement over organizations `o` and memberships `m`: the provider this member has to come by, null = any way."""

_REFUSES = text(
    """select 1 from sso_domains d
    join sso_providers p on p.organization_id = d.organization_id
    join organizations o on o.id = p.organization_id
    where d.domain = :domain and d.verified_at is not null and p.enabled and p.required and o.closed_at is null
      and p.break_glass_user_id is distinct from cast(:user as uuid)"""
)


async def refuse_password(session: AsyncSession, *, email: str, user_id: UUID) -> None:
    """After the password was right, so that nobody learns more than who knows it. Raises SsoRequired."""
    values = {"domain": domain_of(email), "user": user_id}
    if (await session.execute(_REFUSES, values)).first() is not None:
        raise SsoRequired("Your company asks you to sign in with its own account.")
