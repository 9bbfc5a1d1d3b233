"""The Amazon client of an organization's connection: its token, its bucket, and only what the enabled modules need."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import httpx
from pydantic import SecretStr
from sqlalchemy import select

from oktee.access.workspaces import enabled_modules
from oktee.amazon.client.breaker import POLICY, BreakerPolicy, Breakers
from oktee.amazon.client.retry import RetryBudget, RetryPolicy
from oktee.amazon.client.session import AmazonClient, Turned
from oktee.amazon.client.wire import Limits
from oktee.amazon.connection import circuits, lifecycle, tokens
from oktee.amazon.connection.lifecycle import ConnectionEnded
from oktee.amazon.connection.outbound import HttpInTransaction, outbound
from oktee.amazon.connection.permissions import callable_with
from oktee.amazon.connection.tables import Application
from oktee.amazon.connection.throttle import ValkeyThrottle, buckets
from oktee.amazon.connection.write_stops import refuse_when_stopped
from oktee.kit.clock import now
from oktee.kit.database import in_transaction, tenant_session
from oktee.kit.errors import Conflict
from oktee.kit.module import installed

MOST_ACCOUNTS: Final = 1000


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call may take."""

    retry: RetryPolicy
    limits: Limits
    breaker: BreakerPolicy | None = POLICY
    """None: what a person asks for is tried whatever failed before."""


PATIENT: Final = Patience(RetryPolicy(), Limits())
HURRIED: Final = Patience(
    RetryPolicy(attempts=3, base=0.5, patience=4.0), Limits(total_seconds=8.0, step_seconds=8.0), None
)
"""While a person waits for the answer."""


class NotVerified(Conflict):
    """A person has to confirm the vendor identity before anything is fetched."""


@dataclass(slots=True)
class Account:
    """What calls for one account share in this process: connections, bucket, breakers, retry budget."""

    http: httpx.AsyncClient
    throttle: ValkeyThrottle
    breakers: Breakers
    budget: RetryBudget = field(default_factory=RetryBudget)


class Accounts:
    """The accounts this process has called for; the one unused the longest is closed first."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[UUID, str, str], Account] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()
        self._registered = False

    def get(self, application: Application, selling_partner_id: str, policy: BreakerPolicy = POLICY) -> Account:
        key = (application.id, application.region, selling_partner_id)
        found = self._held.get(key)
        if found is None:
            found = Account(
                outbound.open(),
                ValkeyThrottle(
                    application=str(application.id), region=application.region, selling_partner_id=selling_partner_id
                ),
                Breakers(policy),
            )
            self._held[key] = found
            self._close_at_the_end()
            if len(self._held) > MOST_ACCOUNTS:
                self._drop(self._held.popitem(last=False)[1])
        self._held.move_to_end(key)
        return found

    async def close(self) -> None:
        for account in self._held.values():
            await account.http.aclose()
        self._held.clear()
        self._registered = False
        await outbound.close()
        await buckets.close()

    def _drop(self, account: Account) -> None:
        task = asyncio.ensure_future(account.http.aclose())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _close_at_the_end(self) -> None:
        if not self._registered:
            self._registered = True
            installed().on_close(self.close)


accounts = Accounts()
_handed: ContextVar[tuple[UUID, int] | None] = ContextVar("handed", default=None)
"""The token that this task used last, so that "renew" names the one Amazon refused and not a newer one."""


async def client_for(organization_id: UUID, connection_id: UUID) -> AmazonClient:
    """The client of an active connection. Outside a session. Its calls raise as client/errors.py draws, and NotAllowed for
    an operation that no enabled module names. Raises NotFound, NotVerified, ConnectionEnded."""
    client, status = await _open(organization_id, connection_id, PATIENT)
    if status != lifecycle.ACTIVE:
        raise NotVerified("Confirm the vendor identity of this connection first.")
    return client


async def client_to_verify(organization_id: UUID, connection_id: UUID) -> AmazonClient:
    """The client of a connection that may still be unverified, for the probe alone; a person waits for it."""
    return (await _open(organization_id, connection_id, HURRIED))[0]


async def client_of_token(
    organization_id: UUID, application: Application, selling_partner_id: str, token: SecretStr
) -> AmazonClient:
    """A client for a token that is not stored yet, for the probe alone."""

    async def provide(renew: bool) -> str:
        return token.get_secret_value()

    return _client(organization_id, application, selling_partner_id, application.roles, provide, HURRIED)


async def _open(organization_id: UUID, connection_id: UUID, patience: Patience) -> tuple[AmazonClient, str]:
    if in_transaction.get():
        raise HttpInTransaction("client_for inside a transaction")
    async with tenant_session(organization_id) as session:
        connection = await lifecycle.get_connection(session, connection_id)
        application = (
            await session.scalars(select(Application).where(Application.id == connection.application_id))
        ).one()
    if connection.status in lifecycle.SPENT:
        raise ConnectionEnded("This connection has ended: connect the account again.")

    async def provide(renew: bool) -> str:
        last = _handed.get()
        refused = last[1] if renew and last is not None and last[0] == connection_id else None
        token = await tokens.access_token(organization_id, connection_id, refused=refused)
        _handed.set((connection_id, token.version))
        return token.value.get_secret_value()

    async def before_write(operation: str) -> None:
        await refuse_when_stopped(organization_id, connection_id, operation)

    client = _client(
        organization_id,
        application,
        connection.selling_partner_id,
        connection.granted_roles,
        provide,
        patience,
        before_write,
        circuits.keeper(organization_id, connection_id),
        circuits.found_failing(connection.circuits, now()),
    )
    return client, connection.status


def _client(
    organization_id: UUID,
    application: Application,
    selling_partner_id: str,
    roles: Sequence[str],
    provide: Callable[[bool], Awaitable[str]],
    patience: Patience,
    before_write: Callable[[str], Awaitable[None]] | None = None,
    turned: Turned | None = None,
    failing: Mapping[str, bool] | None = None,
) -> AmazonClient:
    account = accounts.get(application, selling_partner_id, patience.breaker or POLICY)
    for family, lately in (failing or {}).items():
        account.breakers.of(family).adopt(lately=lately)

    async def allowed() -> frozenset[str]:
        """Read anew for each call: a module that is switched off is off at once, on every process."""
        return callable_with(roles, installed().operations(await enabled_modules(organization_id)))

    return AmazonClient(
        account.http,
        endpoint=application.endpoint,
        access_token=provide,
        throttle=account.throttle,
        allowed=allowed,
        retry=patience.retry,
        budget=account.budget,
        limits=patience.limits,
        before_write=before_write,
        breakers=account.breakers if patience.breaker is not None else None,
        turned=turned,
    )
