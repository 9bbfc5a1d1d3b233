"""Mails on their way: GLOBAL, since a mail to a person may belong to no organization. The body is sealed until sent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, new_id


class OutgoingMail(Base):
    """One mail. `body_blob` holds recipient, subject and both texts; it is destroyed once the mail is sent."""

    __tablename__ = "mails"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[UUID | None]
    template: Mapped[str]
    locale: Mapped[str]
    body_blob: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now(), index=True)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
