"""Which item a line means, in which unit it is ordered, and whether that item is sold at all."""

from collections.abc import Iterator
from math import lcm

from oktee.catalog.matching import Ambiguous, Candidates, Matched, match
from oktee.modules.supply.rules.inputs import Component, Context, ItemSnapshot
from oktee.modules.supply.rules.line import OBSOLETE_PRODUCT, LineState
from oktee.modules.supply.rules.settings import CasePackMode
from oktee.modules.supply.rules.trace import Verdict

_NOTHING_FOUND: Candidates[ItemSnapshot] = Candidates()
_MATCHED_MESSAGE = {
    "vendor_sku": "supply.match.by_vendor_sku",
    "gtin": "supply.match.by_gtin",
    "asin": "supply.match.by_asin",
}


def match_item(state: LineState, ctx: Context) -> Verdict:
    """One item, or a person decides: an unmapped line is never rejected, since Amazon never lets us take that back."""
    line = state.line
    found = match(ctx.candidates.get((state.order.number, line.sequence), _NOTHING_FOUND))
    if isinstance(found, Matched):
        item = found.item
        state.item = state.known_item = item
        state.find_rule()
        identifier = line.asin if found.by == "asin" else line.vendor_product_identifier
        return ("pass", _MATCHED_MESSAGE[found.by], (item.sku, identifier, item.as_of))
    state.find_rule()
    if isinstance(found, Ambiguous):
        skus = ", ".join(sorted(item.sku for item in found.items))
        if found.conflict:
            raw = (line.vendor_product_identifier, line.asin, skus)
            return ("stops", "supply.match.conflict", raw)
        identifier = line.asin if found.by == "asin" else line.vendor_product_identifier
        return ("stops", "supply.match.ambiguous", (identifier, skus))
    return ("stops", "supply.match.unmapped", (line.vendor_product_identifier, line.asin))


def units(state: LineState, ctx: Context) -> Verdict:
    """Eaches asked for, and the multiple in which they can be answered."""
    line, item = state.line, state.known_item
    asked = state.asked
    if not state.unit_known:
        if state.in_cases:
            return ("stops", "supply.units.case_size_missing", (line.ordered,))
        return ("stops", "supply.units.unknown_unit", (line.ordered, line.unit_of_measure))
    case_pack, bundle = item.case_pack, item.link_quantity
    pack = 1
    if case_pack is not None and case_pack > 1:
        if case_pack % bundle:
            return ("stops", "supply.units.bundle_mismatch", (bundle, case_pack))
        pack = case_pack // bundle
    more = item.order_multiple
    if not state.in_cases:
        state.pack = pack
        if state.settings.case_pack_mode is not CasePackMode.LOOSE_OK:
            state.multiple = pack if not more else lcm(pack, more)
        return ("pass", "supply.units.eaches", (asked,))
    # A line in cases is answered in cases, whatever the mode: amount * unitSize must give the eaches back.
    size = line.unit_size or 1
    state.pack = size
    state.multiple = size if not more else lcm(size, more)
    if case_pack is not None and pack != size:
        return ("holds", "supply.units.pack_mismatch", (size, pack))
    return ("pass", "supply.units.cases", (line.ordered, size, asked))


def contents(state: LineState, ctx: Context) -> Verdict | None:
    """What the ordered packs or bundles are in pieces of the customer's SKUs."""
    item = state.known_item
    if len(item.components) == 1:
        [(part, pieces)] = _pieces(item, state.asked)
        return ("pass", "supply.contents.pack", (state.asked, pieces, part.sku))
    if item.components:
        said = ", ".join(f"{count} × {part.sku}" for part, count in _pieces(item, state.asked))
        return ("pass", "supply.contents.bundle", (state.asked, said))
    if item.link_quantity == 1:
        return None
    return ("pass", "supply.contents.pack", (state.asked, state.asked * item.link_quantity, item.sku))


def _pieces(item: ItemSnapshot, eaches: int) -> Iterator[tuple[Component, int]]:
    units = eaches * item.link_quantity
    return ((part, units * part.quantity) for part in item.components)


def eligibility(state: LineState, ctx: Context) -> Verdict | None:
    """The rule of this line gives Amazon nothing of it."""
    if not state.settings.take_nothing:
        return None
    state.refused = True
    return ("limits", "supply.eligibility.nothing", (state.known_item.sku, state.rule.name))


def lifecycle(state: LineState, ctx: Context) -> Verdict:
    """Sold, running out, or not sold any more; a successor is never substituted, an answer cannot name another item."""
    item = state.known_item
    status = item.status
    if not item.sellable:
        return ("stops", "supply.lifecycle.not_sellable", (item.sku, ctx.country(state.order.marketplace_id)))
    for part in item.components:
        if part.status in ("phase_out", "discontinued"):
            state.run_out = True  # what is left of it is sold, nothing more is promised
        elif part.status != "active":
            return ("stops", "supply.lifecycle.component_blocked", (item.sku, part.sku, part.status))
    if status == "discontinued":
        balance = state.ledger.balance(item)
        if balance is not None and balance.free < item.link_quantity:
            state.proposed_reason = OBSOLETE_PRODUCT
            return ("stops", "supply.lifecycle.obsolete", (item.sku,))
    if item.replaced_by is not None:
        state.run_out = state.run_out or status != "active"
        return ("holds", "supply.lifecycle.replaced", (item.sku, item.replaced_by))
    if status == "active":
        return ("pass", "supply.lifecycle.active", (item.sku,))
    if status in ("phase_out", "discontinued"):
        state.run_out = True
        return ("pass", "supply.lifecycle.run_out", (item.sku, status))
    return ("stops", "supply.lifecycle.blocked", (item.sku, status))
