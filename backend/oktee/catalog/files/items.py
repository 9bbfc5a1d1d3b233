"""Reads the rows of an items file: one SKU on one or several marketplaces a row; rows of one SKU become one item."""

from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import Any, BinaryIO, NamedTuple
from uuid import UUID

import orjson

from oktee.catalog.files import cells, headers
from oktee.catalog.files.details import DETAILS, MOST_OWN, OWN, read_day, read_gtin, read_own
from oktee.catalog.files.faults import FileFault, RowFault
from oktee.catalog.files.reading import UTF_8, Reader, Record
from oktee.catalog.files.rows import Row, column_count_fault, read_sku
from oktee.catalog.files.seen import Seen, key_of, marks_of
from oktee.catalog.identifiers import InvalidIdentifier, normalize_asin
from oktee.catalog.places import Place, Places
from oktee.kit.database import new_id

REQUIRED = ("sku", "title", "marketplaces", "case_pack")
LINK_COLUMNS = (
    "vendor_sku", "quantity", "cost_price", "currency", "brand", "valid_from", "valid_to", "is_preferred",
)  # fmt: skip
"""What a file may say of a link besides its place; what it has no column for stays as it was."""
COLUMNS = (
    *REQUIRED, "gtin", "asin", "vendor_sku", "vendor_code", "brand", "cost_price", "currency", "status", "replaced_by_sku",
    "image_url", "safety_stock", "moq", "lead_time_days", "handling_days", "quantity", "valid_from", "valid_to",
    "is_preferred", *(detail.column for detail in DETAILS),
)  # fmt: skip
MAX_DAYS = 3650
_MARK = 24
"""Bits kept of each item field to tell a contradiction; two different values look alike once in 16 million."""
CORE = {
    "gtin": "text", "title": "text", "brand": "text", "status": "text", "replaced_by_sku": "text", "case_pack": "int",
    "safety_stock": "int", "moq": "int", "lead_time_days": "int", "handling_days": "int", "image_url": "text",
}  # fmt: skip
"""Columns of `items` that are staged of every file, with their SQL types."""


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
    valid_from: date | None
    valid_to: date | None
    is_preferred: bool
    first: bool


@dataclass(frozen=True, slots=True)
class Fields:
    """What a file says of its items: the columns of `items` it fills, and those of them and of links it may change."""

    staged: tuple[tuple[str, str], ...]
    """Columns of `items` with their SQL types, in the order in which they are staged."""
    items: tuple[str, ...]
    links: tuple[str, ...]


@dataclass(slots=True)
class ItemBatch:
    """Some thousand rows. `rows` counts all of them, `rejected` those with a fault; `position` is bytes read so far.

    `items`: tuples of line, id, sku, the fields, and a hash of them.
    """

    fields: Fields
    rows: int = 0
    rejected: int = 0
    position: int = 0
    faults: list[RowFault] = field(default_factory=list)
    items: list[Any] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)


_FIRST_FIELD = 3


