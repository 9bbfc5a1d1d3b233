"""Stock per item over its warehouses, and what our answers hold of it: reserved under row locks, written once.

The ledger is append-only. Of one order line in one warehouse it says what was promised (all entries but `absorbed`) and
what the customer's own numbers know of by now (`absorbed`, negative); their sum is what the balance's `committed` holds.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import ARRAY, Select, Table, Uuid, any_, insert, literal, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog.tables import StockBalance, StockLedgerEntry
from oktee.kit import chaos
from oktee.kit.database import new_id, organization_of

UNPLACED = ""
"""The warehouse of what was promised of an item before any stock of it was known; it holds nothing but `committed`."""
LEFT_OUT = 1
"""`missing_feeds` of stock that the last full feed left out: unknown, until the next one confirms that there is none."""
ABSORBED = "absorbed"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NO_IMPORT = UUID(int=0)
_BALANCES = cast(Table, StockBalance.__table__)


@dataclass(frozen=True, slots=True)
class Stock:
    """Eaches of one item over all its warehouses.

    `as_of` is the oldest of the summed numbers; `committed` is what our open answers hold; `available` is given where the
    source gives one, or where a warehouse has less than nothing (which must not eat what another has), else None.
    """

    on_hand: int
    reserved: int
    quality_hold: int
    available: int | None
    inbound: tuple[tuple[int, date], ...]
    committed: int
    as_of: datetime
    source: str
    warehouses: int

    def free(self, *, safety_stock: int) -> int:
        """What can still be promised from the shelf."""
        whole = self.on_hand - self.reserved - self.quality_hold if self.available is None else self.available
        return max(0, whole - safety_stock - self.committed)


async def snapshot(session: AsyncSession, item_ids: Sequence[UUID], *, for_update: bool = False) -> dict[UUID, Stock]:
    """Stock by item; an item whose stock is not known is not in the answer: unknown is not zero.

    `for_update` locks the balances in the one order all lockers take (item, warehouse): what is decided from them then
    stays true until the commit.
    """
    if not item_ids:
        return {}
    return {
        item_id: _sum(found, placed)
        for item_id, found in (await _read_balances(session, item_ids, for_update=for_update)).items()
        if (placed := [row for row in found if row.warehouse != UNPLACED and row.missing_feeds != LEFT_OUT])
    }


async def by_place(
    session: AsyncSession, item_ids: Sequence[UUID], *, for_update: bool = False
) -> tuple[dict[UUID, Stock], dict[UUID, dict[str, Stock]]]:
    """The same, and of each item what each warehouse has; UNPLACED is among them where something is held of it."""
    if not item_ids:
        return {}, {}
    whole, places = {}, {}
    for item_id, found in (await _read_balances(session, item_ids, for_update=for_update)).items():
        placed = [row for row in found if row.warehouse != UNPLACED and row.missing_feeds != LEFT_OUT]
        if placed:
            whole[item_id] = _sum(found, placed)
            places[item_id] = {
                row.warehouse: _sum([row], [row]) for row in found if row in placed or row.warehouse == UNPLACED
            }
    return whole, places


async def _read_balances(
    session: AsyncSession, item_ids: Sequence[UUID], *, for_update: bool
) -> dict[UUID, list[StockBalance]]:
    """Rows that read as balances do: whoever looks at thousands of them needs no mapped object for each."""
    statement = _of_items(select(*_BALANCES.columns), item_ids)
    rows = await session.execute(statement.with_for_update() if for_update else statement)
    return _by_item(cast("Iterable[StockBalance]", rows.all()))


async def _lock_balances(session: AsyncSession, item_ids: Sequence[UUID]) -> dict[UUID, list[StockBalance]]:
    """To be changed; what this session read before the lock may be old."""
    statement = _of_items(select(StockBalance), item_ids).execution_options(populate_existing=True)
    return _by_item((await session.execute(statement.with_for_update())).scalars())


def _of_items(statement: Select[Any], item_ids: Sequence[UUID]) -> Select[Any]:
    return statement.where(StockBalance.item_id == any_(literal(list(item_ids), ARRAY(Uuid)))).order_by(
        StockBalance.item_id, StockBalance.warehouse
    )


def _by_item(rows: Iterable[StockBalance]) -> dict[UUID, list[StockBalance]]:
    found: dict[UUID, list[StockBalance]] = defaultdict(list)
    for row in rows:
        found[row.item_id].append(row)
    return found


def _sum(rows: list[StockBalance], placed: list[StockBalance]) -> Stock:
    plain = all(row.available is None and row.on_hand >= row.reserved + row.quality_hold for row in placed)
    arrivals = [(arrival["quantity"], date.fromisoformat(arrival["eta"])) for row in placed for arrival in row.inbound]
    arrivals.sort(key=lambda arrival: (arrival[1], arrival[0]))
    inbound = tuple(arrivals)
    if len(rows) == 1:  # most items lie in one place
        (row,) = rows
        return Stock(
            max(0, row.on_hand), row.reserved, row.quality_hold, None if plain else _usable(row), inbound, row.committed,
            row.as_of, row.warehouse, 1,
        )  # fmt: skip
    return Stock(
        on_hand=sum(max(0, row.on_hand) for row in placed),
        reserved=sum(row.reserved for row in placed),
        quality_hold=sum(row.quality_hold for row in placed),
        available=None if plain else sum(_usable(row) for row in placed),
        inbound=inbound,
        committed=sum(row.committed for row in rows),
        as_of=min(row.as_of for row in placed),
        source=", ".join(sorted(row.warehouse for row in placed)),
        warehouses=len(placed),
    )


def _usable(row: StockBalance) -> int:
    """Eaches of one warehouse that are there to be promised: the source's own figure wins over its parts (ERP 1.2)."""
    whole = row.on_hand - row.reserved - row.quality_hold if row.available is None else row.available
    return max(0, whole)


