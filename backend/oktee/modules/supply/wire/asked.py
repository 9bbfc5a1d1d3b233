"""What a person asks of orders: drafts, confirmations, holds."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class DraftLine(BaseModel):
    """A person's answer to one line, in eaches. Taking nothing is a one-way door: `confirm_sku` repeats the SKU."""

    model_config = ConfigDict(extra="forbid")

    sequence: str = Field(max_length=40)
    taken: int = Field(ge=0, le=10_000_000)
    backordered: int = Field(0, ge=0, le=10_000_000)
    rejection_reason: Literal["TemporarilyUnavailable", "InvalidProductIdentifier", "ObsoleteProduct"] | None = None
    ship_at: datetime | None = None
    backorder_at: datetime | None = None
    confirm_sku: str | None = Field(None, max_length=80)
    list_price: str | None = Field(
        None, pattern=r"^\d{1,9}(\.\d{1,4})?$", description="Of a book: what its readers pay"
    )
    discount_multiplier: str | None = Field(
        None, pattern=r"^(0(\.\d{1,4})?|1(\.0{1,4})?)$", description="Of a book: 0.9 is 10 % off"
    )
    note: str | None = Field(
        None, max_length=300, description="Why, in the person's own words: said with the line and in the journal"
    )


class DraftIn(BaseModel):
    """The lines a person changed, on the revision and decision they saw."""

    model_config = ConfigDict(extra="forbid")

    revision: int
    decision_id: UUID
    lines: list[DraftLine] = Field(min_length=1, max_length=5000)


class ConfirmationIn(BaseModel):
    """Confirm what the page showed."""

    model_config = ConfigDict(extra="forbid")

    revision: int
    decision_id: UUID


class BulkOrder(ConfirmationIn):
    """One order of a review sheet."""

    id: UUID


class BulkConfirmationIn(BaseModel):
    """A review sheet: the orders, each as it was shown."""

    model_config = ConfigDict(extra="forbid")

    orders: list[BulkOrder] = Field(min_length=1, max_length=500)


class HoldIn(BaseModel):
    """Why a person holds an order."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=500)
