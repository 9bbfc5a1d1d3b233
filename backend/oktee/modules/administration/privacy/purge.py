"""The purge: keys first, then everything by a loop over the catalog, then the proof. Each step can be done again.

Closing the workspace makes it unreachable at once; a minute later, when no request that began before can still write,
its rows go in batches, children first. The last transaction makes sure that nothing is left.
"""

import re
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import structlog
from redis.asyncio import Redis
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.lockout import email_hash
from oktee.amazon.connection import lifecycle
from oktee.amazon.connection.tables import AmazonConnection
from oktee.journal.record import SYSTEM, Subject, record
from oktee.kit import objects, work
from oktee.kit.clock import now
from oktee.kit.crypto import digest
from oktee.kit.database import organization_of, tenant_session
from oktee.kit.exports import quoted
from oktee.kit.keyring import rotation
from oktee.kit.keyring.data_keys import data_keys
from oktee.kit.settings import settings
from oktee.modules.administration.privacy.bundle import workspace_name
from oktee.modules.administration.privacy.catalog import KEPT, StoredTable, list_owned, list_tables
from oktee.modules.administration.privacy.certificate import certificate
from oktee.modules.administration.privacy.holds import list_holds, lock_privacy
from oktee.modules.administration.privacy.notices import owners_of
from oktee.modules.administration.privacy.tables import Deletion, Export
from oktee.modules.administration.privacy.tombstones import (
    BACKUPS,
    CERTIFICATE_LIFE,
    Grave,
    bury,
    bury_outside,
    hash_of,
    keep_certificate,
    list_outside,
)
from oktee.notify.mail import send_mail

GRACE: Final = timedelta(seconds=60)
"""Longer than any request or statement of ours may take: what began before the closing has ended."""
HELD: Final = timedelta(days=1)
"""How long a purge waits before it looks again whether orders are still held."""
TOLD: Final = "(held)"
BATCH: Final = 5000
LAST: Final = frozenset({"deletions", "work"})
"""The row that says how far the purge has come, and the item that does it: gone in the last transaction."""

log = structlog.get_logger(__name__)

_CLOSE = text("update organizations set closed_at = coalesce(closed_at, now()) where id = :org")
_DROP_WORK = text("delete from work where organization_id = :org and not (kind = :kind and key = :key)")
_ONLY_HERE = text(
    """select m.user_id from memberships m where m.organization_id = :org and not exists
    (select 1 from memberships o where o.user_id = m.user_id and o.organization_id <> :org)"""
)
_SKELETON = text(
    """insert into audit_skeletons (organization_hash, sequence, previous_hash, hash)
    select :hash, sequence, coalesce(previous_hash, '\\x0000000000000000000000000000000000000000000000000000000000000000'::bytea),
        hash
    from journal_entries where organization_id = :org and log = 'audit' and sequence is not null
    on conflict do nothing"""
)


async def only_here(session: AsyncSession, organization_id: UUID) -> list[UUID]:
    """Members without any other workspace: their accounts go with this one."""
    found = (await session.execute(_ONLY_HERE, {"org": organization_id})).scalars()
    return [UUID(str(user_id)) for user_id in found]


async def close(session: AsyncSession, deletion: Deletion) -> None:
    """Nobody reaches the workspace from the next request on; nothing is collected; what was sealed is unreadable."""
    organization = organization_of(session)
    # Work before data, as whoever runs it locks them.
    await session.execute(_DROP_WORK, {"org": organization, "kind": PURGE.name, "key": str(deletion.id)})
    deletion.state, deletion.closed_at = "purging", now()
    if not deletion.owners:
        deletion.owners = list(await owners_of(session, organization))
    await session.execute(_CLOSE, {"org": organization})
    for export in await session.scalars(select(Export).where(Export.state.in_(("queued", "running")))):
        export.state = "cancelled"
    await session.flush()
    for connection in await session.scalars(select(AmazonConnection.id).order_by(AmazonConnection.id)):
        await lifecycle.disconnect(session, connection, actor=SYSTEM)
    await rotation.shred(session)
    await record(
        session, "deletion.purging", actor=SYSTEM, audit=True,
        subject=Subject("deletion", str(deletion.id), f"#{deletion.number}"),
    )  # fmt: skip


