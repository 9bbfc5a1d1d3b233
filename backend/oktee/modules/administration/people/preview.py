"""View as: whoever manages people looks at the workspace as one of them sees it, for half an hour, changing nothing."""

from datetime import datetime, timedelta
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from oktee.access.caller import CallerIn, Session, needs
from oktee.access.people.ladder import check_held, permissions_by_role
from oktee.access.people.members import ACTIVE, get_member
from oktee.access.people.tables import Preview
from oktee.kit.clock import now
from oktee.kit.errors import Conflict
from oktee.modules.administration.people.noting import note, of_user

router = APIRouter(prefix="/people")
LASTS = timedelta(minutes=30)


class NobodyToShow(Conflict):
    """One looks as somebody else, who is active."""


class PreviewStarted(BaseModel):
    """Until when this session sees the workspace so."""

    name: str
    ends_at: datetime


@router.post("/{user_id}/preview", status_code=201, dependencies=[needs("users.manage")], responses={409: {}})
async def start_preview(session: Session, caller: CallerIn, user_id: UUID) -> PreviewStarted:
    """From now on this session sees this workspace as that person does, in every tab. It ends by itself."""
    member, user = await get_member(session, caller.organization_id, user_id)
    if user_id == caller.user_id or member.state != ACTIVE:
        raise NobodyToShow("Choose an active colleague.")
    roles = await permissions_by_role(session, caller.organization_id)
    check_held(roles.get(member.role, frozenset()), caller.permissions)
    ends_at = now() + LASTS
    made = insert(Preview).values(
        session_id=caller.session_id, organization_id=caller.organization_id, user_id=user_id, ends_at=ends_at
    )
    await session.execute(
        made.on_conflict_do_update(
            index_elements=["session_id", "organization_id"],
            set_={"user_id": user_id, "ends_at": ends_at, "started_at": func.now()},
        )
    )
    payload = {"ends_at": ends_at.isoformat(), "role": member.role}
    await note(session, caller, "preview.started", subject=of_user(user_id, user.name), payload=payload)
    return PreviewStarted(name=user.name, ends_at=ends_at)
