"""The retention engine: each class of data leaves when its limit is reached, children first; what a case needs stays.

Limits are those of docs/data-inventory.yaml, or shorter ones an organization has set. Nothing here looks at the clock:
the instant is handed in, so that a dry run, the run and a test agree.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.journal.record import SYSTEM, Actor, Subject, record
from oktee.kit.database import take_time, tenant_session
from oktee.kit.errors import FieldError, Invalid, NotFound
from oktee.kit.exports import quoted
from oktee.kit.work import Fenced, Item
from oktee.modules.administration.privacy.archive import archive_audit
from oktee.modules.administration.privacy.catalog import Edge, StoredTable, list_edges, list_owned
from oktee.modules.administration.privacy.holds import IN_FORCE
from oktee.modules.administration.privacy.inventory import inventory
from oktee.modules.administration.privacy.tables import RetentionLimit

BATCH: Final = 5000
ORDERS: Final = 500
"""Orders that go in one round; their children go before them, 5,000 rows at a time."""
CLOSED_AT: Final = "coalesce(case when o.state = 'Closed' then o.state_changed_at end, greatest(o.ordered_at, o.changed_at, o.window_end))"
"""When an order was closed; one that Amazon never closed counts from its last sign of life."""
YOUNG: Final = (
    "exists (select 1 from stock_ledger l where l.organization_id = o.organization_id and l.purchase_order_id = o.id "
    "and l.at >= now() - interval '30 days')"
)
"""The order's promises were changed of late: the database keeps those entries (migration 0007: expire_rows), so it waits."""
AGED_OUT: Final = f"{CLOSED_AT} < :cutoff and not {IN_FORCE} and not {YOUNG}"
AGED: Final = (
    "ended_at", "lifted_at", "released_at", "finished_at", "expires_at", "at", "started_at", "created_at", "requested_at",
)  # fmt: skip
"""The instant a row without a rule of its own is counted from: the first of these it has; where that is not set yet the
row is still in use."""

OVER: Final = {
    "sync_runs": "t.started_at < :cutoff",
    "sync_windows": "t.done_at < :cutoff",
    "operations": (
        "t.finished_at < :cutoff and not exists (select 1 from catalog_imports i where i.organization_id = "
        "t.organization_id and i.operation_id = t.id)"
    ),
    "catalog_imports": (
        "t.finished_at < :cutoff and exists (select 1 from catalog_imports n where n.organization_id = t.organization_id "
        "and n.kind = t.kind and n.finished_at > t.finished_at)"
    ),
    "catalog_import_errors": (
        "exists (select 1 from catalog_imports i where i.organization_id = t.organization_id and i.id = t.import_id "
        "and i.finished_at < :cutoff)"
    ),
    "stock_snapshots": "t.confirmed_at < :cutoff",
    "support_reads": (
        "exists (select 1 from support_grants g where g.organization_id = t.organization_id and g.id = t.grant_id "
        "and coalesce(g.ended_at, g.expires_at, g.requested_at) < :cutoff)"
    ),
    "security_alerts": "t.detected_at < :cutoff",
    "support_grants": "coalesce(t.ended_at, t.expires_at, t.requested_at) < :cutoff",
}
"""When a row `t` is over, where its age alone does not say it."""
STAYS: Final = frozenset(
    {
        "items",
        "item_links",
        "item_components",
        "item_costs",
        "item_units",
        "warehouses",
        "calendars",
        "closures",
        "transit_times",
        "fulfilment_centres",
        "vendor_terms",
        "carriers",
        "stock_pools",
        "stock_balances",
        "journal_heads",
        "mails",
        "oauth_requests",
        "inbox",
        "canary_reads",
    }
)
"""Kept until replaced (the catalogue, the head of the chain), or cleaned with what belongs to nobody."""

LOOSE: Final = (
    "delete from exceptions where ctid = any(array(select ctid from exceptions "  # noqa: S608 - constants only
    f"where purchase_order_id is null and resolved_at < :cutoff limit {BATCH}))"
)
"""What was found of a vendor code or a rule hangs on no order: it goes so long after it was resolved."""

OURS: Final = "t.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid"
"""Rows `t` of this session's organization: not every table that has such rows hides the others' (row security)."""

log = structlog.get_logger(__name__)


class Stuck(Exception):
    """Something that is over could not be removed. `tables`: which; everything else was."""

    def __init__(self, tables: tuple[str, ...]) -> None:
        super().__init__(f"what is over stays in {', '.join(tables)}")
        self.tables = tables


