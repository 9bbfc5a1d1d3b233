"""Settings forms: made from the module's model, checked field by field, saved against the version that was read."""

import asyncio
from typing import Any, get_args

import pytest
from amazon.connection.connecting import (
    an_owner,
    another_organizations_browser,
    arrive,
    hire,
    kinds,
    oktee_app,
    owners_browser,
    rows,
)
from factories import Browser, Person
from oktee.kit.database import tenant_session
from oktee.modules.supply.settings import Group, SupplySettings, read_settings

__all__ = ["an_owner", "another_organizations_browser", "oktee_app", "owners_browser"]


async def _get(browser: Browser) -> dict[str, Any]:
    answer = await browser.get(browser.at("/administration/settings/supply"))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _put(browser: Browser, value: dict[str, Any], version: int) -> Any:
    return await browser.put(browser.at("/administration/settings/supply"), json={"value": value, "version": version})


async def test_the_form_is_the_modules_own_model(browser: Browser) -> None:
    found = await _get(browser)
    assert set(found["form"]["properties"]) == set(SupplySettings.model_fields)
    assert found["form"]["properties"]["transit_days"]["maximum"] == 30
    assert found["form"]["properties"]["mode"]["readOnly"]
    assert {each.get("group") for each in found["form"]["properties"].values()} == set(get_args(Group))
    assert found["form"]["properties"]["transit_days"]["unit"] == "days"
    assert (found["value"]["absorb_after_hours"], found["version"], found["updated_at"]) == (6, 1, None)


async def test_what_is_saved_counts_and_the_difference_is_on_record(browser: Browser, owner: Person) -> None:
    before = await _get(browser)
    answer = await _put(browser, before["value"] | {"transit_days": 7, "handling_days": 3}, 1)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["version"], answer.json()["updated_by"]) == (2, "Lea Martin")
    async with tenant_session(owner.organization_id) as session:
        settings, version = await read_settings(session)
    assert (settings.transit_days, settings.handling_days, version) == (7, 3, 2)
    (entry,) = await rows(owner.organization_id, "select * from journal_entries where kind = 'settings.changed'")
    assert entry.log == "audit"
    assert {"field": "transit_days", "was": 2, "now": 7} in entry.payload["changes"]
    assert len(entry.payload["changes"]) == 2


async def test_what_is_left_out_stays(browser: Browser, owner: Person) -> None:
    assert (await _put(browser, {"transit_days": 7}, 1)).status_code == 200
    answer = await _put(browser, {"collect_minutes": 0}, 2)
    value = answer.json()["value"]
    assert (value["transit_days"], value["collect_minutes"], value["handling_days"]) == (7, 0, 1)
    kept = await rows(
        owner.organization_id, "select * from journal_entries where kind = 'settings.changed' order by id"
    )
    assert [[each["field"] for each in entry.payload["changes"]] for entry in kept] == [
        ["transit_days"],
        ["collect_minutes"],
    ]


async def test_saving_over_somebody_elses_change_is_refused(browser: Browser) -> None:
    value = (await _get(browser))["value"]
    both = await asyncio.gather(
        _put(browser, value | {"transit_days": 7}, 1), _put(browser, value | {"transit_days": 8}, 1)
    )
    assert sorted(answer.status_code for answer in both) == [200, 409]
    late = await _put(browser, value | {"transit_days": 9}, 1)
    assert (late.status_code, late.json()["code"]) == (409, "settings_changed")
    assert (await _get(browser))["version"] == 2


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"transit_days": 91}, "/value/transit_days", "less_than_equal"),
        ({"handling_days": "much"}, "/value/handling_days", "int_parsing"),
        ({"invented": 1}, "/value/invented", "unknown_setting"),
        ({"mode": "at_once"}, "/value/mode", "read_only"),
        ({"automation_since": "2026-01-01T00:00:00Z"}, "/value/automation_since", "read_only"),
    ],
)
async def test_a_wrong_value_names_its_field_and_nothing_is_saved(
    browser: Browser, owner: Person, change: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await _put(browser, (await _get(browser))["value"] | change, 1)
    assert answer.status_code == 422, answer.text
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
    assert (await _get(browser))["version"] == 1
    assert await kinds(owner.organization_id, "settings.") == []


async def test_saving_what_is_there_changes_nothing(browser: Browser, owner: Person) -> None:
    answer = await _put(browser, (await _get(browser))["value"], 1)
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert await kinds(owner.organization_id, "settings.") == []


async def test_a_module_without_settings_and_one_that_is_not_there_look_alike(browser: Browser) -> None:
    answers = [
        await browser.get(browser.at(f"/administration/settings/{name}")) for name in ("administration", "nothing")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json()["detail"] for answer in answers}) == 1


async def test_settings_belong_to_their_organization_and_need_the_permission(
    oktee: Any, browser: Browser, stranger: Browser, owner: Person
) -> None:
    value = (await _get(browser))["value"]
    await _put(browser, value | {"transit_days": 7}, 1)
    assert (await _get(stranger))["value"]["transit_days"] == 2
    async with arrive(oktee, await hire((owner.organization_id, owner.slug), role="supply_manager")) as manager:
        answer = await _put(manager, value, 2)
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")
