"""What has to be taken from which shelf for the lines of an order: a pack or a bundle is the items it is made of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog.tables import Item
from oktee.modules.supply.line_answers import pieces_of
from oktee.modules.supply.tables import DecisionLine
from oktee.modules.supply.wire.lines import Pick


@dataclass(frozen=True, slots=True)
class Shelf:
    """An item as whoever picks it has to know it; pieces in a case."""

    sku: str
    title: str | None
    case_pack: int | None


async def shelves_of(session: AsyncSession, lines: Iterable[DecisionLine]) -> dict[UUID, Shelf]:
    """The items that these lines are picked from, by id: as the catalogue names them, else as the decision did."""
    found: dict[UUID, Shelf] = {}
    for line in lines:
        if line.item_id is not None and line.components is None and line.sku is not None:
            found[line.item_id] = Shelf(line.sku, line.title, line.case_pack)
        for part in line.components or ():
            found.setdefault(UUID(part["item_id"]), Shelf(part["sku"], None, None))
    if not found:
        return {}
    rows = await session.execute(
        select(Item.id, Item.sku, Item.title, Item.case_pack).where(Item.id.in_(sorted(found)))
    )
    return found | {item_id: Shelf(sku, title, case_pack) for item_id, sku, title, case_pack in rows}


def picks_of(line: DecisionLine | None, shelves: Mapping[UUID, Shelf]) -> list[Pick]:
    """One for each warehouse and shelf item, in pieces; none where nothing is taken or nobody knows the item."""
    if line is None or not line.taken:
        return []
    given = [(source["warehouse"], int(source["accepted"])) for source in line.sources or ()]
    return [
        Pick(
            warehouse=warehouse, sku=shelves[item_id].sku, title=shelves[item_id].title, units=pieces,
            case_pack=shelves[item_id].case_pack,
        )
        for warehouse, taken in given or [(line.warehouse, line.taken)]
        for item_id, pieces in pieces_of(line, taken).items()
        if pieces and item_id in shelves
    ]  # fmt: skip
