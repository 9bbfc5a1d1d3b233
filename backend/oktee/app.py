"""The API process: middlewares, one error handler, one loop over the modules, the hooks and the built SPA."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import asyncpg
import orjson
import structlog
from fastapi import APIRouter, Depends, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.routing import APIRoute
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException as StarletteHTTPException

from oktee.access.caller import Caller, CallerIn, PermissionMissing, declared_permission, needs, part_of
from oktee.access.keys.admission import AddressNotAllowed, InsufficientScope
from oktee.access.pace import paced
from oktee.access.sessions import COOKIE
from oktee.amazon.connection import callback
from oktee.amazon.mirror import inbox
from oktee.kit import work
from oktee.kit.crypto import kek
from oktee.kit.database import CANCELED, PASSING, database, sqlstate, staff_database
from oktee.kit.errors import FieldError, OKTeeError
from oktee.kit.keyring.forgetting import forgetting
from oktee.kit.logs import configure_logs
from oktee.kit.module import installed
from oktee.kit.problem import Problem, ProblemField
from oktee.kit.process import harden
from oktee.kit.settings import Settings, settings
from oktee.kit.storable import storable
from oktee.modules.administration import arrivals
from oktee.modules.administration import inbox as notifications
from oktee.modules.administration.catalog import operations_router
from oktee.modules.administration.identity import account, factors, passwords, signing_in
from oktee.modules.administration.people import joining, workspaces
from oktee.modules.administration.privacy import trust
from oktee.modules.administration.privacy.restored import close_risen_first
from oktee.modules.administration.privacy.screen import certificate_router
from oktee.modules.administration.security.detectors import refusals
from oktee.modules.administration.sso import signing_in as sso_signing_in
from oktee.modules.registry import install
from oktee.modules.supply.desk.screen import exports_router
from oktee.modules.supply.desk.views import views_router
from oktee.notify.outbox import horn
from oktee.notify.stream import follow, listener
from oktee.public.api import create_public
from oktee.public.limits import limits
from oktee.staff import console
from oktee.web import QuickLists, RequestShell, add_spa, quick_lists

PROBLEM = "application/problem+json"
IDENTITY = (
    signing_in.router,
    sso_signing_in.router,
    account.router,
    factors.router,
    passwords.router,
    joining.router,
    workspaces.router,
)
"""A person's own account: of no workspace, so these routes declare no permission."""
REPORTED = (DBAPIError, asyncpg.PostgresError)
AWAY = (OperationalError, InterfaceError, asyncpg.TooManyConnectionsError)
"""Whatever code they carry: the database could not be reached, and the request was not at fault."""
TITLES = {400: "Bad request", 404: "Not found", 405: "Method not allowed", 413: "Too large", 415: "Unsupported media"}
log = structlog.get_logger(__name__)


