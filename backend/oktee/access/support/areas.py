"""The areas a support grant can name. Which tables each holds is written in the row policies (migration 0006)."""

from typing import Final, Literal

Area = Literal["orders", "catalog", "connection", "journal", "settings"]
AREAS: Final[tuple[Area, ...]] = ("orders", "catalog", "connection", "journal", "settings")
WRITABLE: Final[frozenset[Area]] = frozenset({"connection", "settings"})
"""Where a grant that is not read-only lets staff change something: a stream's schedule, a module's settings."""
MOST_HOURS: Final = 4
