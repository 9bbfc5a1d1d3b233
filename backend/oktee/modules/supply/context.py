"""What the pages of Supply can be narrowed to: marketplaces, vendor codes and brands, as far as the reader sees them."""

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import select

from oktee.access.caller import Session, needs
from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.connection.tables import ConnectionMarketplace
from oktee.amazon.mirror.purchase_orders import VendorCode
from oktee.catalog.tables import Item

router = APIRouter()


class SupplyContext(BaseModel):
    """Countries of the marketplaces, vendor codes and brands, each in order."""

    countries: list[str]
    vendor_codes: list[str]
    brands: list[str]


@router.get("/context", dependencies=[needs("orders.read")])
async def get_supply_context(session: Session) -> SupplyContext:
    """Marketplaces, vendor codes and brands that orders and exceptions can be narrowed to."""
    ids = await session.scalars(select(ConnectionMarketplace.marketplace_id).distinct())
    countries = {found.country for one in ids if (found := find_marketplace(one)) is not None}
    codes = await session.scalars(select(VendorCode.code).distinct())
    brands = await session.scalars(select(Item.brand).where(Item.brand.is_not(None), Item.brand != "").distinct())
    return SupplyContext(
        countries=sorted(countries),
        vendor_codes=sorted(set(codes)),
        brands=sorted((brand for brand in brands if brand is not None), key=str.casefold),
    )
