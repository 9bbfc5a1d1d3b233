"""A simulated Amazon to connect to, an application of ours there, and browsers of people who connect."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from contract.simulated import Simulated, TurnedClock
from factories import Browser, Person, make_organization, open_browser
from oktee.access.sessions import COOKIE, csrf_token
from oktee.access.tables import Membership, User, UserSession
from oktee.amazon.client.session import open_http
from oktee.amazon.connection import tokens
from oktee.amazon.connection.applications import Registration, redirect_uri, register
from oktee.amazon.connection.clients import accounts
from oktee.amazon.connection.outbound import outbound
from oktee.kit.crypto import digest
from oktee.kit.database import global_session, tenant_session
from oktee.kit.keyring.data_keys import data_keys
from pydantic import SecretStr
from simulator.app import create_app as create_simulator
from simulator.settings import LiveSettings, SimulatorSettings, WorldSize
from sqlalchemy import func, text

SIMULATOR = "http://simulator"
GERMANY, FRANCE, STATES = "A1PA6795UKMFR9", "A13V1IB3VIYZZH", "ATVPDKIKX0DER"
LUMEA, NORDHANDEL_DE, NORDHANDEL_FR, HARBOR = "amzn1.vg.1001", "amzn1.vg.2001", "amzn1.vg.2002", "amzn1.vg.3001"
ROLES = ["Inventory and Order Tracking"]


def registration(region: str = "EU", base: str = SIMULATOR, **over: Any) -> Registration:
    """OKTee's application of a region at the simulated Amazon."""
    values = {
        "name": f"OKTee {region}",
        "kind": "sandbox",
        "region": region,
        "application_id": f"amzn1.sp.solution.{region.lower()}",
        "client_id": f"amzn1.application-oa2-client.{region.lower()}",
        "client_secret": SecretStr(f"amzn1.oa2-cs.v1.{region.lower()}"),
        "roles": tuple(ROLES),
        "token_url": f"{base}/auth/o2/token",
        "endpoint": base,
        "consent_url": base + "/vendorcentral/{country}/apps/authorize/consent",
    }
    return Registration(**(values | over))


def at_amazon(ours: Registration) -> dict[str, Any]:
    """The same application as Amazon's developer console has it."""
    return {
        "client_id": ours.client_id,
        "client_secret": ours.client_secret.get_secret_value(),
        "application_id": ours.application_id,
        "name": ours.name,
        "redirect_uris": [redirect_uri(ours.region)],
        "roles": list(ours.roles),
        "draft": ours.draft,
    }


@dataclass
class Amazon(Simulated):
    """The simulated Amazon, and what a person does on its consent page."""

    async def place(self, *vendor_codes: str) -> None:
        """A new order for each of these codes."""
        for code in vendor_codes:
            await self.control("POST", "/orders", {"vendor_code": code})

    async def decide(self, url: str, decision: str, selling_partner_id: str = LUMEA) -> str:
        """Open the consent page, choose the account and press a button: the address Amazon sends the browser to."""
        page = await self.http.get(url)
        assert page.status_code == 200, page.text
        parts = urlsplit(url)
        form = {name: values[0] for name, values in parse_qs(parts.query).items()}
        form |= {"decision": decision, "selling_partner_id": selling_partner_id}
        answer = await self.http.post(parts._replace(query="").geturl(), data=form)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    async def token_calls(self) -> int:
        return len(await self.calls("token"))

    async def fault(self, **rule: Any) -> None:
        await self.control("POST", "/faults", [rule])


async def begin(browser: Browser, marketplace_id: str = GERMANY) -> str:
    """Press Connect: the address of Amazon's page."""
    answer = await browser.post(
        browser.at("/administration/connections/authorizations"), json={"marketplace_id": marketplace_id}
    )
    assert answer.status_code == 201, answer.text
    url: str = answer.json()["url"]
    return url


async def come_back(browser: httpx.AsyncClient, location: str) -> tuple[str, dict[str, str]]:
    """Follow Amazon's redirect: the path of the landing page and its query."""
    parts = urlsplit(location)
    answer = await browser.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 303, answer.text
    landing = urlsplit(answer.headers["location"])
    assert landing.netloc == ""
    return landing.path, {name: values[0] for name, values in parse_qs(landing.query).items()}


