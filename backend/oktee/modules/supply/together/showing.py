"""What people said and did about a thing, as its page shows it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.modules.supply import wire
from oktee.modules.supply.hands import holder_of, tag_out
from oktee.modules.supply.together.shapes import FileOut, NoteOut, Teamwork
from oktee.notify.matters import files, having, noting
from oktee.notify.matters.having import Thing
from oktee.notify.matters.tables import Attachment, MatterTag, Note, Tag
from oktee.notify.recipients import read_roster


async def show(session: AsyncSession, caller: Caller, thing: Thing) -> Teamwork:
    """Who has it, notes, tags and files."""
    await session.flush()
    matter = await having.find_matter(session, thing.kind, thing.object_id)
    kinds = sorted(files.KINDS)
    if matter is None:
        return Teamwork(
            assignee=None, assigned_how=None, assigned_at=None, notes=[], tags=[], files=[],
            largest_file=files.MAX_BYTES, file_kinds=kinds,
        )  # fmt: skip
    roster = await read_roster(session)
    teams = {group.id: group.name for group in roster.teams.values()}
    people = {one.user_id: one.name for one in roster.members.values()}
    tags = await session.scalars(
        select(Tag)
        .join(MatterTag, MatterTag.tag_id == Tag.id)
        .where(MatterTag.matter_id == matter.id)
        .order_by(Tag.name)
    )
    team = teams.get(matter.assigned_team_id) if matter.assigned_team_id else None
    holder = holder_of(matter, team, people)
    return Teamwork.model_validate(
        {
            "assignee": holder, "assigned_how": matter.assigned_how if holder else None,
            "assigned_at": matter.assigned_at if holder else None,
            "notes": [_note(note, caller, people | teams) for note in await noting.list_notes(session, matter.id)],
            "tags": [tag_out(tag) for tag in tags],
            "files": [_file(each) for each in await files.list_files(session, matter.id)],
            "largest_file": files.MAX_BYTES, "file_kinds": kinds,
        }
    )  # fmt: skip


def _note(note: Note, caller: Caller, names: dict[UUID, str]) -> NoteOut:
    mentions = [
        wire.Holder(type=one["type"], id=UUID(one["id"]), name=names[UUID(one["id"])])
        for one in note.mentions
        if UUID(one["id"]) in names
    ]
    return NoteOut(
        id=note.id, author=note.author_name, body=note.body, mentions=mentions, created_at=note.created_at,
        mine=note.author_id == caller.user_id,
    )  # fmt: skip


def _file(found: Attachment) -> FileOut:
    return FileOut(
        id=found.id, file_name=found.file_name, content_type=found.content_type, size=found.size,
        added_by=found.added_by_name, created_at=found.created_at,
    )  # fmt: skip
