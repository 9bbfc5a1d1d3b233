"""Notes on a matter: words, with people and teams mentioned in them, who are told."""

from collections.abc import Sequence
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.teams.keeping import check_members, get_team
from oktee.journal.record import Actor, record
from oktee.kit.errors import Conflict, Forbidden, NotFound
from oktee.kit.undo import can_return
from oktee.notify.alerts.tables import Notification
from oktee.notify.alerts.telling import Alert, tell
from oktee.notify.matters.having import Thing, find_matter, matter_of, told
from oktee.notify.matters.tables import Note
from oktee.notify.notices import Notice

MOST_NOTES: Final = 500
EXCERPT: Final = 240
"""So much of a note is in the inbox entry and the mail of who is mentioned."""


class TooManyNotes(Conflict):
    """The object has as many notes as it may."""


class NotYourNote(Forbidden):
    """Only whoever wrote a note takes it away."""


async def list_notes(session: AsyncSession, matter_id: UUID) -> Sequence[Note]:
    """Oldest first."""
    statement = (
        select(Note).where(Note.matter_id == matter_id, Note.deleted_at.is_(None)).order_by(Note.created_at, Note.id)
    )
    return (await session.scalars(statement)).all()


async def add_note(
    session: AsyncSession, thing: Thing, body: str, mentions: Sequence[tuple[Literal["person", "team"], UUID]], *,
    actor: Actor, author_id: UUID,
) -> Note:  # fmt: skip
    """Raises Invalid for somebody who is not here, TooManyNotes. The journal says that there is a note, not its words:
    who takes a note away takes the words away."""
    people = [each for what, each in mentions if what == "person"]
    teams = [each for what, each in mentions if what == "team"]
    await check_members(session, people, "/mentions")
    for team_id in teams:
        await get_team(session, team_id)
    matter = await matter_of(session, thing)
    await _check_room(session, matter.id)
    kept: list[dict[str, Any]] = [{"type": what, "id": str(each)} for what, each in mentions]
    note = Note(matter_id=matter.id, author_id=author_id, author_name=actor.name, body=body.strip(), mentions=kept)
    session.add(note)
    await session.flush()
    await _record(session, "note.added", thing, note, actor)
    if people or teams:
        await tell(
            session,
            Alert(
                Notice.MENTIONED, thing.kind, thing.object_id, thing.label, facts={"by": actor.name, "text": excerpt(note.body)} | thing.facts,
                version=str(note.id), people=tuple(people), teams=tuple(teams), place=thing.place, but=author_id,
            ),
        )  # fmt: skip
    return note


async def _check_room(session: AsyncSession, matter_id: UUID) -> None:
    there = (Note.matter_id == matter_id, Note.deleted_at.is_(None))
    if (await session.scalar(select(func.count()).where(*there)) or 0) >= MOST_NOTES:
        raise TooManyNotes(f"There are {MOST_NOTES} notes already.")


def excerpt(body: str) -> str:
    """The words in one line, cut after a word where they are many."""
    line = " ".join(body.split())
    if len(line) <= EXCERPT:
        return line
    cut, space, _ = line[: EXCERPT - 1].rpartition(" ")
    return (cut if space and len(cut) > EXCERPT // 2 else line[: EXCERPT - 1]).rstrip(" ,;:.") + "…"


async def delete_note(session: AsyncSession, thing: Thing, note_id: UUID, *, actor: Actor, author_id: UUID) -> None:
    """Nobody reads it any more; for a minute it can be given back. Raises NotFound, NotYourNote."""
    note = await _mine(session, thing, note_id, author_id, Note.deleted_at.is_(None))
    note.deleted_at = await session.scalar(select(func.now()))
    await session.flush()
    # The words go from where they were told, too.
    await _retell(session, thing, note, Notification.facts.op("-")("text"))
    await _record(session, "note.deleted", thing, note, actor)


async def return_note(session: AsyncSession, thing: Thing, note_id: UUID, *, actor: Actor, author_id: UUID) -> None:
    """Undo taking it away. Raises NotFound also when its time is over, NotYourNote, TooManyNotes when others took its
    place."""
    note = await _mine(session, thing, note_id, author_id, can_return(Note.deleted_at))
    await _check_room(session, note.matter_id)
    note.deleted_at = None
    await session.flush()
    words = func.jsonb_build_object("text", cast(excerpt(note.body), Text))
    await _retell(session, thing, note, Notification.facts.op("||")(words))
    await _record(session, "note.restored", thing, note, actor)


async def _mine(
    session: AsyncSession, thing: Thing, note_id: UUID, author_id: UUID, which: ColumnElement[bool]
) -> Note:
    matter = await find_matter(session, thing.kind, thing.object_id)
    note = await session.scalar(select(Note).where(Note.id == note_id, which).with_for_update())
    if matter is None or note is None or note.matter_id != matter.id:
        raise NotFound("There is no such note.")
    if note.author_id != author_id:
        raise NotYourNote("Only whoever wrote a note takes it away.")
    return note


async def _retell(session: AsyncSession, thing: Thing, note: Note, facts: Any) -> None:
    """Put into the inbox of who was mentioned."""
    await session.execute(
        update(Notification)
        .where(
            Notification.notice == Notice.MENTIONED.value, Notification.object_type == thing.kind,
            Notification.object_id == thing.object_id, Notification.version == str(note.id),
        )
        .values(facts=facts)
        .execution_options(synchronize_session=False)
    )  # fmt: skip


async def _record(session: AsyncSession, kind: str, thing: Thing, note: Note, actor: Actor) -> None:
    await record(
        session, kind, actor=actor, subject=thing.subject, payload={"note": str(note.id), "mentions": note.mentions},
        audit=True, correlation_id=thing.chain, marketplace_id=thing.marketplace_id, vendor_code=thing.vendor_code, brand=thing.brand,
    )  # fmt: skip
    await told(session, thing)
