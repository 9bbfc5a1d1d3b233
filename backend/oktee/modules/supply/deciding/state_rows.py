"""The row of an order that has just been decided."""

from datetime import datetime
from typing import Any

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.modules.supply.deciding.leaving import Automation
from oktee.modules.supply.states import deadline


def state_row(
    order: PurchaseOrder,
    automation: Automation,
    *,
    status: str,
    decided_by: tuple[str, str],
    answered_by: str | None = None,
    answered_at: datetime | None = None,
    available: datetime | None = None,
) -> dict[str, Any]:
    settled = answered_by is not None or status == "cancelled"
    return {
        "purchase_order_id": order.id,
        "connection_id": order.connection_id,
        "revision": order.revision,
        "status": status,
        "deadline_at": deadline(order),
        "became_available_at": available or automation.available_at(order),
        "decision_id": None,
        "decided_by_type": decided_by[0],
        "decided_by_name": decided_by[1],
        "hold": [],
        "send_at": None,
        "send_reason": None,
        "answered_by": answered_by,
        "answered_at": answered_at,
        "taken": order.accepted_units if settled else None,
        "backordered": 0 if settled else None,
        "cut": order.rejected_units if settled else None,
        "undecided_lines": 0,
        "cut_value": None,
        "proposed": not settled,
        "marketplace_id": order.marketplace_id,
        "vendor_code": order.vendor_code,
        "brand": order.brand,
        "brands": order.brands,
    }
