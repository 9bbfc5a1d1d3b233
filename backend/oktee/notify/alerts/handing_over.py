"""When somebody leaves for a while, what is open with them is handed to whoever stands in."""

from typing import Final
from uuid import UUID

from sqlalchemy import select

from oktee.kit.clock import now
from oktee.kit.work import Item, Kind
from oktee.notify.alerts.mailing import still_open
from oktee.notify.alerts.tables import Notification
from oktee.notify.alerts.telling import Alert, tell
from oktee.notify.notices import STANDING, Notice
from oktee.notify.recipients import WHOLE, Place, read_roster

MOST: Final = 500


async def _hand_over(item: Item) -> None:
    user_id, at = UUID(item.key), now()
    async with item.record() as session:
        roster = await read_roster(session)
        substitute = roster.stand_in(user_id)
        if substitute is None or substitute == user_id:
            return  # back already, or nobody stands in: the teams and rights of each thing decide at its next word
        asked = (
            select(Notification)
            .where(
                Notification.user_id == user_id, still_open(at),
                Notification.notice.in_(sorted(each.value for each in STANDING)),
            )
            .order_by(Notification.at.desc())
            .limit(MOST)
        )  # fmt: skip
        for row in await session.scalars(asked):
            place = Place(row.marketplace_id, row.vendor_code, tuple(row.brands), row.object_type in WHOLE)
            await tell(
                session,
                Alert(
                    Notice(row.notice), row.object_type, row.object_id, row.object_label, facts=row.facts,
                    cause=row.cause, version=row.version, action=row.action, due_at=row.due_at, people=(user_id,),
                    place=place,
                ),
            )  # fmt: skip


HAND_OVER: Final = Kind("hand_over", run=_hand_over, queue="interactive", timeout=30.0, attempts=20)
"""Key: a person. Due when their absence begins."""
