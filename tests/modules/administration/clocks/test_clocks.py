"""Compliance clocks: every duty has a date, is told once, and its evidence is kept."""

from datetime import timedelta

import asyncpg
import pytest
from conftest import Stack
from factories import make_person
from mailbox_server import Mailbox
from modules.administration.privacy.planting import run
from oktee.access.clocks import Clock, list_clocks
from oktee.amazon.connection.applications import Registration, register
from oktee.kit.clock import now
from oktee.kit.database import global_session
from oktee.kit.errors import Invalid
from oktee.kit.settings import settings
from oktee.modules.administration.clocks.dating import date_clocks, give_alarms, mark_done, start
from oktee.modules.administration.clocks.duties import DUTIES
from oktee.notify.mail import MAIL
from pydantic import SecretStr


async def clock(kind: str) -> Clock:
    [found] = [each for each in await list_clocks() if each.kind == kind]
    return found


async def test_every_duty_has_a_clock_and_those_of_things_come_with_them(db: Stack) -> None:
    person = await make_person()
    await date_clocks()
    kinds = {each.kind for each in await list_clocks()}
    assert {duty.kind for duty in DUTIES if duty.how != "derived"} <= kinds
    review = await clock("access_review")
    assert review.organization_id == person.organization_id
    assert review.due_at is not None
    assert timedelta(days=89) < review.due_at - now() <= timedelta(days=90)


async def test_a_client_secret_is_told_90_days_before_and_a_new_one_starts_over(
    db: Stack, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "operator_emails", ["ops@oktee.example"])
    registration = Registration(
        name="OKTee", kind="live", region="EU", application_id="amzn1.sp.solution.x", client_id="c",
        client_secret=SecretStr("x"), roles=(), token_url="https://a.example", endpoint="https://b.example",
        consent_url="https://c.example",
    )  # fmt: skip
    async with global_session() as session:
        await register(session, registration)
    await date_clocks()
    assert (await clock("lwa_secret")).state == "fine"
    keeper = await asyncpg.connect(db.owner_dsn)
    await keeper.execute("update applications set secret_set_at = now() - interval '91 days'")
    await date_clocks()
    assert (await clock("lwa_secret")).state == "due_soon"
    assert await give_alarms() == 1
    assert await give_alarms() == 0
    await run(MAIL)
    mail = await mailbox.next(to="ops@oktee.example")
    assert "Due soon: Rotate the application" in mail.subject
    await keeper.execute("update applications set secret_set_at = now() - interval '181 days'")
    await date_clocks()
    assert (await clock("lwa_secret")).state == "overdue"
    assert await give_alarms() == 1
    await keeper.close()
    async with global_session() as session:
        await register(session, registration)
    await date_clocks()
    assert (await clock("lwa_secret")).state == "fine"


async def test_an_overdue_access_review_is_told_to_the_owners_and_in_their_audit_log(
    db: Stack, mailbox: Mailbox
) -> None:
    owner = await make_person()
    await date_clocks()
    assert await give_alarms() == 0
    keeper = await asyncpg.connect(db.owner_dsn)
    await keeper.execute("update organizations set created_at = now() - interval '91 days'")
    await date_clocks()
    assert await give_alarms() == 1
    await run(MAIL)
    mail = await mailbox.next(to=owner.email)
    assert "Overdue" in mail.subject
    await keeper.execute("select set_config('app.organization_id', $1, false)", str(owner.organization_id))
    kinds = await keeper.fetch("select kind from journal_entries where kind like 'compliance.%' and log = 'audit'")
    await keeper.close()
    assert [row["kind"] for row in kinds] == ["compliance.access_review_overdue"]


async def test_what_was_done_keeps_its_evidence_and_counts_anew(db: Stack) -> None:
    await date_clocks()
    await mark_done("vulnerability_scan", evidence="scan 2026-11-24")
    found = await clock("vulnerability_scan")
    assert found.evidence_ref == "scan 2026-11-24"
    assert found.last_done_at is not None
    assert found.due_at is not None
    assert timedelta(days=29) < found.due_at - now() <= timedelta(days=30)
    with pytest.raises(Invalid):
        await mark_done("lwa_secret", evidence="x")


async def test_a_duty_of_an_event_is_due_so_long_after_it(db: Stack) -> None:
    due = await start("incident_notice", subject="INC-1")
    assert timedelta(hours=23) < due - now() <= timedelta(hours=24)
    await mark_done("incident_notice", evidence="mail 1", subject="INC-1")
    [found] = [each for each in await list_clocks() if each.subject == "INC-1"]
    assert (found.due_at, found.evidence_ref) == (None, "mail 1")
