"""A colleague from the invitation to the end: their mail, their part of the workspace, suspension, access review."""

import secrets
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace

from oktee.check.client import AT_ONCE, Client
from oktee.check.desk import Desk, Json
from oktee.check.mails import Mails
from oktee.check.place import Account
from oktee.check.story import Failed, expect, wait_for

ROLE = "supply_manager"
"""Confirms orders, so it owes a second factor; administers nothing."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Who was invited, at their own desk, and the one marketplace they see."""

    desk: Desk
    account: Account
    identity: str
    name: str
    marketplace: str


def somebody_is_invited(desk: Desk, mails: str) -> Colleague:
    """The invitation's mail is read, its link followed, a password set and an authenticator app enrolled."""

    def several() -> Counter[str] | None:
        rows = desk.get("supply/orders", view="all", sort="-ordered_at", limit=200)["rows"]
        counts = Counter(row["marketplace_id"] for row in rows)
        return counts if len(counts) > 1 else None

    marketplace = wait_for("orders of two marketplaces", several, within=60).most_common()[-1][0]
    email = f"journey-{secrets.token_hex(4)}@{desk.workspace}.example"
    body = {"role": ROLE, "emails": [email], "scope": {"marketplaces": [marketplace]}}
    results = desk.send("POST", "administration/invitations", body)["results"]
    expect([each["ok"] for each in results] == [True], f"the invitation ended as {results}")
    with closing(Mails(mails)) as viewer:
        mail = viewer.wait(email, saying="/invitation#")
    link = next(each for each in mail["links"] if "/invitation#" in each)
    expect(link.startswith(desk.client.url + "/"), f"the mail's link leads to {link}")
    desk.story.step(f"invited {email} as {ROLE.replace('_', ' ')} for one marketplace: “{mail['subject']}”")
    page, _, token = link.removeprefix(desk.client.url).partition("#")
    client = Client(desk.client.url)
    expect(client.status("GET", page) == 200, f"the page {page} of the mail's link does not open")
    shown = client.send("POST", "/api/v1/invitation-readings", {"token": token})
    expect(
        (shown["slug"], shown["role"], shown["email"], shown["has_account"]) == (desk.workspace, ROLE, email, False),
        f"the link leads to {shown}",
    )
    password = f"{secrets.token_urlsafe(18)}-a7Q"
    me = client.join(token, "Robin Journey", password)
    expect(me["next"] == "enrol", f"a {ROLE} without a second factor is asked for {me['next']}, not to enrol one")
    theirs = replace(desk, client=client)
    half = theirs.status("GET", "supply/orders")
    expect(half == 403, f"before the second factor is set up, orders answer {half}, not 403")
    used = client.status("POST", "/api/v1/invitation-readings", {"token": token})
    expect(used == 404, f"a link that was used answers {used}, not 404")
    seed = client.enrol()
    expect(client.me["next"] is None, f"after enrolling {client.me['next']} is asked for")
    desk.story.step("followed the link, set a password, enrolled an authenticator app; the link is used up")
    return Colleague(theirs, Account(email, password, seed), me["user"]["id"], me["user"]["name"], marketplace)


