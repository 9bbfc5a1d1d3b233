"""What Amazon charges vendors when something goes wrong, as far as anybody outside knows it: dated, by country, with its
source. Amazon publishes none of it by API; a figure here is a policy to calculate with, never a fact read from Amazon.

A row is never changed once it was used: a new rate is a new row with its own days, so that an old estimate can be
explained. An amount that nobody could name stays None: it is not known, which is not zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

Confidence = Literal["two_sources", "one_source", "unverified", "assumed"]
"""How well it is known. assumed: nobody named this country; the rate known from elsewhere is taken."""


@dataclass(frozen=True, slots=True)
class FeeRule:
    """One charge while it holds. Shares are fractions (0.05 is 5 %); both days of its validity are included.

    `basis` says of what: the cost of some units, or one unit, carton, delivery, invoice. `threshold` is the share of an order
    line that stays free. `waived_by` names a trailing measure over `waiver_weeks`: above `waiver_rate` (fill, on_time) or
    below it (rejected) nothing is charged. `grace_days`: working days after the start of the window without a charge.
    `tier_from`, `tier_to`: the compliance between which it holds. `condition`: to what else it is restricted.
    """

    code: str
    family: str
    kind: str
    countries: tuple[str, ...]
    basis: str
    source: str
    confidence: Confidence
    rate: Decimal | None = None
    amount: Decimal | None = None
    currency: str | None = None
    threshold: Decimal | None = None
    waived_by: str | None = None
    waiver_rate: Decimal | None = None
    waiver_weeks: int | None = None
    grace_days: int | None = None
    tier_from: Decimal | None = None
    tier_to: Decimal | None = None
    condition: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def holds(self, country: str, on: date) -> bool:
        return (
            country in self.countries
            and (self.valid_from is None or self.valid_from <= on)
            and (self.valid_to is None or on <= self.valid_to)
        )


def rule_of(rules: Iterable[FeeRule], kind: str, *, country: str | None, on: date) -> FeeRule | None:
    """The rule of a kind in a country on a day, the one that began last; None when nobody knows one."""
    if country is None:
        return None
    found = [rule for rule in rules if rule.kind == kind and rule.holds(country, on)]
    return max(found, key=lambda rule: rule.valid_from or date.min, default=None)


NORTH_AMERICA: Final = ("US", "CA", "MX")
EUROPE: Final = ("UK", "DE", "FR", "IT", "ES", "NL", "BE", "SE", "PL", "IE")
IN_FULL: Final = "Commerce Canal; KhooCommerce"
IN_FULL_SINCE: Final = date(2025, 7, 21)
RECEIVE_ACCURACY_SINCE: Final = date(2026, 1, 19)


def _d(text: str) -> Decimal:
    return Decimal(text)


FACTS: Final[tuple[FeeRule, ...]] = (
    # In Full Delivery: what was confirmed and not delivered, delivered beyond the order, or confirmed and taken back late.
    FeeRule(
        "not_filled.na.before_2025", "in_full", "not_filled", NORTH_AMERICA, "cost_of_units", IN_FULL, "two_sources",
        rate=_d("0.10"), waived_by="fill", waiver_rate=_d("0.95"), waiver_weeks=12, valid_to=date(2025, 7, 20),
    ),
    FeeRule(
        "not_filled.na.2025", "in_full", "not_filled", NORTH_AMERICA, "cost_of_units", IN_FULL, "two_sources",
        rate=_d("0.05"), waived_by="fill", waiver_rate=_d("0.95"), waiver_weeks=12, valid_from=IN_FULL_SINCE,
    ),
    FeeRule(
        "not_filled.eu.assumed", "in_full", "not_filled", EUROPE, "cost_of_units", "AmazOwl; GraceBlood", "assumed",
        rate=_d("0.10"),
    ),
    FeeRule(
        "po_overage.na.2025", "in_full", "po_overage", NORTH_AMERICA, "cost_of_units", IN_FULL, "two_sources",
        rate=_d("1"), valid_from=IN_FULL_SINCE,
    ),
    FeeRule(
        "down_confirmed.na.2025", "in_full", "down_confirmed", NORTH_AMERICA, "cost_of_units", IN_FULL, "two_sources",
        rate=_d("0.03"), grace_days=5, valid_from=IN_FULL_SINCE,
    ),
    FeeRule(
        "down_confirmed.eu.assumed", "in_full", "down_confirmed", EUROPE, "cost_of_units", "AmazOwl; GraceBlood",
        "assumed", rate=_d("0.03"), grace_days=5,
    ),
    # On time, and what was rejected.
    FeeRule(
        "not_on_time.us", "on_time", "not_on_time", ("US",), "cost_of_units", "AmazOwl", "one_source",
        rate=_d("0.03"), waived_by="on_time", waiver_rate=_d("0.90"), waiver_weeks=4,
    ),
    FeeRule(
        "not_on_time.eu.assumed", "on_time", "not_on_time", EUROPE, "cost_of_units", "AmazOwl; GraceBlood", "assumed",
        rate=_d("0.03"), waived_by="on_time", waiver_rate=_d("0.90"), waiver_weeks=4,
    ),
    FeeRule(
        "rejected.us", "confirmation", "rejected", ("US",), "cost_of_units", "AmazOwl", "one_source",
        rate=_d("0.03"), threshold=_d("0.20"), waived_by="rejected", waiver_rate=_d("0.20"), waiver_weeks=13,
        condition="consumables",
    ),
    FeeRule(
        "rejected.eu.assumed", "confirmation", "rejected", EUROPE, "cost_of_units", "AmazOwl; GraceBlood", "assumed",
        rate=_d("0.03"), threshold=_d("0.20"), waived_by="rejected", waiver_rate=_d("0.20"), waiver_weeks=13,
        condition="consumables",
    ),
    FeeRule(
        "unconfirmed_units", "confirmation", "unconfirmed_units", (*NORTH_AMERICA, *EUROPE), "unit", "SupplierWiki",
        "unverified",
    ),
    # The advance shipment notice, cartons and labels.
    FeeRule(
        "asn.us.good", "asn", "asn", ("US",), "cost_of_units", "SupplierWiki", "one_source",
        rate=_d("0.02"), tier_from=_d("0.95"), tier_to=_d("1"),
    ),
    FeeRule(
        "asn.us.middle", "asn", "asn", ("US",), "cost_of_units", "SupplierWiki", "one_source",
        rate=_d("0.04"), tier_from=_d("0.70"), tier_to=_d("0.95"),
    ),
    FeeRule(
        "asn.us.poor", "asn", "asn", ("US",), "cost_of_units", "SupplierWiki", "one_source",
        rate=_d("0.06"), tier_from=_d("0"), tier_to=_d("0.70"),
    ),
    FeeRule(
        "asn_expiry.us", "asn", "asn_expiry", ("US",), "cost_of_units", "SupplierWiki", "one_source",
        rate=_d("1"), amount=_d("2"), currency="USD",
    ),
    FeeRule(
        "receive_label.uk.2026", "receive_accuracy", "receive_label", ("UK",), "unit", "KhooCommerce; Crstl",
        "two_sources", amount=_d("0.12"), currency="GBP", valid_from=RECEIVE_ACCURACY_SINCE,
    ),
    FeeRule(
        "receive_label.eu.2026", "receive_accuracy", "receive_label", tuple(c for c in EUROPE if c != "UK"), "unit",
        "KhooCommerce; Crstl", "two_sources", amount=_d("0.14"), currency="EUR", valid_from=RECEIVE_ACCURACY_SINCE,
    ),
    FeeRule(
        "carton_content.us.2021", "carton", "carton_content", ("US",), "defect", "Global Overview", "one_source",
        amount=_d("2.60"), currency="USD", valid_from=date(2021, 3, 22),
    ),
    FeeRule(
        "carton_unexpected_item.de.2021", "carton", "carton_unexpected_item", ("DE",), "unit", "vendorforum.de",
        "one_source", amount=_d("0.22"), currency="EUR", valid_from=date(2021, 10, 1),
    ),
    FeeRule(
        "carton_unexpected_quantity.de.2021", "carton", "carton_unexpected_quantity", ("DE",), "unit",
        "vendorforum.de", "one_source", amount=_d("0.30"), currency="EUR", valid_from=date(2021, 10, 1),
    ),
    FeeRule(
        "carton_label.us", "carton", "carton_label", ("US",), "carton", "AmazOwl", "one_source",
        amount=_d("5"), currency="USD", tier_from=_d("0.10"), tier_to=_d("1"),
    ),
    FeeRule(
        "carton_label.us.poor", "carton", "carton_label", ("US",), "carton", "AmazOwl", "one_source",
        amount=_d("15"), currency="USD", tier_from=_d("0"), tier_to=_d("0.10"),
    ),
    FeeRule(
        "prep.us", "prep", "prep", ("US",), "unit", "Perfality", "unverified", amount=_d("0.80"), currency="USD",
    ),
    FeeRule(
        "sioc.us", "prep", "sioc", ("US",), "unit", "AmazOwl; ChargePay", "two_sources", amount=_d("1.99"),
        currency="USD",
    ),
    FeeRule(
        "sioc.eu", "prep", "sioc", tuple(c for c in EUROPE if c != "UK"), "unit", "amvisor", "one_source",
        amount=_d("1.70"), currency="EUR",
    ),
    # Deliveries, paper and transport.
    FeeRule(
        "no_show.de", "delivery", "no_show", ("DE",), "delivery", "amvisor", "one_source", amount=_d("290"),
        currency="EUR",
    ),
    FeeRule(
        "rejected_delivery.de", "delivery", "rejected_delivery", ("DE",), "delivery", "amvisor", "one_source",
        amount=_d("290"), currency="EUR",
    ),
    FeeRule(
        "paper_invoice.eu", "invoice", "paper_invoice", tuple(c for c in EUROPE if c != "UK"), "invoice", "Amalytix",
        "one_source", amount=_d("5"), currency="EUR",
    ),
    FeeRule(
        "transport", "transport", "transport", (*NORTH_AMERICA, *EUROPE), "delivery", "SupplierWiki", "unverified",
    ),
    FeeRule("import.eu", "import", "import", EUROPE, "delivery", "amvisor", "unverified"),
)  # fmt: skip
