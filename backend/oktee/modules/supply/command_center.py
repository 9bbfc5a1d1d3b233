"""Supply / Command Center: what needs a person before the clocks run out, and whether automation did the rest."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import CallerIn, Session, needs
from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.connection.tables import AmazonConnection
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.amazon.mirror.tables import Stream
from oktee.catalog.tables import StockBalance
from oktee.kit.clock import now as present
from oktee.modules.supply.asking import terms_of
from oktee.modules.supply.automation import AutomationInfo, read_info
from oktee.modules.supply.event_log import list_entries
from oktee.modules.supply.filters import CLOCK_RUNS
from oktee.modules.supply.hands import hands_of
from oktee.modules.supply.rows import NEEDS_PERSON, Filter, count_views, read_filter, rows_where
from oktee.modules.supply.rule_sets.reading import read_book
from oktee.modules.supply.settings import read_settings
from oktee.modules.supply.sight import Figures, figures, scope_info
from oktee.modules.supply.tables import OrderState
from oktee.modules.supply.wire import CurrencyValue, DayWindow, Event, Hands, Money, OrderRow, ScopeInfo, ViewCounts

router = APIRouter(prefix="/command-center")
LANES = (("overdue", timedelta(0)), ("under_2h", timedelta(hours=2)), ("2_8h", timedelta(hours=8)), ("8_24h", None))
CHANGED = "changed"
OPEN = ("to_confirm", "held", "send_failed", CHANGED)
"""Nothing is decided, or not any more: what waits, but for what is scheduled."""
STALE = timedelta(minutes=15)
STALE_SLOW = {"shipments": timedelta(minutes=75)}
"""What is asked for once an hour at the least; the pages say the same (FreshnessChip)."""
DAYS = 28


class NextClock(BaseModel):
    """The order whose clock runs out first."""

    order_id: UUID
    po_number: str
    country: str
    deadline_at: datetime


class Waiting(BaseModel):
    """Orders that need an answer, or another one since Amazon changed them: orders = to_decide + scheduled + held +
    changed. `next`: the first of their clocks."""

    orders: int
    to_decide: int
    scheduled: int
    held: int
    changed: int
    ready: int
    units: int
    value_by_currency: list[CurrencyValue]
    next: NextClock | None


class Tick(BaseModel):
    """One order in a lane."""

    order_id: UUID
    po_number: str
    value: Money
    currency: str | None
    deadline_at: datetime


class Lane(BaseModel):
    """Orders whose clock runs, by time left: overdue, under_2h, 2_8h, 8_24h."""

    name: str
    orders: int
    value_by_currency: list[CurrencyValue]
    ticks: list[Tick]


class Funnel(BaseModel):
    """Orders, units and value of one step of today."""

    orders: int
    units: int
    value_by_currency: list[CurrencyValue]


class Today(BaseModel):
    """The orders placed today (in the workspace's zone) and not withdrawn, and how far they got: received = decided +
    open. `seen` and `cut` are parts of what is decided."""

    received: Funnel
    decided: Funnel
    open: Funnel
    seen: Funnel
    cut: Funnel


class WhoAnswered(BaseModel):
    """Lines of the last days by who answered them; lapsed = no answer within 24 hours."""

    days: int
    lines: int
    rules: int
    people: int
    outside: int
    lapsed: int


class Health(BaseModel):
    """One source: when it last worked, when it runs next, and whether it is too old."""

    name: str
    state: str
    last_success_at: datetime | None
    next_due_at: datetime | None
    as_of: datetime | None
    stale: bool


class AnsweredToday(BaseModel):
    """Orders answered today and how long they waited (the middle one)."""

    orders: int
    median_minutes: float | None


class CommandCenter(BaseModel):
    """The whole page in one answer."""

    as_of: datetime
    waiting: Waiting
    lanes: list[Lane]
    today: Today
    who_answered: WhoAnswered
    needs_person: list[OrderRow]
    hands: dict[UUID, Hands]
    happened: list[Event]
    windows: list[DayWindow]
    health: list[Health]
    automation: AutomationInfo
    answered_today: AnsweredToday
    orders_total: int
    scope: ScopeInfo


@router.get("", dependencies=[needs("orders.read")])
async def get_command_center(
    session: Session,
    caller: CallerIn,
    mp: str | None = None,
    vc: str | None = None,
    brand: str | None = None,
    assignee: Annotated[str | None, Query(max_length=400, description="as in the filter of orders, e.g. me")] = None,
) -> CommandCenter:
    """What waits, by time left and money at stake, and what just happened."""
    asked = {"assignee": assignee} if assignee else {}
    terms = await terms_of(session, asked, caller.time_zone, user_id=caller.user_id)
    where = read_filter(view="all", mp=mp, vc=vc, brand=brand, status=None, q=None, terms=terms)
    now = present()
    zone = ZoneInfo(caller.time_zone)
    midnight = datetime.combine(now.astimezone(zone).date(), datetime.min.time(), zone)
    counts = await count_views(session, where)
    shown = figures(session)
    running = await _running(session, where, shown)
    needing = await rows_where(session, *where.conditions(), OrderState.status.in_(NEEDS_PERSON), limit=8)
    return CommandCenter(
        as_of=now,
        waiting=_waiting_summary(running, counts),
        lanes=_lanes(running, now),
        today=await _today(session, where, midnight, shown),
        who_answered=await _who_answered(session, where, now, shown),
        needs_person=needing,
        hands=await hands_of(session, [row.id for row in needing]),
        happened=await list_entries(session, limit=20),
        windows=await _windows(session, where, now, zone, shown),
        health=await _health(session, now),
        automation=await read_info(session, caller),
        answered_today=await _answered_today(session, where, midnight),
        orders_total=counts.all,
        scope=scope_info(session, sum(row.hidden_lines for row in running)),
    )


async def _running(session: AsyncSession, where: Filter, shown: Figures) -> list[Any]:
    """Orders whose clock runs: those without an answer, and those that Amazon changed after it."""
    statement: Any = (
        select(
            PurchaseOrder.id,
            PurchaseOrder.po_number,
            PurchaseOrder.marketplace_id,
            shown.units.label("units"),
            shown.value.label("value"),
            PurchaseOrder.currency,
            OrderState.deadline_at,
            OrderState.status,
            shown.undecided_lines.label("undecided_lines"),
            shown.hidden_lines.label("hidden_lines"),
        )
        .select_from(PurchaseOrder)
        .join(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
        .where(*where.conditions(), OrderState.status.in_(CLOCK_RUNS))
        .order_by(OrderState.deadline_at, shown.value.desc())
    )
    return list((await session.execute(statement)).all())


def _values(pairs: list[tuple[str | None, Decimal | None]]) -> list[CurrencyValue]:
    sums: dict[str, Decimal] = {}
    for currency, value in pairs:
        if currency and value is not None:
            sums[currency] = sums.get(currency, Decimal(0)) + value
    return [CurrencyValue(currency=currency, value=value) for currency, value in sorted(sums.items())]


def _waiting_summary(rows: list[Any], counts: ViewCounts) -> Waiting:
    first = rows[0] if rows else None
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
        orders=len(rows),
        to_decide=counts.to_decide,
        scheduled=counts.scheduled,
        held=counts.held,
        changed=counts.changed,
        ready=sum(1 for row in rows if row.status == "to_confirm" and not row.undecided_lines and not row.hidden_lines),
        units=sum(row.units for row in rows),
        value_by_currency=_values([(row.currency, row.value) for row in rows]),
        next=following,
    )


def _lanes(rows: list[Any], now: datetime) -> list[Lane]:
    lanes: dict[str, list[Any]] = {name: [] for name, _ in LANES}
    for row in rows:
        left = row.deadline_at - now
        for name, until in LANES:
            if until is None or left < until:
                lanes[name].append(row)
                break
    return [
        Lane(
            name=name,
            orders=len(found),
            value_by_currency=_values([(row.currency, row.value) for row in found]),
            ticks=[
                Tick(
                    order_id=row.id,
                    po_number=row.po_number,
                    value=row.value,
                    currency=row.currency,
                    deadline_at=row.deadline_at,
                )
                for row in sorted(found, key=lambda row: -row.value)[:80]
            ],
        )
        for name, found in lanes.items()
    ]


async def _funnel(session: AsyncSession, where: Filter, *conditions: Any, units: Any, value: Any) -> Funnel:
    statement = (
        select(PurchaseOrder.currency, func.count(), func.coalesce(func.sum(units), 0), func.sum(value))
        .select_from(PurchaseOrder)
        .join(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
        .where(*where.conditions(), *conditions)
        .group_by(PurchaseOrder.currency)
    )
    rows = (await session.execute(statement)).all()
    return Funnel(
        orders=sum(row[1] for row in rows),
        units=int(sum(row[2] for row in rows)),
        value_by_currency=_values([(row[0], row[3]) for row in rows]),
    )


async def _today(session: AsyncSession, where: Filter, midnight: datetime, shown: Figures) -> Today:
    arrived = and_(PurchaseOrder.ordered_at >= midnight, OrderState.status != "cancelled")
    whole = {"units": shown.units, "value": shown.value}
    decided = OrderState.status.not_in(OPEN)
    return Today(
        received=await _funnel(session, where, arrived, **whole),
        decided=await _funnel(session, where, arrived, decided, **whole),
        open=await _funnel(session, where, arrived, OrderState.status.in_(OPEN), **whole),
        seen=await _funnel(session, where, arrived, decided, OrderState.proposed.is_(False), **whole),
        cut=await _funnel(
            session, where, arrived, decided, func.coalesce(shown.cut, 0) > 0, units=shown.cut, value=shown.cut_value
        ),
    )


async def _who_answered(session: AsyncSession, where: Filter, now: datetime, shown: Figures) -> WhoAnswered:
    late = and_(
        OrderState.deadline_at < now,
        OrderState.answered_at.is_(None) | (OrderState.answered_at > OrderState.deadline_at),
        OrderState.status != "cancelled",
    )
    who = case(
        (late, "lapsed"),
        (OrderState.answered_by.in_(("outside", "history")), "outside"),
        (OrderState.answered_at.is_(None), "waiting"),
        (and_(OrderState.answered_by == "oktee", OrderState.decided_by_type == "person"), "people"),
        (OrderState.answered_by == "oktee", "rules"),
        else_="waiting",
    )
    statement = (
        select(who, func.sum(shown.line_count))
        .select_from(PurchaseOrder)
        .join(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
        .where(*where.conditions(), PurchaseOrder.ordered_at > now - timedelta(days=DAYS))
        .group_by(who)
    )
    found = {name: int(lines or 0) for name, lines in (await session.execute(statement)).all()}
    found.pop("waiting", None)
    return WhoAnswered(
        days=DAYS,
        lines=sum(found.values()),
        rules=found.get("rules", 0),
        people=found.get("people", 0),
        outside=found.get("outside", 0),
        lapsed=found.get("lapsed", 0),
    )


async def _windows(
    session: AsyncSession, where: Filter, now: datetime, zone: ZoneInfo, shown: Figures
) -> list[DayWindow]:
    """Units by the day their window opens; uncovered = what the current decision cuts, backorders or leaves open."""
    today = now.astimezone(zone).date()
    day = func.date(func.timezone(str(zone), PurchaseOrder.window_start))
    live = OrderState.status.not_in(("cancelled", "closed", "received", "rejected"))
    missing = func.greatest(shown.units - func.coalesce(shown.taken, 0), 0)
    covered = case((OrderState.answered_by.in_(("outside", "history")), 0), else_=missing)
    statement = (
        select(day, func.sum(shown.units), func.sum(covered))
        .select_from(PurchaseOrder)
        .join(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
        .where(*where.conditions(), live, day >= today, day < today + timedelta(days=14))
        .group_by(day)
    )
    found: dict[date, tuple[int, int]] = {on: (int(u), int(m)) for on, u, m in (await session.execute(statement)).all()}
    days = [today + timedelta(days=n) for n in range(14)]
    return [DayWindow(on=on, units=found.get(on, (0, 0))[0], uncovered_units=found.get(on, (0, 0))[1]) for on in days]


async def _health(session: AsyncSession, now: datetime) -> list[Health]:
    statement = (
        select(Stream)
        .join(AmazonConnection, AmazonConnection.id == Stream.connection_id)
        .where(AmazonConnection.ended_at.is_(None))
        .order_by(Stream.name, Stream.connection_id)
    )
    found = [
        Health(
            name=stream.name,
            state=stream.state,
            last_success_at=stream.last_success_at,
            next_due_at=stream.next_due_at,
            as_of=stream.last_success_at,
            stale=stream.last_success_at is None or stream.last_success_at < now - STALE_SLOW.get(stream.name, STALE),
        )
        for stream in (await session.execute(statement)).scalars()
    ]
    stocked = await session.scalar(select(func.min(StockBalance.as_of)))
    settings, _ = await read_settings(session)
    if stocked is not None:
        book = await read_book(session, settings.base(), now)
        old = stocked < now - book.standard.settings.stock_max_age
        found.append(
            Health(name="stock", state="synced", last_success_at=stocked, next_due_at=None, as_of=stocked, stale=old)
        )
    return found


async def _answered_today(session: AsyncSession, where: Filter, midnight: datetime) -> AnsweredToday:
    began = func.greatest(PurchaseOrder.first_seen_at, OrderState.changed_at)
    waited = func.extract("epoch", OrderState.answered_at - began) / 60
    statement = (
        select(func.count(), func.percentile_cont(0.5).within_group(waited))
        .join(PurchaseOrder, PurchaseOrder.id == OrderState.purchase_order_id)
        .where(*where.conditions(), OrderState.answered_by == "oktee", OrderState.answered_at >= midnight)
    )
    orders, median = (await session.execute(statement)).one()
    return AnsweredToday(orders=orders, median_minutes=float(median) if median is not None else None)
