"""People: found wherever they appear, handed out, erased; who acted stays known by id and the chain still verifies."""

import io
import json
from typing import Any
from uuid import UUID

import pyzipper
from conftest import Stack
from factories import Browser, Person, make_organization, make_person, open_browser
from fastapi import FastAPI
from modules.administration.privacy.planting import owner, plant, run
from modules.administration.privacy.seeing import found_anywhere
from oktee.access.workspaces import put_member
from oktee.journal.record import SYSTEM, Actor, Subject, record
from oktee.kit.database import global_session, tenant_session
from oktee.modules.administration.audit.chain import verify
from oktee.modules.administration.privacy.exporting import EXPORT
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

SUBJECTS = "/administration/privacy/subjects"


async def traces(stack: Stack, person: Person, name: str) -> None:
    """The person has acted, decided, been invited and written about."""
    actor = Actor("person", name, str(person.id), None, "203.0.113.7")
    async with tenant_session(person.organization_id) as session:
        await record(session, "settings.changed", actor=actor, subject=Subject("settings", "x", "x"), audit=True)
        await record(session, "session.started", actor=actor, subject=Subject("user", str(person.id), name), audit=True)
        await record(
            session,
            "mail.bounced",
            actor=SYSTEM,
            subject=Subject("mail", "1", "x"),
            payload={"to": person.email.upper()},
        )
    await plant(stack, person.organization_id, f"of {person.slug}", skip=("audit_heads", "audit_checks"))
    connection = await owner(stack, person.organization_id)
    for table in ("decisions", "decision_lines", "order_states"):
        await connection.execute(
            f"update {table} set decided_by_name = $1 where organization_id = $2", name, person.organization_id
        )
    await connection.close()


async def _search(browser: Browser, subject: str) -> Any:
    answer = await browser.post(browser.at(f"{SUBJECTS}/search"), json={"subject": subject})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_person_is_found_by_address_id_and_name_and_others_are_not(
    desk: tuple[Browser, Person], db: Stack
) -> None:
    browser, me = desk
    tom = await make_person(organization=(me.organization_id, me.slug), role="analyst", name="Tom Keller-Brandt")
    await traces(db, tom, "Tom Keller-Brandt")
    stranger = await make_person(name="Tom Keller-Brandt")
    await traces(db, stranger, "Tom Keller-Brandt")
    found = await _search(browser, tom.email.upper())
    assert (found["user_id"], found["name"], found["member"]) == (str(tom.id), "Tom Keller-Brandt", True)
    tables = {row["table"]: row["rows"] for row in found["rows"]}
    assert tables["journal_entries"] == 2, "what happened elsewhere is not shown"
    assert {"memberships", "journal_entries", "decisions", "order_states"} <= tables.keys()
    assert (await _search(browser, str(tom.id)))["rows"] == found["rows"]
    by_name = await _search(browser, "tom keller-brandt")
    assert (by_name["member"], {row["table"] for row in by_name["rows"]} <= tables.keys()) == (False, True)
    async with tenant_session(me.organization_id) as session:
        for address in (f"an{tom.email}", f"{tom.email}s"):
            await record(
                session, "mail.bounced", actor=SYSTEM, subject=Subject("mail", "2", address), payload={"to": address}
            )
    assert (await _search(browser, tom.email))["rows"] == found["rows"], "a longer address is somebody else"
    nobody = await _search(browser, "nobody@nowhere.example")
    assert (nobody["total"], nobody["member"]) == (0, False)


async def test_erased_means_name_and_address_are_gone_everywhere_and_the_chain_holds(
    desk: tuple[Browser, Person], db: Stack
) -> None:
    browser, me = desk
    name = "Tom Keller-Brandt"
    tom = await make_person(organization=(me.organization_id, me.slug), role="analyst", name=name)
    await traces(db, tom, name)
    assert len(await found_anywhere(db, [name, tom.email])) > 5
    answer = await browser.post(browser.at(f"{SUBJECTS}/erasures"), json={"subject": tom.email})
    assert answer.status_code == 201, answer.text
    pseudonym = answer.json()["pseudonym"]
    assert await found_anywhere(db, [name, tom.email, tom.email.upper(), "203.0.113.7"]) == []
    async with tenant_session(me.organization_id) as session:
        acts = await session.execute(
            text("select actor_id, actor_name from journal_entries where actor_id = :id"), {"id": str(tom.id)}
        )
        assert {(row.actor_id, row.actor_name) for row in acts} == {(str(tom.id), pseudonym)}
    verdict = await verify(me.organization_id)
    assert verdict.fault is None
    assert verdict.erased >= 2
    async with global_session() as session:
        left = await session.execute(text("select email, disabled_at from users where id = :id"), {"id": tom.id})
        user = left.one()
    assert user.email.endswith("@erased.invalid")
    assert user.disabled_at is not None


async def test_a_change_of_the_log_that_no_erasure_explains_is_still_caught(
    desk: tuple[Browser, Person], db: Stack
) -> None:
    _, me = desk
    connection = await owner(db, me.organization_id)
    await connection.execute(
        "update journal_entries set actor_name = 'somebody', personal_salt = null where organization_id = $1 and sequence = 1",
        me.organization_id,
    )
    await connection.close()
    verdict = await verify(me.organization_id)
    assert verdict.fault is not None
    assert (verdict.fault.sequence, verdict.fault.reason) == (1, "erased_without_record")


