"""Exceptions as the page shows them: by cause with what they are worth, or one by one with the line they are about."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Numeric, String, and_, case, cast, distinct, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.kit.clock import now as present
from oktee.kit.errors import NotFound, field_error
from oktee.kit.paging import open_cursor, seal_cursor
from oktee.modules.supply.exceptions.causes import CAUSES, fixes_of
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.exceptions.wire import CauseGroup, ExceptionCounts, ExceptionList, ExceptionRow
from oktee.modules.supply.hands import EXCEPTION, NamesNobody, exceptions_held_by, hands_of
from oktee.modules.supply.rule_sets.tables import STANDARD_ID
from oktee.modules.supply.sight import figures
from oktee.modules.supply.tables import DecisionLine, OrderState
from oktee.modules.supply.wire import CurrencyValue, Holder, Message
from oktee.notify.matters.tables import Attachment, Matter, Note

STATES: Final = ("open", "snoozed", "resolved")
FAR: Final = "9999-12-31T00:00:00+00:00"
MOST: Final = 20_000
"""Rows of one export."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to."""

    state: str = "open"
    cause: str | None = None
    severity: str | None = None
    mp: tuple[str, ...] = ()
    vc: tuple[str, ...] = ()
    brand: tuple[str, ...] = ()
    assignee: tuple[str, ...] = ()
    mine: frozenset[UUID] = frozenset()
    """Who `me` is: the reader, and those they stand in for."""

    def conditions(self) -> list[ColumnElement[bool]]:
        found = [in_state(self.state)]
        if self.cause:
            found.append(OrderException.cause == self.cause)
        if self.severity:
            found.append(OrderException.severity == self.severity)
        if self.mp:
            found.append(OrderException.marketplace_id.in_(self.mp))
        if self.vc:
            found.append(OrderException.vendor_code.in_(self.vc))
        if self.brand:
            found.append(OrderException.brands.overlap(list(self.brand)))
        if self.assignee:
            found.append(held(self.assignee, self.mine))
        return found


def held(words: Iterable[str], mine: frozenset[UUID]) -> ColumnElement[bool]:
    """Exceptions that one of these has, themselves or with their order. Raises NamesNobody."""
    return exceptions_held_by(
        words, mine, number=OrderException.id, order_number=OrderException.purchase_order_id
    )  # fmt: skip


def in_state(state: str) -> ColumnElement[bool]:
    """A snooze that is over is open again, without anybody having to wake it."""
    over = and_(OrderException.state == "snoozed", OrderException.snoozed_until <= func.now())
    if state == "open":
        return or_(OrderException.state == "open", over)
    if state == "snoozed":
        later = or_(OrderException.snoozed_until.is_(None), OrderException.snoozed_until > func.now())
        return and_(OrderException.state == "snoozed", later)
    return OrderException.state == "resolved"


def read_wanted(
    *, state: str, cause: str | None, severity: str | None, mp: str | None, vc: str | None, brand: str | None,
    assignee: str | None = None, mine: frozenset[UUID] = frozenset(),
) -> Wanted:  # fmt: skip
    """The filter of an address. `mine`: who `me` is in `assignee`. Raises Invalid."""
    if state not in STATES:
        raise field_error("/state", "unknown_state", f"There is no state {state}.")
    if cause is not None and cause not in CAUSES:
        raise field_error("/cause", "unknown_cause", f"There is no cause {cause}.")

    def words(value: str | None) -> tuple[str, ...]:
        return tuple(sorted({part.strip() for part in (value or "").split(",") if part.strip()}))

    holders = words(assignee)
    if holders:
        try:
            held(holders, mine)
        except NamesNobody as wrong:
            raise field_error("/assignee", "unknown_value", str(wrong)) from None
    return Wanted(state, cause, severity, words(mp), words(vc), words(brand), holders, mine)


