"""A house of our own: durable PostgreSQL and Valkey in a temporary folder, the newest schema, a vendor with a catalogue."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec
from oktee.access.workspaces import create_organization
from oktee.amazon.client.models.vendor_orders import Order
from oktee.amazon.connection.tables import AmazonConnection, Application
from oktee.amazon.mirror.poller import ConnectionRef
from oktee.catalog import imports
from oktee.embedded.servers import Servers
from oktee.journal.record import SYSTEM
from oktee.kit import objects
from oktee.kit.crypto import LocalKek, kek
from oktee.kit.database import WORK_STATEMENT, database, global_session, new_id, tenant_session
from oktee.kit.module import installed
from oktee.kit.process import collect_seldom
from oktee.kit.settings import settings
from oktee.kit.work import Crew
from oktee.modules.administration.privacy.dpa import accept_for
from oktee.modules.registry import install
from oktee.notify.outbox import horn
from oktee.schema import migrate_to

GERMANY: Final = "A1PA6795UKMFR9"
VENDOR_CODE: Final = "LUMD1"
"""One of the simulated customer Lumea's."""
CENTRES: Final = ("XDE1", "XDE2", "XDE3", "XDE4")


@dataclass(frozen=True, slots=True)
class House:
    """Where its servers are, and the environment of every process that belongs to it."""

    folder: Path
    environment: dict[str, str]
    superuser: str
    """The address of the database as the one whom no policy concerns, as asyncpg takes it."""

    @property
    def owner(self) -> str:
        """The address of the database as its owner, as asyncpg takes it."""
        return self.environment["MIGRATION_DATABASE_URL"].replace("+asyncpg", "")


@dataclass(frozen=True, slots=True)
class Vendor:
    """An organization with a connection on which nothing is fetched, and how many items its catalogue holds."""

    organization_id: UUID
    slug: str
    connection: ConnectionRef
    items: int


@contextmanager
def running_house(folder: Path, **more: str) -> Iterator[House]:
    """Servers as they are installed (fsync on), migrated; this process's settings and those of its children point at them."""
    folder.chmod(0o711)  # the server's account must be able to walk there
    servers = Servers(folder, pg_port=0, redis_port=0)
    before = dict(os.environ)
    try:
        addresses = servers.start()
        asyncio.run(_rarer_checkpoints(servers))
        migrate_to(addresses["MIGRATION_DATABASE_URL"])
        environment = addresses | {
            "ENV": "development",
            "KEY_FILE": str(folder / "keys.json"),
            "OBJECTS_DIR": str(folder / "objects"),
        }
        environment |= more
        os.environ.update(environment)
        settings.cache_clear()
        kek.cache_clear()
        LocalKek.create(folder / "keys.json", origin="bench")
        port, password = servers.postgres.port, servers.postgres.passwords["pg"]
        yield House(folder, environment, f"postgresql://postgres:{password}@127.0.0.1:{port}/oktee")
    finally:
        servers.stop()
        os.environ.clear()
        os.environ.update(before)


async def _rarer_checkpoints(servers: Servers) -> None:
    """No checkpoint in the middle of a round: it would hit one side and not the other."""
    superuser = await asyncpg.connect(
        host="127.0.0.1", port=servers.postgres.port, user="postgres", password=servers.postgres.passwords["pg"]
    )
    for setting in ("max_wal_size = '8GB'", "checkpoint_timeout = '30min'"):
        await superuser.execute(f"alter system set {setting}")
    await superuser.execute("select pg_reload_conf()")
    await superuser.close()


@asynccontextmanager
async def opened(house: House) -> AsyncIterator[None]:
    """The engine of this process, as a worker has it."""
    install()
    collect_seldom()
    database.open(house.environment["DATABASE_URL"], pool_size=15, statement_seconds=WORK_STATEMENT)
    try:
        yield
    finally:
        await installed().close()
        await horn.close()
        await database.close()


async def an_organization(*, items: int, pieces: int) -> tuple[UUID, str]:
    """A vendor (id, slug) whose catalogue and stock came by file, as a customer's do."""
    slug = f"bench-{new_id().hex[-6:]}"
    organization_id = await create_organization(
        slug=slug, name="Bench", country="DE", time_zone="Europe/Berlin", currency="EUR"
    )
    await accept_for(organization_id)
    await import_file(organization_id, "items", _items_file(items))
    await import_file(organization_id, "stock", _stock_file(items, pieces))
    return organization_id, slug


