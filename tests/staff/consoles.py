"""Staff people set up and signed in over HTTP, and what they ask for."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
from factories import ORIGIN
from oktee.access.factors.totp import code_at, counter_at
from oktee.access.support.people import COOKIE, create_staff
from oktee.kit.clock import now
from oktee.kit.database import global_session
from sqlalchemy import text

PASSWORD = "Vx7!another-long-word"


@dataclass(frozen=True)
class StaffMember:
    """A staff person with their password and authenticator."""

    id: UUID
    name: str
    email: str
    seed: str

    def code(self, steps: int = 0) -> str:
        return code_at(self.seed, counter_at(now()) + steps)


class Console(httpx.AsyncClient):
    """A browser on the staff console."""

    async def sign_in(self, member: StaffMember, **over: str) -> httpx.Response:
        await forget_used_codes(member)
        body = {"email": member.email, "password": PASSWORD, "code": member.code()} | over
        answer = await self.post("/staff/api/v1/session", json=body)
        if answer.status_code == 200:
            cookie = answer.headers["set-cookie"].split(";")[0].split("=", 1)[1]
            self.headers["Cookie"] = f"{COOKIE}={cookie}"
            self.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return answer

    async def ask(self, slug: str, *scope: str, **over: Any) -> dict[str, Any]:
        """Ask for a grant there."""
        body = {"reason": "An order looks stuck", "ticket": "8812", "scope": list(scope), "hours": 1} | over
        answer = await self.post(f"/staff/api/v1/organizations/{slug}/grants", json=body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def see(self, slug: str, path: str, **query: Any) -> httpx.Response:
        return await self.get(f"/staff/api/v1/organizations/{slug}{path}", params=query)


async def forget_used_codes(member: StaffMember) -> None:
    async with global_session() as session:
        await session.execute(text("update staff_users set totp_counter = null where id = :id"), {"id": member.id})


async def set_up(client: httpx.AsyncClient, token: str, password: str = PASSWORD) -> str:
    """Walk the set-up link over HTTP: the authenticator's seed."""
    begun = await client.post("/staff/api/v1/setup", json={"token": token, "password": password})
    assert begun.status_code == 200, begun.text
    seed = parse_qs(urlsplit(begun.json()["uri"]).query)["secret"][0]
    code = code_at(seed, counter_at(now()))
    done = await client.post("/staff/api/v1/setup/confirmation", json={"token": token, "code": code})
    assert done.status_code == 204, done.text
    return seed


@asynccontextmanager
async def nobody(app: Any) -> AsyncIterator[Console]:
    transport = httpx.ASGITransport(app=app)
    async with Console(transport=transport, base_url=ORIGIN, headers={"Origin": ORIGIN}) as console:
        yield console


async def make_member(app: Any, name: str = "Anna Berg") -> StaffMember:
    email = f"{name.split()[0].lower()}-{secrets.token_hex(4)}@oktee.example"
    staff_id, token = await create_staff(email, name)
    async with nobody(app) as client:
        return StaffMember(staff_id, name, email, await set_up(client, token))


@asynccontextmanager
async def open_console(app: Any, name: str = "Anna Berg") -> AsyncIterator[tuple[Console, StaffMember]]:
    """A new staff person, signed in."""
    member = await make_member(app, name)
    async with nobody(app) as console:
        answer = await console.sign_in(member)
        assert answer.status_code == 200, answer.text
        yield console, member
