"""Where orders sell: each order's marketplace, and the vendor codes and marketplaces a connection is seen to have."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.amazon.connection.marketplaces import find_by_country
from oktee.amazon.mirror.order_content import OrderContent
from oktee.amazon.mirror.poller import ConnectionRef

CODES = text("select code, marketplace_id, freight from vendor_codes where connection_id = :connection")
SEE_CODE = text(
    """insert into vendor_codes (connection_id, code, marketplace_id, freight)
    values (:connection, :code, :marketplace, :freight)
    on conflict (organization_id, connection_id, code) do update
    set freight = coalesce(excluded.freight, vendor_codes.freight)"""
)
SEE_MARKETPLACE = text(
    """insert into connection_marketplaces (connection_id, marketplace_id) values (:connection, :marketplace)
    on conflict do nothing"""
)


class Placed(Protocol):
    """An order about to be written, whose marketplace is decided here."""

    marketplace_id: str

    @property
    def content(self) -> OrderContent: ...


def decide_marketplace(country: str | None, *, code_marketplace: str | None, home: str) -> str:
    """Where an order sells: the country it ships to, else what is known of its vendor code, else the connection's home.

    Merged vendor groups send orders of several countries under one authorisation (FACTS b).
    """
    shipped = find_by_country(country) if country else None
    return shipped.id if shipped else code_marketplace or home


async def place(session: AsyncSession, connection: ConnectionRef, writes: Sequence[Placed]) -> None:
    """Decide each order's marketplace, and keep the vendor codes and marketplaces that are seen for the first time."""
    values = {"connection": connection.id}
    codes = {row.code: (row.marketplace_id, row.freight) for row in await session.execute(CODES, values)}
    seen: dict[str, tuple[str, str | None]] = {}
    for write in writes:
        content = write.content
        code_marketplace, freight = seen.get(content.vendor_code) or codes.get(content.vendor_code) or (None, None)
        write.marketplace_id = decide_marketplace(
            content.ship_to_country, code_marketplace=code_marketplace, home=connection.home_marketplace_id
        )
        now = (code_marketplace or write.marketplace_id, content.freight or freight)
        if codes.get(content.vendor_code) != now:
            seen[content.vendor_code] = now
    for code, (marketplace, freight) in sorted(seen.items()):
        await session.execute(SEE_CODE, values | {"code": code, "marketplace": marketplace, "freight": freight})
    for marketplace in sorted({write.marketplace_id for write in writes}):
        await session.execute(SEE_MARKETPLACE, values | {"marketplace": marketplace})
