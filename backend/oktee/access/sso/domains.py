"""Mail domains: how one is written, and how its owner proves it (a TXT record)."""

import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import dns.asyncresolver
import dns.exception
import dns.resolver
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.sso.tables import SsoDomain
from oktee.kit.database import global_session
from oktee.kit.errors import Conflict, NotFound, Unavailable, field_error

RECORD: Final = "_oktee-verification"
"""The name under the domain that holds the proof."""
PUBLIC_MAIL: Final = frozenset(
    {
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "yahoo.fr",
        "icloud.com", "me.com", "aol.com", "gmx.de", "gmx.net", "gmx.fr", "web.de", "orange.fr", "wanadoo.fr", "free.fr",
        "sfr.fr", "laposte.net", "proton.me", "protonmail.com", "t-online.de", "libero.it", "mail.ru", "yandex.com",
        "zoho.com", "qq.com", "163.com",
    }
)  # fmt: skip
"""Everybody's: no company owns them, whatever a record says."""
_LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")

TxtResolver = Callable[[str], Awaitable[list[str]]]


class DomainTaken(Conflict):
    """Another organization has proved this domain."""


class ResolverAway(Unavailable):
    """The name servers did not answer; nothing was changed."""


async def read_txt(name: str) -> list[str]:
    """The TXT records of a name, each joined; none when there are none. Raises ResolverAway."""
    try:
        answer = await dns.asyncresolver.resolve(name, "TXT", lifetime=5.0)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException:
        raise ResolverAway("The name servers of this domain did not answer. Try again.") from None
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


class Names:
    """How TXT records are read in this process; tests put their own in its place."""

    def __init__(self) -> None:
        self.read: TxtResolver = read_txt


names = Names()


def domain_of(email: str) -> str:
    """The domain of an address, in small letters, as ASCII."""
    return _ascii(email.rpartition("@")[2])


def _ascii(domain: str) -> str:
    try:
        return domain.strip().rstrip(".").lower().encode("idna").decode()
    except UnicodeError:
        return ""


def checked_domain(given: str) -> str:
    """As it is stored. Raises Invalid."""
    domain = _ascii(given)
    labels = domain.split(".")
    if (
        len(domain) > 253
        or len(labels) < 2
        or not all(_LABEL.fullmatch(each) for each in labels)
        or labels[-1].isdigit()
    ):
        raise field_error("/domain", "invalid_domain", "This is no domain. Write it like example.com.")
    if domain in PUBLIC_MAIL:
        raise field_error("/domain", "public_domain", "This domain is everybody's. Take one that your company owns.")
    return domain


async def add_domain(session: AsyncSession, organization_id: UUID, given: str) -> SsoDomain:
    """A domain to prove; the one that is there when it was added before."""
    domain = checked_domain(given)
    found = await session.scalar(
        select(SsoDomain).where(SsoDomain.organization_id == organization_id, SsoDomain.domain == domain)
    )
    if found is None:
        found = SsoDomain(
            organization_id=organization_id, domain=domain, proof=f"oktee-verification={secrets.token_urlsafe(24)}"
        )
        session.add(found)
        await session.flush()
        await session.refresh(found)
    return found


async def verify_domain(organization_id: UUID, domain_id: UUID) -> SsoDomain:
    """Ask the name servers, outside every transaction. Raises NotFound, Invalid (no such record), DomainTaken,
    ResolverAway."""
    async with global_session() as session:
        found = await _get(session, organization_id, domain_id)
    records = await names.read(f"{RECORD}.{found.domain}")
    proved = found.proof in (each.strip() for each in records)
    try:
        async with global_session() as session:
            values = {"checked_at": func.now()} | (
                {"verified_at": func.coalesce(SsoDomain.verified_at, func.now())} if proved else {}
            )
            await session.execute(update(SsoDomain).where(SsoDomain.id == found.id).values(**values))
    except IntegrityError:
        raise DomainTaken("Another workspace has proved this domain. Ask its owners to release it.") from None
    if not proved:
        raise field_error(
            "/domain", "record_missing", f"There is no TXT record {RECORD}.{found.domain} with this proof yet."
        )
    async with global_session() as session:
        return await _get(session, organization_id, domain_id)


async def remove_domain(session: AsyncSession, organization_id: UUID, domain_id: UUID) -> SsoDomain:
    """Raises NotFound."""
    found = await _get(session, organization_id, domain_id)
    await session.delete(found)
    return found


async def _get(session: AsyncSession, organization_id: UUID, domain_id: UUID) -> SsoDomain:
    found = await session.get(SsoDomain, domain_id)
    if found is None or found.organization_id != organization_id:
        raise NotFound("There is no such domain.")
    return found


async def list_domains(session: AsyncSession, organization_id: UUID) -> list[SsoDomain]:
    """Those of an organization, by name."""
    found = await session.scalars(
        select(SsoDomain).where(SsoDomain.organization_id == organization_id).order_by(SsoDomain.domain)
    )
    return list(found)


async def owns(session: AsyncSession, organization_id: UUID, email: str) -> bool:
    """Whether the address is of a domain that this organization has proved."""
    found = select(SsoDomain.id).where(
        SsoDomain.organization_id == organization_id,
        SsoDomain.domain == domain_of(email),
        SsoDomain.verified_at.is_not(None),
    )
    return await session.scalar(found) is not None
