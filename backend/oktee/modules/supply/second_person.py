"""Hard rejects: what tells Amazon not to order a product again. They need a right of their own, always a person, and, where
the workspace says so, a second one: whoever chose the reason does not send it.

Asked where every answer is planned, whoever plans it: there is no way round it by a sheet, a fix or automation.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.journal.record import Actor
from oktee.kit.errors import Conflict, Forbidden
from oktee.modules.supply.answers.protocol import AT_AMAZON
from oktee.modules.supply.notices import notice
from oktee.modules.supply.settings import read_settings
from oktee.modules.supply.tables import Acknowledgement, Decision, DecisionLine, OrderState
from oktee.notify.recipients import Place, Roster, read_roster

HARD: Final = frozenset({"ObsoleteProduct", "InvalidProductIdentifier"})
REJECT_HARD: Final = "orders.reject_hard"
SECOND: Final = "supply.hold.second_person"


class HardRejectNotAllowed(Forbidden):
    """Both reasons tell Amazon not to order the product again: that needs its own permission."""


class PersonNeeded(Conflict):
    """An answer that tells Amazon not to order a product again is never sent by a rule."""


class SecondPersonNeeded(Conflict):
    """Whoever chose to tell Amazon not to order a product again does not send it: somebody else does."""


@dataclass(frozen=True, slots=True)
class Confirming:
    """Who sends an answer, and whether they may reject for good."""

    actor: Actor
    may_reject_hard: bool


def is_hard(line: DecisionLine) -> bool:
    """A part of the line, or all of it, is cut for a reason that ends the product at Amazon."""
    return bool(line.cut) and line.rejection_reason in HARD


def newly_hard(lines: Iterable[DecisionLine], earlier: Sequence[Acknowledgement]) -> list[DecisionLine]:
    """The hard lines of a decision that no answer at Amazon has said before, as they are."""
    said = {
        (line["sequence"], line["rejected"], line["reason"])
        for answer in earlier
        if answer.state in AT_AMAZON
        for line in answer.lines
    }
    return [line for line in lines if is_hard(line) and (line.sequence, line.cut, line.rejection_reason) not in said]


def drafters(lines: Iterable[DecisionLine], decision: Decision) -> set[UUID]:
    """Who chose these reasons; of a line that does not say it, whoever made the decision."""
    return {who for line in lines if (who := line.decided_by_id or decision.decided_by_id) is not None}


async def check(
    session: AsyncSession,
    decision: Decision,
    lines: Sequence[DecisionLine],
    earlier: Sequence[Acknowledgement],
    by: Confirming,
) -> None:
    """Whether this answer may be planned by them. Raises PersonNeeded, HardRejectNotAllowed, SecondPersonNeeded."""
    hard = newly_hard(lines, earlier)
    if not hard:
        return
    named = ", ".join(line.sku or line.sequence for line in hard[:10])
    if by.actor.type != "person" or by.actor.id is None:
        raise PersonNeeded(f"A person sends an answer that tells Amazon not to order again: {named}.")
    settings, _ = await read_settings(session)
    if not settings.second_person:
        return
    if not by.may_reject_hard:
        raise HardRejectNotAllowed(f"Your role does not include {REJECT_HARD}.")
    if UUID(by.actor.id) in drafters(hard, decision):
        raise SecondPersonNeeded(f"You chose to tell Amazon not to order again: {named}. Somebody else confirms it.")


async def hold_of(
    session: AsyncSession, order_id: UUID, decision: Decision, lines: Sequence[DecisionLine]
) -> list[dict[str, Any]]:
    """The hold of an order that waits for a second person; none where none is asked for."""
    if not any(is_hard(line) for line in lines):
        return []
    settings, _ = await read_settings(session)
    if not settings.second_person:
        return []
    statement = select(Acknowledgement).where(Acknowledgement.purchase_order_id == order_id)
    hard = newly_hard(lines, (await session.execute(statement)).scalars().all())
    if not hard:
        return []
    return [notice(SECOND, name=hard[-1].decided_by_name or decision.decided_by_name, lines=len(hard))]


async def who_chose(session: AsyncSession, order_ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """By order that waits for a second person: who chose the reasons, and so is not that person."""
    statement = (
        select(OrderState.purchase_order_id, Decision, DecisionLine)
        .join(Decision, Decision.id == OrderState.decision_id)
        .join(DecisionLine, DecisionLine.decision_id == Decision.id)
        .where(
            OrderState.purchase_order_id.in_(list(order_ids)),
            OrderState.hold.contains([{"message": SECOND}]),
            DecisionLine.rejection_reason.in_(HARD),
            DecisionLine.cut > 0,
        )
    )
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for order_id, decision, line in (await session.execute(statement)).all():
        found[order_id] |= drafters([line], decision)
    return found


async def waits_by_order(session: AsyncSession, order_ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """By order of these whose answer, as it is proposed, is refused without a second person: who chose the reasons. Also of
    one that was decided before the workspace asked for two, and so is not held for it."""
    ids = list(order_ids)
    settings, _ = await read_settings(session)
    if not ids or not settings.second_person:
        return {}
    decided = await session.execute(
        select(OrderState.purchase_order_id, Decision, DecisionLine)
        .join(Decision, Decision.id == OrderState.decision_id)
        .join(DecisionLine, DecisionLine.decision_id == Decision.id)
        .where(
            OrderState.purchase_order_id.in_(ids),
            OrderState.status.in_(("to_confirm", "scheduled", "held")),
            DecisionLine.rejection_reason.in_(HARD),
            DecisionLine.cut > 0,
        )
    )
    hard: dict[UUID, list[tuple[Decision, DecisionLine]]] = defaultdict(list)
    for order_id, decision, line in decided.all():
        hard[order_id].append((decision, line))
    said: dict[UUID, list[Acknowledgement]] = defaultdict(list)
    for answer in await session.scalars(select(Acknowledgement).where(Acknowledgement.purchase_order_id.in_(hard))):
        said[answer.purchase_order_id].append(answer)
    return {
        order_id: drafters(new, found[0][0])
        for order_id, found in hard.items()
        if (new := newly_hard([line for _, line in found], said[order_id]))
    }


def who_may(roster: Roster, place: Place, but: Iterable[UUID]) -> tuple[UUID, ...]:
    """Who can be the second person: those who are there; where all are away, all of them, so that their substitutes hear of
    it; where there is nobody else at all, nobody: the Owners are told then as of any hold."""
    others = set(but)
    able = [
        member
        for member in roster.members.values()
        if REJECT_HARD in member.permissions and member.user_id not in others and place.within(member.scope)
    ]
    there = [member.user_id for member in able if member.user_id not in roster.away]
    return tuple(sorted(there or [member.user_id for member in able]))


async def asked_of(session: AsyncSession, places: Mapping[UUID, Place]) -> dict[UUID, tuple[UUID, ...]]:
    """By order of these that waits for a second person: whom to tell."""
    chose = await who_chose(session, places)
    if not chose:
        return {}
    roster = await read_roster(session)
    return {order_id: who_may(roster, places[order_id], but) for order_id, but in chose.items()}
