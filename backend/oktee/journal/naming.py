"""Names for the people that entries speak of: an audit entry names them by id, so that an erased person is nobody in it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Text, cast, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.tables import Membership, User
from oktee.kit.database import CURRENT_ORGANIZATION, organization_of

PEOPLE: Final = ("person", "substitute")
"""Where a payload holds the id of a person."""


async def people_in(session: AsyncSession, payloads: Iterable[Mapping[str, Any]]) -> dict[UUID, str]:
    """The names of those who are of this organization, by id. Without anybody to name nothing is asked; staff of ours sees
    no list of a customer's people."""
    ids = {found for payload in payloads for found in ids_in(payload)}
    if not ids or "staff_id" in session.info:
        return {}
    statement = (
        select(User.id, User.name)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization_of(session), User.id.in_(sorted(ids)))
    )
    return dict((await session.execute(statement)).all())


def names_in(payloads: Select[Any]) -> Select[UUID, str]:
    """The same as a question of a statement (`payloads`: one column of them)."""
    (payload,) = payloads.subquery("payloads").c
    named = union(*(select(payload[name].astext) for name in PEOPLE))
    return (
        select(User.id, User.name)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == CURRENT_ORGANIZATION, cast(User.id, Text).in_(named))
    )


def ids_in(payload: Mapping[str, Any]) -> list[UUID]:
    """The people that a payload names."""
    found = []
    for name in PEOPLE:
        try:
            found.append(UUID(str(payload.get(name))))
        except ValueError:
            continue
    return found


def said_by_id(payload: Mapping[str, Any], names: Mapping[UUID, str]) -> dict[str, str]:
    """Of one entry: the names behind its ids."""
    return {str(one): names[one] for one in ids_in(payload) if one in names}
