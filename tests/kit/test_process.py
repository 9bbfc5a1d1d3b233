"""What every process does first, and whom it may call."""

import os
import subprocess
import sys

import httpx
import pytest
from oktee.amazon.connection.outbound import Outbound
from oktee.kit import listed_hosts
from oktee.kit.listed_hosts import HostNotListed, refuse_unlisted


def test_no_process_leaves_a_core_dump() -> None:
    script = (
        "import resource; from oktee.kit.process import harden; harden(); "
        "print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": "backend"},
    )
    assert done.stdout.strip() == "(0, 0)"


async def test_a_host_that_the_sub_processors_do_not_name_is_never_called(stack: object) -> None:
    assert {"api.amazon.com", "sellingpartnerapi-eu.amazon.com"} <= listed_hosts.listed_hosts()
    refuse_unlisted("API.amazon.com")
    client = Outbound().open()
    for url in ("https://evil.example/", "https://api.amazon.com.evil.example/", "http://169.254.169.254/"):
        with pytest.raises(HostNotListed):
            await client.get(url)
    with pytest.raises(httpx.ConnectError):  # the simulator's place outside production: nothing listens on port 1
        await client.get("http://127.0.0.1:1/")
    await client.aclose()


def test_in_production_even_loopback_has_to_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Production:
        env = "production"

    monkeypatch.setattr(listed_hosts, "settings", Production)
    with pytest.raises(HostNotListed):
        refuse_unlisted("127.0.0.1")
    refuse_unlisted("api.amazon.com")
