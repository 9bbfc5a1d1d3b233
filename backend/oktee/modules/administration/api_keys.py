"""Administration / Integrations, the keys: what systems of the customer may read with, made, rotated and revoked here."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller, CallerIn, Session, needs
from oktee.access.keys import keeping
from oktee.access.keys.keeping import Asked
from oktee.access.keys.tables import ApiKey
from oktee.access.keys.words import ID_LENGTH, shown
from oktee.access.scope import Scope
from oktee.access.workspaces import names_of
from oktee.journal.record import Subject, person, record
from oktee.kit.clock import now
from oktee.kit.errors import OKTeeError
from oktee.kit.settings import settings
from oktee.modules.administration.scope_choices import ScopeChoices, read_choices
from oktee.modules.administration.scope_wire import ScopeIn, ScopeOut, scope_in, scope_out
from oktee.notify.outbox import publish

router = APIRouter(prefix="/api-keys")
KeyId = Annotated[str, Path(min_length=ID_LENGTH, max_length=ID_LENGTH, pattern="^[0-9a-z]+$")]
Cidr = Annotated[str, Field(min_length=3, max_length=49, examples=["192.0.2.0/24"])]


class KeyRow(BaseModel):
    """One key; of its secret only the last four characters.

    state: active, ending (rotated; old and new both work until `ends_at`), replaced, expired, revoked. `unused`: for 90
    days or since it was made 90 days ago. `leaked_at`: it was seen in an address.
    """

    id: str
    name: str
    label: str
    state: Literal["active", "ending", "replaced", "expired", "revoked"]
    scopes: list[str]
    scope: ScopeOut | None
    allowed_cidrs: list[str]
    created_by: str | None
    owner: str | None
    created_at: datetime
    expires_at: datetime
    ends_at: datetime
    last_used_at: datetime | None
    last_used_address: str | None
    unused: bool
    leaked_at: datetime | None
    used_after_rotation_at: datetime | None
    replaces_id: str | None


class OfferedScope(BaseModel):
    """A permission that a key can be given, by module; `held`: by the person who asks, who can give no other."""

    permission: str
    module: str
    held: bool


class KeyList(BaseModel):
    """The keys, what a new one can be given, and where the public API is."""

    rows: list[KeyRow]
    offered: list[OfferedScope]
    choices: ScopeChoices
    base_url: str
    days: int
    most_days: int
    most_keys: int


class KeyIn(BaseModel):
    """A new key. `scope`: which rows; `allowed_cidrs`: from which networks; each left out = all."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    scopes: list[Annotated[str, Field(max_length=60)]] = Field(min_length=1, max_length=40)
    scope: ScopeIn | None = None
    allowed_cidrs: list[Cidr] = Field(default_factory=list, max_length=20)
    days: int = Field(keeping.DAYS, ge=1, le=keeping.MOST_DAYS)


class RotationIn(BaseModel):
    """How long the old key works beside the new one: at most a week."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: int = Field(24, ge=0, le=168)


class KeyMade(BaseModel):
    """The new key, shown this once: OKTee keeps no copy of it."""

    key: str
    curl: str
    row: KeyRow


class RevocationsIn(BaseModel):
    """Keys to end at once."""

    model_config = ConfigDict(extra="forbid")

    ids: list[Annotated[str, Field(min_length=ID_LENGTH, max_length=ID_LENGTH, pattern="^[0-9a-z]+$")]] = Field(
        min_length=1, max_length=100
    )


class Revocation(BaseModel):
    """What became of one of them."""

    id: str
    ok: bool
    code: str | None


class Revocations(BaseModel):
    """One result per key; one key's fault stops no other."""

    results: list[Revocation]


@router.get("", dependencies=[needs("integrations.manage")])
async def list_api_keys(session: Session, caller: CallerIn) -> KeyList:
    """The workspace's keys, newest first; ended ones for 90 days."""
    found = await keeping.list_keys(session, caller.organization_id)
    return KeyList(
        rows=await _rows(found),
        offered=[
            OfferedScope(permission=permission, module=module, held=caller.may(permission))
            for module, permissions in keeping.OFFERED.items()
            if module == "administration" or module in caller.modules
            for permission in permissions
        ],
        choices=await read_choices(session),
        base_url=f"{settings().public_url}/v1",
        days=keeping.DAYS,
        most_days=keeping.MOST_DAYS,
        most_keys=keeping.MOST_KEYS,
    )


