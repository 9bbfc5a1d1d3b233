"""The named journeys, run one after the other against an address: 0 when all went well, 1 with what failed."""

import sys
from collections.abc import Callable, Sequence

import httpx

from oktee.check import order
from oktee.check.place import Place
from oktee.check.story import Failed, Story
from oktee.check.supply import journey as supply
from oktee.check.trust import journey as trust

JOURNEYS: dict[str, Callable[[Story, Place], None]] = {
    "order": order.walk,
    "supply": supply.walk,
    "trust": trust.walk,
}


def run_journeys(names: Sequence[str], place: Place) -> int:
    """Run the named journeys, or all. Prints each step with its time."""
    unknown = sorted(set(names) - set(JOURNEYS))
    if unknown:
        print(f"There is no journey {', '.join(unknown)}; there are: {', '.join(JOURNEYS)}.", file=sys.stderr)
        return 2
    failed = 0
    for name in names or JOURNEYS:
        print(f"Journey {name} at {place.url}", flush=True)
        story = Story(name)
        try:
            JOURNEYS[name](story, place)
        except (Failed, httpx.HTTPError, KeyError) as error:
            what = str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
            print(f"Journey {name} failed: {what}", file=sys.stderr, flush=True)
            failed += 1
        else:
            print(f"Journey {name} is well, in {story.seconds:.0f} s.", flush=True)
    return 1 if failed else 0
