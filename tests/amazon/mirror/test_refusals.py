"""The database's refusals as they really come: past SQLAlchemy or through it, from the server or from the driver."""

import asyncio
from typing import Any

import pytest
from amazon.mirror.mirrored import Mirrors
from oktee.amazon.mirror.refusals import blames_a_row, lost_a_race
from oktee.kit.database import tenant_session
from oktee.kit.staging import stage
from sqlalchemy import text

COLUMNS = {"number": "int", "word": "text"}


@pytest.mark.parametrize(
    ("rows", "statement", "blamed"),
    [
        ([(2**40, "a")], None, True),
        ([(1, "a\ud800")], None, True),
        ([(1, "a\x00b")], None, True),
        ([], "select 1 / 0", True),
        ([], "select cast('x' as int)", True),
        ([], "select jsonb '\"\\u0000\"'", True),
        ([], "select no_such_column", False),
        ([], "do $$ begin raise exception 'x' using errcode = '40001'; end $$", False),
    ],
)
async def test_values_are_blamed_and_nothing_else(
    mirrors: Mirrors, rows: list[tuple[Any, ...]], statement: str | None, blamed: bool
) -> None:
    async def write() -> None:
        async with tenant_session(None) as session:
            await stage(session, "stage_refused", COLUMNS, rows)
            await session.execute(text(statement or "select 1"))

    (refused,) = await asyncio.gather(write(), return_exceptions=True)
    assert isinstance(refused, Exception)
    assert blames_a_row(refused) is blamed
    assert lost_a_race(refused) is ("40001" in (statement or ""))
