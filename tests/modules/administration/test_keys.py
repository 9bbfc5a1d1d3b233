"""Keys rotate under load: nothing fails to open, the old key ends with nothing under it, and its end breaks nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from amazon.connection.connecting import kinds, rows
from factories import make_organization, make_person
from oktee.access.factors import totp
from oktee.amazon.connection import applications, vault
from oktee.amazon.connection.tables import Application
from oktee.kit import key_file, objects, work
from oktee.kit.crypto import Unsealable, kek
from oktee.kit.database import database, global_session, tenant_session
from oktee.kit.keyring import providers, rotation
from oktee.kit.keyring.data_keys import DataKeys, data_keys, ready
from oktee.kit.keyring.forgetting import Forgetting
from oktee.kit.keyring.port import KeysUnavailable
from oktee.kit.settings import settings
from oktee.modules.administration.housekeeping import HOUSEKEEPING
from oktee.modules.administration.keys import acts
from oktee.modules.administration.keys.inventory import OF_HOUSE, OF_ORGANIZATION, PASSING
from oktee.modules.administration.keys.reseal import RESEAL
from oktee.schema import load_tables
from pydantic import SecretStr
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession


async def pieces(body: bytes) -> AsyncIterator[bytes]:
    yield body


@pytest.fixture
def own_keys(stack: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A key file of this test's own, so that rotating it disturbs no other test."""
    path = tmp_path / "keys.json"
    key_file.create(path, origin="test")
    monkeypatch.setenv("KEY_FILE", str(path))
    settings.cache_clear()
    kek.cache_clear()
    data_keys.clear()
    yield path
    monkeypatch.undo()
    settings.cache_clear()
    kek.cache_clear()
    data_keys.clear()


