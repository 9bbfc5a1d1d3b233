"""The providers of key-encryption keys: each opens only what it sealed, for whom it sealed it, and says when it is away."""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from kit.keyring.vault_stub import TOKEN, VaultStub
from moto import mock_aws
from oktee.kit import key_file
from oktee.kit.crypto import LocalKek, Unsealable, aad, kek
from oktee.kit.keyring import providers
from oktee.kit.keyring.aws_kms import AwsKms, encryption_context
from oktee.kit.keyring.local import LocalProvider
from oktee.kit.keyring.port import KekProvider, KeysUnavailable
from oktee.kit.keyring.vault_transit import VaultTransit
from oktee.kit.settings import settings
from pydantic import SecretStr

REGION = "eu-west-3"
KEY = os.urandom(32)
BOUND = aad("dek", "organization-1", "key-1")


@dataclass
class Given:
    """A provider, how to rotate its key, and how it was before (where that can be asked)."""

    provider: KekProvider
    rotate: Any


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("kms", region_name=REGION)


@pytest.fixture(params=["local", "aws-kms", "vault-transit"])
async def given(
    request: pytest.FixtureRequest, aws: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stack: Any
) -> AsyncIterator[Given]:
    if request.param == "local":
        path = tmp_path / "keys.json"
        key_file.create(path, origin="test")
        monkeypatch.setenv("KEY_FILE", str(path))
        settings.cache_clear()
        kek.cache_clear()
        yield Given(LocalProvider(), lambda provider: (key_file.add_key(path), provider)[1])
        monkeypatch.undo()
        settings.cache_clear()
        kek.cache_clear()
    elif request.param == "aws-kms":
        first = aws.create_key()["KeyMetadata"]["Arn"]

        def rotate(provider: KekProvider) -> KekProvider:
            second = aws.create_key()["KeyMetadata"]["Arn"]
            return AwsKms((second, first), region=REGION)

        yield Given(AwsKms((first,), region=REGION), rotate)
    else:
        vault = VaultStub()
        made = VaultTransit("http://vault.test", "oktee", token=SecretStr(TOKEN), transport=vault)
        yield Given(made, lambda provider: (vault.rotate(), provider)[1])


async def test_a_key_comes_back_for_its_owner_alone(given: Given) -> None:
    blob = await given.provider.wrap(KEY, BOUND)
    assert KEY not in blob
    assert blob[:1] == given.provider.version
    assert await given.provider.unwrap(blob, BOUND) == KEY
    with pytest.raises(Unsealable):
        await given.provider.unwrap(blob, aad("dek", "organization-2", "key-1"))


async def test_a_damaged_blob_never_opens(given: Given) -> None:
    blob = await given.provider.wrap(KEY, BOUND)
    for place in range(0, len(blob), 5):
        broken = blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :]
        with pytest.raises((Unsealable, KeysUnavailable)):  # a damaged key name may be one the service does not know
            await given.provider.unwrap(broken, BOUND)
    for cut in (0, 1, 3, len(blob) - 1):
        with pytest.raises((Unsealable, KeysUnavailable)):
            await given.provider.unwrap(blob[:cut], BOUND)


async def test_after_a_rotation_the_new_key_seals_and_the_old_one_still_opens(given: Given) -> None:
    blob = await given.provider.wrap(KEY, BOUND)
    old = given.provider.kek_of(blob)
    assert (await given.provider.kek_ids())[0] == old
    provider = given.rotate(given.provider)
    active, *others = await provider.kek_ids()
    assert others == [old]
    assert await provider.unwrap(blob, BOUND) == KEY
    assert provider.kek_of(await provider.wrap(KEY, BOUND)) == active != old


async def test_kms_is_told_what_a_key_is_for_and_the_context_holds_no_secret() -> None:
    assert encryption_context(BOUND, "alias/oktee") == {
        "application": "oktee", "purpose": "dek", "owner": "organization-1/key-1", "key": "alias/oktee",
    }  # fmt: skip


async def test_a_kms_that_refuses_is_unavailable_not_broken(aws: Any) -> None:
    stranger = AwsKms(("alias/nobody",), region=REGION)
    with pytest.raises(KeysUnavailable):
        await stranger.wrap(KEY, BOUND)


