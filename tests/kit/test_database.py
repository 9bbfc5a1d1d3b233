"""How long a statement may take, by whose connection it is, with and without a pooler in between."""

import pytest
from oktee.kit import database as kit
from oktee.kit.database import CANCELED, WORK_STATEMENT, Database, global_session, new_id, sqlstate
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

SHOW = text("show statement_timeout")


@pytest.mark.parametrize(("given", "shown"), [({}, "5s"), ({"statement_seconds": WORK_STATEMENT}, "1min")])
@pytest.mark.parametrize("pooler", ["none", "transaction"])
async def test_every_transaction_has_the_limit_of_its_process(
    opened: object, monkeypatch: pytest.MonkeyPatch, given: dict[str, float], shown: str, pooler: str
) -> None:
    own = Database()
    own.open(kit.database.engine.url.render_as_string(False), pool_size=1, pooler=pooler, **given)
    monkeypatch.setattr(kit, "database", own)
    try:
        for organization in (None, new_id()):
            async with kit.tenant_session(organization) as session:
                assert await session.scalar(SHOW) == shown
                await kit.take_time(session)
                assert await session.scalar(SHOW) == "1min"
            async with kit.tenant_session(organization) as session:
                assert await session.scalar(SHOW) == shown, "more time is for one transaction"
    finally:
        await own.close()


async def test_a_statement_over_its_limit_is_canceled_and_the_connection_goes_on(
    opened: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Database()
    own.open(kit.database.engine.url.render_as_string(False), pool_size=1, statement_seconds=0.03)
    monkeypatch.setattr(kit, "database", own)
    try:
        with pytest.raises(DBAPIError) as caught:
            async with global_session() as session:
                await session.execute(text("select pg_sleep(2)"))
        assert sqlstate(caught.value) == CANCELED
        async with own.autocommit() as connection:
            assert (await connection.execute(SHOW)).scalar_one() == "30ms"
    finally:
        await own.close()
