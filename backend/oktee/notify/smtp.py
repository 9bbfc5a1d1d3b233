"""Handing one mail to the mail server over SMTP, in TLS where the setting demands it."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from aiosmtplib import SMTP

from oktee.kit.clock import now
from oktee.kit.errors import Unavailable
from oktee.kit.settings import settings
from oktee.notify.mail_text import Letter

SECONDS: Final = 20.0


class NoMailServer(Unavailable):
    """SMTP_URL is not set: mails wait."""


def message_of(letter: Letter, mail_id: UUID) -> EmailMessage:
    """Text and HTML beside each other. The Message-ID is the mail's own, so that a second delivery shows."""
    name, address = parseaddr(settings().mail_from)
    local, _, domain = address.partition("@")
    message = EmailMessage()
    message["From"] = Address(name, local, domain)
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{mail_id}@{domain or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


async def deliver(letter: Letter, mail_id: UUID) -> None:
    """Raises NoMailServer, or what aiosmtplib says; then the mail is tried again later."""
    url = settings().smtp_url
    if url is None:
        raise NoMailServer("SMTP_URL is not set.")
    parts = urlsplit(url.get_secret_value())
    required = parse_qs(parts.query).get("starttls", [""])[0] == "required"
    server = SMTP(
        hostname=parts.hostname,
        port=parts.port or (465 if parts.scheme == "smtps" else 587),
        use_tls=parts.scheme == "smtps",
        start_tls=True if required else False if parts.scheme == "smtps" else None,  # None: where the server offers it
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        timeout=SECONDS,
    )
    async with server:
        await server.send_message(message_of(letter, mail_id))
