"""Where a person appears: every column of class personal or contact, and every key that points to them."""

import re
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.tables import Membership, User
from oktee.kit.database import organization_of, take_time
from oktee.kit.exports import ExportColumn, quoted
from oktee.modules.administration.privacy.bundle import MEMBERS, PEOPLE, Source
from oktee.modules.administration.privacy.catalog import KEPT, StoredTable, list_owned, list_tables
from oktee.modules.administration.privacy.inventory import inventory

WRITTEN: Final = ("text", "character varying", "jsonb")
POINTS: Final = frozenset(
    {
        "user_id", "actor_id", "created_by", "updated_by", "authorized_by", "decided_by_id", "planned_by_id", "invited_by",
        "accepted_by", "requested_by", "placed_by", "released_by", "cancelled_by", "set_by", "approved_by", "owner_id",
        "author_id", "added_by", "lead_id", "substitute_id", "assigned_user_id", "instead_of",
    }
)  # fmt: skip
"""Keys that name a person."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is looked for: a person with an account, or a name or address that appears in the data."""

    user_id: UUID | None
    email: str | None
    name: str | None

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(word for word in (self.email, self.name) if word)


async def find_person(session: AsyncSession, subject: str) -> Person:
    """The member with this id or e-mail; otherwise somebody known only by what was typed."""
    members = select(User).join(Membership, Membership.user_id == User.id)
    members = members.where(Membership.organization_id == organization_of(session))
    try:
        members = members.where(User.id == UUID(subject))
    except ValueError:
        members = members.where(User.email.ilike(_literal(subject), escape="\\"))
    found = (await session.scalars(members)).first()
    if found is None:
        return Person(None, subject if "@" in subject else None, None if "@" in subject else subject)
    return Person(found.id, found.email, found.name)


def quoted_pattern(word: str) -> str:
    """The word as a regular expression of PostgreSQL that matches it and nothing else."""
    return re.sub(r"(\W)", r"\\\1", word)


def bounded(word: str) -> str:
    """A pattern for the word by itself: an address that is no part of a longer one, a name between other words."""
    if "@" in word:
        return rf"(?<![[:alnum:]_.+%'-]){quoted_pattern(word)}(?![[:alnum:]_-]|\.[[:alnum:]])"
    return rf"(?<![[:alnum:]_-]){quoted_pattern(word)}(?![[:alnum:]_-])"


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def appears(table: StoredTable, person: Person, *, first: int) -> tuple[str, list[Any]]:
    """(condition, arguments from $first on) for rows of this table about the person; '' where it has no such column."""
    declared = inventory().tables[table.name]
    clauses: list[str] = []
    arguments: list[Any] = []
    for column in table.columns:
        if column.name in declared.of("personal", "contact") and column.type.startswith(WRITTEN):
            for word in person.words:
                arguments.append(bounded(word))
                clauses.append(_matches(column, f"${first + len(arguments) - 1}"))
        if person.user_id is not None and column.name in POINTS:
            arguments.append(str(person.user_id))
            clauses.append(f"{quoted(column.name)}::text = ${first + len(arguments) - 1}")
    return " or ".join(clauses), arguments


def _matches(column: ExportColumn, argument: str) -> str:
    """Of JSON the strings, never the keys."""
    if column.type != "jsonb":
        return f"{quoted(column.name)}::text ~* {argument}"
    strings = f"jsonb_path_query({quoted(column.name)}, '$.** ? (@.type() == \"string\")')"
    return f"exists (select 1 from {strings} as held(value) where held.value #>> '{{}}' ~* {argument})"  # noqa: S608 - identifiers of the catalog, quoted; values are arguments


async def subject_sources(session: AsyncSession, subject: str) -> list[Source]:
    """The tables of a bundle about one person: only the rows in which they appear."""
    person = await find_person(session, subject)
    organization = organization_of(session)
    found = []
    for table in await list_owned(session):
        if table.name in KEPT:
            continue
        condition, arguments = appears(table, person, first=2)
        if condition:
            withheld = inventory().tables[table.name].of("secret")
            found.append(
                Source(
                    table.name,
                    tuple(column for column in table.columns if column.name not in withheld),
                    tuple(name for name in table.key if name not in withheld),
                    f"organization_id = $1 and ({condition})",
                    (organization, *arguments),
                    withheld,
                )
            )
    if person.user_id is not None:
        users = next(table for table in await list_tables(session) if table.name == "users")
        found.append(
            Source(
                "users",
                tuple(column for column in users.columns if column.name in PEOPLE),
                ("id",),
                f"{MEMBERS} and id::text = $2",
                (organization, str(person.user_id)),
                tuple(column.name for column in users.columns if column.name not in PEOPLE),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Appearance:
    """How often a person appears in a table."""

    table: str
    purpose: dict[str, str]
    rows: int


async def search(session: AsyncSession, subject: str) -> tuple[Person, list[Appearance]]:
    """The person and where they appear."""
    await take_time(session)
    person = await find_person(session, subject)
    found = []
    for table in await list_owned(session):
        condition, arguments = appears(table, person, first=1)
        if table.name in KEPT or not condition:
            continue
        values: dict[str, Any] = {f"a{number}": value for number, value in enumerate(arguments, 1)}
        for number in range(len(arguments), 0, -1):
            condition = condition.replace(f"${number}", f":a{number}")
        count = await session.scalar(
            text(f"select count(*) from {quoted(table.name)} where organization_id = :org and ({condition})"),  # noqa: S608 - identifiers of the catalog, quoted
            values | {"org": organization_of(session)},
        )
        if count:
            found.append(Appearance(table.name, inventory().tables[table.name].purpose, count))
    return person, found
