"""The fee rules as data: one global table, filled from `fee_facts` by a step of the schema, read-only for the product.

An organization's own assumptions, which Finance will keep, are laid over these by whoever reads them.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Numeric, select
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from oktee.catalog.fee_facts import FACTS, FeeRule
from oktee.kit.database import Base


class StoredFeeRule(Base):
    """A row of fee_facts.FeeRule, which explains the columns. GLOBAL: it names no organization."""

    __tablename__ = "fee_rules"

    code: Mapped[str] = mapped_column(primary_key=True)
    family: Mapped[str]
    kind: Mapped[str]
    countries: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    basis: Mapped[str]
    source: Mapped[str]
    confidence: Mapped[str]
    rate: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    amount: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    currency: Mapped[str | None]
    threshold: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    waived_by: Mapped[str | None]
    waiver_rate: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    waiver_weeks: Mapped[int | None]
    grace_days: Mapped[int | None]
    tier_from: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    tier_to: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    condition: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


COLUMNS = tuple(column.name for column in StoredFeeRule.__table__.columns)


async def read_fee_rules(session: AsyncSession) -> tuple[FeeRule, ...]:
    """All of them, in the order of their codes: some dozens."""
    statement = select(StoredFeeRule).order_by(StoredFeeRule.code)
    return tuple(_rule(stored) for stored in (await session.execute(statement)).scalars())


def _rule(stored: StoredFeeRule) -> FeeRule:
    values: dict[str, Any] = {name: getattr(stored, name) for name in COLUMNS}
    return FeeRule(**{**values, "countries": tuple(stored.countries)})


def fact_rows() -> list[dict[str, Any]]:
    """The facts as rows of the table."""
    return [{name: _plain(getattr(fact, name)) for name in COLUMNS} for fact in FACTS]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
