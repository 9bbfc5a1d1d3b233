"""What the support screen and the banner are told."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from oktee.access.support import grants
from oktee.access.support.tables import SupportGrant, SupportRead, WriteStop
from oktee.kit.clock import now
from oktee.modules.administration.connection_notices import ConnectionNotice


class SupportAccess(BaseModel):
    """A request or grant. state: requested, lapsed, granted, refused, withdrawn, ended (also by time)."""

    id: UUID
    staff: str
    reason: str
    ticket: str
    scope: list[str]
    read_only: bool
    hours: int
    emergency: bool
    state: str
    requested_at: datetime
    decided_by: list[str] = Field(description="the person of the workspace, or the staff people who agreed")
    off_hours: bool
    starts_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None

    @classmethod
    def of(cls, grant: SupportGrant) -> "SupportAccess":
        at, state = now(), grant.state
        if grants.lapsed(grant, at):
            state = "lapsed"
        elif state == "granted" and not grants.is_live(grant, at):
            state = "ended"
        people = (grant.approved_by_name, grant.first_staff_name, grant.second_staff_name)
        return cls(
            id=grant.id,
            staff=grant.staff_name,
            reason=grant.reason,
            ticket=grant.ticket,
            scope=grant.scope,
            read_only=grant.read_only,
            hours=grant.hours,
            emergency=grant.emergency,
            state=state,
            requested_at=grant.requested_at,
            decided_by=[name for name in people if name],
            off_hours=grant.off_hours,
            starts_at=grant.starts_at,
            expires_at=grant.expires_at,
            ended_at=grant.ended_at or (grant.expires_at if state == "ended" else None),
            ended_by=grant.ended_by_name,
        )


class SupportAccessList(BaseModel):
    """Those to decide and those that are live first, then the latest."""

    rows: list[SupportAccess]


class ApprovalIn(BaseModel):
    """For how long; at most as long as was asked for."""

    model_config = ConfigDict(extra="forbid")

    hours: Annotated[int, Field(ge=1, le=4)]


class SupportReadRow(BaseModel):
    """One answer that left for a staff person."""

    id: UUID
    at: datetime
    area: str
    operation: str
    object_type: str | None
    object_id: str | None
    object_label: str | None
    query: str

    @classmethod
    def of(cls, read: SupportRead) -> "SupportReadRow":
        return cls(
            id=read.id,
            at=read.at,
            area=read.area,
            operation=read.operation,
            object_type=read.object_type,
            object_id=read.object_id,
            object_label=read.object_label,
            query=read.query,
        )


class SupportReadList(BaseModel):
    """The newest first. `count`: of all of the grant."""

    rows: list[SupportReadRow]
    next: str | None
    count: int


class WriteStopRow(BaseModel):
    """While it holds, nothing is written to Amazon; connection_id none = for any connection of OKTee."""

    id: UUID
    connection_id: UUID | None
    reason: str
    stopped_by: str
    stopped_at: datetime
    by_customer: bool = Field(description="a person of the workspace stopped it")

    @classmethod
    def of(cls, stop: WriteStop) -> "WriteStopRow":
        return cls(
            id=stop.id,
            connection_id=stop.connection_id,
            reason=stop.reason,
            stopped_by=stop.stopped_by_name,
            stopped_at=stop.stopped_at,
            by_customer=stop.stopped_by_type == "person",
        )


class LiveSupport(BaseModel):
    """A grant that opens something at this moment."""

    id: UUID
    staff: str
    ticket: str
    scope: list[str]
    read_only: bool
    expires_at: datetime


class Notices(BaseModel):
    """What the shell shows above every page: who of OKTee looks in, how many wait for a decision, what is stopped, and
    which connections to Amazon need a person."""

    support: list[LiveSupport]
    support_requests: int = Field(description="requests to decide; 0 for whoever may not decide")
    may_decide: bool
    write_stops: list[WriteStopRow]
    connections: list[ConnectionNotice] = Field(description="none for whoever may not manage connections")


class WriteStopIn(BaseModel):
    """Why writing stops."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=3, max_length=300)]


class WriteStopList(BaseModel):
    rows: list[WriteStopRow]
