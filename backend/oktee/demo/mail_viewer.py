"""The demo's mail server: takes every mail, delivers none, and shows them on a plain page. Nothing is kept on disk."""

import asyncio
import html
import json
import re
import signal
import sys
from collections import deque
from dataclasses import asdict, dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope

HOST = "127.0.0.1"
KEPT = 500
LINK = re.compile(r"https?://[^\s<>\"]+")
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>Mails of the demo</title>
<style>body{{font:15px/1.5 system-ui,sans-serif;max-width:760px;margin:24px auto;padding:0 16px;color:#1b1f24;background:#f4f4f1}}
article{{background:#fff;border:1px solid #d9d8d2;border-radius:6px;padding:12px 16px;margin:12px 0}}h1{{font-size:20px}}
h2{{font-size:16px;margin:0}}p{{margin:4px 0;color:#5b6068}}pre{{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}}</style></head>
<body><h1>Mails of the demo</h1><p>Everything OKTee has sent since the start, the latest first. No mail leaves this machine.</p>
{mails}</body></html>"""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, as text."""

    to: str
    subject: str
    at: str
    text: str
    links: list[str]


class Letterbox:
    """What has arrived, the latest first; the oldest of five hundred goes."""

    def __init__(self) -> None:
        self.mails: deque[Mail] = deque(maxlen=KEPT)

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        content = envelope.content
        message = message_from_bytes(content if isinstance(content, bytes) else b"", policy=policy.default)
        assert isinstance(message, EmailMessage)
        plain = message.get_body(("plain",))
        text = str(plain.get_content()) if plain is not None else ""
        found = Mail(
            ", ".join(envelope.rcpt_tos), str(message["Subject"]), str(message["Date"]), text, LINK.findall(text)
        )
        self.mails.appendleft(found)
        return "250 OK"


def page(mails: list[Mail]) -> str:
    """The mails as HTML: everything a mail says is text, and its links are the only thing to follow."""
    return PAGE.format(mails="\n".join(_article(mail) for mail in mails) or "<p>There is none yet.</p>")


def _article(mail: Mail) -> str:
    escaped = html.escape(mail.text)
    text = LINK.sub(lambda found: f'<a href="{found.group()}" rel="noreferrer">{found.group()}</a>', escaped)
    return (
        f"<article><h2>{html.escape(mail.subject)}</h2><p>To {html.escape(mail.to)} · {html.escape(mail.at)}</p>"
        f"<pre>{text}</pre></article>"
    )


def _handler(box: Letterbox) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Two addresses, read only: the page and the same as JSON."""

        def do_GET(self) -> None:
            mails = list(box.mails)
            if self.path == "/":
                self._answer("text/html; charset=utf-8", page(mails).encode())
            elif self.path == "/mails.json":
                self._answer("application/json", json.dumps([asdict(mail) for mail in mails]).encode())
            else:
                self.send_error(404)

        def _answer(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            for name, value in (
                ("Content-Type", kind),
                ("Content-Length", str(len(body))),
                ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
                ("Referrer-Policy", "no-referrer"),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the page asks every five seconds."""

    return Handler


async def serve(smtp_port: int, page_port: int) -> None:
    """Until SIGTERM or SIGINT."""
    box, stopped = Letterbox(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    pages = ThreadingHTTPServer((HOST, page_port), _handler(box))
    Thread(target=pages.serve_forever, daemon=True).start()
    server = await loop.create_server(lambda: SMTP(box, enable_SMTPUTF8=True), HOST, smtp_port)
    sys.stdout.write("mail_started\n")
    sys.stdout.flush()
    await stopped.wait()
    server.close()
    pages.shutdown()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
