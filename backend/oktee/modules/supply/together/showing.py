"""What people said and did about a thing, as its page shows it."""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.modules.supply.hands import holder_of, tag_out
from oktee.modules.supply.together.shapes import FileOut, NoteOut, Teamwork
from oktee.modules.supply.wire.words import Holder
from oktee.notify.matters import files, having, noting
from oktee.notify.matters.having import Thing
from oktee.notify.matters.tables import Attachment, MatterTag, Note, Tag
from oktee.notify.recipients import Roster, read_roster

READS: Final = "orders.read"


async def show(session: AsyncSession, caller: Caller, thing: Thing) -> Teamwork:
    """Who has it, notes, tags and files."""
    await session.flush()
    matter = await having.find_matter(session, thing.kind, thing.object_id)
    kinds = sorted(files.KINDS)
    roster = await read_roster(session)
    seen_by = seers(roster, thing)
    if matter is None:
        return Teamwork(
            assignee=None, assigned_how=None, assigned_at=None, notes=[], tags=[], files=[], seen_by=seen_by,
            largest_file=files.MAX_BYTES, file_kinds=kinds,
        )  # fmt: skip
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
            "seen_by": seen_by, "largest_file": files.MAX_BYTES, "file_kinds": kinds,
        }
    )  # fmt: skip


def seers(roster: Roster, thing: Thing) -> list[Holder]:
    """The teams with somebody who sees it, and the people who do, each by name."""
    place = thing.place
    people = {
        one.user_id: one.name for one in roster.members.values() if READS in one.permissions and place.within(one.scope)
    }
    teams = {team.id: team.name for team in roster.teams.values() if not people.keys().isdisjoint(team.members)}

    def named(kind: str, names: dict[UUID, str]) -> list[Holder]:
        ordered = sorted(names.items(), key=lambda each: (each[1].casefold(), each[0]))
        return [Holder.model_validate({"type": kind, "id": number, "name": name}) for number, name in ordered]

    return [*named("team", teams), *named("person", people)]


def _note(note: Note, caller: Caller, names: dict[UUID, str]) -> NoteOut:
    mentions = [
        Holder(type=one["type"], id=UUID(one["id"]), name=names[UUID(one["id"])])
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
