"""Making, listing, rotating and ending the API keys of one organization."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.keys.tables import ApiKey
from oktee.access.keys.words import KeyWords
from oktee.access.roles import PERMISSIONS
from oktee.access.scope import Scope
from oktee.kit.clock import now
from oktee.kit.database import database
from oktee.kit.errors import Conflict, FieldError, Invalid, NotFound

OFFERED: dict[str, tuple[str, ...]] = {"supply": ("orders.read",), "administration": ("catalog.read",)}
"""What a key can be given, by module: the permissions that some operation of the public API asks for, and no other
(tests/public compares them)."""
NEVER: frozenset[str] = frozenset(
    {"users.manage", "settings.manage", "privacy.manage", "connection.manage", "audit.read"}
)
"""What no key is ever given: people, roles, keys, settings, the connection to Amazon, the audit log, deletion."""
DAYS, MOST_DAYS = 180, 365
OVERLAP, LONGEST_OVERLAP = timedelta(hours=24), timedelta(days=7)
UNUSED = timedelta(days=90)
MOST_KEYS = 50
"""Live keys of one organization."""


class TooManyKeys(Conflict):
    """The organization has as many live keys as one may have."""


class KeyEnded(Conflict):
    """The key is revoked, replaced or past its date: there is nothing to rotate."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a new key is to be, as a person asked for it."""

    name: str
    scopes: tuple[str, ...]
    scope: Scope | None
    cidrs: tuple[str, ...]
    days: int


def check(asked: Asked, held: frozenset[str]) -> None:
    """Raises Invalid. `held`: what the person who makes it may do themselves."""
    faults: list[FieldError] = []
    offered = {permission for permissions in OFFERED.values() for permission in permissions}
    for n, permission in enumerate(asked.scopes):
        if permission not in PERMISSIONS or permission not in offered or permission in NEVER:
            faults.append(FieldError(f"/scopes/{n}", "not_for_keys", f"A key cannot be given {permission}."))
        elif permission not in held:
            faults.append(FieldError(f"/scopes/{n}", "more_than_yours", f"You do not hold {permission} yourself."))
    for n, cidr in enumerate(asked.cidrs):
        try:
            ip_network(cidr)
        except ValueError:
            faults.append(
                FieldError(f"/allowed_cidrs/{n}", "no_network", f"{cidr} is no network, such as 192.0.2.0/24.")
            )
    if faults:
        raise Invalid("This key cannot be made.", errors=tuple(faults))


async def make_key(session: AsyncSession, organization_id: UUID, asked: Asked, *, by: UUID) -> tuple[ApiKey, str]:
    """The stored key and its words, which are shown once. Raises TooManyKeys."""
    await session.execute(
        text("select pg_advisory_xact_lock(3, hashtext(:organization))"), {"organization": str(organization_id)}
    )
    live = await session.scalar(select(func.count()).where(ApiKey.organization_id == organization_id, *_live()))
    if (live or 0) >= MOST_KEYS:
        raise TooManyKeys(f"There are {MOST_KEYS} live keys already. Revoke one that is not used.")
    return await _store(session, organization_id, asked, by=by, replaces=None)


async def _store(
    session: AsyncSession, organization_id: UUID, asked: Asked, *, by: UUID, replaces: str | None
) -> tuple[ApiKey, str]:
    words = KeyWords.make()
    made = ApiKey(
        id=words.id, organization_id=organization_id, mode=words.mode, name=asked.name, secret_hash=words.hash(),
        last4=words.secret[-4:], scopes=sorted(asked.scopes), scope=asked.scope.store() if asked.scope else None,
        allowed_cidrs=[str(ip_network(cidr)) for cidr in asked.cidrs], created_by=by, owner_id=by,
        created_at=now(), expires_at=now() + timedelta(days=asked.days), replaces_id=replaces,
    )  # fmt: skip
    session.add(made)
    await session.flush()
    return made, words.full()


def _live() -> list[ColumnElement[bool]]:
    return [
        ApiKey.revoked_at.is_(None),
        ApiKey.expires_at > func.now(),
        or_(ApiKey.replaced_at.is_(None), ApiKey.replaced_at > func.now()),
    ]


