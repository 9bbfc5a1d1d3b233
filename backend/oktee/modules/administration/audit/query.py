"""Which audit entries a filter means; the list, the facets and the exports ask the same way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.journal.tables import JournalEntry as Entry
from oktee.modules.administration.audit.wire import AuditFacets, Facet

MOST = 100
"""Choices of one filter."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Times are [since, until). `actor_id`: a person, a key, or a member of staff; `area`: the first word of a kind."""

    since: datetime | None = None
    until: datetime | None = None
    actor_id: str | None = None
    actor_type: str | None = None
    object_type: str | None = None
    object_id: str | None = None
    area: str | None = None
    outcome: str | None = None
    q: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Only what is set, as it goes into cursors, manifests and entries of the journal."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in found.items()
            if value is not None
        }


def narrowed(statement: Select[*tuple[Any, ...]], filters: Filters) -> Select[*tuple[Any, ...]]:
    """The statement, with the filters; only audit entries."""
    statement = statement.where(Entry.log == "audit")
    if filters.since is not None:
        statement = statement.where(Entry.at >= filters.since)
    if filters.until is not None:
        statement = statement.where(Entry.at < filters.until)
    for column, value in (
        (Entry.actor_id, filters.actor_id),
        (Entry.actor_type, filters.actor_type),
        (Entry.object_type, filters.object_type),
        (Entry.object_id, filters.object_id),
        (Entry.outcome, filters.outcome),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if filters.area is not None:
        statement = statement.where(Entry.kind.startswith(f"{filters.area}.", autoescape=True))
    if filters.q is not None and filters.q.strip():
        word = filters.q.strip()
        statement = statement.where(
            or_(
                Entry.object_label.icontains(word, autoescape=True),
                Entry.actor_name.icontains(word, autoescape=True),
                Entry.kind.icontains(word, autoescape=True),
                Entry.address.icontains(word, autoescape=True),
                Entry.transaction_id == word,
                Entry.cause.icontains(word, autoescape=True),
                cast(Entry.payload, String).icontains(word, autoescape=True),
            )
        )
    return statement


async def count(session: AsyncSession, filters: Filters) -> int:
    return int((await session.execute(narrowed(select(func.count()).select_from(Entry), filters))).scalar_one())


async def facets(session: AsyncSession, since: datetime | None, until: datetime | None) -> AuditFacets:
    """The choices in a span of time, most frequent first."""
    span = Filters(since=since, until=until)
    number = func.count()
    area = func.split_part(Entry.kind, ".", 1)
    people = (
        narrowed(select(Entry.actor_type, Entry.actor_id, func.max(Entry.actor_name), number), span)
        .where(Entry.actor_id.is_not(None))
        .group_by(Entry.actor_type, Entry.actor_id)
        .order_by(number.desc(), Entry.actor_id)
        .limit(MOST)
    )
    actors = [
        Facet(value=row[1], label=row[2], type=row[0], count=row[3]) for row in (await session.execute(people)).all()
    ]
    one = []
    for column in (area, Entry.outcome, Entry.object_type):
        statement = narrowed(select(column, number), span).group_by(column).order_by(number.desc(), column).limit(MOST)
        one.append(
            [Facet(value=row[0], label=row[0], count=row[1]) for row in (await session.execute(statement)).all()]
        )
    areas, outcomes, objects = one
    return AuditFacets(
        actors=actors,
        areas=areas,
        outcomes=outcomes,
        objects=objects,
        total=sum(each.count for each in outcomes),
        by_staff=await count(session, Filters(since=since, until=until, actor_type="staff")),
    )
