"""Applications: sealed secrets, consent addresses, and the breaker for our own fault."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from amazon.connection.connecting import registration
from oktee.amazon.connection import applications
from oktee.amazon.connection.applications import Registration, register
from oktee.amazon.connection.marketplaces import MARKETPLACES, find_by_country
from oktee.amazon.connection.tables import Application
from oktee.kit.crypto import Unsealable
from oktee.kit.database import global_session
from pydantic import SecretStr
from sqlalchemy import text

REAL = "{vendor_central}/apps/authorize/consent"


async def _registered(made: Registration) -> Any:
    async with global_session() as session:
        return await register(session, made)


async def _run(statement: str) -> None:
    async with global_session() as session:
        await session.execute(text(statement))


async def _rejected() -> bool:
    async with global_session() as session:
        return bool(await session.scalar(text("select rejected_at is not null from applications")))


async def test_the_client_secret_is_sealed_and_opens_again(db: Any) -> None:
    made = registration()
    application_id = await _registered(made)
    async with global_session() as session:
        row = await session.get_one(Application, application_id)
    assert made.client_secret.get_secret_value().encode() not in row.secret_blob
    credentials = await applications.get_credentials(application_id)
    assert credentials.client_secret.get_secret_value() == made.client_secret.get_secret_value()
    assert made.client_secret.get_secret_value() not in repr(credentials)


async def test_a_secret_moved_to_another_application_does_not_open(db: Any) -> None:
    first, second = await _registered(registration("EU")), await _registered(registration("NA"))
    await _run("update applications set secret_blob = (select secret_blob from applications where region = 'EU')")
    await applications.get_credentials(first)
    with pytest.raises(Unsealable):
        await applications.get_credentials(second)


async def test_registering_again_changes_the_row_and_keeps_its_id(db: Any) -> None:
    first = await _registered(registration())
    again = await _registered(registration(client_secret=SecretStr("rotated"), draft=True))
    assert again == first
    assert (await applications.get_credentials(first)).client_secret.get_secret_value() == "rotated"


async def test_a_live_application_is_preferred_and_a_disabled_one_never_used(db: Any) -> None:
    live = registration(kind="live", client_id="live")
    await _registered(live)
    await _registered(registration(client_id="sandbox"))
    async with global_session() as session:
        found = await applications.find_application(session, "EU")
        assert found is not None
        assert found.client_id == "live"
    await _registered(registration(kind="live", client_id="live", enabled=False))
    async with global_session() as session:
        found = await applications.find_application(session, "EU")
        assert found is not None
        assert found.client_id == "sandbox"
        assert await applications.find_application(session, "FE") is None


def _application(**over: Any) -> Application:
    made = registration(**over)
    return Application(application_id=made.application_id, consent_url=made.consent_url, draft=made.draft)


@pytest.mark.parametrize(
    "marketplace", [m for m in MARKETPLACES.values() if m.vendor_central_url], ids=lambda m: m.country
)
def test_the_consent_page_is_the_marketplaces_own(marketplace: Any) -> None:
    application = _application(consent_url=REAL)
    page = applications.consent_page(application, marketplace)
    assert page == f"{marketplace.vendor_central_url}/apps/authorize/consent"
    url = applications.consent_url(
        page, application, state="a+b/c=", redirect_uri="https://okt.ee/oauth/amazon/eu/callback"
    )
    assert url.startswith(page + "?")
    assert parse_qs(urlsplit(url).query) == {
        "application_id": ["amzn1.sp.solution.eu"],
        "state": ["a+b/c="],
        "redirect_uri": ["https://okt.ee/oauth/amazon/eu/callback"],
    }


def test_a_draft_is_authorised_with_version_beta() -> None:
    application = _application(consent_url=REAL, draft=True)
    url = applications.consent_url("https://v.example/c", application, state="s", redirect_uri="https://okt.ee/cb")
    assert parse_qs(urlsplit(url).query)["version"] == ["beta"]


def test_a_sandbox_names_its_own_page_by_country() -> None:
    france, ireland = find_by_country("FR"), find_by_country("IE")
    assert france is not None
    assert ireland is not None
    assert (
        applications.consent_page(_application(), france) == "http://simulator/vendorcentral/FR/apps/authorize/consent"
    )
    assert applications.consent_page(_application(consent_url=REAL), ireland) is None
    assert (
        applications.manage_url(_application(consent_url=REAL), france) == "https://vendorcentral.amazon.fr/apps/manage"
    )
    assert applications.manage_url(_application(), france) == "http://simulator/vendorcentral/FR/apps/manage"
    assert applications.manage_url(_application(consent_url=REAL), ireland) is None


async def test_a_rejected_application_is_tried_once_each_half_minute(db: Any) -> None:
    application_id = await _registered(registration())
    assert await applications.may_call(application_id)
    await applications.reject(application_id, "invalid_client")
    assert not await applications.may_call(application_id)
    await _run("update applications set rejected_at = now() - interval '31 s'")
    assert await applications.may_call(application_id)
    assert not await applications.may_call(application_id)


async def test_a_success_or_a_new_registration_ends_the_rejection(db: Any) -> None:
    application_id = await _registered(registration())
    await applications.reject(application_id, "invalid_client")
    await applications.accept(application_id)
    assert not await _rejected()
    await applications.reject(application_id, "invalid_client")
    await _registered(registration())
    assert not await _rejected()
