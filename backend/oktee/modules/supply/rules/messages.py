"""The one table of what the rules can say: message id -> names and types of its values, in order.

The sentence is written elsewhere, in the reader's language, from the id and the typed values stored with the decision.
Types, as JSON: quantity (eaches), days, duration (seconds): a whole number; money: amount and currency; percent: a decimal
fraction as text ("0.02" is 2 %); date: YYYY-MM-DD; instant: UTC, YYYY-MM-DDThh:mm:ssZ; sku and text: a string. Any `value`
may be null when it was not known.
"""

from types import MappingProxyType
from typing import Final, Literal

ValueType = Literal["quantity", "money", "date", "instant", "text", "sku", "days", "percent", "duration"]

_STOCK: Final[dict[str, ValueType]] = {
    "asked": "quantity",
    "stock": "quantity",
    "reserved": "quantity",
    "promised": "quantity",
    "safety": "quantity",
    "free": "quantity",
    "as_of": "instant",
    "age": "duration",
    "source": "text",
}
_PIECES: Final[dict[str, ValueType]] = {
    "packs": "quantity",
    "pieces": "quantity",
    "sku": "sku",
    "stock": "quantity",
    "reserved": "quantity",
    "promised": "quantity",
    "safety": "quantity",
    "free_pieces": "quantity",
    "free": "quantity",
    "as_of": "instant",
    "age": "duration",
    "source": "text",
}
_MATCHED: Final[dict[str, ValueType]] = {"sku": "sku", "identifier": "text", "as_of": "instant"}
_COSTS: Final[dict[str, ValueType]] = {"order_cost": "money", "agreed_cost": "money", "difference": "percent"}

