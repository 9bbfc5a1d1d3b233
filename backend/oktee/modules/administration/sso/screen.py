"""Company sign-in, set up: the provider, the domains the company has proved, and whether passwords still open anything."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import CallerIn, Session, needs
from oktee.access.sso import discovery, domains, flow
from oktee.access.sso.domains import RECORD
from oktee.access.sso.tables import SsoDomain, SsoProvider
from oktee.journal.record import Subject, person, record
from oktee.kit import safe_http
from oktee.kit.database import tenant_session
from oktee.kit.errors import Conflict, NotFound, field_error
from oktee.kit.keyring import secrets
from oktee.kit.keyring.data_keys import ready
from oktee.modules.administration.sso.secret import CLIENT_SECRET, OWNER

router = APIRouter(prefix="/sso")
READ = [needs("users.manage")]
CHANGE = [needs("users.manage", fresh=True)]
MFA_VALUES = ("mfa",)
"""RFC 8176: `mfa` says that several factors were used; others are the company's to name."""

Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\s\x00-\x1f]+$")]


class SsoProviderIn(BaseModel):
    """What the company's identity provider and its administrators say."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=60)]
    issuer: Annotated[str, Field(min_length=8, max_length=500)]
    client_id: Annotated[str, Field(min_length=1, max_length=300)]
    client_secret: Annotated[SecretStr | None, Field(min_length=1, max_length=1000)] = None
    trusts_mfa: bool = False
    mfa_values: Annotated[list[Word], Field(min_length=1, max_length=10)] = list(MFA_VALUES)
    acr_values: Annotated[list[Word], Field(max_length=10)] = []
    max_age_seconds: Annotated[int | None, Field(ge=60, le=2_592_000)] = None


class SsoSwitchIn(BaseModel):
    """Whether people may, and whether they must, sign in by it."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool
    required: bool = False
    break_glass_user_id: UUID | None = None


class SsoDomainIn(BaseModel):
    """A mail domain of the company."""

    model_config = ConfigDict(extra="forbid")

    domain: Annotated[str, Field(min_length=3, max_length=253)]


class SsoProviderOut(BaseModel):
    """The provider as it is set up; the client secret never leaves."""

    id: UUID
    name: str
    issuer: str
    client_id: str
    enabled: bool
    required: bool
    trusts_mfa: bool
    mfa_values: list[str]
    acr_values: list[str]
    max_age_seconds: int | None
    break_glass_user_id: UUID | None
    tested_at: datetime | None
    redirect_uri: str


class SsoDomainOut(BaseModel):
    """A domain, and the TXT record that proves it."""

    id: UUID
    domain: str
    record_name: str
    record_value: str
    verified_at: datetime | None
    checked_at: datetime | None


class SsoOwner(BaseModel):
    """An owner whose password may go on working; it takes a second factor."""

    user_id: UUID
    name: str
    email: str
    has_second_factor: bool


class SsoSettings(BaseModel):
    """Company sign-in of this workspace."""

    provider: SsoProviderOut | None
    redirect_uri: str
    """What the company registers at its identity provider, before anything is set up here."""
    domains: list[SsoDomainOut]
    owners: list[SsoOwner]


class NotReady(Conflict):
    """Something has to be done before this may be switched on."""


@router.get("", dependencies=READ)
async def get_sso_settings(session: Session, caller: CallerIn) -> SsoSettings:
    """How the company signs in."""
    return await _settings(session, caller.organization_id)


@router.put("/provider", dependencies=CHANGE)
async def put_sso_provider(body: SsoProviderIn, session: Session, caller: CallerIn) -> SsoSettings:
    """Set the provider up. It is asked who it is first. Another issuer or client id switches it off until it is tried."""
    issuer = discovery.checked_issuer(body.issuer)
    try:
        await discovery.discover(issuer, again=True)
    except safe_http.Refused as refused:
        raise field_error(
            "/issuer", f"provider_{refused.reason}", f"This issuer cannot be used: {refused.reason}."
        ) from None
    if body.client_secret is not None:
        await ready(caller.organization_id)  # before the first statement: no transaction waits for the key service
    found = await _find(session, caller.organization_id)
    values: dict[str, Any] = body.model_dump(exclude={"client_secret", "issuer"}) | {"issuer": issuer}
    if found is None:
        if body.client_secret is None:
            raise field_error("/client_secret", "missing", "The client secret is missing.")
        found = SsoProvider(id=provider_id(caller.organization_id), organization_id=caller.organization_id, **values)
        session.add(found)
        changed = sorted(values)
    else:
        changed = sorted(name for name, value in values.items() if getattr(found, name) != value)
        moved = {"issuer", "client_id"} & set(changed)
        if moved and body.client_secret is None:
            raise field_error("/client_secret", "missing", "Another provider has another client secret.")
        for name, value in values.items():
            setattr(found, name, value)
        if moved:
            found.enabled = found.required = False
            found.tested_at = None
    await session.flush()
    if body.client_secret is not None:
        await secrets.keep(session, body.client_secret, kind=CLIENT_SECRET, owner_type=OWNER, owner_id=found.id)
        changed.append("client_secret")
    await record(
        session, "sso.configured", actor=person(caller), subject=Subject("sso_provider", str(found.id), found.name),
        payload={"issuer": issuer, "changed": changed}, audit=True,
    )  # fmt: skip
    return await _settings(session, caller.organization_id)


