"""The filter grammar of the Orders list: what each field finds, what it refuses, and that groups and sums follow it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from modules.supply.test_rows import DE, NOW, STATUSES, _orders
from oktee.kit.database import tenant_session
from oktee.kit.errors import Invalid
from oktee.modules.supply.filters import FIELDS, Ground, Terms, bracketed, days_of, read_terms
from oktee.modules.supply.rows import Filter, list_rows, read_filter
from oktee.modules.supply.sight import figures
from oktee.modules.supply.sorting import GROUPS
from oktee.modules.supply.summing import VIEWS, group_orders, summarize
from sqlalchemy import text

BERLIN = ZoneInfo("Europe/Berlin")


class _Whole:
    """A session that sees everything."""

    info: dict[str, Any] = {"scope": None}


def ground(session: Any = _Whole(), now: datetime = NOW) -> Ground:
    return Ground(figures(session), BERLIN, now)


def where(terms: Terms, view: str = "all") -> Filter:
    return read_filter(view=view, mp=None, vc=None, brand=None, status=None, q=None, terms=terms)


async def found(organization: Any, view: str = "all", **given: str) -> set[int]:
    """The numbers of the orders that a filter finds."""
    async with tenant_session(organization) as session:
        rows = await list_rows(
            session, where(read_terms(given, ground(session)), view), sort="po_number", limit=200, after=None
        )
    assert rows.count == len(rows.rows)
    return {int(row.po_number[2:]) for row in rows.rows}


def statuses(*wanted: str) -> Callable[[int], bool]:
    return lambda n: STATUSES[n % len(STATUSES)] in wanted


WAITING = VIEWS["waiting"]
CASES: list[tuple[dict[str, str], Callable[[int], bool]]] = [
    ({"status": "held,closed"}, statuses("held", "closed")),
    ({"status": "not:held,closed"}, lambda n: not statuses("held", "closed")(n)),
    ({"marketplace": DE}, lambda n: n % 3 != 0),
    ({"marketplace": f"not:{DE}"}, lambda n: n % 3 == 0),
    ({"value": "100..200"}, lambda n: n % 5 in (1, 2)),
    ({"value": "..0"}, lambda n: n % 5 == 0),
    ({"units": "60.."}, lambda n: n >= 5),
    ({"clock": "8_24h"}, statuses(*WAITING)),
    ({"clock": "under_2h,overdue"}, lambda n: False),
    ({"fc": "not:MUC3"}, lambda n: True),
    ({"fc": "MUC3"}, lambda n: False),
    ({"product": "B0NOWHERE"}, lambda n: False),
    ({"product": "not:B0NOWHERE"}, lambda n: True),
    ({"changed": "yes"}, statuses("changed")),
    ({"changed": "no"}, lambda n: not statuses("changed")(n)),
    ({"hold": "no"}, lambda n: True),
    ({"rule": "stock"}, lambda n: False),
    ({"cut_reason": "not:stock"}, lambda n: True),
    ({"decided_by": "rule"}, lambda n: False),
    ({"answered_by": "lapsed"}, lambda n: not statuses("cancelled")(n)),
    ({"answered_by": "rules,people,outside"}, lambda n: False),
    ({"step": "open"}, statuses("to_confirm", "held", "send_failed", "changed")),
    ({"step": "not:open,decided"}, statuses("cancelled")),
    ({"received": "..0"}, lambda n: n > 0),  # nothing was asked of the first: no share of it can be said
    ({"window": "2026-01-01..2026-12-31"}, lambda n: False),
    ({"ordered": "2026-11-23..2026-11-23"}, lambda n: True),
    ({"ordered": "last:1", "status": "held", "value": "100.."}, lambda n: statuses("held")(n) and n % 5 >= 1),
    ({"brand": "not:Lumea"}, lambda n: True),
    ({"assignee": "none"}, lambda n: True),
    ({"assignee": "not:none"}, lambda n: False),
    ({"assignee": "me,my_team"}, lambda n: False),
    ({"tag": "not:00000000-0000-0000-0000-000000000001"}, lambda n: True),
    ({"vendor_code": "LUMD1", "type": "not:RushOrder"}, lambda n: True),
]


async def test_each_field_finds_what_its_words_say(db: Any) -> None:
    organization = await _orders(40)
    await _orders(5)
    for given, expected in CASES:
        assert await found(organization, **given) == {n for n in range(40) if expected(n)}, given
    assert {name for given, _ in CASES for name in given} | {"cut_value"} == set(FIELDS)


async def test_groups_and_sums_add_up_to_the_list_under_the_same_filter(db: Any) -> None:
    organization = await _orders(40)
    await _orders(5)
    async with tenant_session(organization) as session:
        await session.execute(text("update purchase_orders set ship_to = 'MUC' || (units % 3)"))
        terms = read_terms({"value": "100.."}, ground(session))
        conditions = where(terms).conditions()
        summary = await summarize(session, conditions)
        rows = await list_rows(session, where(terms), sort="-value", limit=200, after=None)
        assert rows.sums is not None
        assert (summary.views.all, summary.sums["all"].asked) == (rows.count, rows.sums.asked)
        assert summary.sums["waiting"].orders == sum(
            summary.sums[v].orders for v in ("to_decide", "scheduled", "held", "changed")
        )
        for by in GROUPS:
            groups = await group_orders(session, conditions, by=by)
            assert sum(group.orders for group in groups.groups) == rows.count
            assert sum(group.asked for group in groups.groups) == rows.sums.asked
        seen, after = [], None
        while True:
            page = await list_rows(session, where(terms), sort="-value", limit=7, after=after, group="fc", totals=False)
            assert page.count is None
            seen += [row.ship_to for row in page.rows]
            if (after := page.next) is None:
                break
    assert seen == sorted(seen, key=str, reverse=True)
    assert len(seen) == rows.count


@pytest.mark.parametrize(
    ("given", "pointer", "code"),
    [
        ({"nope": "x"}, "/filter/nope", "unknown_field"),
        ({"status": "lost"}, "/filter/status", "unknown_value"),
        ({"status": "not:"}, "/filter/status", "empty"),
        ({"clock": "soon"}, "/filter/clock", "unknown_value"),
        ({"marketplace": "XX"}, "/filter/marketplace", "unknown_value"),
        ({"value": "100"}, "/filter/value", "bad_range"),
        ({"value": ".."}, "/filter/value", "bad_range"),
        ({"value": "nan..1"}, "/filter/value", "not_a_number"),
        ({"value": "1e400..1"}, "/filter/value", "not_a_number"),
        ({"window": "next:0"}, "/filter/window", "bad_range"),
        ({"window": "next:999999999999"}, "/filter/window", "bad_range"),
        ({"window": "2026-13-01.."}, "/filter/window", "not_a_date"),
        ({"hold": "maybe"}, "/filter/hold", "unknown_value"),
        ({"brand": "a\x00"}, "/filter/brand", "too_long"),
        ({"fc": ",".join(f"F{n}" for n in range(300))}, "/filter/fc", "too_many"),
    ],
)
def test_what_cannot_be_read_names_its_field(given: dict[str, str], pointer: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_terms(given, ground())
    assert [(fault.pointer, fault.code) for fault in refused.value.errors] == [(pointer, code)]


def test_days_are_days_of_the_readers_zone() -> None:
    evening = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # the 24th in Berlin
    start, end = days_of("next:2", ground(now=evening))
    assert (start, end) == (datetime(2026, 11, 23, 23, tzinfo=UTC), datetime(2026, 11, 25, 23, tzinfo=UTC))
    assert days_of("..2026-11-24", ground(now=evening)) == (None, datetime(2026, 11, 24, 23, tzinfo=UTC))


def test_only_bracketed_names_are_filters() -> None:
    assert bracketed({"filter[value]": "1..2", "filter[]": "x", "status": "held"}) == {"value": "1..2"}
