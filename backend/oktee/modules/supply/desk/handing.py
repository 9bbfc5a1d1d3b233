"""Many orders given to somebody, or marked with tags: what is on them besides stays."""

from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.access.teams.keeping import check_members, get_team
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import person
from oktee.kit.errors import NotFound, field_error
from oktee.modules.supply.alerting import thing_of
from oktee.modules.supply.hands import check_acts
from oktee.notify.matters import having, tagging
from oktee.notify.matters.tables import MatterTag

HANDING: Final = ("assign", "tag", "untag")
"""Acts that change nothing of the answer: whoever sees the order may do them, like on its page."""


class Wish(Protocol):
    """To whom, or which tags."""

    @property
    def action(self) -> str: ...
    @property
    def person_id(self) -> UUID | None: ...
    @property
    def team_id(self) -> UUID | None: ...
    @property
    def tags(self) -> Sequence[UUID]: ...


async def check_hands(
    session: AsyncSession, *, person_id: UUID | None, team_id: UUID | None, tags: Sequence[UUID]
) -> None:
    """Who and what is named exists: said once, before the first order. Raises Invalid, NotFound."""
    if person_id is not None:
        await check_members(session, [person_id], "/person_id")
        await check_acts(session, person_id)
    if team_id is not None:
        await get_team(session, team_id)
    known = {tag.id for tag in await tagging.list_tags(session)} if tags else set()
    for number, tag_id in enumerate(tags):
        if tag_id not in known:
            raise field_error(f"/tags/{number}", "unknown_tag", "This tag is not on the list.")


async def hand(session: AsyncSession, caller: Caller, order_id: UUID, wish: Wish) -> None:
    """One order. Raises NotFound, also for one outside the scope."""
    order = await session.get(PurchaseOrder, order_id)
    if order is None:
        raise NotFound("There is no such order.")
    thing = thing_of(order)
    if wish.action == "assign":
        await having.assign(session, thing, having.Holder(wish.person_id, wish.team_id), actor=person(caller))
        return
    matter = await having.matter_of(session, thing)
    had = set(await session.scalars(select(MatterTag.tag_id).where(MatterTag.matter_id == matter.id)))
    wanted = had | set(wish.tags) if wish.action == "tag" else had - set(wish.tags)
    await tagging.set_tags(session, thing, sorted(wanted), actor=person(caller))
