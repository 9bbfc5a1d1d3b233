"""What narrows the event log: one set of conditions for its rows, its histogram, its exports and the nearest event."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, String, and_, cast, or_

from oktee.journal.tables import JournalEntry


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Of a request; None = any."""

    since: datetime | None = None
    until: datetime | None = None
    object_type: str | None = None
    object_id: str | None = None
    actor_type: str | None = None
    kind: str | None = None
    outcome: str | None = None
    correlation_id: str | None = None
    q: str | None = None
    about: str | None = None
    """What an entry is about, as people name it: an order number, a rule, a shipment; or the beginning of it."""

    def to_json(self) -> dict[str, Any]:
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
            if value is not None
        }

    @classmethod
    def of_json(cls, given: dict[str, Any]) -> "EventFilter":
        instants: dict[str, Any] = {
            name: datetime.fromisoformat(given[name]) for name in ("since", "until") if name in given
        }
        return cls(**(given | instants))

    def in_time(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.since is not None:
            found.append(JournalEntry.at >= self.since)
        if self.until is not None:
            found.append(JournalEntry.at < self.until)
        return found

    def apart_from_time(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        for column, value in (
            (JournalEntry.object_type, self.object_type),
            (JournalEntry.object_id, self.object_id),
            (JournalEntry.actor_type, self.actor_type),
            (JournalEntry.outcome, self.outcome),
            (JournalEntry.correlation_id, self.correlation_id),
        ):
            if value is not None:
                found.append(column == value)
        if self.kind is not None:
            kinds = [one.strip() for one in self.kind.split(",") if one.strip()]
            found.append(or_(*[JournalEntry.kind.startswith(one, autoescape=True) for one in kinds]))
        if self.about is not None and self.about.strip():
            found.extend(_about(self.about.strip()))
        if self.q is not None and self.q.strip():
            word = self.q.strip()
            found.append(
                or_(
                    JournalEntry.object_label.icontains(word, autoescape=True),
                    JournalEntry.kind.icontains(word, autoescape=True),
                    JournalEntry.actor_name.icontains(word, autoescape=True),
                    cast(JournalEntry.payload, String).icontains(word, autoescape=True),
                )
            )
        return found

    def conditions(self) -> list[ColumnElement[bool]]:
        return [*self.in_time(), *self.apart_from_time()]


_MOST_CASES: Final = 16


def _about(name: str) -> list[ColumnElement[bool]]:
    """What is asked for, and the same coarser, in ranges that an index finds. Row security lets an index serve only
    comparisons that can tell nothing of other rows, which these operators are and `lower` is not."""
    label = JournalEntry.object_label
    exact = or_(label.istartswith(name, autoescape=True), JournalEntry.object_id == name)
    beginnings = _beginnings(name)
    if not beginnings:
        return [exact]
    ranges = [and_(label.op("~>=~")(first), label.op("~<~")(after)) for first, after in beginnings]
    return [or_(*ranges, JournalEntry.object_id == name), exact]


def _beginnings(name: str) -> list[tuple[str, str]]:
    """The beginning of the name in each case that its letters may be written in, as far as those are few; and what comes
    after all that begin so. Digits have one: of an order number it is most of it."""
    made = [""]
    for letter in name:
        cases = sorted({letter, letter.lower(), letter.upper()})
        if len(made) * len(cases) > _MOST_CASES or not all(len(each) == 1 and _next(each) for each in cases):
            break
        made = [before + each for before in made for each in cases]
    return [(each, each[:-1] + _next(each[-1])) for each in made if each]


def _next(letter: str) -> str:
    """The character after it; none where there is none that text can hold."""
    following = ord(letter) + 1
    return chr(following) if following < 0xD800 else ""


def asked_of_log(
    since: Annotated[datetime | None, Query(alias="from")] = None,
    until: Annotated[datetime | None, Query(alias="to")] = None,
    object_type: Annotated[str | None, Query(max_length=40)] = None,
    object_id: Annotated[str | None, Query(max_length=80)] = None,
    actor_type: Annotated[str | None, Query(max_length=20)] = None,
    kind: Annotated[
        str | None, Query(description="exact kinds, or prefixes such as `order.`, separated by commas", max_length=200)
    ] = None,
    outcome: Annotated[str | None, Query(max_length=20)] = None,
    correlation_id: Annotated[str | None, Query(max_length=120)] = None,
    q: Annotated[str | None, Query(max_length=120)] = None,
    about: Annotated[
        str | None,
        Query(max_length=120, description="an order number, the name of a rule, a shipment; or the beginning of it"),
    ] = None,
) -> EventFilter:
    """The filter of a request."""
    return EventFilter(since, until, object_type, object_id, actor_type, kind, outcome, correlation_id, q, about)


FilterIn = Annotated[EventFilter, Depends(asked_of_log)]
