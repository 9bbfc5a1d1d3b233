"""What every answer gets (request id, security headers, size limit), the quick way to the hottest lists, and the built SPA
with its CSP nonce."""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import asyncpg
import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oktee.access.caller import LONGEST_SLUG, address_of, asks_by_itself
from oktee.access.quick import Visit, admit
from oktee.access.sessions import COOKIE
from oktee.kit.database import database, new_id
from oktee.kit.errors import NotFound, OKTeeError
from oktee.kit.module import QuickList, installed
from oktee.kit.quick import Reader, row_of
from oktee.kit.settings import Settings

BODY_LIMIT = 1024 * 1024
STREAMED = re.compile(r"^/api/v1/[^/]+/(administration/catalog/imports|supply/(orders|exceptions)/[^/]+/attachments)$")
"""Uploads are streamed under a limit of their own."""
OAUTH = ("/oauth/",)
REQUEST_ID = re.compile(r"[\w.-]{8,64}")
NOT_STORED = ("/api/", "/oauth/", "/hooks/", "/staff/api/")
log = structlog.get_logger(__name__)


class RequestShell:
    """A plain ASGI middleware: BaseHTTPMiddleware would buffer streams and break context variables."""

    def __init__(self, app: ASGIApp, options: Settings) -> None:
        self.app = app
        images = " ".join(["'self'", "data:", "https:", *options.image_origins])
        self._policy = (
            b"default-src 'self'; script-src 'self'; style-src 'self' 'nonce-",
            f"'; img-src {images}; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; "
            "form-action 'self'; frame-ancestors 'none'".encode(),
        )
        self._always = [
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
        ]
        if options.public_url.startswith("https://"):
            self._always.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = given if REQUEST_ID.fullmatch(given) else str(new_id())
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {}).update(request_id=request_id, csp_nonce=nonce)
        path: str = scope["path"]
        structlog.contextvars.bind_contextvars(request_id=request_id)
        limited = not STREAMED.match(path)
        length = headers.get(b"content-length", b"0")
        if limited and length.isdigit() and int(length) > BODY_LIMIT:
            await self._too_large(send, request_id, path)
            return
        seen = 0
        started = False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if limited and seen > BODY_LIMIT:
                raise BodyTooLarge
            return message

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), *self._headers(path, request_id, nonce, message)]
            await send(message)

        try:
            await self.app(scope, counted, with_headers)
        except BodyTooLarge:
            if not started:
                await self._too_large(send, request_id, path)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")

    def _headers(self, path: str, request_id: str, nonce: str, message: Message) -> list[tuple[bytes, bytes]]:
        found = [(b"x-request-id", request_id.encode()), *self._always]
        if not path.startswith("/api/docs"):
            before, after = self._policy
            found.append((b"content-security-policy", before + nonce.encode() + after))
        found.append(
            (b"referrer-policy", b"no-referrer" if path.startswith(OAUTH) else b"strict-origin-when-cross-origin")
        )
        if path.startswith(NOT_STORED):
            found.append((b"cache-control", b"no-store"))
        present = {key.lower() for key, _ in message.get("headers", ())}
        return [each for each in found if each[0] not in present]

    async def _too_large(self, send: Send, request_id: str, path: str) -> None:
        body = orjson.dumps(
            {
                "type": "urn:oktee:problem:too_large",
                "title": "Too large",
                "status": 413,
                "code": "too_large",
                "detail": "A request body may have 1 MiB at most.",
                "instance": path,
                "request_id": request_id,
                "errors": [],
            }
        )
        headers = [(b"content-type", b"application/problem+json"), (b"x-request-id", request_id.encode())]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": body})


QUESTIONS: Final = 400
"""So many questions of quick lists are remembered as asked by somebody who was let in."""


def quick_lists() -> dict[str, tuple[str, QuickList]]:
    """What the installed modules declare, by the end of its address: the module's name, and the list."""
    return {
        f"{module.name}{quick.path}": (module.name, quick) for module in installed().modules for quick in module.quick
    }


