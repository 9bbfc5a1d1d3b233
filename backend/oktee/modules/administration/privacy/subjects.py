"""Data subject requests: erase a person. Who acted stays known by id; the name and the e-mail address are gone."""

import re
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.lockout import email_hash
from oktee.access.people.members import remove
from oktee.access.tables import Membership, User
from oktee.journal.hashing import erased_digest
from oktee.journal.record import Actor, Subject, record
from oktee.kit.database import Instant, before_commit, organization_of
from oktee.kit.errors import Conflict, NotFound, field_error
from oktee.kit.exports import quoted
from oktee.modules.administration.privacy.catalog import KEPT, StoredTable, list_owned, list_tables
from oktee.modules.administration.privacy.inventory import inventory
from oktee.modules.administration.privacy.subject_rows import WRITTEN, Person, bounded, quoted_pattern, search

APPEND_ONLY: Final = frozenset({"journal_entries", "stock_ledger"})
ADDRESS: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_WRITABLE: Final = text(
    "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' "
    "and c.relkind in ('r', 'p') and has_table_privilege(c.oid, 'update')"
)
"""What the runtime role may change; what it may not (tracks of its own readers) names no person."""
_LISTS: Final = (bindparam("words", type_=ARRAY(TEXT)), bindparam("patterns", type_=ARRAY(TEXT)))
_LEFT: Final = (
    text("select * from erasure_of(:person, :words, :patterns, :pseudonym)")
    .bindparams(*_LISTS)
    .columns(
        entry=Uuid, written=Instant, place=Integer, new_actor=TEXT, new_address=TEXT, new_label=TEXT, new_payload=JSONB
    )
)
_ERASE: Final = text("select erase_person(:person, :words, :patterns, :pseudonym)").bindparams(*_LISTS)


class NotYourself(Conflict):
    """Nobody erases the account they are signed in with."""


def pseudonym_of(person: Person, subject: str) -> str:
    """The same person gets the same one in every table; it does not say who it was."""
    word = person.user_id.hex[-8:] if person.user_id else email_hash(subject).hex()[:8]
    return f"Erased person {word}"


async def erase(
    session: AsyncSession, subject: str, *, actor: Actor, held: frozenset[str]
) -> tuple[str, dict[str, int]]:
    """Replace name and e-mail of the person in every table of this organization; end what they hold here; close an account
    that has no other workspace. `subject`: a member's id or an exact e-mail address; `held`: the rights of the one who
    acts. Answers (pseudonym, rows changed by table). Raises Invalid for a bare name, NotFound, NotYourself, MoreThanYours,
    LastOwner."""
    person, found = await search(session, subject)
    if person.user_id is None and (person.email is None or not ADDRESS.fullmatch(person.email)):
        text_ = "Give the id of the person or the whole e-mail address: others may have the same name."
        raise field_error("/subject", "not_exact", text_)
    if person.user_id is None and not found:
        raise NotFound("Nobody like that appears in this workspace.")
    if person.user_id is not None:
        if actor.id == str(person.user_id):
            raise NotYourself("You cannot erase yourself. Ask another owner.")
        assert actor.id is not None
        await remove(session, organization_of(session), person.user_id, held=held, by=UUID(actor.id))
    pseudonym = pseudonym_of(person, subject)
    changed: dict[str, int] = {}
    writable = set((await session.execute(_WRITABLE)).scalars())
    for table in await list_owned(session):
        if table.name not in KEPT | APPEND_ONLY and table.name in writable:
            changed[table.name] = await _replace(session, table, person, pseudonym)
    if person.user_id is not None:
        await _close_account(session, person, pseudonym, changed)
    return pseudonym, await erase_from_journal(session, person, pseudonym, changed, actor=actor)


