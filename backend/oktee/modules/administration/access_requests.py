"""Across the modules: somebody who may not read a page asks those who give roles for it."""

from typing import Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import CallerIn, Session, needs
from oktee.journal.record import Subject, person, record
from oktee.kit.clock import now
from oktee.kit.errors import field_error
from oktee.notify.alerts.telling import Alert, tell
from oktee.notify.notices import Notice
from oktee.notify.recipients import Member, read_roster

router = APIRouter(prefix="/access-requests")
MANAGES = "users.manage"
PAGES: dict[str, str] = {
    "commandCenter": "orders.read", "orders": "orders.read", "exceptions": "orders.read", "rules": "rules.read",
    "eventLog": "events.read", "catalog": "catalog.read", "logistics": "catalog.read",
    "connections": "connection.read", "modules": "settings.manage", "integrations": "integrations.manage",
    "sso": "users.manage", "people": "users.manage", "support": "users.manage", "audit": "audit.read",
    "privacy": "privacy.manage",
}  # fmt: skip
"""By the page's name among the words of the screens: what it needs."""
Page = Literal[
    "commandCenter", "orders", "exceptions", "rules", "eventLog", "catalog", "logistics", "connections", "modules",
    "integrations", "sso", "people", "support", "audit", "privacy",
]  # fmt: skip


class AccessAdmins(BaseModel):
    """Who gives roles here, by name."""

    names: list[str]


class AccessRequestIn(BaseModel):
    """The page that somebody cannot read."""

    model_config = ConfigDict(extra="forbid")

    page: Page


class AccessRequested(BaseModel):
    """Who was told, by name; they hear of one person and one page once a day."""

    names: list[str]


@router.get("", dependencies=[needs("connection.read")])
async def get_access_admins(session: Session) -> AccessAdmins:
    """Who can give access to a page."""
    return AccessAdmins(names=[one.name for one in await _managers(session)])


@router.post("", dependencies=[needs("connection.read")])
async def request_access(session: Session, caller: CallerIn, body: AccessRequestIn) -> AccessRequested:
    """Tell those who give roles that the caller needs a page. Raises Invalid for a page that the caller reads already."""
    permission = PAGES[body.page]
    if caller.may(permission):
        raise field_error("/page", "readable", "You may read this page already.")
    managers = await _managers(session)
    today = now().astimezone(ZoneInfo(caller.time_zone)).date()
    facts: dict[str, Any] = {"by": caller.name, "page": body.page, "permission": permission}
    await tell(
        session,
        Alert(
            Notice.ACCESS_REQUESTED, "access_request", f"{caller.user_id}:{body.page}", caller.name, facts=facts,
            version=today.isoformat(), people=tuple(one.user_id for one in managers), but=caller.user_id,
        ),
    )  # fmt: skip
    await record(
        session, "access.requested", actor=person(caller),
        subject=Subject("user", str(caller.user_id), caller.name),
        payload={"page": body.page, "permission": permission}, audit=True,
    )  # fmt: skip
    return AccessRequested(names=[one.name for one in managers])


async def _managers(session: AsyncSession) -> list[Member]:
    """Who gives roles; the Owners first."""
    roster = await read_roster(session)
    found = [one for one in roster.members.values() if MANAGES in one.permissions and one.scope is None]
    return sorted(found, key=lambda one: (one.role != "owner", one.name.casefold()))
