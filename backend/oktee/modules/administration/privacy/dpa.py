"""The data processing agreement: its text, who accepted it, and that nothing is processed before."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.journal.record import SYSTEM, Actor, Subject, record
from oktee.kit import work
from oktee.kit.database import organization_of, tenant_session
from oktee.kit.errors import field_error
from oktee.modules.administration.privacy.inventory import find
from oktee.modules.administration.privacy.tables import DpaAcceptance

VERSION: Final = "2026-11"
LANGUAGES: Final = ("en", "fr")
_IN_FORCE = text("update organizations set dpa_version = :version, dpa_accepted_at = now() where id = :org")


@dataclass(frozen=True, slots=True)
class Agreement:
    """The text that can be accepted now."""

    version: str
    text: str
    text_hash: str


@cache
def agreement(locale: str) -> Agreement:
    """The text in that language; the hash is over all languages, since they are one agreement."""
    texts = {language: find(f"dpa/{VERSION}.{language}.md").read_text() for language in LANGUAGES}
    digest = sha256("\0".join(texts[language] for language in LANGUAGES).encode()).hexdigest()
    return Agreement(VERSION, texts.get(locale, texts["en"]), digest)


async def accept(
    session: AsyncSession, *, version: str, actor: Actor = SYSTEM, address: str | None = None
) -> DpaAcceptance:
    """Note who accepted which text, put it in force and let waiting work go. `actor` SYSTEM is an operator who holds the
    customer's word. Raises Invalid for another version than the present one."""
    if version != VERSION:
        raise field_error("/version", "not_current", f"The agreement that can be accepted is version {VERSION}.")
    made = DpaAcceptance(
        version=version,
        text_hash=bytes.fromhex(agreement("en").text_hash),
        accepted_by=UUID(actor.id) if actor.id else None,
        accepted_as="owner" if actor.id else "operator",
        address=address,
    )
    session.add(made)
    await session.execute(_IN_FORCE, {"version": version, "org": organization_of(session)})
    await work.let_go(session)
    await record(
        session, "dpa.accepted", actor=actor, subject=Subject("dpa", version, version), audit=True,
        payload={"version": version, "text_hash": agreement("en").text_hash, "as": made.accepted_as},
    )  # fmt: skip
    await session.flush()
    await session.refresh(made)
    return made


async def accept_for(organization_id: UUID) -> None:
    """An operator, the demo or a test accepts the present text for an organization that has accepted none yet."""
    async with tenant_session(organization_id) as session:
        if await accepted_at(session) is None:
            await accept(session, version=VERSION)


async def accepted_at(session: AsyncSession) -> datetime | None:
    """Since when an agreement is in force for the organization of this session."""
    found: datetime | None = await session.scalar(
        text("select dpa_accepted_at from organizations where id = :org"), {"org": organization_of(session)}
    )
    return found


async def list_acceptances(session: AsyncSession) -> list[DpaAcceptance]:
    """Newest first."""
    found = await session.scalars(select(DpaAcceptance).order_by(DpaAcceptance.accepted_at.desc(), DpaAcceptance.id))
    return list(found)
