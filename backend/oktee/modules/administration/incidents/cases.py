"""An incident: opened with its span and suspects, exported as a signed file that freezes what the journal says of it."""

import asyncio
import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import or_, select, text

from oktee.access.alarms import SecurityAlert
from oktee.journal.hashing import canonical, entry_hash
from oktee.journal.heads import newest_head
from oktee.journal.record import SYSTEM, Subject, record
from oktee.journal.signatures import public_keys, signed
from oktee.journal.tables import JournalEntry
from oktee.kit.clock import now
from oktee.kit.database import global_session, tenant_session
from oktee.kit.errors import Invalid, NotFound
from oktee.kit.settings import settings
from oktee.modules.administration.audit.chain import verify
from oktee.modules.administration.audit.choosing import chosen
from oktee.modules.administration.audit.exporting import line_of
from oktee.modules.administration.clocks.dating import date_clocks, start
from oktee.modules.administration.incidents.tables import Incident
from oktee.modules.administration.privacy.notices import owners_of

BATCH: Final = 1000
MANIFEST: Final = "manifest.json"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Exported:
    """What the file holds: affected organizations (slug, entries), and the file's SHA-256."""

    path: Path
    affected: tuple[tuple[str, int], ...]
    sha256: str


async def open_incident(
    title: str,
    *,
    opened_by: str,
    since: datetime,
    until: datetime,
    detected_at: datetime,
    organizations: Sequence[str] = (),
    actors: Sequence[str] = (),
    addresses: Sequence[str] = (),
) -> Incident:
    """Enter it in the register and start the clock of 24 hours. Nothing chosen = every organization with entries in the
    span. Raises NotFound for a slug, Invalid for a span that ends before it begins."""
    if until <= since:
        raise Invalid("The span ends before it begins.")
    for slug in organizations:
        await chosen(slug)
    selection = {"organizations": list(organizations), "actors": list(actors), "addresses": list(addresses)}
    async with global_session() as session:
        made = Incident(
            title=title, opened_by=opened_by, since=since, until=until, detected_at=detected_at, selection=selection
        )
        session.add(made)
        await session.flush()
        await session.refresh(made)
    await date_clocks()
    await start("incident_notice", subject=f"INC-{made.number}", at=detected_at)
    log.warning("incident_opened", number=made.number, title=title)
    return made


async def list_incidents() -> list[Incident]:
    async with global_session() as session:
        return list(await session.scalars(select(Incident).order_by(Incident.number)))


