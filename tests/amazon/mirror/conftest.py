"""The fixtures of the mirror's tests: a simulated Amazon in this process and what is connected to it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from amazon.mirror.mirrored import MIRRORING, Mirror, Mirrors
from contract.simulated import APPLICATION, Simulated, TurnedClock
from oktee.amazon.client.session import open_http
from oktee.amazon.connection import clients
from oktee.kit.module import installed
from oktee.kit.settings import settings
from simulator.app import create_app
from simulator.settings import LiveSettings, SimulatorSettings, WorldSize


@pytest.fixture
def modules() -> Iterator[None]:
    """Only what these tests declare is installed."""
    before = installed().modules
    installed().fill([MIRRORING])
    yield
    installed().fill(before)


@pytest.fixture
async def amazon() -> AsyncIterator[Simulated]:
    """The simulated customers with their catalogues and no order; nothing happens by itself, quotas out of the way."""
    clock = TurnedClock()
    live = LiveSettings(speed=0, ack_delay_seconds=0)
    size = WorldSize(history_days=0, open_orders=0, items_per_customer=40)
    app = create_app(SimulatorSettings(size=size, live=live, clock=clock))
    simulated = Simulated(app, open_http(transport=httpx.ASGITransport(app=app)), clock)
    await simulated.control("POST", "/applications", APPLICATION)
    wide = {"rate": 100_000, "burst": 100_000}
    await simulated.control("PUT", "/settings", {"quotas": dict.fromkeys(live.quotas, wide)})
    yield simulated
    await simulated.http.aclose()
    app.state.amazon.store.close()


@pytest.fixture
async def mirrors(db: Any, modules: None, amazon: Simulated, monkeypatch: pytest.MonkeyPatch) -> Mirrors:
    made = Mirrors(amazon)
    monkeypatch.setattr(clients, "client_for", made.client_for)
    monkeypatch.setattr(settings(), "reference_days", 3)
    return made


@pytest.fixture
async def mirror(mirrors: Mirrors) -> Mirror:
    """Lumea's merged vendor group, connected from Germany."""
    return await mirrors.make()
