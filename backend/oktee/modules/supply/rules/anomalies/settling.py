"""What is settled with Amazon and not by an answer: a cost that Amazon has otherwise than agreed, a product with a successor.

The hold of a line ends with its answer; the work does not, so that it stands for each SKU of a vendor code until an order
comes without it or a person has done it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from oktee.modules.supply.rules.anomalies.facts import Finding, OrderFact

COSTS: Final = frozenset({"supply.price.below", "supply.price.far_below", "supply.price.far_below_accepted"})
REPLACED: Final = "supply.lifecycle.replaced"
QUIET: Final = timedelta(days=28)
"""So long Amazon has to do what it was written about."""
WITHIN: Final = timedelta(days=3)
"""By when somebody writes, where the order has no window."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest order's line of a SKU at a vendor code. `trace`: the message of each step of its decision and its typed
    values; `proposes`: the customer wants its successor proposed."""

    order: OrderFact
    sequence: str
    sku: str
    brand: str | None
    trace: tuple[tuple[str, Mapping[str, Any]], ...]
    proposes: bool = False


def unsettled(lines: Iterable[Newest]) -> list[Finding]:
    """One for each SKU of a vendor code and for each of the two."""
    found = []
    for line in lines:
        for message, values in line.trace:
            if message in COSTS:
                said = {name: _plain(values[name]) for name in ("order_cost", "agreed_cost", "difference")}
                found.append(_finding("cost_update", line, {"sku": line.sku, **said}))
            elif message == REPLACED and line.proposes:
                found.append(
                    _finding("replacement", line, {"sku": line.sku, "replaced_by": _plain(values["replaced_by"])})
                )
    return found


def _plain(value: Mapping[str, Any]) -> Any:
    if value["type"] == "money":
        return {"amount": value["amount"], "currency": value["currency"]}
    return value["value"]


def _finding(cause: str, line: Newest, values: dict[str, Any]) -> Finding:
    order = line.order
    return Finding(
        cause,
        f"{cause}/{order.place.connection_id}/{order.place.vendor_code}/{order.place.marketplace_id}/{line.sku}",
        f"supply.anomaly.{cause}",
        values,
        order.place,
        order.id,
        sequence=line.sequence,
        brands=(line.brand or "",),
        quiet=QUIET,
        due_at=_due(order),
    )


def _due(order: OrderFact) -> datetime:
    """Goods are invoiced when they leave: until the window of the order ends it can still be put right."""
    return order.window_end or order.at + WITHIN
