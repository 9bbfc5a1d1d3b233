"""The hottest lists of Supply, read by the quick way: which questions it knows, and the statements kept for them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from asyncpg import Record

from oktee.access.caller import Caller
from oktee.kit.clock import now
from oktee.kit.module import QuickList
from oktee.kit.quick import Shelf, Written
from oktee.modules.supply import orders_json
from oktee.modules.supply.filters import Ground, bracketed, read_terms
from oktee.modules.supply.rows import read_filter
from oktee.modules.supply.sight import divides, figures_within
from oktee.modules.supply.sorting import order_of

_KNOWN: Final = frozenset({"view", "mp", "vc", "brand", "status", "q", "sort", "group", "totals", "limit", "after"})
_OF_TODAY: Final = frozenset({"filter[window]", "filter[ordered]"})
"""Days are counted from the reader's today."""
_ONLY_ROUTE: Final = frozenset({"filter[clock]", "filter[assignee]"})
"""Time left is counted from this very moment; who stands in for whom is read first."""
_LONGEST: Final = 2000
"""Of a question: its statement is kept."""
_kept: Final = Shelf[tuple[orders_json.Asked, Written]]()


@dataclass(frozen=True, slots=True)
class OrdersQuestion:
    """One page of the Orders list, without totals."""

    words: Mapping[str, str]

    def statement(self, caller: Caller | None) -> Written | None:
        """Without a caller: for somebody who sees the whole workspace; None where it depends on who asks."""
        if caller is None and not _OF_TODAY.isdisjoint(self.words):
            return None
        return self._made(caller)[1]

    def body(self, caller: Caller, found: Record) -> bytes:
        return orders_json.body_of(self._made(caller)[0], found, limited=caller.scope is not None)

    def _made(self, caller: Caller | None) -> tuple[orders_json.Asked, Written]:
        scope = caller.scope if caller else None
        zone = ZoneInfo(caller.time_zone if caller else "UTC")
        at = now()

        def make() -> tuple[orders_json.Asked, Written]:
            asked = _asked(self.words, Ground(figures_within(scope), zone, at))
            return asked, orders_json.statement_of(asked, scope)

        after = self.words.get("after")
        words = tuple((name, value) for name, value in self.words.items() if name != "after")
        today = (at.astimezone(zone).date(), zone) if not _OF_TODAY.isdisjoint(self.words) else None
        asked, statement = _kept.get((words, after is None, divides(scope), today), make)
        if after is None or asked.after == after:
            return asked, statement
        mine = replace(asked, after=after)
        sorting = order_of(asked.sort, figures_within(scope), group=asked.group)
        return mine, statement.having(mine.marks(sorting))


def _asked(words: Mapping[str, str], ground: Ground) -> orders_json.Asked:
    """As the route reads its parameters (asking.py). Raises Invalid."""
    given = bracketed(words)
    where = read_filter(
        view=words.get("view", "all"), mp=words.get("mp"), vc=words.get("vc"), brand=words.get("brand"),
        status=words.get("status"), q=words.get("q"), terms=read_terms(given, ground) if given else None,
    )  # fmt: skip
    limit = int(words.get("limit", "50"))
    return orders_json.Asked(where, words.get("sort", "clock"), words.get("group"), limit, words.get("after"))


def read_orders_question(query: str) -> OrdersQuestion | None:
    """None for a question that only the route answers."""
    pairs = parse_qsl(query, keep_blank_values=True)
    words = dict(pairs)
    if len(words) != len(pairs) or len(query) > _LONGEST or words.get("totals") != "false":
        return None
    if any(name not in _KNOWN and not name.startswith("filter[") for name in words) or not _ONLY_ROUTE.isdisjoint(
        words
    ):
        return None
    limit = words.get("limit", "50")
    if not (len(limit) <= 3 and limit.isascii() and limit.isdigit() and 1 <= int(limit) <= 200):
        return None
    return OrdersQuestion(words)


QUICK: Final = (QuickList("/orders", "orders.read", read_orders_question),)
