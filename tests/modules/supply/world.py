"""A vendor with OKTee, its simulated Amazon and a worker turned by hand; beside it a second vendor, so that a leak shows."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from amazon.connection import connecting
from catalog.loading import ITEMS, STOCK, item_row, stock_row
from contract.simulated import TurnedClock
from factories import Browser, Person, make_organization, make_person, open_browser, the_app
from oktee.amazon.client.retry import RetryPolicy
from oktee.amazon.client.session import open_http
from oktee.amazon.connection import clients
from oktee.amazon.connection.applications import register
from oktee.amazon.connection.outbound import outbound
from oktee.kit.database import global_session, tenant_session
from oktee.kit.module import installed
from oktee.kit.work import QUEUES, Crew
from oktee.modules.supply.settings import SupplySettings, write_settings
from oktee.notify.outbox import horn
from simulator.app import create_app as create_simulator
from simulator.settings import LiveSettings, SimulatorSettings, WorldSize

Json = dict[str, Any]
WIDE = {"rate": 100_000, "burst": 100_000}
STREAMS = ("purchase_orders", "purchase_order_status")
WAITED_FOR = ("submit_answer", "verify_answer", "submit_shipment", "verify_shipment", "follow_shipment")
"""The kinds of work that wait for a moment of their own."""


@dataclass(frozen=True)
class Item:
    """An item of the vendor's catalogue, as an order names it."""

    sku: str
    asin: str
    cost: str

    def line(self, quantity: int, **over: Any) -> Json:
        """A line of an order; eaches, backorder allowed, at the agreed cost unless told otherwise."""
        return {
            "asin": self.asin,
            "vendor_product_identifier": self.sku,
            "quantity": quantity,
            "uom": "Eaches",
            "net_cost": self.cost,
            "backorder": True,
        } | over


