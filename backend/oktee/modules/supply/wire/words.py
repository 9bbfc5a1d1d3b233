"""What many of the answers say: messages, who, when, how much of it the reader sees."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from oktee.notify.matters.tagging import Colour


class Message(BaseModel):
    """A message id and typed values; the reader's language is the browser's business."""

    message: str
    values: dict[str, dict[str, Any]] = {}


class Actor(BaseModel):
    """Who: rule, person, amazon, system or outside."""

    type: str
    name: str


Mark = Literal["late", "short"]


class Window(BaseModel):
    """The ship window (Amazon-paid freight) or delivery window (vendor-paid) of an order."""

    kind: Literal["ship", "delivery"]
    start: datetime
    end: datetime


class ScopeInfo(BaseModel):
    """Whether the reader sees a part of the workspace only: then every total is of what they may see. `hidden_lines`: of
    the orders named here."""

    limited: bool
    hidden_lines: int


class Holder(BaseModel):
    """A person or a team that has something."""

    type: Literal["person", "team"]
    id: UUID
    name: str


class TagOut(BaseModel):
    """A word of the workspace's list, with a colour of the visual language."""

    id: UUID
    name: str
    colour: Colour


class Hands(BaseModel):
    """Who has an order, and its tags."""

    assignee: Holder | None
    tags: list[TagOut]
