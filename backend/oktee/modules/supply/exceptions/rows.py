"""Exceptions one by one, each with the line that it is about."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, and_, case, cast, distinct, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.kit.clock import now as present
from oktee.kit.errors import NotFound
from oktee.kit.paging import open_cursor, seal_cursor
from oktee.modules.supply.exceptions.causes import CAUSES, fixes_of
from oktee.modules.supply.exceptions.groups import FAR
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.exceptions.wanted import Wanted
from oktee.modules.supply.exceptions.wire import ExceptionRow
from oktee.modules.supply.exceptions.worth import joined, sizes
from oktee.modules.supply.hands import EXCEPTION, hands_of
from oktee.modules.supply.rule_sets.tables import STANDARD_ID
from oktee.modules.supply.sight import figures
from oktee.modules.supply.tables import DecisionLine, OrderState
from oktee.modules.supply.wire.words import Message
from oktee.notify.matters.tables import Attachment, Matter, Note


async def read_rows(
    session: AsyncSession, wanted: Wanted, *, limit: int, after: str | None
) -> tuple[list[ExceptionRow], str | None]:
    """One page: the newest first of what is resolved, else by the clock."""
    filters = wanted.fingerprint()
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
        return (
            select(func.count())
            .where(table.matter_id == Matter.id, table.deleted_at.is_(None))
            .correlate(Matter)
            .scalar_subquery()
        )

    statement = select(Matter.object_id, counted(Note), counted(Attachment)).where(
        Matter.kind == EXCEPTION, Matter.object_id.in_([str(one) for one in ids])
    )
    return {object_id: (notes, files) for object_id, notes, files in (await session.execute(statement)).all()}


def only_rule(one: Any = OrderException) -> Any:
    """The rule of every line of the order that an exception is about; null where there are several, or one line alone."""
    each = aliased(DecisionLine)
    return (
        select(case((func.count(distinct(each.rule_set_id)) == 1, func.min(cast(each.rule_set_id, String)))))
        .where(each.decision_id == OrderState.decision_id, one.sequence.is_(None))
        .correlate(OrderState, one)
        .scalar_subquery()
    )


def _rows_statement(session: AsyncSession) -> Any:
    lines, value = sizes(figures(session))
    one_rule = only_rule()
    of_line = and_(DecisionLine.decision_id == OrderState.decision_id, DecisionLine.sequence == OrderException.sequence)
    columns = (OrderException, PurchaseOrder, PurchaseOrderLine, DecisionLine, lines, value, one_rule)
    whole = figures(session).value
    return joined(*columns, OrderState.revision, OrderState.decision_id, whole, OrderState.hold_due_at).outerjoin(
        DecisionLine, of_line
    )


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
    hold_due_at: datetime | None,
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
        hold_due_at=None if CAUSES[one.cause].anomaly else hold_due_at,
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
