"""Messages that are not a rule's: why an answer stood down, why automation paused. Ids and value types as in MESSAGES."""

from typing import Any

CONNECTION_LOST = "supply.answer.connection_lost"
NOTICES: dict[str, dict[str, str]] = {
    "supply.automation.paused_by_person": {"vendor_code": "text", "name": "text"},
    "supply.automation.paused_outside": {"vendor_code": "text", "orders": "quantity", "po_number": "text"},
    "supply.answer.connection_lost": {},
    "supply.answer.answered_elsewhere": {},
    "supply.answer.automation_off": {},
    "supply.answer.order_changed_before_send": {"revision": "quantity"},
    "supply.answer.stopped_by_person": {"name": "text"},
    "supply.summary.by_person": {
        "name": "text",
        "was": "quantity",
        "now": "quantity",
        "backordered": "quantity",
        "cut": "quantity",
    },
    "supply.summary.by_person_because": {
        "name": "text",
        "was": "quantity",
        "now": "quantity",
        "backordered": "quantity",
        "cut": "quantity",
        "note": "text",
    },
    "supply.summary.by_fallback": {
        "policy": "text",
        "was": "quantity",
        "now": "quantity",
        "backordered": "quantity",
        "cut": "quantity",
    },
    "supply.hold.by_person": {"name": "text", "reason": "text"},
    "supply.hold.uncancelled": {},
    "supply.hold.second_person": {"name": "text", "lines": "quantity"},
    "supply.hold.not_planned": {"fault": "text"},
    "supply.hold.hours_too_late": {"deadline": "instant"},
    "supply.exception.deadline": {"deadline": "instant"},
    "supply.exception.changed": {"revision": "quantity", "changes": "quantity"},
    "supply.exception.mismatch": {"lines": "quantity", "answer": "quantity"},
    "supply.anomaly.unreadable": {"order": "text", "since": "instant", "reason": "text"},
    "supply.anomaly.unreadable_nameless": {"since": "instant", "reason": "text"},
    "supply.anomaly.silence": {"vendor_code": "text", "since": "instant", "hours": "quantity"},
    "supply.anomaly.units_high": {"vendor_code": "text", "now": "quantity", "usual": "quantity"},
    "supply.anomaly.units_low": {"vendor_code": "text", "now": "quantity", "usual": "quantity"},
    "supply.anomaly.value_high": {"vendor_code": "text", "now": "quantity", "usual": "quantity"},
    "supply.anomaly.value_low": {"vendor_code": "text", "now": "quantity", "usual": "quantity"},
    "supply.anomaly.asked_twice": {
        "asin": "text",
        "units": "quantity",
        "order": "text",
        "before": "quantity",
        "lines": "quantity",
    },
    "supply.anomaly.unlike_cost": {"asin": "text", "now": "money", "usual": "money"},
    "supply.anomaly.unlike_pack": {"asin": "text", "now": "quantity", "usual": "quantity"},
    "supply.anomaly.unlike_window": {"now": "days", "usual": "days"},
    "supply.anomaly.unlike_centre": {"centre": "text", "usual": "text"},
    "supply.anomaly.not_shipped": {"units": "quantity", "window": "instant"},
    "supply.anomaly.not_received": {"units": "quantity", "shipped": "instant", "centre": "text", "usual": "days"},
    "supply.anomaly.free_days": {"units": "quantity", "day": "date"},
    "supply.anomaly.backorder_short": {"sku": "sku", "units": "quantity", "free": "quantity", "at": "instant"},
    "supply.anomaly.backorder_unknown": {"sku": "sku", "units": "quantity", "at": "instant"},
    "supply.anomaly.cost_update": {
        "sku": "sku",
        "order_cost": "money",
        "agreed_cost": "money",
        "difference": "percent",
    },
    "supply.anomaly.replacement": {"sku": "sku", "replaced_by": "sku"},
    "supply.anomaly.stuck": {"number": "text", "since": "instant"},
    "supply.anomaly.rule_hits": {"rule": "text", "now": "percent", "usual": "percent"},
    "supply.anomaly.rule_overrides": {"rule": "text", "now": "percent", "usual": "percent"},
    "supply.anomaly.override_more": {"rule": "text", "sku": "sku", "times": "quantity"},
    "supply.anomaly.override_less": {"rule": "text", "sku": "sku", "times": "quantity"},
    "supply.anomaly.override_later": {"rule": "text", "sku": "sku", "times": "quantity"},
    "supply.answer.refused": {"code": "text", "text": "text"},
    "supply.answer.transaction_failed": {"code": "text", "text": "text"},
    "supply.answer.never_seen": {"hours": "quantity"},
    "supply.answer.unknown_outcome": {"resends": "quantity"},
    "supply.outside.answered": {"accepted": "quantity", "rejected": "quantity"},
    "supply.outside.history": {"accepted": "quantity", "rejected": "quantity"},
    "supply.lock.in_flight": {},
    "supply.lock.answered": {},
    "supply.lock.dates_only": {"since": "instant"},
    "supply.lock.cancelled": {},
}


def notice(message: str, /, **values: Any) -> dict[str, Any]:
    """A message as the API and the journal carry it. Raises KeyError for an id or a value that is not declared."""
    declared = NOTICES[message]
    if set(values) != set(declared):
        raise KeyError(f"{message} takes {sorted(declared)}")
    return {"message": message, "values": {name: {"type": declared[name], "value": values[name]} for name in declared}}
