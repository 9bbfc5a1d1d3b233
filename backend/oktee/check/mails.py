"""A mail viewer like the demo's, read as a person would: the newest mail to an address, and its link."""

from typing import Any

import httpx

from oktee.check.story import wait_for


class Mails:
    """`address`: of the viewer; its mails are at /mails.json, the latest first."""

    def __init__(self, address: str) -> None:
        self._http = httpx.Client(base_url=address.rstrip("/"), timeout=30, trust_env=False)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def wait(self, to: str, *, saying: str, within: float = 30) -> dict[str, Any]:
        """The latest mail to this address whose text holds `saying`: to, subject, at, text, links. Raises Failed."""

        def arrived() -> dict[str, Any] | None:
            found: list[dict[str, Any]] = self._http.get("/mails.json").raise_for_status().json()
            return next((mail for mail in found if mail["to"] == to and saying in mail["text"]), None)

        return wait_for(f"a mail to {to}", arrived, within=within, every=0.2)
