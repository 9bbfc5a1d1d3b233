"""Who has an order or an exception and which tags it has: beside the rows of a list, and as a filter of it."""

from collections.abc import Collection, Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.teams.tables import Team, TeamMember
from oktee.access.workspaces import names_of
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit.errors import field_error
from oktee.modules.supply.wire.words import Hands, Holder, TagOut
from oktee.notify.matters.tables import Matter, MatterTag, Tag
from oktee.notify.recipients import read_roster

ORDER: Final = "order"
EXCEPTION: Final = "exception"
ACTS: Final = "orders.hold"
"""The least that somebody needs who is given an order."""
RESOLVES: Final = "exceptions.resolve"
"""The least that somebody needs who is given an exception."""
WORDS: Final = ("me", "my_team", "none")


class NamesNobody(ValueError):
    """A word of the filter that is no person, team or tag."""


Mine = Collection[UUID] | Select[Any]
"""Who `me` is: ids, or a statement that gives them."""


def held_by(words: Iterable[str], mine: Mine) -> ColumnElement[bool]:
    """Orders that one of these has: `me` (and those I stand in for: `mine`), `my_team` (my teams and their people),
    `none`, or the id of a person or a team. Raises NamesNobody."""
    asked = set(words)
    ways = [_given(ORDER, PurchaseOrder.id, _holders(asked, mine))]
    if "none" in asked:
        ways.append(_free(ORDER, PurchaseOrder.id))
    return or_(*ways)


def exceptions_held_by(words: Iterable[str], mine: Mine, *, number: Any, order_number: Any) -> ColumnElement[bool]:
    """The same of exceptions (`number`: their id, `order_number`: that of their order). One that was given to nobody is with
    whoever has its order. Raises NamesNobody."""
    asked = set(words)
    holders = _holders(asked, mine)
    without = _free(EXCEPTION, number)
    ways = [_given(EXCEPTION, number, holders), and_(without, _given(ORDER, order_number, holders))]
    if "none" in asked:
        ways.append(and_(without, or_(order_number.is_(None), _free(ORDER, order_number))))
    return or_(*ways)


def _holders(asked: Collection[str], mine: Mine) -> ColumnElement[bool]:
    """Of a matter: one of these has it."""
    named = _ids(set(asked) - set(WORDS))
    people: list[ColumnElement[bool]] = [Matter.assigned_user_id.in_(named), Matter.assigned_team_id.in_(named)]
    if "me" in asked:
        people.append(Matter.assigned_user_id.in_(mine))
    if "my_team" in asked:
        teams = select(TeamMember.team_id).where(TeamMember.user_id.in_(mine))
        members = select(TeamMember.user_id).where(TeamMember.team_id.in_(teams))
        people += [Matter.assigned_team_id.in_(teams), Matter.assigned_user_id.in_(members)]
    return or_(*people)


def _given(kind: str, number: Any, holders: ColumnElement[bool]) -> ColumnElement[bool]:
    return cast(number, String).in_(select(Matter.object_id).where(Matter.kind == kind, holders))


def _free(kind: str, number: Any) -> ColumnElement[bool]:
    had = Matter.assigned_user_id.is_not(None) | Matter.assigned_team_id.is_not(None)
    return cast(number, String).not_in(select(Matter.object_id).where(Matter.kind == kind, had))


async def check_acts(session: AsyncSession, person_id: UUID | None, permission: str = ACTS) -> None:
    """Work is given only to who may do something about it. Raises Invalid."""
    member = (await read_roster(session)).members.get(person_id) if person_id is not None else None
    if member is not None and permission not in member.permissions:
        raise field_error("/person_id", "only_reads", f"{member.name} only reads here and may not act on it.")


def tagged_with(words: Iterable[str]) -> ColumnElement[bool]:
    """Orders with one of these tags, by id. Raises NamesNobody."""
    having = (
        select(Matter.object_id)
        .join(MatterTag, MatterTag.matter_id == Matter.id)
        .where(Matter.kind == ORDER, MatterTag.tag_id.in_(_ids(words)))
    )
    return cast(PurchaseOrder.id, String).in_(having)


def _ids(words: Iterable[str]) -> list[UUID]:
    found = []
    for word in sorted(words):
        try:
            found.append(UUID(word))
        except ValueError:
            raise NamesNobody(f"{word[:40]!r} names nobody and nothing here.") from None
    return found


async def hands_of(session: AsyncSession, object_ids: Iterable[UUID], kind: str = ORDER) -> dict[UUID, Hands]:
    """Of the orders (or exceptions) that somebody has or that have tags."""
    ids = sorted({str(object_id) for object_id in object_ids})
    if not ids:
        return {}
    rows = await session.execute(
        select(Matter, Team.name)
        .outerjoin(Team, Team.id == Matter.assigned_team_id)
        .where(Matter.kind == kind, Matter.object_id.in_(ids))
    )
    matters: list[tuple[Matter, str | None]] = list(rows)
    people = await names_of(matter.assigned_user_id for matter, _ in matters)
    tags: dict[UUID, list[TagOut]] = {}
    tagged: Any = (
        select(MatterTag.matter_id, Tag)
        .join(Tag, Tag.id == MatterTag.tag_id)
        .where(MatterTag.matter_id.in_([matter.id for matter, _ in matters]))
        .order_by(Tag.name)
    )
    for matter_id, tag in await session.execute(tagged):
        tags.setdefault(matter_id, []).append(tag_out(tag))
    found = {
        UUID(matter.object_id): Hands(assignee=holder_of(matter, team, people), tags=tags.get(matter.id, []))
        for matter, team in matters
    }
    return {number: hands for number, hands in found.items() if hands.assignee or hands.tags}


def holder_of(matter: Matter, team: str | None, people: dict[UUID, str]) -> Holder | None:
    if matter.assigned_team_id is not None and team is not None:
        return Holder(type="team", id=matter.assigned_team_id, name=team)
    if matter.assigned_user_id is not None and matter.assigned_user_id in people:
        return Holder(type="person", id=matter.assigned_user_id, name=people[matter.assigned_user_id])
    return None


def tag_out(tag: Tag) -> TagOut:
    return TagOut.model_validate({"id": tag.id, "name": tag.name, "colour": tag.colour})
