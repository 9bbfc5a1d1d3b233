"""`python -m simulator`: serve the simulated Amazon on a port of this machine."""

import argparse
import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulator.app import create_app
from simulator.replies import ABORT
from simulator.settings import EMPTY_WORLD, LiveSettings, SimulatorSettings, WorldSize


class AbortableProtocol(HttpToolsProtocol):
    """HTTP whose requests may drop their connection: some faults answer nothing at all."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self.scope[ABORT] = self.transport.abort  # type: ignore[literal-required]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 = a free port")
    parser.add_argument("--state", type=Path, help="folder of the state file; none = in memory")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--speed", type=float, default=1.0, help="how often things happen at the first start; 0 = nothing by itself"
    )
    parser.add_argument("--empty", action="store_true", help="customers and catalogues without one order")
    parser.add_argument("--ready-file", type=Path, help='written as {"port": N} when listening')
    options = parser.parse_args(arguments)
    settings = SimulatorSettings(
        state=options.state,
        seed=options.seed,
        size=EMPTY_WORLD if options.empty else WorldSize(),
        live=LiveSettings(speed=options.speed),
    )
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((options.host, options.port))
    except OSError as fault:
        print(f"simulator: cannot listen on {options.host}:{options.port}: {fault.strerror}", file=sys.stderr)  # noqa: T201
        return 1
    # uvicorn raises the signal again once it has stopped in good order: that is a clean end, not a death by signal.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    asyncio.run(_serve(settings, listening, options.ready_file))
    return 0


async def _serve(settings: SimulatorSettings, listening: socket.socket, ready_file: Path | None) -> None:
    config = uvicorn.Config(
        create_app(settings),
        http=AbortableProtocol,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    await AnnouncedServer(config, ready_file).serve(sockets=[listening])


class AnnouncedServer(uvicorn.Server):
    """A server that writes its port to the ready file once it listens."""

    def __init__(self, config: uvicorn.Config, ready_file: Path | None) -> None:
        super().__init__(config)
        self._ready_file = ready_file

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started and self._ready_file is not None and sockets:
            _write_whole(self._ready_file, json.dumps({"port": sockets[0].getsockname()[1]}))


def _write_whole(path: Path, text: str) -> None:
    """Write so that a reader sees nothing or everything."""
    partial = path.with_name(path.name + ".part")
    partial.write_text(text)
    os.replace(partial, path)


if __name__ == "__main__":
    sys.exit(main())
