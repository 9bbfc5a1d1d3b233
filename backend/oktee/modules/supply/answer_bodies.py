"""The body of an answer, built of the lines of a decision and held against what Amazon takes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from oktee.kit.errors import Conflict, FieldError, Invalid
from oktee.modules.supply.answers.body import AcknowledgementBody, AnswerError, LineAnswer, build
from oktee.modules.supply.answers.validation import Violation, blocking, validate
from oktee.modules.supply.tables import DecisionLine


class LinesUndecided(Conflict):
    """Amazon rejects lines that are left out, so every line needs an answer first."""


class AnswerInvalid(Invalid):
    """The answer breaks a rule of Amazon; each line names which. `broken`: the rules themselves."""

    broken: tuple[Violation, ...] = ()


def build_body(asked: Any, lines: Sequence[DecisionLine], now: datetime) -> AcknowledgementBody:
    """The body of these lines. Raises LinesUndecided naming the lines without an answer, AnswerInvalid."""
    missing = [line.sequence for line in lines if line.asked > 0 and line.taken is None]
    if missing:
        raise LinesUndecided(
            f"{len(missing)} lines have no answer. Amazon rejects lines that are left out, "
            f"and a rejected line cannot be accepted later: {', '.join(missing[:10])}."
        )
    answers = [
        LineAnswer(
            line.sequence,
            line.taken or 0,
            line.backordered or 0,
            line.cut or 0,
            line.ship_at,
            line.backorder_at,
            line.rejection_reason if line.cut else None,
            line.list_price,
            line.discount_multiplier,
        )
        for line in lines
    ]
    try:
        return build(asked, answers, acknowledgement_date=now)
    except AnswerError as error:
        position = next((n for n, line in enumerate(lines) if line.sequence == error.line), 0)
        fault = FieldError(f"/lines/{position}", error.code, f"Line {error.line}: {error.code.replace('_', ' ')}.")
        raise AnswerInvalid("This answer cannot be built.", errors=(fault,)) from error


def check_body(
    asked: Any,
    body: AcknowledgementBody,
    lines: Sequence[DecisionLine],
    *,
    now: datetime,
    earlier: Sequence[AcknowledgementBody],
    since: Mapping[str, datetime],
) -> None:
    """Amazon's hard rules H1 to H15. Raises AnswerInvalid with every breach."""
    broken = blocking(validate(asked, body, now=now, earlier=earlier, since=since))
    if broken:
        places = {line.sequence: n for n, line in enumerate(lines)}
        refused = AnswerInvalid(
            "Amazon does not take this answer.",
            errors=tuple(
                FieldError(
                    f"/lines/{places[fault.line]}" if fault.line in places else "",
                    fault.message.rsplit(".", 1)[-1],
                    f"{fault.code}: {fault.message.rsplit('.', 1)[-1].replace('_', ' ')}"
                    + (f" on line {fault.line}" if fault.line else ""),
                )
                for fault in broken
            ),
        )
        refused.broken = broken
        raise refused


def line_json(line: DecisionLine) -> dict[str, Any]:
    return {
        "sequence": line.sequence,
        "accepted": line.taken or 0,
        "backordered": line.backordered or 0,
        "rejected": line.cut or 0,
        "reason": line.rejection_reason if line.cut else None,
        "ship_at": line.ship_at.isoformat() if line.ship_at and line.taken else None,
        "backorder_at": line.backorder_at.isoformat() if line.backorder_at and line.backordered else None,
    }


def same_lines(one: AcknowledgementBody, other: AcknowledgementBody) -> bool:
    return one["acknowledgements"][0]["items"] == other["acknowledgements"][0]["items"]
