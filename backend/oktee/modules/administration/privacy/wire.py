"""What the page Data and privacy sends and gets."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from oktee.modules.administration.privacy.inventory import SubProcessor
from oktee.modules.administration.privacy.tables import Deletion, Export, LegalHold

Category = Literal["amazon", "customer", "personal", "contact", "secret", "operational"]
"""A kind of data, as the data map groups the tables."""
Format = Literal["ndjson", "csv"]


class CertificateIn(BaseModel):
    """The word that the owners' mail carries."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, Field(min_length=20, max_length=100)]


class SubProcessorRow(BaseModel):
    """Who else touches this workspace's data."""

    name: str
    kind: str
    purpose: str
    data: str
    region: str
    hosts: list[str]
    since: date


def sub_processor_row(row: SubProcessor, language: str) -> SubProcessorRow:
    """The row in one language."""
    return SubProcessorRow(
        name=row.called[language], kind=row.kind, purpose=row.purpose[language], data=row.data[language],
        region=row.region[language], hosts=list(row.hosts), since=row.since,
    )  # fmt: skip


class NoticeRow(BaseModel):
    """A change of the list: who came, went or changed, and from when."""

    id: UUID
    changes: list[dict[str, str]]
    announced_at: datetime
    effective_at: datetime


class SubProcessors(BaseModel):
    """The list, and its changes so far."""

    rows: list[SubProcessorRow]
    notice_days: int
    notices: list[NoticeRow]


class AcceptanceRow(BaseModel):
    """One acceptance of the agreement."""

    version: str
    text_hash: str
    accepted_by: str | None
    accepted_as: str
    accepted_at: datetime
    address: str | None


class Dpa(BaseModel):
    """The agreement that is in force, the text that can be accepted now, and who accepted what."""

    version: str
    text: str
    text_hash: str
    accepted_version: str | None
    accepted_at: datetime | None
    acceptances: list[AcceptanceRow]


class DpaAcceptanceIn(BaseModel):
    """The version that was read."""

    model_config = ConfigDict(extra="forbid")

    version: str = Field(min_length=1, max_length=20)


class ExportRow(BaseModel):
    """A bundle and how it stands."""

    id: UUID
    number: int
    state: Literal["queued", "running", "ready", "failed", "cancelled", "expired"]
    subject: str | None
    categories: list[Category] | None
    formats: list[Format]
    operation_id: UUID
    done: int
    total: int | None
    requested_by: str | None
    requested_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    size: int | None
    sha256: str | None
    rows: int | None
    files: int | None
    downloads: int


class ExportList(BaseModel):
    """Newest first."""

    rows: list[ExportRow]


class ExportIn(BaseModel):
    """What to export: `categories` of the data map, all without. Without a passphrase one is made and shown once."""

    model_config = ConfigDict(extra="forbid")

    passphrase: Annotated[SecretStr, Field(min_length=16, max_length=200)] | None = None
    subject: Annotated[str, Field(min_length=2, max_length=200)] | None = None
    categories: Annotated[list[Category], Field(min_length=1, max_length=6)] | None = None
    formats: Annotated[list[Format], Field(min_length=1, max_length=2)] = ["ndjson", "csv"]


class ExportMade(BaseModel):
    """The export under way; `passphrase` only where OKTee made it, and only now."""

    export: ExportRow
    passphrase: str | None


class DownloadLink(BaseModel):
    """An address for this session, for five minutes."""

    url: str
    expires_at: datetime


class ScopeRow(BaseModel):
    """What a deletion removes of one table."""

    table: str
    purpose: str
    category: str
    module: str
    rows: int


class HoldRow(BaseModel):
    """An order that must stay while a case needs it."""

    id: UUID
    purchase_order_id: UUID
    po_number: str
    case_reference: str | None
    reason: str
    placed_by: str | None
    placed_at: datetime
    released_at: datetime | None


class DeletionRow(BaseModel):
    """The deletion of everything and how it stands."""

    id: UUID
    number: int
    state: Literal["waiting", "cancelled", "purging"]
    requested_by: str | None
    requested_at: datetime
    purge_at: datetime
    cancelled_by: str | None
    cancelled_at: datetime | None


class DeletionList(BaseModel):
    """Newest first."""

    rows: list[DeletionRow]


class DeletionScope(BaseModel):
    """What would be deleted now, what stays and what blocks."""

    workspace: str
    rows: list[ScopeRow]
    total: int
    files: int
    file_bytes: int
    people: int
    connections: int
    holds: list[HoldRow]
    wait_days: int
    backup_days: int


class DeletionIn(BaseModel):
    """The workspace's name, typed by hand."""

    model_config = ConfigDict(extra="forbid")

    workspace_name: str = Field(max_length=200)


class HoldIn(BaseModel):
    """Keep an order, by its number, whatever its age."""

    model_config = ConfigDict(extra="forbid")

    po_number: str = Field(min_length=1, max_length=60)
    reason: str = Field(min_length=3, max_length=500)
    case_reference: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class HoldList(BaseModel):
    """Those in force first."""

    rows: list[HoldRow]


class RetentionRow(BaseModel):
    """One class: the limit that ships, the one in force, and what is over now."""

    retention: str
    text: str
    days: int
    shipped_days: int
    least_days: int
    tables: list[str]
    due: dict[str, int]
    held: int


class Retention(BaseModel):
    """The dry run: what the next run would remove."""

    rows: list[RetentionRow]
    as_of: datetime


class LimitIn(BaseModel):
    """A shorter limit; the one that ships takes it back."""

    model_config = ConfigDict(extra="forbid")

    days: int = Field(ge=1, le=3650)


class AppearanceRow(BaseModel):
    """How often a person appears in a table."""

    table: str
    purpose: str
    rows: int


class SubjectFound(BaseModel):
    """A person and where they appear."""

    user_id: UUID | None
    name: str | None
    email: str | None
    member: bool
    rows: list[AppearanceRow]
    total: int


class SubjectIn(BaseModel):
    """An e-mail address, a user's id, or a name."""

    model_config = ConfigDict(extra="forbid")

    subject: str = Field(min_length=3, max_length=200)


class Erased(BaseModel):
    """What was changed, by table."""

    pseudonym: str
    tables: dict[str, int]


def export_row(row: Export, *, names: dict[UUID, str], done: int, total: int | None) -> ExportRow:
    """An export for the wire."""
    values = {name: getattr(row, name) for name in ExportRow.model_fields if hasattr(row, name)}
    values |= {"requested_by": names.get(row.requested_by) if row.requested_by else None}
    return ExportRow.model_validate(values | {"done": done, "total": total})


def deletion_row(row: Deletion, *, names: dict[UUID, str]) -> DeletionRow:
    """A deletion for the wire."""
    values = {name: getattr(row, name) for name in DeletionRow.model_fields}
    for name in ("requested_by", "cancelled_by"):
        values[name] = names.get(values[name]) if values[name] else None
    return DeletionRow.model_validate(values)


def hold_row(row: LegalHold, *, names: dict[UUID, str]) -> HoldRow:
    """A hold for the wire."""
    values = {name: getattr(row, name) for name in HoldRow.model_fields}
    values["placed_by"] = names.get(row.placed_by) if row.placed_by else None
    return HoldRow.model_validate(values)
