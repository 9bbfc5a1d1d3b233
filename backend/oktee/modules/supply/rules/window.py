"""Whether the goods can leave (collect) or arrive (prepaid) inside the order's window, and the date to promise."""

from datetime import date, datetime, timedelta

from oktee.modules.supply.rules.calendar import FAR, Calendar
from oktee.modules.supply.rules.inputs import Context, Window
from oktee.modules.supply.rules.line import Dates, LineState
from oktee.modules.supply.rules.origin import Origin
from oktee.modules.supply.rules.road import Road
from oktee.modules.supply.rules.trace import Verdict


def window(state: LineState, ctx: Context) -> Verdict:
    """The date inside the window, a backorder when it is missed by a little, else a person decides."""
    item, settings = state.known_item, state.settings
    handling = settings.handling_days if item.handling_days is None else item.handling_days
    transit = 0
    if state.order.freight == "prepaid":
        travel = state.origin.travel
        if travel is not None:
            transit = travel.days
        else:
            transit = settings.transit_days if item.lead_time_days is None else item.lead_time_days
    key = (handling, transit, item.embargo_until, state.line.backorder_allowed, settings.backorder_limit_days)
    dates = state.dates.get(key)
    if dates is None:
        dates = state.dates[key] = _dates(state, ctx, state.origin, handling=handling, transit=transit)
    (
        verdict, state.travel_days, state.due_day, state.start_day, state.end_day, state.scheduled_at, state.late,
        state.leaves_on, state.full_day,
    ) = dates  # fmt: skip
    return verdict


def ways_of(state: LineState, origin: Origin) -> tuple[int, int]:
    """Working days to prepare the line there, and to bring it from there."""
    item, settings = state.known_item, state.settings
    handling = settings.handling_days if item.handling_days is None else item.handling_days
    if state.order.freight != "prepaid":
        return handling, 0
    if origin.travel is not None:
        return handling, origin.travel.days
    return handling, settings.transit_days if item.lead_time_days is None else item.lead_time_days


def dates_at(state: LineState, ctx: Context, origin: Origin) -> Dates:
    """The dates of the line if its goods came from there."""
    handling, transit = ways_of(state, origin)
    key = (
        handling,
        transit,
        state.known_item.embargo_until,
        state.line.backorder_allowed,
        state.settings.backorder_limit_days,
    )
    found = origin.dates.get(key)
    if found is None:
        found = origin.dates[key] = _dates(state, ctx, origin, handling=handling, transit=transit)
    return found


def _dates(state: LineState, ctx: Context, origin: Origin, *, handling: int, transit: int) -> Dates:
    order, calendar, embargo = state.order, origin.calendar, state.known_item.embargo_until
    first, travel, road = calendar.first_day, handling + transit, origin.road
    next_day = calendar.on_or_after if road is None else road.promised
    ready = calendar.add(first, handling)
    if embargo is not None and embargo > first:
        # Goods under embargo can be prepared before; they leave on the day itself.
        ready = max(ready, calendar.on_or_after(min(embargo, FAR)))
    if road is not None:
        ready = road.leaves(ready)
    due, leaves, full = arrival(origin, ready, transit), None, None
    if origin.warehouse is not None or road is not None:
        wanted = due if order.window is None else next_day(max(due, calendar.day_of(order.window.start)))
        if road is None:
            on_time = max(ready, calendar.back(wanted, transit))
        else:
            on_time = road.latest(wanted, transit, ready=ready)
        leaves = origin.room_on(on_time)
        if leaves != on_time:
            if road is not None:
                leaves = road.leaves(leaves)
            full, due = on_time, arrival(origin, leaves, transit)
    unknown: Verdict = ("holds", "supply.window.freight_unknown", (order.vendor_code,))
    if order.window is None:
        at = calendar.at(due)
        none: Verdict = ("flag", "supply.window.none", (due, at))
        return Dates(unknown if order.freight is None else none, travel, due, None, None, at, False, leaves, full)
    start, end = order.window
    start_day, end_day = calendar.day_of(start), calendar.day_of(end)
    if origin.warehouse is not None or road is not None:
        working = next_day(max(due, start_day))
        if working > end_day:  # goods are promised for a day on which their warehouse works
            due = max(due, working)
    if due <= end_day and ctx.now < end:
        at = promise_inside(calendar, order.window, due, now=ctx.now, road=road)
        fits: Verdict = ("pass", "supply.window.fits", (due, start, end, at))
        verdict = unknown if order.freight is None else fits
        return Dates(verdict, travel, due, start_day, end_day, at, False, leaves, full)
    late, limit = max(1, (due - end_day).days), state.settings.backorder_limit_days
    if state.line.backorder_allowed and late <= limit:
        later: Verdict = ("later", "supply.window.late_backorder", (due, end, late, limit))
        return Dates(later, travel, due, start_day, end_day, None, True, leaves, full)
    stops: Verdict = ("stops", "supply.window.too_late", (due, end, late))
    return Dates(stops, travel, due, start_day, end_day, None, False, leaves, full)


def arrival(origin: Origin, left: date, days: int) -> date:
    """The day for which goods can be promised that leave on this one and are so many days on the road."""
    return origin.calendar.add(left, days) if origin.road is None else origin.road.arrives(left, days)


def due_after(state: LineState, there: date) -> date:
    """The day for which goods can be promised that are in the warehouse on this one."""
    road = state.origin.road
    if road is None:
        return state.calendar.add(there, state.travel_days)
    handling, transit = ways_of(state, state.origin)
    return road.arrives(road.leaves(state.calendar.add(there, handling)), transit)


def promise_inside(
    calendar: Calendar, asked: Window, due: date, *, now: datetime, road: Road | None = None
) -> datetime:
    """The instant to promise for goods due on a day that lies inside the window: a working day when the window has one."""
    day = max(due, calendar.day_of(asked.start))
    working = calendar.on_or_after(day) if road is None else road.promised(day)
    if working <= calendar.day_of(asked.end):
        day = working
    at = min(max(calendar.at(day), asked.start), asked.end)
    return at if at > now else min(calendar.ends(day), asked.end)


def backorder_limit(state: LineState, ctx: Context) -> date:
    """The last day on which something may still arrive for a backorder."""
    counted_from = state.end_day or state.due_day
    assert counted_from is not None
    return counted_from + timedelta(days=state.settings.backorder_limit_days)
