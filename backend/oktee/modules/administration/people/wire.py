"""Users and roles on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, EmailStr, Field

from oktee.modules.administration.scope_choices import ScopeChoices
from oktee.modules.administration.scope_wire import ScopeIn, ScopeOut

RoleKey = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$", examples=["analyst"])]
RoleName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"\S")]
Permissions = Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=60)]
Ids = Annotated[list[UUID], Field(min_length=1, max_length=200)]


class In(BaseModel):
    """An input takes the fields it names and no other."""

    model_config = ConfigDict(extra="forbid")


class MemberRow(BaseModel):
    """A person. `can_touch`: whoever asks holds every right this person holds, so that they may change them;
    `last_owner`: nobody else is an active owner."""

    id: UUID
    name: str
    email: str
    role: str
    role_name: str | None
    scope: ScopeOut | None
    state: Literal["active", "suspended"]
    factors: list[str]
    sessions: int
    last_seen_at: datetime | None
    joined_at: datetime
    invited_by: str | None
    me: bool
    can_touch: bool
    last_owner: bool


class InvitationRow(BaseModel):
    """An invitation that nobody accepted yet."""

    id: UUID
    email: str
    role: str
    role_name: str | None
    scope: ScopeOut | None
    state: Literal["open", "expired"]
    invited_by: str | None
    sent_at: datetime
    expires_at: datetime
    can_touch: bool


class RoleColumn(BaseModel):
    """A role. `base`: of an own one, the shipped role it was copied from; `can_give`: by whoever asks."""

    key: str
    name: str | None
    base: str | None
    shipped: bool
    permissions: list[str]
    members: int
    can_give: bool


class PeopleList(BaseModel):
    """Everything of the page Users & roles but the review."""

    members: list[MemberRow]
    invitations: list[InvitationRow]
    roles: list[RoleColumn]
    permissions: list[str]
    demanding: list[str] = Field(description="Permissions that ask for a second factor in any case")
    choices: ScopeChoices
    require_second_factor: bool
    review_overdue: bool


class AccessIn(In):
    """A role and what part of the workspace is seen with it; no scope = all of it."""

    role: RoleKey
    scope: ScopeIn | None = None


class InvitationsIn(AccessIn):
    """Several people at once, alike."""

    emails: list[EmailStr] = Field(min_length=1, max_length=100)
    locale: Literal["en", "fr"] = "en"


class AccessChangesIn(AccessIn):
    """The same role and scope for several people."""

    ids: Ids


class ManyIn(In):
    """Several people, or several invitations."""

    ids: Ids


class DeprovisionIn(In):
    """Addresses of people who have left the company."""

    emails: list[EmailStr] = Field(min_length=1, max_length=100)


class Result(BaseModel):
    """What became of one of them: `code` says why not."""

    id: str
    ok: bool
    code: str | None = None
    detail: str | None = None


class Results(BaseModel):
    """One result each; the fault of one stops no other."""

    results: list[Result]


class SecondFactorIn(In):
    """Whether everybody needs a second factor, whatever their role."""

    required: bool


class RoleIn(In):
    """A role of the workspace's own."""

    name: RoleName
    permissions: Permissions


class NewRoleIn(RoleIn):
    """`base`: the shipped role it is copied from, against which it is shown."""

    base: RoleKey


class ReviewRow(BaseModel):
    """A person, key or service as it was when the review began. `still_there`: it has not been removed since;
    `mine`: the approver themselves, whom somebody else decides on where there is somebody."""

    id: UUID
    kind: Literal["person", "key", "service"]
    label: str
    detail: str
    access: list[str]
    last_used_at: datetime | None
    decision: Literal["keep", "remove"] | None
    decided_by: str | None
    decided_at: datetime | None
    can_decide: bool


class PastReview(BaseModel):
    """A finished review."""

    id: UUID
    started_at: datetime
    finished_at: datetime
    finished_by: str | None
    kept: int
    removed: int


class ReviewSheet(BaseModel):
    """The open review, if there is one, and those before. `overdue`: the last one is more than 90 days ago."""

    id: UUID | None
    started_at: datetime | None
    rows: list[ReviewRow]
    past: list[PastReview]
    due_at: datetime
    overdue: bool


class DecisionIn(In):
    """Keep it, or remove it now."""

    decision: Literal["keep", "remove"]
