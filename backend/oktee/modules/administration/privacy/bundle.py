"""The export bundle: every row and file of an organization in an encrypted zip, made by a job that can be resumed."""

import asyncio
import io
import tempfile
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Final
from uuid import UUID

import orjson
from pydantic import SecretStr
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit import objects
from oktee.kit.clock import now
from oktee.kit.database import organization_of, tenant_session
from oktee.kit.exports import PIECE, EncryptedZip, ExportColumn, Member, copy_rows
from oktee.kit.module import installed
from oktee.kit.storage.tables import StoredFile
from oktee.modules.administration.privacy.catalog import KEPT, StoredTable, list_owned, list_tables
from oktee.modules.administration.privacy.inventory import inventory
from oktee.modules.administration.privacy.readme import readme

LARGEST: Final = 1 << 40
PURPOSE: Final = "export"
FOLDERS: Final = ("ndjson", "csv")
"""The formats of a bundle, each in its folder."""
PART: Final = "export_part"
HANDED_IN: Final = ("import", "attachment")
PART_LIFE: Final = timedelta(days=2)
PEOPLE: Final = ("id", "email", "name", "locale", "created_at", "disabled_at")
MEMBERS: Final = "id in (select user_id from memberships where organization_id = $1)"


@dataclass(frozen=True, slots=True)
class Source:
    """A table of a bundle: which columns, which rows ($1 is the organization, the rest `arguments`), and what is left out."""

    table: str
    columns: tuple[ExportColumn, ...]
    key: tuple[str, ...]
    where: str
    arguments: tuple[Any, ...]
    withheld: tuple[str, ...]


async def sources(session: AsyncSession) -> list[Source]:
    """Every table with rows of this organization, and the global rows that are theirs; columns of class secret are
    withheld."""
    organization = organization_of(session)
    known = inventory().tables
    found = []
    for table in await list_owned(session):
        if table.name not in KEPT:
            found.append(_source(table, known[table.name].of("secret"), "organization_id = $1", (organization,)))
    tables = {table.name: table for table in await list_tables(session)}
    withheld = tuple(c.name for c in tables["users"].columns if c.name not in PEOPLE)
    found.append(_source(tables["users"], withheld, MEMBERS, (organization,)))
    found.append(_source(tables["organizations"], known["organizations"].of("secret"), "id = $1", (organization,)))
    return sorted(found, key=lambda source: source.table)


def _source(table: StoredTable, withheld: tuple[str, ...], where: str, arguments: tuple[Any, ...]) -> Source:
    columns = tuple(column for column in table.columns if column.name not in withheld)
    key = tuple(name for name in table.key if name not in withheld)
    return Source(table.name, columns, key, where, arguments, withheld)


@dataclass(frozen=True, slots=True)
class Part:
    """A finished file of a bundle, kept in the object store until the bundle is whole; of no rows there is no file."""

    path: str
    object_key: str
    rows: int
    size: int
    sha256: str


async def write_parts(organization_id: UUID, source: Source) -> list[Part]:
    """One table as NDJSON and CSV, through temporary files without a name; nothing of it is left on the disk."""
    with tempfile.TemporaryFile() as ndjson, tempfile.TemporaryFile() as as_csv:
        async with tenant_session(organization_id) as session:
            rows = await copy_rows(
                session, source.table, source.columns, where=source.where, arguments=source.arguments,
                order=source.key, ndjson=ndjson, as_csv=as_csv, told=installed().leaving(source.table),
            )  # fmt: skip
        if not rows:  # a table without rows has no file; the manifest says so
            return [Part(f"{folder}/{source.table}.{folder}", "", 0, 0, "") for folder in FOLDERS]
        made = []
        for folder, file in zip(FOLDERS, (ndjson, as_csv), strict=True):
            file.seek(0)
            stored = await objects.put(
                organization_id, pieces(file), max_bytes=LARGEST, purpose=PART, expires_at=now() + PART_LIFE
            )
            made.append(Part(f"{folder}/{source.table}.{folder}", stored.key, rows, stored.size, stored.sha256))
        return made


async def pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    """A file piece by piece, read in a thread."""
    while piece := await asyncio.to_thread(file.read, PIECE):
        yield piece


