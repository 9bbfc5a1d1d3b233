"""The provider `vault-transit`: the transit engine of HashiCorp Vault (or OpenBao) wraps the keys.

A blob is `0x03 | vault:v<n>:...`. Requests and answers are those of Vault's API documentation, "Transit secrets
engine": encrypt and decrypt with `associated_data`, read key. The tests run against a stub written from it.
"""

import asyncio
import base64
import re
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from oktee.kit.crypto import Unsealable
from oktee.kit.keyring.port import KeysUnavailable

CIPHERTEXT = re.compile(r"vault:v(\d{1,9}):[A-Za-z0-9+/=]+")


class VaultTransit:
    """One transit key; its versions are Vault's (`vault write -f transit/keys/<name>/rotate`)."""

    version = b"\x03"

    def __init__(
        self,
        address: str,
        key: str,
        *,
        token: SecretStr | None = None,
        token_file: Path | None = None,
        namespace: str | None = None,
        mount: str = "transit",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if not re.fullmatch(r"[\w.-]{1,128}", key):
            raise RuntimeError("KEK_VAULT_KEY must be the name of a transit key")
        if token is None and token_file is None:
            raise RuntimeError("the transit provider needs KEK_VAULT_TOKEN or KEK_VAULT_TOKEN_FILE")
        self._address, self._key, self._mount = address.rstrip("/"), key, mount.strip("/")
        self._token, self._token_file, self._namespace = token, token_file, namespace
        self._transport = transport

    @cached_property
    def _client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"{self._address}/v1/{self._mount}",
            timeout=httpx.Timeout(3.0, connect=2.0),
            follow_redirects=False,
            trust_env=False,
            transport=self._transport,
        )

    async def wrap(self, data_key: bytes, bound_to: bytes) -> bytes:
        return await asyncio.to_thread(self.wrap_now, data_key, bound_to)

    async def unwrap(self, blob: bytes, bound_to: bytes) -> bytes:
        return await asyncio.to_thread(self.unwrap_now, blob, bound_to)

    async def kek_ids(self) -> tuple[str, ...]:
        """Every version Vault still opens, the newest first. Raises KeysUnavailable."""
        data = await asyncio.to_thread(self._call, "GET", f"/keys/{self._key}")
        newest, oldest = int(data["latest_version"]), int(data.get("min_decryption_version") or 1)
        return tuple(f"{self._key}:v{number}" for number in range(newest, oldest - 1, -1))

    def kek_of(self, blob: bytes) -> str:
        return f"{self._key}:v{self._ciphertext(blob)[1]}"

    def wrap_now(self, data_key: bytes, bound_to: bytes) -> bytes:
        """As `wrap`, for a thread."""
        body = {"plaintext": _encoded(data_key), "associated_data": _encoded(bound_to)}
        answer = self._call("POST", f"/encrypt/{self._key}", body)
        blob = self.version + str(answer.get("ciphertext", "")).encode()
        self._ciphertext(blob)
        return blob

    def unwrap_now(self, blob: bytes, bound_to: bytes) -> bytes:
        """As `unwrap`, for a thread."""
        body = {"ciphertext": self._ciphertext(blob)[0], "associated_data": _encoded(bound_to)}
        answer = self._call("POST", f"/decrypt/{self._key}", body)
        return base64.b64decode(answer["plaintext"])

    def _ciphertext(self, blob: bytes) -> tuple[str, int]:
        if blob[:1] != self.version:
            raise Unsealable("unknown version of a wrapped key")
        found = CIPHERTEXT.fullmatch(blob[1:].decode("ascii", "replace"))
        if found is None:
            raise Unsealable("a wrapped key is damaged")
        return found[0], int(found[1])

    def _call(self, method: str, path: str, body: dict[str, str] | None = None) -> Any:
        headers = {"X-Vault-Request": "true", "X-Vault-Token": self._token_now()}
        if self._namespace:
            headers["X-Vault-Namespace"] = self._namespace
        try:
            answer = self._client.request(method, path, json=body, headers=headers)
        except httpx.HTTPError as error:
            raise KeysUnavailable("The key service does not answer. Nothing was changed; try again.") from error
        if answer.status_code == 400 and path.startswith("/decrypt/"):  # "message authentication failed"
            raise Unsealable("a wrapped key does not open for this owner")
        if answer.status_code != 200:
            raise KeysUnavailable("The key service refused. Nothing was changed; try again.")
        return answer.json()["data"]

    def _token_now(self) -> str:
        """A token that an agent renews stands in a file, which is read each time."""
        if self._token_file is not None:
            try:
                return self._token_file.read_text().strip()
            except OSError as error:
                raise KeysUnavailable("The token of the key service cannot be read.") from error
        assert self._token is not None
        return self._token.get_secret_value()


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()
