"""Passkeys (WebAuthn level 3): registered, then asked to sign a challenge that is kept here, taken once, for minutes."""

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from oktee.access.factors.tables import Factor, PasskeyChallenge
from oktee.access.tables import User
from oktee.kit.crypto import digest
from oktee.kit.database import new_id
from oktee.kit.errors import Conflict, Invalid
from oktee.kit.settings import settings

GOOD_FOR: Final = timedelta(minutes=5)
NAME: Final = "OKTee"
MOST: Final = 20
"""Passkeys of one person."""

Purpose = Literal["register", "sign_in", "prove"]


class PasskeyRefused(Invalid):
    """The browser's answer does not hold: another challenge, site, person or key, or no user verification."""


class PasskeyKnown(Conflict):
    """This passkey is registered already."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Whose passkey signed, and which."""

    user_id: UUID
    factor_id: UUID


def relying_party() -> tuple[str, str]:
    """(rpId, origin): fixed by PUBLIC_URL, never taken from a request."""
    return urlsplit(settings().public_url).hostname or "localhost", settings().public_url


async def registration_options(
    session: AsyncSession, user_id: UUID, session_id: UUID, *, email: str, name: str
) -> dict[str, Any]:
    """What the browser needs to make a passkey for this person: discoverable, with user verification, none they have."""
    rp_id, _ = relying_party()
    options = generate_registration_options(
        rp_id=rp_id,
        rp_name=NAME,
        user_id=user_id.bytes,
        user_name=email,
        user_display_name=name,
        challenge=await _new_challenge(session, "register", user_id, session_id),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=await _descriptors(session, user_id),
    )
    found: dict[str, Any] = json.loads(options_to_json(options))
    return found


async def register_passkey(
    session: AsyncSession, user_id: UUID, credential: dict[str, Any], *, challenge: bytes, name: str
) -> UUID:
    """Keep a new passkey of this person that answered `take_challenge`. Raises PasskeyRefused, PasskeyKnown."""
    rp_id, origin = relying_party()
    try:
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PasskeyRefused("This passkey could not be registered.") from error
    if await session.scalar(select(Factor.id).where(Factor.credential_id == verified.credential_id)):
        raise PasskeyKnown("This passkey is registered already.")
    given = (credential.get("response") or {}).get("transports") or []
    factor = Factor(
        id=new_id(),
        user_id=user_id,
        kind="passkey",
        name=name,
        confirmed_at=func.now(),
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        transports=[each for each in given if each in {known.value for known in AuthenticatorTransport}],
    )
    session.add(factor)
    await session.flush()
    return factor.id


async def authentication_options(
    session: AsyncSession, user_id: UUID | None, session_id: UUID | None
) -> dict[str, Any]:
    """What the browser needs to ask a passkey. Without a person any passkey of this site may answer (it names them)."""
    rp_id, _ = relying_party()
    purpose: Purpose = "prove" if user_id is not None else "sign_in"
    options = generate_authentication_options(
        rp_id=rp_id,
        challenge=await _new_challenge(session, purpose, user_id, session_id),
        allow_credentials=await _descriptors(session, user_id) if user_id is not None else [],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    found: dict[str, Any] = json.loads(options_to_json(options))
    return found


async def check_passkey(
    session: AsyncSession, credential: dict[str, Any], *, user_id: UUID | None, session_id: UUID | None
) -> Signed | None:
    """Who signed the challenge, or None. With a person only their passkeys count, and only for the session that asked.

    A counter that does not rise is the sign of a copied key (it may stay 0: many passkeys have none).
    """
    purpose: Purpose = "prove" if user_id is not None else "sign_in"
    try:
        challenge = await take_challenge(session, credential, purpose, user_id, session_id)
        credential_id = base64url_to_bytes(str(credential["rawId"]))
    except (PasskeyRefused, ValueError, KeyError):
        return None
    row = await session.scalar(
        select(Factor)
        .join(User, User.id == Factor.user_id)
        .where(Factor.credential_id == credential_id, Factor.kind == "passkey", User.disabled_at.is_(None))
        .with_for_update(of=Factor)
    )
    if row is None or row.public_key is None or (user_id is not None and row.user_id != user_id):
        return None
    rp_id, origin = relying_party()
    try:
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError):
        return None
    handle = (credential.get("response") or {}).get("userHandle")
    if handle and base64url_to_bytes(str(handle)) != row.user_id.bytes:
        return None
    await session.execute(
        update(Factor)
        .where(Factor.id == row.id)
        .values(sign_count=verified.new_sign_count, last_used_at=func.now())
        .execution_options(synchronize_session=False)
    )
    return Signed(row.user_id, row.id)


async def _descriptors(session: AsyncSession, user_id: UUID) -> list[PublicKeyCredentialDescriptor]:
    rows = await session.scalars(select(Factor).where(Factor.user_id == user_id, Factor.kind == "passkey"))
    return [
        PublicKeyCredentialDescriptor(
            id=row.credential_id or b"", transports=[AuthenticatorTransport(each) for each in row.transports]
        )
        for row in rows.all()
    ]


async def _new_challenge(
    session: AsyncSession, purpose: Purpose, user_id: UUID | None, session_id: UUID | None
) -> bytes:
    challenge = secrets.token_bytes(32)
    session.add(
        PasskeyChallenge(
            challenge_hash=digest(challenge.hex()),
            purpose=purpose,
            user_id=user_id,
            session_id=session_id,
            expires_at=func.now() + GOOD_FOR,
        )
    )
    await session.flush()
    return challenge


async def take_challenge(
    session: AsyncSession,
    credential: dict[str, Any],
    purpose: Purpose,
    user_id: UUID | None,
    session_id: UUID | None,
) -> bytes:
    """The challenge this answer is to, which is gone now: commit it before anything can fail. Raises PasskeyRefused when it was none of ours."""
    try:
        told = parse_client_data_json(base64url_to_bytes(str(credential["response"]["clientDataJSON"]))).challenge
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PasskeyRefused("This is no answer of a passkey.") from error
    ours = delete(PasskeyChallenge).where(
        PasskeyChallenge.challenge_hash == digest(told.hex()),
        PasskeyChallenge.purpose == purpose,
        PasskeyChallenge.expires_at > func.now(),
    )
    for column, value in ((PasskeyChallenge.user_id, user_id), (PasskeyChallenge.session_id, session_id)):
        ours = ours.where(column == value if value is not None else column.is_(None))
    if await session.scalar(ours.returning(PasskeyChallenge.challenge_hash)) is None:
        raise PasskeyRefused("This passkey answered too late, or to another question. Try again.")
    return told
