"""What the screen of logistics rules says on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

LogisticsKind = Literal[
    "warehouses", "calendars", "closures", "transit_times", "fulfilment_centres", "carriers", "vendor_terms", "stock_pools",
]  # fmt: skip
Cell = Annotated[str, Field(max_length=500)]


class LogisticsRowIn(BaseModel):
    """A row by the columns of its file; what is left out is empty."""

    model_config = ConfigDict(extra="forbid")

    values: dict[Annotated[str, Field(max_length=40)], Cell] = Field(max_length=20)


class LogisticsRow(BaseModel):
    """A row by the columns of its file. `from_file`: it stands as a file said it, nobody changed it since."""

    id: UUID
    label: str
    values: dict[str, str]
    from_file: bool
    as_of: datetime


class LogisticsList(BaseModel):
    """A page of rows by what names them, how many match, and how many there are of each kind."""

    rows: list[LogisticsRow]
    next: str | None
    count: int
    kinds: dict[LogisticsKind, int]
