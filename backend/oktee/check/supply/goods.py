"""Products of the journey's own, so that it knows what each answer must be: their files, and the orders for them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from oktee.check.desk import Desk, Json, fetch_now
from oktee.check.order import import_file
from oktee.check.story import Failed, expect, wait_for

LETTERS = "0123456789BCDFGHJKLMNPQRSTVWXYZ"
WAREHOUSE = "BER1"
OTHER_WAREHOUSE = "LYN1"
POOLED = (48, 12)
"""What lies of one product in each of the two."""
SCARCE_STOCK = 100
AGREED = Decimal("4.00")
"""Agreed for one piece from yesterday on; the product file says more, the price of last year."""
FIRST, SECOND = Decimal("4.00"), Decimal("2.50")


@dataclass(frozen=True, slots=True)
class Goods:
    """What this journey sells: a word that is in each of its names, where it is sold, and its ASINs by what they are."""

    word: str
    vendor_code: str
    country: str
    currency: str

    def sku(self, name: str) -> str:
        return f"JOURNEY-{self.word}-{name}"

    def asin(self, name: str) -> str:
        return f"B0{self.word}{name[:3].upper()}"

    @property
    def brand(self) -> str:
        """Of the products that a rule of the journey's own decides."""
        return f"Journey {self.word}"

    def line(self, name: str, quantity: int, cost: Decimal) -> Json:
        """A line of an order, in pieces, where a backorder is not taken."""
        wanted = {"asin": self.asin(name), "quantity": quantity, "uom": "Eaches"}
        return {**wanted, "net_cost": str(cost), "backorder": False}


def invent(desk: Desk) -> Goods:
    """For the first vendor code of the account."""
    group = desk.customer["groups"][0]
    code = group["vendor_codes"][0]
    currency = next(each["currency"] for each in group["marketplaces"] if each["country"] == code["country"])
    word = "".join(secrets.choice(LETTERS) for _ in range(5))
    return Goods(word, code["code"], code["country"], currency)


def import_goods(desk: Desk, goods: Goods) -> None:
    """Products with packs and a bundle, their stock, what the bundle is made of, and costs with a first day."""
    for kind, text in _files(goods).items():
        import_file(desk, kind, content=text.encode("cp1252"))
    bad = f"sku;marketplace;cost_price;currency;valid_from\n{goods.sku('NONE')};{goods.country};1,00;{goods.currency};2026-01-01\n"
    made = import_file(desk, "costs", content=bad.encode(), rejected=1)
    faults = desk.get(f"administration/catalog/imports/{made['id']}/errors", limit=10)["rows"]
    expect(faults and faults[0]["line"] == 2 and faults[0]["code"] == "unknown_sku", f"the faulty row says {faults}")
    desk.story.step(f"a row for a product that nobody knows is refused by name: line 2, {faults[0]['code']}")


def _files(goods: Goods) -> dict[str, str]:
    """As a German ERP writes them: semicolons, decimal commas, Windows-1252."""
    today = datetime.now(UTC)
    as_of, day = (today - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ"), timedelta(days=1)
    brands = dict.fromkeys(("RUL", "NEW", "SHA"), goods.brand)
    items = [
        "sku;title;marketplaces;case_pack;asin;brand;status;cost_price;currency;quantity;lead_time_days;handling_days"
    ]
    for name, pack, cost, quantity in (
        ("ONE", 6, "5,25", 1), ("SIX", 6, "24,00", 6), ("TWO", 6, "2,50", 1), ("SET", 1, "", 1), ("SCA", 10, "4,00", 1),
        ("RUL", 1, "4,00", 1), ("NEW", 1, "4,00", 1), ("SHA", 1, "4,00", 1), ("CHE", 1, "4,00", 1),
        ("POO", 1, "4,00", 1),
    ):  # fmt: skip
        one = "ONE" if name == "SIX" else name
        brand, currency = brands.get(name, "Öl & Creme"), goods.currency if cost else ""
        items.append(
            f"{goods.sku(one)};Journey {goods.word} {one};{goods.country};{pack};{goods.asin(name)};{brand};active;{cost};{currency};{quantity};2;1"
        )
    stock = ["sku;warehouse;as_of;on_hand"]
    for name, pieces in (
        ("ONE", 6000),
        ("TWO", 600),
        ("SCA", SCARCE_STOCK),
        ("RUL", 1000),
        ("NEW", 1000),
        ("SHA", 1000),
        ("CHE", 1000),
    ):
        stock.append(f"{goods.sku(name)};{WAREHOUSE};{as_of};{pieces}")
    for warehouse, pieces in zip((WAREHOUSE, OTHER_WAREHOUSE), POOLED, strict=True):
        stock.append(f"{goods.sku('POO')};{warehouse};{as_of};{pieces}")
    parts = ["asin;marketplace;component_sku;quantity"]
    parts += [
        f"{goods.asin('SET')};{goods.country};{goods.sku(name)};{count}" for name, count in (("ONE", 1), ("TWO", 2))
    ]
    costs = ["sku;marketplace;cost_price;currency;valid_from;valid_to"]
    place = f"{goods.sku('ONE')};{goods.country}"
    costs.append(f"{place};5,25;{goods.currency};{(today - 400 * day).date()};{(today - 2 * day).date()}")
    costs.append(f"{place};{str(AGREED).replace('.', ',')};{goods.currency};{(today - day).date()};")
    files = {"items": items, "stock": stock, "components": parts, "costs": costs}
    return {kind: "\n".join([*rows, ""]) for kind, rows in files.items()}


def place(desk: Desk, goods: Goods, lines: Sequence[Json], **more: object) -> list[str]:
    """Amazon places an order of these lines, or `count` of them; their numbers."""
    body = {"customer": desk.customer["key"], "vendor_code": goods.vendor_code, "lines": list(lines), **more}
    numbers: list[str] = desk.control.post("/orders", body)["purchase_order_numbers"]
    return numbers


def centre_of(desk: Desk, number: str) -> str:
    """Where Amazon wants an order."""
    party: str = desk.control.get(f"/orders/{number}")["order"]["orderDetails"]["shipToParty"]["partyId"]
    return party


def decided(desk: Desk, numbers: Sequence[str]) -> dict[str, Json]:
    """Fetch them, wait until each has its proposal; the orders in full, by number."""
    fetch_now(desk)

    def there() -> list[Json] | None:
        rows = desk.get("supply/orders", view="all", q=" ".join(numbers), limit=200)["rows"]
        found = [row for row in rows if row["po_number"] in numbers and row["decision_id"]]
        return found if len(found) == len(numbers) else None

    rows = wait_for(f"{len(numbers)} orders to be fetched and decided", there, within=90)
    return {row["po_number"]: desk.get(f"supply/orders/{row['id']}") for row in rows[:20]}


def steps(line: Json) -> dict[str, Json]:
    """What the rules found of a line, by message."""
    return {step["message"]: step for step in line["trace"]}


def value(step: Json, name: str) -> str:
    """A value of a reason, as text: an amount of money without its trailing zeros."""
    found = step["values"][name]
    return str(Decimal(found["amount"]).normalize()) if found["type"] == "money" else str(found["value"])


def line_of(order: Json, asin: str) -> Json:
    """Raises Failed."""
    found: Json | None = next((line for line in order["lines"] if line["asin"] == asin), None)
    if found is None:
        raise Failed(f"{order['po_number']} has no line of {asin}")
    return found
