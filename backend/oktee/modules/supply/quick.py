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
from oktee.modules.supply.command_center.screen import CenterQuestion, read_center_question
from oktee.modules.supply.exceptions import list_json
from oktee.modules.supply.exceptions.wanted import read_wanted
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
        at = now() if not _OF_TODAY.isdisjoint(self.words) else None

        def make() -> tuple[orders_json.Asked, Written]:
            asked = _asked(self.words, Ground(figures_within(scope), zone, at or now()))
            return asked, orders_json.statement_of(asked, scope)

        after = self.words.get("after")
        words = tuple((name, value) for name, value in self.words.items() if name != "after")
        today = (at.astimezone(zone).date(), zone) if at else None
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
    words = _read_words(query)
    if words is None or words.get("totals") != "false":
        return None
    if any(name not in _KNOWN and not name.startswith("filter[") for name in words) or not _ONLY_ROUTE.isdisjoint(
        words
    ):
        return None
    if not _limited(words.get("limit", "50"), 200):
        return None
    return OrdersQuestion(words)


_EXCEPTION_WORDS: Final = frozenset(
    {"group_by", "state", "cause", "severity", "mp", "vc", "brand", "assignee", "clock", "limit", "after"}
)
_kept_exceptions: Final = Shelf[tuple[list_json.Asked, Written]]()


@dataclass(frozen=True, slots=True)
class ExceptionsQuestion:
    """One page of the Exceptions list, or its groups. Who asks, whose work is theirs and where their day began are read by
    the statement itself."""

    words: Mapping[str, str]

    def statement(self, caller: Caller | None) -> Written | None:
        return self._made(caller)[1]

    def body(self, caller: Caller, found: Record) -> bytes:
        return list_json.body_of(self._made(caller)[0], found)

    def _made(self, caller: Caller | None) -> tuple[list_json.Asked, Written]:
        scope = caller.scope if caller else None

        def make() -> tuple[list_json.Asked, Written]:
            asked = self._asked()
            return asked, list_json.statement_of(asked, scope)

        after = self.words.get("after")
        words = tuple((name, value) for name, value in self.words.items() if name != "after")
        asked, statement = _kept_exceptions.get((words, after is None, divides(scope)), make)
        if after is None or asked.after == after:
            return asked, statement
        mine = replace(asked, after=after)
        return mine, statement.having(mine.marks())

    def _asked(self) -> list_json.Asked:
        """As the route reads its parameters (exceptions/screen.py). Raises Invalid."""
        words = self.words
        wanted = read_wanted(
            state=words.get("state", "open"), cause=words.get("cause"), severity=words.get("severity"), mp=words.get("mp"),
            vc=words.get("vc"), brand=words.get("brand"), assignee=words.get("assignee"), mine=list_json.MINE,
            clock=words.get("clock"),
        )  # fmt: skip
        limit = int(words.get("limit", "100"))
        return list_json.Asked(wanted, words.get("group_by") == "cause", limit, words.get("after"))


def read_exceptions_question(query: str) -> ExceptionsQuestion | None:
    """None for a question that only the route answers."""
    words = _read_words(query)
    if words is None or not _EXCEPTION_WORDS.issuperset(words) or len(words.get("assignee", "")) > 400:
        return None
    if words.get("group_by", "none") not in ("none", "cause") or not _limited(words.get("limit", "100"), 500):
        return None
    return ExceptionsQuestion(words)


def _read_words(query: str) -> dict[str, str] | None:
    """None where one is said twice, or where they are longer than is worth keeping."""
    pairs = parse_qsl(query, keep_blank_values=True)
    words = dict(pairs)
    return words if len(words) == len(pairs) and len(query) <= _LONGEST else None


def _limited(limit: str, most: int) -> bool:
    return len(limit) <= 3 and limit.isascii() and limit.isdigit() and 1 <= int(limit) <= most


def _read_center(query: str) -> CenterQuestion | None:
    words = _read_words(query)
    return None if words is None else read_center_question({name: value for name, value in words.items() if value})


QUICK: Final = (
    QuickList("/command-center", "orders.read", _read_center),
    QuickList("/orders", "orders.read", read_orders_question),
    QuickList("/exceptions", "orders.read", read_exceptions_question),
)
