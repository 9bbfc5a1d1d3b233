"""The vault: what is sealed opens for its owner alone, and a wrong opening is on the record."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from amazon.connection.connecting import kinds, rows
from factories import make_organization
from oktee.amazon.connection import vault
from oktee.kit.crypto import Unsealable
from oktee.kit.database import tenant_session
from oktee.kit.keyring.data_keys import MOST_KEPT, DataKeys, data_keys
from pydantic import SecretStr
from sqlalchemy import text

SECRET = SecretStr("Atzr|secret-of-the-vendor")


@pytest.fixture
async def organization(db: Any) -> UUID:
    return (await make_organization())[0]


async def _keep(organization_id: UUID, owner: UUID, plain: SecretStr = SECRET) -> int:
    async with tenant_session(organization_id) as session:
        return await vault.keep(session, plain, kind="refresh_token", owner_type="connection", owner_id=owner)


async def _read(organization_id: UUID, owner: UUID) -> tuple[str, int] | None:
    found = await vault.read(organization_id, kind="refresh_token", owner_id=owner)
    return (found[0].get_secret_value(), found[1]) if found else None


async def _blob(organization_id: UUID) -> bytes:
    return bytes((await rows(organization_id, "select blob from secrets"))[0].blob)


async def test_a_secret_opens_again_also_after_a_restart(organization: UUID) -> None:
    owner = uuid4()
    assert await _read(organization, owner) is None
    await _keep(organization, owner)
    assert SECRET.get_secret_value().encode() not in await _blob(organization)
    assert await _read(organization, owner) == (SECRET.get_secret_value(), 1)
    data_keys.clear()
    assert await _read(organization, owner) == (SECRET.get_secret_value(), 1)


async def test_a_new_value_is_a_new_version_and_the_old_blob_no_longer_opens_in_its_place(organization: UUID) -> None:
    owner = uuid4()
    await _keep(organization, owner)
    old = await _blob(organization)
    assert await _keep(organization, owner, SecretStr("Atzr|renewed")) == 2
    assert await _read(organization, owner) == ("Atzr|renewed", 2)
    async with tenant_session(organization) as session:
        await session.execute(text("update secrets set blob = :blob"), {"blob": old})
    with pytest.raises(Unsealable):
        await _read(organization, owner)
    assert (await kinds(organization))[-1] == "vault.aad_failure"


async def test_blobs_swapped_between_organizations_do_not_open(organization: UUID) -> None:
    owner, (other, _) = uuid4(), await make_organization()
    await _keep(organization, owner)
    await _keep(other, owner, SecretStr("Atzr|of-the-other"))
    ours, theirs = await _blob(organization), await _blob(other)
    for mine, blob in ((organization, theirs), (other, ours)):
        async with tenant_session(mine) as session:
            await session.execute(text("update secrets set blob = :blob"), {"blob": blob})
        with pytest.raises(Unsealable):
            await _read(mine, owner)
        assert (await kinds(mine))[-1] == "vault.aad_failure"


@pytest.mark.parametrize(
    ("kind", "own", "version"), [("access_token", True, 1), ("refresh_token", False, 1), ("refresh_token", True, 2)]
)
async def test_another_kind_owner_or_version_does_not_open(
    organization: UUID, kind: str, own: bool, version: int
) -> None:
    owner = uuid4()
    await _keep(organization, owner)
    blob = await _blob(organization)
    with pytest.raises(Unsealable):
        await vault.open_sealed(organization, blob, kind=kind, owner_id=owner if own else uuid4(), version=version)


async def test_every_byte_of_a_blob_counts(organization: UUID) -> None:
    owner = uuid4()
    await _keep(organization, owner)
    blob = await _blob(organization)
    for place in range(len(blob)):
        broken = blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :]
        with pytest.raises(Unsealable):
            await vault.open_sealed(organization, broken, kind="refresh_token", owner_id=owner, version=1)


async def test_an_unknown_version_byte_is_named(organization: UUID) -> None:
    with pytest.raises(Unsealable, match="unknown version"):
        await vault.open_sealed(organization, b"\x02" + bytes(60), kind="refresh_token", owner_id=uuid4(), version=1)


async def test_an_organization_has_one_active_key_however_many_begin_at_once(organization: UUID) -> None:
    await asyncio.gather(*(_keep(organization, uuid4()) for _ in range(8)))
    assert len(await rows(organization, "select 1 from organization_deks")) == 1


async def test_a_key_of_a_transaction_that_failed_seals_nothing(organization: UUID) -> None:
    async def failing() -> None:
        async with tenant_session(organization) as session:
            for owner in (uuid4(), uuid4()):
                await vault.keep(session, SECRET, kind="refresh_token", owner_type="connection", owner_id=owner)
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await failing()
    assert data_keys.find_active(organization) is None
    owner = uuid4()
    await _keep(organization, owner)
    assert await _read(organization, owner) == (SECRET.get_secret_value(), 1)


async def test_without_its_data_key_a_secret_stays_shut(organization: UUID) -> None:
    owner = uuid4()
    await _keep(organization, owner)
    async with tenant_session(organization) as session:
        await session.execute(text("update organization_deks set state = 'destroyed'"))
    data_keys.clear()
    with pytest.raises(Unsealable):
        await _read(organization, owner)


def test_the_process_keeps_a_thousand_keys_at_most() -> None:
    kept = DataKeys()
    ids = [uuid4() for _ in range(MOST_KEPT + 5)]
    for each in ids:
        kept.keep(each, each, b"k", active=True)
    assert kept.find_active(ids[0]) is None
    assert kept.find_active(ids[-1]) == (ids[-1], b"k")
    assert sum(kept.find(each, each) is not None for each in ids) == MOST_KEPT
