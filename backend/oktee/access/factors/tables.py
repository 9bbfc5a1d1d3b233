"""Factors, recovery codes, passkey challenges, one-time tokens, old passwords: GLOBAL tables, since people are global."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, new_id


class Factor(Base):
    """One authenticator app (kind totp) or one passkey. It counts once `confirmed_at` is set."""

    __tablename__ = "factors"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    seed_blob: Mapped[bytes | None] = mapped_column(LargeBinary)
    last_counter: Mapped[int | None] = mapped_column(BigInteger)
    credential_id: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    transports: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list, server_default="{}")


class RecoveryCode(Base):
    """One of ten codes that replace a lost factor, each once. All ten of a set share a salt, so one hash finds any."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class PasskeyChallenge(Base):
    """What a passkey has to sign: kept here, taken once, for a few minutes."""

    __tablename__ = "passkey_challenges"

    challenge_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    purpose: Mapped[str]
    user_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class OnceToken(Base):
    """A link of a mail: kept as its SHA-256, good once and for a while."""

    __tablename__ = "once_tokens"
    __table_args__ = (Index("ix_once_tokens_user_id_purpose", "user_id", "purpose"),)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    purpose: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    email: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(Instant)
    consumed_at: Mapped[datetime | None] = mapped_column(Instant)


class OldPassword(Base):
    """A password hash a person has used before: it may not come back too soon."""

    __tablename__ = "old_passwords"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    password_hash: Mapped[str]
    replaced_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
