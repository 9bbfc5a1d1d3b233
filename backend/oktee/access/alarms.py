"""Security alerts: one row per cause, and the decoy that nothing of OKTee reads (trust/SECURITY SEC-17)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, new_id


class SecurityAlert(Base):
    """GLOBAL. Something that looks like misuse. `cause` holds what was seen and the span of time it counts for."""

    __tablename__ = "security_alerts"
    __table_args__ = (UniqueConstraint("kind", "cause"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    cause: Mapped[str]
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    facts: Mapped[dict[str, Any]]
    detected_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())


class CanaryRead(Base):
    """GLOBAL. Somebody read the decoy: written by the decoy's row policy, in the reader's own transaction."""

    __tablename__ = "canary_reads"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, server_default=func.clock_timestamp())
    organization_id: Mapped[UUID | None]
    role: Mapped[str]
    application: Mapped[str | None]
    alerted_at: Mapped[datetime | None] = mapped_column(Instant)


class AdminCredential(Base):
    """GLOBAL. The decoy: named as whoever looks around wants it to be. Its secrets open nothing; reading it is noted."""

    __tablename__ = "admin_credentials"

    login: Mapped[str] = mapped_column(primary_key=True)
    secret: Mapped[str]


async def raise_once(
    session: AsyncSession, kind: str, cause: str, *, organization_id: UUID | None, facts: dict[str, Any]
) -> UUID | None:
    """The new alert's id; None when this cause was told already."""
    statement = (
        insert(SecurityAlert)
        .values(id=new_id(), kind=kind, cause=cause, organization_id=organization_id, facts=facts)
        .on_conflict_do_nothing()
        .returning(SecurityAlert.id)
    )
    found: UUID | None = (await session.execute(statement)).scalar_one_or_none()
    return found
