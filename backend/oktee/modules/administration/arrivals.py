"""Somebody comes from Amazon's Manage Your Apps: who they are told to be, and in which workspace they go on."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from oktee.access.caller import CallerIn, Session, SignedIn, needs
from oktee.access.workspaces import list_workspaces
from oktee.amazon.connection import arrivals
from oktee.amazon.connection.callback import ARRIVAL
from oktee.amazon.connection.consent import MANAGE
from oktee.journal.record import Subject, person, record

outside_router = APIRouter(tags=["amazon"])
router = APIRouter()


class ArrivalWorkspace(BaseModel):
    """A workspace of this person; only who may manage its connections can go on there."""

    slug: str
    name: str
    role: str
    may_connect: bool


class ArrivalInfo(BaseModel):
    """What Amazon says the visit is about. The account is a hint until the consent is done."""

    application: str
    region: str
    selling_partner_id: str
    workspaces: list[ArrivalWorkspace]


class Departure(BaseModel):
    """Where the browser goes now: Amazon's own address."""

    url: str


@outside_router.get("/amazon/arrival", responses={401: {}, 409: {}})
async def get_arrival(request: Request, user: SignedIn) -> ArrivalInfo:
    """The visit this browser came with, and where it may go on. Raises ArrivalOver."""
    token = request.cookies.get(ARRIVAL)
    found = await arrivals.find_arrival(token) if token else None
    if found is None:
        raise arrivals.ArrivalOver("This visit from Amazon is over. Begin again at Amazon's Manage Your Apps.")
    return ArrivalInfo(
        application=found.application,
        region=found.region,
        selling_partner_id=found.selling_partner_id,
        workspaces=[
            ArrivalWorkspace(
                slug=each.slug,
                name=each.name,
                role=each.role,
                may_connect=MANAGE in each.permissions,
            )
            for each in await list_workspaces(user.user_id)
        ],
    )


@router.post(
    "/connections/arrivals", status_code=201, dependencies=[needs("connection.manage", fresh=True)], responses={409: {}}
)
async def answer_arrival(request: Request, response: Response, session: Session, caller: CallerIn) -> Departure:
    """Go on in this workspace: back to Amazon with our state, which this session alone can finish."""
    token = request.cookies.get(ARRIVAL)
    if not token:
        raise arrivals.ArrivalOver("This visit from Amazon is over. Begin again at Amazon's Manage Your Apps.")
    url = await arrivals.go_back(
        session, token, user_id=caller.user_id, session_id=caller.session_id, enabled=caller.modules
    )
    await record(
        session, "connection.arrival", actor=person(caller), audit=True,
        subject=Subject("authorization", "amazon", "Manage Your Apps"),
    )  # fmt: skip
    response.delete_cookie(ARRIVAL, path="/", secure=True, httponly=True, samesite="lax")
    return Departure(url=url)
