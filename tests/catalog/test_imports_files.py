"""Files as customers make them: encodings, separators, quotes, spreadsheet damage, each fault with its line. No database."""

import contextlib
import io
import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oktee.catalog.files import cells
from oktee.catalog.files.faults import FILE_CODES, ROW_MESSAGES, WARNINGS, CellFault, FileFault, row_fault
from oktee.catalog.files.items import ItemBatch, ItemsFile
from oktee.catalog.files.reading import MAX_LINES, Reader, check_text
from oktee.catalog.files.seen import Seen, key_of
from oktee.catalog.files.stock import StockBatch, StockFile
from oktee.catalog.places import Place, Places

PLACES = Places()
PLACES.fill((Place("M-DE", "DE"), Place("M-FR", "FR"), Place("M-UK", "UK")), aliases=(("GB", "UK"),))
RECEIVED = datetime(2026, 11, 22, 12, tzinfo=UTC)
ITEM = "sku,title,marketplaces,case_pack,gtin,asin,cost_price,currency,vendor_code,status,brand\n"


def _items(content: str | bytes, *, size: int = 1000, skip: int = 0) -> list[ItemBatch]:
    raw = io.BytesIO(content.encode() if isinstance(content, str) else content)
    encoding = check_text(raw)
    raw.seek(0)
    source = ItemsFile(raw, PLACES, encoding=encoding)
    found = list(source.batches(size, skip=skip))
    source.reader.close()
    return found


def _stock(content: str, *, size: int = 1000) -> list[StockBatch]:
    raw = io.BytesIO(content.encode())
    source = StockFile(raw, received_at=RECEIVED)
    found = list(source.batches(size))
    source.reader.close()
    return found


def _faults(batches: list[Any]) -> list[tuple[int, str, str, str]]:
    return [(each.line, each.column, each.code, each.received) for batch in batches for each in batch.faults]


def _refused(content: str | bytes) -> FileFault:
    with pytest.raises(FileFault) as caught:
        _items(content)
    assert caught.value.code in FILE_CODES
    return caught.value


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_common_kind_of_csv_is_read(separator: str, mark: str, ending: str) -> None:
    lines = [["SKU ", "Title", "marketplaces", "case_pack"], ["4420", "Crème, rosée", "DE gb", "12"], ["", "", "", ""]]
    content = mark + ending.join(
        separator.join(f'"{cell}"' if "," in cell else cell for cell in line) for line in lines
    )
    (batch,) = _items(content)
    assert [(item.sku, item.title, item.case_pack) for item in batch.items] == [("4420", "Crème, rosée", 12)]
    assert [link.marketplace_id for link in batch.links] == ["M-DE", "M-UK"]
    assert (batch.rows, batch.rejected) == (1, 0)


def test_line_numbers_are_those_a_person_sees() -> None:
    content = (
        "\n" + ITEM + 'A,"a title\nover three\nlines",DE,12\n'.replace(",12\n", ",12,,,,,,,\n")
        + "\n\n"
        + "B,second,XX,12,,,,,,,\n"
    )  # fmt: skip
    (batch,) = _items(content)
    assert batch.items[0].line == 3
    assert batch.items[0].title == "a title over three lines"
    assert _faults([batch]) == [(8, "marketplaces", "unknown_marketplace", "XX")]


