"""The public page Trust: made from the files of docs/, the same for everybody, of no customer."""

from typing import Any

import pytest
from factories import open_browser
from oktee.modules.administration.privacy.dpa import VERSION
from oktee.modules.administration.privacy.inventory import inventory, sub_processors
from oktee.modules.administration.privacy.measures import measures


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_whoever_has_no_account_reads_security_privacy_agreement_and_sub_processors(
    app: Any, language: str
) -> None:
    async with open_browser(app) as browser:
        answer = await browser.get("/api/v1/trust", params={"language": language})
    assert answer.status_code == 200
    found = answer.json()
    assert [row["title"] for row in found["measures"]] == [each.title[language] for each in measures()]
    assert {row["table"]: row["purpose"] for row in found["stored"]} == {
        name: table.purpose[language] for name, table in inventory().tables.items()
    }
    assert {row["retention"] for row in found["stored"]} <= found["retentions"].keys()
    assert {row["legal_basis"] for row in found["stored"]} <= found["legal_bases"].keys()
    assert [row["region"] for row in found["sub_processors"]] == [row.region[language] for row in sub_processors()]
    assert found["agreement_version"] == VERSION
    assert ("Objet" if language == "fr" else "Subject") in found["agreement"]


async def test_another_language_is_refused_by_its_field(app: Any) -> None:
    async with open_browser(app) as browser:
        answer = await browser.get("/api/v1/trust", params={"language": "xx"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/language")
