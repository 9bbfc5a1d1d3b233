"""100,000 orders as the mirror and the decide job write them: some hundreds are made in earnest, the others are copies."""

import asyncpg

from bench.house import House, Vendor, pages
from bench.orders import decide, store

REAL, LINES, COPIES = 500, 5, 199
STATUSES = "array['confirmed','closed','confirmed','received','partly_confirmed','to_confirm','rejected','closed']"
# Columns that a copy has of its own: ids by a hash of the old one and the copy's number, so that references agree.
OWN = {
    "purchase_orders": {
        "id": "{id}",
        "po_number": "upper('C' || lpad(to_hex(n), 2, '0') || right(po_number, 5))",
        "ordered_at": "ordered_at - n * interval '9 hours'",
        "first_seen_at": "first_seen_at - n * interval '9 hours'",
        "window_start": "window_start - n * interval '9 hours'",
        "window_end": "window_end - n * interval '9 hours'",
        "value": "value + n",
        "revision": "case when n % 25 = 0 then 2 else 1 end",
    },
    "purchase_order_lines": {"id": "{id}", "purchase_order_id": "{purchase_order_id}"},
    "decisions": {"id": "{id}", "purchase_order_id": "{purchase_order_id}"},
    "order_states": {
        "purchase_order_id": "{purchase_order_id}",
        "decision_id": "{decision_id}",
        "deadline_at": "deadline_at - n * interval '9 hours'",
        "status": f"case when n < 3 then status else ({STATUSES})[1 + n % 8] end",
    },
}

EXCEPTIONS = """insert into exceptions (organization_id, id, cause, key, purchase_order_id, sequence, connection_id, evidence,
      severity, owner_role, due_at, state, until_change, resolution, resolved_at, marketplace_id, vendor_code, brands, opened_at)
    select o.organization_id, md5('e' || o.id)::uuid, (array['cost_differs', 'stock_old', 'case_pack', 'window'])[1 + n % 4],
      o.id || '/1', o.id, '1', o.connection_id,
      '{"message": "supply.price.differs", "outcome": "holds", "values": {"agreed": {"v": "6.20"}, "asked": {"v": "6.10"}}}',
      'warning', 'supply_manager', s.deadline_at, case when s.status = 'to_confirm' then 'open' else 'resolved' end, false,
      case when s.status <> 'to_confirm' then 'by_itself' end,
      case when s.status <> 'to_confirm' then s.deadline_at - interval '1 hour' end,
      o.marketplace_id, o.vendor_code, o.brands, o.first_seen_at
    from (select *, row_number() over (order by id) as n from purchase_orders) o
    join order_states s on s.organization_id = o.organization_id and s.purchase_order_id = o.id
    where s.status in ('to_confirm', 'confirmed', 'received')"""
"""One line of each order that waits stops it; of others it did."""


async def fill(house: House, vendor: Vendor) -> int:
    """So many orders are there afterwards."""
    for page in pages(vendor, first=0, count=REAL, lines=LINES):
        await store(vendor, [page])
    await decide(vendor)
    superuser = await asyncpg.connect(house.superuser)
    await superuser.execute("set session_replication_role = replica")  # copies of rows whose references were checked
    for table, own in OWN.items():
        columns = await superuser.fetch(
            "select attname as name from pg_attribute where attrelid = $1::text::regclass and attnum > 0 "
            "and not attisdropped and attgenerated = '' order by attnum",
            table,
        )
        names = [row["name"] for row in columns]
        ids = {name: f"md5({name}::text || n)::uuid" for name in ("id", "purchase_order_id", "decision_id")}
        values = [own[name].format(**ids) if name in own else name for name in names]
        await superuser.execute(
            f"insert into {table} ({', '.join(names)}) select {', '.join(values)} "
            f"from {table}, generate_series(1, {COPIES}) as n"
        )
        await superuser.execute(f"vacuum analyze {table}")
    await superuser.execute(EXCEPTIONS)
    await superuser.execute("vacuum analyze exceptions")
    await superuser.close()
    return REAL * (COPIES + 1)
