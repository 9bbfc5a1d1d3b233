"""The catalogue screens: files are handed in and watched, faults are shown by line, items are found; and nobody else's."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from catalog.loading import ITEMS, STOCK, item_row, load, rows, run_worker, stock_row
from factories import Browser, Person, make_person, open_browser
from oktee.catalog import stock
from oktee.kit.database import tenant_session
from oktee.kit.settings import settings
from oktee.modules.administration import catalog

IMPORTS = "/administration/catalog/imports"


@pytest.fixture
async def desk(db: Any, app: Any) -> AsyncIterator[tuple[Browser, Person]]:
    """An owner's browser; another organization has an item and a file of the same names."""
    person, stranger = await make_person(), await make_person()
    await load(
        stranger.organization_id, "items", ITEMS + item_row("4420", title="Theirs") + item_row("BAD", case_pack="")
    )
    async with open_browser(app, person) as browser:
        yield browser, person


async def _hand_in(browser: Browser, content: str | bytes, *, kind: str = "items", name: str = "items.csv") -> Any:
    return await browser.post(
        browser.at(IMPORTS),
        params={"kind": kind, "file_name": name},
        content=content if isinstance(content, bytes) else content.encode(),
        headers={"Content-Type": "text/csv"},
    )


def _files(person: Person) -> list[Path]:
    folder = settings().objects_dir / str(person.organization_id)
    return [each for each in folder.rglob("*") if each.is_file()]


