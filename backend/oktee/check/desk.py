"""What both journeys begin with: a person signed in to a workspace, and its account connected by consent."""

from dataclasses import dataclass
from typing import Any

from oktee.check.client import Client, Control, Refused
from oktee.check.consent import approve
from oktee.check.place import Account
from oktee.check.story import Failed, Story, expect

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Desk:
    """What every step needs: the person, their workspace, the simulated Amazon and customer."""

    story: Story
    client: Client
    control: Control
    workspace: str
    customer: Json

    def path(self, rest: str) -> str:
        return f"/api/v1/{self.workspace}/{rest}"

    def get(self, rest: str, **query: Any) -> Any:
        return self.client.get(self.path(rest), **query)

    def send(self, method: str, rest: str, body: object = None, **query: Any) -> Any:
        return self.client.send(method, self.path(rest), body, **query)

    def status(self, method: str, rest: str, body: object = None) -> int:
        return self.client.status(method, self.path(rest), body)


def sign_in(story: Story, client: Client, amazon: Control, account: Account) -> Desk:
    """A wrong password is refused, the right one and a code open a session; unsafe requests need its CSRF token."""
    try:
        client.sign_in(account.email, account.password + "x")
    except Refused as refused:
        expect(refused.status == 401, f"a wrong password answers {refused.status}, not 401")
    else:
        raise Failed("a wrong password opened a session")
    me = client.sign_in(account.email, account.password, account.totp_seed)
    workspace = me["workspaces"][0]["slug"]
    forged = client.raw("PUT", f"/api/v1/{workspace}/supply/automation", json={"mode": "at_once"})
    expect(forged.status_code == 403, f"a request without CSRF token answers {forged.status_code}, not 403")
    story.step(f"signed in as {me['user']['name']}, workspace {workspace}, {me['workspaces'][0]['role']}")
    return Desk(story, client, amazon, workspace, amazon.customer(workspace))


def connect(desk: Desk) -> str:
    """Consent on the simulator's page, then the person's word that this is the right account. Gives the connection's id."""
    permissions = desk.get("administration/permissions")
    named = {need["operation"] for module in permissions["modules"] for need in module["operations"]}
    expect("submitAcknowledgement" in named, f"the permissions screen names {sorted(named)}")
    group = desk.customer["groups"][0]
    partner = group["selling_partner_id"]
    here = [each for each in connections(desk) if each["selling_partner_id"] == partner and each["status"] == "active"]
    if here:
        desk.story.step(f"{here[0]['name']} is connected already")
        return str(here[0]["id"])
    home = group["marketplaces"][0]["marketplace_id"]
    offered = {each["id"]: each for each in desk.get("administration/marketplaces")["rows"]}
    expect(offered[home]["available"], f"marketplace {home} is not offered: no application for its region")
    begun = desk.send("POST", "administration/connections/authorizations", {"marketplace_id": home})
    returned = approve(desk.client, begun["url"], account=partner)
    expect(returned.get("result") == "connected", f"consent ended as {returned}")
    found = next((each for each in connections(desk) if each["id"] == returned.get("connection")), None)
    if found is None:
        raise Failed(f"the connection {returned.get('connection')} is not listed")
    expect(found["selling_partner_id"] == partner, f"connected {found['selling_partner_id']}, not {partner}")
    desk.story.step(f"connected by consent: {partner}, {found['status']}")
    confirmed = desk.send("POST", f"administration/connections/{found['id']}/verification")
    expect(confirmed["status"] == "active", f"after the person's word the connection is {confirmed['status']}")
    codes = ", ".join(sorted(each["code"] for each in confirmed["vendor_codes"]))
    desk.story.step(f"the account is the right one: vendor codes {codes or 'not read yet'}")
    return str(found["id"])


def fetch_now(desk: Desk) -> None:
    """Ask for the orders now instead of at the next turn."""
    for connection in connections(desk):
        if connection["status"] == "active":
            desk.send("POST", f"administration/sync/{connection['id']}/purchase_orders/runs")


def connections(desk: Desk) -> list[Json]:
    """Every connection of the workspace."""
    rows: list[Json] = desk.get("administration/connections")["rows"]
    return rows
