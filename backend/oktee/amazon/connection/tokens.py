"""The access token of a connection: one refresh at a time over all processes, fenced (trust/OAUTH 4)."""

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4
from weakref import WeakValueDictionary

from pydantic import SecretStr
from sqlalchemy import text

from oktee.amazon.client import lwa
from oktee.amazon.client.errors import AmazonError, ApplicationRejected, Revoked, Unreachable
from oktee.amazon.connection import applications, lifecycle, vault
from oktee.amazon.connection.lifecycle import REFRESH_TOKEN
from oktee.amazon.connection.outbound import outbound
from oktee.kit.database import tenant_session

ACCESS_TOKEN: Final = "access_token"  # noqa: S105 - the kind of a secret


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. `lease` is longer than `call` in all, so that the holder of a lease is either done or dead when it ends."""

    lease: float = 20.0
    call: float = 10.0
    margin: float = 120.0
    wait: float = 12.0
    proof: float = 14 * 60.0
    """A token older than this is not used any more, although it lives an hour: nobody tells us that a vendor revoked, and
    Amazon may take the old token to its end (FACTS b). A minute is left for the call that is under way."""
    kept: float = 1.0
    """How long this process reuses a token without looking: a disconnected account gets no new call after it."""


TIMING: Final = Timing()


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A usable token, and which one of this connection it is."""

    value: SecretStr
    version: int


class _Row(NamedTuple):
    application_id: UUID
    status: str
    access_blob: bytes | None
    version: int
    fresh: bool
    leased: bool
    resting: bool


_kept: dict[UUID, tuple[float, AccessToken]] = {}
_locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()


async def access_token(
    organization_id: UUID, connection_id: UUID, *, refused: int | None = None, timing: Timing = TIMING
) -> AccessToken:
    """A token good for at least two minutes. `refused`: the version that Amazon has just turned down.

    Outside a session. Raises Revoked (the connection has ended, or ends now), ApplicationRejected (our own secret),
    Unreachable (the token endpoint is away or we are waiting to ask it again; try later).
    """
    if found := _still(connection_id, refused):
        return found
    deadline = time.monotonic() + timing.wait
    lock = _locks.setdefault(connection_id, asyncio.Lock())
    async with lock:
        while True:
            if found := _still(connection_id, refused):
                return found
            found = await _turn(organization_id, connection_id, refused, timing)
            if found is not None:
                _kept[connection_id] = (time.monotonic() + timing.kept, found)
                return found
            if time.monotonic() >= deadline:
                raise Unreachable(
                    "another process is still refreshing the token", operation=lwa.OPERATION, delivered=False
                )
            await asyncio.sleep(random.uniform(0.05, 0.15))  # noqa: S311 - jitter


def _still(connection_id: UUID, refused: int | None) -> AccessToken | None:
    until, found = _kept.get(connection_id, (0.0, None))
    if found is None:
        return None
    if time.monotonic() < until and found.version != refused:
        return found
    _kept.pop(connection_id, None)
    return None


async def _turn(organization_id: UUID, connection_id: UUID, refused: int | None, timing: Timing) -> AccessToken | None:
    """The stored token, or a new one when it is on us to fetch it; None: look again in a moment."""
    row = await _read(organization_id, connection_id, timing)
    if row is None or row.status in lifecycle.SPENT:
        raise Revoked("this connection has ended", operation=lwa.OPERATION)
    if row.access_blob is not None and row.fresh and row.version != refused:
        plain = await vault.open_sealed(
            organization_id, row.access_blob, kind=ACCESS_TOKEN, owner_id=connection_id, version=row.version
        )
        return AccessToken(plain, row.version)
    if row.leased:
        return None
    if row.resting:
        raise Unreachable("waiting before the token endpoint is asked again", operation=lwa.OPERATION, delivered=False)
    if not await applications.may_call(row.application_id):
        raise ApplicationRejected(
            "Amazon rejects this application's credentials", operation=lwa.OPERATION, code="invalid_client"
        )
    lease = _Lease(organization_id, connection_id, row.version, uuid4())
    if not await lease.take(timing.lease):
        return None
    return await _refresh(lease, row.application_id, timing)


async def _refresh(lease: "_Lease", application_id: UUID, timing: Timing) -> AccessToken | None:
    secret = await vault.read(lease.organization_id, kind=REFRESH_TOKEN, owner_id=lease.connection_id)
    if secret is None:
        raise Revoked("this connection has ended", operation=lwa.OPERATION)
    refresh_token, refresh_version = secret
    application = await applications.get_credentials(application_id)
    try:
        async with asyncio.timeout(timing.call):
            tokens = await lwa.refresh(
                outbound.lwa, token_url=application.token_url, client_id=application.client_id,
                client_secret=application.client_secret, refresh_token=refresh_token,
            )  # fmt: skip
    except Revoked:
        if await lifecycle.revoked(lease.organization_id, lease.connection_id, refresh_version=refresh_version):
            raise
        await lease.give_back()  # a renewal has put a new refresh token in its place: use that one
        return None
    except ApplicationRejected as error:
        await lease.give_back()
        await applications.reject(application_id, error.reason)
        raise
    except TimeoutError:
        await lease.rest()
        raise Unreachable("the token endpoint did not answer in time", operation=lwa.OPERATION) from None
    except AmazonError:
        await lease.rest()
        raise
    await applications.accept(application_id)
    changed = tokens.refresh_token if _differs(tokens.refresh_token, refresh_token) else None
    return await lease.store(tokens, changed=changed, refresh_version=refresh_version)


