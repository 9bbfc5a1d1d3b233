"""What a page of order lines may mean: by vendor SKU, GTIN and ASIN, where each is valid, with the cost of that place."""

import re
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from catalog.loading import ITEMS, item_row, load
from factories import make_organization
from oktee.catalog import lookup
from oktee.catalog.lookup import CatalogItem, LineKey, find_candidates
from oktee.catalog.matching import Ambiguous, Candidates, Matched, Unmapped, match
from oktee.kit.database import tenant_session
from sqlalchemy import event, text

DE, FR = "A1PA6795UKMFR9", "A13V1IB3VIYZZH"


async def _find(organization: UUID, *keys: LineKey) -> list[Candidates[CatalogItem]]:
    async with tenant_session(organization) as session:
        return await find_candidates(session, keys)


def _skus(hits: tuple[CatalogItem, ...]) -> list[str]:
    return [hit.sku for hit in hits]


async def test_a_page_is_looked_up_in_one_statement_and_only_in_its_own_catalogue(db: Any) -> None:
    organization, _ = await make_organization()
    other, _ = await make_organization()
    row = item_row("4420", asin="B0C4LM3B02", gtin="4006381333931")
    await load(organization, "items", ITEMS + row)
    await load(other, "items", ITEMS + row)
    keys = [
        LineKey(DE, "LUMD1", "4420", None),
        LineKey(DE, "LUMD1", "4006381333931", "B0C4LM3B02"),
        LineKey(FR, "LUMF1", None, "B0C4LM3B02"),
        LineKey(DE, "LUMD1", "nothing", "B000000000"),
    ]
    async with tenant_session(organization) as session:
        connection = (await session.connection()).sync_connection
        assert connection is not None
        statements: list[str] = []
        event.listen(connection, "before_cursor_execute", lambda *given: statements.append(given[2]))
        found = await find_candidates(session, keys)
    assert len(statements) == 1
    assert _skus(found[0].by_vendor_sku) == ["4420"]
    assert (_skus(found[1].by_gtin), _skus(found[1].by_asin)) == (["4420"], ["4420"])
    assert found[2] == Candidates()
    assert found[3] == Candidates()
    ours = found[0].by_vendor_sku[0]
    assert (ours.cost_price, ours.currency, ours.case_pack, ours.sellable) == (Decimal("6.2"), "EUR", 12, True)
    (theirs,) = await _find(other, keys[0])
    assert theirs.by_vendor_sku[0].item_id != ours.item_id


async def test_no_lines_need_no_statement(db: Any) -> None:
    organization, _ = await make_organization()
    assert await _find(organization) == []


async def test_a_vendor_sku_counts_for_its_vendor_code_and_its_marketplace(db: Any) -> None:
    organization, _ = await make_organization()
    await load(
        organization,
        "items",
        ITEMS
        + item_row("A", vendor_sku="V-1", vendor_code="LUMD1")
        + item_row("B", vendor_sku="V-1", vendor_code="LUMD2")
        + item_row("C", vendor_sku="V-1", marketplaces="FR"),
    )
    found = await _find(
        organization,
        LineKey(DE, "LUMD1", "V-1", None),
        LineKey(DE, "LUMD2", "V-1", None),
        LineKey(FR, "LUMF1", "V-1", None),
        LineKey(DE, "LUMD3", "V-1", None),
    )
    assert [_skus(one.by_vendor_sku) for one in found] == [["A"], ["B"], ["C"], []]


async def test_the_cost_is_that_of_the_lines_place_and_name(db: Any) -> None:
    organization, _ = await make_organization()
    await load(
        organization,
        "items",
        ITEMS
        + item_row("A", asin="B0C4LM3B02", cost_price="6.20")
        + item_row("A", asin="B0C4LM3B02", cost_price="5.90", vendor_code="LUMD2")
        + item_row("A", asin="B0TWOPACK1", cost_price="12.00"),
    )
    found = await _find(
        organization,
        LineKey(DE, "LUMD1", "A", "B0C4LM3B02"),
        LineKey(DE, "LUMD2", "A", "B0C4LM3B02"),
        LineKey(DE, "LUMD1", "A", "B0TWOPACK1"),
        LineKey(FR, "LUMF1", "A", None),
    )
    costs = [(one.by_vendor_sku[0].cost_price, one.by_vendor_sku[0].sellable) for one in found]
    assert costs == [(Decimal("6.2"), True), (Decimal("5.9"), True), (Decimal("12"), True), (None, False)]


