"""Working together on orders; and the people and teams there are for it."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import CallerIn, Session, needs
from oktee.access.teams.keeping import list_teams
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit.errors import NotFound
from oktee.modules.supply.alerting import thing_of
from oktee.modules.supply.hands import ACTS, RESOLVES, tag_out
from oktee.modules.supply.together.routes import Kind, routes_of
from oktee.modules.supply.wire.words import TagOut
from oktee.notify.matters import tagging
from oktee.notify.matters.having import Thing
from oktee.notify.recipients import read_roster

router = APIRouter()
READ = [needs("orders.read")]


class Colleague(BaseModel):
    """Somebody who reads orders. `acts`: may be given one; `resolves`: may be given an exception; `away`: not there now;
    `substitute`: who then stands in."""

    id: UUID
    name: str
    acts: bool
    resolves: bool
    away: bool
    substitute: str | None


class TeamName(BaseModel):
    """A team that can be given work."""

    id: UUID
    name: str
    mine: bool


class Colleagues(BaseModel):
    """Everybody and everything that an order or an exception can be given to, and the tags it can have."""

    people: list[Colleague]
    teams: list[TeamName]
    tags: list[TagOut]


@router.get("/colleagues", dependencies=READ)
async def list_colleagues(session: Session, caller: CallerIn) -> Colleagues:
    """People who may read orders, teams, and the workspace's tags."""
    roster = await read_roster(session)
    people = sorted(
        (one for one in roster.members.values() if "orders.read" in one.permissions),
        key=lambda one: one.name.casefold(),
    )
    found = []
    for one in people:
        other = roster.stand_in(one.user_id)
        away = one.user_id in roster.away
        substitute = roster.members[other].name if away and other is not None else None
        found.append(
            Colleague(
                id=one.user_id, name=one.name, acts=ACTS in one.permissions, resolves=RESOLVES in one.permissions,
                away=away, substitute=substitute,
            )
        )  # fmt: skip
    mine = {group.id for group in roster.teams.values() if caller.user_id in group.members}
    return Colleagues(
        people=found,
        teams=[TeamName(id=team.id, name=team.name, mine=team.id in mine) for team in await list_teams(session)],
        tags=[tag_out(tag) for tag in await tagging.list_tags(session)],
    )


def _order_id(order_id: UUID) -> UUID:
    return order_id


async def _order(session: AsyncSession, order_id: UUID) -> Thing:
    """Raises NotFound, also for an order outside the scope."""
    found = await session.get(PurchaseOrder, order_id)
    if found is None:
        raise NotFound("There is no such order.")
    return thing_of(found)


ORDERS = Kind(
    path="/orders/{order_id}",
    several="/assignments",
    identify=_order_id,
    find=_order,
    acts=ACTS,
    names=(
        "get_teamwork", "put_assignee", "assign_orders", "add_note", "delete_note", "restore_note", "put_order_tags", "add_attachment",
        "download_attachment", "delete_attachment", "restore_attachment",
    ),
)  # fmt: skip
order_routes = routes_of(ORDERS)
