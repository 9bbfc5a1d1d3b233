"""The simulated Amazon as a whole: its world, order book, identity, transactions, faults and ledger, restored from the state file."""

import random
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from simulator.accounts import VendorCode, VendorGroup
from simulator.book import OrderBook
from simulator.faults import Faults
from simulator.identity import Identity
from simulator.ledger import Ledger
from simulator.live import LiveWorld
from simulator.orders import load_order
from simulator.road import travel
from simulator.settings import LiveSettings, SimulatorSettings, WorldSize
from simulator.shipments import ShipmentBook
from simulator.store import Store
from simulator.throttle import Throttle
from simulator.transactions import Transactions
from simulator.world.bulk import BulkWorld
from simulator.world.catalog import Item, build_catalog
from simulator.world.customers import CUSTOMERS, Customer
from simulator.world.history import past_orders, waiting_orders


class Amazon:
    def __init__(self, settings: SimulatorSettings) -> None:
        self.settings = settings
        self.clock = settings.clock
        self.store = Store(settings.state)
        stored = self.store.get("settings", "live")
        self.live: LiveSettings = settings.live if stored is None else LiveSettings.model_validate(stored)
        if stored is None:
            self.store.put("settings", "live", self.live.model_dump())
        self.identity = Identity(self.store, clock=self.clock, live=lambda: self.live)
        self.ledger = Ledger(self.store)
        self.faults = Faults()
        self.throttle = Throttle()
        self.book = OrderBook(self.store)
        self.shipments = ShipmentBook(self.store)
        self.transactions = Transactions(self.store, self.book, self.shipments, self.ledger)
        self.bulk: dict[str, BulkWorld] = {}
        self.customers: dict[str, Customer] = {}
        self.items: dict[str, tuple[Item, ...]] = {}
        self.catalogs: dict[str, dict[str, list[Item]]] = {}
        world = self.store.get("world", "world")
        if world is None:
            self._build(seed=settings.seed, size=settings.size)
        else:
            self._restore(world)
        self.living = LiveWorld(self)

    @property
    def groups(self) -> list[VendorGroup]:
        return [group for customer in self.customers.values() for group in customer.groups] + [
            bulk.group for bulk in self.bulk.values()
        ]

    def find_group(self, selling_partner_id: str) -> VendorGroup | None:
        return next((group for group in self.groups if group.selling_partner_id == selling_partner_id), None)

    def find_code(self, vendor_code: str) -> tuple[VendorGroup, VendorCode] | None:
        for group in self.groups:
            code = group.find_code(vendor_code)
            if code is not None:
                return group, code
        return None

    def find_item(self, asin: str) -> Item | None:
        return self._by_asin.get(asin)

    def partner_of(self, access_token: str | None) -> str | None:
        """The vendor group an access token speaks for, whether or not it is still good; None when it speaks for none."""
        token = None if access_token is None else self.identity.find_access(access_token)
        grant = None if token is None else self.identity.grant_of(token)
        return None if grant is None else grant.selling_partner_id

    def advance(self) -> None:
        """Let happen what was due until now: answers and shipments take effect, carriers come, goods arrive, orders arrive and change."""
        now = self.clock()
        self.transactions.run_due(now)
        travel(self, now)
        self.living.run_due(now)

    def configure(self, live: LiveSettings) -> None:
        self.live = live
        self.store.put("settings", "live", live.model_dump())
        self.living.replan()

    def next_rng(self, purpose: str) -> random.Random:
        """Randomness of the world's seed that goes on where it stopped, over restarts too."""
        place = int(self.store.get("counter", purpose) or 0) + 1
        self.store.put("counter", purpose, place)
        return random.Random(f"{self.seed}:{purpose}:{place}")

    def reset(self, *, seed: int, size: WorldSize) -> None:
        """Build another world; applications and settings stay, orders, authorisations, transactions, faults and the ledger go."""
        self.store.forget("world", "bulk", "transaction", "shipment", "grant", "arrival", "code", "access", "counter")
        self.book.clear()
        self.transactions.clear()
        self.shipments.clear()
        self.identity.forget_grants()
        self.faults.clear()
        self.throttle.clear()
        self.ledger.clear()
        self.bulk.clear()
        self._build(seed=seed, size=size)
        self.living.replan()

    def add_bulk(
        self,
        *,
        orders: int,
        lines: int,
        country: str,
        vendor_code: str | None,
        selling_partner_id: str | None,
        days: float,
    ) -> BulkWorld:
        """A bare vendor group whose orders became available evenly over the last days."""
        number = len(self.bulk) + 1
        now = self.clock()
        bulk = BulkWorld(
            number=number,
            selling_partner_id=selling_partner_id or f"amzn1.vg.9{number:03d}",
            vendor_code=vendor_code or f"BLK{number:02d}",
            country=country,
            orders=orders,
            lines=lines,
            since=now - timedelta(days=days),
            until=now,
        )
        self.store.put("bulk", f"{number:06d}", bulk.document())
        self._take_bulk(bulk)
        return bulk

    def _take_bulk(self, bulk: BulkWorld) -> None:
        self.bulk[bulk.selling_partner_id] = bulk
        self.book.add(bulk.build(), stored=True)

    def _build(self, *, seed: int, size: WorldSize) -> None:
        started_at = self.clock()
        self._know(seed=seed, size=size)
        for customer in self.customers.values():
            catalog = self.catalogs[customer.key]
            taken: Callable[[str], bool] = self.book.__contains__
            per_day = customer.orders_per_day if size.orders_per_day is None else size.orders_per_day
            waiting = customer.open_orders if size.open_orders is None else size.open_orders
            self.book.add(
                past_orders(
                    customer, catalog, seed=seed, now=started_at, days=size.history_days, per_day=per_day, taken=taken
                )
            )
            self.book.add(waiting_orders(customer, catalog, seed=seed, now=started_at, count=waiting, taken=taken))
        # Last, so that a world is there whole or is built again.
        self.store.put("world", "world", {"seed": seed, "size": asdict(size), "started_at": started_at})

    def _restore(self, world: dict[str, Any]) -> None:
        size = WorldSize(**{**world["size"], "customers": tuple(world["size"]["customers"])})
        self._know(seed=int(world["seed"]), size=size)
        for _, document in self.store.all("bulk"):
            self._take_bulk(BulkWorld.from_document(document))
        self.book.add([load_order(body) for body in self.store.orders()], stored=True)

    def _know(self, *, seed: int, size: WorldSize) -> None:
        self.seed = seed
        self.size = size
        self.customers = {key: CUSTOMERS[key] for key in size.customers}
        self.items = {
            key: build_catalog(customer, seed=seed, count=size.items_per_customer)
            for key, customer in self.customers.items()
        }
        self.catalogs = {key: _by_code(customer, self.items[key]) for key, customer in self.customers.items()}
        self._by_asin = {item.asin: item for items in self.items.values() for item in items}


def _by_code(customer: Customer, items: Sequence[Item]) -> dict[str, list[Item]]:
    return {code.code: [item for item in items if code.code in item.costs] for code in customer.vendor_codes}