def a_part_is_seen_and_no_more(desk: Desk, colleague: Colleague) -> None:
    """Lists, totals and single orders are of the colleague's marketplace, and say so; what is an owner's is refused."""
    theirs, place = colleague.desk, colleague.marketplace
    before = desk.get("supply/orders", view="all", mp=place)
    seen = theirs.get("supply/orders", view="all", limit=200)
    center = theirs.get("supply/command-center")
    views = theirs.get("supply/orders/summary")["views"]
    after = desk.get("supply/orders", view="all", mp=place)
    whole = desk.get("supply/orders", view="all", sort="-ordered_at", limit=200)
    for name, count in (("list", seen["count"]), ("views", views["all"]), ("Command Center", center["orders_total"])):
        expect(
            before["count"] <= count <= after["count"] < whole["count"],
            f"the {name} counts {count}; the owner sees {before['count']} to {after['count']} of {whole['count']}",
        )
    lines = [page["sums"]["asked"] for page in (before, seen, after, whole)]
    expect(lines[0] <= lines[1] <= lines[2] < lines[3], f"units asked, before, theirs, after, all: {lines}")
    limited = [page["scope"]["limited"] for page in (seen, center, whole)]
    expect(limited == [True, True, False], f"sums of a part say so: list, Command Center, the owner's: {limited}")
    elsewhere = {row["marketplace_id"] for row in seen["rows"]} - {place}
    expect(not elsewhere, f"orders of {elsewhere} are listed")
    hidden = next((row for row in whole["rows"] if row["marketplace_id"] != place), None)
    if hidden is None:
        raise Failed("the owner's newest orders are all of one marketplace")
    found = theirs.status("GET", f"supply/orders/{hidden['id']}")
    expect(found == 404, f"an order outside the scope answers {found}, not 404")
    named = theirs.get("supply/orders", view="all", q=hidden["po_number"])["count"]
    expect(named == 0, f"searching for an order outside the scope finds {named}")
    desk.story.step(f"sees {seen['count']} of {whole['count']} orders, and every total says it is of a part")
    for method, path, body in (
        ("GET", "administration/people", None),
        ("POST", "administration/privacy/exports", {}),
        ("PUT", "administration/modules", {"enabled": [], "was": []}),
        ("DELETE", f"administration/people/{desk.client.me['user']['id']}", None),
    ):
        found = theirs.status(method, path, body)
        expect(found == 403, f"{method} {path} answers a {ROLE} {found}, not 403")
    desk.story.step("is refused what is an owner's: people, exports, modules, removing the owner")


def suspended_is_out_at_once(desk: Desk, colleague: Colleague) -> None:
    """The next request after the suspension is that of nobody, and the page that is open hears nothing more."""
    theirs = colleague.desk
    with theirs.client.listening(theirs.path("stream")) as stream:
        expect(theirs.status("GET", "supply/orders") == 200, "the colleague's session had ended before")
        people = desk.send("PUT", f"administration/people/{colleague.identity}/suspension")
        state = next(each["state"] for each in people["members"] if each["id"] == colleague.identity)
        found = theirs.status("GET", "supply/orders")
        expect(
            (state, found) == ("suspended", 401), f"after the suspension: {state}, and orders answer {found}, not 401"
        )
        took = stream.cut(within=AT_ONCE)
    desk.story.step(f"suspended: out with the next request; the open page's live stream is cut after {took:.1f} s")


def access_is_reviewed(desk: Desk, colleague: Colleague | None) -> None:
    """One decision each: whoever this journey invited goes, everybody else stays. The review is a record then."""
    sheet = desk.get("administration/access-review")
    if sheet["id"] is None:
        sheet = desk.send("POST", "administration/access-review")
    review = sheet["id"]
    early = desk.status("POST", "administration/access-review/end")
    expect(early == 409, f"a review that is not decided ends with {early}, not 409")
    gone = colleague.account.email if colleague else None
    expect(gone is None or any(row["detail"] == gone for row in sheet["rows"]), f"the review does not list {gone}")
    for row in sheet["rows"]:
        if row["decision"] is None and row["can_decide"]:
            decision = "remove" if gone is not None and row["detail"] == gone else "keep"
            sheet = desk.send("PUT", f"administration/access-review/rows/{row['id']}", {"decision": decision})
    if any(row["decision"] is None for row in sheet["rows"]):
        desk.story.step("reviewed access; another owner decides about this one's, so the review stays open")
        return
    sheet = desk.send("POST", "administration/access-review/end")
    done: Json = next(each for each in sheet["past"] if each["id"] == review)
    members = desk.get("administration/people")["members"]
    expect(gone not in [each["email"] for each in members], f"{gone} was removed and is listed still")
    expect(done["finished_by"] == desk.client.me["user"]["name"] and not sheet["overdue"], f"recorded as {done}")
    desk.story.step(f"reviewed access: {done['kept']} kept, {done['removed']} removed, next due {sheet['due_at'][:10]}")