@pytest.mark.parametrize(
    ("row", "column", "code", "received"),
    [
        ("A,T,DE,12,4.00638E+12,,,,,,", "gtin", "scientific_notation", "4.00638E+12"),
        ("A,T,DE,12,4006381333932,,,,,,", "gtin", "check_digit", "4006381333932"),
        ("A,T,DE,12,40063x,,,,,,", "gtin", "not_a_number", "40063x"),
        ("A,T,DE,12,123,,,,,,", "gtin", "invalid_gtin", "123"),
        ("A,T,DE,12,,B0X,,,,,", "asin", "invalid_asin", "B0X"),
        ("A,T,DE,,,,,,,,", "case_pack", "case_pack_required", ""),
        ("A,T,DE,0,,,,,,,", "case_pack", "too_small", "0"),
        ("A,T,DE,1.5,,,,,,,", "case_pack", "not_whole", "1.5"),
        ("A,T,DE,2E+1,,,,,,,", "case_pack", "scientific_notation", "2E+1"),
        ("A,T,,12,,,,,,,", "marketplaces", "required", ""),
        ("A,T,DE XX,12,,,,,,,", "marketplaces", "unknown_marketplace", "DE XX"),
        (",T,DE,12,,,,,,,", "sku", "required", ""),
        ("A,,DE,12,,,,,,,", "title", "required", ""),
        (f"{'A' * 41},T,DE,12,,,,,,,", "sku", "too_long", "A" * 41),
        ("A,T,DE,12,,,6.20,,,,", "currency", "currency_required", ""),
        ("A,T,DE,12,,,6.20,EUX,,,", "currency", "unknown_currency", "EUX"),
        ("A,T,DE,12,,,-6.20,EUR,,,", "cost_price", "too_small", "-6.20"),
        ("A,T,DE,12,,,6.20 EUR,EUR,,,", "cost_price", "not_a_number", "6.20 EUR"),
        ('A,T,DE,12,,,"1,234",EUR,,,', "cost_price", "ambiguous_number", "1,234"),
        ("A,T,DE,12,,,1.23456,EUR,,,", "cost_price", "too_many_decimals", "1.23456"),
        ("A,T,DE,12,,,,,LUM,,", "vendor_code", "invalid_vendor_code", "LUM"),
        ("A,T,DE,12,,,,,,gone,", "status", "unknown_status", "gone"),
        ("A,T,DE,12,,,,,,,,surplus", "", "wrong_column_count", "12"),
        ("A,T,DE", "", "wrong_column_count", "3"),
    ],
)  # fmt: skip
def test_a_bad_cell_rejects_its_row_and_says_why(row: str, column: str, code: str, received: str) -> None:
    (batch,) = _items(ITEM + "GOOD,T,DE,12,,,,,,,\n" + row + "\n")
    assert _faults([batch]) == [(3, column, code, received)]
    assert (batch.rows, batch.rejected) == (2, 1)
    assert [item.sku for item in batch.items] == ["GOOD"]


def test_a_french_spreadsheet_is_read_as_it_is_written() -> None:
    (batch,) = _items(ITEM + 'A,T,DE,1 200,,,"1 234,50",EUR,,Actif,\n' + 'B,T,DE,12,,,"12\u202f345,5",EUR,,Bloqué,\n')
    assert _faults([batch]) == []
    assert [(item.status, item.case_pack) for item in batch.items] == [("active", 1200), ("blocked", 12)]
    assert [link.cost_price for link in batch.links] == [Decimal("1234.5"), Decimal("12345.5")]


@pytest.mark.parametrize("text", ["1 23", "12 34 5", "1 2345", " 1  234"])
def test_a_space_that_does_not_part_groups_of_three_is_no_number(text: str) -> None:
    (batch,) = _items(ITEM + f'A,T,DE,12,,,"{text.strip()}",EUR,,,\n')
    assert [fault.code for fault in batch.faults] == ["not_a_number"]


def test_every_fault_of_a_row_is_said_at_once() -> None:
    (batch,) = _items(ITEM + "A,,XX,zero,4.00638E+12,,6.20,,,,\n")
    assert {fault.column for fault in batch.faults} == {"title", "marketplaces", "case_pack", "gtin", "currency"}
    assert batch.rejected == 1


def test_rows_of_one_sku_become_one_item_with_several_links() -> None:
    (batch,) = _items(ITEM + "A,T,DE,12,,B0C4LM3B02,6.20,EUR,,,\n" + "A,T,FR GB,12,,B0C4LM3B02,6.40,EUR,,,\n")
    assert [item.sku for item in batch.items] == ["A"]
    assert [(link.marketplace_id, link.cost_price) for link in batch.links] == [
        ("M-DE", Decimal("6.2")),
        ("M-FR", Decimal("6.4")),
        ("M-UK", Decimal("6.4")),
    ]