def _columns(session: AsyncSession) -> tuple[Any, Any]:
    """Lines and value of an exception: of its line, of the lines that it names, or of all of its order that the reader
    sees."""
    shown = figures(session)
    cost = func.coalesce(cast(PurchaseOrderLine.net_cost, Numeric), 0)
    of_line = OrderException.sequence.is_not(None)
    of_some = OrderException.evidence["subject"].has_key("lines")
    named = aliased(PurchaseOrderLine)

    def of_named(figure: Any) -> Any:
        its_own = OrderException.evidence["subject"]["lines"].has_key(named.sequence)
        mine = named.purchase_order_id == OrderException.purchase_order_id
        return select(figure).where(mine, its_own).correlate(OrderException).scalar_subquery()

    each = named.units * func.coalesce(cast(named.net_cost, Numeric), 0)
    lines = case(
        (of_line, literal(1)), (of_some, of_named(func.count())), else_=func.coalesce(shown.line_count, 0)
    )  # fmt: skip
    value = case(
        (of_line, PurchaseOrderLine.units * cost), (of_some, of_named(func.sum(each))), else_=shown.value
    )  # fmt: skip
    return lines, value


def _joined(*columns: Any) -> Any:
    return (
        select(*columns)
        .select_from(OrderException)
        .outerjoin(PurchaseOrder, PurchaseOrder.id == OrderException.purchase_order_id)
        .outerjoin(OrderState, OrderState.purchase_order_id == PurchaseOrder.id)
        .outerjoin(
            PurchaseOrderLine,
            and_(
                PurchaseOrderLine.purchase_order_id == OrderException.purchase_order_id,
                PurchaseOrderLine.sequence == OrderException.sequence,
            ),
        )
    )


async def read_groups(session: AsyncSession, wanted: Wanted) -> list[CauseGroup]:
    """By the clock that runs out first."""
    lines, value = _columns(session)
    statement = (
        _joined(
            OrderException.cause,
            PurchaseOrder.currency,
            func.count(),
            func.sum(lines),
            func.sum(value),
            func.min(OrderException.due_at),
        )
        .where(*wanted.conditions())
        .group_by(OrderException.cause, PurchaseOrder.currency)
    )
    rows = (await session.execute(statement)).all()
    several = select(OrderException.cause, func.count(distinct(OrderException.purchase_order_id))).where(
        *wanted.conditions()
    )
    orders = dict((await session.execute(several.group_by(OrderException.cause))).all())
    groups = []
    for cause in {row[0] for row in rows}:
        mine = sorted((row for row in rows if row[0] == cause), key=lambda row: row[1] or "")
        known = CAUSES[cause]
        groups.append(
            CauseGroup(
                cause=cause,
                severity=known.severity,
                owner_role=known.owner_role,
                exceptions=sum(row[2] for row in mine),
                orders=orders.get(cause, 0),
                lines=int(sum(row[3] or 0 for row in mine)),
                value_by_currency=[
                    CurrencyValue(currency=row[1], value=row[4]) for row in mine if row[1] and row[4] is not None
                ],
                first_due_at=min((row[5] for row in mine if row[5] is not None), default=None),
                fixes=list(known.fixes),
            )
        )
    rank = {"critical": 0, "warning": 1, "info": 2}
    return sorted(
        groups,
        key=lambda one: (
            one.first_due_at.isoformat() if one.first_due_at else FAR,
            rank[one.severity],
            one.cause,
        ),
    )


async def read_rows(
    session: AsyncSession, wanted: Wanted, *, limit: int, after: str | None
) -> tuple[list[ExceptionRow], str | None]:
    """One page: the newest first of what is resolved, else by the clock."""
    filters = {
        "s": wanted.state,
        "c": wanted.cause,
        "y": wanted.severity,
        "m": wanted.mp,
        "v": wanted.vc,
        "b": wanted.brand,
        "a": [*wanted.assignee, *sorted(str(one) for one in wanted.mine)],
    }
    far = literal(datetime.fromisoformat(FAR))
    key = OrderException.resolved_at if wanted.state == "resolved" else func.coalesce(OrderException.due_at, far)
    statement = _rows_statement(session).where(*wanted.conditions())
    if after is not None:
        at, last = open_cursor(after, filters=filters)
        place = tuple_(literal(datetime.fromisoformat(at)), literal(UUID(last)))
        here = tuple_(key, OrderException.id)
        statement = statement.where(here < place if wanted.state == "resolved" else here > place)
    by = (key.desc(), OrderException.id.desc()) if wanted.state == "resolved" else (key, OrderException.id)
    found = (await session.execute(statement.order_by(*by).limit(limit + 1))).all()
    following = None
    if len(found) > limit:
        found = found[:limit]
        last_row = found[-1][0]
        at = last_row.resolved_at if wanted.state == "resolved" else last_row.due_at
        following = seal_cursor([at.isoformat() if at else FAR, str(last_row.id)], filters=filters)
    return await _with_hands(session, [_row(*row) for row in found]), following