class Held(NamedTuple):
    """What one order line was promised from a warehouse, and how much of it the customer's numbers know of."""

    promised: int = 0
    absorbed: int = 0


class Change(NamedTuple):
    """What to write for one warehouse: to the promise, and to what was absorbed of it."""

    promised: int = 0
    absorbed: int = 0


_ITEMS = text("select distinct item_id from stock_ledger where organization_id = :org and purchase_order_id = :order")
_KNOWN = text(
    """select 1 from stock_ledger where organization_id = :org and source_type = :type and source_id = :source limit 1"""
)
_HELD = text(
    """select line, item_id, warehouse,
      coalesce(sum(quantity) filter (where source_type <> :absorbed), 0),
      -coalesce(sum(quantity) filter (where source_type = :absorbed), 0)
    from stock_ledger where organization_id = :org and purchase_order_id = :order group by line, item_id, warehouse"""
)

_PROMISED = text(
    """select purchase_order_id, line, item_id, coalesce(sum(quantity) filter (where source_type <> :absorbed), 0)
    from stock_ledger where organization_id = :org and purchase_order_id = any(cast(:orders as uuid[]))
    group by purchase_order_id, line, item_id"""
)


async def set_reservation(
    session: AsyncSession,
    *,
    purchase_order_id: UUID,
    source_type: str,
    source_id: str,
    lines: Mapping[str, Mapping[UUID, int]],
    placed: Mapping[str, Mapping[UUID, Mapping[str, int]]] | None = None,
) -> None:
    """Make what this order is promised exactly `lines` (line -> pieces of each item): deltas to the ledger and the balances.

    `placed`: of lines for which that was decided, the pieces that each warehouse gives of each item; of the others they are
    taken where there is room.

    The caller holds the order. The same lines, or the same source, again change nothing. What an order was promised and
    the customer's numbers already know of is not held a second time. A promise is always noted, also one beyond what is
    there (a person may know better): whoever decides does so on a snapshot taken with `for_update` in this transaction.
    """
    organization = organization_of(session)
    scope = {"org": organization, "order": purchase_order_id}
    source = {"org": organization, "type": source_type, "source": source_id}
    if (await session.execute(_KNOWN, source)).first() is not None:
        return
    wanted = {
        (line, item_id): quantity
        for line, pieces in lines.items()
        for item_id, quantity in pieces.items()
        if quantity > 0
    }
    before = set((await session.execute(_ITEMS, scope)).scalars())
    items = sorted(before.union(item_id for _, item_id in wanted))
    if not items:
        return
    await _make_room(session, sorted({item_id for _, item_id in wanted}))
    balances = await _lock_balances(session, items)
    held: dict[tuple[str, UUID], dict[str, Held]] = defaultdict(dict)
    for line, item_id, warehouse, promised, absorbed in (
        await session.execute(_HELD, scope | {"absorbed": ABSORBED})
    ).all():
        held[line, item_id][warehouse] = Held(int(promised), int(absorbed))
    entries = []
    for line, item_id in sorted({*held, *wanted}):
        places = {balance.warehouse: balance for balance in balances[item_id]}
        room = {name: max(0, _usable(place) - place.committed) for name, place in places.items()}
        exact = (placed or {}).get(line, {}).get(item_id)
        has, now = held.get((line, item_id), {}), wanted.get((line, item_id), 0)
        found = changes(has, now, room) if exact is None else exact_changes(has, now, exact, room)
        for warehouse, change in found.items():
            places[warehouse].committed += change.promised + change.absorbed
            common = {"item_id": item_id, "warehouse": warehouse, "line": line, "purchase_order_id": purchase_order_id}
            if change.promised:
                entries.append(
                    common
                    | {
                        "id": new_id(),
                        "quantity": change.promised,
                        "source_type": source_type,
                        "source_id": source_id,
                    }
                )
            if change.absorbed:
                by = f"{source_type}/{source_id}"
                entries.append(
                    common | {"id": new_id(), "quantity": change.absorbed, "source_type": ABSORBED, "source_id": by}
                )
    await session.flush()
    if entries:
        await session.execute(insert(StockLedgerEntry), entries)
        chaos.point("stock.reserved")


