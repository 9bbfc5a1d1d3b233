"""The simulator's consent page, driven as a browser would: read the page, fill the form, follow the redirect."""

from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

from oktee.check.client import Client
from oktee.check.story import Failed, expect


class ConsentForm(HTMLParser):
    """The one form of the page: its action, its hidden fields and the accounts it offers."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self.accounts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = values.get("action", "")
        elif tag == "input" and values.get("type") == "hidden":
            self.fields[values["name"]] = values["value"]
        elif tag == "input" and values.get("type") == "radio":
            self.accounts.append(values["value"])


def approve(client: Client, address: str, *, account: str) -> dict[str, str]:
    """Approve as the person of the vendor account; what OKTee says on the way back: result and connection."""
    with httpx.Client(timeout=30, trust_env=False) as browser:
        page = browser.get(address)
        expect(page.status_code == 200, f"the consent page answered {page.status_code}: {page.text[:300]}")
        form = ConsentForm()
        form.feed(page.text)
        if form.action is None:
            raise Failed("the consent page holds no form")
        expect(account in form.accounts, f"the consent page offers {form.accounts}, not {account}")
        fields = form.fields | {"selling_partner_id": account, "decision": "approve"}
        answer = browser.post(urljoin(address, form.action), data=fields)
    expect(answer.status_code == 302, f"approving answered {answer.status_code}, not a redirect")
    back = answer.headers["location"]
    expect(back.startswith(client.url + "/"), f"consent leads to {urlsplit(back).netloc}, not back to {client.url}")
    landed = client.raw("GET", back.removeprefix(client.url))
    expect(landed.status_code == 303, f"the callback answered {landed.status_code}, not 303")
    clean = landed.headers["location"]
    query = {name: values[0] for name, values in parse_qs(urlsplit(clean).query).items()}
    expect(not {"state", "spapi_oauth_code", "code"} & set(query), f"a secret is left in the address: {clean}")
    return query