async def purge(item: work.Item) -> None:
    """Close, wait a minute, delete, prove. A worker that takes over goes on where the rows are."""
    organization = item.organization_id
    async with tenant_session(organization) as session:
        await item.guard(session)
        await lock_privacy(session)
        # Who cancels takes this item back first, which waits for us: the state stays as it is read.
        found = (await session.scalars(select(Deletion).where(Deletion.id == UUID(item.key)))).first()
        if found is None or found.state == "cancelled":
            return
        early = found.state == "waiting" and found.purge_at > now()
        if found.state == "waiting" and not early:
            if await list_holds(session, in_force=True):
                await _wait_for_holds(session, found)
                early = True
            else:
                await close(session, found)
    if early:
        async with item.record(found.purge_at):
            return
    data_keys.forget(organization)
    assert found.closed_at is not None
    if now() < found.closed_at + GRACE:
        async with item.record(found.closed_at + GRACE):
            return
    await _remove_people(item)
    files = await objects.delete_prefix(organization)
    await _count(item, "(files)", files)
    async with tenant_session(organization) as session:
        await item.guard(session)
        await session.execute(_SKELETON, {"hash": hash_of(organization), "org": organization})
        sellers = await _sellers(session)
        await _remove_notifications(session)
        tables = await list_owned(session)
    for table in tables:
        if table.name not in KEPT | LAST:
            await _remove_rows(item, table)
    await forget_in_valkey([str(organization), *sellers])
    await _finish(item, found, tables)


async def _wait_for_holds(session: AsyncSession, deletion: Deletion) -> None:
    """An order was held during the seven days: another day, until no hold is in force. The owners are told once."""
    deletion.purge_at = now() + HELD
    if deletion.counts.get(TOLD):
        return
    deletion.counts = deletion.counts | {TOLD: 1}
    for owner in await owners_of(session, organization_of(session)):
        await send_mail(
            session, to=owner["email"], template="deletion_held", locale=owner["locale"],
            values={"address": f"{settings().public_url}/"}, organization_id=organization_of(session),
        )  # fmt: skip


async def _remove_rows(item: work.Item, table: StoredTable) -> None:
    while True:
        async with tenant_session(item.organization_id) as session:
            await item.guard(session)
            gone = await delete_batch(session, table)
            if gone:
                await _add(session, UUID(item.key), table.name, gone)
        if gone < BATCH:
            return


async def delete_batch(session: AsyncSession, table: StoredTable) -> int:
    """Up to a batch of the rows of this session's organization; answers how many went."""
    values = {"org": organization_of(session), "n": BATCH, "target": table.name}
    if not table.deletable:
        return int((await session.execute(text("select purge_rows(:target, :n)"), values)).scalar_one())
    name = quoted(table.name)
    result: Any = await session.execute(
        text(
            f"delete from {name} where organization_id = :org and ctid = any(array("  # noqa: S608 - identifiers of the catalog, quoted
            f"select ctid from {name} where organization_id = :org limit :n))"
        ),
        values,
    )
    return int(result.rowcount)


async def _add(session: AsyncSession, deletion_id: UUID, what: str, number: int) -> None:
    found = (await session.scalars(select(Deletion).where(Deletion.id == deletion_id).with_for_update())).one()
    found.counts = found.counts | {what: int(found.counts.get(what, 0)) + number}


async def _count(item: work.Item, what: str, number: int) -> None:
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        await _add(session, UUID(item.key), what, number)


async def _remove_people(item: work.Item) -> None:
    """Accounts without any other workspace, with whatever names them; members who have one lose this one only."""
    async with tenant_session(item.organization_id) as session:
        await item.guard(session)
        people = await only_here(session, item.organization_id)
        if not people:
            return
        emails = (
            await session.execute(text("select email from users where id = any(:ids)"), {"ids": people})
        ).scalars()
        hashes = [email_hash(email) for email in emails]
        await session.execute(text("delete from sign_in_events where email_hash = any(:hashes)"), {"hashes": hashes})
        for table in await list_tables(session):
            if table.has("user_id") and not table.tenant and table.deletable and table.name != "users":
                await session.execute(
                    text(f"delete from {quoted(table.name)} where user_id = any(:ids)"),  # noqa: S608 - identifiers of the catalog, quoted
                    {"ids": people},
                )
        await session.execute(text("delete from users where id = any(:ids)"), {"ids": people})
        await _add(session, UUID(item.key), "users", len(people))


async def _sellers(session: AsyncSession) -> list[str]:
    return list(await session.scalars(select(AmazonConnection.selling_partner_id).distinct()))


async def _remove_notifications(session: AsyncSession) -> None:
    """Notifications name a subscription or an account, not an organization."""
    names = [
        *(await session.execute(text("select subscription_id from subscriptions where organization_id = :org"),
                                {"org": organization_of(session)})).scalars(),
        *(await _sellers(session)),
    ]  # fmt: skip
    for name in names:
        for table in ("inbox", "inbox_quarantine"):
            await session.execute(
                text(f"delete from {table} where position(convert_to(:name, 'UTF8') in raw) > 0"),  # noqa: S608 - constants only
                {"name": f'"{name}"'},  # the whole JSON string: an id may begin like a longer one
            )


