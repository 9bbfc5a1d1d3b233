"""The page Audit log: who may read it, what it finds, whether it is whole, and what leaves as a signed file."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from conftest import Stack
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from factories import Browser, Person, make_organization, make_person, open_browser
from fastapi import FastAPI
from modules.administration.privacy.planting import run
from oktee.journal.record import Actor, Subject, record
from oktee.journal.signatures import public_keys
from oktee.kit.database import tenant_session
from oktee.modules.administration.audit.daily import SEAL
from oktee.modules.administration.audit.exporting import EXPORT

AUDIT = "/administration/audit"
STAFF = Actor("staff", "Sam (OKTee)", "0190-staff", None, "203.0.113.9", "0190-grant")
KEY = Actor("key", "ERP", "okt_live_ab12", None, "198.51.100.4")


@pytest.fixture
async def lea(db: Stack) -> Person:
    """An admin, with entries of a key, of staff, and somebody else's that never show."""
    person = await make_person(role="admin")
    stranger = await make_person()
    for organization in (person.organization_id, stranger.organization_id):
        async with tenant_session(organization) as session:
            subject = Subject("settings", "supply", "Supply")
            await record(
                session, "settings.changed", actor=Actor("person", "Lea Martin", str(person.id), None, "192.0.2.7"),
                subject=subject, audit=True,
                payload={"changes": [{"field": "tolerance", "was": "0", "now": "0.02"}]},
            )  # fmt: skip
            await record(
                session, "catalog.imported", actor=KEY, subject=Subject("import", "7", "stock.csv"), audit=True,
                outcome="failed", payload={"rows": 1317},
            )  # fmt: skip
            await record(
                session, "support.read", actor=STAFF, subject=Subject("support_grant", "0190-grant", "8812"), audit=True,
                cause="a stuck answer",
            )  # fmt: skip
            await record(session, "order.proposed", actor=KEY, subject=subject)  # an event is none of this page's
    return person


@pytest.fixture
async def browser(app: FastAPI, lea: Person) -> AsyncIterator[Browser]:
    async with open_browser(app, lea) as found:
        yield found


async def rows(browser: Browser, **query: Any) -> list[dict[str, Any]]:
    answer = await browser.get(browser.at(AUDIT), params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["rows"])


async def test_it_tells_acts_newest_first_with_who_from_where_and_what_changed(browser: Browser, lea: Person) -> None:
    found = await rows(browser)
    assert [row["kind"] for row in found if row["area"] in {"settings", "catalog", "support"}] == [
        "support.read", "catalog.imported", "settings.changed",
    ]  # fmt: skip
    assert "session.started" in {row["kind"] for row in found}
    assert "order.proposed" not in {row["kind"] for row in found}
    change = next(row for row in found if row["kind"] == "settings.changed")
    assert change["changes"] == [{"field": "tolerance", "before": "0", "after": "0.02"}]
    assert (change["actor"]["id"], change["address"]) == (str(lea.id), "192.0.2.7")
    staff = next(row for row in found if row["kind"] == "support.read")
    assert staff["actor"]["on_behalf_of"] == "0190-grant"


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ({"actor_type": "staff"}, {"support.read"}),
        ({"actor_id": "okt_live_ab12"}, {"catalog.imported"}),
        ({"area": "settings"}, {"settings.changed"}),
        ({"outcome": "failed"}, {"catalog.imported"}),
        ({"object_type": "import", "object_id": "7"}, {"catalog.imported"}),
        ({"q": "8812"}, {"support.read"}),
        ({"q": "198.51.100.4"}, {"catalog.imported"}),
        ({"q": "100%_"}, set()),
        ({"to": "2020-01-01T00:00:00Z"}, set()),
    ],
)
async def test_each_filter_leaves_what_it_says(browser: Browser, query: dict[str, str], kinds: set[str]) -> None:
    assert {row["kind"] for row in await rows(browser, **query)} == kinds


async def test_pages_follow_each_other_without_gap_or_repetition(browser: Browser) -> None:
    whole = [row["id"] for row in await rows(browser)]
    seen: list[str] = []
    after = None
    while True:
        query = {"limit": "1"} | ({"after": after} if after else {})
        answer = (await browser.get(browser.at(AUDIT), params=query)).json()
        seen += [row["id"] for row in answer["rows"]]
        after = answer["next"]
        if after is None:
            break
    assert seen == whole
    wrong = await browser.get(browser.at(AUDIT), params={"after": "x"})
    assert wrong.status_code == 422


async def test_the_choices_are_counted(browser: Browser) -> None:
    found = (await browser.get(browser.at(AUDIT) + "/facets")).json()
    assert found["by_staff"] == 1
    assert found["total"] == len(await rows(browser))
    assert {"settings", "catalog", "support", "session"} <= {each["value"] for each in found["areas"]}
    assert next(each for each in found["actors"] if each["type"] == "key")["label"] == "ERP"


