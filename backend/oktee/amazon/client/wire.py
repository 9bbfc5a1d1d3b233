"""One HTTP exchange with Amazon: sent once, read under a time and a size cap, every broken wire named."""

import asyncio
import email.utils
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import httpx

from oktee.amazon.client.errors import Unreachable

# Raised before a byte of the request left this machine, so Amazon cannot have acted on it.
NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps of one exchange: decoded bytes of the answer, seconds of the whole, seconds of each step."""

    max_bytes: int = 32 * 1024 * 1024
    total_seconds: float = 60.0
    connect_seconds: float = 5.0
    step_seconds: float = 30.0

    @property
    def timeout(self) -> httpx.Timeout:
        return httpx.Timeout(self.step_seconds, connect=self.connect_seconds)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: status, headers, decoded body, Amazon's request id, and when it was complete here (UTC)."""

    status: int
    headers: httpx.Headers
    body: bytes
    request_id: str | None
    received_at: datetime


async def exchange(http: httpx.AsyncClient, request: httpx.Request, *, operation: str, limits: Limits) -> Answer:
    """Send once and read the whole answer. Raises Unreachable, with `delivered=False` only when nothing was sent."""
    request.headers["Accept-Encoding"] = "gzip"
    response: httpx.Response | None = None
    try:
        async with asyncio.timeout(limits.total_seconds):
            response = await http.send(request, stream=True, follow_redirects=False)
            body = await _read(response, operation=operation, max_bytes=limits.max_bytes)
    except NEVER_SENT as error:
        raise Unreachable(_words(error), operation=operation, delivered=False) from error
    except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
        raise Unreachable(
            _words(error),
            operation=operation,
            status=response.status_code if response else None,
            request_id=_request_id(response.headers) if response else None,
        ) from error
    finally:
        if response is not None:
            await response.aclose()
    return Answer(
        status=response.status_code,
        headers=response.headers,
        body=body,
        request_id=_request_id(response.headers),
        received_at=datetime.now(UTC),
    )


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Seconds of the Retry-After header (a number or an HTTP date), None when absent or unreadable."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (email.utils.parsedate_to_datetime(text) - (now or datetime.now(UTC))).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(0.0, seconds) if seconds < float("inf") else None


def rate_limit(headers: Mapping[str, str]) -> float | None:
    """Calls per second of x-amzn-RateLimit-Limit, None when absent or unreadable (it is best effort)."""
    try:
        rate = float(headers.get("x-amzn-ratelimit-limit", ""))
    except ValueError:
        return None
    return rate if 0 < rate < float("inf") else None


async def _read(response: httpx.Response, *, operation: str, max_bytes: int) -> bytes:
    """The decoded body. Decodes itself: httpx inflates a whole chunk before anyone can count, so 64 kB could become 64 MB."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise _broken(response, operation, f"unknown content encoding {encoding[:40]}")
    inflate = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    parts: list[bytes] = []
    size = 0
    # The raw stream, since Response.aiter_raw refuses bodies that a test transport has already read.
    async for chunk in _stream(response):
        if inflate is not None:
            try:
                part = inflate.decompress(chunk, max_bytes - size + 1)
            except zlib.error as error:
                raise _broken(response, operation, "the compressed body is damaged") from error
        else:
            part = chunk
        size += len(part)
        if size > max_bytes:
            raise _broken(response, operation, f"the answer is larger than {max_bytes} bytes")
        parts.append(part)
    if inflate is not None and parts and not inflate.eof:
        raise _broken(response, operation, "the compressed body is cut")
    return b"".join(parts)


def _stream(response: httpx.Response) -> httpx.AsyncByteStream:
    stream = response.stream
    assert isinstance(stream, httpx.AsyncByteStream)
    return stream


def _broken(response: httpx.Response, operation: str, reason: str) -> Unreachable:
    return Unreachable(
        reason, operation=operation, status=response.status_code, request_id=_request_id(response.headers)
    )


def _request_id(headers: Mapping[str, str]) -> str | None:
    return headers.get("x-amzn-requestid") or headers.get("x-amz-request-id")


def _words(error: BaseException) -> str:
    """The error's kind and text, since several of httpx's errors have no text."""
    text = str(error)
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__