def create_app(options: Settings | None = None) -> FastAPI:
    """The whole API. Opens nothing until it starts; a route without a declared permission raises here."""
    options = options or settings()
    configure_logs(options.env)
    harden()
    install()
    app = FastAPI(
        title="OKTee",
        version="0.1.0",
        summary="Answers Amazon Vendor Central purchase orders correctly and on time, and says why.",
        lifespan=_lifespan,
        generate_unique_id_function=_operation_id,
        docs_url=None if options.env == "production" else "/api/docs",
        redoc_url=None,
        openapi_url=None if options.env == "production" else "/api/openapi.json",
        responses={
            400: {"description": "What was sent is no JSON", "model": Problem},
            422: {"description": "The input is wrong; errors name each field", "model": Problem},
            503: {"description": "A part OKTee needs is away", "model": Problem},
        },
        redirect_slashes=False,
        dependencies=[Depends(storable)],
    )
    app.add_middleware(QuickLists, lists=quick_lists(), canceled=_took_too_long)
    app.add_middleware(RequestShell, options=options)
    _handle_errors(app)
    for router in IDENTITY:
        app.include_router(router, prefix="/api/v1", dependencies=[Depends(paced)], responses=_outside_errors())
    workspace = APIRouter(prefix="/api/v1/{workspace}", responses=_workspace_errors())
    for module in installed().modules:
        family = APIRouter(prefix=f"/{module.name}", tags=[module.name], dependencies=[part_of(module.name)])
        for screen in module.screens:
            family.include_router(screen)
        workspace.include_router(family)
    workspace.include_router(operations_router, prefix="/operations", tags=["operations"])
    workspace.include_router(views_router, prefix="/views", dependencies=[part_of("supply")])
    workspace.include_router(exports_router, prefix="/exports")
    workspace.include_router(notifications.router)
    workspace.include_router(live_router)
    screens = [screen for module in installed().modules for screen in module.screens]
    for router in (*screens, operations_router, views_router, exports_router, notifications.router, live_router):
        check_declared(router)
    _check_operation_ids(
        [
            *IDENTITY,
            arrivals.outside_router,
            certificate_router,
            trust.router,
            *screens,
            operations_router,
            views_router,
            exports_router,
            notifications.router,
            notifications.outside_router,
            live_router,
            *console.ROUTERS,
        ]
    )
    app.include_router(workspace)
    app.include_router(console.router)
    app.include_router(callback.router, responses=_outside_errors())
    app.include_router(sso_signing_in.callback_router, responses=_outside_errors())
    app.include_router(arrivals.outside_router, prefix="/api/v1", responses=_outside_errors())
    app.include_router(
        notifications.outside_router, prefix="/api/v1", dependencies=[Depends(paced)], responses=_outside_errors()
    )
    app.include_router(certificate_router, prefix="/api/v1", dependencies=[Depends(paced)], responses=_outside_errors())
    app.include_router(trust.router, prefix="/api/v1", dependencies=[Depends(paced)], responses=_outside_errors())
    app.include_router(inbox.router, responses=_outside_errors())
    app.mount("/v1", create_public(_handle_errors, _operation_id))
    app.include_router(probe_router)
    if options.web_dir is not None:
        add_spa(app, options.web_dir)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    options = settings()
    database.open(options.database_url.get_secret_value(), pool_size=options.db_pool_size, pooler=options.db_pooler)
    if options.staff_database_url is not None:
        staff_database.open(options.staff_database_url.get_secret_value(), pool_size=5, pooler=options.db_pooler)
    work.bells.open(options.valkey_url.get_secret_value())
    kek()
    await close_risen_first()
    listener.start()
    forgetting.start()
    yield
    await forgetting.stop()
    await listener.stop()
    await staff_database.close()
    await limits.close()
    await refusals.close()
    await installed().close()
    await horn.close()
    await work.bells.close()
    await database.close()


def _operation_id(route: APIRoute) -> str:
    head, *rest = route.name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _workspace_errors() -> dict[int | str, dict[str, Any]]:
    words = {
        401: "Nobody is signed in",
        403: "The role does not include this",
        404: "Missing, or somebody else's",
        409: "The state of things does not allow this now",
    }
    return {status: {"description": description, "model": Problem} for status, description in words.items()}


def _outside_errors() -> dict[int | str, dict[str, Any]]:
    """Of what belongs to no workspace: signing in, one's own account, coming back from elsewhere."""
    words = {
        409: "What is asked for is not possible now",
        429: "Too many attempts; `Retry-After` says when to come back",
    }
    return _workspace_errors() | {
        status: {"description": description, "model": Problem} for status, description in words.items()
    }


def check_declared(router: APIRouter) -> None:
    """Every route of a screen declares its permission. Raises RuntimeError naming the one that does not."""
    for route in router.routes:
        if not isinstance(route, APIRoute):
            raise RuntimeError(f"{route} is not a plain route: a screen holds routes, so that each can be checked")
        if declared_permission(route.dependencies) is None:
            raise RuntimeError(f"{route.methods} {route.path} declares no permission: add needs(...)")


def _check_operation_ids(routers: list[APIRouter]) -> None:
    seen: set[str] = set()
    for route in (route for router in routers for route in router.routes if isinstance(route, APIRoute)):
        name = _operation_id(route)
        if name in seen:
            raise RuntimeError(f"the operation id {name} is used twice: name the function otherwise")
        seen.add(name)


def problem(
    request: Request,
    status: int,
    code: str,
    title: str,
    detail: str,
    errors: tuple[FieldError, ...] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """RFC 9457."""
    body = Problem(
        type=f"urn:oktee:problem:{code}",
        title=title,
        status=status,
        detail=detail,
        instance=request.url.path,
        code=code,
        request_id=getattr(request.state, "request_id", ""),
        errors=[ProblemField(pointer=e.pointer, code=e.code, message=e.message) for e in errors],
    )
    return JSONResponse(body.model_dump(), status, headers=headers, media_type=PROBLEM)


def _took_too_long(request: Request) -> JSONResponse:
    detail = "This took the database too long and was stopped. Nothing of it was kept; ask for less, or try later."
    return problem(request, 503, "took_too_long", "Took too long", detail, headers={"Retry-After": "5"})


def _field(fault: dict[str, Any]) -> FieldError:
    """One fault of FastAPI's. A body that is no JSON has no fields: it is at fault as a whole, at a character."""
    if fault["type"] == "json_invalid":
        return FieldError("", "json_invalid", f"This is no JSON, from character {fault['loc'][-1]} on.")
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in fault["loc"][1:])
    return FieldError(pointer, fault["type"], fault["msg"])


