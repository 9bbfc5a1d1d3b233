"""Reads a CSV file record by record in bounded memory, each record with its line number.

UTF-8 or Windows-1252; comma, semicolon, tab or bar.
"""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from oktee.catalog.files.faults import FileFault
from oktee.catalog.files.headers import plain

MAX_BYTES = 512 * 1024 * 1024
MAX_LINES = 2_000_000
MAX_LINE_BYTES = 1 << 20
"""Whatever has longer lines is no table, and reading it by lines would take as much memory as it has bytes."""
CHUNK = 1 << 20
DELIMITERS = (",", ";", "\t", "|")
UTF_8 = "utf-8-sig"
WINDOWS = "cp1252"
_NO_LETTER = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
"""What Windows-1252 has no letter for."""
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the line of the file where it begins (1 is the header) and its cells, trimmed, as many as the header has.

    `count` is how many cells it has; when that differs from the header's, `cells` cannot be trusted.
    """

    line: int
    cells: list[str]
    count: int


def check_text(file: BinaryIO) -> str:
    """Read the whole file once and answer its encoding: UTF-8 (a byte order mark is fine), else Windows-1252.

    No NUL, not too many lines. Raises FileFault. This comes before the first row is loaded, so that a file nobody can read
    changes nothing. A file that is partly UTF-8 is neither: its letters would come out wrong.
    """
    text = _Encoding()
    offset, lines, open_line = 0, 1, 0
    empty = True
    while True:
        chunk = file.read(CHUNK)
        if offset == 0 and chunk.startswith(_UTF_16):
            raise FileFault("wrong_encoding", "The file is UTF-16, not UTF-8. Save it as “CSV UTF-8”.", byte=0, line=1)
        nul = chunk.find(b"\0")
        if nul >= 0:
            line = lines + chunk.count(b"\n", 0, nul)
            raise FileFault(
                "nul_byte", f"Line {line} holds a zero byte at byte {offset + nul}. Export the file again as text.",
                byte=offset + nul, line=line,
            )  # fmt: skip
        wrong = text.take(chunk)
        if wrong is not None:
            line = lines + chunk.count(b"\n", 0, max(0, wrong))
            raise FileFault(
                "wrong_encoding",
                f"Line {line} is neither UTF-8 nor Windows-1252: byte {offset + wrong} is 0x{text.byte:02X}. "
                "Save the file as “CSV UTF-8”.",
                byte=offset + wrong,
                line=line,
            )
        if not chunk:
            break
        open_line = _since_line_end(chunk, open_line)
        if open_line > MAX_LINE_BYTES:
            line = lines + chunk.count(b"\n")
            raise FileFault("line_too_long", f"Line {line} is longer than 1 MiB: this is no table.", line=line)
        empty = empty and not chunk.strip(b" \t\r\n\xef\xbb\xbf")
        offset += len(chunk)
        lines += chunk.count(b"\n")
        if lines > MAX_LINES + 1:
            raise FileFault(
                "too_many_lines", f"The file has more than {MAX_LINES:,} lines. Split it into several files.",
                limit=MAX_LINES,
            )  # fmt: skip
    if empty:
        raise FileFault("empty_file", "The file is empty.")
    return text.encoding


class _Encoding:
    """Tells UTF-8 from Windows-1252 chunk by chunk."""

    def __init__(self) -> None:
        self.encoding = UTF_8
        self.byte = 0
        """The byte that fits neither, once one was found."""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._letters = False

    def take(self, chunk: bytes) -> int | None:
        """Where in the chunk (negative: before it) a byte is in no encoding."""
        if self.encoding == UTF_8:
            pending = len(self._decoder.getstate()[0])
            try:
                text = self._decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                # The decoder may still hold up to three bytes of the chunk before: its positions start there.
                self.byte = error.object[error.start]
                if self._letters or not error.object[: error.start].isascii():
                    return error.start - pending
                self.encoding = WINDOWS
                chunk, shift = error.object, pending
            else:
                self._letters = self._letters or not text.isascii()
                return None
        else:
            shift = 0
        found = _NO_LETTER.search(chunk)
        if found is None:
            return None
        self.byte = chunk[found.start()]
        return found.start() - shift


def _since_line_end(chunk: bytes, before: int) -> int:
    """Bytes since the last line ended; `before` when the chunk began."""
    at = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
    return before + len(chunk) if at < 0 else len(chunk) - 1 - at


class Reader:
    """The records of a checked file under a header. Blank lines are skipped; `position` is how many bytes were read."""

    def __init__(
        self,
        file: BinaryIO,
        *,
        known: Collection[str],
        required: Collection[str],
        encoding: str = UTF_8,
        aliases: Mapping[str, str] | None = None,
        prefix: str | None = None,
    ) -> None:
        """Reads the header. Raises FileFault naming the first required column that is missing. Close it before the file.

        `aliases`: other words for a known column. `prefix`: columns that begin with it are read too, whatever they are
        called.
        """
        self._file = file
        self._known, self._aliases, self._prefix = frozenset(known), aliases or {}, prefix
        self._text = io.TextIOWrapper(file, encoding=encoding, newline="")
        self._lines: list[str] = []
        """Of the record that was read last."""
        self._ended = False
        self._broken: FileFault | None = None
        try:
            self._read_header(required)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file, which stays open and the caller's."""
        self._text.detach()

    def _meant(self, name: str) -> str:
        """The column that a header means; what nobody knows keeps its own name."""
        written = name.strip().lower()
        if self._prefix and written.startswith(self._prefix):
            return self._prefix + name.strip()[len(self._prefix) :]
        if written in self._known:
            return written
        bare = plain(name)
        return bare if bare in self._known else self._aliases.get(bare, written)

    def _read_header(self, required: Collection[str]) -> None:
        first, before = self._first_line()
        delimiter = max(
            DELIMITERS, key=lambda each: len({self._meant(name) for name in _header_names(first, each)} & self._known)
        )
        self._lines_before = before
        self._delimiter = delimiter
        self._rows = csv.reader(self._noted(chain((first,), self._text)), delimiter=delimiter)
        self.header_line = before + 1
        header = self._record(self.header_line) or []
        self.decimal_comma = delimiter != ","
        names = [self._meant(name) for name in header]
        while names and not names[-1]:
            names.pop()  # spreadsheets like to end a line with empty cells
        for name in names:
            if name and names.count(name) > 1:
                raise FileFault("duplicate_column", f"The column {name} appears twice.", column=name)
        for name in required:
            if name not in names:
                there = ", ".join(filter(None, map(str.strip, header)))[:200]
                detail = f"The column {name} is missing. The file has: {there}."
                raise FileFault("missing_column", detail, column=name, found=there)
        read = {name for name in names if name in self._known or (self._prefix and name.startswith(self._prefix))}
        self.columns = {name: number for number, name in enumerate(names) if name in read}
        self.written = {name: header[number].strip() for name, number in self.columns.items()}
        """As the file calls each of them."""
        self.ignored = [header[number].strip() for number, name in enumerate(names) if name and name not in read]
        """Columns that nobody knows, as the file calls them."""
        self.width = len(names)

    @property
    def position(self) -> int:
        return self._file.tell()

    def records(self) -> Iterator[Record]:
        """They end where a quote does not close: `finish` tells, once what came before is loaded."""
        width = self.width
        while True:
            line = self._lines_before + self._rows.line_num + 1
            try:
                row = self._record(line)
            except FileFault as fault:
                self._broken = fault
                return
            if row is None:
                return
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            count = len(cells)
            while count > width and not cells[count - 1]:  # a spreadsheet's empty cells beyond the table
                count -= 1
            yield Record(line, cells[:width], count)

    def finish(self) -> None:
        """Raises FileFault when the records ended before the file did."""
        if self._broken is not None:
            raise self._broken

    def _noted(self, lines: Iterator[str]) -> Iterator[str]:
        """The lines, each kept until its record is read; it says when there is none left."""
        for line in lines:
            self._lines.append(line)
            yield line
        self._ended = True

    def _record(self, line: int) -> list[str] | None:
        """The record that begins in `line`, None at the end of the file. Raises FileFault where quotes do not close.

        What `csv` makes of an open quote is a long cell that holds the rows after it: to the end of the file, or to the
        next quote, which belongs to another row.
        """
        self._lines.clear()
        try:
            row = next(self._rows, None)
        except csv.Error:
            raise _open_quote(line) from None
        if row is None:
            return None
        if self._ended:  # a record that is whole ends before the file does
            raise _open_quote(line)
        if len(self._lines) > 1:
            try:
                next(csv.reader(iter(self._lines), delimiter=self._delimiter, strict=True))
            except csv.Error:
                raise _open_quote(line) from None
        return row

    def _first_line(self) -> tuple[str, int]:
        for before, line in enumerate(self._text):
            if line.strip():
                return line, before
        raise FileFault("empty_file", "The file is empty.")


def _open_quote(line: int) -> FileFault:
    return FileFault(
        "broken_quoting",
        f"A quote that opens in line {line} does not close where its cell ends. Nothing from that line on was loaded.",
        line=line,
    )


def _header_names(line: str, delimiter: str) -> set[str]:
    try:
        return set(next(csv.reader([line], delimiter=delimiter)))
    except csv.Error:
        return set()
