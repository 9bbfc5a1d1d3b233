"""The console's routers under /staff/api/v1. Without STAFF_DATABASE_URL each of them answers 404."""

from fastapi import APIRouter

from oktee.kit.problem import Problem
from oktee.staff import asking, live, operating, signing_in, views

ROUTERS = (signing_in.router, asking.router, views.router, live.router, operating.router)
router = APIRouter(
    prefix="/staff/api/v1",
    tags=["staff"],
    responses={
        401: {"description": "Nobody is signed in", "model": Problem},
        404: {"description": "No console here, or nothing to see", "model": Problem},
    },
)
for part in ROUTERS:
    router.include_router(part)
