"""A client with a recorded clock for the tests of the SP-API client; no database, no Valkey."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from oktee.amazon.client.operations import Operation
from oktee.amazon.client.retry import RetryPolicy
from oktee.amazon.client.session import AmazonClient, open_http
from oktee.amazon.client.wire import Limits

ENDPOINT = "https://sellingpartnerapi-eu.amazon.com"


@dataclass
class RecordingThrottle:
    """Lets everybody through and remembers what it was told."""

    acquired: list[str] = field(default_factory=list)
    rates: list[float | None] = field(default_factory=list)
    punishments: list[float | None] = field(default_factory=list)

    async def acquire(self, operation: Operation) -> None:
        self.acquired.append(operation.name)

    async def learn(self, operation: Operation, rate: float | None) -> None:
        self.rates.append(rate)

    async def punished(self, operation: Operation, retry_after: float | None) -> None:
        self.punishments.append(retry_after)


@dataclass
class Tokens:
    """An access token that changes each time a new one is asked for."""

    renewals: int = 0
    error: Exception | None = None

    async def __call__(self, force: bool) -> str:
        if force:
            if self.error is not None:
                raise self.error
            self.renewals += 1
        return f"Atza|token-{self.renewals}"


@dataclass
class Bench:
    """One client and everything around it that a test looks at."""

    client: AmazonClient
    http: httpx.AsyncClient
    throttle: RecordingThrottle
    tokens: Tokens
    slept: list[float]


@pytest.fixture
async def make_client() -> AsyncIterator[Callable[..., Bench]]:
    """Builds a client; waiting takes no time and is recorded, jitter draws its upper end."""
    opened: list[httpx.AsyncClient] = []

    def make(*, endpoint: str = ENDPOINT, limits: Limits | None = None, **over: Any) -> Bench:
        http = open_http(limits=limits)
        opened.append(http)
        throttle, tokens, slept = RecordingThrottle(), Tokens(), []

        async def sleep(seconds: float) -> None:
            slept.append(seconds)

        over.setdefault("retry", RetryPolicy(draw=lambda: 1.0))
        client = AmazonClient(
            http, endpoint=endpoint, access_token=tokens, throttle=throttle, limits=limits, sleep=sleep, **over
        )
        return Bench(client, http, throttle, tokens, slept)

    yield make
    for http in opened:
        await http.aclose()


Serve = Callable[[Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]], Any]


@pytest.fixture
def raw_server() -> Serve:
    """A TCP server on loopback that answers with exactly the bytes a test writes: for wires no HTTP double can break."""

    @asynccontextmanager
    async def serve(
        answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    ) -> AsyncIterator[str]:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await reader.readuntil(b"\r\n\r\n")
                await answer(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.close()

    return serve
