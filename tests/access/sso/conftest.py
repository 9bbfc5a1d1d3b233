"""A company with its identity provider set up, its domain proved, and its people."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from access.sso.provider import SECRET, Idp, running
from factories import Browser, Person, make_person, open_browser
from oktee.access.sso import discovery, domains


@pytest.fixture(scope="session")
async def idp_process() -> AsyncIterator[Idp]:
    async with running() as found:
        yield found


@pytest.fixture
async def idp(idp_process: Idp) -> Idp:
    """As it is, whatever the test before did to it."""
    await idp_process.set(claims={}, amr=["pwd"], sub=None, email=None, verified=True, stranger=False)
    discovery.forget()
    return idp_process


@pytest.fixture
def txt(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The name servers of the world."""
    records: dict[str, list[str]] = {}

    async def read(name: str) -> list[str]:
        return records.get(name, [])

    monkeypatch.setattr(domains.names, "read", read)
    return records


@dataclass
class Company:
    """An organization whose owner set company sign-in up."""

    app: Any
    idp: Idp
    owner: Person
    desk: Browser
    domain: str
    txt: dict[str, list[str]]
    redirect_uri: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

    async def configure(self, **over: Any) -> Any:
        body = {"name": "Acme", "issuer": self.idp.issuer, "client_id": "oktee", "client_secret": SECRET} | over
        return await self.desk.put(self.desk.at("/administration/sso/provider"), json=body)

    async def prove(self, domain: str) -> Any:
        made = (await self.desk.post(self.desk.at("/administration/sso/domains"), json={"domain": domain})).json()
        self.txt[made["record_name"]] = ["v=spf1 -all", made["record_value"]]
        return await self.desk.post(self.desk.at(f"/administration/sso/domains/{made['id']}/verification"))

    async def switch(self, **body: Any) -> Any:
        return await self.desk.patch(self.desk.at("/administration/sso/provider"), json=body)

    def email(self, name: str = "lea") -> str:
        return f"{name}-{secrets.token_hex(3)}@{self.domain}"


@pytest.fixture
async def company(db: Any, app: Any, idp: Idp, txt: dict[str, list[str]]) -> AsyncIterator[Company]:
    owner = await make_person()
    domain = f"acme-{secrets.token_hex(3)}.example.com"
    async with open_browser(app, owner) as desk:
        made = Company(app, idp, owner, desk, domain, txt)
        assert (await made.configure()).status_code == 200
        assert (await made.prove(domain)).status_code == 200
        answer = await made.switch(enabled=True)
        assert answer.status_code == 200, answer.text
        made.redirect_uri = answer.json()["provider"]["redirect_uri"]
        yield made
