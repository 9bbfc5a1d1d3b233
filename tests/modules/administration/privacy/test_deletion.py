"""Deletion: asked for, thought over, done, proven; nothing is left, and no backup brings it back."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from conftest import Stack
from factories import Browser, Person, make_organization, make_person, open_browser
from modules.administration.privacy.planting import owner, plant, run
from modules.administration.privacy.seeing import dump, empty_and_load, found_anywhere
from oktee.access.processing import Admission
from oktee.access.workspaces import put_member
from oktee.journal.record import SYSTEM, Subject, record
from oktee.kit import objects, work
from oktee.kit.database import global_session, tenant_session
from oktee.kit.settings import settings
from oktee.kit.work import Crew, Item, Kind
from oktee.modules.administration.privacy import purge as purging
from oktee.modules.administration.privacy import tombstones
from oktee.modules.administration.privacy.catalog import Edge, list_edges
from oktee.modules.administration.privacy.deletion import REMIND
from oktee.modules.administration.privacy.exporting import EXPORT
from oktee.modules.administration.privacy.holds import place_hold, release_hold
from oktee.modules.administration.privacy.purge import PURGE
from oktee.modules.administration.privacy.restored import close_risen
from oktee.modules.administration.privacy.tombstones import hash_of
from redis.asyncio import Redis
from sqlalchemy import text

DELETIONS = "/administration/privacy/deletions"


async def ask(browser: Browser, person: Person) -> Any:
    scope = (await browser.get(browser.at(f"{DELETIONS}/scope"))).json()
    answer = await browser.post(browser.at(DELETIONS), json={"workspace_name": scope["workspace"]})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def let_time_pass(organization: UUID) -> None:
    """The seven days are over."""
    async with tenant_session(organization) as session:
        await session.execute(text("update deletions set purge_at = now() - interval '1 second'"))
    async with global_session() as session:
        await session.execute(
            text("update work set due_at = now() where organization_id = :org and kind = 'deletion_purge'"),
            {"org": organization},
        )


async def purge_now(organization: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "GRACE", timedelta(0))
    await let_time_pass(organization)
    await run(PURGE)


def dependents(parent: str, edges: Sequence[Edge]) -> set[str]:
    """Tables whose rows go with a row of this one."""
    found = {edge.child for edge in edges if edge.parent == parent and edge.on_delete == "c"}
    return found.union(*(dependents(child, edges) for child in found - {parent}))


async def test_after_a_purge_nothing_anywhere_holds_the_id_or_a_canary(
    desk: tuple[Browser, Person], db: Stack, token: str, monkeypatch: pytest.MonkeyPatch, mailbox: Any
) -> None:
    browser, person = desk
    canary = f"canary-{token}-{token[::-1]}"
    planted = await plant(db, person.organization_id, canary)
    stranger = await make_person()
    await plant(db, stranger.organization_id, f"theirs-{token}")

    async def body() -> Any:
        yield canary.encode()

    await objects.put(person.organization_id, body(), max_bytes=1000)
    valkey = Redis.from_url(db.valkey_url)
    await valkey.set(f"oktee:bucket:{person.organization_id}:getPurchaseOrders", "1")
    await valkey.set(f"oktee:bucket:EU:{canary}", "1")
    async with global_session() as session:
        await session.execute(
            text("insert into inbox (id, source, dedupe_key, endpoint_id, raw, raw_hash, status, attempts) values "
                 "(gen_random_uuid(), 'eventbridge', 'k', 'e', convert_to(:raw, 'UTF8'), 'x', 'done', 1)"),
            {"raw": '{"subscriptionId": "' + canary + '"}'},
        )  # fmt: skip
    before = await found_anywhere(db, [str(person.organization_id), canary])
    assert len({hit.split(".")[0] for hit in before}) > len(planted) / 2, "the canary is where it should be"
    await ask(browser, person)
    await mailbox.deliver((REMIND,))
    await purge_now(person.organization_id, monkeypatch)
    await mailbox.deliver()
    assert await found_anywhere(db, [str(person.organization_id), canary, person.email, person.slug]) == []
    assert len(await found_anywhere(db, [f"theirs-{token}"])) >= len(planted) / 2, "the other workspace is untouched"
    assert await valkey.keys("*theirs*") == []
    await valkey.aclose()
    async with global_session() as session:
        grave = (await session.execute(text("select organization_hash, counts from tombstones"))).one()
    assert grave.organization_hash == hash_of(person.organization_id)
    async with global_session() as session:
        with_people = dependents("users", await list_edges(session))  # these go as their person goes
    assert {name for name in planted if not grave.counts.get(name)} <= {"deletions", "stored_objects"} | with_people


async def test_the_owners_get_a_certificate_that_says_what_and_how_many(
    desk: tuple[Browser, Person], db: Stack, monkeypatch: pytest.MonkeyPatch, mailbox: Any, app: Any
) -> None:
    browser, person = desk
    other = await make_person(organization=(person.organization_id, person.slug))
    await ask(browser, person)
    await purge_now(person.organization_id, monkeypatch)
    await mailbox.deliver()
    mails = [await mailbox.next(to=who.email) for who in (person, other)]
    assert all("was deleted" in mail.subject for mail in mails)
    link = next(url for url in mails[0].links if "/certificate#" in url)
    address, token = "/api/v1/deletion-certificates", link.partition("#")[2]
    async with open_browser(app) as anybody:
        answer = await anybody.post(address, json={"token": token})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF-")
        assert answer.headers["cache-control"] == "no-store"
        assert (await anybody.post(address, json={"token": token[:-4] + "AAAA"})).status_code == 404
        assert (await anybody.get(f"/certificates/{token}")).status_code == 404, "no address holds the word"
        async with global_session() as session:
            grave = (await session.execute(text("select certificate_hash, certificate_key from tombstones"))).one()
        assert grave.certificate_hash == sha256(answer.content).digest()
        stored = b"".join(path.read_bytes() for path in (settings().objects_dir / "certificates").iterdir())
        assert b"%PDF" not in stored, "whoever has only the store cannot read it"
        async with global_session() as session:
            await session.execute(text("update tombstones set certificate_until = now() - interval '1 second'"))
        assert (await anybody.post(address, json={"token": token})).status_code == 404
        assert await tombstones.drop_certificates() == 1
    assert not (settings().objects_dir / grave.certificate_key).exists()


async def test_the_audit_skeleton_still_chains(
    desk: tuple[Browser, Person], db: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, person = desk
    for number in range(3):
        async with tenant_session(person.organization_id) as session:
            await record(session, "settings.changed", actor=SYSTEM, subject=Subject("s", str(number), "x"), audit=True)
    async with tenant_session(person.organization_id) as session:
        full = [
            (row.sequence, bytes(row.hash))
            for row in await session.execute(
                text("select sequence, hash from journal_entries where log = 'audit' order by sequence")
            )
        ]
    await ask(browser, person)
    await purge_now(person.organization_id, monkeypatch)
    async with global_session() as session:
        bones = (
            await session.execute(
                text("select sequence, previous_hash, hash from audit_skeletons where organization_hash = :hash order by sequence"),
                {"hash": hash_of(person.organization_id)},
            )
        ).all()  # fmt: skip
    assert [bone.sequence for bone in bones] == list(range(1, len(bones) + 1))
    assert [(bone.sequence, bytes(bone.hash)) for bone in bones[: len(full)]] == full
    assert all(bones[n].previous_hash == bones[n - 1].hash for n in range(1, len(bones)))
    assert len(bones) >= len(full) + 2, "the request and the closing are in it"


async def test_people_with_another_workspace_keep_their_account(
    desk: tuple[Browser, Person], db: Stack, monkeypatch: pytest.MonkeyPatch, app: Any
) -> None:
    browser, person = desk
    both = await make_person(organization=(person.organization_id, person.slug), role="analyst")
    second = await make_organization()
    await put_member(second[0], both.id, "analyst")
    await ask(browser, person)
    await purge_now(person.organization_id, monkeypatch)
    async with global_session() as session:
        left = set((await session.execute(text("select id from users"))).scalars())
    assert UUID(str(both.id)) in {UUID(str(one)) for one in left}
    assert UUID(str(person.id)) not in {UUID(str(one)) for one in left}
    async with open_browser(app, replace(both, slug=second[1])) as other:
        assert [w["slug"] for w in (await other.get("/api/v1/me")).json()["workspaces"]] == [second[1]]


async def test_a_closed_workspace_is_not_there_for_anybody(desk: tuple[Browser, Person], db: Stack) -> None:
    browser, person = desk
    await ask(browser, person)
    await let_time_pass(person.organization_id)
    await run(PURGE)  # closes it; the rows go a minute later
    async with global_session() as session:
        row = (await session.execute(text("select kind, due_at > now() as later from work where organization_id = :org"),
                                     {"org": person.organization_id})).all()  # fmt: skip
    assert [(one.kind, one.later) for one in row] == [("deletion_purge", True)], "jobs are dropped, the purge goes on"
    assert (await browser.get(browser.at(DELETIONS))).status_code == 404
    async with tenant_session(person.organization_id) as session:
        states = (await session.execute(text("select state, length(wrapped) as size from organization_deks"))).all()
    assert {(one.state, one.size) for one in states} <= {("destroyed", 0)}, "keys first"


async def test_jobs_that_run_while_a_workspace_is_deleted_write_nothing_any_more(
    desk: tuple[Browser, Person], db: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, person = desk
    inside, go_on, fenced = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(item: Item) -> None:
        inside.set()
        await go_on.wait()
        try:
            async with item.record() as session:
                await record(session, "written.late", actor=SYSTEM, subject=Subject("x", "x", "x"))
        except work.Fenced:
            fenced.set()
            raise

    kind = Kind("slow_for_a_test", slow, queue="sync")
    async with tenant_session(person.organization_id) as session:
        await work.schedule(session, kind, "one")
    crew = Crew([kind])
    await crew.drain("sync")
    await asyncio.wait_for(inside.wait(), 10)
    await ask(browser, person)
    await purge_now(person.organization_id, monkeypatch)
    go_on.set()
    await crew.stop()
    assert fenced.is_set()
    connection = await owner(db, person.organization_id)
    assert (
        await connection.fetchval(
            "select count(*) from journal_entries where organization_id = $1", person.organization_id
        )
        == 0
    )
    await connection.close()


async def test_no_job_of_a_closed_workspace_is_admitted_and_rows_that_came_late_go_too(
    desk: tuple[Browser, Person], db: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, person = desk
    await ask(browser, person)
    await let_time_pass(person.organization_id)
    await run(PURGE)
    assert not await Admission().may_process(person.organization_id)
    whole = purging._remove_rows
    late = [True]

    async def with_a_latecomer(item: Item, table: Any) -> None:
        await whole(item, table)
        if table.name == "outbox" and late:
            late.clear()
            connection = await owner(db, person.organization_id)
            await connection.execute(
                "insert into outbox (organization_id, topic, payload) values ($1, 'x', '{}')", person.organization_id
            )
            await connection.close()

    monkeypatch.setattr(purging, "_remove_rows", with_a_latecomer)
    for _ in range(2):
        await purge_now(person.organization_id, monkeypatch)
    connection = await owner(db, person.organization_id)
    assert (
        await connection.fetchval("select count(*) from outbox where organization_id = $1", person.organization_id) == 0
    )
    assert await connection.fetchval("select count(*) from organizations where id = $1", person.organization_id) == 0
    await connection.close()


async def test_a_purge_that_was_killed_is_finished_by_another_worker(
    desk: tuple[Browser, Person], db: Stack, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, person = desk
    await plant(db, person.organization_id, f"canary-{token}")
    await ask(browser, person)
    whole, seen = purging._remove_rows, [0]

    async def dies_once(item: Item, table: Any) -> None:
        seen[0] += 1
        if seen[0] == 20:
            raise ConnectionError("the worker is gone")
        await whole(item, table)

    monkeypatch.setattr(purging, "_remove_rows", dies_once)
    await purge_now(person.organization_id, monkeypatch)
    await purge_now(person.organization_id, monkeypatch)
    assert await found_anywhere(db, [str(person.organization_id), f"canary-{token}"]) == []


async def test_a_deletion_needs_the_typed_name_and_happens_once(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    wrong = await browser.post(browser.at(DELETIONS), json={"workspace_name": "something else"})
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "name_differs")
    await ask(browser, person)
    scope = (await browser.get(browser.at(f"{DELETIONS}/scope"))).json()
    again = await browser.post(browser.at(DELETIONS), json={"workspace_name": scope["workspace"]})
    assert (again.status_code, again.json()["code"]) == (409, "deletion_open")


async def test_it_can_be_cancelled_for_seven_days_and_every_owner_is_reminded_each_day(
    desk: tuple[Browser, Person], db: Stack, mailbox: Any
) -> None:
    browser, person = desk
    made = await ask(browser, person)
    await mailbox.deliver((REMIND,))
    mail = await mailbox.next(to=person.email)
    assert "will be deleted" in mail.subject
    async with global_session() as session:
        due = (
            await session.execute(text("select due_at - now() as wait from work where kind = 'deletion_reminder'"))
        ).one()
    assert timedelta(hours=23) < due.wait <= timedelta(hours=24)
    answer = await browser.post(browser.at(f"{DELETIONS}/{made['id']}/cancellation"))
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    await mailbox.deliver()
    assert "cancelled" in (await mailbox.next(to=person.email)).subject
    await let_time_pass(person.organization_id)
    await run(PURGE, REMIND)
    assert (await browser.get(browser.at(DELETIONS))).json()["rows"][0]["state"] == "cancelled"
    late = await browser.post(browser.at(f"{DELETIONS}/{made['id']}/cancellation"))
    assert (late.status_code, late.json()["code"]) == (409, "deletion_not_open")


async def test_a_purge_before_its_time_waits_for_it(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    await ask(browser, person)
    async with global_session() as session:
        await session.execute(text("update work set due_at = now() where kind = 'deletion_purge'"))
    await run(PURGE)
    assert (await browser.get(browser.at(DELETIONS))).json()["rows"][0]["state"] == "waiting"
    async with global_session() as session:
        days = await session.scalar(
            text("select due_at - now() > interval '6 days' from work where kind = 'deletion_purge'")
        )
    assert days


async def test_legal_holds_block_a_deletion_and_are_named(desk: tuple[Browser, Person], db: Stack, token: str) -> None:
    browser, person = desk
    await plant(db, person.organization_id, f"PO{token}", skip=("legal_holds",))
    async with tenant_session(person.organization_id) as session:
        held = await place_hold(
            session, po_number=f"PO{token}", reason="a shortage claim", case_reference=None, actor=SYSTEM
        )
    scope = (await browser.get(browser.at(f"{DELETIONS}/scope"))).json()
    assert [hold["po_number"] for hold in scope["holds"]] == [f"PO{token}"]
    blocked = await browser.post(browser.at(DELETIONS), json={"workspace_name": scope["workspace"]})
    assert (blocked.status_code, blocked.json()["code"]) == (409, "legal_hold_blocks")
    assert f"PO{token}" in blocked.json()["detail"]
    async with tenant_session(person.organization_id) as session:
        await release_hold(session, held[0].id, actor=SYSTEM)
    connection = await owner(db, person.organization_id)
    await connection.execute("delete from deletions where organization_id = $1", person.organization_id)
    await connection.close()
    await ask(browser, person)


async def test_an_export_under_way_ends_when_the_purge_begins(
    desk: tuple[Browser, Person], db: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, person = desk
    answer = await browser.post(browser.at("/administration/privacy/exports"), json={})
    assert answer.status_code == 201
    await ask(browser, person)
    await purge_now(person.organization_id, monkeypatch)
    await run(EXPORT)
    assert await objects.list_keys(person.organization_id) == []
    assert await found_anywhere(db, [str(person.organization_id)]) == []


async def test_a_restored_backup_does_not_serve_the_deleted(
    desk: tuple[Browser, Person], db: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, app: Any, token: str
) -> None:
    """A dump from before the deletion is loaded again over an emptied database: the tombstone outside it holds."""
    browser, person = desk
    await plant(db, person.organization_id, f"canary-{token}")
    stranger = await make_person()
    backup = await asyncio.to_thread(dump, db, tmp_path)
    await ask(browser, person)
    await purge_now(person.organization_id, monkeypatch)
    await empty_and_load(db, backup)
    async with global_session() as session:
        assert (
            await session.scalar(
                text("select count(*) from organizations where id = :id"), {"id": person.organization_id}
            )
            == 1
        )
        assert await session.scalar(text("select count(*) from tombstones")) == 0, (
            "the backup is older than the deletion"
        )
    assert await close_risen() == [person.organization_id]
    async with open_browser(app, person) as back:
        assert (await back.get(f"/api/v1/{person.slug}/administration/privacy/deletions")).status_code == 404
        assert person.slug not in [w["slug"] for w in (await back.get("/api/v1/me")).json()["workspaces"]]
    async with open_browser(app, stranger) as theirs:
        assert (await theirs.get(theirs.at(DELETIONS))).status_code == 200, "others are served"
    await run(PURGE)
    assert await found_anywhere(db, [str(person.organization_id), f"canary-{token}"]) == []
    assert await close_risen() == []
    async with global_session() as session:
        assert await session.scalar(text("select count(*) from tombstones")) == 1


async def test_a_hold_of_the_seven_days_stops_the_purge_and_the_owners_are_told_once(
    desk: tuple[Browser, Person], db: Stack, monkeypatch: pytest.MonkeyPatch, mailbox: Any
) -> None:
    browser, person = desk
    await plant(db, person.organization_id, "held", skip=("legal_holds", "deletions"))
    await ask(browser, person)
    async with tenant_session(person.organization_id) as session:
        number = await session.scalar(text("select po_number from purchase_orders limit 1"))
        (hold, *_) = await place_hold(session, po_number=str(number), reason="claim", case_reference=None, actor=SYSTEM)
    for _ in range(2):
        await purge_now(person.organization_id, monkeypatch)
        async with tenant_session(person.organization_id) as session:
            state = (await session.execute(text("select state, purge_at > now() as later from deletions"))).one()
            told = await session.scalar(text("select count(*) from mails where template = 'deletion_held'"))
        assert (state.state, state.later, told) == ("waiting", True, 1)
    async with tenant_session(person.organization_id) as session:
        await release_hold(session, hold.id, actor=SYSTEM)
    await purge_now(person.organization_id, monkeypatch)
    async with global_session() as session:
        assert await session.scalar(text("select count(*) from tombstones")) == 1
