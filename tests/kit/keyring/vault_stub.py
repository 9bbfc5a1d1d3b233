"""A stub of the transit engine, written from Vault's API documentation ("Transit secrets engine"): encrypt, decrypt with
associated data, read and rotate a key, the error shapes. It encrypts for real, so that a wrong context does not open."""

import base64
import json
import os

import httpx
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "s.test-token"


class VaultStub(httpx.BaseTransport):
    """Answers as Vault does, over httpx. `sealed`: 503 to everything; `away`: no answer at all."""

    def __init__(self) -> None:
        self.versions = {1: os.urandom(32)}
        self.least = 1
        self.sealed = self.away = False
        self.requests: list[httpx.Request] = []

    def rotate(self) -> None:
        self.versions[max(self.versions) + 1] = os.urandom(32)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.away:
            raise httpx.ConnectError("connection refused")
        if self.sealed:
            return httpx.Response(503, json={"errors": ["Vault is sealed"]})
        if request.headers.get("X-Vault-Token") != TOKEN:
            return httpx.Response(403, json={"errors": ["permission denied"]})
        body = json.loads(request.content or b"{}")
        path = request.url.path.removeprefix("/v1/transit")
        if request.method == "GET" and path == "/keys/oktee":
            keys = {str(number): 1 for number in self.versions}
            data = {
                "name": "oktee", "type": "aes256-gcm96", "keys": keys, "latest_version": max(self.versions),
                "min_decryption_version": self.least, "min_encryption_version": 0,
            }  # fmt: skip
            return httpx.Response(200, json={"data": data})
        if request.method == "POST" and path == "/encrypt/oktee":
            newest, nonce = max(self.versions), os.urandom(12)
            sealed = nonce + AESGCM(self.versions[newest]).encrypt(
                nonce, base64.b64decode(body["plaintext"]), base64.b64decode(body["associated_data"])
            )
            text = f"vault:v{newest}:{base64.b64encode(sealed).decode()}"
            return httpx.Response(200, json={"data": {"ciphertext": text, "key_version": newest}})
        if request.method == "POST" and path == "/decrypt/oktee":
            _, version, encoded = body["ciphertext"].split(":")
            number = int(version[1:])
            if number < self.least or number not in self.versions:
                return httpx.Response(400, json={"errors": ["ciphertext version is disallowed by policy (too old)"]})
            try:
                sealed = base64.b64decode(encoded)
                plain = AESGCM(self.versions[number]).decrypt(
                    sealed[:12], sealed[12:], base64.b64decode(body["associated_data"])
                )
            except (InvalidTag, ValueError):
                return httpx.Response(400, json={"errors": ["cipher: message authentication failed"]})
            return httpx.Response(200, json={"data": {"plaintext": base64.b64encode(plain).decode()}})
        return httpx.Response(404, json={"errors": []})
