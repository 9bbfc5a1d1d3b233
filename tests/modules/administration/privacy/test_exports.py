"""Exports: everything is in the bundle, no secret is, it survives a kill, and its link opens for one session only."""

import csv
import hashlib
import io
import json
import tempfile
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pyzipper
from factories import Browser, Person, make_person, open_browser
from modules.administration.privacy.planting import owner, pending, plant, run
from oktee.journal.record import SYSTEM
from oktee.kit import objects
from oktee.kit.database import tenant_session
from oktee.kit.exports import ExportColumn, copy_rows
from oktee.modules.administration.privacy import bundle, exporting
from oktee.modules.administration.privacy.exporting import EXPORT
from oktee.modules.administration.privacy.inventory import inventory
from oktee.modules.administration.privacy.tables import Deletion, Export
from pydantic import SecretStr
from sqlalchemy import text

EXPORTS = "/administration/privacy/exports"
OWN = ("exports", "export_parts", "stored_objects")
"""What an export makes itself."""
WORD = "a passphrase of my own 42"


async def _made(browser: Browser, **body: Any) -> Any:
    answer = await browser.post(browser.at(EXPORTS), json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def _download(browser: Browser, export_id: str) -> bytes:
    link = await browser.post(browser.at(f"{EXPORTS}/{export_id}/links"))
    assert link.status_code == 201, link.text
    answer = await browser.get(link.json()["url"])
    assert answer.status_code == 200, answer.text
    return answer.content


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _open(content: bytes, passphrase: str) -> pyzipper.AESZipFile:
    found = pyzipper.AESZipFile(io.BytesIO(content))
    found.setpassword(passphrase.encode())
    return found


async def test_a_bundle_holds_every_row_of_every_table_and_its_manifest_is_right(
    desk: tuple[Browser, Person], db: Any, token: str
) -> None:
    browser, person = desk
    planted = await plant(db, person.organization_id, f"canary-{token}", skip=OWN)
    stranger = await make_person()
    await plant(db, stranger.organization_id, f"stranger-{token}", skip=OWN)
    made = await _made(browser)
    assert len(made["passphrase"]) > 30
    await run(EXPORT)
    rows = (await browser.get(browser.at(EXPORTS))).json()["rows"]
    assert (rows[0]["state"], rows[0]["done"]) == ("ready", rows[0]["total"])
    content = await _download(browser, made["export"]["id"])
    assert hashlib.sha256(content).hexdigest() == rows[0]["sha256"]
    archive = _open(content, made["passphrase"])
    manifest = json.loads(archive.read("manifest.json"))
    assert {info.filename for info in archive.infolist()} == {m["path"] for m in manifest["members"]} | {
        "manifest.json", "README.txt"
    }  # fmt: skip
    for member in manifest["members"]:
        body = archive.read(member["path"])
        assert (hashlib.sha256(body).hexdigest(), len(body)) == (member["sha256"], member["size"]), member["path"]
        if member["path"].endswith(".ndjson"):
            assert len(body.splitlines()) == member["rows"]
        if member["path"].endswith(".csv"):
            assert len(list(csv.DictReader(io.StringIO(body.decode())))) == member["rows"], member["path"]
    rows_of = {m["path"]: m["rows"] for m in manifest["members"]}
    assert {name for name in planted if not rows_of.get(f"ndjson/{name}.ndjson")} == set()
    empty = {name for name, table in manifest["tables"].items() if not table["rows"]}
    assert not {f"ndjson/{name}.ndjson" for name in empty} & rows_of.keys()
    everything = b"".join(archive.read(info) for info in archive.infolist())
    assert f"canary-{token}".encode() in everything
    assert f"stranger-{token}".encode() not in everything
    assert str(stranger.organization_id).encode() not in everything
    order = json.loads(archive.read("ndjson/purchase_orders.ndjson"))
    assert order["ordered_at"] == "2026-03-04T05:06:07.89+00:00"
    assert isinstance(order["value"], str), "money is text: a float would lose cents"


async def test_a_narrowed_bundle_holds_what_was_chosen_and_says_that_it_is_a_part(
    desk: tuple[Browser, Person], db: Any, token: str
) -> None:
    browser, person = desk
    await plant(db, person.organization_id, f"canary-{token}", skip=OWN)
    await objects.put(person.organization_id, _pieces(b"sku;stock\n1;2\n"), max_bytes=100, purpose="import")
    made = await _made(browser, categories=["amazon"], formats=["csv"], passphrase=WORD)
    assert (made["export"]["categories"], made["export"]["formats"]) == (["amazon"], ["csv"])
    await run(EXPORT)
    archive = _open(await _download(browser, made["export"]["id"]), WORD)
    names = {info.filename for info in archive.infolist()} - {"manifest.json", "README.txt"}
    tables = {name.removeprefix("csv/").removesuffix(".csv") for name in names}
    assert "purchase_orders" in tables
    assert {inventory().tables[name].category for name in tables} == {"amazon"}
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["whole"] is False
    assert manifest["tables"].keys() == {
        table.name
        for table in inventory().tables.values()
        if table.name in manifest["tables"] and table.category == "amazon"
    }
    assert manifest["tables"]["purchase_orders"]["rows"] == 1
    assert "a part of what OKTee holds" in archive.read("README.txt").decode()
    made = await _made(browser, categories=["customer", "customer"], passphrase=WORD)
    assert made["export"]["categories"] == ["customer"]
    await run(EXPORT)
    archive = _open(await _download(browser, made["export"]["id"]), WORD)
    kinds = {info.filename.partition("/")[0] for info in archive.infolist()}
    assert kinds == {"manifest.json", "README.txt", "ndjson", "csv", "files"}
    assert "ndjson/purchase_orders.ndjson" not in archive.namelist()


@pytest.mark.parametrize(
    "wrong", [{"categories": []}, {"categories": ["gossip"]}, {"formats": []}, {"formats": ["pdf"]}]
)
async def test_a_choice_that_is_none_or_unknown_is_refused(desk: tuple[Browser, Person], wrong: dict[str, Any]) -> None:
    browser, _ = desk
    assert (await browser.post(browser.at(EXPORTS), json=wrong)).status_code == 422


async def test_no_column_of_class_secret_and_no_password_is_in_a_bundle(
    desk: tuple[Browser, Person], db: Any, token: str
) -> None:
    browser, person = desk
    await plant(db, person.organization_id, f"canary-{token}", skip=OWN)
    made = await _made(browser, passphrase=WORD)
    assert made["passphrase"] is None, "who gave one knows it"
    await run(EXPORT)
    archive = _open(await _download(browser, made["export"]["id"]), WORD)
    tables = json.loads(archive.read("manifest.json"))["tables"]
    for name, table in inventory().tables.items():
        secrets = set(table.of("secret"))
        if name in tables:
            assert secrets <= set(tables[name]["withheld"]), name
        if name in tables and tables[name]["rows"]:
            for line in archive.read(f"ndjson/{name}.ndjson").splitlines():
                assert not secrets & json.loads(line).keys(), name
    assert [json.loads(line)["email"] for line in archive.read("ndjson/users.ndjson").splitlines()] == [person.email]
    assert "password_hash" in tables["users"]["withheld"]
    async with tenant_session(person.organization_id) as session:
        kept = (
            await session.execute(text("select count(*) from secrets where kind = 'export_passphrase'"))
        ).scalar_one()
    assert kept == 0, "the passphrase is forgotten once the bundle is whole"


async def test_a_bundle_opens_only_with_its_passphrase_and_holds_the_files(desk: tuple[Browser, Person]) -> None:
    browser, person = desk

    async def body() -> Any:
        yield b"sku;title\n4420;Serum\n"

    await objects.put(person.organization_id, body(), max_bytes=100, purpose="import")
    made = await _made(browser, passphrase=WORD)
    await run(EXPORT)
    content = await _download(browser, made["export"]["id"])
    with pytest.raises(RuntimeError, match="password"):
        _open(content, "another passphrase").read("manifest.json")
    archive = _open(content, WORD)
    assert all(info.flag_bits & 1 for info in archive.infolist()), "every member is encrypted"
    files = [info.filename for info in archive.infolist() if info.filename.startswith("files/")]
    assert [archive.read(name) for name in files] == [b"sku;title\n4420;Serum\n"]


async def test_csv_cells_that_a_spreadsheet_would_run_are_text(desk: tuple[Browser, Person], db: Any) -> None:
    browser, person = desk
    connection = await owner(db, person.organization_id)
    await connection.execute(
        "insert into items (organization_id, id, sku, title, status, case_pack, safety_stock, content_hash, import_id, as_of) "
        "values ($1, $2, '-12', '=HYPERLINK(\"http://x\")', 'active', 1, 0, 'x', $2, now())",
        person.organization_id, uuid4(),
    )  # fmt: skip
    await connection.close()
    await _made(browser, passphrase=WORD)
    await run(EXPORT)
    rows = (await browser.get(browser.at(EXPORTS))).json()["rows"]
    archive = _open(await _download(browser, rows[0]["id"]), WORD)
    cell = next(csv.DictReader(io.StringIO(archive.read("csv/items.csv").decode())))
    assert (cell["title"], cell["sku"]) == ('\'=HYPERLINK("http://x")', "-12")
    assert json.loads(archive.read("ndjson/items.ndjson"))["title"] == '=HYPERLINK("http://x")'


async def test_a_worker_that_takes_over_makes_no_table_twice(
    desk: tuple[Browser, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, person = desk
    made = await _made(browser, passphrase=WORD)
    written: list[str] = []
    whole = bundle.write_parts

    async def dies_at_the_fifth(organization_id: UUID, source: bundle.Source) -> list[bundle.Part]:
        written.append(source.table)
        if len(written) == 5:
            raise ConnectionError("the worker is gone")
        return await whole(organization_id, source)

    monkeypatch.setattr(bundle, "write_parts", dies_at_the_fifth)
    await run(EXPORT)
    async with tenant_session(person.organization_id) as session:
        await session.execute(text("update work set due_at = now()"))
    await run(EXPORT)
    rows = (await browser.get(browser.at(EXPORTS))).json()["rows"]
    assert rows[0]["state"] == "ready"
    assert sorted(set(written)) == sorted(written[:4] + written[5:]), "only the one that failed was made again"
    archive = _open(await _download(browser, made["export"]["id"]), WORD)
    assert archive.testzip() is None
    keys = await objects.list_keys(person.organization_id)
    assert len(keys) == 1, "the parts are gone, the bundle is there"


async def test_a_cancelled_export_leaves_nothing_behind(
    desk: tuple[Browser, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, person = desk
    made = await _made(browser)
    whole = bundle.write_parts
    seen = 0

    async def cancelled_at_the_third(organization_id: UUID, source: bundle.Source) -> list[bundle.Part]:
        nonlocal seen
        seen += 1
        if seen == 3:
            answer = await browser.delete(browser.at(f"{EXPORTS}/{made['export']['id']}"))
            assert answer.status_code == 200
        return await whole(organization_id, source)

    monkeypatch.setattr(bundle, "write_parts", cancelled_at_the_third)
    await run(EXPORT)
    rows = (await browser.get(browser.at(EXPORTS))).json()["rows"]
    assert (rows[0]["state"], seen) == ("cancelled", 3)
    assert await objects.list_keys(person.organization_id) == []
    left = await pending(person.organization_id)
    assert EXPORT.name not in {kind for kind, *_ in left}, "what else waits looks at the audit log"


async def test_one_export_at_a_time_and_none_while_the_workspace_is_purged(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    await _made(browser)
    second = await browser.post(browser.at(EXPORTS), json={})
    assert (second.status_code, second.json()["code"]) == (409, "export_running")
    await run(EXPORT)
    async with tenant_session(person.organization_id) as session:
        session.add(Deletion(number=1, state="purging", purge_at=await session.scalar(text("select now()"))))
    refused = await browser.post(browser.at(EXPORTS), json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "deletion_under_way")


async def test_a_link_opens_in_its_own_session_only_and_for_five_minutes(
    desk: tuple[Browser, Person], app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, person = desk
    made = await _made(browser)
    early = await browser.post(browser.at(f"{EXPORTS}/{made['export']['id']}/links"))
    assert (early.status_code, early.json()["code"]) == (409, "export_not_ready")
    await run(EXPORT)
    url = (await browser.post(browser.at(f"{EXPORTS}/{made['export']['id']}/links"))).json()["url"]
    async with open_browser(app, person) as elsewhere:
        assert (await elsewhere.get(url)).status_code == 404
    assert (await browser.get(url)).status_code == 200
    assert (await browser.get(url[:-3] + "abc")).status_code == 404
    later = exporting.now() + exporting.LINK_LIFE * 1.01
    monkeypatch.setattr(exporting, "now", lambda: later)
    assert (await browser.get(url)).status_code == 404


async def test_downloads_are_in_the_audit_log(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    made = await _made(browser)
    await run(EXPORT)
    await _download(browser, made["export"]["id"])
    async with tenant_session(person.organization_id) as session:
        kinds = list(
            (await session.execute(
                text("select kind from journal_entries where log = 'audit' and kind like 'export.%' order by sequence")
            )).scalars()
        )  # fmt: skip
    assert kinds == ["export.requested", "export.ready", "export.link_made", "export.downloaded"]


async def test_an_expired_export_has_no_file_any_more(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    made = await _made(browser)
    await run(EXPORT)
    async with tenant_session(person.organization_id) as session:
        await session.execute(text("update exports set expires_at = now() - interval '1 second'"))
        assert await exporting.expire_exports(session) == 1
    assert await objects.list_keys(person.organization_id) == []
    answer = await browser.post(browser.at(f"{EXPORTS}/{made['export']['id']}/links"))
    assert answer.status_code == 409
    assert (await browser.get(browser.at(EXPORTS))).json()["rows"][0]["state"] == "expired"


async def test_somebody_elses_export_is_not_there(desk: tuple[Browser, Person]) -> None:
    browser, _ = desk
    stranger = await make_person()
    async with tenant_session(stranger.organization_id) as session:
        theirs, _ = await exporting.request_export(session, passphrase=SecretStr(WORD), actor=SYSTEM)
    for method, path in (("DELETE", ""), ("POST", "/links"), ("GET", "/file?ticket=1.a")):
        answer = await browser.request(method, browser.at(f"{EXPORTS}/{theirs.id}{path}"))
        assert answer.status_code == 404
    async with tenant_session(stranger.organization_id) as session:
        found = await session.get(Export, theirs.id)
    assert found is not None
    assert found.state == "queued"


async def test_a_table_takes_as_long_as_its_rows_need(desk: tuple[Browser, Person]) -> None:
    """The limit of a statement is for whoever waits for an answer; nobody waits for an export."""
    _, person = desk
    with tempfile.TemporaryFile() as ndjson, tempfile.TemporaryFile() as as_csv:
        async with tenant_session(person.organization_id) as session:
            await session.execute(text("set local statement_timeout = '50ms'"))
            rows = await copy_rows(
                session, "organizations", [ExportColumn("id", "uuid")],
                where="id = $1 and pg_sleep(0.1) is not null", arguments=(person.organization_id,), order=("id",),
                ndjson=ndjson, as_csv=as_csv,
            )  # fmt: skip
    assert rows == 1
