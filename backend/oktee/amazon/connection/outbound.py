"""The HTTP clients that go to Amazon: one pool per account, one for the token endpoint, and none inside a transaction."""

import ssl
from functools import cached_property

import httpx

from oktee.amazon.client.session import MAX_CONNECTIONS, open_http
from oktee.kit.database import in_transaction
from oktee.kit.listed_hosts import refuse_unlisted


class HttpInTransaction(RuntimeError):
    """A programming fault: a call to Amazon while a session is open would hold a database connection for its time."""


async def _refuse_in_transaction(request: httpx.Request) -> None:
    if in_transaction.get():
        raise HttpInTransaction(f"{request.method} {request.url.path} inside a transaction")


async def _refuse_unlisted(request: httpx.Request) -> None:
    refuse_unlisted(request.url.host)


class Outbound:
    """Makes the clients of this process. `transport` replaces the network (tests)."""

    def __init__(self) -> None:
        self.transport: httpx.AsyncBaseTransport | None = None
        self._lwa: httpx.AsyncClient | None = None

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return httpx.create_ssl_context()

    def open(self) -> httpx.AsyncClient:
        """A new pool, for one account; the caller closes it. All pools share one TLS context: a context of its own would
        cost each account 0.8 MB and 50 ms (measured)."""
        limits = httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS)
        client = open_http(transport=self.transport or httpx.AsyncHTTPTransport(verify=self._tls, limits=limits))
        checks = [_refuse_in_transaction] if self.transport else [_refuse_in_transaction, _refuse_unlisted]
        client.event_hooks = {"request": checks, "response": []}
        return client

    @property
    def lwa(self) -> httpx.AsyncClient:
        """The pool of the token endpoint: a refresh an hour per account needs no more than one for all."""
        if self._lwa is None or self._lwa.is_closed:
            self._lwa = self.open()
        return self._lwa

    async def close(self) -> None:
        if self._lwa is not None:
            await self._lwa.aclose()
            self._lwa = None


outbound = Outbound()
