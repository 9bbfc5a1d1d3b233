"""Tags: the organization's own list of words, and which matter has which."""

from collections.abc import Iterable
from typing import Final, get_args
from typing import Literal as OneOf
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.journal.record import Actor, Subject, record
from oktee.kit.database import new_id
from oktee.kit.errors import Conflict, NotFound, field_error
from oktee.notify.matters.having import Thing, matter_of, told
from oktee.notify.matters.tables import MatterTag, Tag

Colour = OneOf["neutral", "accent", "positive", "caution", "critical", "progress", "auto"]
COLOURS: Final[tuple[str, ...]] = get_args(Colour)
"""Names of the visual language (frontend/src/styles/tokens.css)."""
MOST_TAGS: Final = 100


class TagNameTaken(Conflict):
    """Another tag of this organization has this name."""


class TooManyTags(Conflict):
    """The organization has as many tags as it may."""


async def list_tags(session: AsyncSession) -> list[Tag]:
    """By name."""
    return list(await session.scalars(select(Tag).order_by(func.lower(Tag.name), Tag.id)))


async def put_tag(session: AsyncSession, tag_id: UUID | None, name: str, colour: Colour, *, actor: Actor) -> Tag:
    """A new one, or another name and colour for one. Raises NotFound, TagNameTaken, TooManyTags."""
    name = name.strip()
    tag = await _get(session, tag_id) if tag_id is not None else None
    if await session.scalar(select(Tag.id).where(func.lower(Tag.name) == name.lower(), Tag.id != tag_id)):
        raise TagNameTaken("There is a tag of this name already.")
    if tag is None:
        if (await session.scalar(select(func.count()).select_from(Tag)) or 0) >= MOST_TAGS:
            raise TooManyTags(f"There are {MOST_TAGS} tags already.")
        tag = Tag(id=new_id(), created_by=UUID(actor.id) if actor.id else None)
        session.add(tag)
    tag.name, tag.colour = name, colour
    await session.flush()
    await record(
        session, "tag.changed" if tag_id else "tag.created", actor=actor, subject=Subject("tag", str(tag.id), name),
        payload={"colour": colour}, audit=True,
    )  # fmt: skip
    return tag


async def delete_tag(session: AsyncSession, tag_id: UUID, *, actor: Actor) -> None:
    """It comes off everything that has it. Raises NotFound."""
    tag = await _get(session, tag_id)
    await session.delete(tag)
    await session.flush()
    await record(session, "tag.deleted", actor=actor, subject=Subject("tag", str(tag.id), tag.name), audit=True)


async def _get(session: AsyncSession, tag_id: UUID) -> Tag:
    found = await session.get(Tag, tag_id)
    if found is None:
        raise NotFound("There is no such tag.")
    return found


async def set_tags(session: AsyncSession, thing: Thing, tag_ids: Iterable[UUID], *, actor: Actor) -> None:
    """Exactly these. Raises Invalid for one that is not on the list."""
    wanted = list(dict.fromkeys(tag_ids))
    known = {tag.id: tag.name for tag in await list_tags(session)}
    for number, tag_id in enumerate(wanted):
        if tag_id not in known:
            raise field_error(f"/tags/{number}", "unknown_tag", "This tag is not on the list.")
    matter = await matter_of(session, thing)
    before = set(await session.scalars(select(MatterTag.tag_id).where(MatterTag.matter_id == matter.id)))
    added, removed = set(wanted) - before, before - set(wanted)
    if not added and not removed:
        return
    await session.execute(
        delete(MatterTag).where(MatterTag.matter_id == matter.id, MatterTag.tag_id.in_(sorted(removed)))
    )
    session.add_all(MatterTag(matter_id=matter.id, tag_id=tag_id) for tag_id in sorted(added))
    await session.flush()
    payload = {
        "added": sorted(known[tag_id] for tag_id in added),
        "removed": sorted(known[tag_id] for tag_id in removed),
    }
    await record(
        session, "matter.tagged", actor=actor, subject=thing.subject, payload=payload, audit=True,
        correlation_id=thing.chain, marketplace_id=thing.marketplace_id, vendor_code=thing.vendor_code, brand=thing.brand,
    )  # fmt: skip
    await told(session, thing)
