"""Reads the rows of an items file: one SKU on one or several marketplaces a row; rows of one SKU become one item."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2b
from typing import BinaryIO, NamedTuple
from uuid import UUID

from oktee.catalog.files import cells
from oktee.catalog.files.faults import CellFault, RowFault
from oktee.catalog.files.reading import Reader, Record
from oktee.catalog.files.rows import Row, column_count_fault, read_sku
from oktee.catalog.files.seen import Seen, key_of, marks_of
from oktee.catalog.identifiers import InvalidIdentifier, normalize_asin, normalize_gtin
from oktee.catalog.places import Place, Places
from oktee.kit.database import new_id

REQUIRED = ("sku", "title", "marketplaces", "case_pack")
COLUMNS = (
    *REQUIRED, "gtin", "asin", "vendor_sku", "vendor_code", "brand", "cost_price", "currency", "status", "replaced_by_sku",
    "image_url", "safety_stock", "moq", "lead_time_days", "handling_days", "quantity",
)  # fmt: skip
STATUSES = ("active", "phase_out", "discontinued", "blocked", "draft")
MAX_DAYS = 3650
_MARK = 24
"""Bits kept of each item field to tell a contradiction; two different values look alike once in 16 million."""


class ItemRow(NamedTuple):
    """An item as it is staged; the columns of `items` in this order, after the line it came from."""

    line: int
    id: UUID
    sku: str
    gtin: str | None
    title: str
    brand: str | None
    status: str
    replaced_by_sku: str | None
    case_pack: int
    safety_stock: int
    moq: int | None
    lead_time_days: int | None
    handling_days: int | None
    image_url: str | None
    content_hash: bytes


_FIRST_FIELD = 3
ITEM_FIELDS = ItemRow._fields[_FIRST_FIELD:-1]


class LinkRow(NamedTuple):
    """What an item is called and costs in one place, as it is staged. `first`: the file names this place the first time."""

    line: int
    id: UUID
    sku: str
    marketplace_id: str
    vendor_code: str
    asin: str
    vendor_sku: str | None
    quantity: int
    cost_price: Decimal | None
    currency: str | None
    brand: str | None
    first: bool


@dataclass(slots=True)
class ItemBatch:
    """Some thousand rows. `rows` counts all of them, `rejected` those with a fault; `position` is bytes read so far."""

    rows: int = 0
    rejected: int = 0
    position: int = 0
    faults: list[RowFault] = field(default_factory=list)
    items: list[ItemRow] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)


class ItemsFile:
    """The batches of an items file. Run it in a thread: reading and checking is work for a processor."""

    def __init__(self, file: BinaryIO, places: Places) -> None:
        """Reads the header. Raises FileFault."""
        self.reader = Reader(file, known=COLUMNS, required=REQUIRED)
        self._places = places
        self._skus = Seen(_MARK // 8 * len(ITEM_FIELDS))
        self._links = Seen(8)

    def batches(self, size: int, *, skip: int = 0) -> Iterator[ItemBatch]:
        """The rows after the first `skip`, which are read again only to be remembered. Raises FileFault where quotes never
        close."""
        batch = ItemBatch()
        for seen, record in enumerate(self.reader.records(), start=1):
            batch.rows += 1
            faults = self._read(record, batch)
            if faults:
                batch.rejected += 1
                batch.faults += faults
            if seen <= skip:
                batch = ItemBatch()
            elif batch.rows >= size:
                batch.position = self.reader.position
                yield batch
                batch = ItemBatch()
        batch.position = self.reader.position
        yield batch

    def _read(self, record: Record, batch: ItemBatch) -> list[RowFault]:
        """Add the row to the batch, or say every fault of it."""
        wrong = column_count_fault(record, self.reader)
        if wrong:
            return [wrong]
        row = Row(record, self.reader)
        item, found, link = _item(row), _places(row, self._places), _link(row)
        if row.faults or item is None:
            return row.faults
        marks = marks_of(item[_FIRST_FIELD:-1], _MARK)
        key = key_of("sku", item.sku)
        known = self._skus.find(key)
        if known is not None and known[1] != marks:
            return [row.fault(_differing(known[1] ^ marks), "conflicting_value", sku=item.sku, first_line=known[0])]
        place_key = key_of("place", item.sku, link.vendor_code)
        link_key = key_of("link", item.sku, link.vendor_code, link.asin)
        wanted = 0
        for place in found:
            wanted |= self._places.bit_of(place.id)
        same = self._links.find(link_key)
        if same is not None and same[1] & wanted:
            return [row.fault("marketplaces", "duplicate_row", first_line=same[0])]
        if known is None:
            self._skus.put(key, record.line, marks)
            batch.items.append(item)
        before = self._links.find(place_key)
        named = before[1] if before else 0
        for place in found:
            batch.links.append(
                link._replace(
                    id=new_id(), marketplace_id=place.id, sku=item.sku, brand=item.brand,
                    first=not named & self._places.bit_of(place.id),
                )
            )  # fmt: skip
        self._links.put(link_key, record.line, wanted | (same[1] if same else 0))
        self._links.put(place_key, record.line, wanted | named)
        return []


def _item(row: Row) -> ItemRow | None:
    sku = read_sku(row, "sku", required=True)
    gtin = _gtin(row)
    title = row.words("title", limit=500, required=True)
    brand = row.words("brand", limit=120)
    status = row.text("status").lower() or "active"
    if status not in STATUSES:
        row.refuse("status", "unknown_status")
    replaced_by = read_sku(row, "replaced_by_sku", required=False)
    # An empty case pack is no "1": a guess would promise loose units that Amazon books as shortages.
    case_pack = row.whole("case_pack", least=1, empty="case_pack_required")
    safety_stock = row.whole("safety_stock", least=0) or 0
    moq = row.whole("moq", least=0)
    lead_time = row.whole("lead_time_days", least=0, most=MAX_DAYS)
    handling = row.whole("handling_days", least=0, most=MAX_DAYS)
    image: str | None = row.text("image_url") or None
    if image:
        try:
            image = cells.web_address(image)
        except CellFault as fault:
            row.refuse("image_url", fault.code, **fault.values)
    if sku is None or title is None or case_pack is None:
        return None
    values = (gtin, title, brand, status, replaced_by, case_pack, safety_stock, moq, lead_time, handling, image)
    content = blake2b(repr((sku, *values)).encode(), digest_size=16).digest()
    return ItemRow(row.line, new_id(), sku, *values, content)


def _link(row: Row) -> LinkRow:
    """The link of this row, without its place yet."""
    asin, vendor_code, cost, currency = "", row.text("vendor_code").upper(), None, None
    if row.text("asin"):
        try:
            asin = normalize_asin(row.text("asin"))
        except InvalidIdentifier as fault:
            row.refuse("asin", "scientific_notation" if fault.fault == "scientific" else "invalid_asin")
    if vendor_code and not (len(vendor_code) == 5 and vendor_code.isascii() and vendor_code.isalnum()):
        row.refuse("vendor_code", "invalid_vendor_code")
    if row.text("cost_price"):
        try:
            cost = cells.amount(row.text("cost_price"), decimal_comma=row.decimal_comma)
        except CellFault as fault:
            row.refuse("cost_price", fault.code, **fault.values)
    if row.text("currency"):
        try:
            currency = cells.currency(row.text("currency"))
        except CellFault as fault:
            row.refuse("currency", fault.code, **fault.values)
    elif cost is not None:
        row.refuse("currency", "currency_required")
    quantity = row.whole("quantity", least=1, most=10_000) or 1
    vendor_sku = read_sku(row, "vendor_sku", required=False)
    return LinkRow(row.line, UUID(int=0), "", "", vendor_code, asin, vendor_sku, quantity, cost, currency, None, False)


def _places(row: Row, places: Places) -> list[Place]:
    names = row.text("marketplaces").replace(",", " ").replace(";", " ").replace("|", " ").split()
    if not names:
        row.refuse("marketplaces", "required")
    found: dict[str, Place] = {}
    for name in names:
        place = places.find(name)
        if place is None:
            row.refuse("marketplaces", "unknown_marketplace", marketplace=name[:40])
            break
        found[place.id] = place
    return list(found.values())


def _gtin(row: Row) -> str | None:
    text = row.text("gtin")
    if not text:
        return None
    try:
        return normalize_gtin(text)
    except InvalidIdentifier as fault:
        code = {"scientific": "scientific_notation", "not_digits": "not_a_number", "check_digit": "check_digit"}
        row.refuse("gtin", code.get(fault.fault, "invalid_gtin"))
        return None


def _differing(difference: int) -> str:
    """The first item field in which two sets of marks differ."""
    last = len(ITEM_FIELDS) - 1
    return next(name for at, name in enumerate(ITEM_FIELDS) if difference >> (last - at) * _MARK & ((1 << _MARK) - 1))
