"""My password: changing it, and setting a new one by a link of a mail when it is lost."""

from datetime import timedelta
from typing import Final, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, EmailStr, Field

from oktee.access import lockout
from oktee.access.caller import Arriving, FreshFactorRequired, MfaRequired, address_of, is_fresh, refuse_cross_site
from oktee.access.password_change import prepare_password, put_password
from oktee.access.password_policy import HISTORY, LEAST_DAYS
from oktee.access.passwords import LONGEST, SHORTEST
from oktee.access.sessions import end_sessions_of
from oktee.access.signing_in import prove_factor, replace_session, session_of
from oktee.access.sso.policy import SsoRequired, refuse_password
from oktee.access.tables import User
from oktee.access.tokens_once import make_token, peek_token, take_token
from oktee.kit.database import global_session
from oktee.kit.settings import settings
from oktee.kit.work import NOBODY, Item, Kind, schedule
from oktee.modules.administration.identity.me import Me, agent_of, me_of, set_cookie
from oktee.modules.administration.identity.notes import note, note_of
from oktee.modules.administration.identity.notices import find_by_hash, tell
from oktee.modules.administration.identity.proofs import password_check
from oktee.notify.mail import send_mail

GOOD_FOR: Final = timedelta(minutes=30)
RESET: Final = "password_reset"
router = APIRouter(tags=["administration"])


class PasswordPolicy(BaseModel):
    """What a new password has to be. `history` and the days are 0 where the policy has none."""

    policy: Literal["dpp", "nist"]
    shortest: int
    longest: int
    classes: bool
    history: int
    least_days: int
    greatest_days: int


class PasswordChange(BaseModel):
    """The present password and the new one."""

    model_config = ConfigDict(extra="forbid")

    current: str = Field(min_length=1, max_length=1024)
    password: str = Field(min_length=1, max_length=1024)


class ResetRequest(BaseModel):
    """Whose password is lost."""

    model_config = ConfigDict(extra="forbid")

    email: EmailStr = Field(examples=["lea@example.com"])


class PasswordReset(BaseModel):
    """The token of the mail, and the new password."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(min_length=20, max_length=100)
    password: str = Field(min_length=1, max_length=1024)


@router.get("/password-policy")
async def get_password_policy() -> PasswordPolicy:
    """What a password has to be here, for the forms that ask for one."""
    dpp = settings().expects_dpp
    return PasswordPolicy(
        policy=settings().password_policy,
        shortest=SHORTEST,
        longest=LONGEST,
        classes=dpp,
        history=HISTORY if dpp else 0,
        least_days=LEAST_DAYS if dpp else 0,
        greatest_days=settings().password_days if dpp else 0,
    )


@router.post("/me/password", responses={401: {}, 403: {}, 409: {}, 429: {}})
async def change_password(body: PasswordChange, user: Arriving, request: Request, response: Response) -> Me:
    """Change my password. Every other session ends; this one goes on under a new id."""
    if user.owes == "factor":
        raise MfaRequired("Confirm your sign-in with your second factor first.")
    if user.has_factor and not is_fresh(user.fresh_at):
        raise FreshFactorRequired("Confirm that it is you before you change your password.")

    check = password_check(user.user_id, body.current)
    await prove_factor(user, check, pointer="/current", address=address_of(request))
    hashed = await prepare_password(user.user_id, body.password, by_mail=False)
    async with global_session() as session:
        await put_password(session, user.user_id, hashed)
        await end_sessions_of(user.user_id, session=session, but=user.session_id)
        token = await replace_session(
            session,
            user,
            user_agent=agent_of(request),
            address=address_of(request),
            second_factor=user.second_factor,
        )
        await tell(session, user.user_id, "password_changed", request)
    set_cookie(response, token)
    await note(user, "account.password_changed", request)
    return await me_of(await session_of(token))


@router.post("/password-reset-requests", status_code=202, responses={403: {}, 429: {}})
async def request_password_reset(body: ResetRequest, request: Request) -> None:
    """Ask for a mail with a link. The answer is the same whether there is such a person or not."""
    refuse_cross_site(request)
    hashed = lockout.email_hash(body.email)
    async with global_session() as session:
        attempt = await lockout.begin(session, "reset", hashed, address_of(request), None)
        await lockout.end(session, attempt, "wrong")  # each request counts: mails are not a way to annoy somebody
        await schedule(session, RESET_MAIL, hashed.hex(), organization_id=NOBODY)


@router.post("/password-resets", status_code=204, responses={403: {}, 404: {}, 429: {}})
async def reset_password(body: PasswordReset, request: Request) -> None:
    """Set a new password with the link of the mail. All sessions end; the second factor is still asked for.

    403 `sso_required` where the person's company has asked for its own sign-in since: a password opens nothing there.
    """
    refuse_cross_site(request)
    async with global_session() as session:
        once = await peek_token(session, RESET, body.token)
        assert once.user_id is not None
        await refuse_password(session, email=once.email, user_id=once.user_id)
    hashed = await prepare_password(once.user_id, body.password, by_mail=True)
    async with global_session() as session:
        await take_token(session, RESET, body.token)
        await put_password(session, once.user_id, hashed)
        await end_sessions_of(once.user_id, session=session)
        await lockout.unlock(once.user_id, session=session)
        await tell(session, once.user_id, "password_changed", request)
        user = await session.get_one(User, once.user_id)
    await note_of(user.id, user.name, "account.password_reset", request)


async def _send_reset(item: Item) -> None:
    """Whether there is such a person is found out here, out of sight of whoever asked."""
    async with item.record() as session:
        user = await find_by_hash(session, item.key)
        if user is None:
            return
        try:
            await refuse_password(session, email=user.email, user_id=user.id)
        except SsoRequired:  # no link: the mail says where to sign in instead
            template, link = "password_reset_company", f"{settings().public_url}/sign-in"
        else:
            token = await make_token(session, RESET, email=user.email, good_for=GOOD_FOR, user_id=user.id)
            template, link = "password_reset", f"{settings().public_url}/reset-password#{token}"
        await send_mail(
            session,
            to=user.email,
            template=template,
            locale=user.locale,
            values={"name": user.name, "link": link},
            organization_id=None,
        )


RESET_MAIL: Final = Kind("password_reset_mail", run=_send_reset, queue="interactive", timeout=20.0, attempts=20)
