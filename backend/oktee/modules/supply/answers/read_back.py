"""Compares what was sent with what Amazon shows afterwards: the only proof that an answer took effect.

Amazon's status has no backordered quantity: Accepted 6 and Backordered 4 read back as acceptedQuantity 10.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from oktee.modules.supply.answers.body import AcknowledgementBody, AcknowledgementItem, quantity_in_eaches

UNCONFIRMED = "UNCONFIRMED"


@dataclass(frozen=True, slots=True)
class ReadBackLine:
    """One line of getPurchaseOrdersStatus, in eaches; a quantity that Amazon did not give is None.

    `dates`: of the acknowledgements that Amazon lists of it.
    """

    sequence: str
    confirmation_status: str | None
    accepted: int | None
    rejected: int | None
    dates: tuple[datetime | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """Amazon shows what we sent."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """Lines for which Amazon shows no answer yet; all others are as sent."""

    waiting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One line that reads otherwise than sent, in eaches."""

    sequence: str
    sent_accepted: int
    seen_accepted: int | None
    sent_rejected: int
    seen_rejected: int | None
    confirmation_status: str | None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Amazon shows another answer than ours."""

    differences: tuple[Difference, ...]


def compare(sent: AcknowledgementBody, read_back: Iterable[ReadBackLine]) -> Seen | NotYet | Mismatch:
    """Seen when acceptedQuantity equals our Accepted + Backordered on every line.

    A rejected quantity that is given and not zero must agree too (a zero beside a split rejection is a known oddity of
    Amazon's). A line that is UNCONFIRMED or absent waits. Lines that we did not send are not ours to judge.
    """
    shown = {line.sequence: line for line in read_back}
    waiting: list[str] = []
    differences: list[Difference] = []
    for acknowledgement in sent["acknowledgements"]:
        for item in acknowledgement["items"]:
            sequence = item["itemSequenceNumber"]
            line = shown.get(sequence)
            # The status answer leaves out what it does not know; without any status only a quantity is an answer.
            unanswered = line is None or (not line.accepted and not line.rejected)
            if line is None or (unanswered and line.confirmation_status in (UNCONFIRMED, None)):
                waiting.append(sequence)
                continue
            taken = _sum(item, "Accepted") + _sum(item, "Backordered")
            rejected = _sum(item, "Rejected")
            if (line.accepted or 0) != taken or (line.rejected and line.rejected != rejected):
                differences.append(
                    Difference(
                        sequence=sequence,
                        sent_accepted=taken,
                        seen_accepted=line.accepted,
                        sent_rejected=rejected,
                        seen_rejected=line.rejected,
                        confirmation_status=line.confirmation_status,
                    )
                )
    if differences:
        return Mismatch(tuple(differences))
    return NotYet(tuple(waiting)) if waiting else Seen()


def _sum(item: AcknowledgementItem, code: str) -> int:
    return sum(
        quantity_in_eaches(split["acknowledgedQuantity"]) or 0
        for split in item["itemAcknowledgements"]
        if split["acknowledgementCode"] == code
    )
