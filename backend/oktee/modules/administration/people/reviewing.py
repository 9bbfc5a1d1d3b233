"""The quarterly access review (SEC-07): who and what has access, one decision each, kept as a record."""

import csv
import io
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.keys.keeping import list_keys, state_of
from oktee.access.people.ladder import own_roles
from oktee.access.people.members import ACTIVE, list_members
from oktee.access.people.tables import AccessReview, AccessReviewRow
from oktee.access.tables import Organization
from oktee.access.workspaces import names_of
from oktee.amazon.connection import lifecycle
from oktee.amazon.connection.tables import AmazonConnection
from oktee.kit.clock import now
from oktee.kit.database import organization_of
from oktee.kit.errors import Conflict, NotFound

EVERY: Final = timedelta(days=90)


class ReviewOpen(Conflict):
    """A review is open already."""


class RowsUndecided(Conflict):
    """Somebody or something of the review was not decided on yet."""


async def last_review_ended(session: AsyncSession) -> datetime | None:
    """When the organization of this session finished its last access review; None = never. For the compliance clock
    `compliance.access_review_overdue`."""
    return await session.scalar(select(func.max(AccessReview.finished_at)))


async def review_due_at(session: AsyncSession) -> datetime:
    """90 days after the last review, or after the organization began."""
    ended = await last_review_ended(session)
    if ended is None:
        ended = (await session.get_one(Organization, organization_of(session))).created_at
    return ended + EVERY


async def is_overdue(session: AsyncSession) -> bool:
    return await review_due_at(session) < now()


async def open_review(session: AsyncSession) -> AccessReview | None:
    return await session.scalar(select(AccessReview).where(AccessReview.finished_at.is_(None)))


async def start_review(session: AsyncSession, *, by: UUID) -> AccessReview:
    """Write down who and what has access now. Raises ReviewOpen."""
    organization_id = organization_of(session)
    if await open_review(session) is not None:
        raise ReviewOpen("A review is open. Finish it first.")
    made = AccessReview(started_by=by, started_at=now())
    session.add(made)
    await session.flush()
    own = await own_roles(session, organization_id)
    for member in await list_members(session, organization_id):
        state = [] if member.state == ACTIVE else [member.state]
        role = own[member.role].name if member.role in own else member.role
        _add(
            session, made, "person", str(member.user_id), member.name, member.email, [role, *state], member.last_seen_at
        )
    at = now()
    keys = [key for key in await list_keys(session, organization_id) if state_of(key, at) in ("active", "ending")]
    owners = await names_of(key.owner_id for key in keys)
    for key in keys:
        owner = owners.get(key.owner_id, "")
        _add(session, made, "key", key.id, key.name, owner, list(key.scopes), key.last_used_at)
    live = (
        select(AmazonConnection).where(AmazonConnection.status.not_in(lifecycle.ENDED)).order_by(AmazonConnection.name)
    )
    for connection in await session.scalars(live):
        _add(
            session, made, "service", str(connection.id), connection.name, connection.selling_partner_id or "",
            sorted(connection.granted_roles), connection.authorized_at,
        )  # fmt: skip
    await session.flush()
    return made


def _add(
    session: AsyncSession, review: AccessReview, kind: str, object_id: str, label: str, detail: str,
    access: list[str], last_used_at: datetime | None,
) -> None:  # fmt: skip
    session.add(
        AccessReviewRow(
            review_id=review.id, kind=kind, object_id=object_id, label=label, detail=detail, access=access,
            last_used_at=last_used_at,
        )
    )  # fmt: skip


async def rows_of(session: AsyncSession, review_id: UUID) -> list[AccessReviewRow]:
    """People, keys, services; those not used longest first within each."""
    order = (AccessReviewRow.kind.desc(), AccessReviewRow.last_used_at.asc().nulls_first(), AccessReviewRow.label)
    kinds = {"person": 0, "key": 1, "service": 2}
    found = await session.scalars(
        select(AccessReviewRow).where(AccessReviewRow.review_id == review_id).order_by(*order)
    )
    return sorted(found, key=lambda row: kinds.get(row.kind, 9))


async def get_row(session: AsyncSession, row_id: UUID) -> AccessReviewRow:
    """A row of the open review, locked. Raises NotFound."""
    found = await session.scalar(
        select(AccessReviewRow)
        .join(AccessReview, AccessReview.id == AccessReviewRow.review_id)
        .where(AccessReviewRow.id == row_id, AccessReview.finished_at.is_(None))
        .with_for_update(of=AccessReviewRow)
    )
    if found is None:
        raise NotFound("There is no such row in the open review.")
    return found


async def finish_review(session: AsyncSession, *, by: UUID) -> AccessReview:
    """Raises NotFound without an open one, RowsUndecided."""
    found = await open_review(session)
    if found is None:
        raise NotFound("There is no open review.")
    undecided = await session.scalar(
        select(func.count()).where(AccessReviewRow.review_id == found.id, AccessReviewRow.decision.is_(None))
    )
    if undecided:
        raise RowsUndecided(f"{undecided} of the review are not decided on yet.")
    found.finished_at, found.finished_by = now(), by
    await session.flush()
    return found


async def as_csv(session: AsyncSession, review: AccessReview, *, workspace: str) -> str:
    """The review as a table; it names its workspace. A cell that a spreadsheet would take for a formula is disarmed."""
    rows = await rows_of(session, review.id)
    names = await names_of(row.decided_by for row in rows)
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(
        ["workspace", "review_started_at", "review_finished_at", "kind", "name", "detail", "access", "last_used_at",
         "decision", "decided_by", "decided_at"]
    )  # fmt: skip
    for row in rows:
        cells = [
            workspace, _at(review.started_at), _at(review.finished_at), row.kind, row.label, row.detail,
            " ".join(row.access), _at(row.last_used_at), row.decision or "",
            names.get(row.decided_by, "") if row.decided_by else "", _at(row.decided_at),
        ]  # fmt: skip
        sheet.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells])
    return out.getvalue()


def _at(instant: datetime | None) -> str:
    return instant.isoformat() if instant else ""
