"""docs/measures.yaml as the code reads it: what protects the data, and which tests keep it true."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import yaml

from oktee.modules.administration.privacy.inventory import find

ABOUT: Final = ("use", "access", "encryption", "integrity", "life", "watch")
"""What a measure is about, in the order of the page."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A technical or organisational measure. `title`, `text`: by language. `tests`: path::name of each that keeps it;
    `kept_by`: what people do for it, where no test can."""

    about: str
    title: dict[str, str]
    text: dict[str, str]
    tests: tuple[str, ...]
    kept_by: str | None


@cache
def measures() -> tuple[Measure, ...]:
    """All of them, by what they are about."""
    rows: list[dict[str, Any]] = yaml.safe_load(find("measures.yaml").read_text())["measures"]
    found = [
        Measure(
            row["about"],
            {"en": row["title"], "fr": row["title_fr"]},
            {"en": row["text"], "fr": row["text_fr"]},
            tuple(row["tests"]),
            row.get("kept_by"),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda measure: ABOUT.index(measure.about)))
