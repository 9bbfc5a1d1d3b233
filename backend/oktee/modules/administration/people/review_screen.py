"""Administration / Users & roles, access review: a decision about each person, key and service, each quarter."""

from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller, CallerIn, Session, needs
from oktee.access.keys.keeping import revoke_key
from oktee.access.people import members
from oktee.access.people.ladder import permissions_by_role
from oktee.access.people.tables import AccessReview, AccessReviewRow
from oktee.access.tables import Organization
from oktee.access.workspaces import names_of
from oktee.journal.record import Subject
from oktee.kit.clock import now
from oktee.kit.errors import Conflict, NotFound
from oktee.modules.administration.people import reviewing, wire
from oktee.modules.administration.people.noting import note, note_change

router = APIRouter(prefix="/access-review")
MANAGE = [needs("users.manage")]
FRESH = [needs("users.manage", fresh=True)]


class DecideByAnother(Conflict):
    """Nobody approves their own access while another could."""


class EndThere(Conflict):
    """A connection to Amazon is ended on its own page, where one sees what that does."""


@router.get("", dependencies=MANAGE)
async def get_access_review(session: Session, caller: CallerIn) -> wire.ReviewSheet:
    """The open review and those before."""
    return await _sheet(session, caller)


@router.post("", status_code=201, dependencies=MANAGE, responses={409: {}})
async def start_access_review(session: Session, caller: CallerIn) -> wire.ReviewSheet:
    """Begin one: who and what has access now."""
    made = await reviewing.start_review(session, by=caller.user_id)
    await note(session, caller, "access_review.started", subject=_subject(made))
    return await _sheet(session, caller)


@router.put("/rows/{row_id}", dependencies=FRESH, responses={409: {}})
async def decide_access(session: Session, caller: CallerIn, row_id: UUID, body: wire.DecisionIn) -> wire.ReviewSheet:
    """Keep, or remove at once: a person leaves the workspace, a key is revoked."""
    row = await reviewing.get_row(session, row_id)
    if row.object_id == str(caller.user_id) and await _another(session, caller):
        raise DecideByAnother("Somebody else decides about your own access.")
    if body.decision == "remove" and row.decision != "remove":
        await _remove(session, caller, row)
    row.decision, row.decided_by, row.decided_at = body.decision, caller.user_id, now()
    await session.flush()
    await note(
        session, caller, "access_review.decided", subject=Subject(_TYPES[row.kind], row.object_id, row.label),
        payload={"decision": body.decision, "review": str(row.review_id)},
    )  # fmt: skip
    return await _sheet(session, caller)


@router.post("/end", dependencies=MANAGE, responses={409: {}})
async def finish_access_review(session: Session, caller: CallerIn) -> wire.ReviewSheet:
    """Everything is decided: the review becomes a record, and the next is due in 90 days."""
    found = await reviewing.finish_review(session, by=caller.user_id)
    await note(session, caller, "access_review.finished", subject=_subject(found))
    return await _sheet(session, caller)


@router.get(
    "/{review_id}/csv",
    dependencies=MANAGE,
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}, "description": "The review as a table"}},
)
async def export_access_review(session: Session, caller: CallerIn, review_id: UUID) -> Response:
    """A review as CSV, with the name of its workspace."""
    found = await session.scalar(select(AccessReview).where(AccessReview.id == review_id))
    if found is None:
        raise NotFound("There is no such review.")
    organization = await session.get_one(Organization, caller.organization_id)
    text = await reviewing.as_csv(session, found, workspace=organization.name)
    name = f"{caller.slug}-access-review-{found.started_at:%Y-%m-%d}.csv"
    await note(session, caller, "access_review.exported", subject=_subject(found))
    return Response(text, media_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


_TYPES = {"person": "user", "key": "api_key", "service": "connection"}


async def _remove(session: AsyncSession, caller: Caller, row: AccessReviewRow) -> None:
    if row.kind == "service":
        raise EndThere("Disconnect this account on the page Amazon connection, then decide here.")
    try:
        if row.kind == "key":
            await revoke_key(session, caller.organization_id, row.object_id, by=caller.user_id)
            return
        change = await members.remove(
            session, caller.organization_id, UUID(row.object_id), held=caller.permissions, by=caller.user_id
        )
    except NotFound:
        return  # gone since the review began
    await note_change(session, caller, "people.removed", change)


async def _another(session: AsyncSession, caller: Caller) -> bool:
    """Whether somebody else could decide about the caller."""
    found = await members.list_members(session, caller.organization_id)
    roles = await permissions_by_role(session, caller.organization_id)
    return any(
        member.user_id != caller.user_id
        and member.state == members.ACTIVE
        and not member.disabled
        and member.scope is None
        and roles.get(member.role, frozenset()) >= caller.permissions
        for member in found
    )


async def _sheet(session: AsyncSession, caller: Caller) -> wire.ReviewSheet:
    found = await reviewing.open_review(session)
    rows = await reviewing.rows_of(session, found.id) if found else []
    past = (
        await session.scalars(
            select(AccessReview)
            .where(AccessReview.finished_at.is_not(None))
            .order_by(AccessReview.finished_at.desc(), AccessReview.id)
            .limit(12)
        )
    ).all()
    counts = {
        (review, decision): count
        for review, decision, count in await session.execute(
            select(AccessReviewRow.review_id, AccessReviewRow.decision, func.count())
            .where(AccessReviewRow.review_id.in_([each.id for each in past]))
            .group_by(AccessReviewRow.review_id, AccessReviewRow.decision)
        )
    }
    names = await names_of([*(row.decided_by for row in rows), *(each.finished_by for each in past)])
    another = await _another(session, caller)
    due_at = await reviewing.review_due_at(session)
    return wire.ReviewSheet(
        id=found.id if found else None,
        started_at=found.started_at if found else None,
        rows=[_row(row, caller, names, another) for row in rows],
        past=[
            wire.PastReview(
                id=each.id, started_at=each.started_at, finished_at=each.finished_at or each.started_at,
                finished_by=names.get(each.finished_by) if each.finished_by else None,
                kept=counts.get((each.id, "keep"), 0), removed=counts.get((each.id, "remove"), 0),
            )
            for each in past
        ],
        due_at=due_at,
        overdue=due_at < now(),
    )  # fmt: skip


def _row(row: AccessReviewRow, caller: Caller, names: dict[UUID, str], another: bool) -> wire.ReviewRow:
    return wire.ReviewRow.model_validate(
        {
            "id": row.id, "kind": row.kind, "label": row.label, "detail": row.detail, "access": row.access,
            "last_used_at": row.last_used_at, "decision": row.decision,
            "decided_by": names.get(row.decided_by) if row.decided_by else None, "decided_at": row.decided_at,
            "can_decide": not (another and row.object_id == str(caller.user_id)),
        }
    )  # fmt: skip


def _subject(review: AccessReview) -> Subject:
    return Subject("access_review", str(review.id), f"{review.started_at:%Y-%m-%d}")
