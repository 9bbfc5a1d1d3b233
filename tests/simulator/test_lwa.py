"""Login with Amazon: grants, refresh tokens, revocation and the error bodies clients match on."""

from typing import Any

import pytest

REVOKED = "The access token you provided is revoked, malformed or invalid."
EXPIRED = "The access token you provided has expired."
ORDERS = "/vendor/orders/v1/purchaseOrders"


def details(answer: Any) -> str:
    assert answer.status_code == 403
    error = answer.json()["errors"][0]
    assert (error["code"], error["message"]) == ("Unauthorized", "Access to requested resource is denied.")
    assert "x-amzn-RateLimit-Limit" not in answer.headers
    assert answer.headers["x-amzn-RequestId"]
    return str(error["details"])


async def test_a_refresh_token_gives_bearer_tokens_for_an_hour_and_is_echoed(sim: Any) -> None:
    refresh_token = await sim.authorise()
    body = (await sim.lwa(grant_type="refresh_token", refresh_token=refresh_token)).json()
    assert body["access_token"].startswith("Atza|")
    assert (body["token_type"], body["expires_in"], body["refresh_token"]) == ("bearer", 3600, refresh_token)


async def test_an_access_token_ends_when_its_hour_is_over(sim: Any) -> None:
    sim.clock.move(seconds=3599)
    assert (await sim.get(ORDERS)).status_code == 200
    sim.clock.move(seconds=1)
    assert details(await sim.get(ORDERS)) == EXPIRED


async def test_the_lifetime_of_a_token_is_under_control(sim: Any) -> None:
    await sim.control("PUT", "/settings", {"token_ttl_seconds": 60})
    refresh_token = await sim.authorise()
    assert (await sim.lwa(grant_type="refresh_token", refresh_token=refresh_token)).json()["expires_in"] == 60
    sim.clock.move(seconds=61)
    assert details(await sim.get(ORDERS)) == EXPIRED


async def test_a_call_without_or_with_an_unknown_token_is_refused(sim: Any) -> None:
    sim.token = "Atza|nobody"
    assert details(await sim.get(ORDERS)) == REVOKED
    answer = await sim.http.get(ORDERS)
    assert details(answer) == "Access token is missing in the request header."


@pytest.mark.parametrize("named", [True, False])
async def test_a_revoked_grant_gives_no_token_and_its_access_token_is_refused_at_once(sim: Any, named: bool) -> None:
    refresh_token = await sim.authorise()
    body = {"selling_partner_id": sim.lumea} | ({"application": sim.application["application_id"]} if named else {})
    assert (await sim.control("POST", "/revoke", body))["revoked"] == 2  # the fixture's grant and this one
    answer = await sim.lwa(grant_type="refresh_token", refresh_token=refresh_token)
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_grant",
        "error_description": "The request has an invalid grant parameter : refresh_token. User may have revoked or didn't grant the permission.",
    }
    assert details(await sim.get(ORDERS)) == REVOKED


async def test_a_revoked_access_token_may_work_until_it_ends(sim: Any) -> None:
    await sim.control("PUT", "/settings", {"revoked_token_mode": "until_expiry"})
    await sim.control("POST", "/revoke", {"selling_partner_id": sim.lumea})
    assert (await sim.get(ORDERS)).status_code == 200
    sim.clock.move(hours=1)
    assert details(await sim.get(ORDERS)) == EXPIRED


async def test_a_second_grant_leaves_the_first_valid(sim: Any) -> None:
    first = await sim.authorise()
    await sim.authorise()
    assert (await sim.lwa(grant_type="refresh_token", refresh_token=first)).status_code == 200


async def test_a_wrong_secret_is_invalid_client(sim: Any) -> None:
    refresh_token = await sim.authorise()
    answer = await sim.lwa(grant_type="refresh_token", refresh_token=refresh_token, client_secret="wrong")
    assert answer.status_code == 401
    assert answer.json() == {"error": "invalid_client", "error_description": "Client authentication failed"}


async def test_a_rotated_secret_keeps_the_refresh_token(sim: Any) -> None:
    refresh_token = await sim.authorise()
    await sim.control("POST", "/applications", {**sim.application, "client_secret": "secret-two"})
    assert (await sim.lwa(grant_type="refresh_token", refresh_token=refresh_token)).status_code == 401
    answer = await sim.lwa(grant_type="refresh_token", refresh_token=refresh_token, client_secret="secret-two")
    assert answer.status_code == 200


async def test_another_application_cannot_use_the_refresh_token(sim: Any) -> None:
    refresh_token = await sim.authorise()
    other = {**sim.application, "client_id": "other", "client_secret": "s", "application_id": "amzn1.sp.solution.other"}
    await sim.control("POST", "/applications", other)
    answer = await sim.lwa(
        grant_type="refresh_token", refresh_token=refresh_token, client_id="other", client_secret="s"
    )
    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "RHnone"}, 400, "invalid_grant"),
        ({"grant_type": "client_credentials", "scope": "everything"}, 400, "invalid_scope"),
        ({"grant_type": "client_credentials"}, 400, "invalid_scope"),
    ],
)
async def test_a_malformed_request_gets_the_error_of_the_protocol(
    sim: Any, form: dict[str, str], status: int, error: str
) -> None:
    answer = await sim.lwa(**form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_the_token_endpoint_reads_forms_only(sim: Any) -> None:
    answer = await sim.http.post("/auth/o2/token", json={"grant_type": "refresh_token"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_grantless_token_reads_no_orders(sim: Any) -> None:
    answer = await sim.lwa(grant_type="client_credentials", scope="sellingpartnerapi::notifications")
    assert answer.json()["access_token"].startswith("Atc|")
    assert "refresh_token" not in answer.json()
    sim.token = answer.json()["access_token"]
    assert details(await sim.get(ORDERS)) == ""


async def test_an_application_without_the_role_is_refused_without_details(sim: Any) -> None:
    await sim.control("POST", "/applications", {**sim.application, "roles": ["Brand Analytics"]})
    assert details(await sim.get(ORDERS)) == ""


async def test_a_role_added_later_needs_a_new_consent(sim: Any) -> None:
    grant = {"application": sim.client["client_id"], "selling_partner_id": sim.lumea}
    await sim.control("POST", "/applications", {**sim.application, "roles": ["Brand Analytics"]})
    old = (await sim.control("POST", "/grants", grant))["refresh_token"]
    await sim.control("POST", "/applications", {**sim.application, "roles": ["Brand Analytics", "Amazon Fulfillment"]})
    sim.token = (await sim.lwa(grant_type="refresh_token", refresh_token=old)).json()["access_token"]
    assert details(await sim.get(ORDERS)) == ""
    new = (await sim.control("POST", "/grants", grant))["refresh_token"]
    sim.token = (await sim.lwa(grant_type="refresh_token", refresh_token=new)).json()["access_token"]
    assert (await sim.get(ORDERS)).status_code == 200
