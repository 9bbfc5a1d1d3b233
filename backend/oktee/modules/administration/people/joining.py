"""Joining by the link of a mail: an invitation accepted, an account made. Outside every workspace."""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, EmailStr, Field
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access import lockout
from oktee.access.caller import SignedIn, address_of, refuse_cross_site
from oktee.access.password_policy import check_policy
from oktee.access.passwords import hash_password
from oktee.access.people import invitations
from oktee.access.people.founding import SignUpByInvitation, make_account
from oktee.access.people.invitations import Invited
from oktee.access.people.ladder import own_roles
from oktee.access.sessions import find_user, start_session
from oktee.access.signing_in import session_of
from oktee.access.sso.policy import refuse_password
from oktee.access.tables import User
from oktee.access.tokens_once import EXPIRED, LinkExpired, make_token, peek_token, take_token
from oktee.journal.record import Actor
from oktee.kit.database import global_session, tenant_session
from oktee.kit.errors import Conflict
from oktee.kit.settings import settings
from oktee.kit.work import NOBODY
from oktee.modules.administration.identity.me import Me, agent_of, me_of, set_cookie
from oktee.modules.administration.people.noting import note, of_user
from oktee.modules.administration.people.wire import In
from oktee.notify.mail import send_mail

router = APIRouter(tags=["administration"])
SIGN_UP: Final = "sign_up"
GOOD_FOR: Final = timedelta(hours=24)
Token = Annotated[str, Field(min_length=20, max_length=100)]
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
Password = Annotated[str, Field(min_length=1, max_length=1024)]


class AccountExists(Conflict):
    """The address has an account: sign in with it."""


class TokenIn(In):
    """The token of the mail."""

    token: Token


class NewAccountIn(TokenIn):
    """The account to make with it."""

    name: Name
    password: Password
    locale: Literal["en", "fr"] = "en"


class SignUpIn(In):
    """Where the link goes."""

    email: EmailStr
    locale: Literal["en", "fr"] = "en"


class InvitationShown(BaseModel):
    """What the invitation leads to. `has_account`: the address, which the token proves, has an account to sign in with."""

    workspace: str
    slug: str
    email: str
    role: str
    role_name: str | None
    locale: str
    expires_at: datetime
    has_account: bool


class Joined(BaseModel):
    """The workspace the person belongs to now."""

    slug: str
    workspace: str


class JoinedAnew(BaseModel):
    """The same with a new account, which is signed in now."""

    slug: str
    workspace: str
    me: Me


class SignUpPolicy(BaseModel):
    """Whether a stranger can make an account and a workspace here."""

    open: bool


@router.post("/invitation-readings", responses={403: {}, 404: {}})
async def read_invitation(body: TokenIn, request: Request) -> InvitationShown:
    """What an invitation leads to; it stays unused. The token travels in the body, so that no log has it."""
    refuse_cross_site(request)
    async with global_session() as session:
        invited = await invitations.look(session, body.token)
        role = (await own_roles(session, invited.organization_id)).get(invited.role)
        return InvitationShown(
            workspace=invited.workspace, slug=invited.slug, email=invited.email, role=invited.role,
            role_name=role.name if role else None, locale=invited.locale, expires_at=invited.expires_at,
            has_account=await find_user(session, invited.email) is not None,
        )  # fmt: skip


@router.post("/invitation-acceptances", responses={401: {}, 403: {}, 404: {}})
async def accept_invitation(body: TokenIn, user: SignedIn, request: Request) -> Joined:
    """Join with the account that is signed in; its address is the one the invitation went to."""
    async with global_session() as session:
        organization_id = (await invitations.look(session, body.token)).organization_id
    async with tenant_session(organization_id) as session:
        account = await session.get_one(User, user.user_id)
        invited = await invitations.accept(session, body.token, account)
        await _note_joined(session, account, invited, address_of(request))
    return Joined(slug=invited.slug, workspace=invited.workspace)


