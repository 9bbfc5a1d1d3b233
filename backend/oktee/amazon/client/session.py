"""The SP-API client of one account: the one way a request takes to Amazon, whatever the operation."""

import asyncio
import platform
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar

import httpx
import msgspec

from oktee.amazon.client.breaker import Breakers
from oktee.amazon.client.errors import AmazonError, CircuitOpen, NotAllowed, Refused, Throttled, Unreachable
from oktee.amazon.client.models.fields import Error
from oktee.amazon.client.operations import Operation
from oktee.amazon.client.retry import RetryBudget, RetryPolicy
from oktee.amazon.client.throttle import Throttle
from oktee.amazon.client.wire import Answer, Limits, exchange, rate_limit, retry_after

AccessToken = Callable[[bool], Awaitable[str]]
"""Gives the access token; with True a new one, because Amazon just refused the old. May raise Revoked and the like."""

Turned = Callable[[str, str | None], Awaitable[None]]
"""Told of a breaker: the API family, and what failed (it opened) or None (it closed)."""

Result = TypeVar("Result")

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a decoder raises for bytes that are not the JSON they should be."""

VERSION: Final = "0.1.0"
"""Of the product, as in pyproject.toml (a test compares): the image and a checkout run without package metadata."""

MAX_CONNECTIONS: Final = 20
"""Per account: one shared client with 320 requests in flight reached half the quota at five times the CPU (measured)."""


def user_agent() -> str:
    """How Amazon wants an application to name itself: at most 500 characters, `Name/Version (Language=...; Platform=...)`."""
    python = ".".join(platform.python_version_tuple()[:2])
    return f"OKTee/{VERSION} (Language=Python/{python}; Platform={platform.system() or 'unknown'})"


USER_AGENT: Final = user_agent()


def open_http(*, transport: httpx.AsyncBaseTransport | None = None, limits: Limits | None = None) -> httpx.AsyncClient:
    """The connection pool of ONE account, with bounds on everything. The caller closes it."""
    return httpx.AsyncClient(
        transport=transport,
        timeout=(limits or Limits()).timeout,
        limits=httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS),
        headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
        follow_redirects=False,
    )


class AmazonClient:
    """Calls operations at one endpoint for one account.

    `allowed` holds the operations that the enabled modules need, by name (None = all, for tools): anything else raises
    NotAllowed and sends nothing. Retries stay inside `budget`; share one budget among the clients of a connection.
    `breakers` keep calls here while their API fails; `turned` is told when one opens or closes, with its family and why.
    `before_write` is asked as the last thing before each request that writes, and raises to keep it here.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        endpoint: str,
        access_token: AccessToken,
        throttle: Throttle,
        allowed: frozenset[str] | Callable[[], Awaitable[frozenset[str]]] | None = None,
        retry: RetryPolicy | None = None,
        budget: RetryBudget | None = None,
        limits: Limits | None = None,
        before_write: Callable[[str], Awaitable[None]] | None = None,
        breakers: Breakers | None = None,
        turned: Turned | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http = http
        self._endpoint = endpoint
        self._access_token = access_token
        self._throttle = throttle
        self._allowed = allowed
        self._retry = retry or RetryPolicy()
        self._budget = budget or RetryBudget()
        self._limits = limits or Limits()
        self._before_write = before_write
        self._breakers = breakers
        self._turned = turned
        self._sleep = sleep

    async def request(
        self,
        operation: Operation,
        *,
        decode: Callable[[Answer], Result],
        path: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Result:
        """Call until there is an answer that `decode` can read, or no retry is left; then raise as client/errors.py draws.

        A read is repeated after 429, 5xx, timeouts and unreadable answers. A write is repeated only when Amazon has
        certainly not acted on it (429, connect error); after an unknown outcome it raises Unreachable with
        `delivered is None`. A token that Amazon calls expired or invalid is renewed once.
        """
        await self._refuse_unless_allowed(operation)
        self._budget.call()
        renewed = False
        waited, retry = 0.0, 0
        while True:
            try:
                return await self._judged(operation, decode, path=path, params=params, body=body)
            except _StaleToken as stale:
                if renewed:
                    raise stale.refusal from None
                renewed = True
                # A revoked grant shows here: renewing raises Revoked.
                await self._access_token(True)
                continue
            except (Throttled, Unreachable) as error:
                delay = self._delay(operation, error, retry=retry, waited=waited)
                if delay is None:
                    raise
                waited += delay
                retry += 1
            await self._sleep(delay)
            await self._refuse_unless_allowed(operation)  # a module may have been switched off meanwhile

    async def _refuse_unless_allowed(self, operation: Operation) -> None:
        """Asked before each attempt, so that a module that is switched off is off for a client made before."""
        allowed = await self._allowed() if callable(self._allowed) else self._allowed
        if allowed is not None and operation.name not in allowed:
            raise NotAllowed(operation.name)

    def _delay(
        self, operation: Operation, error: Throttled | Unreachable, *, retry: int, waited: float
    ) -> float | None:
        """Seconds to wait before the next attempt; None when this failure must be raised."""
        if operation.writes and error.delivered is not False:
            return None
        if self._breakers is not None and self._breakers.of(operation.family).is_open:
            return None
        after = error.retry_after if isinstance(error, Throttled) else None
        delay = self._retry.delay(retry, retry_after=after)
        if retry + 1 >= self._retry.attempts or waited + delay > self._retry.patience or not self._budget.spend():
            return None
        return delay

    async def _judged(
        self,
        operation: Operation,
        decode: Callable[[Answer], Result],
        *,
        path: Mapping[str, str] | None,
        params: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Result:
        """One attempt, and what it says of its API. Raises CircuitOpen, and sends nothing, while that fails."""
        if self._breakers is None:
            return await self._once(operation, decode, path=path, params=params, body=body)
        breaker = self._breakers.of(operation.family)
        if (wait := breaker.admit(operation.name)) is not None:
            raise CircuitOpen(operation.family, operation=operation.name, retry_in=wait)
        closed = opened = False
        why: str | None = None
        try:
            result = await self._once(operation, decode, path=path, params=params, body=body)
            closed = breaker.succeeded()
        except Unreachable as error:
            if error.operation == operation.name:  # Amazon's token endpoint is another API
                opened, why = breaker.failed(), str(error)[:300]
            raise
        except (Throttled, Refused, _StaleToken):
            closed = breaker.succeeded()
            raise
        finally:
            if self._turned is not None and (opened or closed):
                await self._turned(operation.family, why)
        return result

    async def _once(
        self,
        operation: Operation,
        decode: Callable[[Answer], Result],
        *,
        path: Mapping[str, str] | None,
        params: Mapping[str, str] | None,
        body: bytes | None,
    ) -> Result:
        token = await self._access_token(False)
        await self._throttle.acquire(operation)
        headers = {
            "x-amz-access-token": token,
            "x-amz-date": datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"),
            "User-Agent": USER_AGENT,
            "Accept": "application/json",
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = self._http.build_request(
            operation.method,
            operation.url(self._endpoint, path, params),
            headers=headers,
            content=body,
            timeout=self._limits.timeout,
        )
        if operation.writes and self._before_write is not None:
            await self._before_write(operation.name)
        answer = await exchange(self._http, request, operation=operation.name, limits=self._limits)
        if (rate := rate_limit(answer.headers)) is not None:
            await self._throttle.learn(operation, rate)
        if 200 <= answer.status < 300:
            try:
                return decode(answer)
            except UNREADABLE as error:
                raise Unreachable(
                    f"unreadable answer: {error}",
                    operation=operation.name,
                    status=answer.status,
                    request_id=answer.request_id,
                ) from error
        failure = failed(operation.name, answer)
        if isinstance(failure, Throttled):
            await self._throttle.punished(operation, failure.retry_after)
        raise failure


class _StaleToken(AmazonError):
    """Amazon refused the access token itself; a new one may help. Never leaves this file."""

    def __init__(self, refusal: Refused) -> None:
        super().__init__(refusal.reason, operation=refusal.operation, delivered=False)
        self.refusal = refusal


def failed(operation: str, answer: Answer) -> AmazonError:
    """The error that an answer outside 2xx stands for (FACTS b, d)."""
    first = _first_error(answer.body)
    request_id = answer.request_id
    if answer.status == 429:
        return Throttled(operation=operation, retry_after=retry_after(answer.headers), request_id=request_id)
    if answer.status >= 500 or answer.status < 400 or answer.status == 408:
        words = f"{first.code}: {first.message}" if first else "no readable error body"
        return Unreachable(words[:300], operation=operation, status=answer.status, request_id=request_id)
    details = ((first.details if first else None) or "")[:300]
    message = (first.message if first else "no readable error body")[:300]
    if "security token included in the request is expired" in f"{message} {details}".lower():
        # A fault inside Amazon that clears by itself (2023); our own token is fine.
        return Unreachable(message, operation=operation, status=answer.status, request_id=request_id, delivered=False)
    refusal = Refused(
        (first.code if first else "") or f"HTTP {answer.status}",
        message,
        operation=operation,
        details=details,
        status=answer.status,
        request_id=request_id,
    )
    if answer.status == 401 or (answer.status == 403 and _blames_token(details)):
        return _StaleToken(refusal)
    return refusal


def _blames_token(details: str) -> bool:
    """Whether a 403 is about this access token. With empty details it is a missing role, region or vendor group instead,
    which no new token cures and which is no revocation."""
    return "access token you provided" in details.lower()


def _first_error(body: bytes) -> Error | None:
    try:
        errors = msgspec.json.decode(body, type=_Errors).errors
    except UNREADABLE:
        return None
    return errors[0] if errors else None


class _Errors(msgspec.Struct):
    errors: list[Error] | None = None