def _differs(new: SecretStr | None, old: SecretStr) -> bool:
    return new is not None and new.get_secret_value() != old.get_secret_value()


@dataclass(frozen=True, slots=True)
class _Lease:
    """The right to refresh one version of a connection's token. Every write is fenced by it: late is too late."""

    organization_id: UUID
    connection_id: UUID
    version: int
    owner: UUID

    async def take(self, seconds: float) -> bool:
        return await self._write(_TAKE, seconds=seconds) == 1

    async def give_back(self) -> None:
        await self._write(_GIVE_BACK)

    async def rest(self) -> None:
        """Back off: 1 s .. 5 min by the count of failures, full jitter."""
        await self._write(_REST, draw=random.random())  # noqa: S311 - jitter

    async def store(self, tokens: lwa.Tokens, *, changed: SecretStr | None, refresh_version: int) -> AccessToken | None:
        """Both tokens in one statement; None when the lease was lost in between: then ours is thrown away."""
        version = self.version + 1
        await vault.ready(self.organization_id)
        async with tenant_session(self.organization_id) as session:
            _, access = await vault.seal(
                session, tokens.access_token, kind=ACCESS_TOKEN, owner_id=self.connection_id, version=version
            )
            values: dict[str, Any] = {"access": access, "seconds": tokens.expires_in}
            statement = _STORE
            if changed is not None:
                values["dek"], values["refresh"] = await vault.seal(
                    session, changed, kind=REFRESH_TOKEN, owner_id=self.connection_id, version=refresh_version + 1
                )
                values["refresh_version"] = refresh_version
                statement = _STORE_BOTH
            won = await session.scalar(statement, self._values | values)
        return AccessToken(tokens.access_token, version) if won else None

    async def _write(self, statement: Any, **values: Any) -> int:
        async with tenant_session(self.organization_id) as session:
            return len((await session.execute(statement, self._values | values)).all())

    @property
    def _values(self) -> dict[str, Any]:
        return {"org": self.organization_id, "id": self.connection_id, "version": self.version, "owner": self.owner}


async def _read(organization_id: UUID, connection_id: UUID, timing: Timing) -> _Row | None:
    async with tenant_session(organization_id) as session:
        row = (
            await session.execute(
                _READ,
                {"org": organization_id, "id": connection_id, "margin": timing.margin, "proof": timing.proof},
            )
        ).first()
    return _Row(*row) if row else None


_READ = text(
    """select c.application_id, c.status, t.access_blob, t.version,
        coalesce(t.expires_at > now() + make_interval(secs => :margin), false)
            and t.refreshed_at > now() - make_interval(secs => :proof),
        coalesce(t.lease_until >= now(), false), coalesce(t.not_before > now(), false)
    from connection_tokens t join connections c on c.organization_id = t.organization_id and c.id = t.connection_id
    where t.organization_id = :org and t.connection_id = :id"""
)
_TAKE = text(
    """update connection_tokens set lease_owner = :owner, lease_until = now() + make_interval(secs => :seconds)
    where organization_id = :org and connection_id = :id and version = :version
      and (lease_until is null or lease_until < now()) returning 1"""
)
_MINE = "organization_id = :org and connection_id = :id and version = :version and lease_owner = :owner"
_GIVE_BACK = text(
    f"update connection_tokens set lease_owner = null, lease_until = null where {_MINE} returning 1"  # noqa: S608 - constants only
)
_REST = text(
    f"""update connection_tokens set lease_owner = null, lease_until = null, failures = failures + 1,
        not_before = now() + make_interval(secs => :draw * least(300, power(2, least(failures, 16))))
    where {_MINE} returning 1"""  # noqa: S608 - constants only
)
_WON = f"""update connection_tokens set access_blob = :access, expires_at = now() + make_interval(secs => :seconds),
        version = version + 1, lease_owner = null, lease_until = null, failures = 0, not_before = null,
        refreshed_at = now()
    where {_MINE} returning 1"""  # noqa: S608 - constants only
_STORE = text(_WON)
_STORE_BOTH = text(
    f"""with won as ({_WON}), renewed as (
        update secrets set blob = :refresh, dek_id = :dek, version = version + 1
        where organization_id = :org and owner_id = :id and kind = '{REFRESH_TOKEN}' and version = :refresh_version
          and exists (select 1 from won) returning 1)
    select 1 from won"""  # noqa: S608 - constants only
)
