"""docs/data-inventory.yaml and docs/subprocessors.yaml as the code reads them: from the checkout, or from the wheel."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

import oktee

_PACKAGE: Final = Path(oktee.__file__).resolve().parent
FOLDERS: Final = (_PACKAGE / "docs", _PACKAGE.parent.parent / "docs")
QUIET: Final = frozenset({"key", "operational", "proof"})
"""Classes that say nothing of the customer by themselves."""
WEIGHT: Final = ("secret", "personal", "contact", "amazon", "customer")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its class and what it is for."""

    name: str
    kind: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the inventory declares it. `purpose`: by language."""

    name: str
    purpose: dict[str, str]
    module: str
    origin: str
    retention: str
    legal_basis: str
    location: str
    columns: tuple[Column, ...]

    def of(self, *kinds: str) -> tuple[str, ...]:
        """The columns of these classes."""
        return tuple(column.name for column in self.columns if column.kind in kinds)

    @property
    def category(self) -> str:
        """What it mainly holds: the class most of its speaking columns have; at a tie the more delicate one."""
        found = [column.kind for column in self.columns if column.kind not in QUIET]
        if not found:
            return "operational"
        return max(WEIGHT, key=lambda kind: (found.count(kind), -WEIGHT.index(kind)))


@dataclass(frozen=True, slots=True)
class Inventory:
    """The whole file."""

    tables: dict[str, Table]
    classes: dict[str, str]
    retentions: dict[str, str]
    legal_bases: dict[str, str]
    locations: dict[str, str]
    limits: dict[str, "Limit"]


@dataclass(frozen=True, slots=True)
class Limit:
    """After how many days rows of a class go, as it ships, and the least an organization may set."""

    days: int
    least: int


@dataclass(frozen=True, slots=True)
class SubProcessor:
    """One entry of docs/subprocessors.yaml."""

    name: str
    called: dict[str, str]
    """The name by language."""
    kind: str
    purpose: dict[str, str]
    data: dict[str, str]
    region: dict[str, str]
    hosts: tuple[str, ...]
    since: date


def language_of(locale: str) -> str:
    """The language of a reader's texts from these files: English where there are none in theirs."""
    return "fr" if locale.partition("-")[0] == "fr" else "en"


def find(name: str) -> Path:
    """A file of docs/. Raises RuntimeError when it was not packaged."""
    for folder in FOLDERS:
        if (folder / name).exists():
            return folder / name
    raise RuntimeError(f"docs/{name} is missing from this installation")


@cache
def inventory() -> Inventory:
    """The data inventory, read once."""
    quick = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # of libyaml: a third of a second becomes a thirtieth
    content: dict[str, Any] = yaml.load(find("data-inventory.yaml").read_text(), Loader=quick)  # noqa: S506 - a safe loader
    shared: dict[str, list[str]] = content["shared"]
    tables = {}
    for name, table in content["tables"].items():
        columns = {column: shared[column] for column in table["shared"]} | table["columns"]
        tables[name] = Table(
            name, {"en": table["purpose"], "fr": table["purpose_fr"]}, table["module"], table["origin"], table["retention"], table["legal_basis"],
            table.get("location", "database"),
            tuple(Column(column, kind, purpose) for column, (kind, purpose) in columns.items()),
        )  # fmt: skip
    limits = {name: Limit(row["days"], row["least"]) for name, row in content["limits"].items()}
    return Inventory(
        tables, content["classes"], content["retentions"], content["legal_bases"], content["locations"], limits
    )


@cache
def sub_processors() -> tuple[SubProcessor, ...]:
    """Who else touches customers' data."""
    rows: list[dict[str, Any]] = yaml.safe_load(find("subprocessors.yaml").read_text())["subprocessors"]
    return tuple(_sub_processor(row) for row in rows)


def _sub_processor(row: dict[str, Any]) -> SubProcessor:
    purpose, data, region = ({"en": row[word], "fr": row[f"{word}_fr"]} for word in ("purpose", "data", "region"))
    called = {"en": row["name"], "fr": row.get("name_fr", row["name"])}  # a firm's name is the same in every language
    return SubProcessor(row["name"], called, row["kind"], purpose, data, region, tuple(row["hosts"]), row["since"])


@cache
def notice_days() -> int:
    """How long before it takes effect a change of the sub-processors is announced."""
    return int(yaml.safe_load(find("subprocessors.yaml").read_text())["notice_days"])
