"""The control API as one application, built once and bound to a simulated Amazon where it is mounted."""

from collections.abc import Awaitable, Callable
from functools import cache

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from simulator.amazon import Amazon
from simulator.control import orders, shipments, world
from simulator.control.binding import BOUND
from simulator.control.problems import Problem, answer_problem


def bound_control(amazon: Amazon) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The control API acting on this Amazon. Its routes are built once, since tests make hundreds of simulators."""

    async def control(scope: Scope, receive: Receive, send: Send) -> None:
        scope[BOUND] = amazon
        await _application()(scope, receive, send)

    return control


@cache
def _application() -> FastAPI:
    app = FastAPI(title="Control of the simulated Amazon", redoc_url=None)
    app.include_router(world.router)
    app.include_router(orders.router)
    app.include_router(shipments.router)
    app.add_exception_handler(Problem, answer_problem)
    return app
