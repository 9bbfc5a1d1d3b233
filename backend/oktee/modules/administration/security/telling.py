"""Tell an alarm: to OKTee's operators by mail, and to the owners of the organization it concerns in their language."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.settings import settings
from oktee.modules.administration.privacy.notices import owners_of
from oktee.notify.mail import send_mail

TEMPLATE = "security_alarm"


async def tell(
    session: AsyncSession, kind: str, *, values: dict[str, Any], organization_id: UUID | None, customer: bool
) -> None:
    """Queue the mails of one alarm in this transaction. `values` name what happened; they hold no secret."""
    facts = {"kind": kind, "page": settings().public_url, **values}
    for operator in settings().operator_emails:
        await send_mail(
            session, to=operator, template=TEMPLATE, locale="en", values=facts | {"to_operator": True},
            organization_id=organization_id,
        )  # fmt: skip
    if customer and organization_id is not None:
        for owner in await owners_of(session, organization_id):
            await send_mail(
                session, to=owner["email"], template=TEMPLATE, locale=owner["locale"],
                values=facts | {"to_operator": False}, organization_id=organization_id,
            )  # fmt: skip
