"""The register of incidents."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Identity, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, new_id


class Incident(Base):
    """GLOBAL. What was noticed when, the span of time it is about, and which part of the journal belongs to it."""

    __tablename__ = "incidents"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    title: Mapped[str]
    opened_by: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    detected_at: Mapped[datetime] = mapped_column(Instant)
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    selection: Mapped[dict[str, Any]]
    export_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    exported_at: Mapped[datetime | None] = mapped_column(Instant)
