"""What a rule says, as it is stored, shown, exported and imported: when it applies, what it takes, when it sends, when it
stops for a person."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, field_validator, model_validator

from oktee.modules.supply.rules.book import FIELDS, BookRule, Condition, Conditions
from oktee.modules.supply.rules.book import Field as ConditionField
from oktee.modules.supply.rules.settings import BelowMinimum, CasePackMode, FarBelow, SendHours, Settings

SCHEMA = 1
"""Raised whenever a stored body would be read otherwise; files of another schema are refused."""
Plain = PlainSerializer(lambda value: format(value, "f"), return_type=str)
Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=6, decimal_places=4), Plain]
Amount = Annotated[Decimal, Field(gt=0, lt=10**12, max_digits=18, decimal_places=4), Plain]
"""In the order's own currency."""


class Part(BaseModel):
    """A part of a rule: nothing it does not know is taken over silently."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class When(Part):
    """One condition: the value is one of these, or (`negated`) none of them."""

    field: ConditionField
    negated: bool = False
    values: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=80)], ...], Field(min_length=1, max_length=5000)
    ]

    @field_validator("values")
    @classmethod
    def _each_once(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value.strip() for value in values if value.strip()))


class Safety(Part):
    """What stays on hand: as the items say, or by units, share of on hand or days of what Amazon usually orders. The item's
    own safety stock counts where it is more."""

    kind: Literal["item", "units", "share", "days"] = "item"
    units: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    share: Share = Decimal("0.10")
    days: Annotated[int, Field(ge=0, le=90)] = 7


class Then(Part):
    """What is taken of a line. Shares are fractions: 0.05 is 5 %."""

    take: Literal["available", "nothing"] = "available"
    case_pack: CasePackMode = CasePackMode.FLOOR
    break_case_percent: Annotated[int, Field(ge=1, le=100)] = 100
    whole_layers: bool = False
    safety: Safety = Safety()
    amazon_share: Annotated[Share, Field(gt=0)] | None = None
    below_minimum: BelowMinimum = BelowMinimum.HOLD
    minimum_order_value: Amount | None = None
    backorder_days: Annotated[int, Field(ge=0, le=90)] = 14
    cut_tolerance: Share = Decimal("0.05")
    price_tolerance: Share = Decimal(0)
    price_max_loss: Share = Decimal("0.02")
    far_below: FarBelow = FarBelow.HOLD
    margin_floor: Annotated[Decimal, Field(ge=-1, lt=1, max_digits=6, decimal_places=4), Plain] | None = None
    cost_max_age_days: Annotated[int, Field(ge=1, le=3650)] = 90
    stock_max_age_hours: Annotated[int, Field(ge=1, le=168)] = 4
    stock_max_age_closed_hours: Annotated[int, Field(ge=1, le=168)] = 24
    may_reject_lines: bool = False


class Hours(Part):
    """Between these hours of a day; a day that ends before it opens goes over midnight."""

    opens: time = time(8)
    closes: time = time(18)
    zone: Annotated[str, Field(max_length=60)] = "Europe/Paris"

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError("this is not a time zone")
        return zone


class Send(Part):
    """When an answer leaves that no person sends. It only makes it later than the setting of the workspace; in Suggest only
    nothing is sent at all."""

    delay_minutes: Annotated[int, Field(ge=0, le=720)] = 0
    between: Hours | None = None


class Stop(Part):
    """What a person looks at before it is sent."""

    cut_value: Amount | None = None
    line_cut: Share | None = None
    confirmed_share: Share | None = Decimal("0.60")
    order_value: Amount | None = None
    line_value: Amount | None = None
    spike_value: Amount | None = None
    spike_factor: Annotated[Decimal, Field(ge=1, le=100, max_digits=6, decimal_places=2), Plain] = Decimal(3)
    import_orders: bool = True
    consigned: bool = True
    launch_incomplete: bool = True
    books: bool = True
    unknown_places: bool = False
    known_deals: Annotated[tuple[Annotated[str, Field(max_length=80)], ...], Field(max_length=200)] | None = None
    first_orders: Annotated[int, Field(ge=0, le=1000)] = 0
    unproved: bool = True


class RuleBody(Part):
    """A rule. Everything has the value of a careful start, so that `{}` is a rule."""

    when: Annotated[tuple[When, ...], Field(max_length=20)] = ()
    then: Then = Then()
    send: Send = Send()
    stop: Stop = Stop()

    @model_validator(mode="after")
    def _in_order(self) -> "RuleBody":
        order = {name: n for n, name in enumerate(FIELDS)}
        if list(self.when) != (sorted_ := sorted(self.when, key=lambda one: (order[one.field], one.negated))):
            object.__setattr__(self, "when", tuple(sorted_))
        return self

    def conditions(self) -> Conditions:
        """As the book takes them."""
        found: dict[ConditionField, tuple[Condition, ...]] = {}
        for one in self.when:
            found[one.field] = (*found.get(one.field, ()), Condition(frozenset(one.values), one.negated))
        return found

    def settings(self, base: Settings) -> Settings:
        """As the rules take them; `base` has what is of the warehouse and not of the rule."""
        then, send, stop = self.then, self.send, self.stop
        safety = then.safety
        return replace(
            base,
            take_nothing=then.take == "nothing",
            case_pack_mode=then.case_pack,
            break_case_percent=then.break_case_percent,
            round_to_layers=then.whole_layers,
            safety_units=safety.units if safety.kind == "units" else 0,
            safety_share=safety.share if safety.kind == "share" else None,
            safety_days=safety.days if safety.kind == "days" else None,
            amazon_share=then.amazon_share,
            below_minimum=then.below_minimum,
            minimum_order_value=then.minimum_order_value,
            backorder_limit_days=then.backorder_days,
            cut_tolerance=then.cut_tolerance,
            price_tolerance=then.price_tolerance,
            price_max_loss=then.price_max_loss,
            far_below=then.far_below,
            margin_floor=then.margin_floor,
            cost_max_age_days=then.cost_max_age_days,
            stock_max_age=timedelta(hours=then.stock_max_age_hours),
            stock_max_age_closed=timedelta(hours=then.stock_max_age_closed_hours),
            may_reject_lines=then.may_reject_lines,
            send_delay=timedelta(minutes=send.delay_minutes),
            send_hours=SendHours(send.between.opens, send.between.closes, send.between.zone) if send.between else None,
            hold_cut_value=stop.cut_value,
            hold_line_cut=stop.line_cut,
            hold_confirmed_share=stop.confirmed_share,
            hold_order_value=stop.order_value,
            hold_line_value=stop.line_value,
            spike_value=stop.spike_value,
            spike_factor=stop.spike_factor,
            hold_import=stop.import_orders,
            hold_consigned=stop.consigned,
            hold_incomplete_launch=stop.launch_incomplete,
            hold_books=stop.books,
            hold_unknown_places=stop.unknown_places or base.hold_unknown_places,
            known_deals=frozenset(stop.known_deals) if stop.known_deals is not None else None,
            training_orders=max(stop.first_orders, base.training_orders),
            hold_unproved=stop.unproved,
        )

    def compiled(
        self, rule_id: str, name: str, version: int, base: Settings, *, unproved_until: datetime | None = None
    ) -> BookRule:
        """One rule of the book."""
        return BookRule(
            rule_id,
            name,
            version,
            replace(self.settings(base), version=str(version)),
            self.conditions(),
            unproved_until,
        )


def differences(was: RuleBody, now: RuleBody) -> list[dict[str, Any]]:
    """What two versions say otherwise: JSON pointer, value before and after; conditions by what they look at."""
    before, after = dict(_leaves("", _shape(was))), dict(_leaves("", _shape(now)))
    pointers = [*before, *(pointer for pointer in after if pointer not in before)]
    return [
        {"pointer": pointer, "was": before.get(pointer), "now": after.get(pointer)}
        for pointer in pointers
        if before.get(pointer) != after.get(pointer)
    ]


def _shape(body: RuleBody) -> dict[str, Any]:
    shape = body.model_dump(mode="json")
    shape["when"] = {}
    for one in body.when:
        name = f"{one.field}/{'not' if one.negated else 'is'}"
        shape["when"][name] = [*shape["when"].get(name, []), *one.values]
    return shape


def _leaves(pointer: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(f"{pointer}/{name}", inner)
    else:
        yield pointer, value
