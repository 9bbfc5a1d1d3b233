"""What the audit page and its exports carry."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from oktee.journal.naming import said_by_id
from oktee.journal.tables import JournalEntry


class AuditActor(BaseModel):
    """Who acted. `on_behalf_of`: the support grant of a member of staff, or the person a key belongs to."""

    type: str
    id: str | None
    name: str
    on_behalf_of: str | None


class AuditObject(BaseModel):
    """What was acted on."""

    type: str
    id: str
    label: str


class AuditChange(BaseModel):
    """One field before and after."""

    field: str
    before: Any = None
    after: Any = None


class AuditRow(BaseModel):
    """One entry of the audit log. `changes`: the difference it made, where the entry holds both sides. `people`: the names
    behind the ids of people in `payload`, of those who are here."""

    id: UUID
    at: datetime
    sequence: int | None
    kind: str
    area: str
    outcome: str
    actor: AuditActor
    object: AuditObject
    cause: str | None
    changes: list[AuditChange]
    payload: dict[str, Any]
    people: dict[str, str]
    session_id: UUID | None
    address: str | None
    operation: str | None
    sent_hash: str | None
    transaction_id: str | None
    correlation_id: str | None
    hash: str | None


class AuditList(BaseModel):
    """A page of entries, newest first."""

    rows: list[AuditRow]
    next: str | None


class Facet(BaseModel):
    """One choice of a filter, with how many entries of the span it would leave."""

    value: str
    label: str
    type: str | None = None
    count: int


class AuditFacets(BaseModel):
    """The choices there are in a span of time."""

    actors: list[Facet]
    areas: list[Facet]
    outcomes: list[Facet]
    objects: list[Facet]
    total: int
    by_staff: int


class AuditVerification(BaseModel):
    """Whether the chain is as it was written, up to when, and what is signed."""

    state: Literal["empty", "whole", "broken"]
    verified_to: datetime | None
    verified_at: datetime | None
    whole_at: datetime | None
    sequence: int
    broken_sequence: int | None
    broken_reason: str | None
    signed_at: datetime | None
    signed_sequence: int
    key_id: str | None
    retention_days: int


class AuditExportIn(BaseModel):
    """What to export: the same filters as the list."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["csv", "ndjson"]
    since: datetime | None = Field(None, alias="from")
    until: datetime | None = Field(None, alias="to")
    actor_id: str | None = Field(None, max_length=80)
    actor_type: str | None = Field(None, max_length=20)
    object_type: str | None = Field(None, max_length=40)
    object_id: str | None = Field(None, max_length=80)
    area: str | None = Field(None, max_length=40)
    outcome: str | None = Field(None, max_length=20)
    q: str | None = Field(None, max_length=120)


class AuditExport(BaseModel):
    """An export: how far it is, and what the file holds once there is one."""

    id: UUID
    state: str
    format: str
    rows: int
    size: int | None
    sha256: str | None
    created_at: datetime
    expires_at: datetime | None


class AuditExportList(BaseModel):
    """Newest first."""

    rows: list[AuditExport]


def changes_of(payload: dict[str, Any]) -> list[AuditChange]:
    """The difference an entry tells, in whichever of the shapes it was written: a list of {field, was, now}, or `before`
    and `after` as objects or as values, or `was` and `now`."""
    listed = payload.get("changes")
    if isinstance(listed, list):
        return [
            AuditChange(field=str(each.get("field") or each.get("name") or ""), before=_side(each, "was", "before"), after=_side(each, "now", "after"))
            for each in listed
            if isinstance(each, dict)
        ]  # fmt: skip
    for one, other in (("before", "after"), ("was", "now")):
        if one in payload and other in payload:
            before, after = payload[one], payload[other]
            if isinstance(before, dict) and isinstance(after, dict):
                names = sorted(before.keys() | after.keys())
                return [
                    AuditChange(field=name, before=before.get(name), after=after.get(name))
                    for name in names
                    if before.get(name) != after.get(name)
                ]
            return [AuditChange(field="", before=before, after=after)]
    return []


def _side(change: dict[str, Any], *names: str) -> Any:
    return next((change[name] for name in names if name in change), None)


def area_of(kind: str) -> str:
    """The first word of a kind."""
    return kind.partition(".")[0]


def audit_row(entry: JournalEntry, names: Mapping[UUID, str] | None = None) -> AuditRow:
    return AuditRow(
        id=entry.id,
        at=entry.at,
        sequence=entry.sequence,
        kind=entry.kind,
        area=area_of(entry.kind),
        outcome=entry.outcome,
        actor=AuditActor(
            type=entry.actor_type, id=entry.actor_id, name=entry.actor_name, on_behalf_of=entry.on_behalf_of
        ),
        object=AuditObject(type=entry.object_type, id=entry.object_id, label=entry.object_label),
        cause=entry.cause,
        changes=changes_of(entry.payload),
        payload=entry.payload,
        people=said_by_id(entry.payload, names or {}),
        session_id=entry.session_id,
        address=entry.address,
        operation=entry.operation,
        sent_hash=entry.sent_hash.hex() if entry.sent_hash else None,
        transaction_id=entry.transaction_id,
        correlation_id=entry.correlation_id,
        hash=entry.hash.hex() if entry.hash else None,
    )
