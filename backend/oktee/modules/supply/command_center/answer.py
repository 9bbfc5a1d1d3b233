"""The Command Center of the rows that its questions gave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Record
from pydantic import TypeAdapter

from oktee.access.caller import Caller
from oktee.amazon.connection.circuits import circuits_of
from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.modules.supply.automation import info_of
from oktee.modules.supply.command_center.questions import AHEAD, AT, DAYS, WEEK, Asked
from oktee.modules.supply.command_center.wire import (
    AnsweredToday,
    AnsweredWeek,
    CommandCenter,
    Funnel,
    Health,
    Lane,
    NextClock,
    Tick,
    Today,
    Waiting,
    WhoAnswered,
)  # fmt: skip
from oktee.modules.supply.cost_wire import CurrencyValue
from oktee.modules.supply.event_log import event_of
from oktee.modules.supply.filters import ANSWERERS
from oktee.modules.supply.lanes import LANES, Running
from oktee.modules.supply.needing import needs_by_order
from oktee.modules.supply.rule_sets.reading import standard_settings
from oktee.modules.supply.rules.freshness import Freshness, judge, limit_at
from oktee.modules.supply.settings import SupplySettings, settings_in
from oktee.modules.supply.stock_watch import Source
from oktee.modules.supply.summing import views_of
from oktee.modules.supply.wire.lists import DayWindow, OrderRow, ViewCounts
from oktee.modules.supply.wire.words import Hands, ScopeInfo

STALE: Final = timedelta(minutes=15)
STALE_SLOW: Final = {"shipments": timedelta(minutes=75)}
"""What is asked for once an hour at the least; the pages say the same (FreshnessChip)."""
_NEEDING: Final = TypeAdapter(list[OrderRow])
_HANDS: Final = TypeAdapter(dict[UUID, Hands])


@dataclass(frozen=True, slots=True)
class Found:
    """What the statement gave, for whom and when."""

    caller: Caller
    at: datetime
    rows: Mapping[str, list[Any]]
    needing: list[OrderRow]
    hands: dict[UUID, Hands]

    @property
    def today(self) -> date:
        return self.at.astimezone(ZoneInfo(self.caller.time_zone)).date()


def read(asked: Asked, record: Record, caller: Caller) -> Found:
    """`record`: the row of the statement."""
    return Found(
        caller,
        datetime.fromisoformat(record[f"list_{AT}"]),
        {name: part.rows(record[f"list_{name}"]) for name, part in asked.parts.items()},
        _NEEDING.validate_json(record["list_needing"] or "[]"),
        _HANDS.validate_json(record["list_hands"] or "{}"),
    )


def made(found: Found) -> CommandCenter:
    """The whole page."""
    rows, needing = found.rows, found.needing
    counts, running = views_of(rows["statuses"]), Running(rows["sums"], rows["ticks"])
    settings = settings_in(rows["settings"])
    names = {row.id: row.name for row in rows["people"]}
    return CommandCenter(
        as_of=found.at,
        waiting=_waiting(running, counts),
        lanes=_lanes(running),
        today=_today(rows["today"]),
        who_answered=_who_answered(found),
        needs_person=needing,
        needs=needs_by_order(needing, rows["needs"]),
        hands=found.hands,
        happened=[event_of(entry, names) for entry in rows["told"]],
        windows=_windows(found),
        health=_health(found) + _stock_health(found, settings),
        automation=info_of(settings, rows["pauses"], rows["ready"][0].orders, found.caller),
        answered_today=_answered_today(rows["answered"][0]),
        orders_total=counts.all,
        scope=ScopeInfo(
            limited=found.caller.scope is not None, hidden_lines=sum(int(row.hidden) for row in running.sums)
        ),
    )


def _values(pairs: Sequence[tuple[str | None, Decimal | None]]) -> list[CurrencyValue]:
    sums: dict[str, Decimal] = {}
    for currency, value in pairs:
        if currency and value is not None:
            sums[currency] = sums.get(currency, Decimal(0)) + value
    return [CurrencyValue(currency=currency, value=value) for currency, value in sorted(sums.items())]


def _waiting(running: Running, counts: ViewCounts) -> Waiting:
    first, sums = running.first, running.sums
    following = None
    if first is not None:
        marketplace = find_marketplace(first.marketplace_id)
        following = NextClock(
            order_id=first.id,
            po_number=first.po_number,
            deadline_at=first.deadline_at,
            country=marketplace.country if marketplace else "",
        )
    return Waiting(
        orders=sum(row.orders for row in sums),
        to_decide=counts.to_decide,
        scheduled=counts.scheduled,
        held=counts.held,
        changed=counts.changed,
        ready=sum(row.ready for row in sums),
        units=int(sum(row.units for row in sums)),
        value_by_currency=_values([(row.currency, row.value) for row in sums]),
        next=following,
    )


def _lanes(running: Running) -> list[Lane]:
    lanes = []
    for name, _ in LANES:
        sums, dearest = running.of(name)
        ticks = [
            Tick(
                order_id=row.id, po_number=row.po_number, value=row.value, currency=row.currency,
                deadline_at=row.deadline_at,
            )
            for row in dearest
        ]  # fmt: skip
        values = _values([(row.currency, row.value) for row in sums])
        lanes.append(Lane(name=name, orders=sum(row.orders for row in sums), value_by_currency=values, ticks=ticks))
    return lanes


def _today(rows: Sequence[Any]) -> Today:
    def funnel(step: str) -> Funnel:
        return Funnel(
            orders=sum(getattr(row, f"{step}_orders") for row in rows),
            units=int(sum(getattr(row, f"{step}_units") or 0 for row in rows)),
            value_by_currency=_values([(row.currency, getattr(row, f"{step}_value")) for row in rows]),
        )

    return Today(**{step: funnel(step) for step in Today.model_fields})


def _who_answered(found: Found) -> WhoAnswered:
    weeks = {n: dict.fromkeys(ANSWERERS, 0) for n in range(DAYS // 7)}
    for row in found.rows["who"]:
        if row.who in ANSWERERS:
            # Of a day without 24 hours an hour is of the week beside it.
            weeks[min(max(int(row.week), 0), len(weeks) - 1)][row.who] += int(row.lines or 0)
    sums = {name: sum(week[name] for week in weeks.values()) for name in ANSWERERS}
    began = found.today - timedelta(days=DAYS - 1)
    return WhoAnswered(
        days=DAYS,
        lines=sum(sums.values()),
        **sums,
        weeks=[AnsweredWeek(since=began + n * WEEK, **weeks[n]) for n in sorted(weeks)],
    )


def _windows(found: Found) -> list[DayWindow]:
    by_day = {row.day: (int(row.units), int(row.uncovered)) for row in found.rows["windows"]}
    windows = []
    for on in (found.today + timedelta(days=n) for n in range(AHEAD)):
        units, uncovered = by_day.get(on, (0, 0))
        windows.append(DayWindow(on=on, units=units, uncovered_units=uncovered))
    return windows


def _health(found: Found) -> list[Health]:
    """What is fetched from Amazon, and the APIs that are not called for now."""
    streams = [
        Health(
            name=stream.name,
            state=stream.state,
            last_success_at=stream.last_success_at,
            next_due_at=stream.next_due_at,
            as_of=stream.last_success_at,
            stale=stream.last_success_at is None
            or stream.last_success_at < found.at - STALE_SLOW.get(stream.name, STALE),
        )
        for stream in found.rows["streams"]
    ]
    return streams + [
        Health(
            name=one.family, state="circuit_open", last_success_at=None, next_due_at=None, as_of=one.since, stale=True
        )
        for one in circuits_of(found.rows["circuits"], found.at)
    ]


def _stock_health(found: Found, settings: SupplySettings) -> list[Health]:
    """The warehouse that was counted the longest ago, and what is below zero."""
    sources = [Source(*row) for row in found.rows["sources"]]
    if not sources:
        return []
    (place,) = found.rows["zone"]
    standard = standard_settings(found.rows["standard"], settings.base())
    counted = min(one.as_of for one in sources)
    worth = judge(counted, found.at, limit_at(found.at, zone=ZoneInfo(place.time_zone), settings=standard))
    stale, negative = worth is Freshness.STALE, sum(one.below_zero for one in sources)
    state = Freshness.FRESH if stale else worth
    health = [Health(name="stock", state=state, last_success_at=counted, next_due_at=None, as_of=counted, stale=stale)]
    if negative:
        health.append(
            Health(
                name="stock_below_zero", state="below_zero", last_success_at=None, next_due_at=None, as_of=counted,
                stale=False, products=negative,
            )
        )  # fmt: skip
    return health


def _answered_today(row: Any) -> AnsweredToday:
    return AnsweredToday(orders=row.orders, median_minutes=float(row.median) if row.median is not None else None)
