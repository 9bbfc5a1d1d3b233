"""The data map: what is held of an organization, from the inventory and the rows that are there now."""

from datetime import datetime
from typing import Final

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.database import organization_of
from oktee.kit.exports import quoted
from oktee.modules.administration.privacy.catalog import StoredTable, list_owned
from oktee.modules.administration.privacy.inventory import inventory

AGED_BY: Final = (
    "ordered_at", "at", "created_at", "started_at", "decided_at", "planned_at", "received_at", "received_on",
    "accepted_at", "requested_at", "placed_at", "first_seen_at", "claimed_at", "fetched_at", "as_of", "updated_at",
)  # fmt: skip
"""The instant a row's age is counted from: the first of these that the table has."""


class DataMapRow(BaseModel):
    """One table: what it holds, whose, for how long, and how much is there now."""

    table: str
    purpose: str
    category: str
    classes: list[str]
    module: str
    origin: str
    retention: str
    legal_basis: str
    location: str
    rows: int
    oldest: datetime | None


class DataMap(BaseModel):
    """Everything held of this workspace; `classes`, `retentions` and `legal_bases` say what the words mean."""

    rows: list[DataMapRow]
    total: int
    classes: dict[str, str]
    retentions: dict[str, str]
    legal_bases: dict[str, str]
    locations: dict[str, str]


async def data_map(session: AsyncSession, *, language: str = "en") -> DataMap:
    """Count every table of the organization of this session. A table the inventory does not know is an error."""
    known = inventory()
    rows = []
    for table in await list_owned(session):
        declared = known.tables[table.name]
        count, oldest = await _measure(session, table)
        rows.append(
            DataMapRow(
                table=table.name,
                purpose=declared.purpose[language],
                category=declared.category,
                classes=sorted({column.kind for column in declared.columns}),
                module=declared.module,
                origin=declared.origin,
                retention=declared.retention,
                legal_basis=declared.legal_basis,
                location=declared.location,
                rows=count,
                oldest=oldest,
            )
        )
    rows.sort(key=lambda row: (-row.rows, row.table))
    return DataMap(
        rows=rows,
        total=sum(row.rows for row in rows),
        classes=known.classes,
        retentions=known.retentions,
        legal_bases=known.legal_bases,
        locations=known.locations,
    )


async def _measure(session: AsyncSession, table: StoredTable) -> tuple[int, datetime | None]:
    """(rows, instant of the oldest). One pass over the organization's part of the table."""
    aged = next((name for name in AGED_BY if table.has(name) and table.type_of(name).startswith("timestamp")), None)
    oldest = f"min({quoted(aged)})" if aged else "null::timestamptz"
    row = (
        await session.execute(
            text(f"select count(*), {oldest} from {quoted(table.name)} where organization_id = :org"),  # noqa: S608 - identifiers of the catalog, quoted
            {"org": organization_of(session)},
        )
    ).one()
    return int(row[0]), row[1]
