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


class LogisticsGap(BaseModel):
    """Something that orders or stock files name and that the rules do not say yet: stock_unknown, address_missing,
    transit_missing, freight_missing, origin_missing, centre_unknown. `kind`: where it is said; `names`: the first of `count`."""

    code: str
    kind: LogisticsKind
    names: list[str]
    count: int


class LogisticsList(BaseModel):
    """A page of rows by what names them, how many match, and how many there are of each kind. `gaps`: of all kinds, with the
    first page only."""

    rows: list[LogisticsRow]
    next: str | None
    count: int
    kinds: dict[LogisticsKind, int]
    gaps: list[LogisticsGap]
