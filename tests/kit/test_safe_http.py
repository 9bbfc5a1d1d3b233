"""The guarded client: private addresses in every spelling, rebinding, redirects, bombs and slow answers are refused."""

import asyncio
import gzip
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from oktee.kit import safe_http
from oktee.kit.safe_http import Refused

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(autouse=True)
def _settings(stack: Any) -> None:
    """The guard reads the settings."""


def names(**addresses: list[str]) -> safe_http.Resolver:
    async def resolver(host: str, port: int) -> list[str]:
        return addresses[host.replace(".", "_")]

    return resolver


@asynccontextmanager
async def server(answer: Answer) -> AsyncIterator[int]:
    running = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield running.sockets[0].getsockname()[1]
    finally:
        running.close()


def says(head: str, body: bytes = b"") -> Answer:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    return answer


async def refusal(url: str, **options: Any) -> str:
    async with safe_http.client(hosts=options.pop("hosts", None), **options) as http:
        with pytest.raises(Refused) as refused:
            await safe_http.get(http, url)
    return refused.value.reason


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "[::1]", "[::]", "2130706433", "0x7f.1", "127.1", "0", "017700000001", "localhost",
        "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1",
        "[fd00::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "192.0.0.1", "198.18.0.1", "255.255.255.255",
        "[fe80::1]", "[ff02::1]", "[2001:db8::1]", "[2001:0:53aa:64c::1]", "0.0.0.0", "224.0.0.1",
    ],
)  # fmt: skip
async def test_no_private_address_is_called_however_it_is_spelled(host: str) -> None:
    assert await refusal(f"https://{host}/", loopback=False) in {"blocked_address", "dns_error", "bad_url"}


def test_public_addresses_are_public() -> None:
    for each in ("8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"):
        assert safe_http.is_public(ipaddress.ip_address(each)), each


async def test_one_private_answer_refuses_the_whole_name_and_no_answer_is_no_address() -> None:
    resolver = names(mixed_test=["8.8.8.8", "10.0.0.1"], empty_test=[], odd_test=["not an address"])
    assert await refusal("https://mixed.test/", resolver=resolver, loopback=False) == "blocked_address"
    assert await refusal("https://empty.test/", resolver=resolver, loopback=False) == "dns_error"
    assert await refusal("https://odd.test/", resolver=resolver, loopback=False) == "dns_error"


async def test_a_name_is_asked_once_and_the_checked_address_is_the_one_called() -> None:
    """Rebinding: a second question would be answered with a private address."""
    asked: list[str] = []

    async def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    async with server(says("200 OK", b"{}")) as port:
        async with safe_http.client(hosts={f"rebind.test:{port}"}, resolver=resolver, loopback=True) as http:
            answer = await safe_http.get(http, f"http://rebind.test:{port}/")
    assert (answer.content, asked) == (b"{}", ["rebind.test"])
    assert answer.request.headers["host"] == f"rebind.test:{port}"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://public.test/", "not_https"),
        ("ftp://public.test/", "not_https"),
        ("https://user:word@public.test/", "bad_url"),
        ("https://public.test/#fragment", "bad_url"),
        ("https://public.test/" + "x" * 2048, "bad_url"),
        ("https://public.test:8443/", "blocked_port"),
        ("https:///path", "bad_url"),
        ("https://[::1", "bad_url"),
    ],
)
async def test_addresses_of_other_shapes_are_refused(url: str, reason: str) -> None:
    assert await refusal(url, resolver=names(public_test=["8.8.8.8"]), loopback=False) == reason


async def test_a_host_that_is_not_listed_is_refused_before_it_is_resolved() -> None:
    async def never(host: str, port: int) -> list[str]:
        raise AssertionError("asked")

    for url in ("https://other.test/", "https://listed.test.other.test/", "https://listed.test:8443/"):
        reason = await refusal(url, hosts={"listed.test"}, resolver=never, loopback=False)
        assert reason in {"host_not_listed", "blocked_port"}


async def test_a_redirect_stays_in_its_origin_and_is_checked_again() -> None:
    for target in ("http://169.254.169.254/latest", "http://localhost:1/", "https://evil.test/", "//evil.test/"):
        async with server(says(f"302 Found\r\nLocation: {target}")) as port:
            assert await refusal(f"http://localhost:{port}/") == "redirect"
    async with server(says("302 Found\r\nLocation: /again")) as port:
        assert await refusal(f"http://localhost:{port}/") == "redirect"


async def test_a_bomb_an_endless_and_a_slow_answer_are_cut_off() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        except ConnectionError:
            writer.close()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        try:
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            writer.close()

    bomb = gzip.compress(b"\0" * 5_000_000)
    for answer, reason in (
        (says("200 OK\r\nContent-Encoding: gzip", bomb), "encoded"),
        (says("200 OK", b"x" * 200_000), "too_large"),
        (endless, "too_large"),
        (slow, "timeout"),
    ):
        async with server(answer) as port:
            assert await refusal(f"http://localhost:{port}/", max_bytes=100_000, total_seconds=0.4) == reason


async def test_what_is_no_http_and_what_hangs_is_refused() -> None:
    async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"hello\r\n" * 10)
        writer.close()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with server(garbage) as port:
        assert await refusal(f"http://localhost:{port}/") == "no_answer"
    async with server(silent) as port:
        assert await refusal(f"http://localhost:{port}/", total_seconds=0.3) == "timeout"
    assert await refusal(f"http://localhost:{port}/") == "no_answer"


def self_signed(folder: Path) -> ssl.SSLContext:
    """A certificate for localhost that no root signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    start = datetime.now(UTC) - timedelta(hours=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "both.pem"
    file.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def test_a_certificate_of_nobody_is_refused(tmp_path: Path) -> None:
    running = await asyncio.start_server(says("200 OK"), "127.0.0.1", 0, ssl=self_signed(tmp_path))
    try:
        port = running.sockets[0].getsockname()[1]
        assert await refusal(f"https://localhost:{port}/") == "tls_error"
    finally:
        running.close()
