"""Entries of the event log on the wire."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from oktee.modules.supply.wire.words import Actor


class EventObject(BaseModel):
    """What an event is about."""

    type: str
    id: str
    label: str


class Event(BaseModel):
    """One entry of the event log. `people`: the names behind the ids of people in `payload`, of those who are here."""

    id: UUID
    at: datetime
    kind: str
    outcome: str
    actor: Actor
    object: EventObject
    cause: str | None
    payload: dict[str, Any]
    people: dict[str, str]
    correlation_id: str | None
    log: str
    marketplace_id: str | None
    country: str | None