MESSAGES: Final[MappingProxyType[str, dict[str, ValueType]]] = MappingProxyType(
    {
        # 1 match
        "supply.match.by_vendor_sku": _MATCHED,
        "supply.match.by_gtin": _MATCHED,
        "supply.match.by_asin": _MATCHED,
        "supply.match.unmapped": {"identifier": "text", "asin": "text"},
        "supply.match.ambiguous": {"identifier": "text", "skus": "text"},
        "supply.match.conflict": {"identifier": "text", "asin": "text", "skus": "text"},
        # 2 units
        "supply.units.cases": {"cases": "quantity", "case_size": "quantity", "asked": "quantity"},
        "supply.units.eaches": {"asked": "quantity"},
        "supply.units.unknown_unit": {"amount": "quantity", "unit": "text"},
        "supply.units.case_size_missing": {"cases": "quantity"},
        "supply.units.pack_mismatch": {"case_size": "quantity", "case_pack": "quantity"},
        "supply.units.bundle_mismatch": {"bundle": "quantity", "case_pack": "quantity"},
        # 2a what packs and bundles are in pieces
        "supply.contents.pack": {"packs": "quantity", "pieces": "quantity", "sku": "sku"},
        "supply.contents.bundle": {"bundles": "quantity", "contents": "text"},
        # 3 lifecycle
        "supply.lifecycle.active": {"sku": "sku"},
        "supply.lifecycle.run_out": {"sku": "sku", "status": "text"},
        "supply.lifecycle.obsolete": {"sku": "sku"},
        "supply.lifecycle.blocked": {"sku": "sku", "status": "text"},
        "supply.lifecycle.not_sellable": {"sku": "sku", "marketplace": "text"},
        "supply.lifecycle.component_blocked": {"sku": "sku", "component": "sku", "status": "text"},
        "supply.lifecycle.replaced": {"sku": "sku", "replaced_by": "sku"},
        # 4 price
        "supply.price.equal": {"order_cost": "money", "agreed_cost": "money", "tolerance": "percent"},
        "supply.price.within_tolerance": {**_COSTS, "tolerance": "percent"},
        "supply.price.order_pays_more": _COSTS,
        "supply.price.below": {**_COSTS, "limit": "percent"},
        "supply.price.far_below": {**_COSTS, "limit": "percent"},
        "supply.price.no_agreed_cost": {"order_cost": "money"},
        "supply.price.agreed_cost_not_valid": {"order_cost": "money", "agreed_cost": "money", "placed_on": "date"},
        "supply.price.agreed_cost_old": {
            "order_cost": "money",
            "agreed_cost": "money",
            "as_of": "date",
            "limit": "days",
        },
        "supply.price.order_cost_missing": {},
        "supply.price.order_cost_not_positive": {"order_cost": "money"},
        "supply.price.by_weight": {"order_cost": "money", "unit": "text"},
        "supply.price.other_currency": {"order_cost": "money", "agreed_cost": "money"},
        # 5 window
        "supply.window.fits": {"earliest": "date", "start": "instant", "end": "instant", "at": "instant"},
        "supply.window.none": {"earliest": "date", "at": "instant"},
        "supply.window.freight_unknown": {"vendor_code": "text"},
        "supply.window.late_backorder": {"earliest": "date", "end": "instant", "late": "days", "limit": "days"},
        "supply.window.too_late": {"earliest": "date", "end": "instant", "late": "days"},
        # 6 stock
        "supply.stock.enough": _STOCK,
        "supply.stock.limits": _STOCK,
        "supply.stock.pieces_enough": _PIECES,
        "supply.stock.pieces_limit": _PIECES,
        "supply.stock.unknown": {"sku": "sku"},
        "supply.stock.component_unknown": {"sku": "sku", "component": "sku"},
        "supply.stock.too_old": {"as_of": "instant", "age": "duration", "limit": "duration", "source": "text"},
        "supply.stock.from_the_future": {"as_of": "instant", "source": "text"},
        "supply.stock.arrives_in_window": {"missing": "quantity", "inbound": "quantity", "eta": "date"},
        # 7 minimum and case pack
        "supply.minimum.below": {"asked": "quantity", "minimum": "quantity"},
        "supply.minimum.below_rejected": {"asked": "quantity", "minimum": "quantity"},
        "supply.minimum.below_accepted": {"asked": "quantity", "minimum": "quantity"},
        "supply.pack.whole": {"take": "quantity", "cases": "quantity", "case_pack": "quantity"},
        "supply.pack.rounds_down": {
            "available": "quantity",
            "take": "quantity",
            "cases": "quantity",
            "case_pack": "quantity",
            "rest": "quantity",
        },
        "supply.pack.breaks_case": {"take": "quantity", "case_pack": "quantity", "loose": "quantity"},
        "supply.pack.all_or_nothing": {"asked": "quantity", "available": "quantity", "case_pack": "quantity"},
        # 8 backorder
        "supply.backorder.planned": {
            "rest": "quantity",
            "backordered": "quantity",
            "inbound": "quantity",
            "eta": "date",
            "at": "instant",
        },
        "supply.backorder.late": {"backordered": "quantity", "at": "instant"},
        "supply.backorder.not_allowed": {"rest": "quantity"},
        "supply.backorder.run_out": {"rest": "quantity"},
        "supply.backorder.no_inbound": {"rest": "quantity", "until": "date"},
        "supply.backorder.no_whole_case": {"rest": "quantity", "inbound": "quantity", "case_pack": "quantity"},
        # 9 cut
        "supply.cut.rest": {"rejected": "quantity", "reason": "text"},
        "supply.cut.pack_rest": {"rejected": "quantity", "share": "percent", "tolerance": "percent", "reason": "text"},
        "supply.cut.pack_rest_too_large": {"rest": "quantity", "share": "percent", "tolerance": "percent"},
        "supply.cut.nothing_taken": {"asked": "quantity", "free": "quantity", "reason": "text"},
        "supply.cut.whole_line": {"rejected": "quantity", "reason": "text"},
        # 10 hold a line or an order for a person
        "supply.hold.line_value": {"value": "money", "limit": "money"},
        "supply.hold.order_value": {"value": "money", "limit": "money"},
        "supply.hold.confirmed_share": {
            "confirmed": "quantity",
            "asked": "quantity",
            "share": "percent",
            "limit": "percent",
        },
        "supply.hold.consigned_order": {},
        "supply.hold.unknown_order_type": {"order_type": "text"},
        "supply.hold.import_order": {},
        "supply.hold.changed_after_answer": {"answered_revision": "text", "revision": "text"},
        # one line of summary for each order line; a held line is summarised by the message that holds it
        "supply.summary.cancelled": {},
        "supply.summary.accepted": {"accepted": "quantity", "free": "quantity"},
        "supply.summary.limited_with_backorder": {
            "accepted": "quantity",
            "free": "quantity",
            "backordered": "quantity",
            "inbound": "quantity",
            "eta": "date",
        },
        "supply.summary.limited_with_cut": {"accepted": "quantity", "free": "quantity", "rejected": "quantity"},
        "supply.summary.limited_with_backorder_and_cut": {
            "accepted": "quantity",
            "free": "quantity",
            "backordered": "quantity",
            "inbound": "quantity",
            "eta": "date",
            "rejected": "quantity",
        },
        "supply.summary.accepted_but_pack_rest": {
            "accepted": "quantity",
            "case_pack": "quantity",
            "rejected": "quantity",
        },
        "supply.summary.backordered": {"backordered": "quantity", "at": "instant"},
        "supply.summary.backordered_with_cut": {"backordered": "quantity", "at": "instant", "rejected": "quantity"},
        "supply.summary.rejected": {"rejected": "quantity", "reason": "text"},
        # one changed input that would have given the quantity
        "supply.what_if.stock": {"more": "quantity", "stock": "quantity"},
        "supply.what_if.stock_known": {"stock": "quantity"},
        "supply.what_if.component_stock": {"component": "sku", "more": "quantity", "stock": "quantity"},
        "supply.what_if.component_known": {"component": "sku", "stock": "quantity"},
        "supply.what_if.component_promised": {"component": "sku", "less": "quantity", "promised": "quantity"},
        "supply.what_if.component_safety": {"component": "sku", "less": "quantity", "safety": "quantity"},
        "supply.what_if.component_arrival": {"component": "sku", "days": "days"},
        "supply.what_if.component_stock_age": {"component": "sku", "as_of": "instant"},
        "supply.what_if.promised": {"less": "quantity", "promised": "quantity"},
        "supply.what_if.reserved": {"less": "quantity", "reserved": "quantity"},
        "supply.what_if.quality_hold": {"less": "quantity", "held": "quantity"},
        "supply.what_if.stock_age": {"as_of": "instant"},
        "supply.what_if.arrival": {"days": "days"},
        "supply.what_if.safety": {"less": "quantity", "safety": "quantity"},
        "supply.what_if.moq": {"moq": "quantity", "was": "quantity"},
        "supply.what_if.status": {"status": "text"},
        "supply.what_if.embargo": {"days": "days", "until": "date"},
        "supply.what_if.agreed_cost": {"order_cost": "money", "agreed_cost": "money"},
        "supply.what_if.handling": {"days": "days", "was": "days"},
        "supply.what_if.transit": {"days": "days", "was": "days"},
        "supply.what_if.window": {"days": "days", "end": "date"},
        "supply.what_if.case_pack": {},
        "supply.what_if.below_minimum": {},
        "supply.what_if.line_value": {},
        "supply.what_if.cut_tolerance": {"tolerance": "percent", "was": "percent"},
        # the answer does not meet one of Amazon's rules (code H1 ... H15)
        "supply.answer.line_missing": {"line": "text"},
        "supply.answer.line_unknown": {"line": "text"},
        "supply.answer.line_twice": {"line": "text"},
        "supply.answer.order_number_differs": {"number": "text"},
        "supply.answer.vendor_code_differs": {"vendor_code": "text"},
        "supply.answer.identifier_differs": {"received": "text", "sent": "text"},
        "supply.answer.not_fully_answered": {"answered": "quantity", "ordered": "quantity"},
        "supply.answer.code_missing": {},
        "supply.answer.cost_missing": {},
        "supply.answer.cost_not_positive": {"cost": "text"},
        "supply.answer.cost_above_order": {"cost": "text", "order_cost": "text"},
        "supply.answer.cost_below_order": {"cost": "text", "order_cost": "text"},
        "supply.answer.currency_differs": {"currency": "text", "order_currency": "text"},
        "supply.answer.more_than_ordered": {"answered": "quantity", "ordered": "quantity"},
        "supply.answer.late": {"due": "instant", "at": "instant"},
        "supply.answer.dates_only": {"since": "instant"},
        "supply.answer.no_way_back_from_rejected": {"line": "text"},
        "supply.answer.backorder_not_allowed": {"line": "text"},
        "supply.answer.backorder_needs_other_date": {"at": "text"},
        "supply.answer.amount_zero": {"code": "text"},
        "supply.answer.code_unknown": {"code": "text"},
        "supply.answer.reason_unknown": {"reason": "text"},
        "supply.answer.reason_missing": {},
        "supply.answer.reason_not_expected": {"code": "text", "reason": "text"},
        "supply.answer.unit_unknown": {"unit": "text"},
        "supply.answer.order_changed": {"answered": "text", "ordered": "text"},
        "supply.answer.date_missing": {"field": "text"},
        "supply.answer.date_of_other_freight": {"field": "text"},
        "supply.answer.date_unreadable": {"field": "text", "received": "text"},
        "supply.answer.date_outside_window": {"at": "instant", "start": "instant", "end": "instant"},
        "supply.answer.date_in_the_past": {"at": "instant", "now": "instant"},
        "supply.answer.several_orders": {"orders": "text"},
    }
)
"""Value names are in the order in which the rules give them. `cases` counts cases, `pieces` and the figures before
`free` of packs and bundles count pieces of the SKU; every other quantity is in eaches of the ASIN."""
