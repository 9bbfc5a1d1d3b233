"""How the Orders list is sorted and paged: every key of one sort runs in one direction, so that a page mark is one tuple."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, func, literal, literal_column, text, tuple_

from oktee.amazon.mirror.purchase_orders import OPENS as WINDOW_OPENS
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.kit.errors import field_error
from oktee.modules.supply.sight import Figures
from oktee.modules.supply.tables import OrderState

NAMES: Final = ("clock", "ordered_at", "value", "po_number", "window", "cut_value", "units", "status", "ship_to")
SORTS: Final = (*NAMES, *(f"-{name}" for name in NAMES if name != "clock"))
GROUPS: Final[dict[str, Any]] = {
    "status": OrderState.status,
    "marketplace": PurchaseOrder.marketplace_id,
    "vendor_code": PurchaseOrder.vendor_code,
    "fc": func.coalesce(PurchaseOrder.ship_to, ""),
    "type": func.coalesce(PurchaseOrder.order_type, ""),
    "brand": func.coalesce(PurchaseOrder.brand, ""),
    "decided_by": func.coalesce(OrderState.decided_by_name, ""),
}
OPENS: Final = literal_column(WINDOW_OPENS.replace("window_start", "purchase_orders.window_start"), DateTime())
CUT: Final = func.coalesce(OrderState.cut_value, text("0"))
"""As their indexes say them, word for word."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a sort, and how its value travels in a page mark."""

    column: Any
    type: type

    def read(self, value: Any) -> Any:
        if self.type is Decimal:
            return Decimal(value)
        if self.type is datetime:
            return datetime.fromisoformat(value)
        return UUID(value) if self.type is UUID else self.type(value)


@dataclass(frozen=True, slots=True)
class Order:
    """The keys of a sort, the last of them the id, all ascending or all descending."""

    keys: tuple[Key, ...]
    descending: bool

    def by(self) -> list[Any]:
        return [key.column.desc() if self.descending else key.column.asc() for key in self.keys]

    def after(self, position: list[Any]) -> list[ColumnElement[bool]]:
        """Rows after this place. The first key is compared by itself too: an index can start there."""
        return self.beyond([literal(value) for value in self.read(position)])

    def read(self, position: list[Any]) -> list[Any]:
        """The values of a page mark."""
        return [key.read(value) for key, value in zip(self.keys, position, strict=True)]

    def beyond(self, values: list[Any]) -> list[ColumnElement[bool]]:
        whole, mark = tuple_(*[key.column for key in self.keys]), tuple_(*values)
        first, start = self.keys[0].column, values[0]
        return [first <= start, whole < mark] if self.descending else [first >= start, whole > mark]


def order_of(sort: str, shown: Figures, *, group: str | None = None) -> Order:
    """Raises Invalid for a sort or a group that does not exist. `clock`: time left first, then money at stake; an order
    that waits before one that is answered (order_states.clock_key)."""
    if sort not in SORTS:
        raise field_error("/sort", "unknown_sort", f"Sort by one of {', '.join(SORTS)}.")
    if group is not None and group not in GROUPS:
        raise field_error("/group", "unknown_group", f"Group by one of {', '.join(GROUPS)}.")
    descending, name = sort.startswith("-"), sort.removeprefix("-")
    last = Key(PurchaseOrder.id, UUID)
    number = Key(PurchaseOrder.po_number, str)
    cut = func.coalesce(shown.cut_value, text("0"))
    keys: dict[str, tuple[Key, ...]] = {
        "clock": (Key(OrderState.clock_key, float), Key(-shown.value, Decimal), number, last),
        "ordered_at": (Key(PurchaseOrder.ordered_at, datetime), last),
        "value": (Key(shown.value, Decimal), last),
        "po_number": (number, last),
        "window": (Key(OPENS, datetime), last),
        "cut_value": (Key(CUT if shown.cut_value is OrderState.cut_value else cut, Decimal), last),
        "units": (Key(shown.units, int), last),
        "status": (Key(OrderState.status, str), Key(OrderState.deadline_at, datetime), last),
        "ship_to": (Key(func.coalesce(PurchaseOrder.ship_to, ""), str), number, last),
    }  # fmt: skip
    head = (Key(GROUPS[group], str),) if group is not None else ()
    return Order((*head, *keys[name]), descending)


def sealed(values: list[Any]) -> list[Any]:
    """The values of a page mark as JSON holds them."""
    return [
        str(value) if isinstance(value, Decimal | UUID) else value.isoformat() if isinstance(value, datetime) else value
        for value in values
    ]
