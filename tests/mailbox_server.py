"""A real SMTP server for the tests: what OKTee sends is received, parsed and handed out."""

import asyncio
import re
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope
from oktee.kit.database import global_session
from oktee.kit.work import Crew
from oktee.notify.mail import MAIL
from sqlalchemy import text

LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived."""

    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    links: list[str] = field(default_factory=list)


class Mailbox:
    """Handles messages for aiosmtpd, and waits for them on behalf of a test."""

    def __init__(self) -> None:
        self.arrived: list[Mail] = []
        self.refuse = 0
        """So many deliveries are refused for now, as a busy server does."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if self.refuse:
            self.refuse -= 1
            return "451 Busy"
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        plain, html = message.get_body(("plain",)), message.get_body(("html",))
        assert plain is not None
        assert html is not None
        words = plain.get_content()
        found = Mail(
            envelope.rcpt_tos[0],
            message["Subject"],
            words,
            html.get_content(),
            dict(message.items()),
            LINK.findall(words),
        )
        self.arrived.append(found)
        return "250 OK"

    async def deliver(self, kinds: tuple[Any, ...] = ()) -> None:
        """Let a worker send what waits (and first run these other kinds of work)."""
        crew = Crew((*kinds, MAIL))
        for _ in range(4):
            async with global_session() as session:  # a retry's wait is over
                await session.execute(
                    text(
                        "update work set due_at = now() where kind = 'mail' and lease_until is null and due_at > now()"
                    )
                )
            for queue in ("interactive", "sync", "bulk"):
                await crew.drain(queue)
            while crew.held:
                await asyncio.wait(list(crew.held))

    async def next(self, *, to: str, kinds: tuple[Any, ...] = ()) -> Mail:
        """The oldest mail to that address that no test has taken yet; fails when there is none."""
        await self.deliver(kinds)
        for mail in self.arrived:
            if mail.to.lower() == to.lower():
                self.arrived.remove(mail)
                return mail
        raise AssertionError(f"no mail to {to}; there are {[(each.to, each.subject) for each in self.arrived]}")


def smtp_server(mailbox: Mailbox) -> SMTP:
    return SMTP(mailbox, enable_SMTPUTF8=True)
