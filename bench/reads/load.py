"""Asks one address over so many connections for so many seconds; a process of its own, the same for both sides.

`load.py HOST PORT PATH COOKIE CONNECTIONS SECONDS` prints {"answers", "seconds", "p50", "p99", "bytes"} (milliseconds).
Standard library and uvloop: a socket and the length of the answer, nothing else is looked at.
"""

import asyncio
import json
import sys
import time
from statistics import median, quantiles

import uvloop


async def main(host: str, port: int, path: str, cookie: str, connections: int, seconds: float) -> None:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\nConnection: keep-alive\r\n\r\n".encode()
    )
    taken: list[float] = []
    sizes: list[int] = []
    until = time.perf_counter() + seconds

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(host, port, limit=2**20)
        while time.perf_counter() < until:
            start = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode("latin-1"))
            sizes.append(await _body(reader, head.lower()))
            taken.append(1000 * (time.perf_counter() - start))
        writer.close()

    start = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    spent = time.perf_counter() - start
    found = {"answers": len(taken), "seconds": spent, "p50": median(taken), "p99": quantiles(taken, n=100)[98]}
    print(json.dumps(found | {"bytes": sizes[-1]}))


async def _body(reader: asyncio.StreamReader, head: bytes) -> int:
    mark = b"content-length: "
    if mark in head:
        return len(await reader.readexactly(int(head.split(mark)[1].split(b"\r\n")[0])))
    size = 0
    while (part := int(await reader.readline(), 16)) > 0:  # chunked (RFC 9112, 7.1)
        size += len(await reader.readexactly(part))
        await reader.readline()
    await reader.readline()
    return size


if __name__ == "__main__":
    host, port, path, cookie, connections, seconds = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(host, int(port), path, cookie, int(connections), float(seconds)))
