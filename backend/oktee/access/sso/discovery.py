"""What an identity provider says of itself (OpenID Connect Discovery 1.0) and its keys, fetched through the guard."""

import time
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from oktee.kit import safe_http
from oktee.kit.errors import field_error

KEPT_SECONDS: Final = 600.0
LEAST_BETWEEN: Final = 30.0
"""A signature by an unknown key asks for the keys again, but not more often: nobody makes us hammer a provider."""
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "ES512", "EdDSA")
"""Signatures only: no `none`, and no HMAC, whose key the client shares."""


class ProviderRefused(safe_http.Refused):
    """The identity provider could not be used. `reason` is a class, as in safe_http."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The parts of the discovery document that a sign-in needs."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    algorithms: tuple[str, ...]
    names_issuer: bool
    basic: bool
    """Whether the secret goes by HTTP Basic (the default of the standard), else in the form."""
    takes_claims: bool
    """Whether it can be asked for single claims (Core, 5.5): some say how a person signed in only then."""


_documents: dict[str, tuple[float, Metadata]] = {}
_keys: dict[str, tuple[float, KeySet]] = {}


def forget() -> None:
    """Everything is fetched anew."""
    _documents.clear()
    _keys.clear()


def checked_issuer(issuer: str) -> str:
    """As it is stored: https, no query, no fragment (Discovery 1.0, section 4). Raises Invalid."""
    parts = urlsplit(issuer.strip())
    wrong = (
        parts.scheme not in {"https", "http"}
        or not parts.hostname
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
    )
    if wrong or len(issuer) > 500:
        raise field_error("/issuer", "invalid_issuer", "The issuer is an https address without ? and #.")
    return issuer.strip()


def authority(url: str) -> str:
    return urlsplit(url).netloc.lower()


def guarded(hosts: set[str]) -> httpx.AsyncClient:
    """A client for this provider's hosts and no other. Tests put a transport of their own in its place."""
    return safe_http.client(hosts=hosts, max_bytes=512 * 1024, total_seconds=10.0)


async def discover(issuer: str, *, again: bool = False) -> Metadata:
    """Raises ProviderRefused: unreachable, not a discovery document, or of another issuer than it was asked for."""
    kept = _documents.get(issuer)
    if kept and not again and time.monotonic() < kept[0] + KEPT_SECONDS:
        return kept[1]
    async with guarded({authority(issuer)}) as http:
        document = await read_json(http, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    try:
        if document["issuer"] != issuer:
            raise ProviderRefused("issuer_mismatch")
        offered = document.get("id_token_signing_alg_values_supported") or ["RS256"]
        methods = document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        found = Metadata(
            issuer,
            str(document["authorization_endpoint"]),
            str(document["token_endpoint"]),
            str(document["jwks_uri"]),
            str(document["userinfo_endpoint"]) if document.get("userinfo_endpoint") else None,
            tuple(each for each in ALGORITHMS if each in offered),
            document.get("authorization_response_iss_parameter_supported") is True,
            "client_secret_basic" in methods,
            document.get("claims_parameter_supported") is True,
        )
    except (KeyError, TypeError, AttributeError):
        raise ProviderRefused("not_a_provider") from None
    secure = urlsplit(issuer).scheme
    addresses = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri, found.userinfo_endpoint)
    if not found.algorithms or any(each and urlsplit(each).scheme != secure for each in addresses):
        raise ProviderRefused("not_a_provider")
    _documents[issuer] = (time.monotonic(), found)
    return found


async def keys_of(metadata: Metadata, *, again: bool = False) -> KeySet:
    """The provider's signing keys; `again` after a rotation on its side. Raises ProviderRefused."""
    kept = _keys.get(metadata.jwks_uri)
    age = time.monotonic() - kept[0] if kept else KEPT_SECONDS
    if kept and age < (LEAST_BETWEEN if again else KEPT_SECONDS):
        return kept[1]
    async with guarded({authority(metadata.issuer), authority(metadata.jwks_uri)}) as http:
        document = await read_json(http, metadata.jwks_uri)
    try:
        signing = [key for key in document["keys"] if key.get("use", "sig") == "sig" and key.get("kty") != "oct"]
        found = KeySet.import_key_set({"keys": signing})
    except (JoseError, KeyError, TypeError, AttributeError, ValueError):
        raise ProviderRefused("not_a_provider") from None
    _keys[metadata.jwks_uri] = (time.monotonic(), found)
    return found


async def read_json(http: httpx.AsyncClient, url: str, *, token: str | None = None) -> dict[str, Any]:
    """Raises ProviderRefused, Refused."""
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    answer = await safe_http.get(http, url, headers=headers)
    if answer.status_code != 200:
        raise ProviderRefused(f"http_{answer.status_code}")
    try:
        found = answer.json()
    except ValueError:
        raise ProviderRefused("not_a_provider") from None
    if not isinstance(found, dict):
        raise ProviderRefused("not_a_provider")
    return found
