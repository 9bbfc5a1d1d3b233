"""Rows out of the database and into files: NDJSON and CSV of a query, streamed; and the encrypted zip they travel in.

Memory stays constant however many rows there are: PostgreSQL sends JSON by COPY, lines are written as they come.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final

import orjson
import pyzipper
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

PIECE: Final = 1 << 20
_QUOTE, _DELIMITER = "\x01", "\x02"
"""Bytes that JSON never holds: so COPY's csv is the JSON itself, one row a line."""
_SAFE_DIGITS: Final = 18
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column of an export and PostgreSQL's type of it."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a bundle: where it lies inside, and what it holds."""

    path: str
    rows: int | None
    size: int
    sha256: str


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


class _Rows:
    """Takes COPY's pieces, writes whole lines to both files and counts them."""

    def __init__(
        self,
        columns: Sequence[ExportColumn],
        ndjson: BinaryIO,
        table: BinaryIO,
        told: Mapping[str, Callable[[Any], Any]],
    ) -> None:
        self.rows = 0
        self._told = told
        self._names = [column.name for column in columns]
        self._ndjson = ndjson
        self._text = io.TextIOWrapper(table, encoding="utf-8", newline="", write_through=False)
        self._csv = csv.writer(self._text)
        self._csv.writerow(self._names)
        self._rest = b""

    async def take(self, piece: bytes) -> None:
        *lines, self._rest = (self._rest + piece).split(b"\n")
        self._write(lines)

    def _write(self, lines: list[bytes]) -> None:
        for kept in lines:
            line = told_line(kept, self._told) if self._told else kept
            row: dict[str, Any] = orjson.loads(line)
            self._ndjson.write(line)
            self._ndjson.write(b"\n")
            self._csv.writerow([cell(row[name]) for name in self._names])
        self.rows += len(lines)

    def finish(self) -> None:
        if self._rest:
            self._write([self._rest])
        self._text.flush()
        self._text.detach()


def told_line(line: bytes, told: Mapping[str, Callable[[Any], Any]]) -> bytes:
    """The row with these columns as they are told. Every other number keeps its characters: 6.20 stays 6.20."""
    row: dict[str, Any] = json.loads(line, parse_float=orjson.Fragment, parse_int=_whole)
    return orjson.dumps(row | {name: tell(row[name]) for name, tell in told.items() if name in row})


def _whole(digits: str) -> int | orjson.Fragment:
    return int(digits) if len(digits) <= _SAFE_DIGITS else orjson.Fragment(digits)


def cell(value: Any) -> str:
    """As a spreadsheet may open it: text that would run as a formula begins with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return orjson.dumps(value).decode()
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) and not _number(value) else value
    return str(value)


def _number(value: str) -> bool:
    return value[1:].replace(".", "", 1).isdigit()


async def copy_rows(
    session: AsyncSession,
    table: str,
    columns: Sequence[ExportColumn],
    *,
    where: str,
    arguments: Sequence[Any],
    order: Sequence[str],
    ndjson: BinaryIO,
    as_csv: BinaryIO,
    told: Mapping[str, Callable[[Any], Any]] | None = None,
) -> int:
    """Write the rows of `table` for which `where` holds ($1, $2 ... are `arguments`) to both files; answers how many.

    Instants are ISO 8601 in UTC, money and other numerics are strings, bytes are hex as PostgreSQL writes them. Both
    files come of one statement, so they hold the same rows. `told`: by column how its value is written instead.
    """
    # One statement for all rows of a table, however many: nobody waits for it, and it holds no lock that others want.
    await session.execute(text("set local timezone = 'UTC'"))
    await session.execute(text("set local statement_timeout = '1h'"))
    fields = ", ".join(
        f"{quoted(c.name)}::text as {quoted(c.name)}" if c.type.startswith("numeric") else quoted(c.name)
        for c in columns
    )
    sorted_by = ", ".join(quoted(name) for name in order)
    query = (
        f"select row_to_json(found)::text from (select {fields} from {quoted(table)} where {where} "  # noqa: S608 - identifiers of the catalog, quoted; values are arguments
        f"{'order by ' + sorted_by if sorted_by else ''}) as found"
    )
    sink = _Rows(columns, ndjson, as_csv, told or {})
    raw: Any = (await (await session.connection()).get_raw_connection()).driver_connection
    await raw.copy_from_query(
        query, *arguments, output=sink.take, format="csv", delimiter=_DELIMITER, quote=_QUOTE, encoding="utf-8"
    )
    sink.finish()
    return sink.rows


class EncryptedZip:
    """An AES-256 zip (WinZip AE-2), written member by member. Blocks: use it in a thread."""

    def __init__(self, file: BinaryIO, passphrase: SecretStr, *, at: datetime) -> None:
        self._zip = pyzipper.AESZipFile(file, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES)
        self._zip.setpassword(passphrase.get_secret_value().encode())
        self._zip.setencryption(pyzipper.WZ_AES, nbits=256)
        self._at = at.timetuple()[:6]
        self.members: list[Member] = []

    def add(self, path: str, source: BinaryIO, *, rows: int | None = None) -> Member:
        """Copy a file into the bundle; its hash and size are of what went in."""
        digest, size = hashlib.sha256(), 0
        info = pyzipper.zipfile_aes.AESZipInfo(path, date_time=self._at)
        info.compress_type = pyzipper.ZIP_DEFLATED
        with self._zip.open(info, "w", force_zip64=True) as target:
            while piece := source.read(PIECE):
                digest.update(piece)
                size += len(piece)
                target.write(piece)
        made = Member(path, rows, size, digest.hexdigest())
        self.members.append(made)
        return made

    def close(self) -> None:
        self._zip.close()
