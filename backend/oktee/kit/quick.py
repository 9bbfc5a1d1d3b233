"""A statement as one organization in one round trip: what the hottest lists are read by."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import JSON, Select, Text, literal_column
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.sql.visitors import traverse

from oktee.kit.database import RowScope, database, to_json

Made = TypeVar("Made")
_DIALECT: Final = asyncpg_dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
READER: Final = literal_column("(select reader.id from reader)", PG_UUID())
"""In what is asked: the person who asks."""
ZONE: Final = literal_column("(select reader.zone from reader)", Text())
"""In what is asked: the time zone in which their days begin."""


@dataclass(frozen=True, slots=True)
class Written:
    """A statement as the driver takes it: `$1`, `$2`, ... with their names and values."""

    sql: str
    names: tuple[str, ...]
    values: tuple[Any, ...]

    def having(self, values: Mapping[str, Any]) -> "Written":
        """The same statement with other values for these names."""
        pairs = zip(self.names, self.values, strict=True)
        return Written(self.sql, self.names, tuple(values.get(name, value) for name, value in pairs))


def written(statement: Select[Any]) -> Written:
    """Raises SQLAlchemy's own errors for what cannot be written."""
    made: Any = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    given = made.construct_params()
    documents = {name for name, bound in made.binds.items() if isinstance(bound.type, JSON)}
    names = tuple(made.positiontup or ())
    values = (to_json(given[name]) if name in documents else given[name] for name in names)
    return Written(str(made), names, tuple(values))


def constant(part: Any) -> Any:
    """Of a statement a part that our own code wrote whole: its values stand in the text, so that a plan is made once and for
    all and no value has to travel. Never of anything that a person typed."""

    def inline(bound: Any) -> None:
        bound.literal_execute = True

    traverse(part, {}, {"bindparam": inline})
    return part


@lru_cache(maxsize=500)
def as_tenant(sql: str, tenant: str, reader: str = "select null::uuid as id, 'UTC' as zone") -> str:
    """The statement asked as one organization, with one part of it: columns of `answer`. `reader`: a select of READER and
    ZONE, as `id` and `zone`.

    `tenant` gives them as `one` and `part`: a select of one row at most, by whose reading `app.organization_id` and
    `app.scope` are set, local to this statement; the row policies read them. What is asked stands inside a subquery that
    refers to this row and that nothing pulls up (OFFSET 0), so every plan is a nested loop that reads `tenant` first;
    set_config is no function for parallel workers, so no part of a plan starts before the rest. Were a plan to read
    anything earlier, the setting would be empty there and the policies would show nothing: it fails closed
    (tests/access/test_quick.py).
    """
    fenced = f"select asked.* from ({sql}) asked where tenant.one is not null and tenant.part is not null offset 0"  # noqa: S608 - our own statements; values are parameters
    answer = f"select answer.* from tenant cross join lateral ({fenced}) answer"  # noqa: S608 - see above
    return f"(with tenant as materialized ({tenant}), reader as materialized ({reader}) {answer})"


TENANT: Final = "select set_config('app.organization_id', {0}, true) as one, set_config('app.scope', {1}, true) as part"
"""The row that sets them."""


class Shelf(Generic[Made]):
    """What was made for a question, kept for those asked last."""

    def __init__(self, most: int = 200) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Made] = OrderedDict()

    def get(self, question: Hashable, make: Callable[[], Made]) -> Made:
        found = self._kept.get(question)
        if found is None:
            found = self._kept[question] = make()
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(question)
        return found


@dataclass(frozen=True, slots=True)
class Reader:
    """Who READER is, and in which ZONE."""

    id: UUID
    zone: str


async def row_of(
    asked: Written, organization: UUID, scope: RowScope | None, reader: Reader | None = None
) -> asyncpg.Record | None:
    """The first row of what is asked, as this organization and within this scope."""
    if not isinstance(organization, UUID):
        raise TypeError("the tenant must be a UUID object")
    part = scope.to_json() if scope is not None else ""
    count = len(asked.values)
    tenant = TENANT.format(f"${count + 1}::text", f"${count + 2}::text")
    if reader is None:
        return await database.singles.row(as_tenant(asked.sql, tenant), *asked.values, str(organization), part)
    sql = as_tenant(asked.sql, tenant, f"select ${count + 3}::uuid as id, ${count + 4}::text as zone")
    return await database.singles.row(sql, *asked.values, str(organization), part, reader.id, reader.zone)
