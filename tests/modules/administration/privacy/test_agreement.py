"""What is held and under which agreement: the data map, the DPA and what waits for it, sub-processors and notices."""

import asyncio
from typing import Any

from conftest import Stack
from factories import Browser, Person, make_organization, make_person, open_browser
from modules.administration.privacy.planting import pending, plant
from oktee.access.processing import Admission
from oktee.kit import work
from oktee.kit.database import global_session, tenant_session
from oktee.kit.work import Crew, Item, Kind
from oktee.modules.administration.privacy import notices
from oktee.modules.administration.privacy.dpa import VERSION, agreement
from oktee.modules.administration.privacy.inventory import inventory, sub_processors
from sqlalchemy import text

PRIVACY = "/administration/privacy"


async def test_the_map_counts_every_table_of_this_workspace_and_of_no_other(
    desk: tuple[Browser, Person], db: Stack, token: str
) -> None:
    browser, person = desk
    planted = await plant(db, person.organization_id, f"a{token}")
    stranger = await make_person()
    await plant(db, stranger.organization_id, f"b{token}")
    answer = await browser.get(browser.at(f"{PRIVACY}/map"))
    assert answer.status_code == 200, answer.text
    rows = {row["table"]: row for row in answer.json()["rows"]}
    assert set(planted) <= rows.keys()
    assert {rows[name]["rows"] for name in planted if name not in {"journal_entries", "dpa_acceptances"}} == {1}
    order = rows["purchase_orders"]
    assert (order["category"], order["module"], order["retention"], order["oldest"][:10]) == (
        "amazon", "supply", "amazon", "2026-03-04",
    )  # fmt: skip
    assert rows["secrets"]["category"] == "secret"
    assert answer.json()["total"] == sum(row["rows"] for row in rows.values())


async def test_what_is_held_is_told_in_the_readers_language(desk: tuple[Browser, Person]) -> None:
    browser, _ = desk
    told = inventory().tables["memberships"].purpose
    for language in ("en", "fr"):
        assert (await browser.patch("/api/v1/me", json={"locale": language})).status_code == 200
        held = (await browser.get(browser.at(f"{PRIVACY}/map"))).json()["rows"]
        going = (await browser.get(browser.at(f"{PRIVACY}/deletions/scope"))).json()["rows"]
        cards = (await browser.get(browser.at("/administration/modules"))).json()["rows"]
        stored = next(card["stores"] for card in cards if card["name"] == "administration")
        for said in (
            next(row["purpose"] for row in held if row["table"] == "memberships"),
            next(row["purpose"] for row in going if row["table"] == "memberships"),
            next(row["purpose"] for row in stored if row["name"] == "memberships"),
        ):
            assert said == told[language]


async def test_no_job_runs_before_the_agreement_is_accepted_and_what_waited_runs_then(db: Stack, app: Any) -> None:
    organization = await make_organization(dpa=False)
    person = await make_person(organization=organization)
    ran: list[str] = []

    async def handler(item: Item) -> None:
        ran.append(item.key)

    processing = Kind("processes_data", handler)
    essential = Kind("gives_data_back", handler, essential=True)
    async with tenant_session(organization[0]) as session:
        await work.schedule(session, processing, "a processing job")
        await work.schedule(session, essential, "an export")
    crew = Crew([processing, essential], admit=Admission().may_process)
    await crew.drain("sync")
    await asyncio.gather(*crew.held)
    assert ran == ["an export"]
    assert await pending(organization[0]) == [("processes_data", work.HELD, None)]
    async with open_browser(app, person) as browser:
        dpa = (await browser.get(browser.at(f"{PRIVACY}/dpa"))).json()
        assert (dpa["accepted_at"], dpa["version"]) == (None, VERSION)
        steps = (await browser.get(browser.at("/administration/setup"))).json()["steps"]
        assert next(step["name"] for step in steps if step["state"] == "todo") == "agreement"
        accepted = await browser.post(browser.at(f"{PRIVACY}/dpa/acceptances"), json={"version": VERSION})
        assert accepted.status_code == 201, accepted.text
        (row,) = accepted.json()["acceptances"]
        assert (row["accepted_by"], row["accepted_as"], row["version"]) == ("Lea Martin", "owner", VERSION)
        assert row["address"]
        assert row["text_hash"] == agreement("en").text_hash == agreement("fr").text_hash
        steps = (await browser.get(browser.at("/administration/setup"))).json()["steps"]
        assert steps[0]["state"] == "done"
    await crew.drain("sync")
    await asyncio.gather(*crew.held)
    assert ran == ["an export", "a processing job"]


