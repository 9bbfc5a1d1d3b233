"""Files of organizations: sealed where they are kept, whole or not there, found by their rows, in a folder and in S3."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import boto3
import pytest
from factories import make_organization
from moto import mock_aws
from oktee.kit import objects
from oktee.kit.crypto import Unsealable
from oktee.kit.database import tenant_session
from oktee.kit.errors import TooLarge
from oktee.kit.keyring.data_keys import data_keys
from oktee.kit.settings import settings
from oktee.kit.storage.content import WrongContent
from oktee.kit.storage.sealed import CHUNK, HEADER, TAG
from sqlalchemy import text

BUCKET = "oktee-test"
BODY = bytes(range(256)) * 3000  # three chunks


async def pieces(body: bytes, size: int = 50_000) -> AsyncIterator[bytes]:
    for place in range(0, len(body), size):
        yield body[place : place + size]


async def whole(key: str) -> bytes:
    return b"".join([piece async for piece in objects.open_stream(key)])


@pytest.fixture(params=["folder", "s3"])
def where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Both stores behave alike; S3 is moto's."""
    objects.store.cache_clear()
    if request.param == "folder":
        yield "folder"
        objects.store.cache_clear()
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("OBJECTS_URL", f"s3://{BUCKET}/files")
    monkeypatch.setenv("OBJECTS_REGION", "eu-west-3")
    monkeypatch.setenv("OBJECTS_SSE", "AES256")
    settings.cache_clear()
    with mock_aws():
        boto3.client("s3", region_name="eu-west-3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"}
        )
        yield "s3"
    monkeypatch.undo()
    settings.cache_clear()
    objects.store.cache_clear()


@pytest.fixture
async def organization(db: Any) -> UUID:
    return (await make_organization())[0]


def raw(key: str) -> bytes:
    stream = objects.store().open(key)
    body = b""
    while more := stream.read(1 << 20):
        body += more
    stream.close()
    return body


def put_raw(key: str, body: bytes) -> None:
    upload = objects.store().begin(key)
    upload.write(body)
    upload.finish()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, len(BODY)])
async def test_a_file_comes_back_as_it_was_and_is_sealed_where_it_is_kept(
    organization: UUID, where: str, size: int
) -> None:
    body = BODY[:size]
    stored = await objects.put(organization, pieces(body), max_bytes=10_000_000)
    assert (stored.size, stored.sha256) == (size, hashlib.sha256(body).hexdigest())
    assert stored.key.startswith(f"{organization}/")
    data_keys.clear()
    assert await whole(stored.key) == body
    if size > 64:
        assert body[:64] not in raw(stored.key)


async def test_a_large_file_passes_s3_in_parts_and_can_be_read_from_anywhere(organization: UUID, where: str) -> None:
    body = BODY * 14  # more than one part of 8 MiB
    stored = await objects.put(organization, pieces(body, 1_000_000), max_bytes=20_000_000)
    async with objects.reading(stored.key) as file:
        for place in (len(body) - 10, 5 * CHUNK - 3, 0, CHUNK, 3 * CHUNK + 7):
            await asyncio.to_thread(file.seek, place)
            assert await asyncio.to_thread(file.read, 20) == body[place : place + 20]
            assert file.tell() == min(place + 20, len(body))


@pytest.mark.parametrize(
    "broken",
    [
        lambda body: body[:-1],
        lambda body: body[: HEADER + CHUNK + TAG],  # whole chunks, the last one missing
        lambda body: body[:HEADER],
        lambda body: body[:5],
        lambda body: b"",
        lambda body: body + b"x",
        lambda body: body + body[HEADER : HEADER + CHUNK + TAG],
        lambda body: (
            body[:HEADER]
            + body[HEADER + CHUNK + TAG : HEADER + 2 * (CHUNK + TAG)]
            + body[HEADER : HEADER + CHUNK + TAG]
            + body[HEADER + 2 * (CHUNK + TAG) :]
        ),  # two chunks swapped
        lambda body: body[:40] + bytes([body[40] ^ 1]) + body[41:],
        lambda body: body[:20] + bytes([body[20] ^ 1]) + body[21:],  # the salt
        lambda body: b"\x02" + body[1:],
    ],
)
async def test_a_body_that_was_cut_lengthened_reordered_or_changed_does_not_open(
    organization: UUID, broken: Any
) -> None:
    objects.store.cache_clear()
    stored = await objects.put(organization, pieces(BODY), max_bytes=10_000_000)
    put_raw(stored.key, broken(raw(stored.key)))
    with pytest.raises(Unsealable):
        await whole(stored.key)


