"""What files of lists say on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from oktee.modules.supply.desk.bulk.wire import FilterIn


class OrdersExportIn(BaseModel):
    """What to write. `style`: as the screen shows it, or raw (ISO instants, dots before decimals). `words`: the filter as
    the screen says it."""

    model_config = ConfigDict(extra="forbid")

    what: Literal["orders", "lines"] = "orders"
    format: Literal["csv", "xlsx"] = "csv"
    style: Literal["shown", "raw"] = "shown"
    filter: FilterIn = FilterIn()
    ids: list[UUID] | None = Field(default=None, min_length=1, max_length=10_000)
    columns: list[str] = Field(default=[], max_length=60)
    sort: str = "clock"
    words: str = Field(default="", max_length=1000)


class EventsExportIn(BaseModel):
    """What to write of the event log."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["csv", "ndjson"] = "csv"
    style: Literal["shown", "raw"] = "shown"
    words: str = Field(default="", max_length=1000)


class ListExportOut(BaseModel):
    """A file of a list: how far it is, and until when it can be downloaded."""

    id: UUID
    operation_id: UUID
    kind: str
    format: str
    style: str
    words: str
    state: str
    done: int
    total: int | None
    rows: int | None
    size: int | None
    created_at: datetime
    expires_at: datetime | None


class ListExports(BaseModel):
    """The reader's own files, newest first."""

    rows: list[ListExportOut]