async def promised_to(session: AsyncSession, purchase_order_id: UUID) -> dict[tuple[str, UUID], int]:
    """Pieces that this order is promised, by line and item, whether the customer's numbers know of them or not."""
    return (await promised_to_all(session, [purchase_order_id]))[purchase_order_id]


async def promised_to_all(
    session: AsyncSession, purchase_order_ids: Iterable[UUID]
) -> dict[UUID, dict[tuple[str, UUID], int]]:
    """The same of many orders, in one statement."""
    found: dict[UUID, dict[tuple[str, UUID], int]] = {order_id: {} for order_id in purchase_order_ids}
    scope = {"org": organization_of(session), "orders": sorted(found), "absorbed": ABSORBED}
    for order_id, line, item_id, promised in (await session.execute(_PROMISED, scope)).all():
        found[order_id][line, item_id] = int(promised)
    return found


async def _make_room(session: AsyncSession, item_ids: Sequence[UUID]) -> None:
    """A balance for what is promised of an item whose stock nobody told yet."""
    if not item_ids:
        return
    known = set(
        (
            await session.execute(select(StockBalance.item_id).where(StockBalance.item_id.in_(item_ids)).distinct())
        ).scalars()
    )
    rows = [
        {
            "id": new_id(), "item_id": item_id, "warehouse": UNPLACED, "on_hand": 0, "reserved": 0, "quality_hold": 0,
            "inbound": [], "as_of": _NEVER, "import_id": _NO_IMPORT,
        }
        for item_id in item_ids
        if item_id not in known
    ]  # fmt: skip
    if rows:
        await session.execute(upsert(StockBalance).on_conflict_do_nothing(), rows)


def changes(held: Mapping[str, Held], wanted: int, room: Mapping[str, int]) -> dict[str, Change]:
    """What to write so that a line is promised `wanted`; `room` is what each warehouse can still give.

    More is taken from the warehouses in order of name, and what no shelf has from the first. Less is given back from the
    last one, first what is still held; what the customer's numbers know of frees nothing here, their next file does.
    """
    missing = wanted - sum(each.promised for each in held.values())
    found: dict[str, Change] = {}
    if missing > 0:
        for warehouse in sorted(room):
            take = min(missing, room[warehouse])
            if take > 0:
                found[warehouse] = Change(take)
                missing -= take
        if missing > 0:
            first = min((name for name in room if name != UNPLACED), default=UNPLACED)
            found[first] = Change(missing + found.get(first, Change()).promised)
        return found
    surplus = -missing
    for warehouse in sorted(held, reverse=True):
        back = min(surplus, held[warehouse].promised - held[warehouse].absorbed)
        if back > 0:
            found[warehouse] = Change(-back)
            surplus -= back
    for warehouse in sorted(held, reverse=True):
        so_far = found.get(warehouse, Change())
        back = min(surplus, held[warehouse].promised + so_far.promised)
        if back > 0:
            found[warehouse] = Change(so_far.promised - back, back)
            surplus -= back
    return found


def exact_changes(
    held: Mapping[str, Held], wanted: int, exact: Mapping[str, int], room: Mapping[str, int]
) -> dict[str, Change]:
    """What to write so that each warehouse is promised what was decided of it; the rest of `wanted`, as of a warehouse that
    has no stock of the item any more, where there is room."""
    known = {warehouse: pieces for warehouse, pieces in exact.items() if warehouse in room}
    rest = wanted - sum(known.values())
    if rest > 0:
        for warehouse, change in changes(
            {}, rest, {name: max(0, n - known.get(name, 0)) for name, n in room.items()}
        ).items():
            known[warehouse] = known.get(warehouse, 0) + change.promised
    found: dict[str, Change] = {}
    for warehouse in sorted({*held, *known}):
        own = {warehouse: held[warehouse]} if warehouse in held else {}
        found |= changes(own, known.get(warehouse, 0) if wanted else 0, {warehouse: 0})
    return found
