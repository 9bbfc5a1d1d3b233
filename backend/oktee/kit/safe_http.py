"""The one HTTP client for addresses that OKTee did not write itself: customers' URLs and identity providers.

It connects only to public addresses that it resolved and checked itself (so a second, private answer of a name server
changes nothing), over https, to hosts on a list, and takes no more than it was told to (trust/WEBHOOKS 5).
"""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import cache
from typing import Any, Final

import httpcore
import httpx

from oktee.kit.errors import Unavailable
from oktee.kit.settings import settings

LONGEST_URL: Final = 2048
CONNECT_SECONDS: Final = 3.0
READ_SECONDS: Final = 10.0
TOTAL_SECONDS: Final = 30.0
MAX_BYTES: Final = 1024 * 1024
MAX_REDIRECTS: Final = 3

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Awaitable[list[str]]]

# What no table of "global" addresses may miss, whatever Python's own says (IANA special-purpose registries).
_NEVER: Final = tuple(
    ipaddress.ip_network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20",
        "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
_NAT64: Final = tuple(ipaddress.ip_network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48"))


class Refused(Unavailable):
    """An address that may not be called, or an answer that may not be taken. `reason` is a class, never a body or an
    address: the caller must not become a port scanner."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The address could not be used: {reason}.")
        self.reason = reason


def is_public(address: Address) -> bool:
    """Whether an address is of the public internet, also when it carries another one inside."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.teredo is not None or address.scope_id:
            return False
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and any(address in network for network in _NAT64):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if int(address) >> 32 == 0:  # ::a.b.c.d, long deprecated
            return False
    if any(address.version == network.version and address in network for network in _NEVER):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved and not address.is_link_local


async def resolve(host: str, port: int) -> list[str]:
    """By the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
    return [str(entry[4][0]) for entry in found]


class _Guard(httpcore.AsyncNetworkBackend):
    """Connects to an address it has checked, never to a name."""

    def __init__(self, resolver: Resolver, *, loopback: bool) -> None:
        self._resolve, self._loopback = resolver, loopback
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._addresses(host, port)
        last: Exception | None = None
        for address in addresses[:4]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.NetworkError as error:
                last = error
        raise last or Refused("dns_error")

    async def _addresses(self, host: str, port: int) -> list[str]:
        """Every answer must be public: one private one refuses the whole name."""
        try:
            found = list(dict.fromkeys(await self._resolve(host, port)))
            parsed = [ipaddress.ip_address(each) for each in found]
        except (OSError, ValueError, UnicodeError):
            raise Refused("dns_error") from None
        if not parsed:
            raise Refused("dns_error")
        if not all(is_public(each) or (self._loopback and each.is_loopback) for each in parsed):
            raise Refused("blocked_address")
        return found

    async def connect_unix_socket(self, *given: Any, **named: Any) -> httpcore.AsyncNetworkStream:
        raise Refused("blocked_address")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Counted(httpx.AsyncByteStream):
    """An answer's body, cut off when it is too long or takes too long."""

    def __init__(self, inner: Any, *, max_bytes: int, until: float) -> None:
        self._inner, self._max, self._until = inner, max_bytes, until

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen, loop = 0, asyncio.get_running_loop()
        pieces = aiter(self._inner)
        while True:
            try:
                async with asyncio.timeout_at(self._until):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise Refused("timeout") from None
            seen += len(piece)
            if seen > self._max:
                raise Refused("too_large")
            if loop.time() > self._until:
                raise Refused("timeout")
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()


class GuardedTransport(httpx.AsyncBaseTransport):
    """What every request passes: the address, the host list, the caps. Redirects come back as answers."""

    def __init__(
        self,
        *,
        hosts: frozenset[str] | None,
        resolver: Resolver = resolve,
        max_bytes: int = MAX_BYTES,
        total_seconds: float = TOTAL_SECONDS,
        loopback: bool | None = None,
    ) -> None:
        self._hosts, self._max_bytes, self._seconds = hosts, max_bytes, total_seconds
        self._open = settings().env != "production" if loopback is None else loopback
        guard = _Guard(resolver, loopback=self._open)
        self._inner = httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False)
        self._inner._pool = httpcore.AsyncConnectionPool(
            network_backend=guard, ssl_context=_tls(), max_connections=4, max_keepalive_connections=2
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._check(request.url)
        request.headers["Accept-Encoding"] = "identity"  # so that no small answer becomes a large one
        until = asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(until):
                answer = await self._inner.handle_async_request(request)
        except TimeoutError:
            raise Refused("timeout") from None
        except httpx.TimeoutException:
            raise Refused("timeout") from None
        except httpx.ConnectError as error:
            raise Refused("tls_error" if "SSL" in str(error) or "certificate" in str(error) else "no_answer") from None
        except httpx.TransportError:
            raise Refused("no_answer") from None
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            await answer.aclose()
            raise Refused("encoded")
        answer.stream = _Counted(answer.stream, max_bytes=self._max_bytes, until=until)
        return answer

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _check(self, url: httpx.URL) -> None:
        if len(str(url)) > LONGEST_URL or url.userinfo or url.fragment or not url.host:
            raise Refused("bad_url")
        local = self._open and _is_loopback(url.host)
        if url.scheme != "https" and not (url.scheme == "http" and self._open):
            raise Refused("not_https")
        authority = f"{url.host}:{url.port}" if url.port else url.host
        if self._hosts is not None and url.host not in self._hosts and authority not in self._hosts:
            raise Refused("host_not_listed")
        if url.port not in (None, 443) and not local and not (self._hosts and authority in self._hosts):
            raise Refused("blocked_port")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def client(
    *,
    hosts: Iterable[str] | None,
    resolver: Resolver = resolve,
    max_bytes: int = MAX_BYTES,
    total_seconds: float = TOTAL_SECONDS,
    loopback: bool | None = None,
) -> httpx.AsyncClient:
    """A client whose every request is guarded; the caller closes it. `hosts` (or `host:port`) are the only ones it
    calls; None for addresses that a customer gave. `loopback` (and http): open outside production, for tests and the demo.

    Raises Refused. It follows no redirect: `get` below follows a few.
    """
    return httpx.AsyncClient(
        transport=GuardedTransport(hosts=frozenset(hosts) if hosts is not None else None, resolver=resolver,
                                   max_bytes=max_bytes, total_seconds=total_seconds, loopback=loopback),
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "OKTee"},
    )  # fmt: skip


async def get(http: httpx.AsyncClient, url: str, *, headers: dict[str, str] | None = None) -> httpx.Response:
    """GET, following at most three redirects inside one origin, each checked like the first. Raises Refused."""
    try:
        wanted = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        raise Refused("bad_url") from None
    for _ in range(MAX_REDIRECTS + 1):
        answer = await http.get(wanted, headers=headers)
        if not answer.has_redirect_location:
            return answer
        try:
            target = wanted.join(answer.headers["location"])
        except httpx.InvalidURL:
            raise Refused("bad_url") from None
        if (target.scheme, target.host, target.port) != (wanted.scheme, wanted.host, wanted.port):
            raise Refused("redirect")
        wanted = target
    raise Refused("redirect")