async def test_a_person_of_two_workspaces_is_erased_from_this_one_only(desk: tuple[Browser, Person], db: Stack) -> None:
    browser, me = desk
    tom = await make_person(organization=(me.organization_id, me.slug), role="analyst", name="Tom Keller-Brandt")
    second = await make_organization()
    await put_member(second[0], tom.id, "analyst")
    await traces(db, tom, "Tom Keller-Brandt")
    assert (await browser.post(browser.at(f"{SUBJECTS}/erasures"), json={"subject": tom.email})).status_code == 201
    async with global_session() as session:
        left = (
            await session.execute(text("select organization_id from memberships where user_id = :id"), {"id": tom.id})
        ).scalars()
        assert [UUID(str(found)) for found in left] == [second[0]]
        assert (
            await session.scalar(text("select name from users where id = :id"), {"id": tom.id}) == "Tom Keller-Brandt"
        )
    async with tenant_session(me.organization_id) as session:
        assert await session.scalar(text("select count(*) from journal_entries where actor_name like 'Tom%'")) == 0


async def test_nobody_erases_themselves_the_last_owner_or_somebody_unknown(desk: tuple[Browser, Person]) -> None:
    browser, me = desk
    for subject, status, code in (
        (me.email, 409, "not_yourself"),
        ("nobody@nowhere.example", 404, "not_found"),
    ):
        answer = await browser.post(browser.at(f"{SUBJECTS}/erasures"), json={"subject": subject})
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_what_is_held_about_a_person_can_be_handed_out(desk: tuple[Browser, Person], db: Stack) -> None:
    browser, me = desk
    tom = await make_person(organization=(me.organization_id, me.slug), role="analyst", name="Tom Keller-Brandt")
    await traces(db, tom, "Tom Keller-Brandt")
    body = {"subject": tom.email, "passphrase": "a passphrase of my own 42"}
    made = (await browser.post(browser.at("/administration/privacy/exports"), json=body)).json()["export"]
    await run(EXPORT)
    link = (await browser.post(browser.at(f"/administration/privacy/exports/{made['id']}/links"))).json()["url"]
    archive = pyzipper.AESZipFile(io.BytesIO((await browser.get(link)).content))
    archive.setpassword(b"a passphrase of my own 42")
    entries = [json.loads(line) for line in archive.read("ndjson/journal_entries.ndjson").splitlines()]
    assert {entry["kind"] for entry in entries} == {"settings.changed", "session.started"}
    (user,) = [json.loads(line) for line in archive.read("ndjson/users.ndjson").splitlines()]
    assert user["email"] == tom.email
    everything = b"".join(archive.read(info) for info in archive.infolist())
    assert me.email.encode() not in everything, "about this person, not about others"


async def test_an_erasure_leaves_other_people_and_the_keys_of_json_alone(
    desk: tuple[Browser, Person], db: Stack, token: str
) -> None:
    browser, me = desk
    organization = (me.organization_id, me.slug)
    ann = await make_person(organization=organization, role="analyst", name="Ann", email=f"ann@{token}.example")
    annika = await make_person(organization=organization, role="analyst", name="Annika", email=f"joann@{token}.example")
    facts = {"channel": "ann", "to": [ann.email.upper(), annika.email], ann.email: 1, "note": f"<{ann.email}>, Annika"}
    async with tenant_session(me.organization_id) as session:
        for person, name in ((ann, "Ann"), (annika, "Annika")):
            actor = Actor("person", name, str(person.id), None, "203.0.113.7")
            await record(
                session, "settings.changed", actor=actor, subject=Subject("x", "1", "x"), audit=True, payload=facts
            )
        await record(session, "mail.bounced", actor=SYSTEM, subject=Subject("mail", "1", "x"), payload=facts)
    by_name = await browser.post(browser.at(f"{SUBJECTS}/erasures"), json={"subject": "Annika"})
    assert (by_name.status_code, by_name.json()["errors"][0]["code"]) == (422, "not_exact")
    answer = await browser.post(browser.at(f"{SUBJECTS}/erasures"), json={"subject": ann.email})
    assert answer.status_code == 201, answer.text
    pseudonym = answer.json()["pseudonym"]
    async with tenant_session(me.organization_id) as session:
        rows = (
            await session.execute(
                text("select actor_name, payload::jsonb as payload from journal_entries where kind in "
                     "('settings.changed', 'mail.bounced') and payload ? 'channel'").columns(payload=JSONB)
            )
        ).all()  # fmt: skip
        assert {row.actor_name for row in rows} == {pseudonym, "Annika", "OKTee"}
        for row in rows:
            assert row.payload == {
                "channel": pseudonym, "to": [pseudonym, annika.email], ann.email: 1, "note": f"<{pseudonym}>, Annika",
            }  # fmt: skip
        assert await session.scalar(text("select count(*) from users where email = :mail"), {"mail": annika.email}) == 1
    assert (await verify(me.organization_id)).fault is None


async def test_who_is_erased_here_is_signed_out_and_loses_their_keys_also_with_another_workspace(
    desk: tuple[Browser, Person], app: FastAPI
) -> None:
    browser, me = desk
    tom = await make_person(organization=(me.organization_id, me.slug), role="analyst", name="Tom Keller-Brandt")
    second = await make_organization()
    await put_member(second[0], tom.id, "analyst")
    async with open_browser(app, tom) as theirs:
        assert (await theirs.get("/api/v1/me")).status_code == 200
        assert (
            await browser.post(browser.at(f"{SUBJECTS}/erasures"), json={"subject": str(tom.id)})
        ).status_code == 201
        assert (await theirs.get("/api/v1/me")).status_code == 401
