"""Orders as rows of a list: one statement with keyset paging, filters and sums."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection.marketplaces import find_marketplace, marketplaces_named
from oktee.amazon.mirror.purchase_order_status import PurchaseOrderLineStatus
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.kit.clock import now as present
from oktee.kit.errors import field_error
from oktee.kit.paging import open_cursor, seal_cursor
from oktee.modules.supply.answers.clock import EDIT_WITHIN
from oktee.modules.supply.filters import Terms
from oktee.modules.supply.logistics import freight_of, read_terms
from oktee.modules.supply.marking import marks_of
from oktee.modules.supply.rules.logistics import Terms as VendorCodeTerms
from oktee.modules.supply.sight import Seen, extra_columns, figures, scope_info, seen_of
from oktee.modules.supply.sorting import order_of, sealed
from oktee.modules.supply.summing import VIEWS as VIEWS
from oktee.modules.supply.summing import joined, sum_orders
from oktee.modules.supply.tables import OrderState
from oktee.modules.supply.wire.lists import OrderList, OrderRow, OrderSums
from oktee.modules.supply.wire.words import Actor, Message, Window

NEEDS_PERSON = ("to_confirm", "held", "send_failed", "mismatch", "changed")


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; the same words in the address, the summary and the list."""

    view: str = "all"
    mp: tuple[str, ...] = ()
    vc: tuple[str, ...] = ()
    brand: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    q: str | None = None
    only: tuple[UUID, ...] | None = None
    """Of these orders alone, as somebody chose them by hand."""

    terms: Terms = field(default_factory=Terms)
    """What the grammar of filters.py said; it stands beside the parameters above."""

    def conditions(self, *, with_view: bool = True) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if with_view and self.view != "all":
            found.append(OrderState.status.in_(VIEWS[self.view]))
        if self.mp:
            found.append(PurchaseOrder.marketplace_id.in_(self.mp))
        if self.vc:
            found.append(PurchaseOrder.vendor_code.in_(self.vc))
        if self.brand:
            found.append(PurchaseOrder.brands.overlap(list(self.brand)))
        if self.status:
            found.append(OrderState.status.in_(self.status))
        if self.q:
            found.append(_numbered(self.q.replace(",", " ").upper().split()[:500]))
        if self.only is not None:
            found.append(PurchaseOrder.id.in_(self.only))
        found += self.terms.conditions
        return found

    def fingerprint(self) -> dict[str, Any]:
        """What a page mark is bound to."""
        return {
            "view": self.view, "mp": self.mp, "vc": self.vc, "b": self.brand, "s": self.status, "q": self.q,
            "f": self.terms.words,
        }  # fmt: skip


def read_filter(
    *,
    view: str,
    mp: str | None,
    vc: str | None,
    brand: str | None,
    status: str | None,
    q: str | None,
    terms: Terms | None = None,
) -> Filter:
    """The filter of an address. Raises Invalid for an unknown view or marketplace."""
    if view != "all" and view not in VIEWS:
        raise field_error("/view", "unknown_view", f"There is no view {view}.")
    marketplaces, unknown = marketplaces_named(_words(mp))
    if unknown is not None:
        raise field_error("/mp", "unknown_marketplace", f"There is no marketplace {unknown}.")
    looked_for = q.strip() if q and q.strip() else None
    return Filter(view, marketplaces, _words(vc), _words(brand), _words(status), looked_for, terms=terms or Terms())


def _numbered(numbers: list[str]) -> ColumnElement[bool]:
    """A single one may be the beginning of a number, as somebody types it; several are whole, as they were pasted."""
    if len(numbers) == 1:
        return PurchaseOrder.po_number.startswith(numbers[0], autoescape=True)
    return PurchaseOrder.po_number.in_(numbers)


def _words(value: str | None) -> tuple[str, ...]:
    return tuple(sorted({part.strip() for part in (value or "").split(",") if part.strip()}))