class QuickLists:
    """The lists that are read most, past the router and its dependencies: who calls and the body in one statement.

    It answers a plain question of somebody who may ask it. Everything else, every refusal and every fault goes on to the
    list's own route, which asks again and words it. The lists are what the modules declare (kit/module.py, QuickList): those
    of the moment in which the app is made, like its routes. It is itself made when the first request comes.
    """

    def __init__(
        self, app: ASGIApp, lists: Mapping[str, tuple[str, QuickList]], canceled: Callable[[Request], Response]
    ) -> None:
        self.app = app
        self._canceled = canceled
        self._lists = lists
        self._asked: OrderedDict[tuple[str, bytes], None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._find(scope)
        if found is None:
            await self.app(scope, receive, send)
            return
        slug, module, quick = found
        try:
            body = await self._read(scope, slug, module, quick)
        except asyncpg.QueryCanceledError:
            await self._canceled(Request(scope))(scope, receive, send)
            return
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            log.warning("quick_list_failed", path=scope["path"], error=type(error).__name__)
            body = None
        if body is None:
            await self.app(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _find(self, scope: Scope) -> tuple[str, str, QuickList] | None:
        if scope["type"] != "http" or scope["method"] != "GET" or not database.is_open:
            return None
        _, api, version, slug, rest = (*scope["path"].split("/", 4), "", "", "", "")[:5]
        found = self._lists.get(rest)
        if found is None or (api, version) != ("api", "v1"):
            return None
        return slug, *found

    async def _read(self, scope: Scope, slug: str, module: str, quick: QuickList) -> bytes | None:
        request = Request(scope)
        token = request.cookies.get(COOKIE)
        question = quick.read(scope["query_string"].decode("latin-1"))
        if question is None or not token or len(slug) > LONGEST_SLUG:
            return None
        visit = Visit(token, slug, address_of(request), noted=not asks_by_itself(request))
        asked_for = (quick.path, scope["query_string"])
        try:
            # To write a statement takes longer than to run it: for a question that nobody who was let in has asked before,
            # whoever calls is let in first.
            caller, found = await admit(visit, question.statement(None) if asked_for in self._asked else None)
            if caller is None or module not in caller.modules or not caller.may(quick.permission):
                return None
            self._asked[asked_for] = None
            self._asked.move_to_end(asked_for)
            if len(self._asked) > QUESTIONS:
                self._asked.popitem(last=False)
            if found is None:
                asked = question.statement(caller)
                assert asked is not None
                reader = Reader(caller.user_id, caller.time_zone)
                found = await row_of(asked, caller.organization_id, caller.scope, reader)
            return question.body(caller, found)
        except OKTeeError:  # the route words it
            return None


class BodyTooLarge(Exception):
    """Raised while a body is read past the limit."""


def add_spa(app: FastAPI, folder: Path) -> None:
    """Serve the built SPA: hashed assets for a year, index.html fresh with this answer's nonce."""
    root = folder.resolve()
    index = (root / "index.html").read_text()

    @app.get("/{path:path}", include_in_schema=False)
    async def spa(path: str, request: Request) -> Response:
        if path.startswith(("api/", "hooks/", "oauth/", "staff/api/")):
            raise NotFound("There is nothing at this address.")
        file = (root / path).resolve()
        if path and root in file.parents and file.is_file() and file.name != "index.html":
            hashed = path.startswith("assets/")
            cache = "public, max-age=31536000, immutable" if hashed else "no-cache"
            return FileResponse(file, headers={"Cache-Control": cache})
        if re.search(r"\.\w{2,5}$", path):
            raise NotFound("There is no such file.")
        nonce: Any = request.state.csp_nonce
        return HTMLResponse(index.replace("__CSP_NONCE__", nonce), headers={"Cache-Control": "no-store"})