async def export(number: int, folder: Path) -> Exported:
    """Write INC-<number>.zip: for each affected organization its entries of the span with their hashes and the verdict on
    its chain, the alerts, a draft notice for Amazon and for each customer, a manifest with SHA-256 and its signature.
    Each affected chain notes the export. Raises NotFound; FileExistsError rather than replace evidence."""
    async with global_session() as session:
        found = await session.scalar(select(Incident).where(Incident.number == number))
        if found is None:
            raise NotFound(f"There is no incident {number}.")
        alerts = [
            {
                "kind": row.kind, "cause": row.cause, "organization_id": str(row.organization_id or ""),
                "facts": row.facts, "detected_at": row.detected_at.isoformat(),
            }
            for row in await session.scalars(
                select(SecurityAlert)
                .where(SecurityAlert.detected_at >= found.since, SecurityAlert.detected_at < found.until)
                .order_by(SecurityAlert.detected_at)
            )
        ]  # fmt: skip
    path = folder / f"INC-{number}.zip"
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    wanted = set(found.selection["organizations"])
    members: dict[str, str] = {}
    affected: list[tuple[str, int]] = []
    notices: list[str] = []

    def add(bundle: zipfile.ZipFile, name: str, body: bytes) -> None:
        bundle.writestr(name, body)
        members[name] = hashlib.sha256(body).hexdigest()

    with path.open("xb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        path.chmod(0o600)
        for slug, organization_id in await chosen(None):
            if wanted and slug not in wanted:
                continue
            lines = await _entries(organization_id, found)
            if not lines:
                continue
            verdict = await verify(organization_id)
            async with tenant_session(organization_id) as session:
                head = await newest_head(session)
                owners = await owners_of(session, organization_id)
                name = str(
                    (await session.execute(text("select name from organizations where id = :id"), {"id": organization_id})).scalar_one()
                )  # fmt: skip
            affected.append((slug, len(lines)))
            add(bundle, f"{slug}/journal.ndjson", b"".join(canonical(line) + b"\n" for line in lines))
            chain: dict[str, Any] = {
                "organization_id": str(organization_id), "entries": verdict.entries, "sequence": verdict.sequence,
                "hash": verdict.hash.hex(),
                "fault": {"sequence": verdict.fault.sequence, "reason": verdict.fault.reason} if verdict.fault else None,
                "head": None if head is None else {
                    "signed_on": head.signed_on.isoformat(), "signed_at": head.signed_at.isoformat(),
                    "sequence": head.sequence, "hash": head.hash.hex(), "key_id": head.key_id,
                    "signature": head.signature.hex(),
                },
            }  # fmt: skip
            add(bundle, f"{slug}/chain.json", canonical(chain))
            to = ", ".join(owner["email"] for owner in owners) or "(no owner can be written to)"
            notices.append(slug)
            add(bundle, f"notices/{slug}.txt", _customer_notice(found, name, to, len(lines)).encode())
        add(bundle, "alerts.json", canonical(alerts))
        add(bundle, "notices/_amazon.txt", _amazon_notice(found, affected).encode())
        key_id, _ = signed({})
        manifest: dict[str, Any] = {
            "what": "oktee/incident/1", "number": number, "title": found.title, "opened_by": found.opened_by,
            "opened_at": found.opened_at.isoformat(), "detected_at": found.detected_at.isoformat(),
            "since": found.since.isoformat(), "until": found.until.isoformat(), "selection": found.selection,
            "affected": [{"organization": slug, "entries": count} for slug, count in affected], "files": members,
            "exported_at": now().isoformat(), "key_id": key_id,
        }  # fmt: skip
        _, signature = signed(manifest)
        bundle.writestr(MANIFEST, canonical(manifest))
        bundle.writestr("manifest.sig", signature.hex())
        bundle.writestr("public_key.txt", public_keys()[key_id].hex())
    digest = hashlib.sha256(path.read_bytes()).digest()
    async with global_session() as session:
        row = await session.get_one(Incident, found.id)
        row.export_hash, row.exported_at = digest, now()
    for slug, organization_id in await chosen(None):
        if slug in notices:
            async with tenant_session(organization_id) as session:
                await record(
                    session, "incident.exported", actor=SYSTEM, audit=True,
                    subject=Subject("incident", str(found.id), f"INC-{number}"), payload={"sha256": digest.hex()},
                )  # fmt: skip
    return Exported(path, tuple(affected), digest.hex())


async def _entries(organization_id: Any, incident: Incident) -> list[dict[str, Any]]:
    """The entries of the span that fit, oldest first, each with whether its hash holds."""
    statement = select(JournalEntry).where(JournalEntry.at >= incident.since, JournalEntry.at < incident.until)
    actors, addresses = incident.selection["actors"], incident.selection["addresses"]
    if actors or addresses:
        statement = statement.where(or_(JournalEntry.actor_id.in_(actors), JournalEntry.address.in_(addresses)))
    async with tenant_session(organization_id) as session:
        found = await session.stream_scalars(
            statement.order_by(JournalEntry.at, JournalEntry.id).execution_options(yield_per=BATCH)
        )
        return [
            line_of(entry)
            | {
                "log": entry.log, "id": str(entry.id),
                "previous_hash": entry.previous_hash.hex() if entry.previous_hash else None,
                "hash_holds": entry_hash(entry) == entry.hash if entry.hash else None,
            }
            async for entry in found
        ]  # fmt: skip


def check(path: Path) -> list[str]:
    """What is wrong with an exported file; nothing = it is as it was written, by one of our keys. Needs no database."""
    faults = []
    with zipfile.ZipFile(path) as bundle:
        raw = bundle.read(MANIFEST)
        manifest = json.loads(raw)
        public = public_keys().get(manifest["key_id"])
        try:
            if public is None:
                raise InvalidSignature
            Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(bundle.read("manifest.sig").decode()), raw)
        except (InvalidSignature, ValueError):
            faults.append("the signature of the manifest does not hold")
        beside = {MANIFEST, "manifest.sig", "public_key.txt"}
        names = set(bundle.namelist()) - beside
        faults += [f"{name} is missing" for name in sorted(set(manifest["files"]) - names)]
        faults += [f"{name} was added" for name in sorted(names - set(manifest["files"]))]
        for name, digest in manifest["files"].items():
            if name in names and hashlib.sha256(bundle.read(name)).hexdigest() != digest:
                faults.append(f"{name} was changed")
    return faults


def _customer_notice(incident: Incident, name: str, to: str, entries: int) -> str:
    return (
        f"To: {to}\nSubject: Security incident INC-{incident.number} concerning {name}\n\n"
        f"DRAFT - complete the parts in brackets before it is sent (GDPR Art. 33(2): without undue delay; our aim: 24 h).\n\n"
        f"On {incident.detected_at:%Y-%m-%d %H:%M} UTC we noticed: {incident.title}.\n"
        f"It concerns the time from {incident.since:%Y-%m-%d %H:%M} to {incident.until:%Y-%m-%d %H:%M} UTC. "
        f"{entries} entries of your journal fall within it.\n\n"
        "What happened: [nature of the incident]\nWhich data and how many people: [categories and numbers]\n"
        "What is likely to follow: [consequences]\nWhat we have done and will do: [measures]\n"
        "Who answers your questions: [name, address, telephone]\n"
    )


def _amazon_notice(incident: Incident, affected: Sequence[tuple[str, int]]) -> str:
    return (
        f"To: {settings().incident_contact}\nSubject: Security incident INC-{incident.number}\n\n"
        "DRAFT - due within 24 hours of detection.\n\n"
        f"Detected: {incident.detected_at:%Y-%m-%d %H:%M} UTC\nWhat: {incident.title}\n"
        f"Selling partners affected: {len(affected)}\nAmazon Information affected: [which, how much]\n"
        "Measures: [taken and planned]\nContact: [incident owner]\n"
    )
