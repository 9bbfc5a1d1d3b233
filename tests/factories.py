"""One function per thing a test needs, with sensible defaults; each test makes its own organizations."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import httpx
from oktee.access.factors.tables import Factor
from oktee.access.factors.totp import code_at, counter_at, new_seed, put_totp
from oktee.access.sessions import COOKIE
from oktee.access.workspaces import create_organization, put_member, put_user
from oktee.app import create_app
from oktee.kit.clock import now
from oktee.kit.database import global_session
from oktee.modules.administration.privacy.dpa import accept_for
from sqlalchemy import update

ORIGIN = "http://localhost:8000"
PASSWORD = "Kx9!long-enough-word"


@dataclass(frozen=True)
class Person:
    """A user with a role in one organization."""

    id: UUID
    email: str
    password: str
    organization_id: UUID
    slug: str
    role: str
    seed: str | None = None
    """Of their authenticator app, if they have one."""

    def code(self, steps: int = 0) -> str:
        """What the app shows now, or so many 30-second steps later."""
        assert self.seed is not None
        return code_at(self.seed, counter_at(now()) + steps)


async def make_organization(*, dpa: bool = True, **over: Any) -> tuple[UUID, str]:
    """An organization with a slug of its own: (id, slug). Without `dpa` no data of it may be processed yet."""
    slug = over.pop("slug", f"org-{secrets.token_hex(4)}")
    values = {
        "name": f"Organization {slug}", "country": "FR", "time_zone": "Europe/Paris", "currency": "EUR",
    } | over  # fmt: skip
    organization_id = await create_organization(slug=slug, **values)
    if dpa:
        await accept_for(organization_id)
    return organization_id, slug


async def make_person(
    *, organization: tuple[UUID, str] | None = None, role: str = "owner", factor: bool = True, **over: Any
) -> Person:
    """A person with an authenticator app (unless not `factor`); in a new organization unless one is given."""
    organization_id, slug = organization or await make_organization()
    email = over.get("email", f"{role}-{secrets.token_hex(4)}@example.com")
    user = await put_user(email=email, name=over.get("name", "Lea Martin"), password=PASSWORD)
    await put_member(organization_id, user, role)
    seed = new_seed() if factor else None
    if seed is not None:
        await put_totp(user, seed)
    return Person(user, email, PASSWORD, organization_id, slug, role, seed)


async def forget_used_codes(person: Person) -> None:
    """Its codes count as unused again, as if half a minute had passed."""
    async with global_session() as session:
        await session.execute(update(Factor).where(Factor.user_id == person.id).values(last_counter=None))


class Browser(httpx.AsyncClient):
    """A client that behaves as our pages do: same origin, session cookie, CSRF header."""

    slug: str = ""

    async def sign_in(self, person: Person) -> httpx.Response:
        """The password, and then a code where one is asked for."""
        answer = await self.give_password(person)
        if answer.status_code == 200 and answer.json()["next"] == "factor":
            await forget_used_codes(person)  # a test signs in more often than the clock has codes
            answer = self.keep(await self.post("/api/v1/session/factor", json={"code": person.code()}))
        return answer

    async def give_password(self, person: Person) -> httpx.Response:
        """Only the first step."""
        self.slug = person.slug
        return self.keep(await self.post("/api/v1/session", json={"email": person.email, "password": person.password}))

    def keep(self, answer: httpx.Response) -> httpx.Response:
        """The session this answer began, from now on."""
        if answer.status_code == 200 and "set-cookie" in answer.headers:
            cookie = answer.headers["set-cookie"].split(";")[0].split("=", 1)[1]
            self.headers["Cookie"] = f"{COOKIE}={cookie}"
            told = answer.json()
            self.headers["X-CSRF-Token"] = told.get("me", told)["csrf_token"]
        return answer

    def at(self, path: str) -> str:
        """An address inside the workspace."""
        return f"/api/v1/{self.slug}{path}"


@cache
def the_app() -> Any:
    """The whole API, made once for all tests of a process: that alone takes a second, and each route's first call more."""
    return create_app()


@asynccontextmanager
async def open_browser(app: Any, person: Person | None = None) -> AsyncIterator[Browser]:
    """A browser on this app, signed in when a person is given."""
    transport = httpx.ASGITransport(app=app)
    async with Browser(transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN}) as browser:
        if person is not None:
            answer = await browser.sign_in(person)
            assert answer.status_code == 200, answer.text
        yield browser
