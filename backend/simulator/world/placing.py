"""How Amazon places an order: which items, in which unit, at what cost, for which centre and window."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from simulator.accounts import VendorCode, VendorGroup
from simulator.instants import cut
from simulator.marketplaces import MARKETPLACES
from simulator.orders import Line, Order, QuantityChange
from simulator.parties import fulfilment_centers
from simulator.world.catalog import Item, check_digit

ORDER_TYPES = (("RegularOrder", 92), ("RushOrder", 4), ("NewProductIntroduction", 4))
NUMBER_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedLine:
    """A line asked for by control; what is None is drawn as for any other order."""

    item: Item | None
    asin: str
    identifier: str | None
    quantity: int | None = None
    unit: str | None = None
    unit_size: int | None = None
    net_cost: Decimal | None = None
    backorder: bool | None = None


def draw_number(rng: random.Random, taken: Callable[[str], bool]) -> str:
    """A purchase order number as Amazon writes them: eight capitals and digits, the first a digit."""
    while True:
        number = rng.choice("23456789") + "".join(rng.choices(NUMBER_ALPHABET, k=7))
        if not taken(number):
            return number


def place_order(
    rng: random.Random,
    group: VendorGroup,
    code: VendorCode,
    *,
    number: str,
    lines: Sequence[WantedLine],
    placed_at: datetime,
    available_at: datetime | None = None,
) -> Order:
    """An order of these lines in state New; it becomes available some minutes after it was placed unless said otherwise."""
    placed_at = cut(placed_at)
    # Never before it was placed; the caller keeps it from being later than the clock.
    available_at = cut(available_at or placed_at + timedelta(seconds=rng.randint(20, 400)))
    start = (placed_at + timedelta(days=rng.randint(3, 6))).replace(hour=7, minute=0, second=0, microsecond=0)
    currency = MARKETPLACES[code.country].currency
    return Order(
        number=number,
        selling_partner_id=group.selling_partner_id,
        customer=group.customer,
        vendor_code=code.code,
        country=code.country,
        currency=currency,
        fulfilment_center=rng.choice(fulfilment_centers(code.country)),
        freight=group.freight,
        window_start=start,
        window_end=start + timedelta(days=rng.randint(5, 9)),
        placed_at=placed_at,
        available_at=available_at,
        state_changed_at=placed_at,
        updated_at=placed_at,
        order_type=rng.choices([name for name, _ in ORDER_TYPES], [share for _, share in ORDER_TYPES])[0],
        lines=[
            build_line(rng, code, wanted, sequence=str(place), at=placed_at)
            for place, wanted in enumerate(lines, start=1)
        ],
    )


def draw_lines(
    rng: random.Random, code: VendorCode, items: Sequence[Item], count: int, *, with_item: Item | None = None
) -> list[WantedLine]:
    """Some of the items this code carries; with_item is among them."""
    chosen = rng.sample(items, min(count, len(items)))
    if with_item is not None and with_item not in chosen:
        chosen[rng.randrange(len(chosen))] = with_item
    return [wanted_item(code, item) for item in chosen]


def wanted_item(code: VendorCode, item: Item) -> WantedLine:
    identifier = foreign_gtin(item) if item.trait == "wrong_gtin" else item.identifier(code.identifier)
    return WantedLine(item=item, asin=item.asin, identifier=identifier)


def foreign_gtin(item: Item) -> str:
    """A valid EAN for the item that its vendor does not know, as after a re-labelling at Amazon."""
    body = item.gtin[:4] + str(99_999_999 - item.number).zfill(8)
    return body + check_digit(body)


def build_line(rng: random.Random, code: VendorCode, wanted: WantedLine, *, sequence: str, at: datetime) -> Line:
    item = wanted.item
    in_cases = (
        item is not None and item.pack > 1 and (item.trait == "pack_mismatch" or (code.cases and item.number % 9 < 4))
    )
    unit = wanted.unit or ("Cases" if in_cases else "Eaches")
    unit_size = wanted.unit_size or (item.pack if unit == "Cases" and item is not None else 1)
    quantity = wanted.quantity if wanted.quantity is not None else _quantity(rng, item, unit_size)
    backorder = rng.random() < 0.6
    known_cost = None if item is None else item.costs.get(code.code)
    cost = wanted.net_cost if wanted.net_cost is not None else known_cost or Decimal("9.90")
    return Line(
        sequence=sequence,
        asin=wanted.asin,
        identifier=wanted.identifier,
        quantity=quantity,
        unit=unit,
        unit_size=unit_size,
        backorder_allowed=backorder if wanted.backorder is None else wanted.backorder,
        net_cost=cost,
        list_price=_list_price(cost) if code.country in ("US", "UK") else None,
        quantities=[QuantityChange(at, quantity)],
    )


def _quantity(rng: random.Random, item: Item | None, unit_size: int) -> int:
    """Amount in the line's unit: mostly whole packs, now and then a number that breaks a case."""
    if item is None:
        return rng.randint(1, 8)
    eaches = max(item.pack, round(item.typical * rng.uniform(0.5, 1.6) / item.pack) * item.pack)
    if unit_size > 1:
        return max(1, eaches // unit_size)
    return eaches if rng.random() < 0.97 else eaches + rng.randint(1, max(1, item.pack - 1))


def _list_price(cost: Decimal) -> Decimal:
    return (cost * Decimal("1.9")).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP) + Decimal("0.09")