async def list_keys(session: AsyncSession, organization_id: UUID) -> list[ApiKey]:
    """The organization's keys, newest first; ended ones for 90 days."""
    ended = func.coalesce(ApiKey.revoked_at, func.least(ApiKey.expires_at, ApiKey.replaced_at), ApiKey.expires_at)
    statement = (
        select(ApiKey)
        .where(ApiKey.organization_id == organization_id, ended > func.now() - UNUSED)
        .order_by(ApiKey.created_at.desc(), ApiKey.id)
    )
    return list((await session.execute(statement)).scalars())


async def get_key(session: AsyncSession, organization_id: UUID, key_id: str) -> ApiKey:
    """Locked. Raises NotFound, also for the key of another organization."""
    statement = select(ApiKey).where(ApiKey.organization_id == organization_id, ApiKey.id == key_id).with_for_update()
    found = (await session.execute(statement)).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such key.")
    return found


def state_of(key: ApiKey, at: datetime) -> str:
    """active, ending (replaced, both work), replaced, expired or revoked."""
    if key.revoked_at is not None:
        return "revoked"
    if key.replaced_at is not None:
        return "ending" if key.replaced_at > at else "replaced"
    return "active" if key.expires_at > at else "expired"


async def rotate_key(
    session: AsyncSession, organization_id: UUID, key_id: str, *, by: UUID, overlap: timedelta
) -> tuple[ApiKey, ApiKey, str]:
    """The old key, the new one and its words. Both work for `overlap`, at most a week. Raises NotFound, KeyEnded."""
    old = await get_key(session, organization_id, key_id)
    if state_of(old, now()) != "active":
        raise KeyEnded("This key has ended or was rotated already. Make a new one.")
    lifetime = max(1, min(MOST_DAYS, round((old.expires_at - old.created_at) / timedelta(days=1))))
    asked = Asked(
        old.name, tuple(old.scopes), Scope.read(old.scope), tuple(str(cidr) for cidr in old.allowed_cidrs), lifetime
    )
    made, words = await _store(session, organization_id, asked, by=by, replaces=old.id)
    old.replaced_at = now() + min(overlap, LONGEST_OVERLAP)
    await session.flush()
    return old, made, words


async def revoke_key(session: AsyncSession, organization_id: UUID, key_id: str, *, by: UUID | None) -> ApiKey:
    """End it at once; ended twice it stays as it ended first. Raises NotFound."""
    found = await get_key(session, organization_id, key_id)
    if found.revoked_at is None:
        found.revoked_at, found.revoked_by = now(), by
        await session.flush()
    return found


async def revoke_keys_of(
    session: AsyncSession, owner_id: UUID, *, organization_id: UUID | None = None, by: UUID | None = None
) -> list[ApiKey]:
    """End every key a person answers for, in one organization or all: they leave. The ended keys."""
    statement = update(ApiKey).where(ApiKey.owner_id == owner_id, ApiKey.revoked_at.is_(None))
    if organization_id is not None:
        statement = statement.where(ApiKey.organization_id == organization_id)
    ended = statement.values(revoked_at=func.now(), revoked_by=by).returning(ApiKey)
    return list((await session.execute(ended)).scalars())


_WARN = text(
    """update api_keys set warned_at = now() where id = :id
    and (warned_at is null or warned_at < now() - interval '1 hour') returning 1"""
)
_LEAK = text("update api_keys set leaked_at = now() where id = :id and leaked_at is null returning 1")


async def first_warning(key_id: str) -> bool:
    """Whether the use of an ended key is to be told now: once an hour, however often it is tried."""
    async with database.autocommit() as connection:
        return (await connection.execute(_WARN, {"id": key_id})).first() is not None


async def mark_leaked(key_id: str) -> bool:
    """The key was seen where it does not belong. Whether this is the first time."""
    async with database.autocommit() as connection:
        return (await connection.execute(_LEAK, {"id": key_id})).first() is not None
