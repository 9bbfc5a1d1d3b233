"""What of a simulation a change can touch, so that only that is decided again. Pure.

A change of the SKUs that a rule leaves out touches the moments in which a line of such a SKU was decided. What is then given
otherwise touches later moments that share its stock: until every figure that still counts knows of the promise, and, for
what a later figure must cover, until that figure. A moment is decided again whole, since its orders share stock and limits.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from oktee.modules.supply.rules.body import RuleBody
from oktee.modules.supply.rules.simulation.facts import FRESH, Carried, Moment, Question
from oktee.modules.supply.rules.simulation.replay import simulate
from oktee.modules.supply.rules.simulation.sums import Noted, Partial


def changed_skus(was: RuleBody, now: RuleBody) -> frozenset[str] | None:
    """The SKUs that one of them leaves out and the other does not. None: they differ in more than that."""
    if _without_exceptions(was) != _without_exceptions(now):
        return None
    return _left_out(was) ^ _left_out(now)


def _without_exceptions(body: RuleBody) -> RuleBody:
    return body.model_copy(update={"when": tuple(one for one in body.when if one.field != "sku" or not one.negated)})


def _left_out(body: RuleBody) -> frozenset[str]:
    return frozenset(sku for one in body.when if one.field == "sku" and one.negated for sku in one.values)


class Again:
    """Goes over the moments of a simulation in their order: each is kept or decided again by the changed draft."""

    def __init__(self, question: Question, skus: frozenset[str]) -> None:
        self.question = question
        self._skus = skus
        self._carried = Carried()
        self._differs: dict[UUID, datetime] = {}
        """Until when a SKU is not what it was for whoever needs it."""

    def touches(self, noted: Noted) -> bool:
        """Whether it may come out otherwise, by what is known so far."""
        return not self._skus.isdisjoint(noted.skus) or any(
            until > noted.at for item_id in noted.items if (until := self._differs.get(item_id)) is not None
        )

    def keep(self, noted: Noted) -> None:
        """It stays as it was, and so does what it promised."""
        for version, given in noted.given.items():
            for item, units in given.items():
                self._carried.promise(version, item, noted.at, units)
        for item_id, as_of, pieces in noted.beyond:
            self._carried.go_beyond(item_id, as_of, pieces)

    def decide(self, noted: Noted, moment: Moment) -> Partial:
        """It as the changed draft decides it."""
        found = simulate([moment], self.question, self._carried)
        for item_id, until in self._differences(noted, found.noted[0]):
            self._differs[item_id] = max(until, self._differs.get(item_id, until))
        return found

    def _differences(self, was: Noted, now: Noted) -> Iterator[tuple[UUID, datetime]]:
        over = was.at + FRESH + self.question.absorb_after
        before, after = was.given.get("after", {}), now.given.get("after", {})
        for item in before.keys() | after.keys():
            if before.get(item, 0) != after.get(item, 0):
                yield item[0] if isinstance(item, tuple) else item, over
        gone, come = _beyond(was), _beyond(now)
        for item_id, as_of in gone.keys() | come.keys():
            if gone.get((item_id, as_of), 0) != come.get((item_id, as_of), 0):
                yield item_id, as_of


def _beyond(noted: Noted) -> dict[tuple[UUID, datetime], int]:
    found: dict[tuple[UUID, datetime], int] = {}
    for item_id, as_of, pieces in noted.beyond:
        found[item_id, as_of] = found.get((item_id, as_of), 0) + pieces
    return found
