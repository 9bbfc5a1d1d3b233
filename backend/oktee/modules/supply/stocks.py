"""Stock of the catalogue as the pure rules take it: as one, and by warehouse with what each was promised of."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog import stock
from oktee.modules.supply.keeping_lines import Kept, held_by_kept_at
from oktee.modules.supply.promised import held_at, open_proposals_at
from oktee.modules.supply.rules.inputs import Inbound, StockSnapshot
from oktee.modules.supply.rules.ledger import sellable


def stock_of(balance: stock.Stock, promised: int) -> StockSnapshot:
    """A balance, and what open proposals take of it besides what it holds."""
    return StockSnapshot(
        on_hand=max(0, balance.on_hand),
        as_of=balance.as_of,
        source=balance.source,
        reserved=balance.reserved,
        quality_hold=balance.quality_hold,
        available=balance.available,
        inbound=tuple(Inbound(quantity, eta) for quantity, eta in balance.inbound),
        reserved_by_us=max(0, balance.committed + promised),
    )


async def read_placed(
    session: AsyncSession, places: Mapping[UUID, Mapping[str, stock.Stock]], *, ids: list[UUID], kept: Kept
) -> dict[UUID, dict[str, StockSnapshot]]:
    """Each item in each warehouse, without what others were promised there. `ids`: the orders that are decided."""
    promised = await open_proposals_at(session, sorted(places), leave_out=ids)
    promised.update(held_by_kept_at(kept))
    promised.subtract(await held_at(session, ids))
    return {item_id: placed(item_id, found, promised) for item_id, found in places.items()}


def placed(
    item_id: UUID, places: Mapping[str, stock.Stock], promised: Mapping[tuple[UUID, str], int]
) -> dict[str, StockSnapshot]:
    """What was promised before anybody said of which warehouse is taken off where there is room, in order of name."""
    found = {
        code: stock_of(balance, promised.get((item_id, code), 0))
        for code, balance in sorted(places.items())
        if code != stock.UNPLACED
    }
    nowhere = promised.get((item_id, stock.UNPLACED), 0)
    if stock.UNPLACED in places:
        nowhere += places[stock.UNPLACED].committed
    for last, (code, each) in enumerate(found.items(), start=1):
        if nowhere <= 0:
            break
        room = max(0, sellable(each) - each.reserved_by_us)
        taken = nowhere if last == len(found) else min(nowhere, room)
        found[code] = _promising(each, taken)
        nowhere -= taken
    return found


def _promising(each: StockSnapshot, more: int) -> StockSnapshot:
    return replace(each, reserved_by_us=each.reserved_by_us + more)
