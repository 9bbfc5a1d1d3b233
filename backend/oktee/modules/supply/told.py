"""Who is told that an order waits: one place that names them, so that everybody who tells people tells the same ones."""

from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.people.ladder import permissions_by_role
from oktee.access.people.members import ACTIVE
from oktee.access.scope import Scope
from oktee.access.tables import Membership, Organization, User
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit.database import organization_of

CONFIRM = "orders.confirm"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is told, in their language and zone, of what they may see."""

    email: str
    name: str
    locale: str
    zone: ZoneInfo
    scope: Scope | None

    def sees(self, order: PurchaseOrder) -> bool:
        """Whether the whole order is inside the person's scope: a mail names no order that the list would hide."""
        scope = self.scope
        return scope is None or (
            _inside(scope.marketplaces, (order.marketplace_id,))
            and _inside(scope.vendor_codes, (order.vendor_code,))
            and _inside(scope.brands, order.brands)
        )


def _inside(wanted: tuple[str, ...] | None, names: Collection[str]) -> bool:
    return wanted is None or all(name in wanted for name in names)


async def who_answers(session: AsyncSession) -> list[Reader]:
    """Everybody who may confirm orders here, by address."""
    organization_id = organization_of(session)
    organization = await session.get_one(Organization, organization_id)
    held = await permissions_by_role(session, organization_id)
    hearing = [role for role, permissions in held.items() if CONFIRM in permissions]
    people = await session.execute(
        select(User.email, User.name, User.locale, User.preferences, Membership.scope)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.organization_id == organization_id,
            Membership.role.in_(hearing),
            Membership.state == ACTIVE,
            User.disabled_at.is_(None),
        )
        .order_by(User.email)
    )
    return [
        Reader(
            person.email,
            person.name,
            person.locale,
            ZoneInfo(person.preferences.get("time_zone") or organization.time_zone),
            Scope.read(person.scope),
        )
        for person in people
    ]