async def connect(
    amazon: Amazon, browser: Browser, selling_partner_id: str = LUMEA, marketplace_id: str = GERMANY
) -> UUID:
    """The whole consent, approved: the connection, not verified yet."""
    url = await begin(browser, marketplace_id)
    _, result = await come_back(browser, await amazon.decide(url, "approve", selling_partner_id))
    assert result["result"] == "connected", result
    return UUID(result["connection"])


async def verify(browser: Browser, connection_id: UUID) -> dict[str, Any]:
    """Confirm the identity shown: the connection."""
    answer = await browser.post(browser.at(f"/administration/connections/{connection_id}/verification"))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def rows(organization_id: UUID, statement: str, **values: Any) -> list[Any]:
    """What the runtime role reads as this organization."""
    async with tenant_session(organization_id) as session:
        return list((await session.execute(text(statement), values)).all())


async def kinds(organization_id: UUID, prefix: str = "") -> list[str]:
    """The kinds of the journal, oldest first."""
    found = await rows(organization_id, "select kind from journal_entries order by at, id")
    return [row.kind for row in found if row.kind.startswith(prefix)]


@pytest.fixture(name="amazon")
async def simulated_amazon(db: Any) -> AsyncIterator[Amazon]:
    """Customers without orders; nothing happens by itself; our EU and NA applications are registered on both sides."""
    clock = TurnedClock()
    live = LiveSettings(speed=0, ack_delay_seconds=0)
    size = WorldSize(history_days=0, open_orders=0, items_per_customer=20)
    app = create_simulator(SimulatorSettings(size=size, live=live, clock=clock))
    transport = httpx.ASGITransport(app=app)
    made = Amazon(app, open_http(transport=transport), clock)
    async with global_session() as session:
        for region in ("EU", "NA"):
            ours = registration(region)
            await made.control("POST", "/applications", at_amazon(ours))
            await register(session, ours)
    outbound.transport = transport
    yield made
    await forget()
    outbound.transport = None
    await made.http.aclose()
    app.state.amazon.store.close()


async def forget() -> None:
    """What this process remembers, as after a restart."""
    await accounts.close()
    data_keys.clear()
    tokens._kept.clear()


@pytest.fixture(name="oktee", scope="session")
async def oktee_app(app: Any) -> Any:
    """The whole API, as it is served."""
    return app


async def hire(
    organization: tuple[UUID, str] | None = None, *, role: str = "owner", name: str = "Lea Martin"
) -> Person:
    """A person without a password: no hash to compute. They come in through `arrive`."""
    organization_id, slug = organization or await make_organization()
    email = f"{role}-{token_hex(4)}@example.com"
    async with global_session() as session:
        user = User(email=email, name=name, password_hash="none")
        session.add(user)
        await session.flush()
        session.add(Membership(organization_id=organization_id, user_id=user.id, role=role))
    return Person(user.id, email, "", organization_id, slug, role)


@asynccontextmanager
async def arrive(app: Any, person: Person) -> AsyncIterator[Browser]:
    """A browser with a session of this person, as after signing in with a second factor."""
    token = token_hex(32)
    async with global_session() as session:
        began = UserSession(
            token_hash=digest(token), user_id=person.id, user_agent="test", address="127.0.0.1",
            expires_at=func.now() + timedelta(hours=1), second_factor_at=func.now(), fresh_at=func.now(),
        )  # fmt: skip
        session.add(began)
        await session.flush()
    async with open_browser(app) as browser:
        browser.headers.update({"Cookie": f"{COOKIE}={token}", "X-CSRF-Token": csrf_token(began.id)})
        browser.slug = person.slug
        yield browser


@pytest.fixture(name="owner")
async def an_owner(db: Any) -> Person:
    return await hire()


@pytest.fixture(name="browser")
async def owners_browser(oktee: Any, owner: Person) -> AsyncIterator[Browser]:
    async with arrive(oktee, owner) as browser:
        yield browser


@pytest.fixture(name="stranger")
async def another_organizations_browser(oktee: Any, db: Any) -> AsyncIterator[Browser]:
    """The owner of another organization."""
    async with arrive(oktee, await hire(name="Max Fremd")) as browser:
        yield browser
