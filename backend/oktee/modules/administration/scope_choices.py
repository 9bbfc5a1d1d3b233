"""What a scope can name in this workspace: marketplaces and vendor codes of its connections, brands of its catalogue."""

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection.marketplaces import find_marketplace
from oktee.amazon.connection.tables import ConnectionMarketplace
from oktee.amazon.mirror.purchase_orders import VendorCode
from oktee.catalog.tables import Item

MOST_BRANDS = 500


class MarketplaceChoice(BaseModel):
    """A marketplace by the id of Amazon and its country."""

    id: str
    country: str


class VendorCodeChoice(BaseModel):
    """A vendor code and where it sells."""

    code: str
    country: str


class ScopeChoices(BaseModel):
    """The names to choose from, in order."""

    marketplaces: list[MarketplaceChoice]
    vendor_codes: list[VendorCodeChoice]
    brands: list[str]


async def read_choices(session: AsyncSession) -> ScopeChoices:
    """Of what the session itself sees."""
    places = select(ConnectionMarketplace.marketplace_id).union(select(VendorCode.marketplace_id))
    codes = (
        select(VendorCode.code, VendorCode.marketplace_id)
        .distinct()
        .order_by(VendorCode.code, VendorCode.marketplace_id)
    )
    brands = select(Item.brand).where(Item.brand.is_not(None)).distinct().order_by(Item.brand).limit(MOST_BRANDS)
    marketplaces = [
        MarketplaceChoice(id=marketplace, country=country(marketplace))
        for marketplace in (await session.execute(places)).scalars()
    ]
    return ScopeChoices(
        marketplaces=sorted(marketplaces, key=lambda place: place.country),
        vendor_codes=[
            VendorCodeChoice(code=code, country=country(at)) for code, at in (await session.execute(codes)).all()
        ],
        brands=[brand for brand in (await session.execute(brands)).scalars() if brand],
    )


def country(marketplace_id: str) -> str:
    found = find_marketplace(marketplace_id)
    return found.country if found else marketplace_id