async def test_a_file_is_taken_at_once_and_loaded_by_the_worker(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    answer = await _hand_in(browser, ITEMS + item_row("4420") + item_row("4421", gtin="4.00638E+12"))
    assert answer.status_code == 202
    body = answer.json()
    assert answer.headers["location"] == browser.at(f"/operations/{body['operation']['id']}")
    assert (body["import"]["state"], body["import"]["rows"], body["operation"]["unit"]) == ("queued", 0, "bytes")
    assert await rows(person.organization_id, "select 1 from items") == []
    await run_worker()
    operation = (await browser.get(answer.headers["location"])).json()
    assert (operation["state"], operation["done"]) == ("done", operation["total"])
    assert operation["result"] == {"rows": 2, "loaded": 1, "unchanged": 0, "rejected": 1}
    listed = (await browser.get(browser.at(IMPORTS))).json()["rows"]
    assert [(each["file_name"], each["state"], each["loaded"], each["rejected"]) for each in listed] == [
        ("items.csv", "done", 1, 1)
    ]
    assert (await browser.get(browser.at(f"{IMPORTS}/{listed[0]['id']}"))).json() == listed[0]
    assert _files(person) == []


async def test_an_import_is_journaled_and_asks_for_new_decisions(desk: tuple[Browser, Person], db: Any) -> None:
    browser, person = desk
    await _hand_in(browser, ITEMS + item_row("4420"))
    await run_worker()
    entries = await rows(
        person.organization_id,
        "select kind, log, actor_type, outcome, payload ->> 'loaded' from journal_entries where kind like 'import.%' order by at",
    )
    assert entries == [
        ("import.started", "audit", "person", "ok", None),
        ("import.finished", "event", "system", "ok", "1"),
    ]
    topics = {row[0] for row in await rows(person.organization_id, "select topic from outbox")}
    assert topics >= {"import.changed", "operation.changed"}
    owner = await asyncpg.connect(db.owner_dsn)
    asked = await owner.fetch("select kind, key from work where organization_id = $1", person.organization_id)
    assert [(row["kind"], row["key"]) for row in asked] == [("decide_orders", "all")]
    await owner.execute("delete from work")
    await _hand_in(browser, ITEMS + item_row("4420"))
    await run_worker()
    assert await owner.fetch("select 1 from work where organization_id = $1", person.organization_id) == []
    await _hand_in(browser, STOCK + stock_row("4420", 60), kind="stock")
    await run_worker()
    await owner.execute("delete from work")
    await _hand_in(browser, STOCK + stock_row("4420", 60, as_of="2026-11-23T08:00:00Z"), kind="stock")
    await run_worker()  # as many as before, but counted later: an order may have waited for just that
    assert len(await owner.fetch("select 1 from work where organization_id = $1", person.organization_id)) == 1
    await owner.close()


async def test_a_failed_file_says_why_in_its_operation(desk: tuple[Browser, Person]) -> None:
    browser, _ = desk
    answer = await _hand_in(browser, "sku,title\n1,T\n")
    await run_worker()
    operation = (await browser.get(answer.headers["location"])).json()
    assert (operation["state"], operation["error"]["code"]) == ("failed", "missing_column")
    assert operation["error"]["values"] == {"column": "marketplaces", "found": "sku, title"}
    (listed,) = (await browser.get(browser.at(IMPORTS))).json()["rows"]
    assert (listed["state"], listed["error"]) == ("failed", operation["error"]), "the list says it, too"


async def test_a_fault_speaks_of_the_column_as_the_file_writes_it(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    content = (ITEMS + item_row("A", case_pack=0)).replace("case_pack", "PCB", 1)
    found, _ = await load(person.organization_id, "items", content)
    (row,) = (await browser.get(browser.at(f"{IMPORTS}/{found.id}/errors"))).json()["rows"]
    assert (row["column"], row["header"], row["received"]) == ("case_pack", "PCB", "0")
    assert row["message"]["values"]["column"] == {"type": "text", "value": "PCB"}
    assert "header" not in row["message"]["values"]
    table = (await browser.get(browser.at(f"{IMPORTS}/{found.id}/errors.csv"))).text.splitlines()
    assert table[1] == "2,case_pack,too_small,0,PCB"


async def test_an_empty_or_too_large_file_is_refused_and_not_kept(
    desk: tuple[Browser, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, person = desk
    empty = await _hand_in(browser, b"")
    assert (empty.status_code, empty.json()["errors"][0]["code"]) == (422, "empty_file")
    monkeypatch.setattr(catalog, "MAX_BYTES", 1 << 20)
    large = await _hand_in(browser, b"x" * ((1 << 20) + 1))
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    assert "1 MiB" in large.json()["detail"]
    assert (await _hand_in(browser, b"x", kind="prices")).status_code == 422
    assert await rows(person.organization_id, "select 1 from catalog_imports") == []
    assert _files(person) == []


async def test_faults_are_paged_by_line_and_told_apart_from_warnings(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    await load(person.organization_id, "items", ITEMS + item_row("4420"))
    content = STOCK + stock_row("4420", -3) + "".join(stock_row(f"X{n}", 5) for n in range(5))
    found, _ = await load(person.organization_id, "stock", content)
    seen, after = [], None
    for _ in range(3):
        query = {"limit": 2} | ({"after": after} if after else {})
        page = (await browser.get(browser.at(f"{IMPORTS}/{found.id}/errors"), params=query)).json()
        seen += [(row["line"], row["column"], row["code"], row["severity"], row["received"]) for row in page["rows"]]
        after = page["next"]
    assert after is None
    assert seen == [
        (2, "on_hand", "negative_on_hand", "warning", "-3"),
        *((n + 3, "sku", "unknown_sku", "error", f"X{n}") for n in range(5)),
    ]
    first = (await browser.get(browser.at(f"{IMPORTS}/{found.id}/errors"), params={"limit": 1})).json()
    assert first["rows"][0]["message"] == {
        "message": "catalog.import.negative_on_hand",
        "values": {"received": {"type": "text", "value": "-3"}},
    }
    other = await browser.get(browser.at(f"{IMPORTS}/{found.id}/errors"), params={"after": first["next"] + "x"})
    assert other.status_code == 422


async def test_columns_that_were_left_out_are_told_once_and_refuse_nothing(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    await load(person.organization_id, "items", ITEMS + item_row("4420"))
    rows_of_it = "".join(f"4420;W{n};2026-11-22T10:51:00Z;5;3;x\n" for n in range(3))
    found, _ = await load(
        person.organization_id, "stock", "sku;warehouse;as_of;on_hand;Saftey stock;Prix\n" + rows_of_it
    )
    assert (found.loaded, found.rejected) == (3, 0)
    page = (await browser.get(browser.at(f"{IMPORTS}/{found.id}/errors"))).json()
    assert [(row["line"], row["code"], row["severity"], row["received"]) for row in page["rows"]] == [
        (1, "columns_left_out", "warning", "Saftey stock, Prix")
    ]


async def test_an_open_quote_loads_what_stands_before_it_and_says_its_line(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    content = ITEMS + item_row("A") + item_row("B", title='"half') + item_row("C")
    found, _ = await load(person.organization_id, "items", content)
    seen = (await browser.get(browser.at(f"{IMPORTS}/{found.id}"))).json()
    assert (seen["state"], seen["error"]["code"], seen["error"]["values"]) == ("failed", "broken_quoting", {"line": 3})
    assert (seen["rows"], seen["loaded"], seen["rejected"]) == (1, 1, 0)
    assert await rows(person.organization_id, "select sku from items") == [("A",)]


async def test_the_table_of_faults_runs_no_formula(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    content = (
        ITEMS
        + item_row("A", gtin='"=HYPERLINK(""http://x"")"')
        + item_row("B", status="@SUM")
        + item_row("C", gtin="-1")
    )
    found, _ = await load(person.organization_id, "items", content)
    answer = await browser.get(browser.at(f"{IMPORTS}/{found.id}/errors.csv"))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="import-{found.id}-errors.csv"'
    table = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert table == [
        ["line", "column", "code", "received", "header"],
        ["2", "gtin", "not_a_number", '\'=HYPERLINK("http://x")', "gtin"],
        ["3", "status", "unknown_status", "'@SUM", "status"],
        ["4", "gtin", "invalid_gtin", "'-1", "gtin"],
    ]


async def test_items_are_found_by_what_people_know_of_them(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    await load(
        person.organization_id,
        "items",
        ITEMS
        + item_row("4420", gtin="4006381333931", asin="B0C4LM3B02", marketplaces="DE FR", safety_stock=6)
        + item_row("4421", title="Rose 100%_Balm", status="phase_out")
        + item_row("5000", brand="Nordhaus"),
    )
    await load(person.organization_id, "stock", STOCK + stock_row("4420", 60) + stock_row("4420", 40, warehouse="METZ"))
    ((item,),) = await rows(person.organization_id, "select id from items where sku = '4420'")
    async with tenant_session(person.organization_id) as session:
        await stock.set_reservation(
            session, purchase_order_id=uuid4(), source_type="order", source_id="1", lines={"1": {item: 30}}
        )

    async def found(**query: Any) -> list[str]:
        answer = await browser.get(browser.at("/administration/catalog/items"), params=query)
        assert answer.status_code == 200, answer.text
        assert answer.json()["count"] == len(answer.json()["rows"])
        return [row["sku"] for row in answer.json()["rows"]]

    assert await found() == ["4420", "4421", "5000"]
    assert await found(q="442") == ["4420", "4421"]
    assert await found(q="100%_b") == ["4421"]
    assert await found(q="4006381333931") == ["4420"]
    assert await found(q="b0c4lm3b02") == ["4420"]
    assert await found(q="%") == ["4421"]
    assert await found(status="phase_out") == ["4421"]
    assert await found(brand="Nordhaus") == ["5000"]
    row = (await browser.get(browser.at("/administration/catalog/items"))).json()["rows"][0]
    assert [(link["country"], link["asin"], link["cost_price"], link["currency"]) for link in row["links"]] == [
        ("FR", "B0C4LM3B02", "6.2000", "EUR"),
        ("DE", "B0C4LM3B02", "6.2000", "EUR"),
    ]
    assert row["stock"] == {
        "on_hand": 100, "free": 64, "committed": 30, "as_of": "2026-11-22T10:51:00Z", "warehouses": 2,
    }  # fmt: skip


async def test_items_are_paged_without_gap_or_repetition(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    skus = [f"S{n:02}" for n in range(7)]
    await load(person.organization_id, "items", ITEMS + "".join(item_row(sku) for sku in skus))
    seen: list[str] = []
    after = None
    while len(seen) < 20:
        query = {"limit": 3} | ({"after": after} if after else {})
        page = (await browser.get(browser.at("/administration/catalog/items"), params=query)).json()
        assert page["count"] == 7
        seen += [row["sku"] for row in page["rows"]]
        after = page["next"]
        if after is None:
            break
    assert seen == skus


async def test_a_running_import_can_be_cancelled_and_an_ended_one_cannot(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    at = (await _hand_in(browser, ITEMS + item_row("4420"))).headers["location"]
    cancelled = await browser.delete(at)
    assert (cancelled.status_code, cancelled.json()["cancel_requested"]) == (202, True)
    await run_worker()
    assert (await browser.get(at)).json()["state"] == "cancelled"
    again = await browser.delete(at)
    assert (again.status_code, again.json()["code"]) == (409, "already_finished")
    kinds = [
        row[0] for row in await rows(person.organization_id, "select kind from journal_entries where log = 'audit'")
    ]
    assert "operation.cancel_requested" in kinds


async def test_an_analyst_reads_and_hands_in_nothing(desk: tuple[Browser, Person], app: Any) -> None:
    browser, person = desk
    answer = await _hand_in(browser, ITEMS + item_row("4420"))
    organization = (person.organization_id, person.slug)
    async with open_browser(app, await make_person(organization=organization, role="analyst")) as analyst:
        refused = await _hand_in(analyst, ITEMS + item_row("4420"))
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")
        assert (await analyst.delete(answer.headers["location"])).status_code == 403
        assert (await analyst.get(answer.headers["location"])).status_code == 200
        assert len((await analyst.get(analyst.at(IMPORTS))).json()["rows"]) == 1


async def test_another_organizations_files_and_jobs_do_not_exist(desk: tuple[Browser, Person], app: Any) -> None:
    browser, _ = desk
    answer = await _hand_in(browser, ITEMS + item_row("BAD", case_pack=""))
    await run_worker()
    ours, operation = answer.json()["import"]["id"], answer.json()["operation"]["id"]
    async with open_browser(app, await make_person()) as stranger:
        paths = (
            f"{IMPORTS}/{ours}",
            f"{IMPORTS}/{ours}/errors",
            f"{IMPORTS}/{ours}/errors.csv",
            f"/operations/{operation}",
        )
        for path in paths:
            foreign, missing = (
                await stranger.get(stranger.at(path)),
                await stranger.get(stranger.at(path.replace(ours, str(uuid4())).replace(operation, str(uuid4())))),
            )
            assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
            assert foreign.json()["detail"] == missing.json()["detail"]
        assert (await stranger.delete(stranger.at(f"/operations/{operation}"))).status_code == 404
        assert (await stranger.get(stranger.at(IMPORTS))).json() == {"rows": []}
        listed = (await stranger.get(stranger.at("/administration/catalog/items"))).json()
        assert (listed["rows"], listed["count"]) == ([], 0)


async def test_a_file_from_another_site_is_refused(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    for headers in ({"X-CSRF-Token": "wrong"}, {"Origin": "https://evil.example"}):
        answer = await browser.post(
            browser.at(IMPORTS),
            params={"kind": "items", "file_name": "items.csv"},
            content=ITEMS.encode(),
            headers=headers,
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")
    assert await rows(person.organization_id, "select 1 from catalog_imports") == []


async def test_templates_are_read_back_without_a_fault(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    bundle = item_row("SET", asin="B0C4LM3B09", marketplaces="FR")
    await load(person.organization_id, "items", ITEMS + bundle)
    for kind in ("items", "units", "stock", "components", "costs"):
        answer = await browser.get(browser.at(f"/administration/catalog/templates/{kind}"))
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        found, operation = await load(person.organization_id, kind, answer.content)
        faults = await rows(person.organization_id, "select code, column_name, received from catalog_import_errors")
        assert (operation.state, found.loaded, found.rejected, faults) == ("done", 1, 0, []), kind


async def test_a_bundle_shows_its_parts_and_landed_cost_is_for_those_who_read_finance(
    desk: tuple[Browser, Person], app: Any
) -> None:
    browser, person = desk
    head = "sku,title,marketplaces,case_pack,landed_cost,landed_cost_currency,safety_stock\n"
    await load(person.organization_id, "items", head + "A,Balm,DE,1,2.10,EUR,4\nB,Serum,DE,1,,,0\nSET,Set,DE,1,,,0\n")
    await load(person.organization_id, "stock", STOCK + stock_row("A", 24) + stock_row("B", 12))
    await load(person.organization_id, "components", "sku,component_sku,quantity\nSET,A,2\nSET,B,1\n")
    await load(
        person.organization_id, "costs", "sku,marketplace,cost_price,currency,valid_from\nA,DE,6.20,EUR,2026-01-01\n"
    )
    rows_ = {row["sku"]: row for row in (await browser.get(browser.at("/administration/catalog/items"))).json()["rows"]}
    assert rows_["SET"]["components"] == [{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 1}]
    assert (rows_["SET"]["stock"]["on_hand"], rows_["SET"]["stock"]["free"]) == (12, 10)
    assert (rows_["A"]["costs"][0]["cost"], rows_["A"]["costs"][0]["country"]) == ("6.2000", "DE")
    assert (rows_["A"]["landed_cost"], rows_["A"]["landed_cost_currency"]) == ("2.1000", "EUR")
    manager = await make_person(role="supply_operator", organization=(person.organization_id, person.slug))
    async with open_browser(app, manager) as other:
        shown = (await other.get(other.at("/administration/catalog/items"), params={"q": "A"})).json()["rows"]
    assert {row["sku"]: row["landed_cost"] for row in shown}["A"] is None


async def test_a_product_is_untied_from_an_asin_by_who_may_change_the_catalogue(
    desk: tuple[Browser, Person], app: Any
) -> None:
    browser, person = desk
    await load(
        person.organization_id,
        "items",
        "sku,title,marketplaces,case_pack,asin\nA,Balm,DE,1,B0AAAAAAA1\nA,Balm,FR,1,B0AAAAAAA1\n",
    )

    async def links() -> list[Any]:
        (item,) = (await browser.get(browser.at("/administration/catalog/items"))).json()["rows"]
        return [
            (f"/administration/catalog/items/{item['id']}/links/{each['id']}", each["country"])
            for each in item["links"]
        ]

    german = next(path for path, country in await links() if country == "DE")
    reader = await make_person(role="analyst", organization=(person.organization_id, person.slug))
    async with open_browser(app, reader) as other:
        assert (await other.delete(other.at(german))).status_code == 403
    assert (await browser.delete(browser.at(german))).status_code == 204
    assert [country for _, country in await links()] == ["FR"]
    assert (await browser.delete(browser.at(german))).status_code == 404
    told = await rows(
        person.organization_id, "select payload ->> 'name' from journal_entries where kind = 'catalog.unlinked'"
    )
    assert told == [("B0AAAAAAA1",)]


async def test_a_parked_feed_is_let_through_or_left_out_by_a_person(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    await load(person.organization_id, "items", ITEMS + "".join(item_row(f"S{n}") for n in range(4)))
    await load(person.organization_id, "stock", STOCK + "".join(stock_row(f"S{n}", 5) for n in range(4)))
    refused = await browser.post(
        browser.at(IMPORTS), params={"kind": "items", "file_name": "x.csv", "mode": "full"}, content=b"sku\n"
    )
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "only_stock_is_full")
    found, _ = await load(person.organization_id, "stock", STOCK + stock_row("S1", 5), mode="full")
    shown = (await browser.get(browser.at(f"{IMPORTS}/{found.id}"))).json()
    assert (shown["state"], shown["parked"]["removed"], shown["parked"]["skus"]) == ("parked", 3, 4)
    gone = await browser.post(browser.at(f"{IMPORTS}/{found.id}/dismissal"))
    assert gone.status_code == 202
    await run_worker()
    assert (await browser.get(browser.at(f"{IMPORTS}/{found.id}"))).json()["state"] == "cancelled"
    again = await browser.post(browser.at(f"{IMPORTS}/{found.id}/approval"))
    assert (again.status_code, again.json()["code"]) == (409, "not_parked")
    assert _files(person) == []
