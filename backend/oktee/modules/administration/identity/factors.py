"""My second factors: authenticator apps and passkeys to add, name and remove, and recovery codes."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import FreshPerson, SignedIn, address_of, demands_factor
from oktee.access.factors.passkeys import MOST, register_passkey, registration_options, take_challenge
from oktee.access.factors.recovery import NewCodes, make_codes, put_codes
from oktee.access.factors.tables import Factor, RecoveryCode
from oktee.access.factors.totp import add_totp, check_totp, new_seed, provisioning_uri
from oktee.access.sessions import SignedInUser, end_sessions_of
from oktee.access.signing_in import prove_factor, replace_session, session_of
from oktee.access.workspaces import list_workspaces
from oktee.kit.database import global_session
from oktee.kit.errors import Conflict, NotFound
from oktee.modules.administration.identity.me import Me, agent_of, me_of, set_cookie
from oktee.modules.administration.identity.notes import note
from oktee.modules.administration.identity.notices import tell
from oktee.modules.administration.identity.proofs import Credential, at_once
from oktee.modules.administration.identity.signing_in import PasskeyOptions

router = APIRouter(tags=["administration"])
Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"\S")]


class LastFactor(Conflict):
    """A workspace of this person demands a second factor: the last one stays until there is another."""


class TooManyFactors(Conflict):
    """More factors than anybody needs."""


class MyFactor(BaseModel):
    """One authenticator app or passkey."""

    id: UUID
    kind: Literal["totp", "passkey"]
    name: str
    created_at: datetime
    last_used_at: datetime | None


class MyFactors(BaseModel):
    """My factors, and how many recovery codes are left. `demanded_by`: the workspaces that ask for a factor."""

    factors: list[MyFactor]
    recovery_codes_left: int
    demanded_by: list[str]


class FactorName(BaseModel):
    """What I call it."""

    model_config = ConfigDict(extra="forbid")

    name: Name


class NewTotp(BaseModel):
    """The seed, shown this once: as text and as the address a QR code holds."""

    id: UUID
    seed: str
    uri: str


class TotpCode(BaseModel):
    """The first code of a new app."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(max_length=20, examples=["123456"])


