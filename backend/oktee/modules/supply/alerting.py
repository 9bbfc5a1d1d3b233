"""What follows when an order changed: whose it is, who is told that it waits, and what is over.

Asked once per transaction for all orders it changed, whoever changed them: every change of an order is published
(notify/outbox.py), and that is where this hangs.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.journal.record import rule
from oktee.modules.supply.deciding.holds import HELD_BY_PERSON
from oktee.modules.supply.second_person import REJECT_HARD, SECOND, asked_of
from oktee.notify.alerts.telling import Alert, settle, tell
from oktee.notify.matters.having import Thing, give_to_teams
from oktee.notify.notices import Notice
from oktee.notify.outbox import FOLLOWERS
from oktee.notify.recipients import read_roster

NOTICES: Final = {
    "held": Notice.ORDER_HELD,
    "send_failed": Notice.ANSWER_FAILED,
    "mismatch": Notice.ANSWER_FAILED,
    "changed": Notice.ORDER_CHANGED,
}
"""Which state of an order is told; as long as it lasts, the alert is open."""
DUE_SOON: Final = ("to_confirm", "scheduled", "held", "send_failed", "changed", "mismatch")
"""States in which the clock still asks for somebody, so that a warning of it stays open."""
TEAMS: Final = rule("Teams")
_CHANGED: Final = text(
    """select o.id, o.po_number, o.marketplace_id, o.vendor_code, o.brand, o.brands, s.status, s.hold, s.deadline_at, s.revision,
        m.id is not null as known, m.assigned_at is not null as given,
        coalesce((m.brand, m.brands) is distinct from (o.brand, o.brands), false) and m.id is not null as moved,
        exists (select 1 from notifications n where n.object_type = 'order' and n.object_id = cast(o.id as text)
            and n.resolved_at is null and n.notice in ('order_held', 'order_due_soon', 'answer_failed', 'order_changed')) as told,
        exists (select 1 from teams t where t.auto_assign) as teams
    from purchase_orders o join order_states s on s.purchase_order_id = o.id
    left join matters m on m.kind = 'order' and m.object_id = cast(o.id as text)
    where o.id = any(cast(:ids as uuid[])) order by o.id"""
)
_MOVED: Final = text(
    """update matters m set brand = o.brand, brands = o.brands from purchase_orders o
    where m.kind = 'order' and m.object_id = cast(o.id as text) and o.id = any(cast(:ids as uuid[]))"""
)


async def follow_orders(session: AsyncSession, payloads: Sequence[dict[str, Any]]) -> None:
    """In the transaction that changed them, before it commits."""
    ids = sorted({UUID(str(payload["order_id"])) for payload in payloads if "order_id" in payload})
    if not ids:
        return
    await session.flush()
    rows = (await session.execute(_CHANGED, {"ids": ids})).all()
    moved = [row.id for row in rows if row.moved]
    if moved:
        await session.execute(_MOVED, {"ids": moved})
    waiting = [row for row in rows if row.status in DUE_SOON and not row.given and row.teams]
    if waiting:
        await _give(session, waiting)
    for notice in (Notice.ORDER_HELD, Notice.ANSWER_FAILED, Notice.ORDER_CHANGED):
        over = [row.id for row in rows if row.told and NOTICES.get(row.status) != notice]
        if over:
            await settle(session, "order", over, [notice])
    answered = [row.id for row in rows if row.told and row.status not in DUE_SOON]
    if answered:
        await settle(session, "order", answered, [Notice.ORDER_DUE_SOON])
    seconds = {row.id: thing_of(row).place for row in rows if any(step["message"] == SECOND for step in row.hold)}
    asked = await asked_of(session, seconds) if seconds else {}
    await tell(session, *(alert for row in rows if (alert := _alert(row, asked.get(row.id))) is not None))


def thing_of(row: Any) -> Thing:
    """An order as what people work on."""
    return Thing(
        "order", str(row.id), row.po_number, row.marketplace_id, row.vendor_code, row.brand, tuple(row.brands),
        order_id=row.id,
    )  # fmt: skip


async def _give(session: AsyncSession, rows: Sequence[Any]) -> None:
    roster = await read_roster(session)
    given = []
    for row in rows:
        thing = thing_of(row)
        team = roster.team_for("supply", thing.place)
        if team is not None:
            given.append((thing, team.id, team.name))
    await give_to_teams(session, given, actor=TEAMS)


def _alert(row: Any, asked: tuple[UUID, ...] | None = None) -> Alert | None:
    """None for a state that nobody is told of, and for what a person holds: they know. `asked`: who can be the second person
    that the order waits for; whoever has the order may be the one who cannot."""
    notice = NOTICES.get(row.status)
    reasons = [{"message": step["message"], "values": step["values"]} for step in row.hold]
    if notice is None or (notice is Notice.ORDER_HELD and _by_person(reasons)):
        return None
    if notice is Notice.ORDER_CHANGED:  # each change is news, whatever holds the new proposal
        return Alert(
            notice, "order", str(row.id), row.po_number, version=str(row.revision), action="fix", due_at=row.deadline_at,
            place=thing_of(row).place, permission="orders.hold",
        )  # fmt: skip
    first = reasons[0]["message"] if reasons else row.status
    return Alert(
        notice, "order", str(row.id), row.po_number, details={"reasons": reasons[:1], "more": len(reasons) - 1} if reasons else {},
        cause=f"{notice.value}:{first}",
        version=",".join(sorted({str(reason["message"]) for reason in reasons})) or row.status,
        action="fix", due_at=row.deadline_at, place=thing_of(row).place,
        people=asked or (), permission="orders.hold" if asked is None else REJECT_HARD,
    )  # fmt: skip


def _by_person(reasons: Sequence[dict[str, Any]]) -> bool:
    return any(reason["message"] in HELD_BY_PERSON for reason in reasons)


FOLLOWERS["order.changed"] = follow_orders