def test_rows_of_one_sku_that_contradict_each_other_are_refused_also_a_batch_later() -> None:
    content = ITEM + "A,T,DE,12,,,,,,,\n" + "B,T,DE,6,,,,,,,\n" + "A,T,FR,24,,,,,,,\n"
    for size in (1000, 1):
        batches = _items(content, size=size)
        assert _faults(batches) == [(4, "case_pack", "conflicting_value", "24")]
        (fault,) = [each for batch in batches for each in batch.faults]
        assert fault.values["first_line"] == {"type": "count", "value": 2}


def test_the_same_place_twice_is_a_duplicate_even_when_the_places_only_overlap() -> None:
    content = ITEM + "A,T,DE FR,12,,,,,,,\n" + "A,T,FR GB,12,,,,,,,\n" + "A,T,FR,12,,,,,LUMF1,,\n"
    batches = _items(content, size=1)
    assert _faults(batches) == [(3, "marketplaces", "duplicate_row", "FR GB")]
    assert [link.vendor_code for batch in batches for link in batch.links] == ["", "", "LUMF1"]


def test_another_asin_for_a_place_is_another_link_and_only_the_first_is_said_anew() -> None:
    content = ITEM + "A,T,DE,12,,B0C4LM3B02,,,,,\n" + "A,T,DE,12,,B0TWOPACK1,,,,,\n"
    batches = _items(content, size=1)
    assert [(link.asin, link.first) for batch in batches for link in batch.links] == [
        ("B0C4LM3B02", True),
        ("B0TWOPACK1", False),
    ]


def test_a_worker_that_takes_over_gets_the_same_rows_that_were_left() -> None:
    content = ITEM + "".join(f"S{n % 40},T,{'DE' if n < 40 else 'FR'},12,,,,,,,\n" for n in range(80))
    whole = _items(content, size=10)
    left = _items(content, size=10, skip=50)
    assert [batch.rows for batch in left] == [10, 10, 10, 0]
    assert [(link.sku, link.marketplace_id, link.first) for batch in left for link in batch.links] == [
        (link.sku, link.marketplace_id, link.first) for batch in whole[5:] for link in batch.links
    ]
    assert [item.sku for batch in left for item in batch.items] == []


