"""The customer's own files for the demo, as its ERP would export them: items.csv, stock.csv and components.csv."""

import csv
import io
import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from simulator.instants import wire
from simulator.marketplaces import MARKETPLACES
from simulator.world.catalog import Item
from simulator.world.customers import Customer

ITEM_COLUMNS = (
    "sku", "gtin", "asin", "vendor_sku", "marketplaces", "vendor_code", "title", "brand", "case_pack", "cost_price", "currency",
    "status", "replaced_by_sku", "image_url", "safety_stock", "moq", "lead_time_days", "handling_days",
)  # fmt: skip
STOCK_COLUMNS = (
    "sku",
    "warehouse",
    "as_of",
    "on_hand",
    "reserved",
    "quality_hold",
    "available",
    "inbound_qty",
    "inbound_eta",
)

# What the customer's price list says for 1.00 on Amazon's order.
COST_FACTORS = {
    "cost_above_order": Decimal("1.08"),
    "cost_above_order_slightly": Decimal("1.012"),
    "cost_below_order": Decimal("0.96"),
}
STATUSES = {"phase_out", "discontinued", "blocked", "draft"}


def items_csv(customer: Customer, items: Sequence[Item], *, base_url: str) -> str:
    """One row for each SKU and set of marketplaces with one cost; image_url points to this simulator's tile."""
    return _csv(ITEM_COLUMNS, (row for item in items for row in _item_rows(customer, item, items, base_url)))


def stock_csv(customer: Customer, items: Sequence[Item], *, seed: int, now: datetime) -> str:
    """One row for each SKU and warehouse, counted a few minutes before now."""
    rng = random.Random(f"{seed}:stock:{customer.key}")
    return _csv(STOCK_COLUMNS, (row for item in items for row in _stock_rows(rng, customer, item, now)))


def past_stock_csv(customer: Customer, items: Sequence[Item], *, seed: int, at: datetime) -> str:
    """What the ERP handed in at a past moment: a full feed, one row for each SKU and warehouse, counted at that moment.

    The same moment gives the same file; a shelf changes from day to day, and a little in the hours of a day."""
    day = at.date().isoformat()
    rows = []
    for item in items:
        if item.trait == "unlisted":
            continue
        total = _on_hand_then(random.Random(f"{seed}:past:{customer.key}:{day}:{item.sku}"), item)
        total -= total * at.hour // 400
        left = total
        for place, warehouse in enumerate(customer.warehouses):
            on_hand = left if place == len(customer.warehouses) - 1 else total * 2 // 3
            left -= on_hand
            rows.append((item.sku, warehouse, wire(at), on_hand, on_hand * 3 // 100, 0, "", "", ""))
    return _csv(STOCK_COLUMNS, rows)


def _on_hand_then(rng: random.Random, item: Item) -> int:
    """Scarce products come and go; one in thirty of the others is short on a day."""
    if item.trait in ("no_stock", "inbound_only", "discontinued"):
        return 0
    if item.trait in ("short_stock", "phase_out") or rng.random() < 1 / 30:
        return int(item.typical * rng.uniform(0.1, 1.6))
    return int(item.typical * item.stock_factor * rng.uniform(0.4, 1.1))


COMPONENT_COLUMNS = ("asin", "marketplace", "component_sku", "quantity")
ASSEMBLED = 5
"""Packs, and as many bundles, that a customer with a whole range has."""


def components_csv(customer: Customer, items: Sequence[Item]) -> str:
    """What some ASINs are put together from: packs of six of one SKU, and bundles of two SKUs, taken in turn from the
    plain items. Their own rows in the stock file count while nobody imported this one."""
    plain = [item for item in items if item.trait == ""]
    step = 5
    rows = []
    for first in range(0, min(len(plain) - step, 2 * ASSEMBLED * step), step):
        assembled, one, two = plain[first : first + 3]
        country = next(code.country for code in customer.vendor_codes if code.code in assembled.costs)
        if first // step % 2 == 0:
            rows.append((assembled.asin, country, one.sku, 6))
        else:
            rows += [(assembled.asin, country, one.sku, 1), (assembled.asin, country, two.sku, 1)]
    return _csv(COMPONENT_COLUMNS, rows)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _item_rows(customer: Customer, item: Item, items: Sequence[Item], base_url: str) -> Iterable[Sequence[object]]:
    if item.trait == "unlisted":
        return
    countries = [code.country for code in customer.vendor_codes]
    by_code = len(set(countries)) < len(countries)
    rows: dict[tuple[Decimal, str, str], list[str]] = {}
    for code in customer.vendor_codes:
        cost = item.costs.get(code.code)
        if cost is not None:
            agreed = (cost * COST_FACTORS.get(item.trait, Decimal(1))).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
            key = (agreed, MARKETPLACES[code.country].currency, code.code if by_code else "")
            rows.setdefault(key, []).append(code.country)
    successor = items[(item.number + 1) % len(items)].sku if item.trait == "discontinued" else ""
    for (cost, currency, vendor_code), sold_in in rows.items():
        yield (
            item.sku,
            item.gtin,
            "" if item.trait == "wrong_gtin" else item.asin,
            item.vendor_sku,
            " ".join(sold_in),
            vendor_code,
            item.title,
            item.brand,
            item.pack * 2 if item.trait == "pack_mismatch" else item.pack,
            cost,
            currency,
            item.trait if item.trait in STATUSES else "active",
            successor,
            f"{base_url}/images/{item.asin}.svg",
            item.pack if item.number % 4 == 0 else 0,
            item.pack if item.number % 6 == 0 else 1,
            21 if item.number % 149 == 0 else (2, 3, 4)[item.number % 3],  # days to Amazon; a few come from far away
            1 + item.number % 2,
        )


def _stock_rows(rng: random.Random, customer: Customer, item: Item, now: datetime) -> Iterable[Sequence[object]]:
    as_of = wire(now - timedelta(minutes=rng.randint(4, 25)))
    total = _on_hand(rng, item)
    inbound = item.typical * rng.randint(1, 3) if item.trait == "inbound_only" or rng.random() < 0.25 else 0
    eta = (now + timedelta(days=rng.randint(3, 12))).date().isoformat()
    split = rng.uniform(0.55, 0.8)
    if item.trait == "unlisted":
        return
    left = total
    for place, warehouse in enumerate(customer.warehouses):
        last = place == len(customer.warehouses) - 1
        on_hand = left if last else int(total * split)
        left -= on_hand
        reserved = int(on_hand * 0.03)
        hold = item.pack if on_hand > item.pack * 40 and item.number % 17 == 0 else 0
        arriving = inbound if place == 0 else 0
        yield (item.sku, warehouse, as_of, on_hand, reserved, hold, "", arriving or "", eta if arriving else "")


def _on_hand(rng: random.Random, item: Item) -> int:
    short = int(item.typical * rng.uniform(0.15, 0.7))
    if item.trait in ("no_stock", "inbound_only", "discontinued"):
        return 0
    if item.trait in ("short_stock", "phase_out"):
        return short
    return int(item.typical * item.stock_factor)