def _handle_errors(app: FastAPI) -> None:
    async def ours(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, OKTeeError)
        who: Caller | None = getattr(request.state, "caller", None)
        if isinstance(error, PermissionMissing) and who is not None:
            await refusals.note(who.organization_id, str(who.user_id), who.name)
        if isinstance(error, InsufficientScope | AddressNotAllowed):
            key = request.state.key
            await refusals.note(key.organization_id, key.id, key.name)
        return problem(request, error.status, error.code, error.title, error.detail, error.errors, error.headers)

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        fields = tuple(_field(fault) for fault in error.errors())
        return problem(request, 422, "invalid", "Invalid input", "The request has wrong or missing fields.", fields)

    async def http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, StarletteHTTPException)
        title = TITLES.get(error.status_code, "Request refused")
        headers = dict(error.headers or {})
        return problem(
            request, error.status_code, title.lower().replace(" ", "_"), title, str(error.detail), headers=headers
        )

    async def away(request: Request, error: Exception) -> JSONResponse:
        code = sqlstate(error) if isinstance(error, REPORTED) else None
        if code == CANCELED:
            log.warning("statement_canceled", path=request.url.path)
            return _took_too_long(request)
        away_itself = not isinstance(error, REPORTED) or isinstance(error, AWAY)
        if not away_itself and code not in PASSING:
            return await unknown(request, error)
        log.warning("database_away", error=type(error).__name__, sqlstate=code)
        detail = "The database could not take this request at this moment. Nothing of it was kept; try again."
        return problem(request, 503, "unavailable", "Temporarily unavailable", detail, headers={"Retry-After": "2"})

    async def unknown(request: Request, error: Exception) -> JSONResponse:
        log.error("unhandled", path=request.url.path, error=repr(error)[:500], exc_info=error)
        detail = "Something failed on our side. The reference below helps us find it."
        return problem(request, 500, "internal", "Something failed", detail)

    app.add_exception_handler(OKTeeError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(StarletteHTTPException, http)
    # The last two: of the connections for single statements, which SQLAlchemy does not open.
    for kind in (DBAPIError, PoolTimeout, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        app.add_exception_handler(kind, away)
    app.add_exception_handler(Exception, unknown)


# -- what belongs to no module ----------------------------------------------------------------------------------------

live_router = APIRouter(tags=["live"])


@live_router.get(
    "/stream",
    dependencies=[needs("orders.read")],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Server-sent events"}},
)
async def stream_events(
    request: Request, caller: CallerIn, last_event_id: Annotated[str | None, Header()] = None
) -> StreamingResponse:
    """What happens in this workspace, as it happens. Events are thin: fetch what they name."""
    last = int(last_event_id) if last_event_id and last_event_id.isdigit() and len(last_event_id) < 19 else None
    events = follow(caller.organization_id, request.cookies[COOKIE], last, scope=caller.scope)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


probe_router = APIRouter(include_in_schema=False)


@probe_router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok"}


@probe_router.get("/readyz")
async def readyz() -> JSONResponse:
    """Postgres answers and its schema is there. Without Valkey OKTee is slower, and still ready."""
    try:
        async with asyncio.timeout(2), database.autocommit() as connection:
            version = (await connection.execute(text("select version_num from alembic_version"))).scalar_one_or_none()
        ready = version is not None
    except Exception as error:
        log.warning("not_ready", error=type(error).__name__)
        ready = False
    return JSONResponse({"status": "ready" if ready else "not ready"}, 200 if ready else 503)


def openapi_document() -> bytes:
    """openapi/oktee.json: sorted keys, so that a change shows as a small diff."""
    document = create_app().openapi()
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n"


def public_document() -> bytes:
    """openapi/public.json: the API for customers' own systems."""
    document = create_public(_handle_errors, _operation_id).openapi()
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n"
