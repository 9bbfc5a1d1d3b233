"""When an answer that no person sends leaves: after the delay, between the hours its rules allow, before the deadline."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from oktee.modules.supply.rules.book import BookRule
from oktee.modules.supply.rules.settings import SendHours

_DAYS = 3


def leaves_at(rules: Iterable[BookRule], now: datetime, *, delay: timedelta, latest: datetime) -> datetime | None:
    """The instant, or None when the hours of these rules open too late for the deadline: then a person sends it.

    `delay` is the workspace's; a rule only makes it longer, and neither runs beyond `latest`.
    """
    rules = tuple(rules)
    longest = max((delay, *(rule.settings.send_delay for rule in rules)))
    wanted = min(now + longest, max(now, latest))
    hours = {rule.settings.send_hours for rule in rules} - {None}
    for _ in range(_DAYS * max(1, len(hours))):
        later = max((_open_at(one, wanted) for one in hours if one is not None), default=wanted)
        if later == wanted:
            return wanted if wanted <= max(now, latest) else None
        wanted = later
    return None  # their hours never meet


def _open_at(hours: SendHours, at: datetime) -> datetime:
    """The instant itself when it lies in the hours, else the next opening."""
    local = at.astimezone(ZoneInfo(hours.zone))
    clock, opens, closes = local.time(), hours.opens, hours.closes
    inside = opens <= clock < closes if opens < closes else clock >= opens or clock < closes
    if inside:
        return at
    day = local.date() if clock < opens else local.date() + timedelta(days=1)
    return datetime.combine(day, opens, tzinfo=local.tzinfo).astimezone(at.tzinfo)
