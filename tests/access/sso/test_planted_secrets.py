"""Secrets planted in a run: dumped afterwards, no table and no file holds them, in any of the ways they could be written."""

import base64
import gzip
import secrets
import zlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

import asyncpg
from access.sso.conftest import Company
from conftest import Stack
from factories import make_person, open_browser
from oktee.access.factors.totp import put_totp
from oktee.amazon.connection import applications, vault
from oktee.kit import objects
from oktee.kit.database import global_session, tenant_session
from oktee.kit.settings import settings
from oktee.notify.mail import send_mail
from pydantic import SecretStr
from sqlalchemy import text

TABLES = """select format('%I', relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and c.relkind in ('r', 'p') and not relispartition"""


def written(secret: str) -> dict[str, bytes]:
    """Every way a secret could lie about: as it is, base64 at each offset, hex, url-encoded. Case does not hide it."""
    raw = secret.encode()
    found = {"raw": raw, "hex": raw.hex().encode(), "url": quote_plus(secret).encode(), "reversed": raw[::-1]}
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw)
        # What is the same whatever stands before and after: the middle.
        found[f"base64+{offset}"] = encoded[4 if offset else 0 : -4]
        found[f"base64url+{offset}"] = base64.urlsafe_b64encode(b"\0" * offset + raw)[4 if offset else 0 : -4]
    return {name: value.lower() for name, value in found.items()}


def unpacked(value: bytes) -> list[bytes]:
    """A value, and what it holds when it is compressed."""
    found = [value]
    for open_it in (gzip.decompress, zlib.decompress):
        try:
            found.append(open_it(value))
        except (OSError, EOFError, zlib.error):
            continue
    return found


def holds(value: bytes, words: dict[str, bytes]) -> list[str]:
    return [name for name, word in words.items() for each in unpacked(value) if word in each.lower()]


async def dump(dsn: str) -> AsyncIterator[tuple[str, bytes]]:
    """Every cell of every table: those of each organization, and those of none."""
    connection = await asyncpg.connect(dsn)
    try:
        organizations = [str(row["id"]) for row in await connection.fetch("select id from organizations")]
        for organization in ["", *organizations]:
            await connection.execute("select set_config('app.organization_id', $1, false)", organization)
            for [table] in await connection.fetch(TABLES):
                for row in await connection.fetch(f"select * from {table}"):
                    for column, value in row.items():
                        yield f"{table}.{column}", value if isinstance(value, bytes) else str(value).encode()
    finally:
        await connection.close()


def test_the_search_finds_a_secret_however_it_is_written() -> None:
    secret = "canary-7f3a9c1e5b"
    raw = secret.encode()
    for hidden in (
        b"xx" + raw, base64.b64encode(b"a" + raw + b"zz"), base64.urlsafe_b64encode(b"ab" + raw), raw.hex().upper().encode(),
        gzip.compress(b"before " + raw), zlib.compress(raw), quote_plus(secret).encode(),
    ):  # fmt: skip
        assert holds(hidden, written(secret)), hidden
    assert holds(b"nothing of it", written(secret)) == []


async def test_no_table_and_no_file_holds_a_planted_secret(company: Company, db: Stack) -> None:
    planted = {
        name: f"{name}-{secrets.token_hex(12)}"
        for name in ("refresh-token", "application-secret", "sso-secret", "file", "mail", "password", "factor-seed")
    }
    planted["factor-seed"] = base64.b32encode(secrets.token_bytes(20)).decode()
    organization = company.owner.organization_id
    async with tenant_session(organization) as session:
        await vault.keep(
            session,
            SecretStr(planted["refresh-token"]),
            kind="refresh_token",
            owner_type="connection",
            owner_id=uuid4(),
        )
        values = {
            "name": planted["mail"],
            "what": "password_changed",
            "at": "now",
            "reset": "r",
            "profile": "p",
            "address": "",
            "device": "",
        }
        await send_mail(
            session,
            to=f"{planted['mail']}@example.com",
            template="account_notice",
            locale="en",
            values=values,
            organization_id=organization,
        )
    async with global_session() as session:
        await applications.register(session, registration(planted["application-secret"]))
    assert (await company.configure(client_secret=planted["sso-secret"])).status_code == 200
    person = await make_person(factor=False)
    await put_totp(person.id, planted["factor-seed"])

    async def body() -> AsyncIterator[bytes]:
        yield planted["file"].encode() * 20

    stored = await objects.put(organization, body(), max_bytes=10_000)
    async with open_browser(company.app) as browser:
        await browser.post("/api/v1/session", json={"email": person.email, "password": planted["password"]})

    found: list[str] = []
    cells = 0
    async for place, value in dump(db.owner_dsn):
        cells += 1
        for name, secret in planted.items():
            found += [f"{place}: {name} ({how})" for how in holds(value, written(secret))]
    for path in settings().objects_dir.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for name, secret in planted.items():
                found += [f"{path.name}: {name} ({how})" for how in holds(content, written(secret))]
    assert found == []
    assert cells > 300
    async with tenant_session(organization) as session:
        assert await session.scalar(text("select count(*) from secrets")) == 2
    assert await body_of(stored.key) == planted["file"].encode() * 20


async def body_of(key: str) -> bytes:
    return b"".join([piece async for piece in objects.open_stream(key)])


def registration(secret: str) -> Any:
    return applications.Registration(
        name="Ours", kind="live", region="EU", application_id="amzn1.sp.solution.x", client_id=f"client-{uuid4()}",
        client_secret=SecretStr(secret), roles=("Amazon Fulfillment",), token_url="https://lwa.test",
        endpoint="https://sp.test", consent_url="{vendor_central}/x", draft=False,
    )  # fmt: skip
