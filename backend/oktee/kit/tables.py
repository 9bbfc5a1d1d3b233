"""The base of every table: ids, the organization first in every key, references that stay within it."""

import uuid
from typing import Any, ClassVar
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as _DriversUUID
from sqlalchemy import ForeignKeyConstraint, MetaData, text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship
from uuid_utils.compat import uuid7 as _uuid7

CURRENT_ORGANIZATION = text("nullif(current_setting('app.organization_id', true), '')::uuid")


def new_id() -> UUID:
    """A time-ordered id (UUIDv7), made in Python so that it is known before the flush."""
    return uuid.UUID(int=_uuid7().int)


def row_ids(count: int) -> list[UUID]:
    """So many time-ordered ids that follow each other, for rows that go to the driver as they are: one look at the clock and
    at chance for all of them, and of the driver's own kind, which costs a fifth to make and to send."""
    first = _uuid7().int
    return [_DriversUUID((first + n).to_bytes(16)) for n in range(count)]


def row_id(text: str) -> UUID:
    """An id of the driver's own kind, for what is written in many rows."""
    return _DriversUUID(text)


class Base(DeclarativeBase):
    """The base of every table; constraint names follow one convention, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[dict[str, Any]]: JSONB,
    }


Instant = TIMESTAMP(timezone=True)


def _organization(context: Any) -> Any:
    return context.execution_options["organization_id"]


class OfOrganization:
    """A tenant table whose natural key starts with the organization (mirror and counters)."""

    organization_id: Mapped[UUID] = mapped_column(
        primary_key=True, default=_organization, server_default=CURRENT_ORGANIZATION, sort_order=-2
    )


class Tenanted(OfOrganization):
    """A tenant table with an id. ORM identity is the id; the table keeps (organization_id, id)."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"primary_key": [cls.id]}


def refers(column: str, table: str, **options: Any) -> ForeignKeyConstraint:
    """A composite foreign key: a row cannot point into another organization."""
    return ForeignKeyConstraint(["organization_id", column], [f"{table}.organization_id", f"{table}.id"], **options)


def to(target: str, on: str, **options: Any) -> Any:
    """A relationship joined on the id alone, so that an optional one can be cleared."""
    return relationship(target, primaryjoin=on, lazy="raise", **options)
