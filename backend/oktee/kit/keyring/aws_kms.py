"""The provider `aws-kms`: AWS Key Management Service wraps the keys, and its log names what each was for.

A blob is `0x02 | length (2) | key id | what KMS answered`. Calls, parameters and errors are those of the KMS API
reference (Encrypt, Decrypt); the tests run against moto.
"""

import asyncio
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from oktee.kit.crypto import Unsealable, parts_of
from oktee.kit.keyring.port import KeysUnavailable

SHUT = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})
"""The blob was changed, or is of another key or context: no second try helps."""


class AwsKms:
    """Keys by id, ARN or alias, the active one first. Credentials come as boto3 finds them (environment, role)."""

    version = b"\x02"

    def __init__(self, keys: tuple[str, ...], *, region: str | None = None, endpoint: str | None = None) -> None:
        if not keys:
            raise RuntimeError("KEK_AWS_KEYS names no key: give the key's ARN or alias, the active one first")
        self._keys, self._region, self._endpoint = keys, region, endpoint

    @cached_property
    def _client(self) -> Any:
        config = Config(connect_timeout=2, read_timeout=3, retries={"max_attempts": 2, "mode": "standard"})
        return boto3.client("kms", region_name=self._region, endpoint_url=self._endpoint, config=config)

    async def wrap(self, data_key: bytes, bound_to: bytes) -> bytes:
        return await asyncio.to_thread(self.wrap_now, data_key, bound_to)

    async def unwrap(self, blob: bytes, bound_to: bytes) -> bytes:
        return await asyncio.to_thread(self.unwrap_now, blob, bound_to)

    async def kek_ids(self) -> tuple[str, ...]:
        return self._keys

    def kek_of(self, blob: bytes) -> str:
        return _split(self.version, blob)[0]

    def wrap_now(self, data_key: bytes, bound_to: bytes) -> bytes:
        """As `wrap`, for a thread."""
        key = self._keys[0]
        answer = self._call(
            "encrypt", KeyId=key, Plaintext=data_key, EncryptionContext=encryption_context(bound_to, key)
        )
        name = key.encode()
        return self.version + len(name).to_bytes(2, "big") + name + bytes(answer["CiphertextBlob"])

    def unwrap_now(self, blob: bytes, bound_to: bytes) -> bytes:
        """As `unwrap`, for a thread."""
        key, sealed = _split(self.version, blob)
        answer = self._call(
            "decrypt", KeyId=key, CiphertextBlob=sealed, EncryptionContext=encryption_context(bound_to, key)
        )
        return bytes(answer["Plaintext"])

    def _call(self, operation: str, **given: Any) -> Any:
        try:
            return getattr(self._client, operation)(**given)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in SHUT:
                raise Unsealable("a wrapped key does not open for this owner") from None
            raise KeysUnavailable("The key service refused. Nothing was changed; try again.") from error
        except BotoCoreError as error:
            raise KeysUnavailable("The key service does not answer. Nothing was changed; try again.") from error


def encryption_context(bound_to: bytes, key: str) -> dict[str, str]:
    """What a key is sealed to, as KMS takes it and CloudTrail shows it: no secret may be in it."""
    purpose, *owner = parts_of(bound_to)
    return {"application": "oktee", "purpose": purpose, "owner": "/".join(owner) or "house", "key": key}


def _split(version: bytes, blob: bytes) -> tuple[str, bytes]:
    if blob[:1] != version:
        raise Unsealable("unknown version of a wrapped key")
    end = 3 + int.from_bytes(blob[1:3], "big")
    if len(blob) <= end:
        raise Unsealable("a wrapped key is cut short")
    try:
        return blob[3:end].decode(), blob[end:]
    except UnicodeDecodeError:
        raise Unsealable("a wrapped key names no key") from None
