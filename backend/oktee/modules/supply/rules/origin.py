"""Where an order leaves from and when that place works; and how much of its days is spoken for already."""

from collections.abc import Sequence
from datetime import date
from math import ceil
from typing import Any

from oktee.modules.supply.rules.calendar import Calendar
from oktee.modules.supply.rules.decision import LineDecision
from oktee.modules.supply.rules.inputs import Context, LineInput, OrderInput
from oktee.modules.supply.rules.logistics import Terms, Travel, Warehouse
from oktee.modules.supply.rules.quantities import eaches_ordered
from oktee.modules.supply.rules.road import Road

PALLET = 1000
"""A pallet is counted in thousandths, so that parts of one add up."""
_FARTHEST = 400
"""Working days looked ahead for room; who is booked out for longer waits for a person's eye on the window."""


class Origin:
    """The warehouse of an order (None: nobody said), its calendar, and the days on the road where somebody did."""

    __slots__ = (
        "_ctx",
        "_granted",
        "_need",
        "_taken",
        "calendar",
        "dates",
        "declared",
        "order",
        "pool",
        "road",
        "said",
        "terms",
        "travel",
        "warehouse",
    )

    def __init__(
        self,
        order: OrderInput,
        calendar: Calendar,
        ctx: Context,
        *,
        taken: dict[tuple[str, date], int],
        warehouse: Warehouse | None = None,
        terms: Terms | None = None,
        travel: Travel | None = None,
    ) -> None:
        self.order = order
        self._ctx = ctx
        self.calendar = calendar
        self.warehouse = warehouse
        self.terms = terms
        self.travel = travel
        self.pool: tuple[tuple[str, Origin], ...] | None = None
        """The warehouses that may serve the order, in their order; None where stock is not told apart by warehouse."""
        self.road: Road | None = None
        """Set where somebody said on which days who carries or who receives works."""
        self.declared: tuple[str, str] | None = None
        """The marketplace and the vendor code that the pool was declared for; None: all warehouses serve the order."""
        self.dates: dict[object, Any] = {}
        """The dates of lines whose goods would come from here, by what they depend on."""
        self.said: dict[object, Any] = {}
        """What the rules say of it, by what that depends on besides."""
        self._taken = taken
        self._need: int | None = None
        self._granted: dict[date, date] = {}

    def room_on(self, day: date) -> date:
        """The first working day on or after this one that has room for the order; one that is larger than a whole day
        begins on a day that is free. Asked again, it answers the same."""
        warehouse = self.warehouse
        if warehouse is None or warehouse.capacity is None:
            return day
        found = self._granted.get(day)
        if found is None:
            found = self._granted[day] = self._look(warehouse, warehouse.capacity, day)
        return found

    def _look(self, warehouse: Warehouse, capacity: int, day: date) -> date:
        if self._need is None:
            live = (line for line in self.order.lines if not line.cancelled)
            self._need = sum(size_of(line, self.order, warehouse, self._ctx) for line in live)
        room = capacity * (PALLET if warehouse.capacity_unit == "pallets" else 1)
        for _ in range(_FARTHEST):
            taken = self._taken.get((warehouse.code, day), 0)
            if taken + self._need <= room or taken <= 0:
                break
            day = self.calendar.add(day, 1)
        return day

    def book(self, decisions: Sequence[LineDecision]) -> None:
        """What these lines take of their days is spoken for now."""
        if self.pool is not None:
            self._book_sources(decisions)
            return
        warehouse = self.warehouse
        if warehouse is None or warehouse.capacity is None:
            return
        for line, decision in zip(self.order.lines, decisions, strict=True):
            if decision.leaves_on is not None and not decision.held:
                key = (warehouse.code, decision.leaves_on)
                size = size_of(line, self.order, warehouse, self._ctx, decision.accepted)
                self._taken[key] = self._taken.get(key, 0) + size

    def _book_sources(self, decisions: Sequence[LineDecision]) -> None:
        origins = dict(self.pool or ())
        for line, decision in zip(self.order.lines, decisions, strict=True):
            for source in decision.sources:
                warehouse = origins[source.warehouse].warehouse
                if warehouse is None or warehouse.capacity is None or source.leaves_on is None or decision.held:
                    continue
                key = (warehouse.code, source.leaves_on)
                size = size_of(line, self.order, warehouse, self._ctx, source.accepted)
                self._taken[key] = self._taken.get(key, 0) + size


