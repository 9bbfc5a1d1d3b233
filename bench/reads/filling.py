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
    await superuser.close()
    return REAL * (COPIES + 1)
