"""Who is let in: the key of a request, what it may do, how often; and the tenant's session within its scope."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import unquote_plus

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oktee.access.caller import ModuleOff, address_of
from oktee.access.keys.admission import (
    AddressNotAllowed,
    ApiKeyInAddress,
    ApiKeyInvalid,
    ApiKeyMissing,
    ApiKeyReplaced,
    InsufficientScope,
    KeyCaller,
    KeyRefused,
    admit,
    prove,
)
from oktee.access.keys.keeping import OFFERED
from oktee.access.keys.words import PATTERN
from oktee.kit.database import tenant_session
from oktee.public.alerts import tell_leak, tell_old_use
from oktee.public.limits import RateLimited, take, take_refusal

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="ApiKey",
    bearerFormat="okt_live_<id>_<secret>_<checksum>",
    description="An API key of the workspace, in this header and nowhere else.",
)
MODULE_OF = {permission: module for module, permissions in OFFERED.items() for permission in permissions}


async def key_caller(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> KeyCaller:
    """The customer's system behind the key. Raises KeyRefused, AddressNotAllowed, RateLimited."""
    address = address_of(request)
    await _refuse_key_in_address(request, address)
    if given is None:
        raise ApiKeyMissing("Send the API key as: Authorization: Bearer okt_...")
    proved = await prove(given.credentials)
    if proved is None:
        await take_refusal(address)
        raise ApiKeyInvalid("This is no key that opens anything here.")
    request.state.key = proved.row  # a refusal is counted by whose key was refused
    try:
        who = await admit(proved, address)
    except (KeyRefused, AddressNotAllowed) as refusal:
        await take_refusal(address)  # whoever holds a dead or stolen key uses up nothing of the organization's
        if isinstance(refusal, ApiKeyReplaced):
            await tell_old_use(proved.row, address)
        raise
    standing = await take(who.organization_id, who.key_id)
    request.state.headers = standing.headers()
    if standing.left < 0:
        raise RateLimited(
            f"More than {standing.limit} requests a minute.", headers={"Retry-After": str(standing.resets_in)}
        )
    return who


async def _refuse_key_in_address(request: Request, address: str) -> None:
    """A key in the address stands in logs and histories from now on."""
    found = PATTERN.search(unquote_plus(request.scope["query_string"].decode("latin-1")))
    if found is None:
        return
    proved = await prove(found[0])
    if proved is not None:
        await tell_leak(proved.row, address)
    raise ApiKeyInAddress(
        "An API key must never stand in an address: it lands in logs and histories. This one counts as leaked; rotate it."
    )


KeyCallerIn = Annotated[KeyCaller, Depends(key_caller)]


async def get_session(who: KeyCallerIn) -> AsyncIterator[AsyncSession]:
    """The tenant's session within the key's scope."""
    async with tenant_session(who.organization_id, who.scope) as session:
        yield session


PublicSession = Annotated[AsyncSession, Depends(get_session, scope="function")]


class _Holds:
    """The declared scope of a public route; None: any key."""

    def __init__(self, permission: str | None) -> None:
        if permission is not None and permission not in MODULE_OF:
            raise ValueError(f"{permission} is not offered to keys (access/keys/keeping.py)")
        self.permission = permission

    async def __call__(self, who: KeyCallerIn) -> None:
        if self.permission is None:
            return
        if not who.may(self.permission):
            raise InsufficientScope(self.permission)
        module = MODULE_OF[self.permission]
        if module != "administration" and module not in who.modules:
            raise ModuleOff(f"The workspace has switched the module {module} off.")


def holds(permission: str | None) -> Any:
    """Declare what a key must hold: `dependencies=[holds("orders.read")]`."""
    return Depends(_Holds(permission))


def declared(dependencies: list[Any]) -> _Holds | None:
    """What a public route declared; a route without it does not start."""
    return next((d.dependency for d in dependencies if isinstance(getattr(d, "dependency", None), _Holds)), None)


class PublicHeaders:
    """Every answer of the public API, also a refusal: never cached, and how the key stands."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = {"Cache-Control": "no-store", **state.get("headers", {})}
                added = [(name.lower().encode(), value.encode()) for name, value in more.items()]
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        await self.app(scope, receive, with_headers)
