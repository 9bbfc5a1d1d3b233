"""Changes of docs/subprocessors.yaml: noticed, told to every owner by e-mail, in effect 30 days later."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.clock import now
from oktee.modules.administration.privacy.inventory import SubProcessor, notice_days, sub_processors
from oktee.modules.administration.privacy.tables import SubProcessorNotice
from oktee.notify.mail import send_mail

_OWNERS = text(
    """select o.id as organization_id, o.name as workspace, u.email, u.locale
    from memberships m join users u on u.id = m.user_id join organizations o on o.id = m.organization_id
    where m.role = 'owner' and m.state = 'active' and u.disabled_at is null and o.closed_at is null
      and (cast(:org as uuid) is null or o.id = :org) order by o.id, u.id"""
)


def content_of(rows: tuple[SubProcessor, ...]) -> list[dict[str, str]]:
    """What a change is told by: name, purpose, data and region, in English."""
    return [
        {"name": row.name, "purpose": row.purpose["en"], "data": row.data["en"], "region": row.region["en"]}
        for row in sorted(rows, key=lambda row: row.name)
    ]


def difference(before: list[dict[str, str]], after: list[dict[str, str]]) -> list[dict[str, str]]:
    """Who came, went or changed: {change: added | removed | changed, name}."""
    old, new = ({row["name"]: row for row in rows} for rows in (before, after))
    found = [{"change": "added", "name": name} for name in sorted(new.keys() - old.keys())]
    found += [{"change": "removed", "name": name} for name in sorted(old.keys() - new.keys())]
    found += [{"change": "changed", "name": name} for name in sorted(new.keys() & old.keys()) if new[name] != old[name]]
    return found


async def notice_changes(session: AsyncSession) -> SubProcessorNotice | None:
    """Compare the file with what was last told. The first time it is only noted; later each change is mailed to every
    owner in the same transaction. In a global session; answers the notice it made."""
    content = content_of(sub_processors())
    hashed = sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()
    last = (
        await session.scalars(select(SubProcessorNotice).order_by(SubProcessorNotice.announced_at.desc()).limit(1))
    ).first()
    if last is not None and last.content_hash == hashed:
        return None
    changes = difference(last.content, content) if last is not None else []
    at = now()
    effective = at + timedelta(days=notice_days()) if last is not None else at
    # A list that was in force before and is again keeps its row: only its time and what changed are new.
    values: dict[str, Any] = {"content": content, "changes": changes, "announced_at": at, "effective_at": effective}
    statement = insert(SubProcessorNotice).values(content_hash=hashed, **values)
    statement = statement.on_conflict_do_update(index_elements=["content_hash"], set_=values)
    made = (await session.scalars(statement.returning(SubProcessorNotice))).one()
    if changes:
        for owner in (await session.execute(_OWNERS, {"org": None})).all():
            await send_mail(
                session, to=owner.email, template="sub_processors", locale=owner.locale,
                values={"changes": changes, "effective_on": effective.date().isoformat()},
                organization_id=owner.organization_id,
            )  # fmt: skip
    return made


async def owners_of(session: AsyncSession, organization_id: Any) -> list[dict[str, str]]:
    """The owners of an organization who can be written to: {email, locale, workspace}."""
    rows = (await session.execute(_OWNERS, {"org": organization_id})).all()
    return [{"email": row.email, "locale": row.locale, "workspace": row.workspace} for row in rows]
