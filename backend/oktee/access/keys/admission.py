"""Who a key speaks for: from the words of a request to what it may do, or the reason why not."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import text

from oktee.access.keys.words import KeyWords, mode, shown
from oktee.access.scope import Scope, narrowed, permissions_within
from oktee.access.workspaces import find_workspace
from oktee.kit.database import database
from oktee.kit.errors import Forbidden, Unauthenticated

REALM = 'Bearer realm="OKTee"'


class KeyRefused(Unauthenticated):
    """The request brings no key that opens anything; the answer says how to bring one (RFC 6750)."""

    error: ClassVar[str | None] = "invalid_token"

    def __init__(self, detail: str) -> None:
        challenge = REALM if self.error is None else f'{REALM}, error="{self.error}"'
        super().__init__(detail, headers={"WWW-Authenticate": challenge})


class ApiKeyMissing(KeyRefused):
    """There is no key with the request."""

    error = None


class ApiKeyInvalid(KeyRefused):
    """The same answer for an unknown key, a mistyped one and one with a wrong secret."""


class ApiKeyInAddress(KeyRefused):
    """The key stands in the address, where it lands in logs and histories: it is refused and counts as leaked."""

    error = "invalid_request"


class ApiKeyRevoked(KeyRefused):
    """Somebody ended this key."""


class ApiKeyExpired(KeyRefused):
    """The key is past its date."""


class ApiKeyReplaced(KeyRefused):
    """Another key took its place, and the time for both is over."""


class AddressNotAllowed(Forbidden):
    """The key may be used from other networks only."""


class InsufficientScope(Forbidden):
    """The key does not hold this permission, or its owner does not any more."""

    def __init__(self, permission: str) -> None:
        challenge = f'{REALM}, error="insufficient_scope", scope="{permission}"'
        super().__init__(f"This key does not hold {permission}.", headers={"WWW-Authenticate": challenge})


@dataclass(frozen=True, slots=True)
class KeyCaller:
    """A customer's system in its organization: what every route of the public API knows about who asks."""

    organization_id: UUID
    slug: str
    organization: str
    key_id: str
    mode: str
    last4: str
    name: str
    owner_id: UUID
    modules: tuple[str, ...]
    scopes: frozenset[str]
    scope: Scope | None
    expires_at: datetime
    address: str

    @property
    def label(self) -> str:
        return shown(self.mode, self.key_id, self.last4)

    def may(self, permission: str) -> bool:
        return permission in self.scopes


_FIND = text(
    """select k.id, k.organization_id, o.slug, o.name as organization, k.mode, k.name, k.secret_hash, k.last4, k.scopes,
        k.scope, k.allowed_cidrs::text[] as cidrs, k.owner_id, k.expires_at, k.revoked_at is not null as revoked,
        k.expires_at <= now() as expired, coalesce(k.replaced_at <= now(), false) as replaced,
        coalesce(k.last_used_at < now() - interval '1 minute', true) as untouched
    from api_keys k join organizations o on o.id = k.organization_id
    where k.id = :id"""
)
_TOUCH = text(
    """update api_keys set last_used_at = now(), last_used_address = :address
    where id = :id and (last_used_at is null or last_used_at < now() - interval '1 minute')"""
)


@dataclass(frozen=True, slots=True)
class Proved:
    """A stored key whose secret the request knows, and what stands against it."""

    row: Any
    refusal: KeyRefused | None


async def prove(given: str) -> Proved | None:
    """The stored key of these words; None for anything that is no key of this installation. One statement."""
    words = KeyWords.read(given)
    if words is None or words.mode != mode():
        return None
    async with database.autocommit() as connection:
        row = (await connection.execute(_FIND, {"id": words.id})).first()
    known = words.matches(bytes(row.secret_hash) if row is not None else None)
    if row is None or not known:
        return None
    refusal: KeyRefused | None = None
    if row.revoked:
        refusal = ApiKeyRevoked("This key was revoked.")
    elif row.replaced:
        refusal = ApiKeyReplaced("This key was replaced by another one, and its last days are over. Use the new key.")
    elif row.expired:
        refusal = ApiKeyExpired("This key is past its date. Make a new one.")
    return Proved(row, refusal)


async def admit(proved: Proved, address: str) -> KeyCaller:
    """What a proved key may do now: no more than it was given, no more than its owner may. Raises KeyRefused,
    AddressNotAllowed. Its use is noted at most once a minute."""
    if proved.refusal is not None:
        raise proved.refusal
    row = proved.row
    if row.cidrs and not is_inside(address, row.cidrs):
        raise AddressNotAllowed("This key may not be used from this network.")
    owner = await find_workspace(row.owner_id, row.slug)
    if owner is None:
        raise ApiKeyRevoked("The person who answers for this key is no member of the workspace any more.")
    scope = narrowed(Scope.read(row.scope), owner.scope)
    held = permissions_within(owner.permissions, scope)
    if row.untouched:
        async with database.autocommit() as connection:
            await connection.execute(_TOUCH, {"id": row.id, "address": address})
    return KeyCaller(
        row.organization_id, row.slug, row.organization, row.id, row.mode, row.last4, row.name, row.owner_id,
        owner.modules, frozenset(row.scopes) & held, scope, row.expires_at, address,
    )  # fmt: skip


def is_inside(address: str, cidrs: list[str]) -> bool:
    """Whether the address is in one of the networks; what is no address is in none."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in ip_network(cidr) for cidr in cidrs)
