"""Whether a reason can be read: its words exist in both languages, every value they name is there, and no raw id shows."""

import json
import re
from functools import cache
from typing import Any, Final

from bench.record import ROOT

RAW: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-|\{\{|\[object|undefined")
PLURALS: Final = ("", "_one", "_other", "_many")


def unreadable(step: dict[str, Any]) -> str | None:
    """What is wrong with it, None when nothing is."""
    for language in ("en", "fr"):
        words = _words(language, step["message"])
        if words is None:
            return f"{step['message']} has no words in {language}"
        for said in words:
            text = _filled(said, step)
            if RAW.search(text):
                return f"{step['message']} reads in {language}: {text}"
    return None


def _filled(said: str, step: dict[str, Any]) -> str:
    values = {name: _text(each) for name, each in (step.get("values") or {}).items()}
    return re.sub(r"\{\{\s*(\w+)[^}]*\}\}", lambda match: str(values.get(match[1], match[0])), said)


def _text(value: dict[str, Any]) -> str:
    return " ".join(str(part) for name, part in value.items() if name != "type")


def _words(language: str, message: str) -> list[str] | None:
    where: Any = _file(language)
    *path, last = message.split(".")
    for part in path:
        where = where.get(part) if isinstance(where, dict) else None
    if not isinstance(where, dict):
        return None
    found = [where[last + plural] for plural in PLURALS if isinstance(where.get(last + plural), str)]
    return found or None


@cache
def _file(language: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / f"frontend/src/locales/{language}/trace.json").read_text())
    return found
