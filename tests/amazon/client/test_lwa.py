"""Tokens from Login with Amazon, and what each of its refusals means: a vendor's no, our own fault, or a bad day."""

import logging
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx
from oktee.amazon.client.errors import AmazonError, ApplicationRejected, Refused, Revoked, Throttled, Unreachable
from oktee.amazon.client.lwa import exchange_code, refresh
from pydantic import SecretStr

URL = "https://api.amazon.com/auth/o2/token"
GIVEN = {"access_token": "Atza|a", "refresh_token": "Atzr|r", "token_type": "bearer", "expires_in": 3600}


async def refreshed(http: httpx.AsyncClient) -> Any:
    return await refresh(
        http,
        token_url=URL,
        client_id="amzn1.application-oa2-client.1",
        client_secret=SecretStr("s/e+c&r=t"),
        refresh_token=SecretStr("Atzr|a+b/c="),
    )


@respx.mock
async def test_a_code_becomes_tokens(make_client: Any) -> None:
    route = respx.post(URL).respond(200, json=GIVEN)
    tokens = await exchange_code(
        make_client().http,
        token_url=URL,
        client_id="amzn1.application-oa2-client.1",
        client_secret=SecretStr("s/e+c&r=t"),
        code="ANcode+/=",
        redirect_uri="https://oktee.example/oauth/amazon/eu/callback",
    )
    assert tokens.access_token.get_secret_value() == "Atza|a"
    assert tokens.refresh_token is not None
    assert tokens.refresh_token.get_secret_value() == "Atzr|r"
    assert tokens.expires_in == 3600
    request = route.calls.last.request
    assert request.headers["content-type"] == "application/x-www-form-urlencoded;charset=UTF-8"
    assert "authorization" not in request.headers
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["ANcode+/="],
        "redirect_uri": ["https://oktee.example/oauth/amazon/eu/callback"],
        "client_id": ["amzn1.application-oa2-client.1"],
        "client_secret": ["s/e+c&r=t"],
    }


@respx.mock
async def test_a_refresh_token_becomes_an_access_token(make_client: Any) -> None:
    route = respx.post(URL).respond(200, json={**GIVEN, "refresh_token": None, "expires_in": "1800"})
    tokens = await refreshed(make_client().http)
    assert (tokens.refresh_token, tokens.expires_in) == (None, 1800)
    assert parse_qs(route.calls.last.request.content.decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["Atzr|a+b/c="],
        "client_id": ["amzn1.application-oa2-client.1"],
        "client_secret": ["s/e+c&r=t"],
    }


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "invalid_grant", Revoked),
        (401, "invalid_client", ApplicationRejected),
        (400, "invalid_client", ApplicationRejected),
        (400, "unauthorized_client", ApplicationRejected),
        (400, "invalid_request", Refused),
        (400, "invalid_scope", Refused),
        (403, "access_denied", Refused),
        (400, "server_error", Unreachable),
        (400, "temporarily_unavailable", Unreachable),
        (500, "server_error", Unreachable),
        (503, "temporarily_unavailable", Unreachable),
        (429, "slow_down", Throttled),
    ],
)
@respx.mock
async def test_each_refusal_is_one_kind_of_error(
    make_client: Any, status: int, code: str, kind: type[AmazonError]
) -> None:
    body = {"error": code, "error_description": "The request has an invalid grant parameter : refresh_token."}
    respx.post(URL).respond(status, json=body, headers={"x-amzn-RequestId": "r-1", "Retry-After": "30"})
    with pytest.raises(AmazonError) as failure:
        await refreshed(make_client().http)
    assert type(failure.value) is kind
    assert (failure.value.operation, failure.value.status, failure.value.request_id) == ("lwa", status, "r-1")
    if isinstance(failure.value, Throttled):
        assert failure.value.retry_after == 30.0


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b"<html>login</html>"),
        (200, b""),
        (200, b"[]"),
        (200, b'{"token_type":"bearer"}'),
        (200, b'{"access_token":"Atza|a","expires_in":"soon"}'),
        (200, b'{"access_token":"Atza|a","expires_in":null'),
        (302, b'{"access_token":"Atza|a"}'),
        (403, b"<html>blocked</html>"),
        (502, b"<html>bad gateway</html>"),
    ],
)
@respx.mock
async def test_an_unreadable_answer_is_no_revocation(make_client: Any, status: int, content: bytes) -> None:
    respx.post(URL).respond(status, content=content)
    with pytest.raises(Unreachable):
        await refreshed(make_client().http)


@pytest.mark.parametrize(("wire", "delivered"), [(httpx.ConnectError("no"), False), (httpx.ReadTimeout("slow"), None)])
@respx.mock
async def test_a_code_whose_exchange_may_have_arrived_is_told_from_one_that_did_not(
    make_client: Any, wire: Exception, delivered: bool | None
) -> None:
    route = respx.post(URL).mock(side_effect=wire)
    with pytest.raises(Unreachable) as failure:
        await refreshed(make_client().http)
    assert failure.value.delivered is delivered
    assert route.call_count == 1


@respx.mock
async def test_no_secret_is_shown_or_logged(make_client: Any, caplog: pytest.LogCaptureFixture) -> None:
    respx.post(URL).respond(200, json=GIVEN)
    with caplog.at_level(logging.DEBUG):
        tokens = await refreshed(make_client().http)
    written = caplog.text + repr(tokens) + str(tokens)
    for secret in ("Atza|a", "Atzr|", "s/e+c&r=t", "s%2Fe%2Bc%26r%3Dt"):
        assert secret not in written
    assert logging.getLogger("authlib").getEffectiveLevel() == logging.WARNING