async def _with_hands(session: AsyncSession, rows: list[ExceptionRow]) -> list[ExceptionRow]:
    """Who has each, its tags, and how much was said and put to it. One that nobody was given is with whoever has its order."""
    mine = await hands_of(session, [row.id for row in rows], EXCEPTION)
    of_orders = await hands_of(session, {row.order_id for row in rows if row.order_id is not None})
    said = await _said(session, [row.id for row in rows])
    for row in rows:
        own = mine.get(row.id)
        order = of_orders.get(row.order_id) if row.order_id is not None else None
        row.assignee = own.assignee if own and own.assignee else order.assignee if order else None
        row.assigned_with_order = row.assignee is not None and not (own and own.assignee)
        row.tags = own.tags if own else []
        row.notes, row.files = said.get(str(row.id), (0, 0))
    return rows


async def _said(session: AsyncSession, ids: list[UUID]) -> dict[str, tuple[int, int]]:
    """Notes and files of each that has any."""

    def counted(table: Any) -> Any:
        return select(func.count()).where(table.matter_id == Matter.id).correlate(Matter).scalar_subquery()

    statement = select(Matter.object_id, counted(Note), counted(Attachment)).where(
        Matter.kind == EXCEPTION, Matter.object_id.in_([str(one) for one in ids])
    )
    return {object_id: (notes, files) for object_id, notes, files in (await session.execute(statement)).all()}


def _rows_statement(session: AsyncSession) -> Any:
    lines, value = _columns(session)
    each = aliased(DecisionLine)
    one_rule = (
        select(case((func.count(distinct(each.rule_set_id)) == 1, func.min(cast(each.rule_set_id, String)))))
        .where(each.decision_id == OrderState.decision_id, OrderException.sequence.is_(None))
        .correlate(OrderState, OrderException)
        .scalar_subquery()
    )
    of_line = and_(DecisionLine.decision_id == OrderState.decision_id, DecisionLine.sequence == OrderException.sequence)
    columns = (OrderException, PurchaseOrder, PurchaseOrderLine, DecisionLine, lines, value, one_rule)
    whole = figures(session).value
    return _joined(*columns, OrderState.revision, OrderState.decision_id, whole).outerjoin(DecisionLine, of_line)


async def read_one(session: AsyncSession, exception_id: UUID) -> ExceptionRow:
    """Raises NotFound."""
    statement = _rows_statement(session).where(OrderException.id == exception_id)
    found = (await session.execute(statement)).first()
    if found is None:
        raise NotFound("There is no such exception.")
    (row,) = await _with_hands(session, [_row(*found)])
    return row


def _row(
    one: OrderException,
    order: PurchaseOrder | None,
    line: PurchaseOrderLine | None,
    decided: DecisionLine | None,
    lines: int | None,
    value: Any,
    one_rule: str | None,
    revision: int | None,
    decision_id: UUID | None,
    order_value: Any,
) -> ExceptionRow:
    place = find_marketplace(one.marketplace_id) if one.marketplace_id else None
    evidence = one.evidence
    said = evidence.get("message")
    over = one.state == "snoozed" and one.snoozed_until is not None and one.snoozed_until <= present()
    subject = evidence.get("subject") or {}
    fixes = fixes_of(one.cause, said or "", evidence.get("outcome", ""))
    return ExceptionRow(
        id=one.id,
        cause=one.cause,
        severity=one.severity,
        owner_role=one.owner_role,
        state="open" if over else one.state,
        message=Message(message=said, values=evidence.get("values") or {}) if said else None,
        fixes=[fix for fix in fixes if fix != "pause_rule" or subject.get("rule_id") != str(STANDARD_ID)],
        order_id=order.id if order is not None else None,
        po_number=order.po_number if order is not None else None,
        country=place.country if place else None,
        marketplace_id=one.marketplace_id,
        vendor_code=one.vendor_code,
        sequence=one.sequence,
        rule_id=UUID(subject["rule_id"]) if "rule_id" in subject else None,
        rule_change=subject.get("change"),
        decided_rule_id=decided.rule_set_id if decided else UUID(one_rule) if one_rule else None,
        revision=revision if decision_id else None,
        decision_id=decision_id,
        sku=decided.sku if decided else subject.get("sku"),
        asin=line.asin if line else None,
        title=decided.title if decided else None,
        asked=line.units if line else None,
        free_stock=decided.free_stock if decided else None,
        suggested=decided.taken if decided else None,
        backorder_allowed=bool(line and line.backorder_allowed),
        lines=lines or 0,
        value=value,
        order_value=order_value,
        currency=order.currency if order is not None else None,
        due_at=one.due_at,
        opened_at=one.opened_at,
        snoozed_until=one.snoozed_until,
        until_change=one.until_change,
        resolution=one.resolution,
        note=one.note,
        resolved_by=one.resolved_by_name,
        resolved_at=one.resolved_at,
        assignee=None,
        assigned_with_order=False,
        tags=[],
        notes=0,
        files=0,
    )


