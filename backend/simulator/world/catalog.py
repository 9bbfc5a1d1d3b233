"""Catalogues: some 600 real-looking items for each customer, the same for the same seed."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from simulator.world.customers import Customer

# Each range: what it is and in which sizes, words before it, base cost in euro from/to, packs, eaches Amazon orders from/to.
Range = tuple[dict[str, tuple[str, ...]], tuple[str, ...], tuple[int, int], tuple[int, ...], tuple[int, int]]

_POTS, _DROPS, _BOTTLES = (
    ("30 ml", "50 ml", "75 ml"),
    ("15 ml", "30 ml", "50 ml"),
    ("150 ml", "200 ml", "250 ml", "400 ml"),
)
_SHADES, _PANS, _SETS = (
    ("01", "02", "03", "05", "07", "11"),
    ("20 cm", "24 cm", "28 cm"),
    ("set of 2", "set of 3", "set of 4"),
)
_TOWELS, _SQUARES, _PIECES = (
    ("30 x 50 cm", "50 x 100 cm", "70 x 140 cm"),
    ("40 x 40 cm", "45 x 45 cm", "50 x 50 cm"),
    ("6 pcs", "12 pcs", "24 pcs"),
)

RANGES: dict[str, Range] = {
    "skin": (
        {
            "Face Serum": _DROPS,
            "Eye Gel": _DROPS,
            "Face Oil": _DROPS,
            "Day Cream": _POTS,
            "Night Cream": _POTS,
            "Sun Fluid SPF 50": _POTS,
            "Toner": _BOTTLES,
            "Cleansing Foam": _BOTTLES,
            "Micellar Water": _BOTTLES,
            "Sheet Mask": ("1 pc", "3 pcs", "5 pcs"),
        },
        (
            "Hydra",
            "Radiance",
            "Calm",
            "Vitamin C",
            "Retinol",
            "Niacinamide",
            "Hyaluronic",
            "Ceramide",
            "Rose",
            "Green Tea",
        ),
        (3, 24),
        (6, 12, 24),
        (24, 240),
    ),
    "hair": (
        {
            "Shampoo": _BOTTLES,
            "Conditioner": _BOTTLES,
            "Dry Shampoo": _BOTTLES,
            "Leave-in Spray": _BOTTLES,
            "Hair Mask": ("150 ml", "300 ml"),
            "Hair Oil": ("50 ml", "100 ml"),
            "Styling Cream": ("75 ml", "150 ml"),
            "Scalp Tonic": ("100 ml", "200 ml"),
        },
        ("Repair", "Volume", "Colour Guard", "Anti-Frizz", "Argan", "Biotin", "Coconut", "Curl", "Silk", "Keratin"),
        (3, 12),
        (6, 12),
        (24, 180),
    ),
    "body": (
        {
            "Body Lotion": _BOTTLES,
            "Shower Gel": _BOTTLES,
            "Body Scrub": ("200 ml", "300 ml"),
            "Hand Cream": _POTS,
            "Foot Balm": _POTS,
            "Deodorant": ("50 ml", "75 ml"),
            "Bath Salt": ("500 g", "1 kg"),
            "Soap Bar": ("100 g", "150 g"),
        },
        ("Almond", "Lavender", "Ocean", "Citrus", "Shea", "Oat", "Verbena", "Cotton", "Mint", "Fig"),
        (2, 9),
        (6, 12, 24),
        (36, 288),
    ),
    "colour": (
        dict.fromkeys(
            ("Lipstick", "Mascara", "Nail Lacquer", "Brow Pencil", "Blush", "Foundation", "Lip Balm", "Eye Shadow Duo"),
            _SHADES,
        ),
        ("Velvet", "Satin", "Nude", "Berry", "Coral", "Sand", "Ivory", "Plum", "Copper", "Rosewood"),
        (3, 14),
        (6, 12),
        (12, 144),
    ),
    "kitchen": (
        {
            "Frying Pan": _PANS,
            "Saucepan": ("16 cm", "18 cm", "20 cm"),
            "Baking Tin": ("24 cm", "26 cm", "30 cm"),
            "Kettle": ("1 l", "1.7 l"),
            "Chopping Board": ("small", "medium", "large"),
            "Mixing Bowl": ("1.5 l", "3 l", "5 l"),
            "Storage Jars": _SETS,
            "Knife Block": _PIECES,
            "Salad Bowl": ("23 cm", "28 cm"),
            "Serving Tray": ("small", "large"),
        },
        ("Steel", "Stone Grey", "Oak", "Bamboo", "Cast Iron", "Black", "Copper", "Cream", "Classic", "Nordic"),
        (4, 42),
        (1, 2, 4, 6),
        (6, 72),
    ),
    "home": (
        {
            "Bath Towel": _TOWELS,
            "Cushion Cover": _SQUARES,
            "Table Lamp": ("25 cm", "40 cm"),
            "Wall Hooks": _SETS,
            "Door Mat": ("40 x 60 cm", "45 x 75 cm"),
            "Laundry Basket": ("40 l", "65 l"),
            "Photo Frame": ("10 x 15 cm", "20 x 30 cm"),
            "Scented Candle": ("150 g", "220 g"),
            "Throw Blanket": ("130 x 170 cm", "150 x 200 cm"),
        },
        ("Linen", "Natural", "Wool White", "Jute", "Walnut", "Matt Black", "Sand", "Slate", "Olive", "Terracotta"),
        (3, 35),
        (2, 4, 6, 12),
        (8, 96),
    ),
    "tools": (
        {
            "Screwdriver Set": _PIECES,
            "Socket Set": _PIECES,
            "Drill Bit Set": _PIECES,
            "Tape Measure": ("3 m", "5 m", "8 m"),
            "Utility Knife": ("9 mm", "18 mm"),
            "Spirit Level": ("40 cm", "60 cm", "100 cm"),
            "Bar Clamp": ("150 mm", "300 mm"),
            "Work Gloves": ("size 8", "size 9", "size 10"),
        },
        ("Pro", "Compact", "Workshop", "Titanium", "Precision", "Heavy Duty", "Home", "Classic"),
        (4, 38),
        (4, 6, 10, 12),
        (10, 90),
    ),
    "garden": (
        {
            "Plant Pot": ("12 cm", "18 cm", "24 cm"),
            "Watering Can": ("5 l", "10 l"),
            "Pruning Shears": ("18 cm", "21 cm"),
            "Hose Connectors": _SETS,
            "Bird Feeder": ("small", "large"),
            "Trowel": ("28 cm", "32 cm"),
            "Solar Light": _SETS,
            "Seed Tray": ("pack of 3", "pack of 6"),
        },
        ("Green", "Zinc", "Recycled", "Classic", "Copper", "Weatherproof", "Anthracite", "Natural"),
        (2, 26),
        (4, 6, 8, 12),
        (8, 96),
    ),
}

EDITIONS = ("", "", " Plus", " Limited", " Eco", " Essential")
"""Variants, for customers that sell more of a range than there are plain names."""

# What makes a line difficult against the customer's own files, and how many of 1,000 items each concerns.
TRAITS = (
    ("cost_above_order", 3),
    ("cost_above_order_slightly", 3),
    ("cost_below_order", 4),
    ("unlisted", 3),
    ("wrong_gtin", 3),
    ("pack_mismatch", 3),
    ("short_stock", 45),
    ("no_stock", 3),
    ("inbound_only", 6),
    ("phase_out", 8),
    ("discontinued", 3),
    ("blocked", 2),
    ("draft", 2),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    number: int
    asin: str
    sku: str
    vendor_sku: str
    gtin: str
    brand: str
    title: str
    pack: int
    typical: int
    """Eaches that Amazon usually orders at once."""
    costs: dict[str, Decimal]
    """What Amazon pays, by vendor code; codes that do not carry the item are absent."""
    trait: str = ""
    stock_factor: float = field(default=1.0)

    def identifier(self, kind: str) -> str:
        if kind == "sku":
            return self.vendor_sku
        return self.gtin[1:] if kind == "upc" else self.gtin


def check_digit(body: str) -> str:
    """The GS1 check digit of a body without it: weights 3, 1, 3, ... from the right."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)


