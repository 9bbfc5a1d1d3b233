"""Mails: in the transaction, sealed until sent, over SMTP, again after a refusal, in the reader's language."""

from typing import Any

import asyncpg
import pytest
from factories import make_organization
from oktee.kit.database import global_session, tenant_session
from oktee.kit.settings import Settings, settings, tls_demanded
from oktee.notify.mail import send_mail
from oktee.notify.mail_text import FOLDER, compose
from pydantic import SecretStr

RESET = {"name": "Léa <b>Martin</b>", "link": "https://oktee.example/reset-password#token"}


async def send(to: str, *, locale: str = "en", organization_id: Any = None, template: str = "password_reset") -> None:
    opener = tenant_session(organization_id) if organization_id else global_session()
    async with opener as session:
        await send_mail(session, to=to, template=template, locale=locale, values=RESET, organization_id=organization_id)


async def stored(db: Any) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(db.owner_dsn)
    try:
        found: list[asyncpg.Record] = await connection.fetch("select * from mails order by created_at")
        return found
    finally:
        await connection.close()


async def test_a_mail_arrives_as_text_and_html_with_its_link(mailbox: Any) -> None:
    await send("lea@example.com")
    mail = await mailbox.next(to="lea@example.com")
    assert mail.subject == "Set a new password for OKTee"
    assert mail.links == [RESET["link"]]
    assert f'<a href="{RESET["link"]}">' in mail.html
    assert "Léa <b>Martin</b>" in mail.text
    assert "Léa &lt;b&gt;Martin&lt;/b&gt;" in mail.html
    assert mail.headers["Auto-Submitted"] == "auto-generated"
    assert "never asks for your password" in mail.text


async def test_a_mail_of_a_workspace_names_it(mailbox: Any) -> None:
    organization_id, _ = await make_organization(name="Lumea Beauty")
    await send("lea@example.com", organization_id=organization_id, locale="fr")
    mail = await mailbox.next(to="lea@example.com")
    assert "Espace de travail : Lumea Beauty" in mail.text
    assert "Lumea Beauty" in mail.html
    assert mail.subject == "Choisissez un nouveau mot de passe OKTee"


async def test_until_it_is_sent_a_mail_is_sealed_and_then_its_body_is_gone(mailbox: Any, db: Any) -> None:
    await send("lea@example.com")
    (waiting,) = await stored(db)
    assert waiting["sent_at"] is None
    for word in (b"lea@example.com", b"token", b"reset-password"):
        assert word not in waiting["body_blob"]
    await mailbox.next(to="lea@example.com")
    (sent,) = await stored(db)
    assert sent["sent_at"] is not None
    assert sent["body_blob"] is None


async def test_a_refused_mail_is_sent_again_and_arrives_once(mailbox: Any, db: Any) -> None:
    mailbox.refuse = 2
    await send("lea@example.com")
    await mailbox.next(to="lea@example.com")
    await mailbox.deliver()
    assert mailbox.arrived == []
    assert mailbox.refuse == 0


async def test_a_mail_that_nobody_took_for_days_is_given_up_with_its_body(mailbox: Any, db: Any) -> None:
    await send("lea@example.com")
    connection = await asyncpg.connect(db.owner_dsn)
    try:
        await connection.execute("update mails set created_at = now() - interval '73 hours'")
    finally:
        await connection.close()
    await mailbox.deliver()
    (given_up,) = await stored(db)
    assert (given_up["body_blob"], given_up["sent_at"]) == (None, None)
    assert mailbox.arrived == []


async def test_what_is_undone_sends_nothing(mailbox: Any, db: Any) -> None:
    async def undone() -> None:
        async with global_session() as session:
            await send_mail(
                session,
                to="lea@example.com",
                template="password_reset",
                locale="en",
                values=RESET,
                organization_id=None,
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    await mailbox.deliver()
    assert mailbox.arrived == []
    assert await stored(db) == []


@pytest.mark.parametrize(("template", "values"), [("no_such_mail", RESET), ("password_reset", {"name": "Lea"})])
def test_a_template_or_value_that_is_not_there_is_an_error_at_once(template: str, values: dict[str, str]) -> None:
    with pytest.raises(LookupError):
        compose("lea@example.com", template, "en", values, None)


def test_a_line_break_in_a_value_makes_no_header(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "hello.en.txt").write_text("Hello {{ name }}\nText")
    for name in ("_layout.html", "_footer.en.txt"):
        (tmp_path / name).write_text((FOLDER / name).read_text())
    from oktee.notify import mail_text

    monkeypatch.setattr(mail_text, "FOLDER", tmp_path)
    mail_text._words.cache_clear()
    mail_text._pages.cache_clear()
    try:
        letter = compose("lea@example.com", "hello", "en", {"name": "Lea\r\nBcc: all@example.com"}, None)
    finally:
        mail_text._words.cache_clear()
        mail_text._pages.cache_clear()
    assert "\n" not in letter.subject
    assert "\r" not in letter.subject


def test_every_mail_exists_in_both_languages() -> None:
    names = {path.name for path in FOLDER.glob("*.txt")}
    english = {name.removesuffix(".en.txt") for name in names if name.endswith(".en.txt")}
    french = {name.removesuffix(".fr.txt") for name in names if name.endswith(".fr.txt")}
    assert english == french
    for name in sorted(english - {"_footer"}):
        for language in ("en", "fr"):
            assert (FOLDER / f"{name}.{language}.txt").read_text().split("\n", 1)[0].strip(), name


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("smtps://user:pw@mail.example", True),
        ("smtp://mail.example:587?starttls=required", True),
        ("smtp://mail.example:587", False),
        ("smtp://mail.example:587?starttls=maybe", False),
        ("http://mail.example?starttls=required", False),
        ("smtps://", False),
    ],
)
def test_production_sends_no_mail_in_clear(url: str, safe: bool, monkeypatch: pytest.MonkeyPatch, stack: Any) -> None:
    assert tls_demanded(url) is safe
    options = settings().model_dump() | {
        "env": "production",
        "public_url": "https://oktee.example",
        "valkey_url": SecretStr("rediss://valkey.example"),
        "database_url": SecretStr("postgresql+asyncpg://oktee_app@db.example/oktee?ssl=verify-full"),
        "staff_database_url": None,
        "smtp_url": SecretStr(url),
    }
    if safe:
        assert Settings(**options).smtp_url == SecretStr(url)
    else:
        with pytest.raises(ValueError, match="smtp_url"):
            Settings(**options)
