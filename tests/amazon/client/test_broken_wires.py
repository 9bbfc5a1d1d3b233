"""What a broken wire does: named as Unreachable, bounded in time and size, and never mistaken for an answer."""

import asyncio
import gzip
import json
from typing import Any

import httpx
import pytest
import respx
from oktee.amazon.client.errors import Unreachable
from oktee.amazon.client.retry import RetryPolicy
from oktee.amazon.client.vendor_orders import get_purchase_order, submit_acknowledgement
from oktee.amazon.client.wire import Limits

ORDER = {"payload": {"purchaseOrderNumber": "2JK3S9VC", "purchaseOrderState": "New"}}
ONCE = RetryPolicy(attempts=1)


def answers(head: str, body: bytes, *, then_wait: bool = False) -> Any:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body)
        await writer.drain()
        if then_wait:
            await asyncio.sleep(30)

    return answer


async def test_a_truncated_body_is_not_an_answer(make_client: Any, raw_server: Any) -> None:
    whole = json.dumps(ORDER).encode()
    async with raw_server(answers(f"Content-Length: {len(whole)}", whole[:-10])) as endpoint:
        with pytest.raises(Unreachable) as failure:
            await get_purchase_order(make_client(endpoint=endpoint, retry=ONCE).client, "2JK3S9VC")
    assert failure.value.delivered is None
    assert failure.value.status == 200


async def test_a_connection_closed_without_answer_leaves_a_write_unknown(make_client: Any, raw_server: Any) -> None:
    async def hang_up(*_: Any) -> None: ...

    async with raw_server(hang_up) as endpoint:
        bench = make_client(endpoint=endpoint)
        with pytest.raises(Unreachable) as failure:
            await submit_acknowledgement(bench.client, b"{}")
    assert failure.value.delivered is None
    assert bench.throttle.acquired == ["submitAcknowledgement"]


async def test_a_refused_connection_is_certainly_not_delivered(make_client: Any, raw_server: Any) -> None:
    async with raw_server(answers("", b"")) as endpoint:
        pass
    with pytest.raises(Unreachable) as failure:
        await submit_acknowledgement(make_client(endpoint=endpoint, retry=ONCE).client, b"{}")
    assert failure.value.delivered is False


async def test_an_endless_body_ends_at_the_size_cap(make_client: Any, raw_server: Any) -> None:
    sent = 0

    async def forever(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            writer.write(b" " * 65536)
            await writer.drain()
            sent += 65536

    async with raw_server(forever) as endpoint:
        bench = make_client(endpoint=endpoint, retry=ONCE, limits=Limits(max_bytes=1_000_000))
        with pytest.raises(Unreachable, match="larger than 1000000 bytes"):
            await get_purchase_order(bench.client, "2JK3S9VC")
    assert sent < 20_000_000


async def test_a_drip_of_bytes_ends_at_the_total_timeout(make_client: Any, raw_server: Any) -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with raw_server(drip) as endpoint:
        bench = make_client(endpoint=endpoint, retry=ONCE, limits=Limits(total_seconds=0.2))
        with pytest.raises(Unreachable, match="TimeoutError") as failure:
            await get_purchase_order(bench.client, "2JK3S9VC")
    assert failure.value.delivered is None


async def test_a_silent_server_ends_at_the_read_timeout(make_client: Any, raw_server: Any) -> None:
    async def silent(*_: Any) -> None:
        await asyncio.sleep(30)

    async with raw_server(silent) as endpoint:
        bench = make_client(endpoint=endpoint, limits=Limits(step_seconds=0.1))
        with pytest.raises(Unreachable, match="ReadTimeout") as failure:
            await submit_acknowledgement(bench.client, b"{}")
    assert failure.value.delivered is None


async def test_a_compressed_answer_is_read(make_client: Any, raw_server: Any) -> None:
    body = gzip.compress(json.dumps(ORDER).encode())
    head = f"Content-Encoding: gzip\r\nContent-Length: {len(body)}"
    async with raw_server(answers(head, body)) as endpoint:
        order = await get_purchase_order(make_client(endpoint=endpoint).client, "2JK3S9VC")
    assert order.purchase_order_number == "2JK3S9VC"


@pytest.mark.parametrize(
    ("encoding", "body", "words"),
    [
        ("gzip", gzip.compress(b" " * 50_000_000), "larger than"),
        ("gzip", gzip.compress(json.dumps(ORDER).encode())[:-12], "cut"),
        ("gzip", b"not gzip at all", "damaged"),
        ("br", b"\x0b\x02\x80", "unknown content encoding"),
    ],
    ids=["bomb", "cut", "damaged", "unknown"],
)
async def test_a_bad_compressed_body_is_refused(
    make_client: Any, raw_server: Any, encoding: str, body: bytes, words: str
) -> None:
    head = f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}"
    async with raw_server(answers(head, body)) as endpoint:
        bench = make_client(endpoint=endpoint, retry=ONCE, limits=Limits(max_bytes=1_000_000))
        with pytest.raises(Unreachable, match=words):
            await get_purchase_order(bench.client, "2JK3S9VC")


@pytest.mark.parametrize(
    "body",
    [b"<html><body>Service unavailable</body></html>", b"", b"\xff\xfe\x00", b'{"payload":' + b"[" * 100_000],
    ids=["html", "empty", "binary", "deep"],
)
@respx.mock
async def test_a_200_that_is_no_json_is_retried_for_a_read_and_unknown_for_a_write(
    make_client: Any, body: bytes
) -> None:
    route = respx.route().respond(200, content=body, headers={"content-type": "text/html"})
    reader, writer = make_client(), make_client()
    with pytest.raises(Unreachable):
        await get_purchase_order(reader.client, "2JK3S9VC")
    assert route.call_count == 5
    with pytest.raises(Unreachable) as failure:
        await submit_acknowledgement(writer.client, b"{}")
    assert failure.value.delivered is None
    assert route.call_count == 6


@respx.mock
async def test_json_under_a_wrong_content_type_is_read(make_client: Any) -> None:
    respx.route().respond(200, json=ORDER, headers={"content-type": "text/plain"})
    assert (await get_purchase_order(make_client().client, "2JK3S9VC")).purchase_order_state == "New"


@respx.mock
async def test_a_redirect_is_not_followed(make_client: Any) -> None:
    respx.route(host="elsewhere.example").respond(200, json=ORDER)
    respx.route().respond(302, headers={"location": "https://elsewhere.example/"})
    with pytest.raises(Unreachable) as failure:
        await get_purchase_order(make_client(retry=ONCE).client, "2JK3S9VC")
    assert failure.value.status == 302


@respx.mock
async def test_a_full_connection_pool_is_certainly_not_delivered(make_client: Any) -> None:
    respx.route().mock(side_effect=httpx.PoolTimeout("no connection free"))
    with pytest.raises(Unreachable) as failure:
        await submit_acknowledgement(make_client(retry=ONCE).client, b"{}")
    assert failure.value.delivered is False
