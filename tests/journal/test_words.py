"""What the audit log lists has words: every area of a kind and every type of object that the sources write."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCALES = ROOT / "frontend/src/locales"
OBJECT = re.compile(r"Subject\(\s*\"([a-z_]+)\"")


def _words(language: str, name: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((LOCALES / language / f"{name}.json").read_text())
    return found


def test_every_area_and_object_of_the_audit_log_has_words() -> None:
    written = {name for path in (ROOT / "backend/oktee").rglob("*.py") for name in OBJECT.findall(path.read_text())}
    assert {"user", "order", "api_key"} <= written
    for language in ("en", "fr"):
        audit = _words(language, "audit")
        areas = {name for name, words in _words(language, "events").items() if isinstance(words, dict)}
        assert areas - set(audit["area"]) == set(), language
        assert written - set(audit["thing"]) == set(), language
