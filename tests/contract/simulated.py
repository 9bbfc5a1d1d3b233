"""Our client and the simulated Amazon in one process, over httpx.ASGITransport: no sockets, no database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI
from oktee.amazon.client.lwa import refresh
from oktee.amazon.client.retry import RetryPolicy
from oktee.amazon.client.session import AmazonClient
from oktee.amazon.client.throttle import LocalThrottle
from pydantic import SecretStr

AMAZON = "http://simulator"
TOKEN_URL = f"{AMAZON}/auth/o2/token"
APPLICATION = {
    "client_id": "amzn1.application-oa2-client.contract",
    "client_secret": "amzn1.oa2-cs.v1.contract",
    "application_id": "amzn1.sp.solution.contract",
    "name": "OKTee contract",
    "redirect_uris": ["http://localhost/oauth/amazon/eu/callback"],
    "roles": ["Inventory and Order Tracking"],
}


@dataclass
class TurnedClock:
    """A clock of the simulator that a test may set ahead."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Account:
    """An authorised vendor group, and what keeps its access token as `connection` would."""

    http: httpx.AsyncClient
    selling_partner_id: str
    refresh_token: SecretStr
    since: datetime
    until: datetime
    client_secret: str = APPLICATION["client_secret"]  # type: ignore[assignment]
    access_token: str | None = None
    refreshes: int = 0

    async def token(self, force: bool) -> str:
        if force or self.access_token is None:
            tokens = await refresh(
                self.http,
                token_url=TOKEN_URL,
                client_id=str(APPLICATION["client_id"]),
                client_secret=SecretStr(self.client_secret),
                refresh_token=self.refresh_token,
            )
            self.access_token = tokens.access_token.get_secret_value()
            self.refreshes += 1
        return self.access_token

    def client(self, **over: Any) -> AmazonClient:
        return AmazonClient(
            self.http,
            endpoint=AMAZON,
            access_token=self.token,
            throttle=over.pop("throttle", None) or LocalThrottle(sleep=no_sleep),
            sleep=no_sleep,
            retry=RetryPolicy(draw=lambda: 1.0),
            **over,
        )


async def no_sleep(seconds: float) -> None:
    """Waiting takes no time here: the simulator's buckets are opened wide instead."""


@dataclass
class Simulated:
    """The simulated Amazon by its addresses, as a stranger would use it."""

    app: FastAPI
    http: httpx.AsyncClient
    clock: TurnedClock = field(default_factory=TurnedClock)

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, f"{AMAZON}/_control{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def bulk(self, *, orders: int, lines: int, days: float = 7) -> Account:
        """A vendor group of its own with so many orders, authorised."""
        asked = {"orders": orders, "lines": lines, "days": days, "application": APPLICATION["client_id"]}
        made = await self.control("POST", "/worlds/bulk", asked)
        return Account(
            self.http,
            made["selling_partner_id"],
            SecretStr(made["refresh_token"]),
            datetime.fromisoformat(made["since"]),
            datetime.fromisoformat(made["until"]),
        )

    async def authorise(self, selling_partner_id: str) -> Account:
        asked = {"application": APPLICATION["client_id"], "selling_partner_id": selling_partner_id}
        made = await self.control("POST", "/grants", asked)
        now = self.clock()
        return Account(self.http, selling_partner_id, SecretStr(made["refresh_token"]), now - timedelta(days=1), now)

    async def calls(self, operation: str | None = None) -> list[dict[str, Any]]:
        query = "" if operation is None else f"&operation={operation}"
        found: list[dict[str, Any]] = (await self.control("GET", f"/ledger?limit=10000{query}"))["calls"]
        return found