async def forget_in_valkey(words: list[str]) -> int:
    """Every key that holds one of these words by itself; answers how many there were."""
    valkey = Redis.from_url(settings().valkey_url.get_secret_value())
    gone = 0
    try:
        for word in words:
            escaped = "".join(f"\\{letter}" if letter in "*?[]^\\" else letter for letter in word)
            alone = re.compile(rf"(?<![A-Za-z0-9_-]){re.escape(word)}(?![A-Za-z0-9_-])")
            async for key in valkey.scan_iter(match=f"*{escaped}*", count=1000):
                name = key.decode(errors="replace") if isinstance(key, bytes) else str(key)
                if alone.search(name):
                    gone += int(await valkey.delete(key))
    finally:
        await valkey.aclose()
    return gone


async def _finish(item: work.Item, deletion: Deletion, tables: list[StoredTable]) -> None:
    """The proof, the mails and the last rows, in one transaction. Rows that came late send the item round again."""
    organization = item.organization_id
    async with tenant_session(organization) as session:
        await item.guard(session)
        late = [table.name for table in tables if table.name not in KEPT | LAST and await _any(session, table)]
        current = (await session.scalars(select(Deletion).where(Deletion.id == deletion.id))).one()
        name = await workspace_name(session)
        entries = await session.scalar(
            text("select count(*) from audit_skeletons where organization_hash = :hash"),
            {"hash": hash_of(organization)},
        )
        # Without this row the proof of an earlier try reached nobody: it is made again.
        buried = await session.scalar(
            text("select exists (select 1 from tombstones where organization_hash = :hash)"),
            {"hash": hash_of(organization)},
        )
    if late:
        log.info("purge_goes_round_again", tables=late)
        async with item.record(now() + timedelta(seconds=5)):
            return
    counts = {what: int(number) for what, number in current.counts.items() if not what.startswith("(")}
    known = (await list_outside()).get(hash_of(organization)) if buried else None
    grave, token, key = known, None, None
    if grave is None:
        grave, token, key = await _certify(current, organization, counts, workspace=name, entries=int(entries or 0))
        await bury_outside(grave)
    async with item.record() as session:
        await bury(session, grave, token_hash=digest(token) if token else None, key=key)
        if token:
            for owner in current.owners:
                await send_mail(
                    session, to=owner["email"], template="deletion_certificate", locale=owner["locale"],
                    values={
                        "closed_workspace": owner["workspace"],
                        "rows": sum(counts.values()),
                        "purged_at": grave.purged_at.strftime("%Y-%m-%d %H:%M UTC"),
                        "backups_until": grave.backups_until.strftime("%Y-%m-%d"),
                        "days": CERTIFICATE_LIFE.days,
                        "address": f"{settings().public_url}/certificate#{token}",
                    },
                    organization_id=None,
                )  # fmt: skip
        values = {"org": organization}
        await session.execute(text("delete from work where organization_id = :org"), values)
        await session.execute(text("delete from deletions where organization_id = :org"), values)
        await session.execute(text("delete from organizations where id = :org"), values)
    log.info("organization_deleted", rows=sum(counts.values()))


async def _certify(
    deletion: Deletion, organization: UUID, counts: dict[str, int], *, workspace: str, entries: int
) -> tuple[Grave, str, str]:
    """(tombstone, word that opens the certificate, where it is kept)."""
    at = now().replace(microsecond=0)
    bare = Grave(hash_of(organization), deletion.requested_at, at, at + BACKUPS, counts, b"")
    language = str(deletion.owners[0]["locale"]) if deletion.owners else "en"
    pdf = await certificate(
        bare, workspace=workspace, files=int(deletion.counts.get("(files)", 0)), people=counts.get("users", 0),
        entries=entries, language=language,
    )  # fmt: skip
    token = secrets.token_urlsafe(32)
    key = await keep_certificate(pdf, token=token)
    return (
        Grave(bare.organization_hash, bare.requested_at, at, bare.backups_until, counts, sha256(pdf).digest()),
        token,
        key,
    )


async def _any(session: AsyncSession, table: StoredTable) -> bool:
    found = await session.scalar(
        text(f"select exists (select 1 from {quoted(table.name)} where organization_id = :org)"),  # noqa: S608 - identifiers of the catalog, quoted
        {"org": organization_of(session)},
    )
    return bool(found)


PURGE: Final = work.Kind(
    "deletion_purge", purge, queue="bulk", timeout=6 * 3600.0, attempts=1000, base=5.0, essential=True
)
"""Key: the deletion's id."""