class ItemsFile:
    """The batches of an items file. Run it in a thread: reading and checking is work for a processor."""

    def __init__(self, file: BinaryIO, places: Places, *, encoding: str = UTF_8) -> None:
        """Reads the header. Raises FileFault."""
        self.reader = Reader(
            file, known=COLUMNS, required=REQUIRED, encoding=encoding, aliases=headers.ITEMS, prefix=OWN
        )
        self._places = places
        told = self.reader.columns
        self._details = [detail for detail in DETAILS if detail.column in told]
        self._own = [name for name in told if name.startswith(OWN)]
        if len(self._own) > MOST_OWN:
            raise FileFault(
                "too_many_own_columns",
                f"The file has more than {MOST_OWN} columns that begin with {OWN}",
                limit=MOST_OWN,
            )
        types = CORE | {detail.name: detail.sql for detail in self._details}
        if self._own:
            types["ext"] = "jsonb"
        self.fields = Fields(
            staged=tuple(types.items()),
            items=tuple(name for name in types if name not in CORE or name in told),
            links=tuple(name for name in LINK_COLUMNS if name in told or name == "brand"),
        )
        make: Any = namedtuple  # its columns are those of the file
        self._item = make("ItemRow", ("line", "id", "sku", *types, "content_hash"))
        self._marked = list(types)
        self._salt = repr(self.fields.items)
        self._skus = Seen(_MARK // 8 * len(self._marked))
        self._links = Seen(8)

    def batches(self, size: int, *, skip: int = 0) -> Iterator[ItemBatch]:
        """The rows after the first `skip`, which are read again only to be remembered. Raises FileFault where quotes never
        close, after the rows before that."""
        batch = ItemBatch(self.fields)
        for seen, record in enumerate(self.reader.records(), start=1):
            batch.rows += 1
            faults = self._read(record, batch)
            if faults:
                batch.rejected += 1
                batch.faults += faults
            if seen <= skip:
                batch = ItemBatch(self.fields)
            elif batch.rows >= size:
                batch.position = self.reader.position
                yield batch
                batch = ItemBatch(self.fields)
        batch.position = self.reader.position
        yield batch
        self.reader.finish()

    def _read(self, record: Record, batch: ItemBatch) -> list[RowFault]:
        """Add the row to the batch, or say every fault of it."""
        wrong = column_count_fault(record, self.reader)
        if wrong:
            return [wrong]
        row = Row(record, self.reader)
        item, found, link = self._read_item(row), read_places(row, self._places, "marketplaces"), _link(row)
        if row.faults or item is None:
            return row.faults
        marks = marks_of(item[_FIRST_FIELD:-1], _MARK)
        key = key_of("sku", item.sku)
        known = self._skus.find(key)
        if known is not None and known[1] != marks:
            return [
                row.fault(self._differing(known[1] ^ marks), "conflicting_value", sku=item.sku, first_line=known[0])
            ]
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

    def _read_item(self, row: Row) -> Any:
        """The item of this row, None when it lacks what it must have."""
        core = _core(row)
        details = [detail.read(row, detail.column) for detail in self._details]
        if core is None:
            return None
        values = (*core[1:], *details)
        if self._own:
            values = (*values, orjson.dumps(read_own(row, self._own), option=orjson.OPT_SORT_KEYS).decode())
        content = blake2b(repr((self._salt, core[0], *values)).encode(), digest_size=16).digest()
        return self._item(row.line, new_id(), core[0], *values, content)

    def _differing(self, difference: int) -> str:
        """The column of the first item field in which two sets of marks differ."""
        last = len(self._marked) - 1
        name = next(
            name for at, name in enumerate(self._marked) if difference >> (last - at) * _MARK & ((1 << _MARK) - 1)
        )
        if name == "ext":
            return self._own[0]
        return next((detail.column for detail in self._details if detail.name == name), name)


def _core(row: Row) -> tuple[Any, ...] | None:
    """SKU and the fields of CORE, None when one that is needed is missing."""
    sku = read_sku(row, "sku", required=True)
    gtin = read_gtin(row, "gtin")
    title = row.words("title", limit=500, required=True)
    brand = row.words("brand", limit=120)
    status = headers.STATUSES.get(headers.plain(row.text("status") or "active"))
    if status is None:
        row.refuse("status", "unknown_status", allowed=", ".join(sorted(set(headers.STATUSES.values()))))
    replaced_by = read_sku(row, "replaced_by_sku", required=False)
    # An empty case pack is no "1": a guess would promise loose units that Amazon books as shortages.
    case_pack = row.whole("case_pack", least=1, empty="case_pack_required")
    safety_stock = row.whole("safety_stock", least=0) or 0
    moq = row.whole("moq", least=0)
    lead_time = row.whole("lead_time_days", least=0, most=MAX_DAYS)
    handling = row.whole("handling_days", least=0, most=MAX_DAYS)
    image = row.cell("image_url", cells.web_address)
    if sku is None or title is None or case_pack is None:
        return None
    return (sku, gtin, title, brand, status, replaced_by, case_pack, safety_stock, moq, lead_time, handling, image)


def _link(row: Row) -> LinkRow:
    """The link of this row, without its place yet."""
    asin, vendor_code = "", read_vendor_code(row)
    if row.text("asin"):
        try:
            asin = normalize_asin(row.text("asin"))
        except InvalidIdentifier as fault:
            row.refuse("asin", "scientific_notation" if fault.fault == "scientific" else "invalid_asin")
    cost, currency = row.amount("cost_price"), row.cell("currency", cells.currency)
    if cost is not None and not row.text("currency"):
        row.refuse("currency", "currency_required")
    quantity = row.whole("quantity", least=1, most=10_000) or 1
    vendor_sku = read_sku(row, "vendor_sku", required=False)
    since, until = read_span(row)
    preferred = bool(row.cell("is_preferred", cells.flag))
    return LinkRow(
        row.line, UUID(int=0), "", "", vendor_code, asin, vendor_sku, quantity, cost, currency, None, since, until, preferred,
        False,
    )  # fmt: skip


def read_vendor_code(row: Row) -> str:
    """The vendor code in upper case, '' when the cell is empty or at fault."""
    code = row.text("vendor_code").upper()
    if code and not (len(code) == 5 and code.isascii() and code.isalnum()):
        row.refuse("vendor_code", "invalid_vendor_code")
    return code


def read_span(row: Row) -> tuple[date | None, date | None]:
    """The first and the last day of validity."""
    since, until = read_day(row, "valid_from"), read_day(row, "valid_to")
    if since is not None and until is not None and until < since:
        row.refuse("valid_to", "ends_before_it_begins")
    return since, until


def read_places(row: Row, places: Places, column: str) -> list[Place]:
    """The marketplaces a cell names; a fault when it names none, or one that nobody knows."""
    names = row.text(column).replace(",", " ").replace(";", " ").replace("|", " ").split()
    if not names:
        row.refuse(column, "required")
    found: dict[str, Place] = {}
    for name in names:
        place = places.find(name)
        if place is None:
            row.refuse(column, "unknown_marketplace", marketplace=name[:40])
            break
        found[place.id] = place
    return list(found.values())
