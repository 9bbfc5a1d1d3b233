"""Real processes for the chaos tests: a simulator, workers and APIs of this checkout; only what was started here is ended."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from amazon.connection import connecting
from contract.simulated import TurnedClock
from oktee.amazon.client.session import open_http
from oktee.amazon.connection.applications import register
from oktee.amazon.connection.outbound import outbound
from oktee.kit.database import global_session

PYTHON = sys.executable
WIDE = {"rate": 100_000, "burst": 100_000}
OPERATIONS = (
    "getPurchaseOrders",
    "getPurchaseOrder",
    "submitAcknowledgement",
    "getPurchaseOrdersStatus",
    "getTransaction",
)


async def soon(condition: object, *, within: float = 90.0, what: str = "") -> None:
    """Wait until the condition (a callable, sync or async) is true; AssertionError when it takes too long."""
    assert callable(condition)
    loop = asyncio.get_running_loop()
    until = loop.time() + within
    while True:
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return
        assert loop.time() < until, f"not in {within} s: {what or condition}"
        await asyncio.sleep(0.05)


@dataclass
class Process:
    """One child, its own process group, its log in a file."""

    name: str
    popen: "subprocess.Popen[bytes]"
    log: Path

    def said(self, word: str) -> bool:
        if self.popen.poll() is not None and word not in self.text():
            raise AssertionError(f"{self.name} ended ({self.popen.returncode}):\n{self.text()[-2000:]}")
        return word in self.text()

    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def pause(self) -> None:
        self.popen.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.popen.send_signal(signal.SIGCONT)

    @property
    def stopped(self) -> bool:
        """Frozen by SIGSTOP."""
        shown = subprocess.run(["ps", "-o", "stat=", "-p", str(self.popen.pid)], capture_output=True, check=False)
        return shown.stdout.strip().startswith(b"T")

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait()

    @property
    def killed(self) -> bool:
        """Died by SIGKILL, and not in any other way."""
        code = self.popen.poll()
        assert code in (None, -signal.SIGKILL), f"{self.name} ended with {code}:\n{self.text()[-2000:]}"
        return code is not None


@dataclass
class Processes:
    """What was started, to be ended."""

    folder: Path
    environment: Mapping[str, str]
    started: list[Process] = field(default_factory=list)

    def start(self, name: str, *arguments: str, **environment: str) -> Process:
        log = self.folder / f"{name}.log"
        with log.open("wb") as out:
            popen = subprocess.Popen(
                [PYTHON, "-m", *arguments],
                env={**os.environ, **self.environment, "ENV": "development", "PYTHONUNBUFFERED": "1", **environment},
                cwd=self.folder,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        found = Process(name, popen, log)
        self.started.append(found)
        return found

    def worker(self, name: str, **environment: str) -> Process:
        return self.start(name, "oktee.cli", "worker", **environment)

    def api(self, name: str, port: int) -> Process:
        return self.start(name, "oktee.cli", "serve", "--port", str(port))

    def end(self) -> None:
        """End everything that was started here, by its own id."""
        for process in self.started:
            if process.popen.poll() is None:
                process.kill()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class ToPort(httpx.AsyncHTTPTransport):
    """Sends whatever is meant for the simulator to the port on which it listens."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "simulator":
            request.url = request.url.copy_with(host="127.0.0.1", port=self._port)
        return await super().handle_async_request(request)


@asynccontextmanager
async def a_simulator(processes: Processes) -> AsyncIterator[connecting.Amazon]:
    """The simulated Amazon in a process of its own, on a socket, with our application registered on both sides."""
    ready = processes.folder / "simulator.json"
    process = processes.start("simulator", "simulator", "--empty", "--speed", "0", "--ready-file", str(ready))
    await soon(lambda: process.popen.poll() is not None or ready.exists(), what="the simulator")
    port = int(json.loads(ready.read_text())["port"])
    made = connecting.Amazon(None, open_http(transport=ToPort(port)), TurnedClock())  # type: ignore[arg-type]
    await made.control("PUT", "/settings", {"quotas": dict.fromkeys(OPERATIONS, WIDE), "ack_delay_seconds": 0})
    ours = connecting.registration("EU", f"http://127.0.0.1:{port}")
    await made.control("POST", "/applications", connecting.at_amazon(ours))
    async with global_session() as session:
        await register(session, ours)
    assert outbound.transport is None
    try:
        yield made
    finally:
        await connecting.forget()
        await made.http.aclose()