class Origins:
    """The origin of each order of one batch; calendars are shared, and so are the days that the batch itself fills."""

    __slots__ = ("_calendars", "_codes", "_ctx", "_found", "_taken", "default")

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.default = Calendar(ctx.now, zone=ctx.zone, settings=ctx.settings)
        self._calendars: dict[str, Calendar] = {}
        self._found: dict[int, Origin] = {}
        places = (ctx.placed or {}).values()
        self._codes = tuple(sorted({code for each in places for code in each}))
        self._taken = dict(ctx.logistics.promised) if ctx.logistics is not None else {}

    def of(self, order: OrderInput) -> Origin:
        found = self._found.get(id(order))
        if found is None or found.order is not order:
            found = self._found[id(order)] = self._origin(order)
        return found

    def _origin(self, order: OrderInput) -> Origin:
        return self._single(order) if self._ctx.placed is None else self._pooled(order)

    def _pooled(self, order: OrderInput) -> Origin:
        """Of the warehouses of its pool; of an order without one, all there are, with the dates of the usual one."""
        logistics = self._ctx.logistics
        found = logistics.pool_of(order.marketplace_id, order.vendor_code) if logistics is not None else None
        if logistics is None or found is None:
            here = self._single(order)
            first = here.warehouse.code if here.warehouse is not None else None
            here.pool = tuple((code, here) for code in sorted(self._codes, key=lambda code: code != first))
            return here
        declared, codes = found
        terms = logistics.terms.get(order.vendor_code)
        pool = []
        for code in codes:
            warehouse = logistics.warehouses[code]
            way = logistics.way_from(code, order.vendor_code, order.destination, order.marketplace_id)
            pool.append((code, self._at(order, warehouse, terms, way)))
        here = pool[0][1]
        here.pool, here.declared = tuple(pool), declared
        return here

    def _single(self, order: OrderInput) -> Origin:
        logistics = self._ctx.logistics
        if logistics is None:
            return self._at(order, None, None, None)
        warehouse, terms, travel = logistics.origin_of(order.vendor_code, order.destination, order.marketplace_id)
        if warehouse is None:
            return self._at(order, None, terms, None)
        return self._at(order, warehouse, terms, travel)

    def _at(self, order: OrderInput, warehouse: Warehouse | None, terms: Terms | None, travel: Travel | None) -> Origin:
        calendar = self.default if warehouse is None else self._calendar_of(warehouse)
        found = Origin(order, calendar, self._ctx, taken=self._taken, warehouse=warehouse, terms=terms, travel=travel)
        logistics = self._ctx.logistics
        if logistics is not None and (logistics.carriers or logistics.centres):
            name, carrier, receives = logistics.moves_of(order.vendor_code, order.destination)
            if carrier is not None or receives is not None:
                prepaid = order.freight == "prepaid"
                found.road = Road(calendar, name=name, carrier=carrier, receives=receives, prepaid=prepaid)
        return found

    def _calendar_of(self, warehouse: Warehouse) -> Calendar:
        calendar = self._calendars.get(warehouse.code)
        if calendar is None:
            calendar = Calendar(self._ctx.now, zone=warehouse.zone, settings=self._ctx.settings, warehouse=warehouse)
            self._calendars[warehouse.code] = calendar
        return calendar


def size_of(line: LineInput, order: OrderInput, warehouse: Warehouse, ctx: Context, units: int | None = None) -> int:
    """What a line, or `units` of it, asks of a day; nothing of pallets while nobody says how many pieces are on one."""
    if warehouse.capacity_unit == "lines":
        return 1
    if units is None:
        units = eaches_ordered(line.ordered, unit_of_measure=line.unit_of_measure, unit_size=line.unit_size) or 0
    if warehouse.capacity_unit == "units":
        return units
    hits = ctx.candidates.get((order.number, line.sequence))
    item = next(iter((*hits.by_vendor_sku, *hits.by_gtin, *hits.by_asin)), None) if hits is not None else None
    if item is None or not item.pallet_units:
        return 0
    return ceil(units * item.link_quantity * PALLET / item.pallet_units)
