"""What the journal already says of a held order: the same hold of the same lines is not told again with each run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.modules.supply.rules.decision import Decision as Proposed
from oktee.modules.supply.tables import Decision, DecisionLine, OrderState

ORDER: Final = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What an entry about a proposal says: `holds` are (line, message), of the order itself with the line `ORDER`; `answer`
    is (line, taken, backordered, cut). The values in a message change with each minute; they are no news."""

    revision: int
    holds: frozenset[tuple[str, str]]
    answer: frozenset[tuple[str, int | None, int | None, int | None]]

    def holds_as(self, before: "Said | None") -> bool:
        """Whether the same reasons hold the same lines of the same revision."""
        return before is not None and (before.revision, before.holds) == (self.revision, self.holds)


def said_of(proposal: Proposed) -> Said:
    """What an entry about this proposal would say."""
    holds = {(ORDER, step.message) for step in proposal.gates}
    holds |= {(line.sequence, step.message) for line in proposal.lines for step in line.holds}
    answer = {
        (line.sequence, None, None, None)
        if line.undecided or (line.held and not line.taken and not line.cancelled)
        else (line.sequence, line.accepted, line.backordered, line.rejected)
        for line in proposal.lines
    }
    return Said(proposal.revision, frozenset(holds), frozenset(answer))


async def read_said(
    session: AsyncSession, proposals: Iterable[Proposed], states: Mapping[str, OrderState]
) -> dict[str, Said]:
    """By order number: what was said of those that were held and are held now. Asked before the new ones are stored."""
    numbers = {
        state.decision_id: proposal.number
        for proposal in proposals
        if proposal.held
        and (state := states.get(proposal.number)) is not None
        and state.decision_id is not None
        and state.hold
        and state.decided_by_type == "rule"
    }
    if not numbers:
        return {}
    holds: dict[UUID, set[tuple[str, str]]] = {decision_id: set() for decision_id in numbers}
    answers: dict[UUID, set[tuple[str, int | None, int | None, int | None]]] = {one: set() for one in numbers}
    revisions: dict[UUID, int] = {}
    gates = select(Decision.id, Decision.revision, Decision.hold).where(Decision.id.in_(numbers))
    for decision_id, revision, held in (await session.execute(gates)).all():
        revisions[decision_id] = revision
        holds[decision_id] |= _of(ORDER, held)
    lines = select(
        DecisionLine.decision_id, DecisionLine.sequence, DecisionLine.hold, DecisionLine.taken,
        DecisionLine.backordered, DecisionLine.cut,
    ).where(DecisionLine.decision_id.in_(numbers))  # fmt: skip
    for decision_id, sequence, held, taken, later, cut in (await session.execute(lines)).all():
        holds[decision_id] |= _of(sequence, held)
        answers[decision_id].add((sequence, taken, later, cut))
    return {
        number: Said(revisions[decision_id], frozenset(holds[decision_id]), frozenset(answers[decision_id]))
        for decision_id, number in numbers.items()
        if decision_id in revisions
    }


def _of(sequence: str, held: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(sequence, str(step["message"])) for step in held}