async def test_another_version_than_the_present_one_cannot_be_accepted(desk: tuple[Browser, Person]) -> None:
    browser, _ = desk
    answer = await browser.post(browser.at(f"{PRIVACY}/dpa/acceptances"), json={"version": "2019-01"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not_current")


async def test_the_agreement_is_read_in_the_readers_language(desk: tuple[Browser, Person]) -> None:
    browser, _ = desk
    await browser.patch("/api/v1/me", json={"locale": "fr"})
    assert "Accord de traitement" in (await browser.get(browser.at(f"{PRIVACY}/dpa"))).json()["text"]
    rows = (await browser.get(browser.at(f"{PRIVACY}/subprocessors"))).json()["rows"]
    assert {row["name"] for row in rows} == {row.called["fr"] for row in sub_processors()}
    assert any("Héberge" in row["purpose"] for row in rows)


async def test_a_change_of_the_sub_processors_is_mailed_to_every_owner_thirty_days_ahead(
    desk: tuple[Browser, Person], mailbox: Any, monkeypatch: Any
) -> None:
    browser, person = desk
    analyst = await make_person(organization=(person.organization_id, person.slug), role="analyst")
    async with global_session() as session:
        assert await notices.notice_changes(session) is not None, "the list as it is now is noted"
    async with global_session() as session:
        assert await notices.notice_changes(session) is None
    await mailbox.deliver()
    assert mailbox.arrived == [], "nothing has changed, nobody is told"
    without_mail = tuple(row for row in sub_processors() if row.kind != "mail")
    monkeypatch.setattr(notices, "sub_processors", lambda: without_mail)
    async with global_session() as session:
        made = await notices.notice_changes(session)
        assert made is not None
        assert [change["change"] for change in made.changes] == ["removed"]
        assert (made.effective_at - made.announced_at).days == 30
    await mailbox.deliver()
    told = {mail.to for mail in mailbox.arrived}
    assert person.email in told
    assert analyst.email not in told
    assert "no longer: Mail relay" in next(mail for mail in mailbox.arrived if mail.to == person.email).text
    seen = (await browser.get(browser.at(f"{PRIVACY}/subprocessors"))).json()["notices"]
    assert [change["name"] for change in seen[0]["changes"]] == [made.changes[0]["name"]]


async def test_only_who_may_manage_privacy_sees_any_of_it(db: Stack, app: Any) -> None:
    owner = await make_person()
    admin = await make_person(organization=(owner.organization_id, owner.slug), role="admin")
    async with open_browser(app, admin) as browser:
        for path in ("map", "dpa", "exports", "deletions", "deletions/scope", "retention", "holds", "subprocessors"):
            assert (await browser.get(browser.at(f"{PRIVACY}/{path}"))).status_code == 403, path


async def test_who_sees_a_part_of_the_workspace_can_neither_take_nor_delete_all_of_it(db: Stack, app: Any) -> None:
    person = await make_person()
    async with global_session() as session:
        await session.execute(
            text("update memberships set scope = cast(:scope as jsonb) where user_id = :id"),
            {"scope": '{"marketplaces": ["A1PA6795UKMFR9"]}', "id": person.id},
        )
    async with open_browser(app, person) as browser:
        for method, path, body in (
            ("GET", "map", None),
            ("POST", "exports", {}),
            ("POST", "deletions", {"workspace_name": "x"}),
            ("POST", "subjects/search", {"subject": "x@y.example"}),
        ):
            answer = await browser.request(method, browser.at(f"{PRIVACY}/{path}"), json=body)
            assert answer.status_code == 403, path


async def test_dangerous_acts_ask_for_a_fresh_factor(desk: tuple[Browser, Person]) -> None:
    browser, _person = desk
    async with global_session() as session:
        await session.execute(text("update sessions set fresh_at = now() - interval '11 minutes'"))
    for method, path, body in (
        ("POST", "exports", {}),
        ("POST", "deletions", {"workspace_name": "x"}),
        ("POST", "subjects/erasures", {"subject": "x@y.example"}),
        ("PUT", "retention/raw", {"days": 7}),
    ):
        answer = await browser.request(method, browser.at(f"{PRIVACY}/{path}"), json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "fresh_factor_required"), path


def test_every_declared_table_has_a_category_that_the_page_knows() -> None:
    known = {"amazon", "customer", "personal", "contact", "secret", "operational"}
    assert {table.category for table in inventory().tables.values()} <= known
