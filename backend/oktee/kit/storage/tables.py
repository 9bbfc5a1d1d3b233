"""What is in the object store: each body has a row, so that retention, purge and rotation find it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, Tenanted, refers


class StoredFile(Tenanted, Base):
    """A body in the object store. The row comes first; `stored_at` says that the body is whole.

    `size` and `sha256` are those of what was handed in, not of the sealed body.
    """

    __tablename__ = "stored_objects"
    __table_args__ = (
        UniqueConstraint("organization_id", "key"),
        Index("ix_stored_objects_expires_at", "organization_id", "expires_at"),
        refers("dek_id", "organization_deks"),
    )

    key: Mapped[str]
    purpose: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    active: Mapped[bool] = mapped_column(default=False)
    dek_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    stored_at: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
