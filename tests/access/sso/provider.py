"""The identity provider of the tests as a process, and a browser that goes through it."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from conftest import ROOT

SECRET = "the-client-secret-of-oktee"


@dataclass
class Idp:
    """A running provider; `set` says what it answers next."""

    issuer: str

    async def set(self, **wanted: Any) -> None:
        async with httpx.AsyncClient(trust_env=False) as http:
            (await http.post(f"{self.issuer}/_control", content=json.dumps(wanted))).raise_for_status()

    async def sign_in(self, url: str) -> str:
        """Walk through the provider as a browser would; answers the address it sends the browser back to."""
        async with httpx.AsyncClient(trust_env=False, follow_redirects=False) as browser:
            for _ in range(12):
                if urlsplit(url).path.startswith("/oauth/sso/"):
                    return url
                answer = await browser.get(url)
                assert answer.is_redirect, f"{answer.status_code} {answer.text[:500]}"
                url = str(httpx.URL(url).join(answer.headers["location"]))
        raise AssertionError("the provider never sent the browser back")


@asynccontextmanager
async def running() -> AsyncIterator[Idp]:
    node = shutil.which("node")
    assert node, "Node runs the identity provider of these tests (see docs/development.md)"
    process = await asyncio.create_subprocess_exec(
        node, str(Path(__file__).with_name("idp.mjs")), str(ROOT / "frontend"), stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            while not (line := (await process.stdout.readline()).decode()).startswith("ready "):
                assert line, "the identity provider did not start"
        yield Idp(line.split()[1])
    finally:
        process.kill()
        await process.wait()