async def read_counts(session: AsyncSession, midnight: datetime, mine: frozenset[UUID]) -> ExceptionCounts:
    """Of everything the reader sees; `midnight` is where their day began, `mine` whose work is theirs."""
    thing = func.coalesce(OrderException.purchase_order_id, OrderException.id)
    today = and_(OrderException.state == "resolved", OrderException.resolved_at >= midnight)
    itself = and_(today, OrderException.resolution == "by_itself")
    row = (
        await session.execute(
            select(
                func.count(distinct(OrderException.purchase_order_id)).filter(in_state("open")),
                func.count().filter(in_state("open")),
                func.count().filter(in_state("snoozed")),
                func.count().filter(today),
                func.count().filter(itself),
                func.count(),
                func.count(distinct(thing)).filter(in_state("open"), held(["me"], mine)),
                func.count(distinct(thing)).filter(in_state("open"), held(["my_team"], mine)),
            )
        )
    ).one()
    handled = await session.scalar(
        select(func.count())
        .select_from(OrderState)
        .where(
            OrderState.answered_by == "oktee",
            OrderState.decided_by_type == "rule",
            OrderState.answered_at >= midnight,
        )
    )
    return ExceptionCounts(
        open_orders=row[0],
        open=row[1],
        snoozed=row[2],
        resolved_today=row[3],
        resolved_by_itself_today=row[4],
        handled_today=handled or 0,
        ever=row[5],
        mine=row[6],
        my_teams=row[7],
    )


async def read_list(
    session: AsyncSession, wanted: Wanted, *, grouped: bool, limit: int, after: str | None, midnight: datetime
) -> ExceptionList:
    """Groups or rows, with the counts of the tabs."""
    rows, following = ([], None) if grouped else await read_rows(session, wanted, limit=limit, after=after)
    return ExceptionList(
        counts=await read_counts(session, midnight, wanted.mine),
        groups=await read_groups(session, wanted) if grouped else [],
        rows=rows,
        next=following,
        as_of=present(),
    )


def as_csv(rows: Iterable[ExceptionRow]) -> str:
    """A table with the machine's words, instants in UTC and a dot for decimals; for a program or a pivot table."""
    names = (
        "cause", "severity", "state", "po_number", "country", "vendor_code", "sequence", "sku", "asin", "title", "asked",
        "free_stock", "suggested", "value", "currency", "due_at", "opened_at", "snoozed_until", "resolution", "resolved_by",
        "resolved_at", "note", "assignee", "tags",
    )  # fmt: skip
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(names)
    for row in rows:
        table.writerow([_cell(getattr(row, name)) for name in names])
    return "\ufeff" + out.getvalue()


def _cell(value: Any) -> str:
    """Text that a spreadsheet would run as a formula begins with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Holder):
        return _cell(value.name)
    if isinstance(value, list):
        return _cell(", ".join(tag.name for tag in value))
    written = str(value)
    return f"'{written}" if isinstance(value, str) and written.startswith(("=", "+", "-", "@", "\t", "\r")) else written
