"""Lots and days of expiry of what a shipment holds, where the catalogue says that the product expires (DEFINITIONS 4: a
product that arrives with less than thirty days is charged whole)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from oktee.modules.supply.shipments.rules.findings import ASN, Finding
from oktee.modules.supply.shipments.rules.inputs import UNSAID, ShipmentInput
from oktee.modules.supply.shipments.rules.measures import NOTHING

LEAST_DAYS: Final = 30
"""So many days a product has to last after it arrives."""


def check_lots(shipment: ShipmentInput, *, now: datetime) -> Iterator[Finding]:
    """What is missing of a product that expires, and what lasts too short or longer than it can."""
    today = now.astimezone(UTC).date()
    arrives = max(today, shipment.deliver_at.astimezone(UTC).date()) if shipment.deliver_at else today
    for place, item in enumerate(shipment.items):
        if item.units <= 0:
            continue
        goods, lot = shipment.goods.get(item.key, NOTHING), shipment.lots.get(item.key, UNSAID)
        of: dict[str, str | int] = {"line": item.sequence}
        if shipment.joint:
            of["order"] = item.po_number
        if goods.expiry_managed and lot.expires_on is None:
            yield Finding(f"/items/{place}/expires_on", "expiry_missing", ASN, values=of)
        if goods.expiry_managed and not lot.number:
            yield Finding(f"/items/{place}/lot_number", "lot_missing", ASN, blocking=False, values=of)
        if lot.expires_on is None:
            continue
        days, at = (lot.expires_on - arrives).days, f"/items/{place}/expires_on"
        if days < 0:
            yield Finding(at, "expired", ASN, values=of | {"days": -days})
        elif days < LEAST_DAYS:
            yield Finding(at, "expires_soon", ASN, blocking=False, values=of | {"days": days, "least": LEAST_DAYS})
        elif goods.shelf_life_days and lot.expires_on > today + timedelta(days=goods.shelf_life_days):
            more = of | {"days": (lot.expires_on - today).days, "life": goods.shelf_life_days}
            yield Finding(at, "expires_late", ASN, blocking=False, values=more)