class NewPasskey(BaseModel):
    """A passkey the browser has made."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    passkey: Credential


class FactorAdded(BaseModel):
    """`recovery_codes`: shown this once, with the first factor."""

    me: Me
    recovery_codes: list[str] | None


class RecoveryCodes(BaseModel):
    """Ten new codes, shown this once; the earlier ones are void."""

    recovery_codes: list[str]


@router.get("/me/factors", responses={401: {}, 403: {}})
async def list_factors(user: SignedIn) -> MyFactors:
    """My second factors."""
    async with global_session() as session:
        rows = await session.scalars(
            select(Factor)
            .where(Factor.user_id == user.user_id, Factor.confirmed_at.is_not(None))
            .order_by(Factor.created_at, Factor.id)
        )
        left = await session.scalar(
            select(func.count()).where(RecoveryCode.user_id == user.user_id, RecoveryCode.used_at.is_(None))
        )
        found = [MyFactor.model_validate(row, from_attributes=True) for row in rows.all()]
    return MyFactors(factors=found, recovery_codes_left=left or 0, demanded_by=await _demanding(user.user_id))


@router.post("/me/factors/totp", responses={401: {}, 403: {}, 409: {}})
async def add_authenticator_app(body: FactorName, user: FreshPerson) -> NewTotp:
    """A seed for a new authenticator app. It counts once its first code is confirmed."""
    seed = new_seed()
    async with global_session() as session:
        await session.execute(  # what was begun and never confirmed
            delete(Factor).where(Factor.user_id == user.user_id, Factor.confirmed_at.is_(None))
        )
        await _room(session, user.user_id)
        factor_id = await add_totp(session, user.user_id, seed, name=body.name)
    return NewTotp(id=factor_id, seed=seed, uri=provisioning_uri(seed, user.email))


@router.post("/me/factors/totp/{factor_id}/confirm", responses={401: {}, 403: {}, 404: {}, 429: {}})
async def confirm_authenticator_app(
    factor_id: UUID, body: TotpCode, user: FreshPerson, request: Request, response: Response
) -> FactorAdded:
    """The app shows the right code: from now on it counts."""
    async with global_session() as session:
        waiting = await session.scalar(
            select(Factor.id).where(
                Factor.id == factor_id, Factor.user_id == user.user_id, Factor.confirmed_at.is_(None)
            )
        )
    if waiting is None:
        raise NotFound("There is no such authenticator app waiting to be confirmed.")

    async def check(session: AsyncSession) -> bool:
        return await check_totp(session, user.user_id, body.code, factor_id=factor_id) is not None

    await prove_factor(user, at_once(check), pointer="/code", address=address_of(request))
    made = await _first_codes(user)
    async with global_session() as session:
        confirmed = await session.scalar(
            update(Factor)
            .where(Factor.id == factor_id, Factor.user_id == user.user_id, Factor.confirmed_at.is_(None))
            .values(confirmed_at=func.now())
            .returning(Factor.id)
        )
        if confirmed is None:  # removed in this moment, or confirmed by another tab
            raise NotFound("There is no such authenticator app waiting to be confirmed.")
        added = await _added(session, user, request, response, made)
    return await _answer(user, request, *added, kind="totp")


@router.post("/me/factors/passkey-options", responses={401: {}, 403: {}, 409: {}})
async def get_passkey_registration_options(user: FreshPerson) -> PasskeyOptions:
    """What the browser needs to make a passkey for me."""
    async with global_session() as session:
        await _room(session, user.user_id)
        return PasskeyOptions(
            options=await registration_options(session, user.user_id, user.session_id, email=user.email, name=user.name)
        )


@router.post("/me/factors/passkeys", responses={401: {}, 403: {}, 409: {}})
async def add_passkey(body: NewPasskey, user: FreshPerson, request: Request, response: Response) -> FactorAdded:
    """Keep the passkey the browser has made."""
    async with global_session() as session:
        challenge = await take_challenge(session, body.passkey, "register", user.user_id, user.session_id)
    made = await _first_codes(user)
    async with global_session() as session:
        await register_passkey(session, user.user_id, body.passkey, challenge=challenge, name=body.name)
        added = await _added(session, user, request, response, made)
    return await _answer(user, request, *added, kind="passkey")


@router.patch("/me/factors/{factor_id}", responses={401: {}, 403: {}, 404: {}})
async def rename_factor(factor_id: UUID, body: FactorName, user: SignedIn) -> MyFactors:
    """Call it otherwise."""
    async with global_session() as session:
        renamed = await session.scalar(
            update(Factor)
            .where(Factor.id == factor_id, Factor.user_id == user.user_id, Factor.confirmed_at.is_not(None))
            .values(name=body.name)
            .returning(Factor.id)
        )
    if renamed is None:
        raise NotFound("You have no such factor.")
    return await list_factors(user)


@router.delete("/me/factors/{factor_id}", responses={401: {}, 403: {}, 404: {}, 409: {}})
async def remove_factor(factor_id: UUID, user: FreshPerson, request: Request) -> MyFactors:
    """Remove it. The last one stays where a workspace demands one. Every other session ends."""
    demanded = await _demanding(user.user_id)
    async with global_session() as session:
        mine = (
            await session.scalars(
                select(Factor)
                .where(Factor.user_id == user.user_id, Factor.confirmed_at.is_not(None))
                .order_by(Factor.id)
                .with_for_update()
            )
        ).all()
        going = next((each for each in mine if each.id == factor_id), None)
        if going is None:
            raise NotFound("You have no such factor.")
        if len(mine) == 1 and demanded:
            raise LastFactor(f"{', '.join(demanded)} asks for a second factor. Add another before you remove this one.")
        kind = going.kind
        await session.delete(going)
        if len(mine) == 1:  # without a factor there is nothing to recover
            await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.user_id))
        await end_sessions_of(user.user_id, session=session, but=user.session_id)
        await tell(session, user.user_id, "factor_removed", request)
    await note(user, "account.factor_removed", request, factor=kind)
    return await list_factors(user)


@router.post("/me/recovery-codes", responses={401: {}, 403: {}, 409: {}})
async def renew_recovery_codes(user: FreshPerson, request: Request) -> RecoveryCodes:
    """Ten new recovery codes; the earlier ones are void."""
    if not user.has_factor:
        raise Conflict("Set up a second factor first: recovery codes replace it when it is lost.")
    made = await make_codes()
    async with global_session() as session:
        codes = await put_codes(session, user.user_id, made)
        await tell(session, user.user_id, "recovery_codes_renewed", request)
    await note(user, "account.recovery_codes_renewed", request)
    return RecoveryCodes(recovery_codes=codes)


async def _room(session: AsyncSession, user_id: UUID) -> None:
    count = await session.scalar(select(func.count()).where(Factor.user_id == user_id))
    if (count or 0) >= MOST:
        raise TooManyFactors(f"You have {MOST} factors. Remove one first.")


async def _first_codes(user: SignedInUser) -> NewCodes | None:
    """Recovery codes for a person who has none. Their hashes are slow, so before the transaction."""
    async with global_session() as session:
        left = await session.scalar(_codes_left(user))
    return None if left else await make_codes()


def _codes_left(user: SignedInUser) -> Select[int]:
    return select(func.count()).where(RecoveryCode.user_id == user.user_id)


async def _added(
    session: AsyncSession, user: SignedInUser, request: Request, response: Response, made: NewCodes | None
) -> tuple[str, list[str] | None]:
    """The session goes on as a new one that has proved a factor; the first factor brings recovery codes."""
    codes = None
    if made is not None and not await session.scalar(_codes_left(user)):  # else another tab was first
        codes = await put_codes(session, user.user_id, made)
    if not user.has_factor:  # sessions from before the factor have not proved it
        await end_sessions_of(user.user_id, session=session, but=user.session_id)
    token = await replace_session(
        session, user, user_agent=agent_of(request), address=address_of(request), second_factor=True
    )
    await tell(session, user.user_id, "factor_added", request)
    set_cookie(response, token)
    return token, codes


async def _answer(
    user: SignedInUser, request: Request, token: str, codes: list[str] | None, *, kind: str
) -> FactorAdded:
    await note(user, "account.factor_added", request, factor=kind)
    return FactorAdded(me=await me_of(await session_of(token)), recovery_codes=codes)


async def _demanding(user_id: UUID) -> list[str]:
    return [each.name for each in await list_workspaces(user_id) if demands_factor(each)]
