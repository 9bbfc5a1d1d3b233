"""What Amazon is asked for, and what ends the asking: a module off, and a consent withdrawn on Amazon's own page."""

import time
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

from oktee.check.client import Refused
from oktee.check.desk import Desk, Json, connect, connections, fetch_now
from oktee.check.story import Failed, expect, wait_for

TICK = 1.0
"""Seconds within which a call that was on its way has been answered."""
SILENCE = 5.0
"""Seconds in which the ledger shows that no call follows."""


class _Roles(HTMLParser):
    """The list items of Amazon's consent page: the roles it will grant."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "li"

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found.append(data.strip())


def what_leaves_is_shown_before(desk: Desk) -> None:
    """The roles OKTee shows before leaving are those of Amazon's page; each operation says what it reads and why."""
    sheet = desk.get("administration/permissions")
    for module in sheet["modules"]:
        for need in module["operations"]:
            expect(need["reads"] and need["why"], f"{need['operation']} does not say what it reads and why")
    group = desk.customer["groups"][0]
    begun = desk.send(
        "POST",
        "administration/connections/authorizations",
        {"marketplace_id": group["marketplaces"][0]["marketplace_id"]},
    )
    page = httpx.get(begun["url"], timeout=30, trust_env=False)
    parser = _Roles()
    parser.feed(page.text)
    expect(sorted(parser.found) == sorted(begun["roles"]), f"Amazon lists {parser.found}, OKTee said {begun['roles']}")
    desk.story.step(f"{begun['application']}: Amazon's page lists what OKTee said, {', '.join(begun['roles'])}")


def a_module_off_collects_nothing(desk: Desk) -> None:
    """Every family that collects is switched off: no call leaves after what was on its way; on again, it collects."""
    partner = desk.customer["groups"][0]["selling_partner_id"]
    rows = desk.get("administration/modules")["rows"]
    was = [row["name"] for row in rows if row["enabled"]]
    off = [row for row in rows if row["enabled"] and row["can_switch"] and row["streams"]]
    names, streams = [row["name"] for row in off], sorted(name for row in off for name in row["streams"])
    kept = [name for name in was if name not in names]
    shown = desk.get("administration/modules/change", enabled=",".join(kept))
    expect(shown["streams_stop"] == streams, f"shown before: {shown['streams_stop']} stop, and {streams} are theirs")
    expect(bool(shown["operations_lost"]), "the switch does not say which operations are not called any more")
    fetch_now(desk)  # so that there is something to stop
    desk.send("PUT", "administration/modules", {"enabled": kept, "was": was})
    try:
        time.sleep(TICK)
        before = _calls(desk, partner)
        resting = {each["name"]: each["state"] for each in desk.get("administration/sync")["streams"]}
        time.sleep(SILENCE)
        after = _calls(desk, partner)
        expect(after == before, f"{after - before} calls followed {TICK:.0f} s after {names} were switched off")
        expect({resting[name] for name in streams} == {"paused"}, f"the streams are {resting}")
    finally:
        desk.send("PUT", "administration/modules", {"enabled": was, "was": kept})
    wait_for("collection to go on", lambda: _calls(desk, partner) > after or None, within=60)
    desk.story.step(f"switched {', '.join(names)} off: no call in {SILENCE:.0f} s; on again: it collects")


def revoked_at_amazon(desk: Desk) -> None:
    """Disabled on Amazon's own page: collection ends, no call follows, and what was read stays readable."""
    connection = next(each for each in connections(desk) if each["status"] == "active")
    page_url = connection["manage_url"]
    expect(bool(page_url), "the connection page does not say where Amazon shows the applications")
    with httpx.Client(timeout=30, trust_env=False, follow_redirects=True) as browser:
        form = _Disable(connection["selling_partner_id"])
        form.feed(browser.get(page_url).text)
        if form.fields is None:
            raise Failed(f"{page_url} lists no application of {connection['selling_partner_id']}")
        done = browser.post(urljoin(page_url, form.action), data=form.fields | {"act": "disable"})
        expect(done.status_code == 200, f"disabling answered {done.status_code}")
    before = _orders(desk)
    try:
        fetch_now(desk)
    except Refused as refused:
        expect(refused.status == 409, f"asking for a poll answered {refused.status}")

    def ended() -> Json | None:
        row: Json = next(each for each in connections(desk) if each["id"] == connection["id"])
        return row if row["status"] == "revoked" else None

    row = wait_for("the revocation to be noticed", ended, within=60)
    readable = _quiet(desk, connection["selling_partner_id"], before)
    desk.story.step(
        f"disabled on Amazon's page: {row['status']}, no call in {SILENCE:.0f} s, {readable} orders readable"
    )


def disconnected_here(desk: Desk) -> None:
    """Connected anew, and ended by the owner in OKTee: the same silence, the same history."""
    identity = connect(desk)
    connection = next(each for each in connections(desk) if each["id"] == identity)
    before = _orders(desk)
    ended = desk.send("DELETE", f"administration/connections/{identity}")
    expect(ended["status"] == "disconnected", f"disconnected here, the connection is {ended['status']}")
    readable = _quiet(desk, connection["selling_partner_id"], before)
    desk.story.step(f"disconnected in OKTee: no call in {SILENCE:.0f} s, {readable} orders readable")


def _quiet(desk: Desk, selling_partner_id: str, orders: int) -> int:
    """Once what was on its way has been answered no call follows, and no order is lost. Gives how many are readable."""
    time.sleep(TICK)
    calls = _calls(desk, selling_partner_id)
    time.sleep(SILENCE)
    after = _calls(desk, selling_partner_id)
    expect(after == calls, f"{after - calls} calls followed the end of the connection")
    readable = _orders(desk)
    expect(readable >= orders, f"{orders} orders before, {readable} after")
    return readable


def _orders(desk: Desk) -> int:
    return int(desk.get("supply/orders/summary")["views"]["all"])


class _Disable(HTMLParser):
    """The form of Manage Your Apps for one vendor account."""

    def __init__(self, selling_partner_id: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] | None = None
        self._wanted = selling_partner_id
        self._open: tuple[str, dict[str, str]] = ("", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = (values.get("action", ""), {})
        elif tag == "input" and values.get("type") == "hidden":
            self._open[1][values["name"]] = values["value"]

    def handle_endtag(self, tag: str) -> None:
        action, fields = self._open
        if tag == "form" and fields.get("selling_partner_id") == self._wanted:
            self.action, self.fields = action, fields


def _calls(desk: Desk, selling_partner_id: str) -> int:
    """SP-API calls and token requests for this account that the simulated Amazon has answered."""
    calls: list[Json] = desk.control.get("/ledger")["calls"]
    return sum(call.get("selling_partner_id") == selling_partner_id for call in calls)
