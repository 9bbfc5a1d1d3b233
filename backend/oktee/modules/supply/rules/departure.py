"""What is said of where an order leaves from, how long its way is, and which of the terms of its vendor code spoke."""

from oktee.modules.supply.rules.inputs import Context
from oktee.modules.supply.rules.line import LineState
from oktee.modules.supply.rules.logistics import Warehouse
from oktee.modules.supply.rules.trace import Verdict

_FREIGHT = {"collect": "supply.logistics.collect", "prepaid": "supply.logistics.prepaid"}
_UNIT = {"each": "supply.logistics.not_in_each", "case": "supply.logistics.not_in_case"}
_FULL = {
    "lines": "supply.logistics.full_lines",
    "units": "supply.logistics.full_units",
    "pallets": "supply.logistics.full_pallets",
}


def freight_term(state: LineState, ctx: Context) -> Verdict | None:
    """The order does not say who pays freight, and the terms of its vendor code do."""
    order = state.order
    if not order.freight_of_terms or order.freight is None:
        return None
    return ("pass", _FREIGHT[order.freight], (order.vendor_code,))


def unit_terms(state: LineState, ctx: Context) -> Verdict | None:
    """Orders of this vendor code come in another unit, by its terms."""
    terms = state.origin.terms
    if terms is None or terms.uom is None or (terms.uom == "case") == state.in_cases:
        return None
    return ("flag", _UNIT[terms.uom], (state.line.unit_of_measure, state.order.vendor_code))


def origin(state: LineState, ctx: Context) -> Verdict | None:
    """The warehouse, and the first day on which it works on this order."""
    here = state.origin
    if here.warehouse is None:
        return None
    found = here.said.get("origin")
    if found is None:
        found = here.said["origin"] = _origin(state, here.warehouse)
    return found


def _origin(state: LineState, warehouse: Warehouse) -> Verdict:
    calendar, terms = state.calendar, state.origin.terms
    cut_off = calendar.cut_off.strftime("%H:%M")
    if terms is not None and terms.warehouse is not None:
        raw = (warehouse.code, state.order.vendor_code, cut_off, calendar.first_day)
        return ("pass", "supply.logistics.warehouse", raw)
    return ("pass", "supply.logistics.only_warehouse", (warehouse.code, cut_off, calendar.first_day))


def travel(state: LineState, ctx: Context) -> Verdict | None:
    """How many days it takes to prepare and to bring the goods, and who says so."""
    here = state.origin
    if here.warehouse is None or state.order.freight != "prepaid":
        return None
    item, settings = state.known_item, state.settings
    handling = settings.handling_days if item.handling_days is None else item.handling_days
    key = (handling, item.lead_time_days, settings.transit_days)
    found = here.said.get(key)
    if found is None:
        found = here.said[key] = _travel(state, here.warehouse, *key)
    return found


def _travel(state: LineState, warehouse: Warehouse, handling: int, of_item: int | None, of_rule: int) -> Verdict:
    way, to = state.origin.travel, state.order.destination
    if way is not None:
        return ("pass", "supply.logistics.way", (handling, way.days, warehouse.code, way.label))
    if of_item is not None:
        return ("pass", "supply.logistics.way_of_item", (handling, of_item, warehouse.code, to))
    return ("pass", "supply.logistics.way_of_rule", (handling, of_rule, warehouse.code, to))


def road(state: LineState, ctx: Context) -> Verdict | None:
    """Who carries the goods works on some days, and who receives them on some."""
    ways, leaves = state.origin.road, state.leaves_on
    if ways is None or leaves is None or state.due_day is None:
        return None
    there = state.due_day if state.scheduled_at is None else state.calendar.day_of(state.scheduled_at)
    if ways.carrier is None:
        return ("pass", "supply.logistics.receives", (state.order.destination, there))
    if not ways.receives:
        return ("pass", "supply.logistics.carried", (ways.carrier, leaves))
    return ("pass", "supply.logistics.carried_received", (ways.carrier, leaves, state.order.destination, there))


def capacity(state: LineState, ctx: Context) -> Verdict | None:
    """The day on which it could leave is full by what was promised before."""
    warehouse, full, day = state.origin.warehouse, state.full_day, state.leaves_on
    if warehouse is None or warehouse.capacity_unit is None or full is None or day is None:
        return None
    return ("flag", _FULL[warehouse.capacity_unit], (full, warehouse.code, warehouse.capacity, day))
