"""Watches the stock that the customer's system hands in: a warehouse whose count grows old, and one with less than nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog.stock import UNPLACED
from oktee.catalog.tables import StockBalance
from oktee.modules.supply.logistics import read_logistics
from oktee.modules.supply.rule_sets.reading import read_book, standard_running, standard_settings
from oktee.modules.supply.rules.freshness import Freshness, judge, limit_at
from oktee.modules.supply.settings import read_settings
from oktee.notify.alerts.tables import Notification
from oktee.notify.alerts.telling import Alert, settle, tell
from oktee.notify.notices import Notice
from oktee.notify.recipients import Place

OBJECT: Final = "stock"
EVERYTHING: Final = Place(brands=("",), entire=True)
"""A warehouse holds every brand: it concerns those who see all."""


@dataclass(frozen=True, slots=True)
class Source:
    """One warehouse: when it was last counted, and how many products have less than nothing there."""

    warehouse: str
    as_of: datetime
    below_zero: int


async def read_sources(session: AsyncSession) -> list[Source]:
    """Every warehouse that stock was handed in for, by name."""
    return [Source(*row) for row in (await session.execute(count_sources())).all()]


def count_sources() -> Select[str, datetime, int]:
    """Rows of `Source`."""
    return (
        select(StockBalance.warehouse, func.max(StockBalance.as_of), func.count().filter(StockBalance.on_hand < 0))
        .where(StockBalance.warehouse != UNPLACED)
        .group_by(StockBalance.warehouse)
        .order_by(StockBalance.warehouse)
    )


async def read_limit(session: AsyncSession, now: datetime, zone: str) -> timedelta:
    """How old stock may be now by the rule that every order falls under last."""
    settings, _ = await read_settings(session)
    standard = standard_settings((await session.execute(standard_running(now))).all(), settings.base())
    return limit_at(now, zone=ZoneInfo(zone), settings=standard)


async def watch_stock(session: AsyncSession, now: datetime, zone: str) -> None:
    """Tell once of each warehouse that needs a look, and settle what is well again."""
    settings, _ = await read_settings(session)
    standard = (await read_book(session, settings.base(), now)).standard.settings
    logistics = (await read_logistics(session, [], now=now, days_held=False)).logistics
    described = logistics.warehouses if logistics is not None else {}
    old: dict[str, Alert] = {}
    negative: dict[str, Alert] = {}
    for one in await read_sources(session):
        limit = limit_at(now, zone=ZoneInfo(zone), settings=standard, warehouse=described.get(one.warehouse))
        if judge(one.as_of, now, limit) is not Freshness.FRESH:
            old[one.warehouse] = _alert(Notice.STOCK_AGEING, one, due_at=one.as_of + limit)
        if one.below_zero:
            facts = {"state": "counted", "products": one.below_zero}
            negative[one.warehouse] = _alert(Notice.STOCK_BELOW_ZERO, one, facts=facts)
    for notice, troubled in ((Notice.STOCK_AGEING, old), (Notice.STOCK_BELOW_ZERO, negative)):
        await _settle_others(session, notice, troubled)
        await tell(session, *troubled.values())


def _alert(
    notice: Notice, one: Source, *, facts: Mapping[str, Any] | None = None, due_at: datetime | None = None
) -> Alert:
    return Alert(
        notice, OBJECT, one.warehouse, one.warehouse, facts=facts or {}, action="fix", due_at=due_at,
        place=EVERYTHING, permission="catalog.write",
    )  # fmt: skip


async def _settle_others(session: AsyncSession, notice: Notice, troubled: Mapping[str, Alert]) -> None:
    statement = select(Notification.object_id).where(
        Notification.object_type == OBJECT, Notification.notice == notice.value, Notification.resolved_at.is_(None)
    )
    over = set((await session.execute(statement)).scalars()) - set(troubled)
    if over:
        await settle(session, OBJECT, over, [notice])
