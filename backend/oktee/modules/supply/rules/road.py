"""The days on which goods move: who carries them works on some, and who receives them on others."""

from collections.abc import Callable
from datetime import date, timedelta

from oktee.modules.supply.rules.calendar import Calendar
from oktee.modules.supply.rules.logistics import Days

_DAY = timedelta(days=1)
_FARTHEST = 400
"""Days looked ahead for one on which everybody works; who never does waits for a person's eye on the window."""


class Road:
    """From a warehouse with its calendar, by a carrier (None: it moves when the warehouse works), to a place that receives
    on some days (None: on all of them). With `prepaid` freight the promised day is that of delivery, else that of pick-up."""

    __slots__ = ("_calendar", "_carrier", "_prepaid", "_receives", "carrier")

    def __init__(
        self, calendar: Calendar, *, name: str | None, carrier: Days | None, receives: Days | None, prepaid: bool
    ) -> None:
        self._calendar = calendar
        self.carrier = name
        self._carrier = carrier
        self._receives = receives if prepaid else None
        self._prepaid = prepaid

    @property
    def receives(self) -> bool:
        """Whether somebody said on which days the goods are received."""
        return self._receives is not None

    def leaves(self, day: date) -> date:
        """The first day on or after this one on which the warehouse works and the carrier picks up."""
        return _first(day, lambda each: self._calendar.is_working(each) and self._moves(each))

    def promised(self, day: date) -> date:
        """The first day on or after this one on which what is promised can happen."""
        if not self._prepaid:
            return self.leaves(day)
        return _first(day, lambda each: self._moves(each) and (self._receives is None or self._receives.works(each)))

    def arrives(self, left: date, days: int) -> date:
        """The day for which goods can be promised that left on this one and are so many days on the road."""
        day = left
        for _ in range(days):
            day = _first(day + _DAY, self._moves)
        return self.promised(day)

    def latest(self, wanted: date, days: int, *, ready: date) -> date:
        """The last day on which they can leave to be there on the wanted one, not before they are ready."""
        day = wanted
        while day > ready:
            if self.leaves(day) == day and self.arrives(day, days) <= wanted:
                return day
            day -= _DAY
        return ready

    def _moves(self, day: date) -> bool:
        return self._calendar.is_working(day) if self._carrier is None else self._carrier.works(day)


def _first(day: date, fits: Callable[[date], bool]) -> date:
    for _ in range(_FARTHEST):
        if fits(day):
            break
        day += _DAY
    return day
