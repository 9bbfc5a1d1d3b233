"""The database of a run: how far the answers are, and whether what it holds agrees with itself."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import asyncpg
from oktee.modules.supply.rules.trace import told_steps

T = TypeVar("T")
PERSONS: Final = ("to_confirm", "held", "changed", "send_failed", "mismatch")
DUE: Final = (
    "update work set due_at = now() where (organization_id, kind, key) in (select organization_id, kind, key from work "
    "where kind in ('submit_answer', 'verify_answer') and lease_until is null and due_at > now() and due_at < 'infinity' "
    "for update skip locked)"
)
"""What would be waited for by minutes is due at once: Amazon takes a second here, not half an hour. What somebody holds is
left for the next time: locks taken in no order would meet those of the workers."""
MINE: Final = "select set_config('app.organization_id', id::text, false) from organizations where slug = $1"


class Database:
    """Read as the application's role, for one organization."""

    def __init__(self, dsn: str, workspace: str) -> None:
        self._dsn, self._workspace = dsn, workspace

    def run(self, act: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        async def connected() -> T:
            connection = await asyncpg.connect(self._dsn)
            try:
                await connection.execute(MINE, self._workspace)
                return await act(connection)
            finally:
                await connection.close()

        return asyncio.run(connected())

    def rows(self, query: str, *values: Any) -> list[asyncpg.Record]:
        return self.run(lambda connection: connection.fetch(query, *values))

    def hurry(self) -> None:
        self.run(lambda connection: connection.execute(DUE))

    def statuses(self, numbers: list[str]) -> dict[str, int]:
        found = self.rows(
            "select s.status, count(*)::int as n from order_states s join purchase_orders p on "
            "p.id = s.purchase_order_id where p.po_number = any($1::text[]) group by 1",
            numbers,
        )
        return {row["status"]: row["n"] for row in found}

    def persons(self, numbers: list[str]) -> list[str]:
        """Ids of orders that wait for somebody."""
        found = self.rows(
            "select p.id from order_states s join purchase_orders p on p.id = s.purchase_order_id "
            "where p.po_number = any($1::text[]) and s.status = any($2::text[]) order by 1",
            numbers, list(PERSONS),
        )  # fmt: skip
        return [str(row["id"]) for row in found]

    def answers(self, numbers: list[str]) -> list[asyncpg.Record]:
        return self.rows(
            "select po_number, answer, state, encode(payload_hash, 'hex') as hash, resends, refused from "
            "acknowledgements where po_number = any($1::text[]) order by 1, 2",
            numbers,
        )

    def wrong_stock(self) -> int:
        """Balances that are not the sum of the ledger, that are negative, or of which more is promised than there is."""
        (row,) = self.rows(
            """select count(*)::int as n from stock_balances b
            left join (select organization_id, item_id, warehouse, sum(quantity) as units from stock_ledger
                group by 1, 2, 3) l using (organization_id, item_id, warehouse)
            where b.committed <> coalesce(l.units, 0) or b.committed < 0"""
        )
        return int(row["n"])

    def reasons(self, numbers: list[str]) -> list[dict[str, Any]]:
        """Every message of these orders: of their lines, of what holds them, of answers that failed."""
        found: list[dict[str, Any]] = []
        for row in self.rows(
            """select l.summary::text as summary, l.trace::text as trace, l.hold::text as hold from decision_lines l
            join order_states s on s.decision_id = l.decision_id join purchase_orders p on p.id = s.purchase_order_id
            where p.po_number = any($1::text[])""",
            numbers,
        ):
            found += [json.loads(row["summary"]), *told_steps(json.loads(row["trace"])), *json.loads(row["hold"])]
        for row in self.rows(
            "select error::text as error from acknowledgements where po_number = any($1::text[]) and error is not null",
            numbers,
        ):
            found.append(json.loads(row["error"]))
        for row in self.rows(
            "select s.hold::text as hold from order_states s join purchase_orders p on p.id = s.purchase_order_id "
            "where p.po_number = any($1::text[])",
            numbers,
        ):
            found += json.loads(row["hold"])
        return [each for each in found if each]
