"""What a connection has to tell people by mail: to those of the workspace who may manage connections."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.people.ladder import permissions_by_role
from oktee.access.people.members import ACTIVE
from oktee.access.tables import Membership, Organization, User
from oktee.kit.clock import now
from oktee.kit.database import organization_of
from oktee.kit.settings import settings
from oktee.notify.alerts.telling import Alert
from oktee.notify.alerts.telling import tell as alert
from oktee.notify.mail import send_mail
from oktee.notify.notices import Notice

MANAGE: Final = "connection.manage"


async def tell(session: AsyncSession, template: str, values: Mapping[str, object]) -> int:
    """Mail each of them, in their language and in the caller's transaction; answers how many there were."""
    organization_id = organization_of(session)
    organization = await session.get_one(Organization, organization_id)
    held = await permissions_by_role(session, organization_id)
    hearing = [role for role, permissions in held.items() if MANAGE in permissions]
    found = await session.execute(
        select(User.id, User.email, User.name, User.locale)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.organization_id == organization_id,
            Membership.role.in_(hearing),
            Membership.state == ACTIVE,
            User.disabled_at.is_(None),
        )
        .order_by(User.email)
    )
    people = found.all()
    page = f"{settings().public_url}/{organization.slug}/administration/connections"
    await alert(
        session,
        Alert(
            Notice.CONNECTION_TROUBLE, "connection", str(values.get("connection_id", template)),
            str(values.get("account", organization.name)), cause=f"{Notice.CONNECTION_TROUBLE.value}:{template}",
            version=f"{template}:{now():%Y-%m-%d}", action="fix", people=tuple(person.id for person in people),
            mail=False,
        ),
    )  # fmt: skip
    told = 0
    for person in people:
        filled = {"name": person.name, "workspace": organization.name, "page": page} | dict(values)
        await send_mail(
            session,
            to=person.email,
            template=template,
            locale=person.locale,
            values=filled,
            organization_id=organization_id,
            notice=Notice.CONNECTION_TROUBLE,
        )
        told += 1
    return told
