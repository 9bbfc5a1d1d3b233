"""Which warehouses serve which marketplace: the customer's own files, and an order that two warehouses fill together."""

from oktee.check.desk import Desk, Json
from oktee.check.order import import_file
from oktee.check.story import Failed, expect
from oktee.check.supply.goods import OTHER_WAREHOUSE, POOLED, WAREHOUSE, Goods, line_of, steps, value


def two_warehouses_and_their_pools(desk: Desk) -> None:
    """Logistics rules are data: handed in as files, read on a plain screen."""
    for kind in ("calendars", "warehouses", "stock_pools"):
        import_file(desk, kind)
    rows = desk.get("administration/logistics/stock_pools")["rows"]
    served = {row["values"]["marketplace"] for row in rows if row["values"]["warehouse"] == OTHER_WAREHOUSE}
    expect(served, f"no pool names {OTHER_WAREHOUSE}: {rows}")
    desk.story.step(f"{len(rows)} rows of pools: {WAREHOUSE} and {OTHER_WAREHOUSE} serve {', '.join(sorted(served))}")


def goods_from_two_warehouses(desk: Desk, goods: Goods, order: Json) -> None:
    """Neither warehouse has enough alone: the reason says how much comes from which."""
    line = line_of(order, goods.asin("POO"))
    expect(line["taken"] == sum(POOLED), f"{line['taken']} are taken of {POOLED}")
    found = steps(line).get("supply.pool.from")
    if found is None:
        raise Failed(f"the reason names no warehouse: {list(steps(line))}")
    sources = value(found, "sources")
    for warehouse, pieces in zip((WAREHOUSE, OTHER_WAREHOUSE), POOLED, strict=True):
        expect(f"{warehouse} {pieces}" in sources, f"the reason says {sources}")
    desk.story.step(f"{order['po_number']}: {line['taken']} pieces from {sources}")
