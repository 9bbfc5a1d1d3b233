"""The application at /v1: its own document, the same errors, no cookies, no sessions."""

from collections.abc import Callable
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute

from oktee.kit.problem import Problem
from oktee.kit.storable import storable
from oktee.public import operations
from oktee.public.door import PublicHeaders, declared

REFUSALS = {
    401: "No key, or one that opens nothing; `WWW-Authenticate` says which",
    403: "The key does not hold this scope, or may not be used from this network",
    422: "The input is wrong; errors name each field",
    429: "Too many requests; `Retry-After` says when to come back",
    503: "A part OKTee needs is away; try again",
}


def create_public(handle_errors: Callable[[FastAPI], None], operation_id: Callable[[APIRoute], str]) -> FastAPI:
    """The public API, to be mounted at /v1. A route that declares no scope raises here."""
    responses: dict[int | str, dict[str, Any]] = {
        status: {"description": words, "model": Problem} for status, words in REFUSALS.items()
    }
    app = FastAPI(
        title="OKTee API",
        version="1.0.0",
        summary="Purchase orders and the catalogue of one workspace, for the systems of its owner.",
        description="Every request carries an API key: `Authorization: Bearer okt_...`. Lists are paged by cursor. "
        "Errors are `application/problem+json` (RFC 9457) with a stable `code`.",
        servers=[{"url": "/v1"}],
        generate_unique_id_function=operation_id,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        responses=responses,
        redirect_slashes=False,
        dependencies=[Depends(storable)],
        root_path_in_servers=False,
    )
    handle_errors(app)
    app.add_middleware(PublicHeaders)
    for route in operations.router.routes:
        if not isinstance(route, APIRoute) or declared(route.dependencies) is None:
            raise RuntimeError(f"{route} declares no scope: add holds(...)")
    app.include_router(operations.router)
    return app
