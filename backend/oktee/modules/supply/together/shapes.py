"""What working together carries over HTTP."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from oktee.modules.supply.wire.words import Holder, TagOut


class In(BaseModel):
    """An input takes the fields it names and no other."""

    model_config = ConfigDict(extra="forbid")


class AssigneeIn(In):
    """A person or a team; neither: nobody has it."""

    person_id: UUID | None = None
    team_id: UUID | None = None


class AssignmentsIn(AssigneeIn):
    """The same for several."""

    ids: list[UUID] = Field(min_length=1, max_length=500)


class MentionIn(In):
    """Somebody who is named in a note and told of it."""

    type: Literal["person", "team"]
    id: UUID


class NoteIn(In):
    """The words, and who of those named in them is told."""

    body: str = Field(min_length=1, max_length=4000, pattern=r"\S")
    mentions: list[MentionIn] = Field(default=[], max_length=20)


class TagsIn(In):
    """Exactly these tags."""

    tags: list[UUID] = Field(max_length=20)


class NoteOut(BaseModel):
    """A note. `mine`: whoever asks wrote it and may take it away."""

    id: UUID
    author: str
    body: str
    mentions: list[Holder]
    created_at: datetime
    mine: bool


class FileOut(BaseModel):
    """A file that somebody put to the thing."""

    id: UUID
    file_name: str
    content_type: str
    size: int
    added_by: str
    created_at: datetime


class Teamwork(BaseModel):
    """What people said and did about a thing. `assigned_how`: by a person, or by the rule of a team. `seen_by`:
    the people and teams who see the thing, so that they can be named in a note or be given it."""

    assignee: Holder | None
    assigned_how: Literal["person", "rule"] | None
    assigned_at: datetime | None
    notes: list[NoteOut]
    tags: list[TagOut]
    files: list[FileOut]
    seen_by: list[Holder]
    largest_file: int
    file_kinds: list[str]