async def list_rows(
    session: AsyncSession,
    where: Filter,
    *,
    sort: str,
    limit: int,
    after: str | None,
    group: str | None = None,
    totals: bool = True,
) -> OrderList:
    """One page, and (unless `totals` is off) count and sums over all that match."""
    order = order_of(sort, figures(session), group=group)
    filters = where.fingerprint() | {"o": sort, "g": group}
    place = [key.column.label(f"key_{n}") for n, key in enumerate(order.keys)]  # a name of their own beside the columns
    extra = extra_columns(session)
    statement = joined(PurchaseOrder, OrderState, *extra, *place).where(*where.conditions()).order_by(*order.by())
    if after is not None:
        statement = statement.where(*order.after(open_cursor(after, filters=filters)))
    found = (await session.execute(statement.limit(limit + 1))).all()
    more = len(found) > limit
    found = found[:limit]
    terms = await read_terms(session, {row[0].vendor_code for row in found})
    rows = [row_of(row[0], row[1], seen_of(row[0], row[1], row[2 : 2 + len(extra)]), terms) for row in found]
    await _add_line_facts(session, rows)
    sums = await sum_orders(session, where.conditions()) if totals else None
    return OrderList(
        rows=rows,
        next=seal_cursor(sealed(list(found[-1][2 + len(extra) :])), filters=filters) if more else None,
        count=sums.orders if sums else None,
        sums=OrderSums(asked=sums.asked, value_by_currency=sums.value_by_currency) if sums else None,
        scope=scope_info(session, sums.hidden_lines if sums else sum(row.hidden_lines for row in rows)),
        as_of=present(),
    )


async def _add_line_facts(session: AsyncSession, rows: list[OrderRow]) -> None:
    """What only the lines of an order know; asked for one page."""
    ids = [row.id for row in rows]
    line, shown = PurchaseOrderLine, PurchaseOrderLineStatus
    allowed = select(line.purchase_order_id, func.bool_or(line.backorder_allowed)).where(
        line.purchase_order_id.in_(ids)
    )
    received = select(shown.purchase_order_id, func.max(shown.last_received_at)).where(shown.purchase_order_id.in_(ids))
    backorder: dict[Any, Any] = dict((await session.execute(allowed.group_by(line.purchase_order_id))).all())
    dates: dict[Any, Any] = dict((await session.execute(received.group_by(shown.purchase_order_id))).all())
    marks = await marks_of(session, ids)
    for row in rows:
        row.mark = marks.get(row.id)
        row.backorder_allowed, row.last_received_at = backorder.get(row.id), dates.get(row.id)


def row_of(order: PurchaseOrder, state: OrderState, seen: Seen, terms: Mapping[str, VendorCodeTerms]) -> OrderRow:
    """An order and its state as one row, with the numbers that the reader sees of it. `terms`: of its vendor code, which
    say who pays freight where the order does not."""
    marketplace = find_marketplace(order.marketplace_id)
    window = None
    if order.window_start and order.window_end:
        freight, _ = freight_of(order.freight, terms.get(order.vendor_code))
        kind = "ship" if freight == "collect" else "delivery"
        window = Window(kind=kind, start=order.window_start, end=order.window_end)
    first_hold = state.hold[0] if state.hold and not seen.hidden_lines else None  # it may be about a hidden line
    detail = Message(message=first_hold["message"], values=first_hold["values"]) if first_hold else None
    decided = Actor(type=state.decided_by_type, name=state.decided_by_name or "") if state.decided_by_type else None
    return OrderRow(
        id=order.id,
        po_number=order.po_number,
        marketplace_id=order.marketplace_id,
        country=marketplace.country if marketplace else "",
        vendor_code=order.vendor_code,
        ship_to=order.ship_to,
        order_type=order.order_type,
        status=state.status,
        status_detail=detail,
        ordered_at=order.ordered_at,
        deadline_at=state.deadline_at,
        hold_due_at=state.hold_due_at,
        edit_until=(state.edit_until or order.ordered_at + EDIT_WITHIN) if state.answered_by else None,
        window=window,
        time_zone=marketplace.time_zone if marketplace else "UTC",
        asked=seen.units,
        taken=seen.taken,
        backordered=seen.backordered,
        cut=seen.cut,
        undecided_lines=seen.undecided_lines,
        line_count=seen.line_count,
        proposed=state.proposed,
        value=seen.value,
        currency=order.currency,
        cut_value=seen.cut_value,
        decided_by=decided,
        send_at=state.send_at,
        brand=order.brand,
        revision=order.revision,
        first_seen_at=order.first_seen_at,
        answered_by=state.answered_by,
        needs_person=state.status in NEEDS_PERSON,
        decision_id=state.decision_id,
        hidden_lines=seen.hidden_lines,
        received=seen.received,
        payment_method=order.payment_method,
        deal_code=order.deal_code,
        import_order=order.import_order,
        changed_at=order.changed_at,
    )