def chosen(sources: Sequence[Source], categories: Collection[str] | None) -> list[Source]:
    """Those of the categories; all without."""
    tables = inventory().tables
    return [source for source in sources if categories is None or tables[source.table].category in categories]


async def kept_files(session: AsyncSession, categories: Collection[str] | None = None) -> list[StoredFile]:
    """Files of the organization that belong into a bundle: all but bundles and their parts. What a customer handed in is
    theirs; what OKTee made (an archive of the log) tells of its operation."""
    found = await session.scalars(
        select(StoredFile)
        .where(StoredFile.stored_at.is_not(None), StoredFile.purpose.not_in((PURPOSE, PART)))
        .order_by(StoredFile.id)
    )
    return [
        file
        for file in found
        if categories is None or ("customer" if file.purpose in HANDED_IN else "operational") in categories
    ]


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a whole bundle is: where it lies and what it holds."""

    object_key: str
    size: int
    sha256: str
    rows: int
    files: int


async def assemble(
    organization_id: UUID,
    *,
    workspace: str,
    requested_at: datetime,
    sources: Sequence[Source],
    parts: Sequence[Part],
    files: Sequence[StoredFile],
    passphrase: SecretStr,
    expires_at: datetime,
    formats: Collection[str] = FOLDERS,
    whole: bool = True,
) -> Bundle:
    """Put the parts of these formats, files, manifest and README into one encrypted zip and store it. `whole`: nothing
    was left out by choice."""
    with tempfile.TemporaryFile() as target:
        with closing(EncryptedZip(target, passphrase, at=requested_at)) as archive:
            wanted = [part for part in parts if part.object_key and part.path.partition("/")[0] in formats]
            for part in sorted(wanted, key=lambda part: part.path):
                async with objects.reading(part.object_key) as body:
                    await asyncio.to_thread(archive.add, part.path, body, rows=part.rows)
            for file in files:
                async with objects.reading(file.key) as body:
                    name = f"files/{PurePosixPath(file.key).name}"
                    await asyncio.to_thread(archive.add, name, body)
            content = manifest(
                workspace=workspace, requested_at=requested_at, sources=sources, parts=parts, files=files,
                members=archive.members, whole=whole,
            )  # fmt: skip
            archive.add("manifest.json", io.BytesIO(content))
            archive.add("README.txt", io.BytesIO(readme(workspace, requested_at, whole=whole).encode()))
            await asyncio.to_thread(archive.close)
        target.seek(0)
        stored = await objects.put(
            organization_id, pieces(target), max_bytes=LARGEST, purpose=PURPOSE, expires_at=expires_at
        )
    rows = sum(part.rows for part in parts if part.path.startswith("ndjson/"))
    return Bundle(stored.key, stored.size, stored.sha256, rows, len(archive.members))


def manifest(
    *,
    workspace: str,
    requested_at: datetime,
    sources: Sequence[Source],
    parts: Sequence[Part],
    files: Sequence[StoredFile],
    members: Sequence[Member],
    whole: bool,
) -> bytes:
    """manifest.json: each file with its SHA-256, size and rows; each table with its columns, types and what is withheld."""
    rows = {part.path: part.rows for part in parts}
    described = {
        source.table: {
            "rows": rows[f"ndjson/{source.table}.ndjson"],
            "purpose": inventory().tables[source.table].purpose["en"],
            "columns": [{"name": column.name, "type": column.type} for column in source.columns],
            "withheld": list(source.withheld),
        }
        for source in sources
    }
    kept = {
        f"files/{PurePosixPath(file.key).name}": {"content_type": file.content_type, "purpose": file.purpose}
        for file in files
    }
    document = {
        "format": "oktee-export/1",
        "workspace": workspace,
        "requested_at": requested_at.isoformat(),
        "whole": whole,
        "withheld": "Columns of class secret: passwords, tokens, keys and their hashes. They open something; they say nothing.",
        "tables": described,
        "stored_files": kept,
        "members": [asdict(member) for member in members],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)


async def workspace_name(session: AsyncSession) -> str:
    """The name people read."""
    found = await session.scalar(
        text("select name from organizations where id = :org"), {"org": organization_of(session)}
    )
    return str(found)
