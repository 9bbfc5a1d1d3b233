"""Working days of the warehouse as seen at one moment: the first day something can leave, and days counted from there."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from oktee.modules.supply.rules.logistics import CLOSES, OPENS, WEEK, Warehouse
from oktee.modules.supply.rules.settings import Settings

_DAY = timedelta(days=1)
SHIP_AT = time(17)
"""The hour of a day at which a promised shipment or delivery is dated."""
FAR = date(9000, 1, 1)
"""Later days are placeholders ("never"); counting from them would leave the calendar."""


class Calendar:
    """The working days of a warehouse without its closed days, in its zone; Monday to Friday where nobody says more.

    Answers are remembered while it lives.
    """

    __slots__ = (
        "_closed",
        "_days",
        "_instants",
        "_local",
        "_shipping",
        "_working",
        "_zone",
        "cut_off",
        "first_day",
        "today",
        "warehouse_open",
    )

    def __init__(self, now: datetime, *, zone: tzinfo, settings: Settings, warehouse: Warehouse | None = None) -> None:
        self._zone = zone
        self._closed = frozenset(() if warehouse is None else warehouse.closed)
        self._working = WEEK if warehouse is None else warehouse.working_days
        given = None if warehouse is None else warehouse.cut_off
        self.cut_off = settings.cut_off if given is None else given
        self._shipping: dict[tuple[date, int], date] = {}
        self._instants: dict[date, datetime] = {}
        self._days: dict[date, date] = {}
        self._local: dict[datetime, date] = {}
        local = now.astimezone(zone)
        today, clock = local.date(), local.time()
        self.today = today
        works_today = self.is_working(today)
        opens, closes = (OPENS, CLOSES) if warehouse is None else (warehouse.opens, warehouse.closes)
        self.warehouse_open = works_today and opens <= clock < closes
        """Stock has to be fresh then; otherwise it may be older."""
        self.first_day = today if works_today and clock < self.cut_off else self.on_or_after(today + _DAY)
        """The day on which work on an order decided now begins."""

    def is_working(self, day: date) -> bool:
        return day.weekday() in self._working and day not in self._closed

    def on_or_after(self, day: date) -> date:
        """The day itself when it is a working day, else the next one."""
        found = self._days.get(day)
        if found is None:
            found = day
            while not self.is_working(found):
                found += _DAY
            self._days[day] = found
        return found

    def add(self, day: date, days: int) -> date:
        """`days` working days after the first working day on or after `day`."""
        key = (day, days)
        found = self._shipping.get(key)
        if found is None:
            found = self.on_or_after(day)
            for _ in range(days):
                found = self.on_or_after(found + _DAY)
            self._shipping[key] = found
        return found

    def back(self, day: date, days: int) -> date:
        """`days` working days before a working day."""
        for _ in range(days):
            day -= _DAY
            while not self.is_working(day):
                day -= _DAY
        return day

    def ends(self, day: date) -> datetime:
        """The last second of the warehouse's day, UTC."""
        return datetime.combine(day, time(23, 59, 59), tzinfo=self._zone).astimezone(UTC)

    def at(self, day: date) -> datetime:
        """The UTC instant at which something promised for that day is dated."""
        found = self._instants.get(day)
        if found is None:
            found = datetime.combine(day, SHIP_AT, tzinfo=self._zone).astimezone(UTC)
            self._instants[day] = found
        return found

    def day_of(self, instant: datetime) -> date:
        """The warehouse's day of an instant, never later than FAR."""
        found = self._local.get(instant)
        if found is None:
            found = self._local[instant] = min(instant.astimezone(self._zone).date(), FAR)
        return found
