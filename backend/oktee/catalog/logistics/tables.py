"""Logistics rules as data. Everything here is what the customer says; Amazon publishes none of it."""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from oktee.kit.database import Base, Instant, Tenanted


def _names(column: str, table: str, key: str, *, gone: str | None = None) -> ForeignKeyConstraint:
    """A reference by the name that people write."""
    return ForeignKeyConstraint(
        ["organization_id", column],
        [f"{table}.organization_id", f"{table}.{key}"],
        ondelete=gone,
        onupdate="CASCADE",
    )


class WorkingCalendar(Tenanted, Base):
    """Days off that several warehouses share: the public holidays of a country (and a part of it), and own closures."""

    __tablename__ = "calendars"
    __table_args__ = (UniqueConstraint("organization_id", "name", name="uq_calendars_name"),)

    name: Mapped[str]
    country: Mapped[str | None]
    subdivision: Mapped[str | None]
    import_id: Mapped[UUID | None]
    as_of: Mapped[datetime] = mapped_column(Instant)


class Closure(Tenanted, Base):
    """Days on which a calendar is closed, both ends included."""

    __tablename__ = "closures"
    __table_args__ = (
        UniqueConstraint("organization_id", "calendar", "first_day", name="uq_closures_day"),
        _names("calendar", "calendars", "name", gone="CASCADE"),
        CheckConstraint("last_day >= first_day", name="span"),
    )

    calendar: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str | None]
    import_id: Mapped[UUID | None]
    as_of: Mapped[datetime] = mapped_column(Instant)


class Warehouse(Tenanted, Base):
    """A warehouse of the customer. `working_days`: digits, 1 is Monday. `capacity`: lines, units or pallets a working day.

    `party_id`: what Amazon calls it, which with its address goes into shipments. `opens`, `closes`: the hours in which
    somebody is there.
    """

    __tablename__ = "warehouses"
    __table_args__ = (
        UniqueConstraint("organization_id", "code", name="uq_warehouses_code"),
        _names("calendar", "calendars", "name"),
        CheckConstraint("(capacity is null) = (capacity_unit is null)", name="capacity_unit"),
        CheckConstraint("(opens is null) = (closes is null) and opens < closes", name="hours"),
    )

    code: Mapped[str]
    name: Mapped[str | None]
    country: Mapped[str | None]
    time_zone: Mapped[str]
    working_days: Mapped[str]
    cut_off: Mapped[time | None]
    calendar: Mapped[str | None]
    capacity: Mapped[int | None]
    capacity_unit: Mapped[str | None]
    opens: Mapped[time | None]
    closes: Mapped[time | None]
    party_id: Mapped[str | None]
    address: Mapped[str | None]
    city: Mapped[str | None]
    postal_code: Mapped[str | None]
    import_id: Mapped[UUID | None]
    as_of: Mapped[datetime] = mapped_column(Instant)


class TransitTime(Tenanted, Base):
    """Working days from a warehouse to a fulfilment centre, a zone or a country; all of them '' = anywhere, mode '' = any."""

    __tablename__ = "transit_times"
    __table_args__ = (
        UniqueConstraint("organization_id", "origin", "centre", "zone", "country", "mode", name="uq_transit_times_way"),
        _names("origin", "warehouses", "code", gone="CASCADE"),
        CheckConstraint("days >= 0", name="days_not_negative"),
    )

    origin: Mapped[str]
    centre: Mapped[str] = mapped_column(default="")
    zone: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="")
    mode: Mapped[str] = mapped_column(default="")
    days: Mapped[int]
    import_id: Mapped[UUID | None]
    as_of: Mapped[datetime] = mapped_column(Instant)


class FulfilmentCentre(Tenanted, Base):
    """A fulfilment centre of Amazon's, as the customer knows it. marketplace_id '' = not said. `working_days`: the days on
    which it receives goods, as digits; null = every day that the road takes."""

    __tablename__ = "fulfilment_centres"
    __table_args__ = (
        UniqueConstraint("organization_id", "code", name="uq_fulfilment_centres_code"),
        _names("calendar", "calendars", "name"),
    )

    code: Mapped[str]
    marketplace_id: Mapped[str] = mapped_column(default="")
    zone: Mapped[str | None]
    country: Mapped[str | None]
    city: Mapped[str | None]
    postal_code: Mapped[str | None]
    working_days: Mapped[str | None]
    calendar: Mapped[str | None]
    import_id: Mapped[UUID | None]
    as_of: Mapped[datetime] = mapped_column(Instant)


class StockPool(Tenanted, Base):
    """A warehouse that serves a marketplace and a vendor code ('' = every one). `rank`: lower gives first."""

    __tablename__ = "stock_pools"
    __table_args__ = (
        UniqueConstraint("organization_id", "marketplace_id", "vendor_code", "warehouse", name="uq_stock_pools_member"),
        _names("warehouse", "warehouses", "code"),
    )

    marketplace_id: Mapped[str] = mapped_column(default="")
    vendor_code: Mapped[str] = mapped_column(default="")
    warehouse: Mapped[str]
    rank: Mapped[int | None]
    import_id: Mapped[UUID | None]
    as_of: Mapped[datetime] = mapped_column(Instant)


class Carrier(Tenanted, Base):
    """Who carries the goods. `working_days`: the days on which it picks up and delivers, as digits, 1 is Monday."""

    __tablename__ = "carriers"
    __table_args__ = (
        UniqueConstraint("organization_id", "name", name="uq_carriers_name"),
        _names("calendar", "calendars", "name"),
    )

    name: Mapped[str]
    working_days: Mapped[str]
    calendar: Mapped[str | None]
    import_id: Mapped[UUID | None]
    as_of: Mapped[datetime] = mapped_column(Instant)


class VendorTerms(Tenanted, Base):
    """What holds for a vendor code: who pays freight, the unit its orders are in, how goods travel, and from where.
    `transport`: road, air or ocean, as shipments tell Amazon; null = by road."""

    __tablename__ = "vendor_terms"
    __table_args__ = (
        UniqueConstraint("organization_id", "vendor_code", name="uq_vendor_terms_code"),
        _names("warehouse", "warehouses", "code"),
        _names("carrier", "carriers", "name"),
    )

    vendor_code: Mapped[str]
    freight: Mapped[str | None]
    uom: Mapped[str | None]
    mode: Mapped[str | None]
    warehouse: Mapped[str | None]
    carrier: Mapped[str | None]
    transport: Mapped[str | None]
    import_id: Mapped[UUID | None]
    as_of: Mapped[datetime] = mapped_column(Instant)
