"""Whether the goods can leave (collect) or arrive (prepaid) inside the order's window, and the date to promise."""

from datetime import date, datetime, timedelta

from oktee.modules.supply.rules.calendar import FAR, Calendar
from oktee.modules.supply.rules.inputs import Context, Window
from oktee.modules.supply.rules.line import Dates, LineState, Verdict


def window(state: LineState, ctx: Context) -> Verdict:
    """The date inside the window, a backorder when it is missed by a little, else a person decides."""
    item, settings = state.known_item, state.settings
    handling = settings.handling_days if item.handling_days is None else item.handling_days
    transit = 0
    if state.order.freight == "prepaid":
        transit = settings.transit_days if item.lead_time_days is None else item.lead_time_days
    key = (handling, transit, item.embargo_until, state.line.backorder_allowed, settings.backorder_limit_days)
    dates = state.dates.get(key)
    if dates is None:
        dates = state.dates[key] = _dates(state, ctx, handling=handling, transit=transit)
    verdict, state.travel_days, state.due_day, state.start_day, state.end_day, state.scheduled_at, state.late = dates
    return verdict


def _dates(state: LineState, ctx: Context, *, handling: int, transit: int) -> Dates:
    order, calendar, embargo = state.order, state.calendar, state.known_item.embargo_until
    first, travel = calendar.first_day, handling + transit
    if embargo is not None and embargo > first:
        # Goods under embargo can be prepared before; they leave on the day itself.
        ready = max(calendar.add(first, handling), calendar.on_or_after(min(embargo, FAR)))
        due = calendar.add(ready, transit)
    else:
        due = calendar.add(first, travel)
    unknown: Verdict = ("holds", "supply.window.freight_unknown", (order.vendor_code,))
    if order.window is None:
        at = calendar.at(due)
        none: Verdict = ("flag", "supply.window.none", (due, at))
        return Dates(unknown if order.freight is None else none, travel, due, None, None, at, False)
    start, end = order.window
    start_day, end_day = calendar.day_of(start), calendar.day_of(end)
    if due <= end_day and ctx.now < end:
        at = promise_inside(calendar, order.window, due, now=ctx.now)
        fits: Verdict = ("pass", "supply.window.fits", (due, start, end, at))
        return Dates(unknown if order.freight is None else fits, travel, due, start_day, end_day, at, False)
    late, limit = max(1, (due - end_day).days), state.settings.backorder_limit_days
    if state.line.backorder_allowed and late <= limit:
        later: Verdict = ("later", "supply.window.late_backorder", (due, end, late, limit))
        return Dates(later, travel, due, start_day, end_day, None, True)
    return Dates(("stops", "supply.window.too_late", (due, end, late)), travel, due, start_day, end_day, None, False)


def promise_inside(calendar: Calendar, asked: Window, due: date, *, now: datetime) -> datetime:
    """The instant to promise for goods due on a day that lies inside the window: a working day when the window has one."""
    day = max(due, calendar.day_of(asked.start))
    working = calendar.on_or_after(day)
    if working <= calendar.day_of(asked.end):
        day = working
    at = min(max(calendar.at(day), asked.start), asked.end)
    return at if at > now else asked.end


def backorder_limit(state: LineState, ctx: Context) -> date:
    """The last day on which something may still arrive for a backorder."""
    counted_from = state.end_day or state.due_day
    assert counted_from is not None
    return counted_from + timedelta(days=state.settings.backorder_limit_days)
