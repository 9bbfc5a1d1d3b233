"""The proofs a person can give that it is them: a code, a recovery code, a passkey, and without any factor the password."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.factors.passkeys import check_passkey
from oktee.access.factors.recovery import hash_code, take_code
from oktee.access.factors.totp import check_totp
from oktee.access.passwords import verify
from oktee.access.sessions import SignedInUser
from oktee.access.signing_in import Check, Take
from oktee.access.tables import User
from oktee.kit.database import global_session

Credential = Annotated[dict[str, Any], Field(description="What navigator.credentials answered, as JSON")]


class FactorProof(BaseModel):
    """Exactly one proof of a second factor."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"code": "123456"}]})

    code: Annotated[str, Field(max_length=20, description="Of the authenticator app")] | None = None
    recovery_code: Annotated[str, Field(max_length=40)] | None = None
    passkey: Credential | None = None

    @model_validator(mode="after")
    def _one(self) -> "FactorProof":
        if len(self.model_fields_set & {name for name in type(self).model_fields if getattr(self, name)}) != 1:
            raise ValueError("give exactly one proof")
        return self


class StepUpProof(FactorProof):
    """Exactly one proof; the password counts for a person who has no second factor."""

    password: Annotated[str, Field(max_length=1024)] | None = None


def check_of(proof: FactorProof, user: SignedInUser) -> tuple[str, Check]:
    """Which proof it is (a field of the body), and how it is looked at and taken."""
    if proof.code:
        code = proof.code

        async def by_code(session: AsyncSession) -> bool:
            return await check_totp(session, user.user_id, code) is not None

        return "code", at_once(by_code)
    if proof.recovery_code:
        recovery = proof.recovery_code

        async def look_at_recovery() -> Take:
            hashed = await hash_code(user.user_id, recovery)

            async def by_recovery(session: AsyncSession) -> bool:
                return await take_code(session, user.user_id, hashed)

            return by_recovery

        return "recovery_code", look_at_recovery
    if proof.passkey:
        credential = proof.passkey

        async def by_passkey(session: AsyncSession) -> bool:
            signed = await check_passkey(session, credential, user_id=user.user_id, session_id=user.session_id)
            return signed is not None

        return "passkey", at_once(by_passkey)
    if user.has_factor:

        async def by_nothing(session: AsyncSession) -> bool:
            return False

        return "password", at_once(by_nothing)
    return "password", password_check(user.user_id, getattr(proof, "password", None) or "")


def at_once(take: Take) -> Check:
    """A proof that costs nothing to look at."""

    async def check() -> Take:
        return take

    return check


def password_check(user_id: UUID, password: str) -> Check:
    """The person's password. It is compared with no transaction open, and counts if it is still the one when taken."""

    async def check() -> Take:
        async with global_session() as session:
            stored = await session.scalar(select(User.password_hash).where(User.id == user_id))
        good = await verify(stored, password)

        async def by_password(session: AsyncSession) -> bool:
            return good and await session.scalar(select(User.password_hash).where(User.id == user_id)) == stored

        return by_password

    return check