@router.patch("/provider", dependencies=CHANGE)
async def switch_sso(body: SsoSwitchIn, session: Session, caller: CallerIn) -> SsoSettings:
    """Let people sign in by it, or ask all of them to. Asking all leaves one owner with password and second factor."""
    found = await _get(session, caller.organization_id)
    if body.enabled and not any(
        each.verified_at for each in await domains.list_domains(session, caller.organization_id)
    ):
        raise NotReady("Prove a domain first: without one nobody could sign in.")
    if body.required:
        if not body.enabled or found.tested_at is None:
            raise NotReady("Sign in by it once yourself before you ask everybody to.")
        owners = {owner.user_id: owner for owner in await _owners(session, caller.organization_id)}
        chosen = owners.get(body.break_glass_user_id) if body.break_glass_user_id else None
        if chosen is None or not chosen.has_second_factor:
            raise field_error("/break_glass_user_id", "owner_with_factor", "Choose an owner who has a second factor.")
    was = (found.enabled, found.required)
    found.enabled, found.required = body.enabled, body.required
    found.break_glass_user_id = body.break_glass_user_id if body.required else None
    kind = "sso.required" if body.required else "sso.enabled" if body.enabled else "sso.disabled"
    if was != (body.enabled, body.required):
        await record(
            session, kind, actor=person(caller), subject=Subject("sso_provider", str(found.id), found.name),
            payload={"break_glass": str(body.break_glass_user_id) if body.required else None}, audit=True,
        )  # fmt: skip
    return await _settings(session, caller.organization_id)


@router.delete("/provider", status_code=204, dependencies=CHANGE)
async def delete_sso_provider(session: Session, caller: CallerIn) -> Response:
    """Forget the provider and its secret. People keep their accounts, and sign in by password again."""
    found = await _get(session, caller.organization_id)
    await session.delete(found)
    await secrets.destroy(session, found.id)
    await record(
        session, "sso.removed", actor=person(caller), subject=Subject("sso_provider", str(found.id), found.name), audit=True
    )  # fmt: skip
    return Response(status_code=204)


@router.post("/domains", status_code=201, dependencies=CHANGE)
async def add_sso_domain(body: SsoDomainIn, session: Session, caller: CallerIn) -> SsoDomainOut:
    """Name a domain. It counts once its name servers hold the record of the answer."""
    found = await domains.add_domain(session, caller.organization_id, body.domain)
    await _note_domain(session, caller, "sso.domain_added", found)
    return _domain(found)


@router.post("/domains/{domain_id}/verification", dependencies=CHANGE)
async def verify_sso_domain(domain_id: UUID, caller: CallerIn) -> SsoDomainOut:
    """Ask the name servers now."""
    found = await domains.verify_domain(caller.organization_id, domain_id)
    async with tenant_session(caller.organization_id) as session:
        await _note_domain(session, caller, "sso.domain_verified", found)
    return _domain(found)


@router.delete("/domains/{domain_id}", status_code=204, dependencies=CHANGE)
async def delete_sso_domain(domain_id: UUID, session: Session, caller: CallerIn) -> Response:
    """Release a domain: its people sign in by password again, and another workspace may prove it."""
    found = await domains.remove_domain(session, caller.organization_id, domain_id)
    left = any(
        each.verified_at for each in await domains.list_domains(session, caller.organization_id) if each is not found
    )
    provider = await _find(session, caller.organization_id)
    if provider is not None and provider.enabled and not left:
        raise NotReady("This is the last proved domain: switch company sign-in off first.")
    await _note_domain(session, caller, "sso.domain_removed", found)
    return Response(status_code=204)


def provider_id(organization_id: UUID) -> UUID:
    """Known before it exists: an identity provider gives out a client only for a known redirect address."""
    return uuid5(organization_id, "sso")


async def _settings(session: AsyncSession, organization_id: UUID) -> SsoSettings:
    provider = await _find(session, organization_id)
    found = await domains.list_domains(session, organization_id)
    return SsoSettings(
        provider=_provider(provider) if provider else None,
        redirect_uri=flow.redirect_uri(provider.id if provider else provider_id(organization_id)),
        domains=[_domain(each) for each in found],
        owners=await _owners(session, organization_id),
    )


async def _find(session: AsyncSession, organization_id: UUID) -> SsoProvider | None:
    return (await session.scalars(select(SsoProvider).where(SsoProvider.organization_id == organization_id))).first()


async def _get(session: AsyncSession, organization_id: UUID) -> SsoProvider:
    found = await _find(session, organization_id)
    if found is None:
        raise NotFound("No identity provider is set up.")
    return found


_OWNERS = text(
    """select u.id, u.name, u.email,
      exists (select 1 from factors f where f.user_id = u.id and f.confirmed_at is not null)
    from memberships m join users u on u.id = m.user_id
    where m.organization_id = :org and m.role = 'owner' and u.disabled_at is null order by u.name, u.id"""
)


async def _owners(session: AsyncSession, organization_id: UUID) -> list[SsoOwner]:
    rows = (await session.execute(_OWNERS, {"org": organization_id})).all()
    return [SsoOwner(user_id=row[0], name=row[1], email=row[2], has_second_factor=row[3]) for row in rows]


def _provider(found: SsoProvider) -> SsoProviderOut:
    names = set(SsoProviderOut.model_fields) - {"redirect_uri"}
    return SsoProviderOut(**{name: getattr(found, name) for name in names}, redirect_uri=flow.redirect_uri(found.id))


def _domain(found: SsoDomain) -> SsoDomainOut:
    return SsoDomainOut(
        id=found.id, domain=found.domain, record_name=f"{RECORD}.{found.domain}", record_value=found.proof,
        verified_at=found.verified_at, checked_at=found.checked_at,
    )  # fmt: skip


async def _note_domain(session: AsyncSession, caller: CallerIn, kind: str, found: SsoDomain) -> None:
    subject = Subject("sso_domain", str(found.id), found.domain)
    await record(session, kind, actor=person(caller), subject=subject, payload={"domain": found.domain}, audit=True)
