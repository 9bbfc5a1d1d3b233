"""The permission sheet as a PDF: a real document of the same sheet, in the reader's language, for who may read it."""

from typing import Any

from amazon.connection.connecting import Amazon, an_owner, arrive, hire, oktee_app, owners_browser, simulated_amazon
from factories import Browser, Person
from oktee.kit.database import global_session
from oktee.modules.administration.permission_pdf import FRENCH, NEVER, WORDS
from oktee.modules.administration.permissions import NEVER as SHEET_NEVER
from oktee.modules.supply.module import SUPPLY
from sqlalchemy import text

__all__ = ["an_owner", "oktee_app", "owners_browser", "simulated_amazon"]


async def _download(browser: Browser) -> Any:
    return await browser.get(browser.at("/administration/permissions.pdf"))


async def test_the_sheet_downloads_as_a_pdf(amazon: Amazon, browser: Browser) -> None:
    answer = await _download(browser)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"%PDF-")
    assert len(answer.content) > 5_000


async def test_french_readers_get_it_in_french(amazon: Amazon, browser: Browser, owner: Person) -> None:
    english = (await _download(browser)).content
    async with global_session() as session:
        await session.execute(text("update users set locale = 'fr' where id = :id"), {"id": owner.id})
    assert (await _download(browser)).content != english


async def test_who_may_not_read_connections_gets_none(
    oktee: Any, amazon: Amazon, browser: Browser, owner: Person
) -> None:
    async with arrive(oktee, await hire((owner.organization_id, owner.slug), role="no_such_role")) as nobody:
        assert (await _download(nobody)).status_code == 403


def test_every_word_exists_in_both_languages() -> None:
    assert set(WORDS["en"]) == set(WORDS["fr"])
    assert set(NEVER["en"]) == set(NEVER["fr"]) == set(SHEET_NEVER)
    assert set(FRENCH) == {need.operation for need in SUPPLY.operations}