@router.post("/invitation-accounts", status_code=201, responses={403: {}, 404: {}, 409: {}})
async def join_with_new_account(body: NewAccountIn, request: Request, response: Response) -> JoinedAnew:
    """Make the account and join. The second factor, where the role asks for one, is set up before anything else."""
    refuse_cross_site(request)
    async with global_session() as session:
        invited = await invitations.look(session, body.token)
        if await find_user(session, invited.email) is not None:
            raise AccountExists("This address has an account. Sign in with it to accept the invitation.")
        await refuse_password(session, email=invited.email, user_id=NOBODY)
    check_policy(body.password, name=body.name, email=invited.email)
    hashed = await hash_password(body.password)
    async with tenant_session(invited.organization_id) as session:
        account = await make_account(
            session, email=invited.email, name=body.name, password_hash=hashed, locale=body.locale
        )
        if account is None:
            raise AccountExists("This address has an account. Sign in with it to accept the invitation.")
        await invitations.accept(session, body.token, account)
        await _note_joined(session, account, invited, address_of(request))
        token = await start_session(
            session, account.id, user_agent=agent_of(request), address=address_of(request), second_factor=False
        )
    set_cookie(response, token)
    return JoinedAnew(slug=invited.slug, workspace=invited.workspace, me=await me_of(await session_of(token)))


@router.get("/sign-up-policy")
async def get_sign_up_policy() -> SignUpPolicy:
    """Whether the sign-in page offers to make an account."""
    return SignUpPolicy(open=settings().sign_up == "open")


@router.post("/sign-up-requests", status_code=202, responses={403: {}, 429: {}})
async def request_sign_up(body: SignUpIn, request: Request) -> None:
    """Ask for a link by mail. The answer, and what is done before it, are the same whether the address is known or not."""
    refuse_cross_site(request)
    _check_open()
    async with global_session() as session:
        attempt = await lockout.begin(session, "reset", lockout.email_hash(body.email), address_of(request), None)
        await lockout.end(session, attempt, "wrong")  # each request counts: mails are not a way to annoy somebody
        known = await find_user(session, body.email)
        token = await make_token(
            session, SIGN_UP if known is None else "sign_up_unused", email=body.email, good_for=GOOD_FOR
        )
        link = f"{settings().public_url}/sign-in" if known else f"{settings().public_url}/sign-up#{token}"
        await send_mail(
            session,
            to=body.email,
            template="sign_up_known" if known else "sign_up",
            locale=known.locale if known else body.locale,
            values={"link": link},
            organization_id=None,
        )


@router.post("/sign-ups", status_code=201, responses={403: {}, 404: {}})
async def sign_up(body: NewAccountIn, request: Request, response: Response) -> Me:
    """Make an account with the link of the mail; it is signed in and belongs to no workspace yet."""
    refuse_cross_site(request)
    _check_open()
    async with global_session() as session:
        once = await peek_token(session, SIGN_UP, body.token)
        await refuse_password(session, email=once.email, user_id=NOBODY)
    check_policy(body.password, name=body.name, email=once.email)
    hashed = await hash_password(body.password)
    async with global_session() as session:
        await take_token(session, SIGN_UP, body.token)
        account = await make_account(
            session, email=once.email, name=body.name, password_hash=hashed, locale=body.locale
        )
        if account is None:  # made in the meantime
            raise LinkExpired(EXPIRED)
        token = await start_session(
            session, account.id, user_agent=agent_of(request), address=address_of(request), second_factor=False
        )
    set_cookie(response, token)
    return await me_of(await session_of(token))


def _check_open() -> None:
    if settings().sign_up != "open":
        raise SignUpByInvitation("Accounts are made by invitation here. Ask an owner of your company's workspace.")


async def _note_joined(session: AsyncSession, account: User, invited: Invited, address: str) -> None:
    actor = Actor("person", account.name, str(account.id), None, address)
    payload = {
        "invitation": str(invited.id), "invited_by": str(invited.invited_by), "before": {},
        "after": {"role": invited.role, "scope": invited.scope.store() if invited.scope else None},
    }  # fmt: skip
    await note(session, actor, "people.joined", subject=of_user(account.id, account.name), payload=payload)
