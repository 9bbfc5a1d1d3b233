"""The lines of the shell's banner about connections that need a person: renewal due, lapsed, revoked, suspended."""

from datetime import datetime, timedelta
from typing import Final, Literal, get_args
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection import lifecycle
from oktee.amazon.connection.tables import AmazonConnection, Application
from oktee.kit.clock import now

NeedsPerson = Literal["revoked", "reauthorization_required", "suspended", "reauthorization_due"]
PRESSING: Final[tuple[NeedsPerson, ...]] = get_args(NeedsPerson)
"""The most pressing first: from the first three nothing is collected."""

REVOKED_SHOWN_FOR: Final = timedelta(days=30)
"""Who does not connect the account again within this meant to revoke it; its own page goes on saying so."""


class ConnectionNotice(BaseModel):
    """A connection that a person has to look after. `ended_at`: since when nothing is collected, where that is known."""

    id: UUID
    name: str
    status: NeedsPerson
    expires_at: datetime
    days_left: int
    ended_at: datetime | None
    own_application: bool = Field(description="the customer's own application at Amazon, whose secret is theirs")
    roles_added: bool = Field(description="the renewal is due because our application has gained roles")


async def connection_notices(session: AsyncSession) -> list[ConnectionNotice]:
    """Those of the organization, the most pressing first. A revoked account that was connected again is not one."""
    query = (
        select(AmazonConnection, Application)
        .join(Application, Application.id == AmazonConnection.application_id)
        .order_by(AmazonConnection.expires_at, AmazonConnection.id)
    )
    pairs = [(connection, application) for connection, application in await session.execute(query)]
    live = {_account(row) for row, _ in pairs if row.status not in lifecycle.ENDED}
    found = [
        each
        for row, application in pairs
        if row.status not in lifecycle.ENDED or _account(row) not in live
        if (each := _notice(row, application, at=now())) is not None
    ]
    return sorted(found, key=lambda notice: (PRESSING.index(notice.status), notice.days_left))


def _account(row: AmazonConnection) -> tuple[str, str]:
    return (row.region, row.selling_partner_id)


def _notice(row: AmazonConnection, application: Application, *, at: datetime) -> ConnectionNotice | None:
    status = lifecycle.read_status(row, rejected_at=application.rejected_at, at=at, roles=application.roles)
    kind = next((each for each in PRESSING if each == status), None)
    if kind is None or (kind == "revoked" and row.ended_at is not None and row.ended_at + REVOKED_SHOWN_FOR <= at):
        return None
    return ConnectionNotice(
        id=row.id,
        name=row.name,
        status=kind,
        expires_at=row.expires_at,
        days_left=max(0, (row.expires_at - at).days),
        ended_at=row.ended_at,
        own_application=row.auth_mode == "private_app",
        roles_added=kind == "reauthorization_due" and row.expires_at - lifecycle.DUE_BEFORE > at,
    )
