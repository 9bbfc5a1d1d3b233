"""Who I am: name, language, preferences, e-mail address, and the browsers I am signed in with."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, EmailStr, Field
from sqlalchemy import select, update

from oktee.access import lockout
from oktee.access.caller import Arriving, FreshPerson, SignedIn, address_of, refuse_cross_site
from oktee.access.sessions import MOST_SESSIONS, end_session, end_sessions_of, find_user, list_sessions
from oktee.access.tables import User
from oktee.access.tokens_once import EXPIRED, LinkExpired, make_token, take_token, void_links_of
from oktee.kit.database import global_session
from oktee.kit.errors import NotFound
from oktee.kit.settings import settings
from oktee.modules.administration.identity.me import Me, me_of
from oktee.modules.administration.identity.notes import note, note_of
from oktee.modules.administration.identity.notices import tell
from oktee.modules.administration.identity.preferences import Preferences, preferences_of
from oktee.notify.mail import send_mail

CONFIRM_EMAIL: Final = "email_change"
GOOD_FOR: Final = timedelta(hours=24)
router = APIRouter(tags=["administration"])


class MeChange(BaseModel):
    """What a person may change of themselves here."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")] | None = None
    locale: Literal["en", "fr"] | None = None


class EmailChange(BaseModel):
    """The new address; it counts once its mail was followed."""

    model_config = ConfigDict(extra="forbid")

    email: EmailStr = Field(examples=["lea.martin@example.com"])


class EmailConfirmation(BaseModel):
    """The token of the mail."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(min_length=20, max_length=100)


class ConfirmedEmail(BaseModel):
    """The address that counts now."""

    email: str


class MySession(BaseModel):
    """A browser I am signed in with. `current`: the one that asks."""

    id: UUID
    user_agent: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    second_factor: bool
    current: bool


class MySessions(BaseModel):
    """Every session that is open, the latest first, and when one ends by itself."""

    sessions: list[MySession]
    idle_minutes: int
    most: int


@router.get("/me", responses={401: {}})
async def get_me(user: Arriving) -> Me:
    """Who I am, what this session still owes, and where I may work."""
    return await me_of(user)


@router.patch("/me", responses={401: {}, 403: {}})
async def change_me(body: MeChange, user: SignedIn) -> Me:
    """Change my name or language."""
    changes = body.model_dump(exclude_none=True)
    if changes:
        async with global_session() as session:
            await session.execute(update(User).where(User.id == user.user_id).values(**changes))
    return await me_of(replace(user, **changes))


@router.get("/me/preferences", responses={401: {}, 403: {}})
async def get_preferences(user: SignedIn) -> Preferences:
    """How I want pages, numbers and notices."""
    async with global_session() as session:
        stored = await session.scalar(select(User.preferences).where(User.id == user.user_id))
    return preferences_of(stored or {})


@router.put("/me/preferences", responses={401: {}, 403: {}})
async def put_preferences(body: Preferences, user: SignedIn) -> Preferences:
    """Store all of them."""
    async with global_session() as session:
        await session.execute(
            update(User).where(User.id == user.user_id).values(preferences=body.model_dump(mode="json"))
        )
    return preferences_of(body.model_dump(mode="json"))


@router.post("/me/email", status_code=202, responses={401: {}, 403: {}, 429: {}})
async def change_email(body: EmailChange, user: FreshPerson, request: Request) -> None:
    """Ask for another address: a link goes to it, a notice to the present one. Nothing changes before the link is followed.

    The answer says nothing about whether the address has an account.
    """
    async with global_session() as session:
        hashed = lockout.email_hash(body.email)
        attempt = await lockout.begin(session, "reset", hashed, address_of(request), user.user_id)
        await lockout.end(session, attempt, "wrong")
        taken = await find_user(session, body.email)
        if taken is not None:
            link = f"{settings().public_url}/sign-in"
            await send_mail(
                session,
                to=body.email,
                template="email_taken",
                locale=taken.locale,
                values={"link": link},
                organization_id=None,
            )
        else:
            token = await make_token(session, CONFIRM_EMAIL, email=body.email, good_for=GOOD_FOR, user_id=user.user_id)
            link = f"{settings().public_url}/confirm-email#{token}"
            await send_mail(
                session,
                to=body.email,
                template="email_confirm",
                locale=user.locale,
                values={"name": user.name, "link": link},
                organization_id=None,
            )
        await tell(session, user.user_id, "email_change_asked", request)
    await note(user, "account.email_change_asked", request)


@router.post("/email-confirmations", responses={403: {}, 404: {}})
async def confirm_email(body: EmailConfirmation, request: Request) -> ConfirmedEmail:
    """Follow the link of the mail: from now on the account has this address."""
    refuse_cross_site(request)
    async with global_session() as session:
        once = await take_token(session, CONFIRM_EMAIL, body.token)
        assert once.user_id is not None
        if await find_user(session, once.email) is not None:  # taken in the meantime
            raise LinkExpired(EXPIRED)
        user = await session.get_one(User, once.user_id, with_for_update=True)
        await tell(session, user.id, "email_changed", request, to=user.email)
        user.email = once.email
        await void_links_of(session, user.id)
        await end_sessions_of(user.id, session=session)
        await session.flush()
    await note_of(user.id, user.name, "account.email_changed", request)
    return ConfirmedEmail(email=once.email)


@router.get("/me/sessions", responses={401: {}, 403: {}})
async def list_my_sessions(user: SignedIn) -> MySessions:
    """Where I am signed in."""
    async with global_session() as session:
        rows = await list_sessions(session, user.user_id)
    return MySessions(
        sessions=[
            MySession(
                id=row.id,
                user_agent=row.user_agent,
                address=row.address,
                created_at=row.created_at,
                last_seen_at=row.last_seen_at,
                expires_at=row.expires_at,
                second_factor=row.second_factor_at is not None or row.vouched_factor_at is not None,
                current=row.id == user.session_id,
            )
            for row in rows
        ],
        idle_minutes=settings().session_idle_minutes,
        most=MOST_SESSIONS,
    )


@router.delete("/me/sessions/{session_id}", responses={401: {}, 403: {}, 404: {}})
async def end_my_session(session_id: UUID, user: SignedIn, request: Request) -> MySessions:
    """End one of them."""
    async with global_session() as session:
        if session_id not in {row.id for row in await list_sessions(session, user.user_id)}:
            raise NotFound("You have no such session.")
        await end_session(session, session_id)
    await note(user, "session.ended", request, session=str(session_id))
    return await list_my_sessions(user)


@router.delete("/me/sessions", responses={401: {}, 403: {}})
async def end_my_other_sessions(user: SignedIn, request: Request) -> MySessions:
    """End every one but this."""
    async with global_session() as session:
        await void_links_of(session, user.user_id)
        ended = await end_sessions_of(user.user_id, session=session, but=user.session_id)
    await note(user, "account.other_sessions_ended", request, ended=ended)
    return await list_my_sessions(user)
