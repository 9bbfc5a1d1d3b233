"""Lines that are answered otherwise, as simulations and shadows keep them: a page at a time by SKU, and what they say."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Protocol, TypeVar
from uuid import UUID

from fastapi import Query
from sqlalchemy import Select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from oktee.kit.paging import open_cursor, seal_cursor
from oktee.modules.supply.simulations.wire import SimulatedOutcome


class Kept(Protocol):
    """What both tables have of such a line."""

    purchase_order_id: Any
    po_number: Any
    sequence: Any
    decided_at: Any
    sku: Any
    asin: Any
    asked: Any
    was: Any
    now: Any
    rule: Any
    later_stock: Any
    value: Any
    currency: Any


Line = TypeVar("Line", bound=Kept)


@dataclass(frozen=True, slots=True)
class LinePage:
    """Which page of them: of one SKU or of all, and where it begins."""

    sku: Annotated[str | None, Query(max_length=80)] = None
    limit: Annotated[int, Query(ge=1, le=200)] = 50
    after: Annotated[str | None, Query()] = None


async def list_page(
    session: AsyncSession,
    statement: Select[Line],
    page: LinePage,
    *,
    sku: InstrumentedAttribute[str],
    tie: InstrumentedAttribute[Any],
    read_tie: Callable[[Any], Any],
    filters: dict[str, Any],
) -> tuple[list[Line], str | None]:
    """The lines of a page and the mark of the next one. `tie`: what tells lines of one SKU apart. Raises Invalid."""
    filters = filters | {"sku": page.sku}
    if page.sku is not None:
        statement = statement.where(sku == page.sku)
    if page.after is not None:
        last, at = open_cursor(page.after, filters=filters)
        statement = statement.where(tuple_(sku, tie) > tuple_(last, read_tie(at)))
    found = list((await session.scalars(statement.order_by(sku, tie).limit(page.limit + 1))).all())
    shown = found[: page.limit]
    if len(found) <= page.limit:
        return shown, None
    position = getattr(shown[-1], tie.key)
    return shown, seal_cursor(
        [shown[-1].sku, str(position) if isinstance(position, UUID) else position], filters=filters
    )


def said(line: Kept) -> dict[str, Any]:
    """What it says on the wire, whichever table it is kept in."""
    at: datetime = line.decided_at
    value: Decimal | None = line.value
    return {
        "order_id": line.purchase_order_id,
        "po_number": line.po_number,
        "sequence": line.sequence,
        "decided_at": at,
        "sku": line.sku,
        "asin": line.asin,
        "asked": line.asked,
        "was": SimulatedOutcome.model_validate(line.was) if line.was else None,
        "now": SimulatedOutcome.model_validate(line.now) if line.now else None,
        "rule": line.rule,
        "later_stock": line.later_stock,
        "value": None if value is None else f"{value:.2f}",
        "currency": line.currency,
    }
