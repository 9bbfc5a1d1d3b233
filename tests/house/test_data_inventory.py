"""docs/data-inventory.yaml names every column that is stored, and nothing that is not (trust/SECURITY SEC-21)."""

from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml
from conftest import Stack
from oktee.kit.database import Base
from oktee.schema import load_tables

ROOT = Path(__file__).resolve().parent.parent.parent
INVENTORY: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "data-inventory.yaml").read_text())
TABLES: dict[str, dict[str, Any]] = INVENTORY["tables"]
WORK = {
    "organization_id", "kind", "key", "queue", "due_at", "lease_until", "again_at", "fence", "attempts", "parked_at",
    "last_error",
}  # fmt: skip
"""The one table without a class: its statements are in kit/work.py."""


def declared() -> set[str]:
    return {f"{name}.{column}" for name, table in TABLES.items() for column in [*table["shared"], *table["columns"]]}


def test_every_column_of_the_code_is_declared_and_no_other() -> None:
    load_tables()
    stored = {f"{table.name}.{column.name}" for table in Base.metadata.tables.values() for column in table.columns}
    stored |= {f"work.{column}" for column in WORK}
    assert sorted(stored - declared()) == [], "declare these in docs/data-inventory.yaml"
    assert sorted(declared() - stored) == [], "these are not stored any more"


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_declaration_is_whole(name: str) -> None:
    table = TABLES[name]
    whole = {"purpose", "purpose_fr", "module", "origin", "retention", "legal_basis", "shared", "columns"}
    assert set(table) - {"location"} == whole
    assert table.get("location", "database") in INVENTORY["locations"]
    assert table["purpose"].endswith(".")
    assert table["purpose_fr"].endswith(".")
    assert table["purpose_fr"] != table["purpose"], "write it in French"
    assert table["module"] in {"supply", "procurement", "finance", "business", "marketing", "administration"}
    assert table["origin"] in {"customer", "amazon", "oktee"}
    assert table["retention"] in INVENTORY["retentions"]
    assert table["legal_basis"] in INVENTORY["legal_bases"]
    assert set(table["shared"]) <= set(INVENTORY["shared"])
    assert not set(table["shared"]) & set(table["columns"])
    for column, (kind, purpose) in table["columns"].items():
        assert kind in INVENTORY["classes"], f"{name}.{column}"
        assert purpose.endswith("."), f"{name}.{column}"


def test_a_table_with_data_about_people_has_a_legal_basis() -> None:
    personal = {
        name
        for name, table in TABLES.items()
        if any(kind in {"personal", "contact"} for kind, _ in table["columns"].values())
    }
    assert {"users", "sessions", "journal_entries"} <= personal
    assert [name for name in sorted(personal) if TABLES[name]["legal_basis"] == "none"] == []


def test_what_is_called_a_secret_or_token_is_of_class_secret() -> None:
    words = ("secret_blob", "password", "token_hash", "access_blob", "wrapped", "blob", "key_hashes", "state_hash")
    for name, table in TABLES.items():
        for column, (kind, _) in table["columns"].items():
            if column.startswith(words):
                assert kind == "secret", f"{name}.{column}"


async def test_the_live_schema_holds_exactly_what_is_declared(db: Stack) -> None:
    connection = await asyncpg.connect(db.owner_dsn)
    try:
        found = await connection.fetch(
            "select c.relname || '.' || a.attname as name from pg_class c join pg_attribute a on a.attrelid = c.oid "
            "join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind in ('r', 'p') "
            "and not c.relispartition and a.attnum > 0 and not a.attisdropped and c.relname <> 'alembic_version'"
        )
    finally:
        await connection.close()
    live = {row["name"] for row in found}
    assert sorted(live - declared()) == []
    assert sorted(declared() - live) == []