def build_catalog(customer: Customer, *, seed: int, count: int) -> tuple[Item, ...]:
    rng = random.Random(f"{seed}:catalog:{customer.key}")
    asins: set[str] = set()
    titles: set[str] = set()
    bodies: set[str] = set()
    traits = {index: trait for trait, numbers in _trait_numbers(rng, count) for index in numbers}
    items: list[Item] = []
    for number in range(count):
        kind = customer.ranges[number % len(customer.ranges)]
        products, words, (low, high), packs, (least, most) = RANGES[kind]
        brand = rng.choice(customer.brands)
        title = ""
        while not title or title in titles:
            product = rng.choice(list(products))
            edition = rng.choice(EDITIONS) if len(titles) > count // 2 else ""
            title = f"{brand} {rng.choice(words)} {product}{edition}, {rng.choice(products[product])}"
        titles.add(title)
        pack = rng.choice(packs)
        base = Decimal(rng.randint(low * 100, high * 100)) / 100
        sku_number = 10_000 + number * 7 + rng.randint(0, 6)
        sku = f"{customer.sku_prefix}-{sku_number}"
        items.append(
            Item(
                number=number,
                asin=_fresh(asins, lambda: "B0" + "".join(rng.choices("0123456789BCDFGHJKLMNPQRSTVWXYZ", k=8))),
                sku=sku,
                vendor_sku=sku if customer.key != "nordhandel" else sku.replace("-", ""),
                gtin=_gtin(rng, customer, bodies),
                brand=brand,
                title=title,
                pack=pack,
                typical=max(pack, rng.randint(least, most) // pack * pack),
                costs=_costs(rng, customer, number, base),
                trait=traits.get(number, ""),
                stock_factor=rng.uniform(18, 60),
            )
        )
    return tuple(items)


def _fresh(taken: set[str], make: Callable[[], str]) -> str:
    value = make()
    while value in taken:
        value = make()
    taken.add(value)
    return value


def _gtin(rng: random.Random, customer: Customer, taken: set[str]) -> str:
    body = _fresh(taken, lambda: rng.choice(customer.gtin_prefixes) + f"{rng.randint(0, 99_999_999):08d}")
    return body + check_digit(body)


def _costs(rng: random.Random, customer: Customer, number: int, base: Decimal) -> dict[str, Decimal]:
    cent = Decimal("0.01")
    costs: dict[str, Decimal] = {}
    for group in customer.groups:
        for place, code in enumerate(group.vendor_codes):
            siblings = [each for each in group.vendor_codes if each.country == code.country]
            # With two codes in a country an item is sourced through the first, the second, or (at a better cost there) both.
            if len(siblings) > 1 and number % 10 not in ((0, 1, 2, 3, 4, 8, 9) if place == 0 else (5, 6, 7, 8, 9)):
                continue
            factor = customer.cost_factors[code.country] * (
                Decimal("0.97") if len(siblings) > 1 and place else Decimal(1)
            )
            costs[code.code] = (base * factor).quantize(cent, rounding=ROUND_HALF_UP)
    return costs


def _trait_numbers(rng: random.Random, count: int) -> list[tuple[str, list[int]]]:
    numbers = list(range(count))
    rng.shuffle(numbers)
    shares: list[tuple[str, list[int]]] = []
    for trait, per_mille in TRAITS:
        wanted = max(1, round(count * per_mille / 1000)) if count >= 100 else 0
        shares.append((trait, numbers[:wanted]))
        numbers = numbers[wanted:]
    return shares