async def test_a_body_does_not_open_under_another_key_or_organization(organization: UUID, where: str) -> None:
    other, _ = await make_organization()
    mine = await objects.put(organization, pieces(BODY), max_bytes=10_000_000)
    twin = await objects.put(organization, pieces(BODY), max_bytes=10_000_000)
    theirs = await objects.put(other, pieces(BODY), max_bytes=10_000_000)
    body = raw(mine.key)
    for key in (twin.key, theirs.key):
        put_raw(key, body)
        with pytest.raises(Unsealable):
            await whole(key)


async def test_nothing_is_kept_of_what_is_too_large_wrong_or_broken_off(organization: UUID, where: str) -> None:
    async def breaks() -> AsyncIterator[bytes]:
        yield b"a" * 20_000_000
        raise ConnectionResetError("the browser went away")

    for stream, kind, error in (
        (pieces(BODY), "application/octet-stream", TooLarge),
        (pieces(b"%PDF-1.7 " + b"x" * 9000), "text/csv", WrongContent),
        (breaks(), "text/csv", ConnectionResetError),
    ):
        limit = 1000 if error is TooLarge else 30_000_000
        with pytest.raises(error):
            await objects.put(organization, stream, max_bytes=limit, content_type=kind)
    assert await objects.list_keys(organization) == []
    async with tenant_session(organization) as session:
        assert await session.scalar(text("select count(*) from stored_objects")) == 0


async def test_rows_say_what_is_kept_for_what_and_until_when(organization: UUID, where: str) -> None:
    until = datetime.now(UTC) + timedelta(days=3)
    stored = await objects.put(
        organization, pieces(b"a,b\n1,2\n"), max_bytes=100, content_type="text/csv", purpose="import", expires_at=until
    )
    found = await objects.find(stored.key)
    assert (found.purpose, found.content_type, found.size, found.expires_at) == ("import", "text/csv", 8, until)
    assert found.sha256 == hashlib.sha256(b"a,b\n1,2\n").digest()


async def test_deletion_takes_one_file_or_all_of_an_organization_and_no_other(organization: UUID, where: str) -> None:
    other, _ = await make_organization()
    kept = await objects.put(other, pieces(b"theirs"), max_bytes=100)
    mine = [await objects.put(organization, pieces(b"mine"), max_bytes=100) for _ in range(3)]
    await objects.delete(mine[0].key)
    await objects.delete(mine[0].key)
    with pytest.raises(FileNotFoundError):
        await whole(mine[0].key)
    assert await objects.list_keys(organization) == sorted(each.key for each in mine[1:])
    assert await objects.delete_prefix(organization) == 2
    assert await objects.list_keys(organization) == []
    assert await whole(kept.key) == b"theirs"


async def test_the_sweep_takes_what_is_over_unfinished_or_without_a_row(
    organization: UUID, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    over = await objects.put(organization, pieces(b"over"), max_bytes=100, expires_at=past)
    kept = await objects.put(organization, pieces(b"kept"), max_bytes=100)
    stuck = await objects.put(organization, pieces(b"stuck"), max_bytes=100)
    lost = f"{organization}/lost"
    put_raw(lost, b"no row knows me")
    async with tenant_session(organization) as session:
        await session.execute(
            text(
                "update stored_objects set stored_at = null, created_at = now() - interval '25 hours' where key = :key"
            ),
            {"key": stuck.key},
        )
    assert await objects.sweep(organization) == 2  # the lost one is young: it may be an upload under way
    monkeypatch.setattr(objects, "UNFINISHED", timedelta(seconds=-5))
    assert await objects.sweep(organization) == 1
    assert await objects.list_keys(organization) == [kept.key]
    assert over.key != kept.key


async def test_an_organization_never_finds_the_file_of_another(organization: UUID) -> None:
    other, _ = await make_organization()
    theirs = await objects.put(other, pieces(b"theirs"), max_bytes=100)
    forged = f"{organization}/{theirs.key.split('/')[1]}"
    with pytest.raises(FileNotFoundError):
        await whole(forged)
    with pytest.raises(ValueError):
        objects.store().delete("../../outside")


async def test_a_store_that_is_away_is_said_to_be_away(
    organization: UUID, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("OBJECTS_URL", "s3://bucket/prefix")
    monkeypatch.setenv("OBJECTS_REGION", "eu-west-3")
    monkeypatch.setenv("OBJECTS_ENDPOINT", f"http://127.0.0.1:{unused_tcp_port}")
    settings.cache_clear()
    objects.store.cache_clear()
    try:
        with pytest.raises(objects.StoreUnavailable):
            await objects.put(organization, pieces(b"x"), max_bytes=100)
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        objects.store.cache_clear()
    async with tenant_session(organization) as session:
        assert await session.scalar(text("select count(*) from stored_objects where stored_at is not null")) == 0
