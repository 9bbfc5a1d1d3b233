"""One statement as one organization: it sees that organization alone, whatever its plan, and leaves nothing behind."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from factories import make_organization
from oktee.access.scope import Scope
from oktee.access.teams.tables import Team
from oktee.kit.database import database, new_id, tenant_session
from oktee.kit.quick import READER, ZONE, Reader, Shelf, Written, as_tenant, constant, row_of, written
from oktee.notify.matters.tables import Matter
from sqlalchemy import String, cast, func, literal, select

NAMES = written(select(func.coalesce(cast(func.string_agg(Team.name, literal(",")), String), "-").label("names")))


async def _a_team(name: str) -> UUID:
    organization, _ = await make_organization()
    async with tenant_session(organization) as session:
        session.add(Team(id=new_id(), name=name, modules=[]))
    return organization


async def _names(organization: UUID) -> str:
    found = await row_of(NAMES, organization, None)
    assert found is not None
    return str(found["names"])


async def test_each_organization_sees_its_own_rows_on_the_same_connections(db: Any) -> None:
    places = {await _a_team(f"team {n}"): f"team {n}" for n in range(4)}
    asked = list(places) * 40
    assert await asyncio.gather(*map(_names, asked)) == [places[organization] for organization in asked]
    assert await _names(uuid4()) == "-"


async def test_who_asks_is_part_of_what_is_asked(db: Any) -> None:
    organization, person = await _a_team("asked"), new_id()
    asked = written(select(READER.label("person"), ZONE.label("zone"), func.count().label("teams")).select_from(Team))
    assert tuple(await row_of(asked, organization, None, Reader(person, "Europe/Paris")) or ()) == (
        person,
        "Europe/Paris",
        1,
    )
    assert tuple(await row_of(asked, organization, None) or ()) == (None, "UTC", 1)


async def test_nothing_is_left_on_the_connection(db: Any) -> None:
    organization = await _a_team("left")
    assert await _names(organization) == "left"
    row = await database.singles.row(
        "select current_setting('app.organization_id', true) as one, current_setting('app.scope', true) as part, "
        "(select count(*) from teams) as teams"
    )
    assert row is not None
    assert (row["one"] or "", row["part"] or "", row["teams"]) == ("", "", 0)


async def test_without_a_row_that_sets_the_tenant_nothing_is_read(db: Any) -> None:
    await _a_team("closed")
    nobody = "select set_config('app.organization_id', '', true) as one, set_config('app.scope', '', true) as part"
    assert await database.singles.row(as_tenant("select name from teams", f"{nobody} where false")) is None
    assert await database.singles.row(as_tenant("select name from teams", nobody)) is None


@pytest.mark.parametrize("setting", ["enable_nestloop", "enable_material", "enable_indexscan", "enable_seqscan"])
async def test_the_tenant_is_set_before_anything_is_read_whatever_the_plan(db: Any, setting: str) -> None:
    """A plan that joined the other way round would read rows before the tenant is set."""
    organization = await _a_team("first")
    for n in range(3):
        await _a_team(f"other {n}")
    two = select(
        func.count().label("teams"), select(func.count()).select_from(Matter).scalar_subquery().label("matters")
    )
    asked = written(two.select_from(Team))
    tenant = f"select set_config('app.organization_id', '{organization}', true) as one, set_config('app.scope', '', true) as part"
    await database.singles.row(f"select set_config('{setting}', 'off', false)")
    try:
        for _ in range(8):  # plans of its own, then the general one
            row = await database.singles.row(as_tenant(asked.sql, tenant), *asked.values)
            assert row is not None
            assert tuple(row) == (1, 0)
    finally:
        await database.singles.row(f"select set_config('{setting}', 'on', false)")


async def test_a_scope_narrows_it(db: Any) -> None:
    organization, _ = await make_organization()
    async with tenant_session(organization) as session:
        session.add_all(
            Matter(kind="order", object_id=f"{n}", label="x", vendor_code=code, marketplace_id="A1PA6795UKMFR9")
            for n, code in enumerate(("LUMD1", "LUMF1"))
        )
    counted = written(select(func.count().label("matters")).select_from(Matter))
    whole = await row_of(counted, organization, None)
    part = await row_of(counted, organization, Scope(vendor_codes=("LUMD1",)))
    assert whole is not None
    assert part is not None
    assert (whole["matters"], part["matters"]) == (2, 1)


def test_only_what_our_code_wrote_stands_in_the_text() -> None:
    statement = written(select(constant(literal("ours")), literal("th'eirs")).where(Team.name.in_(["a", "b"])))
    assert "'ours'" in statement.sql
    assert "eirs" not in statement.sql
    assert statement.values == ("th'eirs", "a", "b")
    assert statement.having({statement.names[0]: "other"}).values == ("other", "a", "b")


async def test_a_tenant_is_a_uuid(db: Any) -> None:
    with pytest.raises(TypeError):
        await row_of(Written("select 1", (), ()), "' or true", None)  # type: ignore[arg-type]


def test_a_shelf_keeps_what_was_asked_last() -> None:
    shelf: Shelf[int] = Shelf(most=2)
    made: list[str] = []

    def make(word: str) -> int:
        return shelf.get(word, lambda: made.append(word) or len(made))

    assert [make(word) for word in ("a", "b", "a", "c", "a", "b")] == [1, 2, 1, 3, 1, 4]
