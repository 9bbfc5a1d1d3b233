"""The screen of logistics rules: rows are added, changed, removed and given back; each act is noted; nobody else's."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from catalog.loading import load, rows
from factories import Browser, Person, make_person, open_browser

AT = "/administration/logistics"
LYON = {"code": "LYON", "time_zone": "Europe/Paris", "working_days": "mon-fri", "cut_off": "14:30"}


@pytest.fixture
async def desk(db: Any, app: Any) -> AsyncIterator[tuple[Browser, Person]]:
    """An owner's browser; another organization has a warehouse of the same code."""
    person, stranger = await make_person(), await make_person()
    await load(stranger.organization_id, "warehouses", "code,time_zone\nLYON,Europe/Berlin\n")
    async with open_browser(app, person) as browser:
        yield browser, person


async def _add(browser: Browser, kind: str, **values: str) -> Any:
    return await browser.post(browser.at(f"{AT}/{kind}"), json={"values": values})


def _faults(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422
    return sorted((each["pointer"], each["code"]) for each in answer.json()["errors"])


async def test_a_row_is_added_changed_and_removed_and_every_act_is_noted(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    made = await _add(browser, "warehouses", **LYON)
    assert made.status_code == 201
    row = made.json()
    assert row["values"] == row["values"] | LYON | {"working_days": "mon tue wed thu fri"}
    assert (row["label"], row["values"]["working_days"], row["from_file"]) == ("LYON", "mon tue wed thu fri", False)
    listed = (await browser.get(browser.at(f"{AT}/warehouses"))).json()
    assert ([each["label"] for each in listed["rows"]], listed["count"], listed["kinds"]["warehouses"]) == (
        ["LYON"],
        1,
        1,
    )
    assert (await browser.get(browser.at(f"{AT}/warehouses"), params={"q": "berlin"})).json()["rows"] == []
    at = browser.at(f"{AT}/warehouses/{row['id']}")
    changed = await browser.put(at, json={"values": LYON | {"cut_off": "11:00"}})
    assert changed.json()["values"]["cut_off"] == "11:00"
    await browser.put(at, json={"values": LYON | {"cut_off": "11:00"}})
    assert (await browser.delete(at)).status_code == 204
    assert (await browser.delete(at)).status_code == 404
    entries = await rows(
        person.organization_id,
        "select kind, log, object_label, payload from journal_entries where kind like 'logistics.%' order by at, id",
    )
    assert [(kind, log, label) for kind, log, label, _ in entries] == [
        (f"logistics.{act}", "audit", "LYON") for act in ("added", "changed", "removed")
    ]
    assert entries[1][3] == {"kind": "warehouses", "before": {"cut_off": "14:30"}, "after": {"cut_off": "11:00"}}


async def test_what_is_wrong_is_said_by_field(desk: tuple[Browser, Person]) -> None:
    browser, _ = desk
    wrong = await _add(browser, "warehouses", code="", time_zone="Mars/Base", capacity="12")
    assert _faults(wrong) == [
        ("/values/capacity_unit", "unit_required"), ("/values/code", "required"), ("/values/time_zone", "unknown_time_zone"),
    ]  # fmt: skip
    assert _faults(await _add(browser, "transit_times", origin="LYON", days="2")) == [
        ("/values/origin", "unknown_warehouse")  # the other organization's
    ]
    made = (await _add(browser, "warehouses", **LYON)).json()
    assert _faults(await _add(browser, "warehouses", **LYON)) == [("/values/code", "already_there")]
    renamed = await browser.put(browser.at(f"{AT}/warehouses/{made['id']}"), json={"values": LYON | {"code": "PARIS"}})
    assert _faults(renamed) == [("/values/code", "fixed")]


async def test_what_others_name_stays(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    warehouse = (await _add(browser, "warehouses", **LYON)).json()
    await _add(browser, "transit_times", origin="LYON", country="FR", days="2")
    terms = (await _add(browser, "vendor_terms", vendor_code="LUMF1", warehouse="LYON")).json()
    refused = await browser.delete(browser.at(f"{AT}/warehouses/{warehouse['id']}"))
    assert (refused.status_code, refused.json()["code"]) == (409, "still_named")
    await browser.delete(browser.at(f"{AT}/vendor_terms/{terms['id']}"))
    assert (await browser.delete(browser.at(f"{AT}/warehouses/{warehouse['id']}"))).status_code == 204
    assert await rows(person.organization_id, "select 1 from transit_times") == []


async def test_a_page_ends_and_the_next_one_goes_on(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    await load(person.organization_id, "calendars", "name\nFrance\n")
    days = "".join(f"France,2027-01-{day:02d}\n" for day in range(1, 8))
    await load(person.organization_id, "closures", "calendar,first_day\n" + days)
    first = (await browser.get(browser.at(f"{AT}/closures"), params={"limit": 4})).json()
    second = (await browser.get(browser.at(f"{AT}/closures"), params={"limit": 4, "after": first["next"]})).json()
    assert [len(each["rows"]) for each in (first, second)] == [4, 3]
    assert second["next"] is None
    assert second["rows"][0]["values"]["first_day"] == "2027-01-05"
    assert (first["count"], first["rows"][0]["from_file"]) == (7, True)


async def test_the_file_that_comes_down_can_be_handed_in_again(desk: tuple[Browser, Person]) -> None:
    browser, person = desk
    await _add(browser, "warehouses", **LYON, name="=Lyon")
    file = await browser.get(browser.at(f"{AT}/warehouses/file"))
    assert file.headers["content-type"].startswith("text/csv")
    assert "'=Lyon" in file.text
    clean = file.text.replace("'=Lyon", "=Lyon")
    done, _ = await load(person.organization_id, "warehouses", clean)
    assert (done.loaded, done.unchanged, done.rejected) == (0, 1, 0)
