"""How old stock may be, and when somebody is told before it is too old. Pure."""

from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from oktee.modules.supply.rules.calendar import Calendar
from oktee.modules.supply.rules.logistics import Warehouse
from oktee.modules.supply.rules.settings import Settings

TOLD_AT: Final = 0.75
"""The share of its limit at which ageing stock is told: early enough for the next file to come before orders are held."""


class Freshness(StrEnum):
    """`stale`: nothing is answered by itself with it any more."""

    FRESH = "synced"
    AGEING = "ageing"
    STALE = "stale"


def limit_at(now: datetime, *, zone: tzinfo, settings: Settings, warehouse: Warehouse | None = None) -> timedelta:
    """How old stock may be at this hour: less while the warehouse works. `zone` is that of a warehouse nobody described."""
    place = zone if warehouse is None else warehouse.zone
    working = Calendar(now, zone=place, settings=settings, warehouse=warehouse).warehouse_open
    return settings.stock_max_age if working else settings.stock_max_age_closed


def judge(as_of: datetime, now: datetime, limit: timedelta) -> Freshness:
    """What a count of that moment is worth now."""
    age = now - as_of
    if age > limit:
        return Freshness.STALE
    return Freshness.AGEING if age >= limit * TOLD_AT else Freshness.FRESH
