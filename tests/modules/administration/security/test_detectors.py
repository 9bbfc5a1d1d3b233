"""Detectors: each trigger makes one alert and one audit entry, however often it is seen."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from conftest import Stack
from factories import make_person, open_browser, the_app
from modules.administration.privacy.planting import run
from oktee.access.support import grants
from oktee.access.support.tables import StaffUser, SupportGrant
from oktee.journal.record import SYSTEM, Actor, Subject, record
from oktee.kit.database import global_session, tenant_session
from oktee.modules.administration.privacy.tables import Export
from oktee.modules.administration.security import detectors
from oktee.modules.administration.security.detectors import BURST, DECOY, DETECT, start_watching
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError


async def alerts(db: Stack) -> list[tuple[str, int]]:
    keeper = await asyncpg.connect(db.owner_dsn)
    try:
        rows = await keeper.fetch("select kind, count(*) as n from security_alerts group by kind order by kind")
        return [(row["kind"], row["n"]) for row in rows]
    finally:
        await keeper.close()


async def noted(db: Stack, organization: object) -> list[str]:
    keeper = await asyncpg.connect(db.owner_dsn)
    try:
        await keeper.execute("select set_config('app.organization_id', $1, false)", str(organization))
        rows = await keeper.fetch("select kind from journal_entries where kind like 'security.%' and log = 'audit'")
        return [row["kind"] for row in rows]
    finally:
        await keeper.close()


@pytest.fixture
async def decoy(db: Stack) -> None:
    """Without a row PostgreSQL asks no policy."""
    keeper = await asyncpg.connect(db.owner_dsn)
    try:
        await keeper.execute(
            "insert into admin_credentials (login, secret) values ('root', 'opens nothing') on conflict do nothing"
        )
    finally:
        await keeper.close()


async def test_a_burst_of_refusals_is_told_once(db: Stack) -> None:
    analyst = await make_person(role="analyst")
    async with open_browser(the_app(), analyst) as browser:
        for number in range(BURST + 5):
            answer = await browser.get(browser.at("/administration/audit"))
            assert answer.status_code == 403
            if number == BURST - 3:
                assert await alerts(db) == []
    assert await alerts(db) == [("refused_burst", 1)]
    assert await noted(db, analyst.organization_id) == ["security.refused_burst"]


@pytest.mark.parametrize(
    ("before", "rows", "told"), [((1000, 1200, 1100), 6000, True), ((5000, 5200), 6000, False), ((), 900, False)]
)
async def test_an_export_five_times_the_usual_is_told(
    db: Stack, before: tuple[int, ...], rows: int, told: bool
) -> None:
    owner = await make_person()
    who = Actor("person", "Lea Martin", str(owner.id))
    for number in (*before, rows):
        async with tenant_session(owner.organization_id) as session:
            await record(
                session, "audit.exported", actor=who, subject=Subject("audit", "1", "csv"), audit=True,
                payload={"rows": number},
            )  # fmt: skip
        await run(DETECT)
    assert ("export_volume" in dict(await alerts(db))) is told
    assert (await noted(db, owner.organization_id) == ["security.export_volume"]) is told


@pytest.mark.parametrize(
    ("before", "rows", "told"), [((1000, 1200), 6000, True), ((5000,), 6000, False), ((), 9000, False)]
)
async def test_a_bundle_of_everything_counts_for_whoever_asked_for_it(
    db: Stack, before: tuple[int, ...], rows: int, told: bool
) -> None:
    asker, other = await make_person(), await make_person()
    for number, each in enumerate((*before, 10, rows), start=1):
        by = other if each == 10 else asker  # somebody else's small one says nothing about this person
        async with tenant_session(asker.organization_id) as session:
            made = Export(number=number, operation_id=uuid4(), requested_by=by.id, rows=each, state="ready")
            session.add(made)
            await session.flush()
            await record(
                session, "export.ready", actor=SYSTEM, subject=Subject("export", str(made.id), f"#{number}"),
                audit=True, payload={"number": number, "rows": each},
            )  # fmt: skip
        await run(DETECT)
    assert ("export_volume" in dict(await alerts(db))) is told
    if told:
        keeper = await asyncpg.connect(db.owner_dsn)
        facts = await keeper.fetchval("select facts from security_alerts")
        await keeper.close()
        assert str(asker.id) in facts


async def test_whoever_reads_the_decoy_is_told_of_once(db: Stack, decoy: None) -> None:
    owner = await make_person()
    for _ in range(3):
        async with tenant_session(owner.organization_id) as session:
            stolen = (await session.execute(text("select * from admin_credentials"))).all()
            assert stolen
    await start_watching()
    for _ in range(2):
        async with global_session() as session:
            await session.execute(text("update work set due_at = now() where kind = 'watch_decoy'"))
        await run(DECOY)
    assert await alerts(db) == [("canary_read", 1)]
    assert await noted(db, owner.organization_id) == ["security.canary_read"]


@pytest.mark.parametrize(
    ("at", "told"), [(datetime(2099, 6, 6, 10, tzinfo=UTC), True), (datetime(2099, 6, 9, 10, tzinfo=UTC), False)]
)
async def test_support_let_in_outside_working_hours_is_told(
    db: Stack, monkeypatch: pytest.MonkeyPatch, at: datetime, told: bool
) -> None:
    owner = await make_person()
    async with global_session() as session:
        staff = StaffUser(email=f"{uuid4().hex[:8]}@oktee.example", name="Anna Berg")
        session.add(staff)
    async with tenant_session(owner.organization_id) as session:
        grant = SupportGrant(
            staff_id=staff.id, staff_name="Anna Berg", reason="An order is stuck", ticket="8812", scope=["orders"],
            hours=1, read_only=True, requested_at=at,
        )  # fmt: skip
        session.add(grant)
    monkeypatch.setattr(grants, "now", lambda: at)  # a Saturday, or a Tuesday
    async with open_browser(the_app(), owner) as browser:
        answer = await browser.post(browser.at(f"/administration/support/{grant.id}/approval"), json={"hours": 1})
    assert answer.status_code == 200, answer.text
    await run(DETECT)
    assert await alerts(db) == ([("off_hours_grant", 1)] if told else [])
    assert await noted(db, owner.organization_id) == (["security.off_hours_grant"] if told else [])
    async with global_session() as session:
        mails = await session.scalar(text("select count(*) from mails where template = 'security_alarm'"))
    assert bool(mails) is told


async def look_at_the_decoy() -> None:
    await start_watching()
    async with global_session() as session:
        await session.execute(text("update work set due_at = now() where kind = 'watch_decoy'"))
    await run(DECOY)


async def read_decoy(organization: Any) -> None:
    async with tenant_session(organization) as session:
        await session.execute(text("select * from admin_credentials"))


async def test_a_reader_who_names_no_real_organization_silences_nobody(db: Stack, decoy: None) -> None:
    owner, nowhere = await make_person(), uuid4()
    await read_decoy(nowhere)
    await read_decoy(owner.organization_id)
    await look_at_the_decoy()
    assert await alerts(db) == [("canary_read", 2)]
    async with global_session() as session:
        found = (
            await session.execute(text("select organization_id, facts ->> 'organization' from security_alerts"))
        ).all()
        left = await session.scalar(text("select count(*) from canary_reads where alerted_at is null"))
    assert {tuple(row) for row in found} == {(None, str(nowhere)), (owner.organization_id, None)}
    assert left == 0


async def test_a_read_that_cannot_be_told_of_stops_no_other_and_is_tried_again(
    db: Stack, decoy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, owner = await make_person(), await make_person()
    await read_decoy(broken.organization_id)
    await read_decoy(owner.organization_id)
    alarm = detectors.alarm

    async def failing(organization_id: Any, *given: Any) -> bool:
        if organization_id == broken.organization_id:
            raise RuntimeError("the mail of this one cannot be written")
        return await alarm(organization_id, *given)

    monkeypatch.setattr(detectors, "alarm", failing)
    await look_at_the_decoy()
    assert await noted(db, owner.organization_id) == ["security.canary_read"]
    assert await noted(db, broken.organization_id) == []
    monkeypatch.setattr(detectors, "alarm", alarm)
    await look_at_the_decoy()
    assert await noted(db, broken.organization_id) == ["security.canary_read"]


@pytest.mark.parametrize(
    "act",
    [
        "delete from canary_reads",
        "update canary_reads set role = 'nobody'",
        "insert into canary_reads (role) values ('x')",
    ],
)
async def test_the_runtime_role_takes_no_read_of_the_decoy_back(db: Stack, act: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with global_session() as session:
            await session.execute(text(act))


async def test_retention_drops_a_read_of_the_decoy_after_400_days_and_none_before(db: Stack) -> None:
    keeper = await asyncpg.connect(db.owner_dsn)
    await keeper.execute(
        "insert into canary_reads (role, at) values ('over', now() - interval '401 days'), ('young', now() - interval '399 days')"
    )
    async with global_session() as session:
        assert await session.scalar(text("select drop_old_canary_reads()")) == 1
    assert await keeper.fetchval("select string_agg(role, ' ') from canary_reads") == "young"
    await keeper.close()
