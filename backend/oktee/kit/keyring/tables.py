"""The data keys of an organization, and its sealed secrets."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, LargeBinary, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, Tenanted, refers


class OrganizationDek(Tenanted, Base):
    """The data keys of an organization, wrapped by a key-encryption key. state: active, decrypt_only, destroyed.

    `kek_id` names the key in the words of its provider: an id of the key file, an ARN, or `name:v3`.
    """

    __tablename__ = "organization_deks"

    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    kek_id: Mapped[str]
    alg: Mapped[str] = mapped_column(default="AES-256-GCM")
    state: Mapped[str] = mapped_column(default="active")
    enc_count: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
    retired_at: Mapped[datetime | None] = mapped_column(Instant)
    destroyed_at: Mapped[datetime | None] = mapped_column(Instant)


class Secret(Tenanted, Base):
    """A sealed secret and whose it is. The version is part of what it is sealed to."""

    __tablename__ = "secrets"
    __table_args__ = (
        UniqueConstraint("organization_id", "owner_id", "kind"),
        refers("dek_id", "organization_deks"),
    )

    owner_type: Mapped[str]
    owner_id: Mapped[UUID]
    kind: Mapped[str]
    dek_id: Mapped[UUID]
    blob: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Instant, server_default=func.now())
