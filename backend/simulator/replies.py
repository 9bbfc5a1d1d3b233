"""Answers on the wire: SP-API's headers and error bodies (amazon/FACTS b and d), and the broken ones that faults ask for."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

ABORT = "simulator.abort"
"""Scope key of the callable that drops the connection; the server's protocol sets it, in-process clients have none."""


@dataclass(slots=True)
class Reply:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    def response(self) -> Response:
        return Response(self.body, status_code=self.status, headers=self.headers, media_type=self.content_type)


def json_reply(status: int, body: Any, **headers: str) -> Reply:
    return Reply(status, orjson.dumps(body), headers)


def error_reply(status: int, code: str, message: str, details: str = "") -> Reply:
    """Amazon's error list with one error."""
    return json_reply(status, {"errors": [{"code": code, "message": message, "details": details}]})


def unauthorized(details: str) -> Reply:
    return error_reply(403, "Unauthorized", "Access to requested resource is denied.", details)


def quota_exceeded() -> Reply:
    return error_reply(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")


def internal_failure() -> Reply:
    return error_reply(500, "InternalFailure", "We encountered an internal error. Please try again.")


def service_unavailable() -> Reply:
    return error_reply(503, "ServiceUnavailable", "Service is temporarily unavailable. Please try again.")


def html_page() -> Reply:
    page = b"<!doctype html><html><head><title>Sorry</title></head><body><h1>Something went wrong on our end</h1></body></html>"
    return Reply(200, page, content_type="text/html")


class DroppedConnection(Response):
    """No answer at all: the connection is dropped after `seconds`."""

    def __init__(self, *, seconds: float = 0) -> None:
        super().__init__()
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _until_gone(receive, self._seconds)
        await _drop(scope)


class HeadersOnly(Response):
    """The status line and headers of the sound answer, then the connection is dropped before the first byte of the body."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if ABORT in scope:
            # An empty chunk makes the server write the headers out.
            await send({"type": "http.response.body", "body": b"", "more_body": True})
            await asyncio.sleep(0.02)
        await _drop(scope)


class Drip(Response):
    """The sound body without a length, in small pieces over `seconds`; endless repeats it as long as it lasts."""

    def __init__(self, reply: Reply, *, seconds: float, endless: bool) -> None:
        super().__init__(reply.body, status_code=reply.status, headers=reply.headers, media_type=reply.content_type)
        del self.headers["content-length"]
        self._seconds = seconds
        self._endless = endless

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        body = bytes(self.body) or b" "
        step = len(body) if self._endless else max(1, len(body) // 50)
        pieces = [body[at : at + step] for at in range(0, len(body), step)]
        pause = 0.0 if self._endless else self._seconds / len(pieces)
        ends = asyncio.get_running_loop().time() + self._seconds
        while True:
            for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                await asyncio.sleep(pause)
            if not self._endless or asyncio.get_running_loop().time() >= ends:
                break
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Callable[[], Awaitable[Any]], seconds: float) -> None:
    """Wait so long, or until the caller has gone away."""
    if not seconds:
        return

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(gone(), seconds)
    except TimeoutError:
        return


async def _drop(scope: Scope) -> None:
    abort = scope.get(ABORT)
    if abort is None:
        import httpx  # only in-process clients come here, and they have it loaded; a server starts faster without it

        raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
    abort()
    # The server learns of the lost connection in its next turn and then expects no answer any more.
    await asyncio.sleep(0.01)