async def test_only_who_may_read_it_does(app: FastAPI, lea: Person) -> None:
    analyst = await make_person(organization=(lea.organization_id, lea.slug), role="analyst")
    async with open_browser(app, analyst) as browser:
        answer = await browser.get(browser.at(AUDIT))
        assert answer.status_code == 403
        assert "audit.read" in answer.json()["detail"]


async def test_the_chain_is_verified_while_one_looks_and_a_changed_row_shows(
    browser: Browser, lea: Person, db: Stack
) -> None:
    first = (await browser.get(browser.at(AUDIT) + "/verification")).json()
    assert first["state"] == "whole"
    assert first["sequence"] >= 4
    assert first["retention_days"] == 400
    keeper = await asyncpg.connect(db.owner_dsn)
    try:
        await keeper.execute("select set_config('app.organization_id', $1, false)", str(lea.organization_id))
        async with tenant_session(lea.organization_id) as session:
            await record(session, "audit.probe", actor=KEY, subject=Subject("audit", "1", "x"), audit=True)
        await keeper.execute(
            "update journal_entries set outcome = 'changed' where sequence = $1", first["sequence"] + 1
        )
        alerts = "select count(*) from security_alerts where kind = 'audit_chain_broken'"
        for _ in range(2):
            broken = (await browser.get(browser.at(AUDIT) + "/verification")).json()
            assert broken["state"] == "broken"
            assert (broken["broken_sequence"], broken["broken_reason"]) == (first["sequence"] + 1, "changed")
        assert await keeper.fetchval(alerts) == 1
    finally:
        await keeper.close()


async def test_the_night_signs_the_end_of_the_chain(browser: Browser, lea: Person) -> None:
    from oktee.kit.database import global_session
    from oktee.modules.administration.audit.daily import seal_daily
    from sqlalchemy import text

    await seal_daily()
    async with global_session() as session:
        await session.execute(text("update work set due_at = now() where kind = 'audit_seal'"))
    await run(SEAL)
    async with global_session() as session:
        await session.execute(
            text(
                "update work set due_at = now() where kind = 'audit_seal' and key = 'daily' and due_at < now() + interval '1 hour'"
            )
        )
    await run(SEAL)
    found = (await browser.get(browser.at(AUDIT) + "/verification")).json()
    assert found["state"] == "whole"
    assert found["signed_sequence"] >= 4
    assert found["key_id"] in public_keys()


@pytest.mark.parametrize("form", ["csv", "ndjson"])
async def test_an_export_is_signed_and_tells_what_it_holds(browser: Browser, form: str) -> None:
    made = await browser.post(browser.at(AUDIT) + "/exports", json={"format": form, "area": "catalog"})
    assert made.status_code == 202, made.text
    early = await browser.get(browser.at(AUDIT) + f"/exports/{made.json()['id']}/file")
    assert early.status_code == 409
    second = await browser.post(browser.at(AUDIT) + "/exports", json={"format": form})
    assert (second.status_code, second.json()["code"]) == (409, "export_running"), "one at a time"
    await run(EXPORT)
    listed = (await browser.get(browser.at(AUDIT) + "/exports")).json()["rows"]
    assert (listed[0]["state"], listed[0]["rows"]) == ("done", 1)
    file = await browser.get(browser.at(AUDIT) + f"/exports/{made.json()['id']}/file")
    assert file.headers["content-type"] == "application/zip"
    bundle = zipfile.ZipFile(io.BytesIO(file.content))
    raw = bundle.read("manifest.json")
    manifest = json.loads(raw)
    entries = bundle.read(manifest["file"])
    assert hashlib.sha256(entries).hexdigest() == manifest["sha256"]
    public = bytes.fromhex(bundle.read("public_key.txt").decode())
    assert public == public_keys()[manifest["key_id"]]
    Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(bundle.read("manifest.sig").decode()), raw)
    if form == "ndjson":
        [line] = [json.loads(each) for each in entries.splitlines()]
    else:
        [line] = list(csv.DictReader(io.StringIO(entries.decode())))
    assert (line["kind"], line["actor_id"], line["address"]) == ("catalog.imported", "okt_live_ab12", "198.51.100.4")
    acts = {row["kind"]: row for row in await rows(browser, area="audit")}
    assert acts["audit.exported"]["payload"]["rows"] == 1
    assert "audit.downloaded" in acts


async def test_nobody_reaches_the_export_of_another_organization(app: FastAPI, browser: Browser, db: Stack) -> None:
    made = (await browser.post(browser.at(AUDIT) + "/exports", json={"format": "csv"})).json()
    await run(EXPORT)
    stranger = await make_person(organization=await make_organization(), role="owner")
    async with open_browser(app, stranger) as other:
        answer = await other.get(other.at(AUDIT) + f"/exports/{UUID(made['id'])}/file")
        assert answer.status_code == 404
