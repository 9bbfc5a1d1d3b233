"""An organization with a connection, its client and a worker turned by hand: what the tests of the mirror hold."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from contract.simulated import APPLICATION, Account, Simulated
from factories import make_organization
from oktee.amazon.connection.tables import AmazonConnection, Application
from oktee.amazon.mirror import purchase_order_status, purchase_orders, runner
from oktee.kit.database import database, global_session, new_id, tenant_session
from oktee.kit.module import Module, OperationNeed
from oktee.kit.work import Crew, Item, Kind
from sqlalchemy import text

LUMEA = "amzn1.vg.1001"
NORDHANDEL = "amzn1.vg.2001"
GERMANY = "A1PA6795UKMFR9"


async def noted(item: Item) -> None:
    """The job that follows a stream: that it ran is in its work row."""


DECIDE = Kind("test_decide", run=noted)
OBSERVE = Kind("test_observe", run=noted)
MIRRORING = Module(
    name="supply",
    title="Mirroring",
    pollers=(purchase_orders.POLLER, purchase_order_status.POLLER),
    operations=tuple(
        OperationNeed(name, "orders", "to keep them") for name in ("getPurchaseOrders", "getPurchaseOrdersStatus")
    ),
    jobs=(DECIDE, OBSERVE),
    after={"purchase_orders": DECIDE, "purchase_order_status": OBSERVE},
)


@dataclass
class Mirror:
    """An organization with one connection of the simulated Amazon, and a worker that runs when told to."""

    organization_id: UUID
    connection_id: UUID
    account: Account
    crew: Crew = field(default_factory=lambda: Crew([runner.POLL], lanes=8))

    async def start(self, names: list[str] | None = None) -> None:
        async with tenant_session(self.organization_id) as session:
            await runner.start_streams(session, self.connection_id, names=names)

    async def turn(self) -> None:
        """Run what is due until nothing is."""
        while True:
            await self.crew.drain("sync")
            if not self.crew.held:
                return
            await asyncio.wait(list(self.crew.held))

    async def poll(self, *streams: str, reason: str = "manual") -> None:
        """Fetch now and wait for it."""
        for stream in streams or ("purchase_orders", "purchase_order_status"):
            async with tenant_session(self.organization_id) as session:
                await runner.fetch_now(session, self.connection_id, stream, reason)
        await self.turn()

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        async with tenant_session(self.organization_id) as session:
            return list(await session.execute(text(sql), {"connection": self.connection_id} | values))

    async def one(self, sql: str, **values: Any) -> Any:
        (row,) = await self.rows(sql, **values)
        return row

    async def stream(self, name: str = "purchase_orders") -> Any:
        return await self.one("select * from streams where connection_id = :connection and name = :name", name=name)

    async def order(self, number: str) -> Any:
        return await self.one("select * from purchase_orders where po_number = :number", number=number)

    async def kinds(self) -> list[str]:
        return [row.kind for row in await self.rows("select kind from journal_entries order by at, id")]

    async def scheduled(self, kind: str) -> list[str]:
        async with database.autocommit() as connection:
            query = text("select key from work where organization_id = :org and kind = :kind order by key")
            return list((await connection.execute(query, {"org": self.organization_id, "kind": kind})).scalars())


class Mirrors:
    """Makes mirrors of one simulated Amazon; each gets its client as `clients.client_for` would give it, unhurried."""

    def __init__(self, amazon: Simulated) -> None:
        self.amazon = amazon
        self.accounts: dict[UUID, Account] = {}
        self.application: UUID | None = None

    async def make(
        self, selling_partner_id: str = LUMEA, *, home: str = GERMANY, organization: UUID | None = None
    ) -> Mirror:
        account = await self.amazon.authorise(selling_partner_id)
        return await self.connect(account, home=home, organization=organization)

    async def connect(self, account: Account, *, home: str = GERMANY, organization: UUID | None = None) -> Mirror:
        organization = organization or (await make_organization())[0]
        application = await self._application()
        connection_id = new_id()
        async with tenant_session(organization) as session:
            session.add(
                AmazonConnection(
                    id=connection_id, application_id=application, region="EU", name="Lumea Europe",
                    selling_partner_id=account.selling_partner_id, status="active", home_marketplace_id=home,
                    granted_roles=["Inventory and Order Tracking"],
                    expires_at=datetime.now(UTC) + timedelta(days=300),
                )
            )  # fmt: skip
        self.accounts[connection_id] = account
        return Mirror(organization, connection_id, account)

    async def _application(self) -> UUID:
        if self.application is None:
            self.application = new_id()
            async with global_session() as session:
                session.add(
                    Application(
                        id=self.application, name="Test", kind="sandbox", region="EU", roles=[], secret_blob=b"",
                        application_id=str(APPLICATION["application_id"]), client_id=str(APPLICATION["client_id"]),
                        token_url="", endpoint="", consent_url="",
                    )
                )  # fmt: skip
        return self.application

    async def client_for(self, organization_id: UUID, connection_id: UUID) -> Any:
        return self.accounts[connection_id].client()


def asked_for(call: dict[str, Any]) -> dict[str, str]:
    """The query of a call in the simulator's ledger."""
    return dict(parse_qsl(call["query"]))


async def place(amazon: Simulated, *, code: str = "LUMD1", count: int = 1, **over: Any) -> list[str]:
    """Place orders of two lines for a vendor code a moment ago, so that a window that ends now holds them; their numbers."""
    at = (amazon.clock() - timedelta(milliseconds=50)).isoformat()
    lines = [{"asin": f"B0TEST{n:04d}", "quantity": 10 + n, "net_cost": "5.50", "backorder": True} for n in range(2)]
    asked = {"vendor_code": code, "count": count, "lines": lines, "placed_at": at, "available_at": at} | over
    placed = await amazon.control("POST", "/orders", asked)
    return list(placed["purchase_order_numbers"])
