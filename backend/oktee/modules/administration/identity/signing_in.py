"""Signing in and out: the password or a passkey, then the second factor; and proving a factor again before a dangerous act."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, EmailStr, Field

from oktee.access.caller import Arriving, MfaRequired, address_of, refuse_cross_site
from oktee.access.factors.passkeys import authentication_options
from oktee.access.sessions import COOKIE, refresh, sign_out
from oktee.access.signing_in import (
    WrongCode,
    WrongCredentials,
    prove_factor,
    replace_session,
    session_of,
    sign_in,
    sign_in_by_passkey,
)
from oktee.kit.database import global_session
from oktee.modules.administration.identity.me import Me, agent_of, me_of, set_cookie
from oktee.modules.administration.identity.notes import note
from oktee.modules.administration.identity.notices import locked
from oktee.modules.administration.identity.proofs import Credential, FactorProof, StepUpProof, check_of

router = APIRouter(tags=["administration"])


class SignIn(BaseModel):
    """What a person types to sign in."""

    model_config = ConfigDict(extra="forbid")

    email: EmailStr = Field(examples=["lea@example.com"])
    password: str = Field(min_length=1, max_length=1024)


class PasskeySignIn(BaseModel):
    """A passkey that says by itself whose it is."""

    model_config = ConfigDict(extra="forbid")

    passkey: Credential


class PasskeyOptions(BaseModel):
    """What the browser hands to navigator.credentials (WebAuthn), as JSON."""

    options: dict[str, Any]


@router.post("/session", responses={401: {}, 403: {}, 429: {}})
async def create_session(body: SignIn, request: Request, response: Response) -> Me:
    """Sign in with the password. `next` says whether a second factor has to be proved before anything else."""
    refuse_cross_site(request)
    address = address_of(request)
    try:
        token, user = await sign_in(body.email, body.password, user_agent=agent_of(request), address=address)
    except WrongCredentials as refused:
        if refused.locked:  # whether there is such a person is found out later, by a worker
            await locked(body.email, "password")
        raise
    set_cookie(response, token)
    if user.owes != "factor":
        await note(user, "session.started", request)
    return await me_of(user)


@router.post("/session/passkey-options", responses={403: {}})
async def get_passkey_sign_in_options(request: Request) -> PasskeyOptions:
    """A challenge for signing in by passkey alone: no e-mail, no password."""
    refuse_cross_site(request)
    async with global_session() as session:
        return PasskeyOptions(options=await authentication_options(session, None, None))


@router.post("/session/passkey", responses={401: {}, 403: {}, 429: {}})
async def create_session_by_passkey(body: PasskeySignIn, request: Request, response: Response) -> Me:
    """Sign in by passkey. It verified its person, so it is both factors at once."""
    refuse_cross_site(request)
    token, user = await sign_in_by_passkey(body.passkey, user_agent=agent_of(request), address=address_of(request))
    set_cookie(response, token)
    await note(user, "session.started", request, factor="passkey")
    return await me_of(user)


@router.post("/session/factor/passkey-options", responses={401: {}, 403: {}})
async def get_passkey_proof_options(user: Arriving) -> PasskeyOptions:
    """A challenge for one of the passkeys of the person who is signing in, or stepping up."""
    async with global_session() as session:
        return PasskeyOptions(options=await authentication_options(session, user.user_id, user.session_id))


@router.post("/session/factor", responses={401: {}, 403: {}, 429: {}})
async def prove_second_factor(body: FactorProof, user: Arriving, request: Request, response: Response) -> Me:
    """Prove the second factor. The session of the password ends, and one that is good for everything begins."""
    name, check = check_of(body, user)
    try:
        await prove_factor(user, check, pointer=f"/{name}", address=address_of(request))
    except WrongCode as refused:
        if refused.locked:
            await locked(user.email, "factor")
        raise
    async with global_session() as session:
        token = await replace_session(
            session, user, user_agent=agent_of(request), address=address_of(request), second_factor=True
        )
    found = await session_of(token)
    set_cookie(response, token)
    await note(found, "session.started", request, factor=name)
    return await me_of(found)


@router.post("/session/step-up", responses={401: {}, 403: {}, 429: {}})
async def step_up(body: StepUpProof, user: Arriving, request: Request) -> Me:
    """Prove a factor again: for ten minutes dangerous acts are allowed in this session."""
    if user.owes == "factor":
        raise MfaRequired("Confirm your sign-in with your second factor first.")
    name, check = check_of(body, user)
    try:
        await prove_factor(user, check, pointer=f"/{name}", address=address_of(request))
    except WrongCode as refused:
        if refused.locked:
            await locked(user.email, "factor")
        raise
    async with global_session() as session:
        await refresh(session, user.session_id, factor=name != "password")
    return await me_of(await session_of(request.cookies[COOKIE]))


@router.delete("/session", status_code=204, responses={401: {}, 403: {}})
async def delete_session(user: Arriving, request: Request, response: Response) -> None:
    """Sign out: the session ends at once on every process."""
    await sign_out(user.session_id)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    await note(user, "session.ended", request)
