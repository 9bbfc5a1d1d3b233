"""docs/promises.yaml: no sentence of the customer's page is missing, and what is called kept is proven by tests that exist."""

import ast
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT: dict[str, list[dict[str, Any]]] = yaml.safe_load((ROOT / "docs" / "promises.yaml").read_text())
ROWS = [*DOCUMENT["promises"], *DOCUMENT["stack"]]
SEED = Path(os.environ.get("SEED_DIR", ROOT.parent / "shared" / "seed")) / "vendor-central.md"
ISSUES = {
    "The first purchase order",
    "Administration and trust",
    "Supply, whole",
    "All of Amazon's vendor data in",
    "The customer's side",
    "Procurement",
    "Finance",
    "Business",
    "Marketing",
}


def sentences(page: str) -> list[str]:
    """The page in parts: a cell of a table, or a sentence of a line. Rules between rows of a table are none."""
    found: list[str] = []
    for line in (line.strip() for line in page.splitlines()):
        if not line or re.fullmatch(r"\|[-| ]+\|", line):
            continue
        if line.startswith("|"):
            found += line.strip("|").split("|")
        else:
            found += re.split(r"(?<=[.?!])\s+(?=[A-Z])", line.removeprefix("- "))
    return [part.strip() for part in found if part.strip()]


def functions_of(path: Path) -> set[str]:
    """The test functions of a file, those of its classes too."""
    tree = ast.parse(path.read_text())
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def test_a_page_is_read_in_sentences_and_cells() -> None:
    page = "Head\n- One thing; another.\nFirst. Second!\n\n| A | B c. D |\n|---|---|\n"
    assert sentences(page) == ["Head", "One thing; another.", "First.", "Second!", "A", "B c. D"]


if SEED.is_file():  # the page itself is not part of this repository

    def test_every_sentence_and_cell_of_the_page_is_a_row_in_its_order() -> None:
        assert [row["text"] for row in DOCUMENT["promises"]] == sentences(SEED.read_text())


def test_the_rows_are_as_many_as_the_page_has_parts_and_each_has_a_name_of_its_own() -> None:
    assert len(DOCUMENT["promises"]) == 86
    assert len({row["id"] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_a_row_is_open_kept_or_says_why_not(row: dict[str, Any]) -> None:
    if row["state"] == "cannot":
        assert set(row) == {"id", "text", "state", "because"}
        assert row["because"].endswith(".")
        return
    assert row["issue"] in ISSUES
    assert row["screen"]
    if row["state"] == "open":
        assert set(row) == {"id", "text", "state", "issue", "screen"}
        return
    assert row["state"] == "kept"
    assert set(row) == {"id", "text", "state", "issue", "screen", "tests", "docs"}
    assert row["tests"], "a kept promise names its tests"
    for test in row["tests"]:
        path, _, name = test.partition("::")
        assert (ROOT / path).is_file(), f"{test} does not exist"
        assert name in functions_of(ROOT / path), f"{test} does not exist"
    assert (ROOT / "docs" / row["docs"]).is_file()