@pytest.fixture
async def organization(own_keys: Path, db: Any) -> UUID:
    return (await make_organization())[0]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A retired key need not be kept for other processes: there are none."""
    monkeypatch.setattr(rotation, "LINGER", timedelta())


async def keep(organization_id: UUID, owner: UUID, word: str) -> None:
    async with tenant_session(organization_id) as session:
        await vault.keep(session, SecretStr(word), kind="refresh_token", owner_type="connection", owner_id=owner)


async def opened(organization_id: UUID, owner: UUID) -> str:
    found = await vault.read(organization_id, kind="refresh_token", owner_id=owner)
    assert found is not None
    return found[0].get_secret_value()


async def run(organization_id: UUID) -> None:
    """The worker, once; a re-dated item is due again at once."""
    async with tenant_session(organization_id) as session:
        await work.schedule(session, RESEAL, "reseal")
    crew = work.Crew([RESEAL])
    await crew.drain("bulk")
    while crew.held:
        await asyncio.wait(crew.held)


async def deks(organization_id: UUID) -> dict[str, int]:
    found = await rows(organization_id, "select state, count(*) as n from organization_deks group by 1")
    return {row.state: row.n for row in found}


async def test_a_data_key_rotates_under_load_and_its_end_breaks_nothing(organization: UUID, at_once: None) -> None:
    other, _ = await make_organization()
    await keep(other, uuid4(), "theirs")
    theirs = await rows(other, "select blob from secrets")
    owners = [uuid4() for _ in range(60)]
    for owner in owners:
        await keep(organization, owner, f"secret of {owner}")
    files = [await objects.put(organization, pieces(bytes([n]) * 300_000), max_bytes=1_000_000) for n in range(4)]
    failed: list[str] = []
    stop = asyncio.Event()
    read = 0

    async def load(number: int) -> None:
        nonlocal read
        while not stop.is_set():
            owner = owners[(number * 7 + read) % len(owners)]
            if await opened(organization, owner) != f"secret of {owner}":
                failed.append(f"secret {owner}")
            if read % 5 == 0:
                await keep(organization, owner, f"secret of {owner}")
            body = b"".join([piece async for piece in objects.open_stream(files[number].key)])
            if body != bytes([number]) * 300_000:
                failed.append(f"file {number}")
            read += 1

    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(load(number))
        for _ in range(3):
            await acts.rotate_data_key(organization)
            await run(organization)
            await run(organization)
        before = read
        while read < before + 20:
            await asyncio.sleep(0.01)
        stop.set()
    assert failed == []
    await run(organization)
    assert await deks(organization) == {"active": 1, "destroyed": 3}
    async with tenant_session(organization) as session:
        [(active, wrapped)] = (
            await session.execute(text("select id, wrapped from organization_deks where state = 'active'"))
        ).all()
        assert set(await rotation.uses(session, OF_ORGANIZATION)) == {UUID(int=active.int)}
        assert wrapped
        gone = await session.execute(
            text("select octet_length(wrapped) from organization_deks where state = 'destroyed'")
        )
        assert set(gone.scalars()) == {0}
    data_keys.clear()
    for owner in owners:
        assert await opened(organization, owner) == f"secret of {owner}"
    for number, stored in enumerate(files):
        assert b"".join([p async for p in objects.open_stream(stored.key)]) == bytes([number]) * 300_000
    assert await rows(other, "select blob from secrets") == theirs
    log = await kinds(organization)
    assert (log.count("keys.rotated"), log.count("keys.destroyed")) == (3, 3)
    assert "vault.aad_failure" not in log


async def test_a_retired_key_lingers_for_processes_that_still_seal_with_it(organization: UUID) -> None:
    owner = uuid4()
    await keep(organization, owner, "x")
    [stale] = await rows(organization, "select id from organization_deks")
    kept = data_keys.find(organization, UUID(int=stale.id.int))
    assert kept is not None
    await acts.rotate_data_key(organization)
    data_keys.keep(organization, UUID(int=stale.id.int), kept, active=True)  # another process, which has not noticed
    late = uuid4()
    await keep(organization, late, "late")
    await run(organization)
    assert await deks(organization) == {"active": 1, "decrypt_only": 1}
    assert await opened(organization, late) == "late"


async def test_what_does_not_open_keeps_its_key_and_is_on_the_record(organization: UUID, at_once: None) -> None:
    good, bad = uuid4(), uuid4()
    await keep(organization, good, "good")
    await keep(organization, bad, "bad")
    async with tenant_session(organization) as session:
        await session.execute(
            text("update secrets set blob = set_byte(blob, 40, get_byte(blob, 40) # 1) where owner_id = :owner"),
            {"owner": bad},
        )
    await acts.rotate_data_key(organization)
    await run(organization)
    assert await deks(organization) == {"active": 1, "decrypt_only": 1}
    assert await opened(organization, good) == "good"
    assert "vault.aad_failure" in await kinds(organization)


async def test_encryptions_are_counted_and_an_old_or_worn_key_is_replaced_by_housekeeping(organization: UUID) -> None:
    for _ in range(3):
        await keep(organization, uuid4(), "x")
    assert [row.enc_count for row in await rows(organization, "select enc_count from organization_deks")] == [3]
    for due in ("enc_count = 1 << 30", "created_at = now() - interval '366 days'"):
        async with tenant_session(organization) as session:
            await session.execute(text(f"update organization_deks set {due} where state = 'active'"))
            await work.schedule(session, HOUSEKEEPING, "daily")
        crew = work.Crew([HOUSEKEEPING])
        await crew.drain("bulk")
        while crew.held:
            await asyncio.wait(crew.held)
        async with tenant_session(organization) as session:
            assert not await rotation.is_due(session)
    assert await deks(organization) == {"active": 1, "decrypt_only": 2}


async def test_a_rotation_of_the_kek_wraps_anew_and_the_old_one_can_be_forgotten(
    organization: UUID, own_keys: Path
) -> None:
    person, owner = await make_person(factor=False), uuid4()
    await keep(organization, owner, "secret")
    blob = (await rows(organization, "select blob from secrets"))[0].blob
    async with global_session() as session:
        application = await applications.register(session, registration())
        await totp.add_totp(session, person.id, "JBSWY3DPEHPK3PXP", name="phone", confirmed=True)
    old = str(kek().active)
    assert (await acts.references())[old] >= 3
    with pytest.raises(acts.KeyInUse, match="active"):
        await acts.revoke(old)
    done = await acts.rotate_kek()
    assert done.broken == []
    assert done.data_keys >= 1
    assert done.house_secrets == 2
    assert (await acts.references())[old] == 0
    assert (await rows(organization, "select blob from secrets"))[0].blob == blob, "data is not touched"
    assert "removed" in await acts.revoke(old)
    assert UUID(old) not in key_file.read(own_keys).keys
    kek.cache_clear()
    data_keys.clear()
    assert await opened(organization, owner) == "secret"
    async with global_session() as session:
        row = await session.get_one(Application, application)
        assert kek().unwrap(row.secret_blob, OF_HOUSE[0].bound(row)) == b"client-secret-of-ours"
    found = await acts.status()
    assert (found.active, found.keks[found.active] >= 3, old in found.keks) == (str(kek().active), True, False)
    with pytest.raises(acts.NoSuchKey):
        await acts.revoke("nobody")


async def test_a_key_under_which_something_does_not_open_is_never_forgotten(organization: UUID, own_keys: Path) -> None:
    async with global_session() as session:
        await applications.register(session, registration())
        await session.execute(text("update applications set secret_blob = set_byte(secret_blob, 50, 0) "))
        await session.execute(
            text("update applications set secret_blob = set_byte(secret_blob, 51, get_byte(secret_blob, 51) # 1)")
        )
    old = str(kek().active)
    done = await acts.rotate_kek()
    assert [each.split(" ")[0] for each in done.broken] == ["applications"]
    with pytest.raises(acts.KeyInUse):
        await acts.revoke(old)
    assert UUID(old) in key_file.read(own_keys).keys


async def test_revoking_a_data_key_replaces_it(organization: UUID, at_once: None) -> None:
    await keep(organization, uuid4(), "x")
    [row] = await rows(organization, "select id from organization_deks")
    await acts.revoke(str(row.id))
    await run(organization)
    assert await deks(organization) == {"active": 1, "destroyed": 1}


async def test_without_the_key_service_what_is_cached_opens_and_nothing_new_does(
    organization: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away(providers.LocalProvider):
        away = False

        async def wrap(self, data_key: bytes, bound_to: bytes) -> bytes:
            if self.away:
                raise KeysUnavailable("The key service does not answer.")
            return await super().wrap(data_key, bound_to)

        async def unwrap(self, blob: bytes, bound_to: bytes) -> bytes:
            if self.away:
                raise KeysUnavailable("The key service does not answer.")
            return await super().unwrap(blob, bound_to)

    service = Away()
    watch(monkeypatch, service)
    owner, (fresh, _) = uuid4(), await make_organization()
    await keep(organization, owner, "cached")
    service.away = True
    assert await opened(organization, owner) == "cached"
    await keep(organization, uuid4(), "sealed with the cached key")
    with pytest.raises(KeysUnavailable) as refused:
        await keep(fresh, uuid4(), "new")
    assert refused.value.status == 503
    assert await rows(fresh, "select 1 from organization_deks") == []
    data_keys.clear()
    with pytest.raises(KeysUnavailable):
        await opened(organization, owner)
    service.away = False
    assert await opened(organization, owner) == "cached"


class Watched(providers.LocalProvider):
    """Notes how many transactions were open in the database while it was asked."""

    def __init__(self, organization_id: UUID) -> None:
        self.asked: list[str] = []
        self.open: list[str] = []
        self._organization = organization_id

    async def _look(self, what: str) -> None:
        self.asked.append(what)
        async with database.autocommit() as connection:
            found = await connection.execute(
                text("select query from pg_stat_activity where state like 'idle in transaction%'")
            )
            self.open += [f"{what}: {row.query}" for row in found]

    async def wrap(self, data_key: bytes, bound_to: bytes) -> bytes:
        await self._look("wrap")
        return await super().wrap(data_key, bound_to)

    async def unwrap(self, blob: bytes, bound_to: bytes) -> bytes:
        await self._look("unwrap")
        return await super().unwrap(blob, bound_to)

    async def kek_ids(self) -> tuple[str, ...]:
        await self._look("kek_ids")
        return await super().kek_ids()


def watch(monkeypatch: pytest.MonkeyPatch, service: providers.LocalProvider) -> None:
    for module in ("acts", "rotation", "data_keys", "providers"):
        where = "oktee.modules.administration.keys" if module == "acts" else "oktee.kit.keyring"
        monkeypatch.setattr(f"{where}.{module}.provider", lambda: service)


async def test_no_transaction_is_open_while_the_key_service_is_asked(
    organization: UUID, own_keys: Path, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, owner = Watched(organization), uuid4()
    watch(monkeypatch, service)
    await ready(organization)  # makes the key
    await keep(organization, owner, "secret")
    data_keys.clear()
    await ready(organization)  # unwraps it
    await keep(organization, owner, "secret")
    assert service.asked == ["wrap", "unwrap"]
    data_keys.clear()
    assert await opened(organization, owner) == "secret"
    data_keys.clear()
    stored = await objects.put(organization, pieces(b"file"), max_bytes=100)
    await acts.rotate_data_key(organization)
    await run(organization)
    await objects.seal_anew(stored.key)
    await acts.rotate_kek()
    async with tenant_session(organization) as session:
        await session.execute(text("update organization_deks set enc_count = 1 << 30 where state = 'active'"))
    monkeypatch.setattr(work.Item, "guard", guarded)
    assert await acts.rotate_if_due(work.Item("k", organization, "k", 0, 0))
    assert len(service.asked) > 8
    assert service.open == []


async def guarded(item: work.Item, session: AsyncSession) -> None:
    """The item is held."""


async def test_a_key_that_ends_soon_is_renewed_before_the_transaction(
    organization: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ready(organization)
    service = Watched(organization)
    watch(monkeypatch, service)
    found = data_keys.find_active(organization)
    assert found is not None
    await ready(organization)
    assert service.asked == []
    until, owner, key = data_keys._keys[found[0]]
    data_keys._keys[found[0]] = (until - 250, owner, key)
    await ready(organization)
    assert service.asked == ["unwrap"]


async def test_a_key_service_that_hangs_holds_a_transaction_for_a_moment_only(
    organization: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hanging(providers.LocalProvider):
        async def wrap(self, data_key: bytes, bound_to: bytes) -> bytes:
            await asyncio.sleep(60)
            return b""

    watch(monkeypatch, Hanging())
    monkeypatch.setattr("oktee.kit.keyring.data_keys.IN_TRANSACTION", 0.05)
    with pytest.raises(KeysUnavailable, match="in time"):
        await keep(organization, uuid4(), "never made ready")
    assert await rows(organization, "select 1 from organization_deks") == []


async def test_shredded_keys_leave_secrets_and_files_shut(organization: UUID) -> None:
    owner = uuid4()
    await keep(organization, owner, "secret")
    stored = await objects.put(organization, pieces(b"file"), max_bytes=100)
    async with tenant_session(organization) as session:
        assert await rotation.shred(session) == 1
    with pytest.raises(Unsealable):
        await opened(organization, owner)
    with pytest.raises(Unsealable):
        [piece async for piece in objects.open_stream(stored.key)]


@pytest.fixture
async def other_process(stack: Any, organization: UUID, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DataKeys]:
    """The data keys of another process, which listens."""
    theirs = DataKeys()
    theirs.keep(organization, uuid4(), b"from before it listened", active=True)
    listener = Forgetting(theirs)
    monkeypatch.setattr(work.bells, "_url", stack.valkey_url)
    listener.start()
    async with asyncio.timeout(5):
        while theirs.find_active(organization) is not None:
            await asyncio.sleep(0)
    yield theirs
    await listener.stop()
    await work.bells.close()


async def test_destroyed_keys_leave_the_memory_of_every_process_at_once(
    organization: UUID, other_process: DataKeys
) -> None:
    elsewhere, _ = await make_organization()
    key_id, key = uuid4(), b"k" * 32
    other_process.keep(organization, key_id, key, active=True)
    other_process.keep(elsewhere, uuid4(), key, active=True)
    read_before = other_process.epoch
    async with tenant_session(organization) as session:
        await rotation.shred(session)
    async with asyncio.timeout(5):
        while other_process.find(organization, key_id) is not None:
            await asyncio.sleep(0)
    assert other_process.find_active(elsewhere) is not None
    other_process.keep(organization, key_id, key, active=True, epoch=read_before)
    assert other_process.find(organization, key_id) is None, "unwrapped before, kept after: it stays forgotten"


def test_every_column_of_sealed_blobs_rotates() -> None:
    """By name: what is sealed is called a blob; the two tables of older names are listed."""
    from oktee.kit.database import Base

    load_tables()
    sealed = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name == "blob" or column.name.endswith("_blob")
    }
    known = {f"{column.table}.{column.column}" for column in (*OF_ORGANIZATION, *OF_HOUSE)}
    assert sorted(sealed - known - PASSING) == [], "add these to modules/administration/keys/inventory.py"
    assert sorted(known - sealed) == ["ingest_rejects.payload"]


def registration() -> applications.Registration:
    return applications.Registration(
        name="Ours", kind="live", region="EU", application_id="amzn1.sp.solution.x", client_id=f"client-{uuid4()}",
        client_secret=SecretStr("client-secret-of-ours"), roles=("Amazon Fulfillment",), token_url="https://lwa.test",
        endpoint="https://sp.test", consent_url="{vendor_central}/x", draft=False,
    )  # fmt: skip


async def test_every_organization_is_rewrapped_by_one_command(organization: UUID, own_keys: Path) -> None:
    other, _ = await make_organization()
    for each in (organization, other):
        await keep(each, uuid4(), "x")
    done = await acts.rotate_kek()
    assert done.data_keys == 2
    for each in (organization, other):
        assert "keys.rewrapped" in await kinds(each)
        async with tenant_session(each) as session:
            ids = await session.scalars(select(rotation.OrganizationDek.kek_id))
            assert set(ids) == {str(kek().active)}
