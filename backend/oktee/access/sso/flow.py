"""The sign-in at a provider: authorization code with PKCE S256, nonce and exact issuer, bound to one browser, used once.

Nonce and code verifier are derived from the state (HMAC), so the row of a sign-in under way holds no secret. Claims are
checked by Authlib, signatures by joserfc. Facts: OpenID Connect Core 1.0 section 3.1; RFC 7636 (PKCE); RFC 9207 (iss).
"""

import base64
import hmac
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote_plus, urlencode
from uuid import UUID

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jws import JWSRegistry
from pydantic import SecretStr
from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.sso import discovery
from oktee.access.sso.discovery import Metadata, ProviderRefused
from oktee.access.sso.tables import SsoProvider, SsoRequest
from oktee.kit import safe_http
from oktee.kit.crypto import digest, kek
from oktee.kit.settings import settings

SCOPE: Final = "openid email profile"
CLAIMS: Final = '{"id_token":{"acr":null,"amr":null,"auth_time":null}}'
LIVES: Final = timedelta(minutes=10)
LEEWAY: Final = 60
"""Seconds two clocks may differ."""


class SignInRefused(Exception):
    """The sign-in ends here. `reason` is one of a few words the page knows; it holds nothing of the provider's answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says this is, after every check."""

    issuer: str
    subject: str
    email: str
    name: str
    second_factor: bool
    authenticated_at: int | None


def redirect_uri(provider_id: UUID) -> str:
    """One address for each provider, so that an answer of another one never arrives here (mix-up)."""
    return f"{settings().public_url}/oauth/sso/{provider_id}/callback"


def new_browser() -> str:
    """The value of the cookie that binds sign-ins under way to one browser."""
    return secrets.token_urlsafe(32)


async def start(
    session: AsyncSession, provider: SsoProvider, metadata: Metadata, *, browser: str, hint: str = ""
) -> str:
    """Note the sign-in and answer where the browser goes."""
    state = secrets.token_urlsafe(32)
    session.add(
        SsoRequest(
            state_hash=digest(state),
            provider_id=provider.id,
            browser_hash=digest(browser),
            expires_at=func.now() + LIVES,
        )
    )
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri(provider.id),
        "scope": SCOPE,
        "state": state,
        "nonce": _derived("nonce", state),
        "code_challenge": create_s256_code_challenge(_derived("verifier", state)),
        "code_challenge_method": "S256",
    }
    if provider.max_age_seconds is not None:
        query["max_age"] = str(provider.max_age_seconds)
    if provider.acr_values:
        query["acr_values"] = " ".join(provider.acr_values)
    if metadata.takes_claims:
        query["claims"] = CLAIMS
    if hint:
        query["login_hint"] = hint
    separator = "&" if "?" in metadata.authorization_endpoint else "?"
    return f"{metadata.authorization_endpoint}{separator}{urlencode(query)}"


async def consume(session: AsyncSession, provider_id: UUID, *, state: str, browser: str) -> bool:
    """Whether this state is of this provider and browser, in time and for the first time. It is used up."""
    used = (
        update(SsoRequest)
        .where(
            SsoRequest.state_hash == digest(state),
            SsoRequest.provider_id == provider_id,
            SsoRequest.browser_hash == digest(browser),
            SsoRequest.consumed_at.is_(None),
            SsoRequest.expires_at > func.now(),
        )
        .values(consumed_at=func.now())
        .returning(SsoRequest.state_hash)
    )
    return (await session.execute(used)).first() is not None


async def finish(provider: SsoProvider, secret: SecretStr, *, code: str, state: str, issuer: str | None) -> Identity:
    """Exchange the code and check what it brings. Outside every transaction. Raises SignInRefused."""
    try:
        metadata = await discovery.discover(provider.issuer)
        if (issuer is None and metadata.names_issuer) or (issuer is not None and issuer != metadata.issuer):
            raise SignInRefused("issuer")
        answer = await _exchange(provider, metadata, secret, code=code, verifier=_derived("verifier", state))
        claims = await _claims(provider, metadata, answer, nonce=_derived("nonce", state))
        profile = await _profile(metadata, answer, claims)
    except safe_http.Refused:
        raise SignInRefused("provider") from None
    return _identity(provider, claims, profile)


