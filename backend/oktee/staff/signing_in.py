"""Staff sign-in: password and code at once, a cookie of its own, and the set-up of a new account by its one-time token."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from oktee.access.caller import address_of, refuse_cross_site
from oktee.access.support import people
from oktee.kit.settings import settings
from oktee.staff.visiting import Staff, console_on

router = APIRouter(dependencies=[Depends(console_on)])


class StaffSignIn(BaseModel):
    """What a staff person types to sign in, all at once."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(min_length=3, max_length=320)]
    password: Annotated[str, Field(min_length=1, max_length=1024)]
    code: Annotated[str, Field(min_length=6, max_length=12)]


class StaffMe(BaseModel):
    """Who is signed in to the console, and the token unsafe requests carry."""

    id: UUID
    name: str
    email: str
    csrf_token: str


class SetupIn(BaseModel):
    """The token of the set-up link, and the password to be."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, Field(min_length=20, max_length=100)]
    password: Annotated[str, Field(min_length=1, max_length=1024)]


class StaffSetup(BaseModel):
    """What the QR code of the authenticator holds. Shown once."""

    uri: str


class SetupConfirmationIn(BaseModel):
    """The token again, and the first code of the authenticator."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, Field(min_length=20, max_length=100)]
    code: Annotated[str, Field(min_length=6, max_length=12)]


@router.post("/session", responses={401: {}, 429: {}})
async def create_staff_session(body: StaffSignIn, request: Request, response: Response) -> StaffMe:
    """Sign in to the console."""
    refuse_cross_site(request)
    token, person = await people.sign_in_staff(
        body.email,
        body.password,
        body.code,
        user_agent=request.headers.get("user-agent", ""),
        address=address_of(request),
    )
    hours = settings().staff_session_hours
    response.set_cookie(
        people.COOKIE, token, max_age=hours * 3600, path="/", secure=True, httponly=True, samesite="strict"
    )
    return _me(person)


@router.delete("/session", status_code=204, responses={401: {}})
async def delete_staff_session(staff: Staff, response: Response) -> None:
    """Sign out: the session ends at once on every process."""
    await people.sign_out_staff(staff.session_id)
    response.delete_cookie(people.COOKIE, path="/", secure=True, httponly=True, samesite="strict")


@router.get("/me", responses={401: {}})
async def get_staff_me(staff: Staff) -> StaffMe:
    """Who I am."""
    return _me(staff)


@router.post("/setup")
async def begin_staff_setup(body: SetupIn, request: Request) -> StaffSetup:
    """Set the password of a new account, and get its authenticator."""
    refuse_cross_site(request)
    return StaffSetup(uri=await people.begin_setup(body.token, body.password))


@router.post("/setup/confirmation", status_code=204)
async def finish_staff_setup(body: SetupConfirmationIn, request: Request) -> None:
    """The first right code opens the account."""
    refuse_cross_site(request)
    await people.finish_setup(body.token, body.code)


def _me(person: people.StaffPerson) -> StaffMe:
    return StaffMe(id=person.id, name=person.name, email=person.email, csrf_token=person.csrf_token)
