"""Login with Amazon: a consent code or a refresh token in, tokens out; Authlib writes the request and reads the answer.

Neither call is repeated here: a code works once, and the caller lets one process at a time refresh.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_token_request
from pydantic import SecretStr

from oktee.amazon.client.errors import AmazonError, ApplicationRejected, Refused, Revoked, Throttled, Unreachable
from oktee.amazon.client.wire import Answer, Limits, exchange, retry_after

# At DEBUG Authlib writes whole token requests and answers.
logging.getLogger("authlib").setLevel(logging.WARNING)

OPERATION: Final = "lwa"
LIMITS: Final = Limits(max_bytes=64 * 1024, total_seconds=20.0)
HEADERS: Final = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the token endpoint gave: an access token for `expires_in` seconds, and the refresh token when it sent one."""

    access_token: SecretStr
    refresh_token: SecretStr | None
    expires_in: int


async def exchange_code(
    http: httpx.AsyncClient,
    *,
    token_url: str,
    client_id: str,
    client_secret: SecretStr,
    code: str,
    redirect_uri: str,
) -> Tokens:
    """Trade the consent code (5 minutes, one use) for tokens.

    Raises Revoked for a used, old or foreign code; ApplicationRejected for our own credentials; Refused, Throttled,
    Unreachable. After Unreachable with `delivered is None` the code may be spent: ask for a new consent.
    """
    body = prepare_token_request("authorization_code", redirect_uri=redirect_uri, code=code)
    return await _post(http, token_url=token_url, client_id=client_id, client_secret=client_secret, body=body)


async def refresh(
    http: httpx.AsyncClient, *, token_url: str, client_id: str, client_secret: SecretStr, refresh_token: SecretStr
) -> Tokens:
    """A new access token (one hour). Amazon echoes the refresh token: store it when it differs.

    Raises Revoked when the vendor withdrew the grant or it lapsed after 365 days; ApplicationRejected for our own
    credentials; Refused, Throttled, Unreachable.
    """
    body = prepare_token_request("refresh_token", refresh_token=refresh_token.get_secret_value())
    return await _post(http, token_url=token_url, client_id=client_id, client_secret=client_secret, body=body)


async def _post(
    http: httpx.AsyncClient, *, token_url: str, client_id: str, client_secret: SecretStr, body: str
) -> Tokens:
    secret = client_secret.get_secret_value()
    auth = ClientAuth(client_id, secret, "client_secret_post")
    url, headers, form = auth.prepare("POST", token_url, dict(HEADERS), body)
    request = http.build_request("POST", url, headers=headers, content=form.encode(), timeout=LIMITS.timeout)
    answer = await exchange(http, request, operation=OPERATION, limits=LIMITS)
    return _tokens(answer, request)


def _tokens(answer: Answer, request: httpx.Request) -> Tokens:
    if answer.status == 429:
        raise Throttled(operation=OPERATION, retry_after=retry_after(answer.headers), request_id=answer.request_id)
    try:
        response = httpx.Response(answer.status, content=answer.body, request=request)
        token: Mapping[str, object] = OAuth2Client(None).parse_response_token(response)
    except AuthlibBaseError as error:
        raise _refusal(error.error or "", error.description or "", answer=answer) from None
    except (httpx.HTTPError, ValueError):
        raise _unreadable(answer) from None
    access, lasting, seconds = token.get("access_token"), token.get("refresh_token"), token.get("expires_in", 3600)
    if answer.status != 200 or not isinstance(access, str) or not access:
        raise _unreadable(answer)
    try:
        expires_in = int(str(seconds))
    except ValueError:
        raise _unreadable(answer) from None
    return Tokens(
        access_token=SecretStr(access),
        refresh_token=SecretStr(lasting) if isinstance(lasting, str) and lasting else None,
        expires_in=expires_in,
    )


def _unreadable(answer: Answer) -> Unreachable:
    return Unreachable(
        "the token endpoint gave no readable answer",
        operation=OPERATION,
        status=answer.status,
        request_id=answer.request_id,
    )


def _refusal(code: str, description: str, *, answer: Answer) -> AmazonError:
    """Amazon's error code to the error tree (codes of the official SDK: lwa_exception_error_code.py)."""
    reason = f"{code}: {description[:300]}"
    if code == "invalid_grant":
        return Revoked(reason, operation=OPERATION, status=answer.status, request_id=answer.request_id)
    if code in ("invalid_client", "unauthorized_client"):
        return ApplicationRejected(
            reason, operation=OPERATION, code=code, status=answer.status, request_id=answer.request_id
        )
    if code in ("server_error", "temporarily_unavailable"):
        return Unreachable(reason, operation=OPERATION, status=answer.status, request_id=answer.request_id)
    return Refused(code, description[:300], operation=OPERATION, status=answer.status, request_id=answer.request_id)
