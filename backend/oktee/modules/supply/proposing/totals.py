"""What a proposal says as a whole: its rule, its sums."""

from typing import Any

from oktee.modules.supply.rules.decision import Decision as Proposed


def decided_by(proposal: Proposed) -> str:
    """The rule that decided the order, or the first of several and how many more."""
    first, *more = proposal.rules
    return f"{first.label} +{len(more)}" if more else first.label


def totals_json(proposal: Proposed) -> dict[str, Any]:
    """Units and values of a decision; money as decimal strings."""
    totals = proposal.totals
    return {
        "asked": totals.ordered,
        "taken": totals.accepted,
        "backordered": totals.backordered,
        "cut": totals.rejected,
        "undecided": totals.undecided,
        "amounts": [
            {
                "currency": amount.currency,
                "asked": str(amount.ordered),
                "taken": str(amount.accepted),
                "backordered": str(amount.backordered),
                "cut": str(amount.rejected),
                "undecided": str(amount.undecided),
            }
            for amount in totals.amounts
        ],
    }
