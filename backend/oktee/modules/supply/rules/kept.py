"""A line that Amazon left alone when it changed the order: it keeps its quantities, and counts as decided."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from oktee.modules.supply.rules.book import RuleBook
from oktee.modules.supply.rules.decision import LineDecision
from oktee.modules.supply.rules.trace import Check, Message

_KEPT = Check("kept", 1)


class KeptLine(NamedTuple):
    """The line as it was decided, in eaches. `rule_id`: the rule of the book it fell under."""

    sequence: str
    ordered: int
    accepted: int
    backordered: int
    rejected: int
    scheduled_at: datetime | None
    backorder_at: datetime | None
    rejection_reason: str | None
    item_id: UUID | None
    sku: str | None
    rule_id: str | None


def keep(line: KeptLine, book: RuleBook) -> LineDecision:
    """As gates and totals count it; nothing is drawn from the stock, which holds what it promises already."""
    said = (line.accepted, line.backordered, line.rejected)
    return LineDecision(
        sequence=line.sequence,
        ordered=line.ordered,
        accepted=line.accepted,
        backordered=line.backordered,
        rejected=line.rejected,
        undecided=line.ordered - sum(said),
        held=False,
        cancelled=line.ordered == 0,
        scheduled_at=line.scheduled_at,
        backorder_at=line.backorder_at,
        rejection_reason=line.rejection_reason if line.rejected else None,
        proposed_reason=None,
        item_id=line.item_id,
        sku=line.sku,
        reserve_on_hand=0,
        reserve_inbound=0,
        summary=Message("supply.kept.as_decided", said),
        checks=(_KEPT,),
        verdicts=(("pass", "supply.kept.as_decided", said),),
        rule=next((rule for rule in book.rules if rule.id == line.rule_id), book.standard),
    )
