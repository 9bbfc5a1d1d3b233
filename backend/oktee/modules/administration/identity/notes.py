"""What happened to an account, told to the journal of each workspace the person belongs to, and to the person by mail."""

from typing import Any
from uuid import UUID

import structlog
from fastapi import Request

from oktee.access.caller import address_of
from oktee.access.sessions import SignedInUser
from oktee.access.workspaces import list_workspaces
from oktee.journal.record import Actor, Subject, record
from oktee.kit.database import tenant_session

log = structlog.get_logger(__name__)


async def note(user: SignedInUser, kind: str, request: Request, **payload: Any) -> None:
    """Tell each workspace's journal what one of its people did with their account.

    The act is of no workspace, so it cannot share a transaction with the journals: its own proof, committed with it, are
    the rows of `sessions`, `sign_in_events` and `factors`. A journal that cannot be written now must neither keep a
    person out (or signed in) nor keep the other workspaces from knowing: it is tried twice, then named in the log.
    """
    await _note(
        Actor("person", user.name, str(user.user_id), user.session_id, address_of(request)), user.user_id, kind, payload
    )


async def note_of(user_id: UUID, name: str, kind: str, request: Request, **payload: Any) -> None:
    """The same for an act without a session: the person followed a link of a mail."""
    await _note(Actor("person", name, str(user_id), None, address_of(request)), user_id, kind, payload)


async def _note(actor: Actor, user_id: UUID, kind: str, payload: dict[str, Any]) -> None:
    for workspace in await list_workspaces(user_id):
        for last in (False, True):
            try:
                async with tenant_session(workspace.organization_id) as session:
                    subject = Subject("user", str(user_id), actor.name)
                    await record(session, kind, actor=actor, subject=subject, payload=payload, audit=True)
                break
            except Exception as error:
                if last:
                    log.error(
                        "account_not_journalled",
                        kind=kind,
                        organization_id=str(workspace.organization_id),
                        user_id=actor.id,
                        session_id=str(actor.session_id),
                        error=repr(error)[:300],
                    )