async def _exchange(
    provider: SsoProvider, metadata: Metadata, secret: SecretStr, *, code: str, verifier: str
) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri(provider.id),
        "code_verifier": verifier,
    }
    basic: httpx.Auth | httpx._client.UseClientDefault = httpx.USE_CLIENT_DEFAULT
    if metadata.basic:  # RFC 6749, 2.3.1: both halves form-encoded first
        basic = httpx.BasicAuth(quote_plus(provider.client_id), quote_plus(secret.get_secret_value()))
    else:
        form |= {"client_id": provider.client_id, "client_secret": secret.get_secret_value()}
    hosts = {discovery.authority(metadata.issuer), discovery.authority(metadata.token_endpoint)}
    async with discovery.guarded(hosts) as http:
        answer = await http.post(metadata.token_endpoint, data=form, auth=basic, headers={"Accept": "application/json"})
    if answer.status_code in {400, 401}:
        raise SignInRefused("exchange")
    if answer.status_code != 200:
        raise ProviderRefused(f"http_{answer.status_code}")
    try:
        found = answer.json()
    except ValueError:
        raise ProviderRefused("not_a_provider") from None
    if not isinstance(found, dict) or not isinstance(found.get("id_token"), str):
        raise SignInRefused("token")
    return found


async def _claims(provider: SsoProvider, metadata: Metadata, answer: dict[str, Any], *, nonce: str) -> CodeIDToken:
    registry = JWSRegistry(algorithms=list(metadata.algorithms), strict_check_header=False)
    try:
        try:
            token = jwt.decode(answer["id_token"], await discovery.keys_of(metadata), registry=registry)
        except (InvalidKeyIdError, ValueError):  # a key we do not know yet: they rotate theirs too
            token = jwt.decode(answer["id_token"], await discovery.keys_of(metadata, again=True), registry=registry)
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": metadata.issuer},
                "aud": {"essential": True, "value": provider.client_id},
                "sub": {"essential": True},
                "nonce": {"essential": True, "value": nonce},
            },
            params={
                "nonce": nonce,
                "client_id": provider.client_id,
                "access_token": answer.get("access_token"),
                "max_age": provider.max_age_seconds,
            },
        )
        claims.validate(leeway=LEEWAY)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise SignInRefused("token") from None
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if audience != [provider.client_id] and claims.get("azp") != provider.client_id:
        raise SignInRefused("token")
    if time.time() - float(claims["iat"]) > LIVES.total_seconds() + LEEWAY:
        raise SignInRefused("token")
    return claims


async def _profile(metadata: Metadata, answer: dict[str, Any], claims: CodeIDToken) -> dict[str, Any]:
    """E-mail and name: from the ID token, else from the userinfo endpoint, where the standard puts them (Core, 5.4)."""
    if "email" in claims or metadata.userinfo_endpoint is None:
        return dict(claims)
    hosts = {discovery.authority(metadata.issuer), discovery.authority(metadata.userinfo_endpoint)}
    async with discovery.guarded(hosts) as http:
        found = await discovery.read_json(http, metadata.userinfo_endpoint, token=str(answer.get("access_token", "")))
    if found.get("sub") != claims["sub"]:  # Core, 5.3.2: it may be of somebody else
        raise SignInRefused("token")
    return found


def _identity(provider: SsoProvider, claims: CodeIDToken, profile: dict[str, Any]) -> Identity:
    subject, email = claims["sub"], profile.get("email")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise SignInRefused("token")
    if not isinstance(email, str) or "@" not in email or profile.get("email_verified") is False:
        raise SignInRefused("email")
    at = claims.get("auth_time")
    if provider.max_age_seconds is not None and (
        not isinstance(at, int | float) or time.time() - at > provider.max_age_seconds + LEEWAY
    ):
        raise SignInRefused("too_old")
    if provider.acr_values and claims.get("acr") not in provider.acr_values:
        raise SignInRefused("acr")
    methods = claims.get("amr")
    proved = isinstance(methods, list) and any(each in provider.mfa_values for each in methods)
    name = profile.get("name")
    return Identity(
        claims["iss"],
        subject,
        email.strip(),
        name.strip()[:200] if isinstance(name, str) and name.strip() else email.partition("@")[0][:200],
        provider.trusts_mfa and proved,
        int(at) if isinstance(at, int | float) else None,
    )


def _derived(purpose: str, state: str) -> str:
    """43 characters of the alphabet PKCE allows (RFC 7636, 4.1)."""
    key = kek().derive(f"sso/{purpose}")
    return base64.urlsafe_b64encode(hmac.digest(key, state.encode(), "sha256")).decode().rstrip("=")
