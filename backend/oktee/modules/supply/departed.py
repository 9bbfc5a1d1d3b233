"""What left of an order: the one formula for the figures of its page, the mark Short, and what anomalies look at.

Amazon shows a shipment from the moment it is asked to fetch it, so what it shows counts once it says that the goods left;
until then what we confirmed counts.
"""

from typing import Any, Final

from sqlalchemy import case, func

from oktee.amazon.mirror.shipment_store import SHIPPED
from oktee.amazon.mirror.shipment_tables import Shipment, ShipmentItem


def departed() -> Any:
    """Eaches of a ShipmentItem that left; its Shipment is joined."""
    gone = Shipment.amazon_confirmed_at.is_not(None) | (func.coalesce(Shipment.amazon_status, "") == SHIPPED)
    confirmed = func.coalesce(ShipmentItem.confirmed_units, 0)
    return case((gone, func.coalesce(ShipmentItem.shown_units, confirmed)), else_=confirmed)


DEPARTED: Final = (
    f"case when s.amazon_confirmed_at is not null or s.amazon_status = '{SHIPPED}' "
    "then coalesce(i.shown_units, i.confirmed_units, 0) else coalesce(i.confirmed_units, 0) end"
)
"""The same in the text of a statement: `i` is the item, `s` its shipment."""
