"""A person of OKTee's support: asks, is let in by the customer, reads, writes nothing, and is out when it is ended."""

from contextlib import closing

from oktee.check.client import AT_ONCE, Console, Refused
from oktee.check.desk import Desk, Json
from oktee.check.mails import Mails
from oktee.check.place import Account
from oktee.check.story import expect

REASON = "An order is decided otherwise than its rules say."


def support_looks_in_by_grant_only(desk: Desk, staff: Account, mails: str | None) -> str:
    """From asking for a grant to its end, at the console and at the customer's own page side by side. Gives who it was."""
    here = f"/staff/api/v1/organizations/{desk.workspace}"
    with closing(Console(desk.client.url)) as console:
        expect(bool(staff.totp_seed), "the staff account signs in with a code: give the seed of its authenticator app")
        person = console.sign_in(staff.email, staff.password, staff.totp_seed or "")
        shut = console.status("GET", f"{here}/orders")
        expect(shut == 404, f"without a grant, orders answer support {shut}, not 404")
        grant = _asked(desk, console, here, mails)
        expect(console.status("GET", f"{here}/orders") == 404, "a grant opened something before it was approved")
        desk.story.step(f"{person['name']} of OKTee asks to look in: the workspace sees who, why and what")
        approved = desk.send("POST", f"administration/support/{grant}/approval", {"hours": 1})
        expect(approved["state"] == "granted" and approved["read_only"], f"approved, the grant is {approved}")
        banner = [each["id"] for each in desk.get("administration/notices")["support"]]
        expect(grant in banner, "no banner tells that support looks in")
        number = _read(desk, console, here)
        _writes_nothing(console, here)
        reads = desk.get(f"administration/support/{grant}/reads")
        named = {read["object_label"] for read in reads["rows"]}
        expect(number in named, f"{number} was read, and the customer is told of {named}")
        desk.story.step(
            f"approved for an hour: {number} is read and {reads['count']} reads are told; a write is refused"
        )
        with console.listening(f"{here}/stream") as stream:
            ended = desk.send("DELETE", f"administration/support/{grant}")
            after = [console.status("GET", f"{here}/{place}") for place in ("orders", "settings/supply")]
            expect((ended["state"], after) == ("ended", [404, 404]), f"ended: {ended['state']}, support gets {after}")
            took = stream.cut(within=AT_ONCE)
        console.sign_out()
    desk.story.step(
        f"ended by the customer: support is out with the next request; its stream is cut after {took:.1f} s"
    )
    return str(person["name"])


def _asked(desk: Desk, console: Console, here: str, mails: str | None) -> str:
    """Ask, and find the request at the customer's page, in its notices and in its owners' mail. Gives the grant's id."""
    body = {"reason": REASON, "ticket": "JOURNEY-1", "scope": ["orders", "settings"], "hours": 1, "read_only": True}
    asked: Json = console.send("POST", f"{here}/grants", body)
    rows = desk.get("administration/support")["rows"]
    told: Json = next((each for each in rows if each["id"] == asked["id"]), {})
    expect(told.get("state") == "requested", f"the workspace does not see the request: {told}")
    expect((told["reason"], told["scope"]) == (REASON, body["scope"]), f"the workspace is told {told}")
    notices = desk.get("administration/notices")
    expect(notices["support_requests"] >= 1, "the notices do not tell of the request")
    if mails is not None:
        with closing(Mails(mails)) as viewer:
            viewer.wait(desk.client.me["user"]["email"], saying=REASON)
    return str(asked["id"])


def _read(desk: Desk, console: Console, here: str) -> str:
    """An order, as the customer sees it, and no area beyond. Gives its number."""
    row = console.get(f"{here}/orders", view="all", limit=1)["rows"][0]
    order = console.get(f"{here}/orders/{row['id']}")
    own = desk.get(f"supply/orders/{row['id']}")
    same = [(line["sequence"], line["asked"]) for line in own["lines"]]
    expect([(line["sequence"], line["asked"]) for line in order["lines"]] == same, "support reads another order")
    beyond = console.status("GET", f"{here}/catalog")
    expect(beyond == 404, f"the grant does not name the catalogue, which answers {beyond}, not 404")
    return str(order["po_number"])


def _writes_nothing(console: Console, here: str) -> None:
    form = console.get(f"{here}/settings/supply")
    try:
        console.send("PUT", f"{here}/settings/supply", {"value": form["value"], "version": form["version"]})
    except Refused as refused:
        expect(refused.status == 403, f"a write under a read-only grant answers {refused.status}, not 403")
    else:
        expect(False, "support wrote under a grant that is read-only")
    now = console.get(f"{here}/settings/supply")["version"]
    expect(now == form["version"], f"the settings are version {now}, not {form['version']}")
