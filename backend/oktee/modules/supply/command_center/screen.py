"""The page in one answer and one statement: by the quick way, and by its route for whom that does not admit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from asyncpg import Record
from fastapi import APIRouter, Query

from oktee.access.caller import Caller, CallerIn, needs
from oktee.kit.clock import now
from oktee.kit.quick import Reader, Shelf, Written, row_of
from oktee.modules.supply.command_center.answer import made, read
from oktee.modules.supply.command_center.questions import AT, Asked, ask
from oktee.modules.supply.command_center.wire import CommandCenter
from oktee.modules.supply.exceptions.list_json import MINE
from oktee.modules.supply.filters import Ground, read_terms
from oktee.modules.supply.rows import read_filter
from oktee.modules.supply.sight import figures_within

router = APIRouter(prefix="/command-center")
WORDS: Final = frozenset({"mp", "vc", "brand", "assignee"})
LONGEST: Final = 400
"""Of a word for who has an order."""
_kept: Final = Shelf[Asked]()


@dataclass(frozen=True, slots=True)
class CenterQuestion:
    """The whole page under one filter. Who asks, whose work is theirs and where their day began are read by the statement."""

    words: Mapping[str, str]

    def statement(self, caller: Caller | None) -> Written:
        """Raises Invalid."""
        return self._asked(caller).statement.having({AT: now()})

    def body(self, caller: Caller, found: Record) -> bytes:
        return self.answer(caller, found).model_dump_json().encode()

    def answer(self, caller: Caller, found: Record) -> CommandCenter:
        return made(read(self._asked(caller), found, caller))

    def _asked(self, caller: Caller | None) -> Asked:
        scope = caller.scope if caller else None

        def make() -> Asked:
            words, at = self.words, now()
            ground = Ground(figures_within(scope), ZoneInfo("UTC"), at, MINE)
            terms = read_terms({"assignee": words["assignee"]}, ground) if words.get("assignee") else None
            where = read_filter(
                view="all", mp=words.get("mp"), vc=words.get("vc"), brand=words.get("brand"), status=None, q=None,
                terms=terms,
            )  # fmt: skip
            return ask(where, scope, at)

        # What is asked counts whole orders of the reader's brands, so they stand in it.
        sees = None if scope is None else scope.brands
        return _kept.get((tuple(sorted(self.words.items())), scope is None, sees), make)


def read_center_question(words: Mapping[str, str]) -> CenterQuestion | None:
    """None for a question that only the route answers."""
    if not WORDS.issuperset(words) or len(words.get("assignee", "")) > LONGEST:
        return None
    return CenterQuestion(words)


@router.get("", dependencies=[needs("orders.read")])
async def get_command_center(
    caller: CallerIn,
    mp: str | None = None,
    vc: str | None = None,
    brand: str | None = None,
    assignee: Annotated[
        str | None, Query(max_length=LONGEST, description="as in the filter of orders, e.g. me")
    ] = None,
) -> CommandCenter:
    """What waits, by time left and money at stake, and what just happened."""
    given = {"mp": mp, "vc": vc, "brand": brand, "assignee": assignee}
    question = CenterQuestion({name: value for name, value in given.items() if value})
    reader = Reader(caller.user_id, caller.time_zone)
    found = await row_of(question.statement(caller), caller.organization_id, caller.scope, reader)
    assert found is not None
    return question.answer(caller, found)