def test_a_decimal_comma_is_read_where_semicolons_separate() -> None:
    head = "sku;title;marketplaces;case_pack;cost_price;currency\n"
    (batch,) = _items(head + "A;T;DE;12;6,20;EUR\nB;T;DE;12;1.234;EUR\n")
    assert batch.links[0].cost_price == Decimal("6.2")
    assert _faults([batch]) == [(3, "cost_price", "ambiguous_number", "1.234")]


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        ("sku,marketplaces,case_pack\nA,DE,12\n", "missing_column", "title"),
        ("sku,title,sku,marketplaces,case_pack\n", "duplicate_column", "sku"),
        ("", "empty_file", "empty"),
        ("\ufeff\r\n \r\n", "empty_file", "empty"),
        ("sku,title\x00,marketplaces", "nul_byte", "byte 9"),
        ("x" * (2 << 20), "line_too_long", "Line 1"),
        (ITEM.encode("utf-16"), "wrong_encoding", "UTF-16"),
        (
            ITEM.encode() + "A,Crème,DE,12,,,,,,,\n".encode() + "B,Crème,DE,12".encode("cp1252"),
            "wrong_encoding",
            "Line 3 is neither UTF-8 nor Windows-1252: byte",
        ),
        (ITEM.encode() + b"A,T\x81,DE,12", "wrong_encoding", "0x81"),
        (ITEM.encode() + "é".encode() + "é".encode()[:1], "wrong_encoding", "Line 2"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(content: str | bytes, code: str, said: str) -> None:
    fault = _refused(content)
    assert fault.code == code
    assert said in fault.detail


def test_the_byte_that_is_not_utf_8_is_named_wherever_the_chunks_are_cut() -> None:
    for before in range(1 << 20, (1 << 20) - 6, -1):
        lines = b"a" * 99 + b"\n"
        content = (lines * (before // 100 + 1))[:before] + "é".encode() + b"\xe9\n"
        with pytest.raises(FileFault) as caught:
            check_text(io.BytesIO(content))
        assert caught.value.values["byte"] == before + 2
        assert caught.value.values["line"] == content[: before + 2].count(b"\n") + 1


def test_too_many_lines_are_refused_before_a_row_is_read() -> None:
    with pytest.raises(FileFault) as caught:
        check_text(io.BytesIO(b"a\n" * (MAX_LINES + 2)))
    assert caught.value.code == "too_many_lines"


@pytest.mark.parametrize(
    "after",
    [
        'B,"T,DE,12\n' + "C,T,DE,12\n" * 20_000,
        'B,"T,DE,12\nC,T,DE,12\n',
        'B,T,DE,12,,,,,,,"Lumea\nC,T,DE,12\n',  # what follows would stand in the last cell of a row that is whole
        'B,"T,DE,12,,,,,,,\nC,"T",DE,12,,,,,,,\nD,T,DE,12\n',  # the next quote belongs to another row
        'B,"T',
    ],
    ids=["far", "near", "last cell", "closed by another row", "last line"],
)
@pytest.mark.parametrize("size", [1, 10_000])
def test_a_quote_that_never_closes_ends_the_file_there_and_keeps_what_came_before(after: str, size: int) -> None:
    source = ItemsFile(io.BytesIO((ITEM + "A,T,DE,12,,,,,,,\n" + after).encode()), PLACES)
    found: list[ItemBatch] = []
    with pytest.raises(FileFault, match="line 3") as caught:
        found.extend(source.batches(size))
    assert (caught.value.code, caught.value.values) == ("broken_quoting", {"line": 3})
    source.reader.close()


@pytest.mark.parametrize("kind", ["items", "stock"])
def test_rows_before_an_open_quote_are_handed_on_once(kind: str) -> None:
    def read(skip: int) -> list[int]:
        source: ItemsFile | StockFile
        if kind == "items":
            source = ItemsFile(io.BytesIO((ITEM + "A,T,DE,12,,,,,,,\n" + 'B,"T,DE,12\n').encode()), PLACES)
        else:
            rows = 'A,LYON,2026-11-22T10:00:00Z,5,,,,,\nB,"LYON,2026-11-22T10:00:00Z,5,,,,,\n'
            source = StockFile(io.BytesIO((STOCK + rows).encode()), received_at=RECEIVED)
        handed = []
        with contextlib.suppress(FileFault):
            for batch in source.batches(10_000, skip=skip):
                handed.append(batch.rows)
        source.reader.close()
        return handed

    assert (read(0), read(1)) == ([1], [0])


def test_a_cell_of_several_lines_is_read() -> None:
    [batch] = _items(ITEM + 'A,"One\nof ""two"" lines",DE,12,,,,,,,\nB,"T",DE,12,,,,,,,"x"')
    assert [(item.sku, item.title) for item in batch.items] == [("A", 'One of "two" lines'), ("B", "T")]


def test_columns_nobody_knows_are_left_out_and_named() -> None:
    reader = Reader(io.BytesIO(b"sku,Colour,title,,\nA,red,T,,\n"), known=("sku", "title"), required=("sku",))
    assert (reader.ignored, reader.header_line) == (["Colour"], 1)
    assert [record.cells for record in reader.records()] == [["A", "red", "T"]]
    reader.close()


STOCK = "sku,warehouse,as_of,on_hand,reserved,quality_hold,available,inbound_qty,inbound_eta\n"


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("A,LYON,2026-11-22T10:00:00,5,,,,,", "as_of", "time_zone_missing"),
        ("A,LYON,22/11/2026,5,,,,,", "as_of", "invalid_instant"),
        ("A,LYON,,5,,,,,", "as_of", "required"),
        ("A,LYON,2026-11-22T12:30:00Z,5,,,,,", "as_of", "in_the_future"),
        ("A,LYON,2026-11-22T10:00:00Z,,,,,,", "on_hand", "required"),
        ("A,LYON,2026-11-22T10:00:00Z,5.5,,,,,", "on_hand", "not_whole"),
        ("A,LYON,2026-11-22T10:00:00Z,5,-1,,,,", "reserved", "too_small"),
        ("A,LYON,2026-11-22T10:00:00Z,5,,,,10,soon", "inbound_eta", "invalid_date"),
        ("A,,2026-11-22T10:00:00Z,5,,,,,", "warehouse", "required"),
        ("A,LYON,2026-11-22T10:00:00Z,9999999999,,,,,", "on_hand", "too_large"),
    ],
)  # fmt: skip
def test_a_bad_stock_row_says_why(row: str, column: str, code: str) -> None:
    (batch,) = _stock(STOCK + row + "\n")
    assert [(fault.column, fault.code) for fault in batch.faults] == [(column, code)]
    assert (batch.rejected, batch.stock) == (1, [])


def test_stock_is_read_in_utc_and_a_negative_number_is_kept_and_said() -> None:
    (batch,) = _stock(STOCK + "A,LYON,2026-11-22T11:30:00+02:00,-4,,,7,24,2026-12-01\n")
    (row,) = batch.stock
    assert row.as_of == datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    assert (row.on_hand, row.available) == (-4, 7)
    assert orjson.loads(row.inbound) == [{"quantity": 24, "eta": "2026-12-01", "reference": None}]
    assert _faults([batch]) == [(2, "on_hand", "negative_on_hand", "-4")]
    assert batch.rejected == 0


def test_one_sku_and_warehouse_twice_is_a_duplicate() -> None:
    at = "2026-11-22T10:00:00Z"
    batches = _stock(STOCK + f"A,LYON,{at},5,,,,,\nA,METZ,{at},5,,,,,\nA,LYON,{at},6,,,,,\n", size=1)
    assert _faults(batches) == [(4, "sku", "duplicate_row", "A")]


@given(st.integers(-(10**9), 10**9))
@settings(max_examples=60, deadline=None)
def test_a_number_is_read_as_it_was_written(value: int) -> None:
    assert cells.whole(str(value), least=-(10**9)) == value
    assert cells.whole(f"{value}.0", least=-(10**9)) == value


@given(st.decimals(min_value=0, max_value=10**7, places=4))
@settings(max_examples=60, deadline=None)
def test_an_amount_keeps_every_decimal(value: Decimal) -> None:
    assert cells.amount(str(value)) == value
    assert cells.amount(str(value).replace(".", ",")) == value


@given(st.text(max_size=30))
@settings(max_examples=60, deadline=None)
def test_whatever_a_cell_holds_it_is_read_or_refused(text: str) -> None:
    for read in (cells.whole, cells.amount, cells.instant, cells.day, cells.currency, cells.web_address):
        with contextlib.suppress(CellFault):
            read(text)
            continue
        with pytest.raises(CellFault) as caught:
            read(text)
        code = caught.value.code
        assert row_fault(2, "c", code, text, **caught.value.values).code == code


@given(st.lists(st.tuples(st.text(max_size=4), st.integers(0, 255)), max_size=200))
@settings(max_examples=60, deadline=None)
def test_what_was_seen_is_found_again(pairs: list[tuple[str, int]]) -> None:
    seen, plain = Seen(1, capacity=4), dict[str, tuple[int, int]]()
    for line, (key, value) in enumerate(pairs, start=1):
        seen.put(key_of(key), line, value)
        plain[key] = (plain[key][0] if key in plain else line, value)
    assert {key: seen.find(key_of(key)) for key in plain} == plain
    assert len(seen) == len(plain)
    assert seen.find(key_of("never", "put")) is None


def test_every_code_has_the_values_its_sentence_speaks_of() -> None:
    for code, names in ROW_MESSAGES.items():
        given_values: dict[str, str | int] = {name: 1 for name in names if name not in ("column", "received")}
        fault = row_fault(7, "sku", code, "x" * 500, **given_values)
        assert set(fault.values) == set(names)
        assert len(fault.received) == 200
    assert set(ROW_MESSAGES) >= WARNINGS


def test_a_key_that_was_seen_costs_a_few_dozen_bytes() -> None:
    seen = Seen(33)
    tracemalloc.start()
    for line in range(60_000):
        seen.put(key_of(str(line)), line, line)
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(seen) == 60_000
    assert used / 60_000 < 80
