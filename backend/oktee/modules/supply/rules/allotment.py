"""How much of a line is taken, backordered and cut: minimum, case pack, inbound, and the rest."""

from decimal import Decimal
from math import lcm

from oktee.modules.supply.rules.inputs import Context
from oktee.modules.supply.rules.line import TEMPORARILY_UNAVAILABLE, LineState
from oktee.modules.supply.rules.settings import BelowMinimum, CasePackMode
from oktee.modules.supply.rules.stock import announced, date_accepted
from oktee.modules.supply.rules.trace import Verdict
from oktee.modules.supply.rules.window import backorder_limit, due_after

_SHARE = Decimal("0.0001")
_LAYER_LOSS = Decimal("0.03")
"""Rounding down to whole layers may lose less than this of what is taken."""


def minimum(state: LineState, ctx: Context) -> Verdict | None:
    """The item's minimum order quantity, against what Amazon asks for."""
    item = state.known_item
    if item.moq is None or state.asked * item.link_quantity >= item.moq:
        return None
    raw = (state.asked, item.moq)
    mode = state.settings.below_minimum
    if mode is BelowMinimum.ACCEPT_ANYWAY:
        return ("flag", "supply.minimum.below_accepted", raw)
    if mode is BelowMinimum.REJECT:
        state.refused = True
        return ("limits", "supply.minimum.below_rejected", raw)
    return ("holds", "supply.minimum.below", raw)


def case_pack(state: LineState, ctx: Context) -> Verdict | None:
    """Takes whole cases of what is asked for and available; the mode says what happens to the rest."""
    if state.refused:
        return None
    asked, available, multiple = state.asked, state.available, state.multiple
    most = min(asked, available)
    take = _whole(state, available, ctx)
    if not state.late:
        state.accepted = take
        if take > state.free:
            date_accepted(state, ctx)
    if state.settings.case_pack_mode is CasePackMode.ALL_OR_NOTHING:
        if take == asked:
            return None if multiple == 1 else ("pass", "supply.pack.whole", _cases(state, take))
        return ("limits", "supply.pack.all_or_nothing", (asked, available, state.pack))
    if multiple == 1:
        return None
    if take % multiple:
        return ("flag", "supply.pack.breaks_case", (take, state.pack, take % multiple))
    if take == most:
        return ("pass", "supply.pack.whole", _cases(state, take)) if take else None
    return ("limits", "supply.pack.rounds_down", (most, *_cases(state, take), most - take))


def backorder(state: LineState, ctx: Context) -> Verdict | None:
    """Moves the rest to a later date when Amazon allows it and enough is announced in time."""
    rest = state.asked - state.accepted
    if rest == 0 or state.refused:
        return None
    balance, bundle = state.known_balance, state.known_item.link_quantity
    if not state.late:
        if state.available >= state.asked:
            state.pack_rest = True
            return None
        if state.run_out:
            return ("limits", "supply.backorder.run_out", (rest,))
        if not state.line.backorder_allowed:
            return ("limits", "supply.backorder.not_allowed", (rest,))
    limit = backorder_limit(state, ctx)
    # What runs out is sold from the shelf only.
    reachable = state.available if state.run_out else balance.by(limit) // bundle
    inbound = reachable - state.available
    if inbound == 0 and not state.late:
        return ("limits", "supply.backorder.no_inbound", (rest, limit))
    total = max(state.accepted, _whole(state, reachable, ctx))
    backordered = total - state.accepted
    if state.late and backordered == 0:
        return None
    assert state.due_day is not None
    eta = balance.eta_of(total * bundle)
    due = state.due_day if eta is None else max(due_after(state, eta), state.due_day)
    if backordered and not state.late and (eta is None or (state.end_day is not None and due <= state.end_day)):
        # It is there within the window, where this line may have no more of it: that is no backorder.
        return ("limits", "supply.backorder.no_inbound", (rest, limit))
    state.pack_rest = reachable >= state.asked
    if backordered == 0:
        return ("limits", "supply.backorder.no_whole_case", (rest, inbound, state.pack))
    state.backordered = backordered
    state.backorder_at = state.calendar.at(due)
    state.backorder_eta = eta if eta is None else announced(eta, ctx)
    state.inbound = inbound
    if state.late:
        return ("later", "supply.backorder.late", (backordered, state.backorder_at))
    return ("later", "supply.backorder.planned", (rest, backordered, inbound, state.backorder_eta, state.backorder_at))


def cut(state: LineState, ctx: Context) -> Verdict | None:
    """Cuts the rest; a line of which nothing is left is a one-way door at Amazon and is held for a person."""
    asked = state.asked
    rest = asked - state.accepted - state.backordered
    if rest == 0:
        return None
    reason = TEMPORARILY_UNAVAILABLE
    state.proposed_reason = reason
    if rest == asked:
        if not state.settings.may_reject_lines:
            return ("holds", "supply.cut.nothing_taken", (asked, state.available, reason))
        state.rejected, state.rejection_reason = rest, reason
        return ("limits", "supply.cut.whole_line", (rest, reason))
    state.rejected, state.rejection_reason = rest, reason
    if not state.pack_rest:
        return ("limits", "supply.cut.rest", (rest, reason))
    share = (Decimal(rest) / asked).quantize(_SHARE)
    tolerance = state.settings.cut_tolerance
    if rest <= tolerance * asked:
        return ("limits", "supply.cut.pack_rest", (rest, share, tolerance, reason))
    return ("holds", "supply.cut.pack_rest_too_large", (rest, share, tolerance))


def layers(state: LineState, ctx: Context) -> Verdict | None:
    """Whole layers of a pallet, where rounding down to them costs next to nothing."""
    size = state.known_item.layer_units
    if not state.settings.round_to_layers or not size or state.late or state.accepted == 0:
        return None
    bundle = state.known_item.link_quantity
    layer = lcm(size, bundle) // bundle
    rest = state.accepted % layer
    if rest == 0 or rest == state.accepted or rest >= _LAYER_LOSS * state.accepted:
        return None
    take = state.accepted - rest
    if take % state.multiple:
        return None
    state.accepted = take
    return ("limits", "supply.pack.whole_layers", (take + rest, take, take // layer, layer, rest))


def line_cut(state: LineState, ctx: Context) -> Verdict | None:
    """More of the line is cut than a rule may cut alone."""
    limit = state.settings.hold_line_cut
    if limit is None or state.rejected <= limit * state.asked:
        return None
    share = (Decimal(state.rejected) / state.asked).quantize(_SHARE)
    return ("holds", "supply.hold.line_cut", (state.rejected, state.asked, share, limit))


def _whole(state: LineState, available: int, ctx: Context) -> int:
    """The largest quantity that is asked for, available and allowed by the case pack."""
    settings, multiple = state.settings, state.multiple
    most = min(state.asked, available)
    if settings.case_pack_mode is CasePackMode.ALL_OR_NOTHING:
        return state.asked if available >= state.asked and state.asked % multiple == 0 else 0
    loose = most % multiple
    if loose == 0:
        return most
    # Cases that Amazon ordered are never broken: the answer must be a whole number of them.
    may_break = settings.break_case_percent < 100 and not state.in_cases
    if may_break and loose * 100 >= settings.break_case_percent * multiple:
        return most
    return most - loose


def _cases(state: LineState, take: int) -> tuple[int, int, int]:
    return take, take // state.pack, state.pack
