"""Lines that are answered otherwise, as simulations and shadows keep them: a page at a time by SKU, and what they say."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Protocol, TypeVar
from uuid import UUID

from fastapi import Query
from sqlalchemy import ColumnElement, Select, func, tuple_
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


Sort = Literal["sku", "-sku", "asked", "-asked", "value", "-value", "decided_at", "-decided_at"]


@dataclass(frozen=True, slots=True)
class LinePage:
    """Which page of them: of one SKU or of all, in which order, and where it begins. `-` begins with the most."""

    sku: Annotated[str | None, Query(max_length=80)] = None
    sort: Annotated[Sort, Query()] = "sku"
    limit: Annotated[int, Query(ge=1, le=200)] = 50
    after: Annotated[str | None, Query()] = None


async def list_page(
    session: AsyncSession,
    statement: Select[Line],
    page: LinePage,
    *,
    kept: type[Kept],
    tie: InstrumentedAttribute[Any],
    read_tie: Callable[[Any], Any],
    filters: dict[str, Any],
) -> tuple[list[Line], str | None]:
    """The lines of a page and the mark of the next one. `tie`: what tells lines apart that sort alike. Raises Invalid."""
    filters = filters | {"sku": page.sku, "sort": page.sort}
    name, down = page.sort.removeprefix("-"), page.sort.startswith("-")
    key: ColumnElement[Any] = getattr(kept, name)
    if name == "value":
        key = func.coalesce(key, 0)
    if page.sku is not None:
        statement = statement.where(kept.sku == page.sku)
    if page.after is not None:
        last, at = open_cursor(page.after, filters=filters)
        here, there = tuple_(key, tie), tuple_(_read(name, last), read_tie(at))
        statement = statement.where(here < there if down else here > there)
    order = (key.desc(), tie.desc()) if down else (key, tie)
    found = list((await session.scalars(statement.order_by(*order).limit(page.limit + 1))).all())
    shown = found[: page.limit]
    if len(found) <= page.limit:
        return shown, None
    last_one, position = shown[-1], getattr(shown[-1], tie.key)
    mark = [_written(name, last_one), str(position) if isinstance(position, UUID) else position]
    return shown, seal_cursor(mark, filters=filters)


def _written(name: str, line: Kept) -> Any:
    value = getattr(line, name)
    if name == "value":
        return f"{value or 0}"
    return value.isoformat() if isinstance(value, datetime) else value


def _read(name: str, mark: Any) -> Any:
    if name == "value":
        return Decimal(mark)
    return datetime.fromisoformat(mark) if name == "decided_at" else mark


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