@router.post("", status_code=201, dependencies=[needs("integrations.manage", fresh=True)], responses={409: {}})
async def create_api_key(session: Session, caller: CallerIn, body: KeyIn) -> KeyMade:
    """Make a key. Its words are in this answer and nowhere else."""
    asked = Asked(
        body.name.strip(), tuple(sorted(set(body.scopes))), scope_in(body.scope), tuple(body.allowed_cidrs), body.days
    )
    keeping.check(asked, caller.permissions)
    made, words = await keeping.make_key(session, caller.organization_id, asked, by=caller.user_id)
    await _note(session, caller, made, "api_key.created", expires_at=made.expires_at.isoformat())
    return await _made(made, words)


@router.post(
    "/{key_id}/rotation",
    status_code=201,
    dependencies=[needs("integrations.manage", fresh=True)],
    responses={409: {}},
)
async def rotate_api_key(session: Session, caller: CallerIn, key_id: KeyId, body: RotationIn) -> KeyMade:
    """A new key in the place of an old one; both work for a while, so that no request fails meanwhile."""
    old = await keeping.get_key(session, caller.organization_id, key_id)
    asked = Asked(old.name, tuple(old.scopes), Scope.read(old.scope), (), keeping.DAYS)
    keeping.check(asked, caller.permissions)
    old, made, words = await keeping.rotate_key(
        session, caller.organization_id, key_id, by=caller.user_id, overlap=timedelta(hours=body.overlap_hours)
    )
    ends = (old.replaced_at or now()).isoformat()
    await _note(session, caller, made, "api_key.rotated", replaces=_label(old), both_until=ends)
    return await _made(made, words)


@router.delete("/{key_id}", dependencies=[needs("integrations.manage", fresh=True)])
async def revoke_api_key(session: Session, caller: CallerIn, key_id: KeyId) -> KeyRow:
    """End a key at once."""
    return (await _rows([await _revoke(session, caller, key_id)]))[0]


@router.post("/revocations", dependencies=[needs("integrations.manage", fresh=True)])
async def revoke_api_keys(session: Session, caller: CallerIn, body: RevocationsIn) -> Revocations:
    """End several keys at once."""
    results = []
    for key_id in sorted(set(body.ids)):
        try:
            await _revoke(session, caller, key_id)
            results.append(Revocation(id=key_id, ok=True, code=None))
        except OKTeeError as error:
            results.append(Revocation(id=key_id, ok=False, code=error.code))
    return Revocations(results=results)


async def _revoke(session: AsyncSession, caller: Caller, key_id: str) -> ApiKey:
    before = (await keeping.get_key(session, caller.organization_id, key_id)).revoked_at
    found = await keeping.revoke_key(session, caller.organization_id, key_id, by=caller.user_id)
    if before is None:
        await _note(session, caller, found, "api_key.revoked")
    return found


async def _note(session: AsyncSession, caller: Caller, key: ApiKey, kind: str, **more: str) -> None:
    payload = {"scopes": key.scopes, "scope": key.scope, "allowed_cidrs": [str(cidr) for cidr in key.allowed_cidrs]}
    await record(
        session,
        kind,
        actor=person(caller),
        subject=Subject("api_key", key.id, _label(key)),
        payload=payload | more,
        audit=True,
    )
    await publish(session, "api_key.changed", key_id=key.id)


def _label(key: ApiKey) -> str:
    return f"{key.name} ({shown(key.mode, key.id, key.last4)})"


async def _made(key: ApiKey, words: str) -> KeyMade:
    curl = f"curl -H 'Authorization: Bearer {words}' {settings().public_url}/v1/me"
    return KeyMade(key=words, curl=curl, row=(await _rows([key]))[0])


async def _rows(keys: list[ApiKey]) -> list[KeyRow]:
    names = await names_of([*(key.created_by for key in keys), *(key.owner_id for key in keys)])
    return [_row(key, names.get(key.created_by) if key.created_by else None, names.get(key.owner_id)) for key in keys]


def _row(key: ApiKey, created_by: str | None, owner: str | None) -> KeyRow:
    at = now()
    state = keeping.state_of(key, at)
    used = key.last_used_at or key.created_at
    return KeyRow.model_validate(
        {
            "id": key.id, "name": key.name, "label": shown(key.mode, key.id, key.last4), "state": state,
            "scopes": key.scopes, "scope": scope_out(Scope.read(key.scope)),
            "allowed_cidrs": [str(cidr) for cidr in key.allowed_cidrs], "created_by": created_by, "owner": owner,
            "created_at": key.created_at, "expires_at": key.expires_at,
            "ends_at": min(key.expires_at, key.replaced_at or key.expires_at),
            "last_used_at": key.last_used_at, "last_used_address": key.last_used_address,
            "unused": state in ("active", "ending") and at - used > keeping.UNUSED, "leaked_at": key.leaked_at,
            "used_after_rotation_at": key.warned_at, "replaces_id": key.replaces_id,
        }
    )  # fmt: skip
