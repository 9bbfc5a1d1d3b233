"""Exceptions beside the order, the line and the decision that they are about, and what they are worth."""

from typing import Any

from sqlalchemy import Numeric, and_, case, cast, func, literal, select
from sqlalchemy.orm import aliased

from oktee.amazon.mirror.purchase_orders import PurchaseOrder, PurchaseOrderLine
from oktee.modules.supply.exceptions.tables import OrderException
from oktee.modules.supply.sight import Figures
from oktee.modules.supply.tables import OrderState


def sizes(shown: Figures, one: Any = OrderException) -> tuple[Any, Any]:
    """Lines and value of an exception: of its line, of the lines that it names, or of all of its order that the reader
    sees."""
    cost = func.coalesce(cast(PurchaseOrderLine.net_cost, Numeric), 0)
    of_line = one.sequence.is_not(None)
    of_some = one.evidence["subject"].has_key("lines")
    named = aliased(PurchaseOrderLine)

    def of_named(figure: Any) -> Any:
        its_own = one.evidence["subject"]["lines"].has_key(named.sequence)
        mine = named.purchase_order_id == one.purchase_order_id
        return select(figure).where(mine, its_own).correlate(one).scalar_subquery()

    each = named.units * func.coalesce(cast(named.net_cost, Numeric), 0)
    lines = case(
        (of_line, literal(1)), (of_some, of_named(func.count())), else_=func.coalesce(shown.line_count, 0)
    )  # fmt: skip
    value = case(
        (of_line, PurchaseOrderLine.units * cost), (of_some, of_named(func.sum(each))), else_=shown.value
    )  # fmt: skip
    return lines, value


def joined(*columns: Any) -> Any:
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
