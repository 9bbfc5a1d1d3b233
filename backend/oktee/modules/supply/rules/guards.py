"""What is wrong with a rule, said before it decides anything: it can never match, it contradicts itself, it has no effect."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from oktee.modules.supply.rules.body import RuleBody, When
from oktee.modules.supply.rules.book import FIELDS, Conditions, Field
from oktee.modules.supply.rules.settings import BelowMinimum, CasePackMode, FarBelow

MOST = 200_000
"""More combinations than this are not compared: the rule is then taken to match."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`level`: an error is not saved; a warning is saved and shown. `rules`: the names of the rules in the way."""

    code: str
    pointer: str
    level: Literal["error", "warning"] = "warning"
    rules: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What the workspace has, as far as the conditions of a rule name it; None where nothing was read."""

    vendor_codes: Mapping[str, frozenset[str]] | None = None
    """The marketplaces of each."""
    brands: frozenset[str] | None = None
    skus: Mapping[str, "KnownSku"] | None = None
    marketplaces: frozenset[str] | None = None
    landed_costs: bool | None = None
    """Whether any product has one."""


@dataclass(frozen=True, slots=True)
class KnownSku:
    """An item as the guards look at it."""

    brand: str | None
    case_pack: int | None
    layer_units: int | None = field(default=None)


def look_at(body: RuleBody, known: Known | None = None) -> list[Finding]:
    """The faults of one rule by itself."""
    return [*_contradictions(body), *_impossible(body), *(_unknown(body, known) if known is not None else ())]


def never_matches(rules: Sequence[tuple[str, Conditions]]) -> list[Finding | None]:
    """For each rule, in order: why it can never match, or None. A rule matches when some line meets it and none before."""
    return [_never(rules, place) for place in range(len(rules))]


def _never(rules: Sequence[tuple[str, Conditions]], place: int) -> Finding | None:
    """Values that all rules so far treat alike are one; then every combination can be looked at."""
    kinds = [_kinds(rules[: place + 1], name) for name in FIELDS]
    combinations = 1
    for each in kinds:
        combinations *= len(each)
    if combinations > MOST:
        return None
    mine, before = 1 << place, 0
    possible = False
    for combination in product(*kinds):
        met = -1
        for mask in combination:
            met &= mask
        if not met & mine:
            continue
        possible = True
        first = met & -met
        if first == mine:
            return None
        before |= first
    if not possible:
        return Finding("impossible", "/when", "error")
    names = tuple(name for n, (name, _) in enumerate(rules[:place]) if before >> n & 1)
    return Finding("shadowed", "/when", rules=names)


def _kinds(rules: Sequence[tuple[str, Conditions]], name: Field) -> set[int]:
    """The different sets of rules (as bits) that a value of this field can meet; also a value that no rule names."""
    named = {value for _, met in rules for condition in met.get(name, ()) for value in condition.values}
    return {
        sum(1 << n for n, (_, met) in enumerate(rules) if all(condition.met(value) for condition in met.get(name, ())))
        for value in (None, *named)
    }


def _contradictions(body: RuleBody) -> Iterator[Finding]:
    then, send, stop = body.then, body.send, body.stop
    if then.price_max_loss < then.price_tolerance:
        yield Finding("loss_below_tolerance", "/then/price_max_loss", "error")
    if send.between is not None and send.between.opens == send.between.closes:
        yield Finding("never_open", "/send/between/closes", "error")
    if then.stock_max_age_closed_hours < then.stock_max_age_hours:
        yield Finding("closed_below_open", "/then/stock_max_age_closed_hours")
    if then.below_minimum is BelowMinimum.REJECT and not then.may_reject_lines:
        yield Finding("reject_needs_right", "/then/below_minimum")
    if then.far_below is FarBelow.REJECT and not then.may_reject_lines:
        yield Finding("loss_needs_right", "/then/far_below")
    if then.far_below is FarBelow.ACCEPT:
        yield Finding("sells_at_a_loss", "/then/far_below")
    if then.case_pack is CasePackMode.ALL_OR_NOTHING and then.break_case_percent < 100:
        yield Finding("breaks_nothing", "/then/break_case_percent")
    if then.case_pack is CasePackMode.ALL_OR_NOTHING and then.whole_layers:
        yield Finding("layers_against_all", "/then/whole_layers")
    if stop.line_value is not None and stop.order_value is not None and stop.line_value >= stop.order_value:
        yield Finding("line_above_order", "/stop/line_value")
    if stop.line_cut is not None and stop.line_cut < then.cut_tolerance:
        yield Finding("cut_below_tolerance", "/stop/line_cut")
    if then.take == "nothing" and not then.may_reject_lines:
        yield Finding("all_held", "/then/take")
    if then.may_reject_lines:
        yield Finding("one_way_door", "/then/may_reject_lines")


def _impossible(body: RuleBody) -> Iterator[Finding]:
    alone = _never([("", body.conditions())], 0)
    if alone is not None:
        yield alone


def _unknown(body: RuleBody, known: Known) -> Iterator[Finding]:
    wanted: dict[Field, When] = {one.field: one for one in body.when if not one.negated}
    for name, there in (
        ("marketplace", known.marketplaces),
        ("vendor_code", known.vendor_codes),
        ("brand", known.brands),
        ("sku", known.skus),
    ):
        condition = wanted.get(name)  # type: ignore[call-overload]  # four names of Field
        if condition is None or there is None:
            continue
        missing = tuple(value for value in condition.values if value not in there)
        if missing:
            code = "nobody_has" if len(missing) == len(condition.values) else "some_unknown"
            yield Finding(code, f"/when/{name}", values=missing[:5], count=len(missing))
    codes, places = wanted.get("vendor_code"), wanted.get("marketplace")
    if codes is not None and places is not None and known.vendor_codes is not None:
        reached = {place for code in codes.values for place in known.vendor_codes.get(code, ())}
        if reached and not reached & set(places.values):
            yield Finding("elsewhere", "/when/vendor_code", values=codes.values[:5])
    if body.then.margin_floor is not None and known.landed_costs is False:
        yield Finding("no_landed_cost", "/then/margin_floor")
    yield from _of_skus(body, wanted, known)


def _of_skus(body: RuleBody, wanted: Mapping[Field, When], known: Known) -> Iterator[Finding]:
    condition, brands = wanted.get("sku"), wanted.get("brand")
    if condition is None or known.skus is None:
        return
    items = {sku: known.skus[sku] for sku in condition.values if sku in known.skus}
    if brands is not None and items and not {one.brand for one in items.values()} & set(brands.values):
        yield Finding("other_brand", "/when/sku", values=tuple(items)[:5])
    if body.then.case_pack is not CasePackMode.LOOSE_OK:
        loose = tuple(sku for sku, one in items.items() if not one.case_pack or one.case_pack < 2)
        if loose:
            yield Finding("no_case_pack", "/then/case_pack", values=loose[:5], count=len(loose))
    if body.then.whole_layers:
        bare = tuple(sku for sku, one in items.items() if not one.layer_units)
        if bare:
            yield Finding("no_layers", "/then/whole_layers", values=bare[:5], count=len(bare))