async def erase_from_journal(
    session: AsyncSession, person: Person, pseudonym: str, changed: dict[str, int], *, actor: Actor
) -> dict[str, int]:
    """Record what the erasure leaves of each audit entry, and once that is in the chain, erase. Answers rows by table."""
    values = {
        "person": str(person.user_id or ""), "words": [word.lower() for word in person.words],
        "patterns": [_pattern(word) for word in person.words], "pseudonym": pseudonym,
    }  # fmt: skip
    left = (await session.execute(_LEFT, values)).all()
    changed = {name: rows for name, rows in (changed | {"journal_entries": len(left)}).items() if rows}
    touched = {
        str(row.place): erased_digest(row.entry, (row.new_actor, row.new_address, row.new_label), row.new_payload)
        for row in left
        if row.place is not None
    }
    await record(
        session, "person.erased", actor=actor, subject=Subject("user", str(person.user_id or pseudonym), pseudonym),
        audit=True,
        payload={"tables": changed, "person": values["person"], "pseudonym": pseudonym, "touched": touched},
    )  # fmt: skip

    async def rewrite() -> None:
        await session.execute(_ERASE, values)

    before_commit(session, rewrite)
    return changed


async def _replace(session: AsyncSession, table: StoredTable, person: Person, pseudonym: str) -> int:
    """Name and address in columns about people, the address in any text: in place, whatever its case. Of JSON the strings,
    never the keys."""
    declared = inventory().tables[table.name]
    personal = set(declared.of("personal", "contact"))
    secret = set(declared.of("secret", "key", "proof"))
    sets, conditions = [], []
    values: dict[str, Any] = {
        "org": organization_of(session), "pseudonym": pseudonym,
        "email": [_pattern(person.email)] if person.email else [], "all": [_pattern(word) for word in person.words],
    }  # fmt: skip
    for column in table.columns:
        if not column.type.startswith(WRITTEN) or column.name in secret or column.name in table.key:
            continue
        which = "all" if column.name in personal else "email"
        if not values[which]:
            continue
        name = quoted(column.name)
        if column.type == "jsonb":
            new = f"json_without({name}, :{which}, :pseudonym)"
        else:
            new = f"text_without({name}::text, :{which}, :pseudonym)::{column.type}"
        sets.append(f"{name} = {new}")
        conditions.append(f"{name} is distinct from {new}")
    if not sets:
        return 0
    statement = text(
        f"update {quoted(table.name)} set {', '.join(sets)} "  # noqa: S608 - identifiers of the catalog, quoted
        f"where organization_id = :org and ({' or '.join(conditions)})"
    )
    lists = [bindparam(which, type_=ARRAY(TEXT)) for which in ("email", "all") if f":{which}," in str(statement)]
    given = {name: value for name, value in values.items() if f":{name}" in statement.text}
    result: Any = await session.execute(statement.bindparams(*lists), given)
    return int(result.rowcount)


def _pattern(word: str) -> str:
    """As `bounded`; but a name of one word is rewritten only where it is the whole text, since too many share it."""
    return bounded(word) if "@" in word or " " in word.strip() else f"^{quoted_pattern(word)}$"


async def _close_account(session: AsyncSession, person: Person, pseudonym: str, changed: dict[str, int]) -> None:
    """A person of several workspaces has lost this one; otherwise everything that signs them in goes, and the id stays."""
    organization = organization_of(session)
    assert person.user_id is not None
    elsewhere = await session.scalar(
        select(func.count())
        .select_from(Membership)
        .where(Membership.user_id == person.user_id, Membership.organization_id != organization)
    )
    values: dict[str, Any] = {"user": person.user_id}
    if elsewhere:
        return
    if person.email:
        await session.execute(
            text("delete from sign_in_events where email_hash = :hash"), {"hash": email_hash(person.email)}
        )
    for table in await list_tables(session):
        if table.has("user_id") and not table.tenant and table.deletable and table.name != "users":
            await session.execute(text(f"delete from {quoted(table.name)} where user_id = :user"), values)  # noqa: S608 - identifiers of the catalog, quoted
    user = (await session.scalars(select(User).where(User.id == person.user_id).with_for_update())).one()
    user.name, user.email = pseudonym, f"erased-{person.user_id.hex}@erased.invalid"
    user.password_hash, user.disabled_at = "erased", func.now()
    changed["users"] = 1
