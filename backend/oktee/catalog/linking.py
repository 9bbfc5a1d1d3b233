"""One link said by a person: this ASIN (or this name of the vendor's own) is that SKU, on one marketplace and vendor code."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.catalog.following import schedule_after
from oktee.catalog.tables import Item, ItemLink
from oktee.journal.record import Actor, Subject, record
from oktee.kit.database import new_id
from oktee.kit.errors import NotFound


async def link_item(
    session: AsyncSession,
    sku: str,
    *,
    marketplace_id: str,
    vendor_code: str,
    asin: str | None,
    vendor_sku: str | None,
    now: datetime,
) -> UUID | None:
    """The item's id; None when there is no such SKU. A later file about this SKU and place has the last word.

    The item counts as sold there from now on; a cost it has elsewhere is not taken over, so its cost is flagged.
    """
    item = (await session.execute(select(Item).where(Item.sku == sku).with_for_update())).scalar_one_or_none()
    if item is None:
        return None
    link = insert(ItemLink).values(
        id=new_id(),
        item_id=item.id,
        marketplace_id=marketplace_id,
        vendor_code=vendor_code,
        asin=asin or "",
        vendor_sku=vendor_sku,
        brand=item.brand,
        import_id=item.import_id,
        as_of=now,
    )
    await session.execute(
        link.on_conflict_do_update(
            constraint="uq_item_links_place", set_={"vendor_sku": link.excluded.vendor_sku, "as_of": now}
        )
    )
    await session.execute(
        update(Item)
        .where(Item.id == item.id)
        .values(
            marketplaces=_with(Item.marketplaces, marketplace_id),
            vendor_codes=_with(Item.vendor_codes, vendor_code),
        )
        .execution_options(synchronize_session=False)
    )
    return item.id


async def unlink_item(
    session: AsyncSession, item_id: UUID, link_id: UUID, *, actor: Actor, modules: Sequence[str]
) -> None:
    """Take a link away, and let what waits be decided again. Raises NotFound."""
    found = delete(ItemLink).where(ItemLink.item_id == item_id, ItemLink.id == link_id)
    link = (await session.execute(found.returning(ItemLink))).scalar_one_or_none()
    if link is None:
        raise NotFound("There is no such link.")
    sku = (await session.execute(select(Item.sku).where(Item.id == item_id))).scalar_one()
    place = {"marketplace_id": link.marketplace_id, "vendor_code": link.vendor_code}
    await record(
        session,
        "catalog.unlinked",
        actor=actor,
        subject=Subject("item", str(item_id), sku),
        payload={"name": link.asin or link.vendor_sku or ""} | place,
        audit=True,
        marketplace_id=link.marketplace_id,
        vendor_code=link.vendor_code or None,
        brand=link.brand,
    )
    await schedule_after(session, modules)


def _with(names: object, name: str) -> object:
    """The array with this name in it once."""
    return func.array_append(func.array_remove(names, name), name)
