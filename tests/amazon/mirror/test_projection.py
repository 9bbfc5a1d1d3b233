"""Field-level projection at ingest: what no column is for is not stored, and what cannot be read is sealed (SEC-21)."""

import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
from amazon.mirror.mirrored import Mirror, place
from conftest import Stack
from contract.simulated import Simulated
from oktee.amazon.connection import vault
from oktee.amazon.mirror.turn import REJECT

PLANTED = {
    "buyerInfo": {"buyerEmail": "jane.doe.canary@example.com", "buyerName": "Jane Canary Doe"},
    "shippingAddress": {"name": "Jane Canary Doe", "phone": "+49-canary-555"},
    "somethingNew": "canary-unknown-field",
}
CANARY = "canary"


def _plant(value: Any) -> Any:
    """The same, with fields that OKTee maps nowhere in every object."""
    if isinstance(value, dict):
        return {name: _plant(inner) for name, inner in value.items()} | PLANTED
    return [_plant(inner) for inner in value] if isinstance(value, list) else value


@pytest.fixture(name="planted")
async def answers_with_more_than_they_should(amazon: Simulated) -> AsyncIterator[list[str]]:
    """Amazon's answers carry personal and unknown fields at every depth; `bodies` is what went over the wire."""
    bodies: list[str] = []

    async def plant(response: httpx.Response) -> None:
        if response.request.url.path.startswith("/vendor/orders/"):
            await response.aread()
            body = json.dumps(_plant(json.loads(response.content))).encode()
            bodies.append(body.decode())
            response._content = body
            response.headers["content-length"] = str(len(body))

            async def again(size: int | None = None) -> AsyncIterator[bytes]:
                yield body

            response.aiter_bytes = again  # type: ignore[assignment,method-assign]
            response.aiter_raw = again  # type: ignore[assignment,method-assign]

    amazon.http.event_hooks["response"].append(plant)
    yield bodies
    amazon.http.event_hooks["response"].remove(plant)


async def _everything(stack: Stack) -> dict[str, str]:
    """Every row of every table as text, read by the owner of the database, who sees all organizations."""
    connection = await asyncpg.connect(stack.owner_dsn)
    try:
        tables = await connection.fetch(
            "select c.relname, c.relforcerowsecurity from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname = 'public' and c.relkind = 'r'"
        )
        found = {}
        for name, forced in tables:
            async with connection.transaction():  # whatever comes, the table is left as secured as it was
                await connection.execute(f'alter table "{name}" no force row level security')
                rows = await connection.fetch(f'select t::text as row from "{name}" t')
                if forced:
                    await connection.execute(f'alter table "{name}" force row level security')
            found[name] = "\n".join(row["row"] for row in rows)
        return found
    finally:
        await connection.close()


async def test_personal_and_unknown_fields_reach_no_table(
    amazon: Simulated, mirror: Mirror, planted: list[str], db: Stack
) -> None:
    (number,) = await place(amazon)
    await mirror.start()
    await mirror.turn()
    assert any(CANARY in body for body in planted)  # they were on the wire
    assert await mirror.order(number)
    assert (await mirror.one("select count(*) from purchase_order_lines")).count == 2
    assert (await mirror.one("select count(*) from purchase_order_line_status")).count == 2
    assert [name for name, rows in (await _everything(db)).items() if CANARY in rows.lower()] == []


async def test_a_revision_keeps_the_mapped_fields_alone(amazon: Simulated, mirror: Mirror, planted: list[str]) -> None:
    await place(amazon)
    await mirror.start()
    await mirror.turn()
    (row,) = await mirror.rows("select content from purchase_order_revisions")
    assert set(row.content) == {
        "vendor_code", "order_type", "payment_method", "deal_code", "freight", "import_order", "import_details",
        "ordered_at", "ship_window", "delivery_window", "ship_to", "ship_to_country", "buying_party", "bill_to", "lines",
    }  # fmt: skip
    assert not {"address", "name", "phone"} & set(row.content["lines"][0])


async def test_what_cannot_be_read_is_sealed_for_its_organization_and_opens_again(
    amazon: Simulated, mirror: Mirror, db: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oktee.amazon.mirror import turn

    raw = b'{"purchaseOrderNumber": "X", "buyerEmail": "jane.canary@example.com"}\xff'

    async def open_(self: Any, session: Any, window: Any, page: Any) -> None:
        await original(self, session, window, page)
        if not page.rejects:
            page.rejects.append(turn.Reject(raw, "no such thing"))

    original = turn.Turn._open
    monkeypatch.setattr(turn.Turn, "_open", open_)
    await place(amazon)
    await mirror.start(["purchase_orders"])
    await mirror.turn()
    (row,) = await mirror.rows("select * from ingest_rejects")  # many pages with the same bytes are one row
    assert b"canary" not in bytes(row.payload)
    assert [name for name, rows in (await _everything(db)).items() if "jane.canary" in rows] == []
    opened = await vault.open_sealed(
        mirror.organization_id, bytes(row.payload), kind=REJECT, owner_id=row.id, version=1
    )
    assert opened.get_secret_value().encode("latin-1") == raw
