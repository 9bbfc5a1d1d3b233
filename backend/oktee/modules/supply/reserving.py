"""What answers promise is held in stock, and given back when they do not leave."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog import stock
from oktee.kit.database import new_id
from oktee.modules.supply.answers.protocol import AT_AMAZON, held_after, held_meanwhile
from oktee.modules.supply.decided import lines_of
from oktee.modules.supply.line_answers import pieces_of, places_of
from oktee.modules.supply.tables import Acknowledgement, DecisionLine


async def reserve(session: AsyncSession, order_id: UUID, lines: Sequence[DecisionLine]) -> None:
    """Hold in stock what these lines promise, now or later; an earlier reservation of the order is replaced."""
    await _reserve(session, order_id, lines, _pieces(lines))


async def reserve_both(session: AsyncSession, order_id: UUID, lines: Sequence[DecisionLine]) -> None:
    """Hold what these lines promise, and until Amazon shows them what is held already."""
    held = await stock.promised_to(session, order_id)
    await _reserve(session, order_id, lines, held_meanwhile(_pieces(lines), held))


def _pieces(lines: Sequence[DecisionLine]) -> dict[tuple[str, UUID], int]:
    return {
        (line.sequence, item): units
        for line in lines
        for item, units in pieces_of(line, (line.taken or 0) + (line.backordered or 0)).items()
    }


async def _reserve(
    session: AsyncSession, order_id: UUID, lines: Sequence[DecisionLine], pieces: dict[tuple[str, UUID], int]
) -> None:
    """Hold these pieces; from the warehouses that the lines name, where it is as many as they promise."""
    wanted: dict[str, dict[UUID, int]] = {}
    for (sequence, item), units in pieces.items():
        wanted.setdefault(sequence, {})[item] = units
    own = _pieces(lines)
    placed = {
        line.sequence: {
            item: at for item, at in places.items() if pieces.get((line.sequence, item)) == own[line.sequence, item]
        }
        for line in lines
        if (places := places_of(line)) is not None
    }
    await stock.set_reservation(
        session, purchase_order_id=order_id, source_type="order", source_id=str(new_id()), lines=wanted, placed=placed
    )


async def in_effect(session: AsyncSession, order_id: UUID) -> Acknowledgement | None:
    """Our newest answer that Amazon has, or may have; None when it has none of ours."""
    return (await all_in_effect(session, [order_id])).get(order_id)


async def all_in_effect(session: AsyncSession, order_ids: Collection[UUID]) -> dict[UUID, Acknowledgement]:
    """The same of many orders, in one statement."""
    if not order_ids:
        return {}
    statement = (
        select(Acknowledgement)
        .where(Acknowledgement.purchase_order_id.in_(order_ids), Acknowledgement.state.in_(AT_AMAZON))
        .order_by(Acknowledgement.answer)
    )
    return {answer.purchase_order_id: answer for answer in (await session.execute(statement)).scalars()}


async def release(session: AsyncSession, order_id: UUID) -> None:
    """Give back what was held for an answer that does not leave. What an answer in effect promised stays held."""
    promised = await in_effect(session, order_id)
    if promised is None:
        await release_all(session, order_id)
        return
    held = await stock.promised_to(session, order_id)
    lines = await lines_of(session, promised.decision_id)
    await _reserve(session, order_id, lines, held_after(held, _pieces(lines)))


async def release_all(session: AsyncSession, order_id: UUID) -> None:
    """Give back everything this order holds: Amazon cancelled it."""
    await stock.set_reservation(
        session, purchase_order_id=order_id, source_type="order", source_id=str(new_id()), lines={}
    )
