"""What the customer is told about a key: it stood in an address, or a replaced one is still in use."""

from typing import Any

import structlog
from sqlalchemy import text

from oktee.access.keys.keeping import first_warning, mark_leaked
from oktee.access.keys.words import shown
from oktee.journal.record import Subject, key, record
from oktee.kit.database import tenant_session
from oktee.kit.settings import settings
from oktee.notify.mail import send_mail
from oktee.notify.outbox import publish

_OWNER = text("select email, name, locale from users where id = :id and disabled_at is null")
log = structlog.get_logger(__name__)


async def tell_old_use(row: Any, address: str) -> None:
    """Once an hour: a system still uses the key that another one replaced."""
    if await first_warning(row.id):
        await _tell(row, address, kind="api_key.used_after_rotation", template="api_key_old_use")


async def tell_leak(row: Any, address: str) -> None:
    """Once: the key counts as leaked from now on. It still works, so that nothing stops before it is rotated."""
    if await mark_leaked(row.id):
        await _tell(row, address, kind="api_key.leaked", template="api_key_leaked")


async def _tell(row: Any, address: str, *, kind: str, template: str) -> None:
    label = shown(row.mode, row.id, row.last4)
    async with tenant_session(row.organization_id) as session:
        await record(
            session, kind, actor=key(row.id, row.name, owner_id=row.owner_id, address=address),
            subject=Subject("api_key", row.id, f"{row.name} ({label})"), outcome="refused", audit=True,
        )  # fmt: skip
        await publish(session, "api_key.changed", key_id=row.id)
        owner = (await session.execute(_OWNER, {"id": row.owner_id})).one_or_none()
        if owner is None:
            log.warning("nobody_to_tell", kind=kind, key=row.id)
            return
        await send_mail(
            session, to=owner.email, template=template, locale=owner.locale, organization_id=row.organization_id,
            values={
                "name": owner.name, "key": f"{row.name} ({label})", "address": address,
                "page": f"{settings().public_url}/{row.slug}/administration/integrations",
            },
        )  # fmt: skip
