"""Readers without a scope pay nothing for the scope policies: the plans are those of a database without them."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from conftest import Stack

ORDERS = 4000
CONNECTION = uuid4()
QUERIES = {
    "the list of orders": """select o.*, s.* from purchase_orders o join order_states s on s.purchase_order_id = o.id
        where s.status in ('to_confirm', 'held') order by s.deadline_at, o.po_number limit 50""",
    "its sums": """select o.currency, count(*), sum(o.units), sum(o.value) from purchase_orders o
        join order_states s on s.purchase_order_id = o.id group by o.currency""",
    "an order by number": f"select * from purchase_orders where connection_id = '{CONNECTION}' and po_number = 'PO000017'",
    "the lines of an order": f"""select * from purchase_order_lines where purchase_order_id =
        (select id from purchase_orders where connection_id = '{CONNECTION}' and po_number = 'PO000017') order by position""",
    "lines with their order": """select l.asin, sum(l.units) from purchase_order_lines l
        join purchase_orders o on o.id = l.purchase_order_id where o.ordered_at > now() - interval '3 days' group by 1""",
    "a page of items": "select * from items where sku > 'S000100' order by sku, id limit 50",
    "how many items": "select count(*) from items",
    "items by what Amazon calls them": """select i.* from items i join item_links k on k.item_id = i.id
        where k.marketplace_id = 'A1PA6795UKMFR9' and k.asin = any(array['B00000017', 'B00000018'])""",
    "the event log": "select * from journal_entries order by at desc, id desc limit 50",
    "the live stream": "select * from outbox where id > 100 order by id limit 500",
}
TABLES = (
    "purchase_orders", "order_states", "purchase_order_lines", "items", "item_links", "journal_entries", "outbox",
)  # fmt: skip
FILL = f"""
alter table purchase_orders drop constraint fk_purchase_orders_organization_id_connection_id;
insert into purchase_orders (id, connection_id, po_number, revision, content_hash, marketplace_id, vendor_code, brand,
    brands, state, import_order, ordered_at, currency, units, value, line_count, fetched_at, source_ref, sync_run_id)
  select gen_random_uuid(), '{CONNECTION}', 'PO' || lpad(n::text, 6, '0'), 1, '', 'A1PA6795UKMFR9', 'LUMD1', 'Aurea', '{{Aurea}}',
    'New', false, now() - n * interval '1 minute', 'EUR', n, n, 3, now(), 'x', gen_random_uuid()
  from generate_series(1, {ORDERS}) n;
insert into order_states (purchase_order_id, connection_id, revision, status, deadline_at, became_available_at, hold,
    undecided_lines, proposed, marketplace_id, vendor_code, brands)
  select id, connection_id, 1, case when units % 20 = 0 then 'to_confirm' else 'confirmed' end, ordered_at, ordered_at,
    '[]', 0, false, marketplace_id, vendor_code, brands from purchase_orders;
insert into purchase_order_lines (id, purchase_order_id, sequence, position, asin, amount, unit_of_measure, unit_size,
    units, backorder_allowed, marketplace_id, vendor_code, brand)
  select gen_random_uuid(), o.id, n::text, n, 'B' || lpad(((o.units * n) % 500)::text, 8, '0'), 1, 'Eaches', 1, 1, true,
    o.marketplace_id, o.vendor_code, 'Aurea' from purchase_orders o, generate_series(1, 3) n;
insert into items (id, sku, title, brand, status, case_pack, safety_stock, content_hash, import_id, as_of, marketplaces,
    vendor_codes)
  select gen_random_uuid(), 'S' || lpad(n::text, 6, '0'), 't', 'Aurea', 'active', 1, 0, '', gen_random_uuid(), now(),
    '{{A1PA6795UKMFR9}}', '{{LUMD1}}' from generate_series(1, {ORDERS}) n;
insert into item_links (id, item_id, marketplace_id, vendor_code, asin, quantity, brand, import_id, as_of)
  select gen_random_uuid(), id, 'A1PA6795UKMFR9', 'LUMD1', 'B' || right(sku, 8), 1, brand, import_id, now() from items;
insert into journal_entries (at, id, log, kind, outcome, actor_type, actor_name, object_type, object_id, object_label,
    payload, marketplace_id, vendor_code, brand)
  select now() - n * interval '1 second', gen_random_uuid(), 'event', 'order.changed', 'ok', 'amazon', 'Amazon', 'order',
    n::text, 'x', '{{}}', 'A1PA6795UKMFR9', 'LUMD1', 'Aurea' from generate_series(1, {ORDERS}) n;
insert into outbox (topic, payload) select 'order.changed', jsonb_build_object('order_id', id) from purchase_orders;
"""


@pytest.fixture
async def filled(db: Stack) -> AsyncIterator[asyncpg.Connection]:
    """The owner, who is under row security too, in one organization of some thousand orders; nothing of it is kept."""
    connection = await asyncpg.connect(db.owner_dsn)
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f"select set_config('app.organization_id', '{uuid4()}', true)")
        await connection.execute("set local jit = off")
        await connection.execute(FILL)
        await connection.execute("analyze " + ", ".join(TABLES))
        yield connection
    finally:
        await transaction.rollback()
        await connection.close()


async def plan(connection: asyncpg.Connection, query: str, *, analyze: bool = False) -> dict[str, Any]:
    options = "format json" + (", analyze, timing off" if analyze else "")
    found: dict[str, Any] = json.loads(await connection.fetchval(f"explain ({options}) {query}"))[0]["Plan"]
    return found


def shape(node: dict[str, Any]) -> list[Any]:
    """What kind of step on what, with about how many rows; the subqueries of policies are asked once and left out."""
    below = [
        shape(child) for child in node.get("Plans", ()) if child["Parent Relationship"] not in ("InitPlan", "SubPlan")
    ]
    step = [node["Node Type"], node.get("Relation Name"), node.get("Index Name"), node.get("Join Type")]
    return [*step, below]


def nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(found for child in node.get("Plans", ()) for found in nodes(child))]


async def test_the_plans_of_a_reader_without_scope_are_those_without_the_policies(
    filled: asyncpg.Connection,
) -> None:
    with_policies = {name: await plan(filled, query) for name, query in QUERIES.items()}
    for table in TABLES:
        await filled.execute(f"drop policy scope on {table}")
    for name, query in QUERIES.items():
        without = await plan(filled, query)
        assert shape(with_policies[name]) == shape(without), name
        assert with_policies[name]["Plan Rows"] == pytest.approx(without["Plan Rows"], rel=0.05, abs=1), name


async def test_the_names_of_a_scope_are_never_asked_for_without_one(filled: asyncpg.Connection) -> None:
    for name, query in QUERIES.items():
        found = nodes(await plan(filled, query, analyze=True))
        asked = [node for node in found if node.get("Parent Relationship") in ("InitPlan", "SubPlan")]
        assert asked, name
        assert all(node["Actual Loops"] <= 1 for node in asked), name
        executed = [node for node in asked if node["Actual Loops"] == 1 and "scope_words" in json.dumps(node)]
        assert executed == [], name


async def test_a_reader_with_a_scope_reads_it_once_per_statement(filled: asyncpg.Connection) -> None:
    await filled.execute("""select set_config('app.scope', '{"brands": ["Aurea"], "vendor_codes": ["LUMD1"]}', true)""")
    for name in ("the list of orders", "its sums", "how many items", "the event log"):
        found = nodes(await plan(filled, QUERIES[name], analyze=True))
        assert all(node["Actual Loops"] <= 1 for node in found if node.get("Parent Relationship") == "InitPlan"), name
        assert found[0]["Actual Rows"] > 0, name