@dataclass
class World:
    """One vendor (owner, manager, analyst), connected; another vendor beside it; what Amazon and the worker do."""

    amazon: connecting.Amazon
    app: Any
    db: asyncpg.Connection
    crew: Crew
    owner: Browser
    manager: Browser
    analyst: Browser
    stranger: Browser
    people: dict[str, Person]
    connection_id: UUID
    strangers_connection: UUID
    _numbers: Iterable[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def organization_id(self) -> UUID:
        return self.people["owner"].organization_id

    # -- the worker ---------------------------------------------------------------------------------------------------

    async def turn(self) -> None:
        """Run whatever is due, and what follows from it, until nothing is."""
        while True:
            for queue in QUEUES:
                await self.crew.drain(queue)
            if not self.crew.held:
                return
            await asyncio.wait(list(self.crew.held))

    async def later(self) -> None:
        """Let the time pass that the next sending or reading back waits for, and run it."""
        await self.db.execute(
            "update work set due_at = now() - interval '1 second', lease_until = null "
            "where kind = any($1::text[]) and due_at < 'infinity'",
            list(WAITED_FOR),
        )
        await self.turn()

    async def poll(self, browser: Browser | None = None) -> None:
        """Fetch both streams now, and let everything follow."""
        browser = browser or self.owner
        connection = self.strangers_connection if browser is self.stranger else self.connection_id
        for stream in STREAMS:
            answer = await browser.post(browser.at(f"/administration/sync/{connection}/{stream}/runs"))
            assert answer.status_code == 202, answer.text
            await self.turn()

    # -- the vendor's own files ---------------------------------------------------------------------------------------

    async def item(
        self,
        stock: int | None,
        *,
        inbound: tuple[int, date] | None = None,
        code: str = "LUMD1",
        browser: Browser | None = None,
        **over: Any,
    ) -> Item:
        """A new item with so much on the shelf, imported as the vendor's ERP would hand it in."""
        number = next(iter(self._numbers))
        found = Item(f"SKU-{number:04d}", f"B0SUPPL{number:03d}", str(over.get("cost_price", "6.20")))
        over = {
            "asin": found.asin,
            "vendor_sku": found.sku,
            "vendor_code": code,
            "marketplaces": code_country(code),
        } | over
        await self.upload("items", ITEMS + item_row(found.sku, **over), browser)
        if stock is not None:
            await self.stock(found, stock, inbound=inbound, browser=browser)
        return found

    async def stock(
        self,
        item: Item,
        on_hand: int,
        *,
        inbound: tuple[int, date] | None = None,
        as_of: datetime | None = None,
        browser: Browser | None = None,
    ) -> None:
        """What the shelf holds of an item, as of now."""
        more = {} if inbound is None else {"inbound_qty": inbound[0], "inbound_eta": inbound[1].isoformat()}
        at = (as_of or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
        await self.upload("stock", STOCK + stock_row(item.sku, on_hand, as_of=at, **more), browser)

    async def upload(self, kind: str, content: str | bytes, browser: Browser | None = None) -> Json:
        browser = browser or self.owner
        answer = await browser.post(
            browser.at(f"/administration/catalog/imports?kind={kind}&file_name={kind}.csv"),
            content=content,
            headers={"Content-Type": "text/csv"},
        )
        assert answer.status_code == 202, answer.text
        await self.turn()
        made = await self.get(f"/administration/catalog/imports/{answer.json()['import']['id']}", browser)
        assert (made["state"], made["rejected"]) == ("done", 0), made
        return made

    # -- Amazon -------------------------------------------------------------------------------------------------------

    async def place(self, *lines: Json, code: str = "LUMD1", **over: Any) -> str:
        """An order whose window leaves time, seen by nobody yet: its number."""
        start = (datetime.now(UTC) + timedelta(days=7)).replace(hour=0, minute=0, second=0, microsecond=0)
        asked = {
            "vendor_code": code,
            "lines": list(lines),
            "window_start": start.isoformat(),
            "window_end": (start + timedelta(days=8)).isoformat(),
        } | over
        placed = await self.amazon.control("POST", "/orders", asked)
        (number,) = placed["purchase_order_numbers"]
        return str(number)

    async def arrive(self, *lines: Json, **over: Any) -> Json:
        """An order, placed, fetched and decided."""
        number = await self.place(*lines, **over)
        await self.poll()
        return await self.order(number)

    async def change(self, number: str, **changes: Any) -> None:
        await self.amazon.control("POST", f"/orders/{number}/changes", changes)

    async def answer_elsewhere(self, number: str, by: str = "edi", **accepted: int) -> None:
        """Answered by EDI or by a person in Vendor Central; `accepted` by line, e.g. line_1=40; others are taken whole."""
        lines = {name.removeprefix("line_"): units for name, units in accepted.items()}
        await self.amazon.control("POST", f"/orders/{number}/answers", {"by": by, "accepted": lines})

    async def configure(self, **settings: Any) -> None:
        await self.amazon.control("PUT", "/settings", settings)

    async def fault(self, kind: str, operation: str = "submitAcknowledgement", **rule: Any) -> None:
        await self.amazon.fault(kind=kind, operation=operation, **rule)

    async def submissions(self, number: str) -> list[Json]:
        """Every acknowledgement of this order that reached Amazon, from its own ledger."""
        calls = await self.amazon.calls("submitAcknowledgement")
        return [call for call in calls if number in call["purchase_orders"]]

    async def effective(self, number: str) -> list[Json]:
        """Those of them that changed the order."""
        return [call for call in await self.submissions(number) if call["changed_state"]]

    async def at_amazon(self, number: str) -> Json:
        found: Json = await self.amazon.control("GET", f"/orders/{number}")
        return found

    # -- the pages ----------------------------------------------------------------------------------------------------

    async def get(self, path: str, browser: Browser | None = None, **query: Any) -> Any:
        browser = browser or self.owner
        answer = await browser.get(browser.at(path), params=query)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return answer.json()

    async def row(self, number: str, browser: Browser | None = None) -> Json:
        (found,) = (await self.get("/supply/orders", browser, q=number))["rows"]
        return dict(found)

    async def order(self, number: str, browser: Browser | None = None) -> Json:
        found: Json = await self.get(f"/supply/orders/{(await self.row(number, browser))['id']}", browser)
        return found

    async def again(self, order: Json) -> Json:
        """The same order as its page shows it now."""
        found: Json = await self.get(f"/supply/orders/{order['id']}")
        return found

    async def draft(self, order: Json, *lines: Json, browser: Browser | None = None) -> httpx.Response:
        """Change the answer to some lines, on what the page of `order` shows."""
        browser = browser or self.owner
        body = {"revision": order["revision"], "decision_id": order["decision"]["id"], "lines": list(lines)}
        return await browser.put(browser.at(f"/supply/orders/{order['id']}/draft"), json=body)

    async def confirm(self, order: Json, *, browser: Browser | None = None, key: str | None = None) -> httpx.Response:
        """Press Confirm on what the page of `order` shows."""
        browser = browser or self.owner
        body = {"revision": order["revision"], "decision_id": order["decision"]["id"]}
        headers = {"Idempotency-Key": key} if key else {}
        return await browser.post(browser.at(f"/supply/orders/{order['id']}/confirmation"), json=body, headers=headers)

    async def confirmed(self, order: Json) -> Json:
        """Confirm, send, and read back until Amazon shows it."""
        answer = await self.confirm(order)
        assert answer.status_code == 201, answer.text
        await self.turn()
        await self.later()
        found = await self.again(order)
        assert found["answers"][-1]["state"] == "seen", found["answers"]
        return found

    async def automation(self, mode: str, delay_minutes: int = 20, browser: Browser | None = None) -> Json:
        browser = browser or self.owner
        body = {"mode": mode, "delay_minutes": delay_minutes}
        answer = await browser.put(browser.at("/supply/automation"), json=body)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def events(self, order: Json) -> list[Json]:
        """The event log of one order, oldest first."""
        found = await self.get("/supply/events", object_type="order", object_id=order["id"], limit=200)
        return list(reversed(found["rows"]))

    # -- what the database holds --------------------------------------------------------------------------------------

    async def rows(self, query: str, *values: Any) -> list[asyncpg.Record]:
        return list(await self.db.fetch(query, *values))

    async def answers(self, number: str) -> list[asyncpg.Record]:
        """Our answers to an order, oldest first."""
        return await self.rows("select * from acknowledgements where po_number = $1 order by answer", number)

    async def held(self, order: Json) -> int:
        """Units that this order holds in stock, by the ledger."""
        (row,) = await self.rows(
            "select coalesce(sum(quantity), 0)::int as held from stock_ledger where purchase_order_id = $1",
            UUID(order["id"]),
        )
        return int(row["held"])

    async def check_stock(self) -> None:
        """The sums of the ledger are what the balances say is committed (invariant I3)."""
        wrong = await self.rows(
            """select b.item_id, b.warehouse, b.committed, coalesce(l.units, 0) as ledger from stock_balances b
            left join (select organization_id, item_id, warehouse, sum(quantity) as units from stock_ledger
                group by 1, 2, 3) l using (organization_id, item_id, warehouse)
            where b.committed <> coalesce(l.units, 0)"""
        )
        assert wrong == []

    async def calm(self) -> None:
        """Amazon without faults and automation off, for the next test."""
        await self.amazon.control("DELETE", "/faults")
        await self.configure(transaction_mode="normal", ack_delay_seconds=0)
        await self.automation("suggest")
        await self.db.execute("delete from automation_pauses")
        await self.turn()


def code_country(code: str) -> str:
    """The marketplace of one of Lumea's vendor codes; Nordhandel sells in Germany."""
    return {"LUMD1": "DE", "LUMF1": "FR", "LUMI1": "IT", "LUMS1": "ES", "LUMU1": "UK"}.get(code, "DE")


@asynccontextmanager
async def simulated_amazon() -> AsyncIterator[connecting.Amazon]:
    """Customers without orders; nothing happens by itself; answers take effect at once; quotas out of the way."""
    live = LiveSettings(speed=0, ack_delay_seconds=0)
    size = WorldSize(history_days=0, open_orders=0, items_per_customer=5, customers=("lumea", "nordhandel"))
    clock = TurnedClock()
    app = create_simulator(SimulatorSettings(size=size, live=live, clock=clock))
    transport = httpx.ASGITransport(app=app)
    made = connecting.Amazon(app, open_http(transport=transport), clock)
    await made.control("PUT", "/settings", {"quotas": dict.fromkeys(live.quotas, WIDE)})
    ours = connecting.registration("EU")
    await made.control("POST", "/applications", connecting.at_amazon(ours))
    async with global_session() as session:
        await register(session, ours)
    before = outbound.transport
    outbound.transport = transport
    try:
        yield made
    finally:
        await connecting.forget()
        outbound.transport = before
        await made.http.aclose()
        app.state.amazon.store.close()


@asynccontextmanager
async def a_world(
    owner_dsn: str,
    *,
    verified: bool = True,
    amazon_of: Callable[[], AbstractAsyncContextManager[connecting.Amazon]] = simulated_amazon,
) -> AsyncIterator[World]:
    """Both vendors connected over HTTP through the consent. `verified=False`: the first one's identity is not confirmed
    yet, so nothing was fetched."""
    patch = pytest.MonkeyPatch()
    quick = RetryPolicy(attempts=3, base=0.001, cap=0.001, patience=1.0)
    patch.setattr(clients, "PATIENT", replace(clients.PATIENT, retry=quick))
    async with AsyncExitStack() as stack:
        stack.callback(patch.undo)
        amazon = await stack.enter_async_context(amazon_of())
        app = the_app()
        organization = await make_organization(slug=f"lumea-{datetime.now(UTC):%H%M%S%f}")
        people = {
            role: await make_person(organization=organization, role=role, name=name)
            for role, name in (("owner", "Lea Martin"), ("supply_manager", "Sam Keller"), ("analyst", "Ana Ruiz"))
        }
        people["stranger"] = await make_person(role="owner", name="Max Fremd")
        browsers = {name: await stack.enter_async_context(open_browser(app, person)) for name, person in people.items()}
        owner, stranger = browsers["owner"], browsers["stranger"]
        connection = await connecting.connect(amazon, owner, connecting.LUMEA)
        foreign = await connecting.connect(amazon, stranger, connecting.NORDHANDEL_DE)
        await connecting.verify(stranger, foreign)
        if verified:
            await connecting.verify(owner, connection)
        database = await asyncpg.connect(owner_dsn)
        stack.push_async_callback(database.close)
        # Row security holds for the owner of the tables too: what this connection reads is the first vendor's.
        await database.execute("select set_config('app.organization_id', $1, false)", str(organization[0]))
        stack.push_async_callback(horn.close)
        for person in (people["owner"], people["stranger"]):  # what a new workspace looks at first has tests of its own
            async with tenant_session(person.organization_id) as session:
                await write_settings(session, SupplySettings(first_orders=0, new_places=False), by=person.id)
        world = World(
            amazon, app, database, Crew(installed().kinds(), lanes=8), owner, browsers["supply_manager"],
            browsers["analyst"], stranger, people, connection, foreign,
        )  # fmt: skip
        await world.turn()
        yield world


def as_shown(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The orders of these rows as they were listed."""
    return [
        {"id": order_id, "revision": revision, "decision_id": decision_id}
        for order_id, revision, decision_id in {
            (row["order_id"], row["revision"], row["decision_id"]) for row in rows if row["decision_id"]
        }
    ]