@dataclass(frozen=True, slots=True)
class Due:
    """What a class would lose now: rows by table, and orders that only a hold keeps."""

    retention: str
    days: int
    tables: dict[str, int]
    held: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The tables of an organization as the engine goes through them."""

    tables: tuple[StoredTable, ...]
    edges: tuple[Edge, ...]

    def of(self, retention: str) -> list[StoredTable]:
        """The tables of a class, children first."""
        declared = inventory().tables
        return [
            table for table in self.tables if declared[table.name].retention == retention and table.name not in STAYS
        ]


async def plan(session: AsyncSession) -> Plan:
    """Asked of the catalog."""
    return Plan(tuple(await list_owned(session)), tuple(await list_edges(session)))


async def limits(session: AsyncSession) -> dict[str, int]:
    """Days by class: the shorter of what ships and what the organization of this session has set."""
    own = {row.retention: row.days for row in await session.scalars(select(RetentionLimit))}
    return {name: min(limit.days, own.get(name, limit.days)) for name, limit in inventory().limits.items()}


async def set_limit(session: AsyncSession, retention: str, days: int, *, actor: Actor) -> None:
    """Shorten a limit; the one that ships takes it back. Raises NotFound for a class without one, Invalid."""
    limit = inventory().limits.get(retention)
    if limit is None:
        raise NotFound("There is no such class of retention.")
    if not limit.least <= days <= limit.days:
        text_ = f"This limit can be set to {limit.least} to {limit.days} days."
        raise Invalid(text_, errors=(FieldError("/days", "out_of_range", text_),))
    if days == limit.days:
        await session.execute(delete(RetentionLimit).where(RetentionLimit.retention == retention))
    else:
        values: dict[str, Any] = {"days": days, "set_by": UUID(actor.id) if actor.id else None}
        statement = insert(RetentionLimit).values(retention=retention, **values)
        await session.execute(
            statement.on_conflict_do_update(index_elements=["organization_id", "retention"], set_=values)
        )
    await record(
        session, "retention.changed", actor=actor, subject=Subject("retention", retention, retention), audit=True,
        payload={"retention": retention, "days": days},
    )  # fmt: skip


def over(table: StoredTable) -> str:
    """SQL: which rows `t` of this table are over at :cutoff."""
    if table.name in OVER:
        return OVER[table.name]
    instants = [column.name for column in table.columns if column.type.startswith("timestamp")]
    aged = next((name for name in (*AGED, *instants) if name in instants), None)
    if aged is None:  # a test finds it before a customer does; until then nothing of it goes, and the rest does
        log.error("retention_without_rule", table=table.name)
        return "false"
    return f"t.{quoted(aged)} < :cutoff"


def doomed(name: str, edges: Sequence[Edge], root: str) -> list[tuple[str, str]]:
    """(table, condition) for everything that hangs on rows of `name` for which `root` holds, deepest first, `name` last."""
    found: list[tuple[str, str]] = []
    for edge in edges:
        if edge.parent == name and edge.child != name and edge.on_delete != "n" and len(edge.columns) == 2:
            inner = f"select {quoted(edge.targets[1])} from {quoted(name)} where {root}"  # noqa: S608 - identifiers of the catalog, quoted
            found += doomed(edge.child, edges, f"{quoted(edge.columns[1])} in ({inner})")
    merged: dict[str, str] = {}
    for table, condition in found:  # a table can hang on it in two ways
        merged[table] = f"{merged[table]} or {condition}" if table in merged else condition
    return [*merged.items(), (name, root)]


async def dry_run(session: AsyncSession, *, at: datetime) -> list[Due]:
    """What the next run would remove at that instant, and what holds keep."""
    await take_time(session)
    schema, days = await plan(session), await limits(session)
    found = []
    for retention, limit in days.items():
        values = {"cutoff": at - timedelta(days=limit)}
        tables: dict[str, int] = {}
        held = 0
        if retention == "amazon":
            root = f"id in (select o.id from purchase_orders o where {AGED_OUT})"  # noqa: S608 - constants only
            for name, condition in [*doomed("purchase_orders", schema.edges, root), ("stock_ledger", _ledger(root))]:
                tables[name] = await _count(session, f"select count(*) from {quoted(name)} where {condition}", values)  # noqa: S608 - identifiers of the catalog, quoted
            loose = "select count(*) from exceptions where purchase_order_id is null and resolved_at < :cutoff"
            tables["exceptions"] = tables.get("exceptions", 0) + await _count(session, loose, values)
            kept = f"select count(*) from purchase_orders o where {CLOSED_AT} < :cutoff and {IN_FORCE}"  # noqa: S608 - constants only
            held = await _count(session, kept, values)
        else:
            for table in schema.of(retention):
                question = f"select count(*) from {quoted(table.name)} t where {OURS} and ({over(table)})"  # noqa: S608 - identifiers of the catalog, quoted
                tables[table.name] = await _count(session, question, values)
        found.append(Due(retention, limit, {name: rows for name, rows in tables.items() if rows}, held))
    return found


def _ledger(root: str) -> str:
    return f"purchase_order_id in (select id from purchase_orders where {root})"  # noqa: S608 - constants only


async def _count(session: AsyncSession, question: str, values: dict[str, Any]) -> int:
    return int((await session.execute(text(question), values)).scalar_one())


async def expire(item: Item, *, at: datetime) -> dict[str, int]:
    """Remove what is over at that instant, batch by batch, each a transaction of its own. Answers rows by table.

    A table that fails keeps no other from expiring. Raises Fenced, and Stuck once everything else is done.
    """
    async with tenant_session(item.organization_id) as session:
        schema, days = await plan(session), await limits(session)
    gone: dict[str, int] = {}
    stuck: list[str] = []
    for retention, limit in days.items():
        cutoff = at - timedelta(days=limit)
        if retention == "amazon":
            with _going_on("purchase_orders", stuck):
                await _expire_orders(item, schema, limit, cutoff, gone)
            with _going_on("exceptions", stuck):
                loose = await _batches(item, LOOSE, {"cutoff": cutoff})
                gone["exceptions"] = gone.get("exceptions", 0) + loose
            continue
        for table in schema.of(retention):
            with _going_on(table.name, stuck):
                if table.name == "journal_entries":
                    gone[table.name] = await _expire_journal(item, cutoff)
                    continue
                name = quoted(table.name)
                statement = (
                    f"delete from {name} t where {OURS} and ctid = any(array("  # noqa: S608 - identifiers of the catalog, quoted
                    f"select t.ctid from {name} t where {OURS} and ({over(table)}) limit {BATCH}))"
                )
                gone[table.name] = await _batches(item, statement, {"cutoff": cutoff})
    if stuck:
        raise Stuck(tuple(stuck))
    return {name: rows for name, rows in gone.items() if rows}


@contextmanager
def _going_on(table: str, stuck: list[str]) -> Iterator[None]:
    try:
        yield
    except Fenced:
        raise
    except Exception as error:
        log.error("retention_stuck", table=table, error=repr(error)[:300])
        stuck.append(table)


async def _batches(item: Item, statement: str, values: dict[str, Any]) -> int:
    gone = 0
    while True:
        async with tenant_session(item.organization_id) as session:
            await item.guard(session)
            result: Any = await session.execute(text(statement), values)
        removed = int(result.rowcount)
        gone += removed
        if removed < BATCH:
            return gone


async def _expire_orders(item: Item, schema: Plan, days: int, cutoff: datetime, gone: dict[str, int]) -> None:
    """Orders by their close date, with all that hangs on them; a hold placed meanwhile still saves its order. Of each that
    went an entry of the log says when, and by which limit: its id, and nothing that Amazon said of it."""
    again = f"id = any(:ids) and id in (select o.id from purchase_orders o where {AGED_OUT})"  # noqa: S608 - constants only
    steps = doomed("purchase_orders", schema.edges, again)
    while True:
        async with tenant_session(item.organization_id) as session:
            await item.guard(session)
            found = await session.execute(
                text(f"select o.id from purchase_orders o where {AGED_OUT} order by o.id limit {ORDERS}"),  # noqa: S608 - constants only
                {"cutoff": cutoff},
            )
            ids = [UUID(str(order)) for order in found.scalars()]
            if ids:
                ledger = await session.execute(
                    text("select expire_rows('stock_ledger', cast(:ids as uuid[]))"), {"ids": ids}
                )
                gone["stock_ledger"] = gone.get("stock_ledger", 0) + int(ledger.scalar_one())
        if not ids:
            return
        for name, condition in steps:
            table = quoted(name)
            statement = (
                f"delete from {table} where ctid = any(array("  # noqa: S608 - identifiers of the catalog, quoted
                f"select ctid from {table} where {condition} limit {BATCH}))"
            )
            values = {"cutoff": cutoff, "ids": ids}
            if name == "purchase_orders":
                removed = await _orders(item, f"{statement} returning id, marketplace_id, vendor_code", values, days)
            else:
                removed = await _batches(item, statement, values)
            gone[name] = gone.get(name, 0) + removed


async def _orders(item: Item, statement: str, values: dict[str, Any], days: int) -> int:
    """The orders themselves, once nothing hangs on them: fewer than a batch."""
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        rows = (await session.execute(text(statement), values)).all()
        for order_id, marketplace_id, vendor_code in rows:
            await record(
                session, "order.expired", actor=SYSTEM, subject=Subject("order", str(order_id), ""),
                payload={"retention": "amazon", "days": days}, marketplace_id=marketplace_id, vendor_code=vendor_code,
            )  # fmt: skip
    return len(rows)


async def _expire_journal(item: Item, cutoff: datetime) -> int:
    """Entries of kind event go; audit entries go into a sealed archive first, their hashes stay."""
    gone = 0
    while True:
        async with tenant_session(item.organization_id) as session:
            await item.guard(session)
            found = await session.execute(
                text(
                    f"select id from journal_entries where log = 'event' and at < :cutoff order by at limit {BATCH}"  # noqa: S608 - constants only
                ),
                {"cutoff": cutoff},
            )
            ids = [UUID(str(entry)) for entry in found.scalars()]
            if ids:
                removed = await session.execute(
                    text("select expire_rows('journal_entries', cast(:ids as uuid[]))"), {"ids": ids}
                )
                gone += int(removed.scalar_one())
        if len(ids) < BATCH:
            return gone + await archive_audit(item, cutoff)
