"""Who calls, in one statement: session, person, workspace, role and scope, for lists that are read again and again.

It admits whom `caller` would admit, by the same functions. Whoever it does not admit at once (nobody signed in, a factor
owed, a preview, a visit that has to be noted) goes the ordinary way, which does the rest and words the refusal.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Final

import orjson
from asyncpg import Record

from oktee.access.caller import Caller, caller_of
from oktee.access.sessions import FIND_SESSION, session_limits, signed_in_user
from oktee.access.workspaces import FIND_WORKSPACE, workspace_of
from oktee.kit.crypto import digest
from oktee.kit.database import database
from oktee.kit.quick import TENANT, Written, as_tenant


@dataclass(frozen=True, slots=True)
class Visit:
    """What a request says of who makes it. `noted`: somebody touched the page, so that the visit counts as one."""

    token: str
    slug: str
    address: str
    noted: bool


_USER: Final = 14
"""How many columns the session and its person have."""
_STALE: Final = 5
_UNSCOPED: Final = "place.scope is null and place.shown_id is null"
_READER: Final = "select who.user_1 as id, place.time_zone as zone from who cross join place"


@lru_cache(maxsize=500)
def _statement(asked: str | None, count: int) -> str:
    """Who and where; and what is `asked` with it, for a person who is a member there and sees the whole workspace. It is
    read before anybody has looked at their permissions: `admit` gives it to nobody before it has."""
    numbers = {name: f"${count + n}" for n, name in enumerate(("hash", "idle", "password_days", "slug"), 1)}
    numbers |= {"user": "who.user_1", "session": "who.user_0"}

    def numbered(statement: str) -> str:
        return re.sub(r"(?<!:):(\w+)\b", lambda found: numbers[found[1]], statement)

    names = ", ".join(f"user_{n}" for n in range(_USER))
    who = f"with who({names}) as materialized ({numbered(FIND_SESSION)}), place as materialized "
    member = numbered(FIND_WORKSPACE)
    found = f"{who} (select place.* from who cross join lateral ({member}) place)"  # noqa: S608 - constants only
    if asked is None:
        return f"{found} select who.*, place.* from who cross join place"  # noqa: S608 - constants only
    tenant = TENANT.format("place.id::text", "''") + f" from place where {_UNSCOPED}"
    joined = f"who cross join place left join {as_tenant(asked, tenant, _READER)} answer on true"
    return f"{found} select who.*, place.*, answer.* from {joined}"  # noqa: S608 - constants, and values as parameters


async def admit(visit: Visit, asked: Written | None) -> tuple[Caller | None, Record | None]:
    """Who calls, and what is asked if it could be read at once: where the person sees the whole workspace. None, None for
    whom only the ordinary way admits or refuses. Raises what `caller` raises."""
    limits = session_limits()
    given = () if asked is None else asked.values
    row = await database.singles.row(
        _statement(None if asked is None else asked.sql, len(given)),
        *given, digest(visit.token), limits["idle"], limits["password_days"], visit.slug,
    )  # fmt: skip
    if row is None:
        return None, None
    place = SimpleNamespace(**{name: value for name, value in row.items() if not name.startswith(("user_", "list_"))})
    if place.shown_id is not None or (visit.noted and (row[_STALE] or place.unseen)):
        return None, None
    user = signed_in_user(row[:_USER])
    if user.owes is not None:
        return None, None
    whole = place.scope is None
    if not whole:
        place.scope = orjson.loads(place.scope)
    who = caller_of(user, workspace_of(place), address=visit.address, changes=False)
    return who, row if asked is not None and whole else None
