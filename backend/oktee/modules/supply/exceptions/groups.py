"""Exceptions by cause, with what they are worth, and the counts of the tabs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit.quick import constant
from oktee.modules.supply.cost_wire import CurrencyValue
from oktee.modules.supply.exceptions.causes import CAUSES
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.exceptions.wanted import Wanted, held, in_state
from oktee.modules.supply.exceptions.wire import CauseGroup, ExceptionCounts
from oktee.modules.supply.exceptions.worth import joined, sizes
from oktee.modules.supply.hands import Mine
from oktee.modules.supply.sight import Figures, figures
from oktee.modules.supply.tables import OrderState

FAR: Final = "9999-12-31T00:00:00+00:00"


def groups_of(wanted: Wanted, shown: Figures) -> tuple[Any, Any]:
    """Two statements: sums by cause and currency, and orders by cause."""
    lines, value = sizes(shown)
    sums = (
        joined(
            OrderException.cause.label("cause"),
            PurchaseOrder.currency.label("currency"),
            func.count().label("exceptions"),
            func.sum(lines).label("lines"),
            func.sum(value).label("value"),
            func.min(OrderException.due_at).label("first_due_at"),
        )
        .where(*wanted.conditions())
        .group_by(OrderException.cause, PurchaseOrder.currency)
    )
    several = select(
        OrderException.cause.label("cause"), func.count(distinct(OrderException.purchase_order_id)).label("orders")
    )
    return sums, several.where(*wanted.conditions()).group_by(OrderException.cause)


async def read_groups(session: AsyncSession, wanted: Wanted) -> list[CauseGroup]:
    """By the clock that runs out first."""
    sums, several = groups_of(wanted, figures(session))
    rows = (await session.execute(sums)).all()
    return grouped(rows, dict((await session.execute(several)).all()))


def grouped(rows: Sequence[Any], orders: Mapping[str, int]) -> list[CauseGroup]:
    """Of the rows of `groups_of`: cause, currency, exceptions, lines, value, first due."""
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


def counts_of(midnight: Any, mine: Mine) -> Select[Any]:
    """One row with what ExceptionCounts says, by its names: of everything the reader sees. `midnight`: where their day
    began, `mine`: whose work is theirs."""
    thing = func.coalesce(OrderException.purchase_order_id, OrderException.id)
    today = (OrderException.state == "resolved", OrderException.resolved_at >= midnight)
    handled = (OrderState.answered_by == "oktee", OrderState.decided_by_type == "rule")
    beside = {
        "resolved_today": select(func.count()).where(*today),
        "resolved_by_itself_today": select(func.count()).where(*today, OrderException.resolution == "by_itself"),
        "handled_today": select(func.count())
        .select_from(OrderState)
        .where(*handled, OrderState.answered_at >= midnight),
        "ever": select(func.count()).select_from(select(OrderException.id).limit(1).subquery()),
    }
    counts = {
        "open_orders": func.count(distinct(OrderException.purchase_order_id)).filter(in_state("open")),
        "open": func.count().filter(in_state("open")),
        "snoozed": func.count().filter(in_state("snoozed")),
        **{name: asked.correlate(None).scalar_subquery() for name, asked in beside.items()},
        "mine": func.count(distinct(thing)).filter(in_state("open"), held(["me"], mine)),
        "my_teams": func.count(distinct(thing)).filter(in_state("open"), held(["my_team"], mine)),
    }
    columns = (counts[name].label(name) for name in ExceptionCounts.model_fields)
    return select(*columns).where(constant(OrderException.state != "resolved"))


async def read_counts(session: AsyncSession, midnight: datetime, mine: Mine) -> ExceptionCounts:
    row = (await session.execute(counts_of(midnight, mine))).one()
    return ExceptionCounts(**row._mapping)
