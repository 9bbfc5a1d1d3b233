"""What the public page Trust promises is kept by tests that exist, and the pages themselves ask nobody else for anything."""

import re
from pathlib import Path
from typing import Any

import pytest
from factories import open_browser
from house.test_promises import functions_of
from oktee.modules.administration.privacy.measures import ABOUT, Measure, measures

ROOT = Path(__file__).resolve().parent.parent.parent
NAMED = re.compile(r"""(?:src|href|url|import|fetch|EventSource|WebSocket)\W{0,3}['"(]\s*(?:https?:)?//([\w.-]+)""")


@pytest.mark.parametrize("measure", measures(), ids=lambda each: each.title["en"])
def test_each_measure_is_whole_in_both_languages_and_kept_by_tests(measure: Measure) -> None:
    assert measure.about in ABOUT
    assert all(measure.title[language] and measure.text[language] for language in ("en", "fr"))
    assert measure.tests
    for test in measure.tests:
        path, _, name = test.partition("::")
        assert name in functions_of(ROOT / path), f"{test} does not exist"


def test_no_source_of_a_page_names_a_host_to_load_from() -> None:
    sources = [ROOT / "frontend" / "index.html", *(ROOT / "frontend" / "public").rglob("*.*")]
    sources += [
        path
        for kind in ("ts", "tsx", "css")
        for path in (ROOT / "frontend" / "src").rglob(f"*.{kind}")
        if ".test." not in path.name and "testing" not in path.parts
    ]
    found = {
        (path.name, host)
        for path in sources
        if path.suffix in {".html", ".ts", ".tsx", ".css", ".svg", ".js", ".json"}
        for host in NAMED.findall(path.read_text())
    }
    assert {row for row in found if row[1] != "www.w3.org"} == set()


async def test_pages_load_and_report_nothing_elsewhere(app: Any) -> None:
    async with open_browser(app) as browser:
        policy = (await browser.get("/api/v1/trust")).headers["content-security-policy"]
    rules = {name: sources for name, *sources in (rule.split() for rule in policy.split(";"))}
    assert {"default-src", "script-src", "style-src", "font-src", "connect-src", "form-action"} <= rules.keys()
    for name in rules.keys() - {"img-src"}:
        assert all(re.fullmatch(r"'(self|none|nonce-[\w+/=-]+)'", source) for source in rules[name]), name
