"""send_mail(): a mail in the caller's transaction, sealed until a worker hands it to the mail server (SMTP)."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.crypto import aad, kek
from oktee.kit.database import global_session, new_id
from oktee.kit.work import NOBODY, Item, Kind, schedule
from oktee.notify.mail_tables import OutgoingMail
from oktee.notify.mail_text import Letter, compose
from oktee.notify.notices import Notice, mail_due
from oktee.notify.smtp import deliver

GIVE_UP: Final = timedelta(days=3)
"""A mail that no server took for so long is of no use to anybody; its body goes too."""

_WORKSPACE = text("select name from organizations where id = :id")


async def send_mail(
    session: AsyncSession,
    *,
    to: str,
    template: str,
    locale: str,
    values: dict[str, Any],
    organization_id: UUID | None,
    notice: Notice | None = None,
) -> None:
    """Queue one mail; it leaves once this transaction commits. Works in a tenant's and in a global session.

    `template` names `mails/<template>.<locale>.txt` (its first line is the subject); `values` fill it. With
    `organization_id` the mail names that workspace. With `notice` the recipient's wishes are asked: the mail may leave at
    once, at their daily hour, or not at all. Raises LookupError for a template or value that is not there.
    """
    due_at = None
    if notice is not None:
        wanted, due_at = await mail_due(session, to, notice)
        if not wanted:
            return
    workspace = None
    if organization_id is not None:
        workspace = str((await session.execute(_WORKSPACE, {"id": organization_id})).scalar_one())
    letter = compose(to, template, locale, values, workspace)
    mail_id = new_id()
    session.add(
        OutgoingMail(
            id=mail_id,
            organization_id=organization_id,
            template=template,
            locale=locale,
            body_blob=kek().wrap(orjson.dumps(asdict(letter)), aad("mail", mail_id)),
        )
    )
    await session.flush()
    await schedule(session, MAIL, str(mail_id), due_at=due_at, organization_id=NOBODY)


async def _send(item: Item) -> None:
    """At least once: a worker that dies after the server took the mail sends it again, with the same Message-ID."""
    mail_id = UUID(item.key)
    async with global_session() as session:
        row = (
            await session.execute(
                select(OutgoingMail.body_blob, OutgoingMail.created_at < func.now() - GIVE_UP).where(
                    OutgoingMail.id == mail_id
                )
            )
        ).one_or_none()
    sent = None
    if row is not None and row[0] is not None and not row[1]:
        letter = Letter(**orjson.loads(kek().unwrap(row[0], aad("mail", mail_id))))
        await deliver(letter, mail_id)
        sent = func.now()
    async with item.record() as session:
        await session.execute(
            update(OutgoingMail).where(OutgoingMail.id == mail_id).values(body_blob=None, sent_at=sent)
        )


MAIL: Final = Kind("mail", run=_send, queue="interactive", timeout=45.0, attempts=200, base=2.0, cap=1800.0)
