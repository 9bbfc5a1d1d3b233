"""The pages about privacy are those that the inventory and the list of sub-processors make (trust/SECURITY 2)."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from oktee.modules.administration.privacy.dpa import LANGUAGES, VERSION
from oktee.modules.administration.privacy.pages import pages

ROOT = Path(__file__).resolve().parent.parent.parent
SUBPROCESSORS: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "subprocessors.yaml").read_text())


@pytest.mark.parametrize("name", sorted(pages()))
def test_each_page_is_what_its_source_says(name: str) -> None:
    committed = (ROOT / "docs" / "security" / name).read_text()
    assert committed == pages()[name], "run: .venv/bin/python -m oktee.cli privacy-pages"


def test_every_sub_processor_is_whole_in_both_languages() -> None:
    for row in SUBPROCESSORS["subprocessors"]:
        words = {f"{word}{language}" for word in ("purpose", "data", "region") for language in ("", "_fr")}
        assert set(row) - {"name_fr"} == {"name", "kind", "hosts", "since"} | words, row["name"]
        assert all(row[word] for word in words)


def test_the_agreement_is_there_in_every_language_with_the_same_sections() -> None:
    sections = set()
    for language in LANGUAGES:
        text = (ROOT / "docs" / "dpa" / f"{VERSION}.{language}.md").read_text()
        assert VERSION in text
        sections.add(text.count("\n## "))
    assert len(sections) == 1


def test_a_wheel_holds_what_the_code_reads() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert {"docs/data-inventory.yaml", "docs/subprocessors.yaml", "docs/measures.yaml", "docs/dpa"} <= included.keys()
    assert all((ROOT / source).exists() for source in included)
    assert "COPY docs/ docs/" in (ROOT / "docker" / "Dockerfile").read_text()
