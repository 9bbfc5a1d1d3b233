"""What the pages of the simulated Vendor Central share: their look, their headers, and a redirect."""

from urllib.parse import urlencode, urlsplit, urlunsplit

from simulator.replies import Reply

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}


def found(redirect_uri: str, answer: dict[str, str]) -> Reply:
    """302 to this address with the answer added to its query."""
    parts = urlsplit(redirect_uri)
    query = "&".join(filter(None, (parts.query, urlencode(answer))))
    return Reply(302, b"", {**HEADERS, "Location": urlunsplit(parts._replace(query=query))}, content_type="text/html")


STYLE = """
body{margin:0;background:#f3f4f5;color:#16191d;font:16px/1.5 system-ui,sans-serif}
header{background:#232b36;color:#fff;padding:14px 24px;font-weight:600}header small{display:inline;color:#c3cad3;font-weight:400;margin-left:12px}
main{max-width:560px;margin:40px auto;background:#fff;border:1px solid #d5d9de;border-radius:6px;padding:28px 32px}
h1{font-size:22px;margin:0 0 12px}h2{font-size:15px;margin:20px 0 4px}ul{margin:0 0 16px;padding-left:20px}
fieldset{border:1px solid #d5d9de;border-radius:6px;padding:8px 14px}legend{font-weight:600;padding:0 6px}
label{display:flex;gap:10px;padding:8px 0;align-items:flex-start}label small{display:block;color:#5a6470}
.acts{display:flex;gap:12px;margin-top:20px}button{font:inherit;padding:8px 20px;border-radius:6px;border:1px solid #8a929c;background:#fff;cursor:pointer}
button.main{background:#1f5f8b;border-color:#1f5f8b;color:#fff}.fault{color:#a3261b}
footer{max-width:560px;margin:0 auto 40px;color:#5a6470;font-size:14px}
"""


def page(status: int, title: str, body: str) -> Reply:
    """A page that says what it is not."""
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title} - simulated Vendor Central</title><style>{STYLE}</style></head><body>"
        "<header>Vendor Central<small>simulator</small></header>"
        f"<main><h1>{title}</h1>{body}</main>"
        "<footer>This page belongs to a simulator for demonstration and tests. It is not Amazon, and no real account is concerned.</footer></body></html>"
    )
    return Reply(status, html.encode(), dict(HEADERS), content_type="text/html; charset=utf-8")