async def test_without_an_answer_from_kms_nothing_is_sealed(
    monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    away = AwsKms(("alias/oktee",), region=REGION, endpoint=f"http://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(KeysUnavailable):
        await away.wrap(KEY, BOUND)


async def test_a_vault_that_is_sealed_away_or_forbids_is_unavailable_not_broken(tmp_path: Path) -> None:
    vault = VaultStub()
    provider = VaultTransit("http://vault.test", "oktee", token=SecretStr(TOKEN), namespace="eu", transport=vault)
    blob = await provider.wrap(KEY, BOUND)
    assert vault.requests[-1].headers["X-Vault-Namespace"] == "eu"
    vault.sealed = True
    with pytest.raises(KeysUnavailable):
        await provider.unwrap(blob, BOUND)
    vault.sealed, vault.away = False, True
    with pytest.raises(KeysUnavailable):
        await provider.unwrap(blob, BOUND)
    vault.away = False
    stranger = VaultTransit("http://vault.test", "oktee", token=SecretStr("s.other"), transport=vault)
    with pytest.raises(KeysUnavailable):
        await stranger.unwrap(blob, BOUND)
    with pytest.raises(KeysUnavailable):
        await stranger.kek_ids()


async def test_a_token_that_an_agent_renews_is_read_each_time(tmp_path: Path) -> None:
    token, vault = tmp_path / "token", VaultStub()
    provider = VaultTransit("http://vault.test", "oktee", token_file=token, transport=vault)
    with pytest.raises(KeysUnavailable):
        await provider.wrap(KEY, BOUND)
    token.write_text(TOKEN + "\n")
    assert await provider.unwrap(await provider.wrap(KEY, BOUND), BOUND) == KEY


async def test_a_version_below_what_vault_still_opens_is_named_shut() -> None:
    vault = VaultStub()
    provider = VaultTransit("http://vault.test", "oktee", token=SecretStr(TOKEN), transport=vault)
    blob = await provider.wrap(KEY, BOUND)
    vault.rotate()
    vault.least = 2
    assert await provider.kek_ids() == ("oktee:v2",)
    with pytest.raises(Unsealable):
        await provider.unwrap(blob, BOUND)


@pytest.mark.parametrize(
    ("over", "word"),
    [
        ({"KEK_PROVIDER": "aws-kms"}, "KEK_AWS_KEYS"),
        ({"KEK_PROVIDER": "vault-transit", "KEK_VAULT_TOKEN": "x"}, "KEK_VAULT_ADDRESS"),
        ({"KEK_PROVIDER": "vault-transit", "KEK_VAULT_ADDRESS": "http://vault"}, "KEK_VAULT_TOKEN"),
        (
            {
                "KEK_PROVIDER": "vault-transit",
                "KEK_VAULT_ADDRESS": "http://v",
                "KEK_VAULT_TOKEN": "x",
                "KEK_VAULT_KEY": "a/b",
            },
            "KEK_VAULT_KEY",
        ),
    ],
)
def test_a_provider_without_its_settings_says_which_is_missing(
    stack: Any, monkeypatch: pytest.MonkeyPatch, over: dict[str, str], word: str
) -> None:
    for name, value in over.items():
        monkeypatch.setenv(name, value)
    from oktee.kit.settings import Settings

    with pytest.raises(RuntimeError, match=word):
        providers.remote(Settings())


async def test_a_blob_of_no_provider_of_this_process_is_named(stack: Any) -> None:
    with pytest.raises(Unsealable, match="unknown version"):
        await providers.unwrap(b"\x09" + bytes(80), BOUND)


def test_under_kms_the_key_file_alone_opens_nothing(
    aws: Any, stack: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keys.json"
    monkeypatch.setenv("KEK_PROVIDER", "aws-kms")
    monkeypatch.setenv("KEK_AWS_REGION", REGION)
    monkeypatch.setenv("KEK_AWS_KEYS", aws.create_key()["KeyMetadata"]["Arn"])
    settings.cache_clear()
    try:
        key_file.create(path, origin="test")
        keys = LocalKek.load(path)
        content = path.read_text()
        assert not any(key.hex() in content for key in (*keys.keys.values(), keys.derive("x")))
        blob = keys.wrap(b"seed", BOUND)
        assert LocalKek.load(path).unwrap(blob, BOUND) == b"seed"
        monkeypatch.setenv("KEK_PROVIDER", "local")
        settings.cache_clear()
        with pytest.raises(RuntimeError, match="wrapped by another"):
            LocalKek.load(path)
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_a_running_process_knows_a_new_key_at_once_and_its_signatures_outlive_rotations(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    key_file.create(path, origin="test")
    running = LocalKek.load(path)
    signed, old = running.derive("csrf"), running.active
    blob = running.wrap(b"seed", BOUND)
    new = key_file.add_key(path)
    assert LocalKek.load(path).wrap(b"x", BOUND)[1:17] == new.bytes
    assert running.unwrap(LocalKek.load(path).wrap(b"other", BOUND), BOUND) == b"other"
    assert running.active == new
    assert running.unwrap(blob, BOUND) == b"seed"
    with pytest.raises(ValueError, match="active"):
        key_file.remove_key(path, new)
    key_file.remove_key(path, old)
    with pytest.raises(Unsealable):
        running.unwrap(blob, BOUND)
    assert running.derive("csrf") == signed == LocalKek.load(path).derive("csrf")
    assert path.stat().st_mode & 0o777 == 0o600
    path.unlink()
    assert running.unwrap(running.wrap(b"y", BOUND), BOUND) == b"y"