async def a_vendor(*, items: int, pieces: int) -> Vendor:
    """A vendor with a connection whose orders are handed in from here."""
    organization_id, slug = await an_organization(items=items, pieces=pieces)
    application, connection = new_id(), new_id()
    async with global_session() as session:
        session.add(
            Application(
                id=application, name="Bench", kind="sandbox", region="EU", roles=[], secret_blob=b"",
                application_id=f"bench.{slug}", client_id=f"bench.{slug}", token_url="", endpoint="", consent_url="",
            )
        )  # fmt: skip
    async with tenant_session(organization_id) as session:
        session.add(
            AmazonConnection(
                id=connection, application_id=application, region="EU", name="Bench", selling_partner_id=slug,
                status="active", home_marketplace_id=GERMANY, granted_roles=["Inventory and Order Tracking"],
                expires_at=datetime.now(UTC) + timedelta(days=300),
            )
        )  # fmt: skip
    return Vendor(organization_id, slug, ConnectionRef(connection, "Bench", "EU", GERMANY), items)


async def import_file(organization_id: UUID, kind: str, content: str) -> None:
    """Hand in a file of the customer's and load it. Raises RuntimeError when a row is refused."""

    async def chunks() -> AsyncIterator[bytes]:
        yield content.encode()

    stored = await objects.put(organization_id, chunks(), max_bytes=50_000_000)
    async with tenant_session(organization_id) as session:
        found, _ = await imports.begin(session, kind=kind, file_name=f"{kind}.csv", stored=stored, actor=SYSTEM)
    crew = Crew([imports.LOAD])
    await crew.drain("bulk")
    while crew.held:
        await asyncio.wait(crew.held)
    async with tenant_session(organization_id) as session:
        done = await imports.get_import(session, found.id)
    if done.finished_at is None or not done.loaded or done.rejected:
        raise RuntimeError(f"the file of {kind} was not loaded: {done.loaded} rows taken, {done.rejected} refused")


def _items_file(items: int) -> str:
    head = "sku,asin,vendor_sku,marketplaces,vendor_code,title,brand,case_pack,cost_price,currency,status\n"
    return head + "".join(
        f"SKU-{n:06d},B0{n:08d},V-{n:06d},DE,{VENDOR_CODE},Item {n},Lumea,12,6.20,EUR,active\n" for n in range(items)
    )


def _stock_file(items: int, pieces: int) -> str:
    as_of = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    head = "sku,warehouse,as_of,on_hand\n"
    return head + "".join(f"SKU-{n:06d},LYON,{as_of},{pieces}\n" for n in range(items))


def pages(vendor: Vendor, *, first: int, count: int, lines: int, seed: int = 7) -> list[list[Order]]:
    """Pages of 100 new orders, decoded from Amazon's JSON, numbered from `first`."""
    chance = random.Random(seed * 1_000_003 + first)
    numbers = range(first, first + count)
    orders = [msgspec.json.decode(msgspec.json.encode(_order(vendor, n, lines, chance)), type=Order) for n in numbers]
    return [orders[n : n + 100] for n in range(0, count, 100)]


def _order(vendor: Vendor, number: int, lines: int, chance: random.Random) -> dict[str, Any]:
    now = datetime.now(UTC).replace(microsecond=0)
    opens = now + timedelta(days=chance.randint(4, 7))
    placed = now - timedelta(seconds=chance.randrange(3600))
    address = {"name": "Amazon EU", "addressLine1": "Industriestr. 1", "city": "Graben", "countryCode": "DE"}
    return {
        "purchaseOrderNumber": f"P{number:07d}",
        "purchaseOrderState": "New",
        "orderDetails": {
            "purchaseOrderDate": placed.isoformat(),
            "purchaseOrderStateChangedDate": placed.isoformat(),
            "purchaseOrderType": "RegularOrder",
            "paymentMethod": "Invoice",
            "buyingParty": {"partyId": "5SDA0", "address": address},
            "sellingParty": {"partyId": VENDOR_CODE},
            "shipToParty": {"partyId": chance.choice(CENTRES), "address": address},
            "billToParty": {"partyId": "5SDA0", "address": address},
            "deliveryWindow": f"{opens:%Y-%m-%dT%H:%M:%SZ}--{opens + timedelta(days=5):%Y-%m-%dT%H:%M:%SZ}",
            "items": [
                _line(sequence, item, chance)
                for sequence, item in enumerate(chance.sample(range(vendor.items), lines), 1)
            ],
        },
    }


def _line(sequence: int, item: int, chance: random.Random) -> dict[str, Any]:
    return {
        "itemSequenceNumber": str(sequence),
        "amazonProductIdentifier": f"B0{item:08d}",
        "vendorProductIdentifier": f"V-{item:06d}",
        "orderedQuantity": {"amount": 12 * chance.randint(1, 6), "unitOfMeasure": "Eaches", "unitSize": 1},
        "isBackOrderAllowed": chance.random() < 0.5,
        "netCost": {"currencyCode": "EUR", "amount": "6.20"},
    }