async def test_two_items_under_one_identifier_are_never_guessed(db: Any) -> None:
    organization, _ = await make_organization()
    await load(
        organization,
        "items",
        ITEMS
        + item_row("A", gtin="4006381333931")
        + item_row("B", gtin="4006381333931")
        + item_row("C", asin="B0C4LM3B02"),
    )
    both, conflict, one, none = await _find(
        organization,
        LineKey(DE, "LUMD1", "4006381333931", None),
        LineKey(DE, "LUMD1", "A", "B0C4LM3B02"),
        LineKey(DE, "LUMD1", "C", "B0C4LM3B02"),
        LineKey(DE, "LUMD1", "Z", None),
    )
    assert isinstance(match(both), Ambiguous)
    assert isinstance(match(conflict), Ambiguous)
    assert isinstance(match(one), Matched)
    assert isinstance(match(none), Unmapped)


@pytest.mark.parametrize("statistics", ["none", "old"])
async def test_a_page_reads_no_whole_table_whatever_postgres_knows(db: Any, statistics: str) -> None:
    organization, _ = await make_organization()
    if statistics == "old":  # taken when no item had a vendor SKU or an ASIN
        await load(organization, "items", ITEMS + "".join(item_row(f"OLD{n}") for n in range(200)))
        owner = await asyncpg.connect(db.owner_dsn)
        await owner.execute("analyze items, item_links")
        await owner.close()
    many = (item_row(f"S{n}", vendor_sku=f"V{n}", asin=f"B0{n:08}", marketplaces="DE FR") for n in range(3_000))
    await load(organization, "items", ITEMS + "".join(many))
    values = {
        "n": [0, 1], "mp": [DE, FR], "vc": ["LUMD1", "LUMF1"], "sku": ["V1", "V2"], "gtin": [None, None],
        "asin": ["B000000001", "B000000002"], "day": [date(2026, 11, 23)] * 2, "today": date(2026, 11, 23),
    }  # fmt: skip
    async with tenant_session(organization) as session:
        plan = "\n".join((await session.execute(text(f"explain {lookup._FIND.text}"), values)).scalars())
    read = set(re.findall(r"(?:Scan using|Bitmap Index Scan on) (\w+)", plan))
    assert read == {
        "ix_item_links_vendor_sku",
        "uq_items_sku",
        "ix_items_gtin",
        "ix_item_links_asin",
        "pk_items",
        "uq_item_links_place",
        "uq_item_costs_since",
    }
    assert "Seq Scan" not in plan


DATED = ITEMS.rstrip("\n") + ",status_valid_from\n"


@pytest.mark.parametrize(
    ("before", "status", "holds"),
    [
        ("blocked", "active", "blocked"),
        ("draft", "active", "draft"),
        ("blocked", "discontinued", "blocked"),
        ("active", "discontinued", "active"),
        (None, "active", "draft"),
        (None, "discontinued", "active"),
    ],
)
async def test_until_its_day_the_status_before_holds(db: Any, before: str | None, status: str, holds: str) -> None:
    organization, _ = await make_organization()
    if before is not None:
        await load(organization, "items", ITEMS + item_row("4420", status=before))
    await load(organization, "items", DATED + item_row("4420", status=status, status_valid_from="2999-01-01"))
    key = LineKey(DE, "LUMD1", "4420", None)
    assert (await _status(organization, key), await _status(organization, key, date(2999, 1, 1))) == (holds, status)
    # Another file that says neither changes neither; the same said again neither.
    title = "sku,title,marketplaces,case_pack\n4420,Another title,DE,12\n"
    await load(organization, "items", title)
    await load(organization, "items", DATED + item_row("4420", status=status, status_valid_from="2999-02-01"))
    assert (await _status(organization, key), await _status(organization, key, date(2999, 2, 1))) == (holds, status)
    # A status that is said without a day holds at once.
    await load(organization, "items", ITEMS + item_row("4420", status="phase_out"))
    assert await _status(organization, key) == "phase_out"


async def _status(organization: UUID, key: LineKey, today: date | None = None) -> str:
    async with tenant_session(organization) as session:
        (found,) = await find_candidates(session, [key], today=today)
    return found.by_vendor_sku[0].status
