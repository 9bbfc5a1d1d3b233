"""The simulated Amazon of the contract tests: over httpx.ASGITransport, no sockets, no database."""

from collections.abc import AsyncIterator

import httpx
import pytest
from contract.simulated import APPLICATION, Simulated, TurnedClock
from oktee.amazon.client.session import open_http
from simulator.app import create_app
from simulator.settings import EMPTY_WORLD, LiveSettings, SimulatorSettings


@pytest.fixture
async def amazon() -> AsyncIterator[Simulated]:
    """A simulated Amazon without orders, its application registered, its quotas out of the way."""
    clock = TurnedClock()
    wide = {"rate": 100_000, "burst": 100_000}
    live = LiveSettings(speed=0, ack_delay_seconds=0)
    app = create_app(SimulatorSettings(size=EMPTY_WORLD, live=live, clock=clock))
    http = open_http(transport=httpx.ASGITransport(app=app))
    simulated = Simulated(app, http, clock)
    await simulated.control("POST", "/applications", APPLICATION)
    await simulated.control("PUT", "/settings", {"quotas": dict.fromkeys(live.quotas, wide)})
    yield simulated
    await http.aclose()
    app.state.amazon.store.close()
