"""What an organization sets for Supply: who sends answers, and how fast its warehouse is; the rules have their own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.tables import ModuleSettings
from oktee.catalog.places import places
from oktee.modules.supply.rules.allocation.demand import Allocation, Strategy
from oktee.modules.supply.rules.settings import Settings

Mode = Literal["suggest", "delayed", "at_once"]
Fallback = Literal["DO_NOTHING", "ACCEPT_AVAILABLE", "ACCEPT_ALL", "SEND_PARTIAL_HOLD_AS_ACCEPTED"]
Tier = Literal[
    "PRIORITY", "EARLIEST_WINDOW_END", "MARGIN", "FEE_AVOIDANCE", "FILL_AVOIDANCE", "FAIR_SHARE", "FIFO", "NONE"
]
MODULE = "supply"
ELSEWHERE: dict[str, JsonValue] = {"readOnly": True}
"""Changed on the automation screen, since more follows from it than a value."""
Group = Literal["answering", "people", "stock", "sharing", "dates", "shipments"]
Unit = Literal["minutes", "hours", "days", "orders"]


def _of(group: Group, unit: Unit | None = None) -> dict[str, JsonValue]:
    """Under which heading of the form a setting stands, and what its number counts; headings come in the order of the model."""
    return {"group": group} | ({} if unit is None else {"unit": unit})


class SupplySettings(BaseModel):
    """Stored per organization. `automation_since`: automatic sending acts only on orders available after this moment."""

    model_config = ConfigDict(extra="ignore")

    mode: Mode = Field(
        "suggest",
        description="suggest: people send; delayed: sent after n minutes; at_once",
        json_schema_extra=_of("answering") | ELSEWHERE,
    )
    delay_minutes: int = Field(20, ge=1, le=720, json_schema_extra=_of("answering", "minutes"))
    automation_since: datetime | None = Field(None, json_schema_extra=_of("answering") | ELSEWHERE)
    automation_changed_by: str | None = Field(None, json_schema_extra=_of("answering") | ELSEWHERE)
    paused_mode: Mode | None = Field(None, json_schema_extra=_of("answering") | ELSEWHERE)
    """All of automation is paused: the mode is suggest, and this one comes back when it is resumed."""
    paused_at: datetime | None = Field(None, json_schema_extra=_of("answering") | ELSEWHERE)
    fallback: Fallback = Field(
        "DO_NOTHING",
        description="an hour before the end of the 24: nothing; what is there; all; what is decided, and held lines whole",
        json_schema_extra=_of("answering") | ELSEWHERE,
    )
    fallback_changed_by: str | None = Field(None, json_schema_extra=_of("answering") | ELSEWHERE)
    first_orders: int = Field(
        5,
        ge=0,
        le=1000,
        description="so many orders of an account are answered by people before one leaves by itself; 0: none",
        json_schema_extra=_of("people", "orders"),
    )
    new_places: bool = Field(
        True,
        description="an order of a vendor code or to a destination that none had before does not leave by itself",
        json_schema_extra=_of("people"),
    )
    second_person: bool = Field(
        False,
        description="whoever chooses a reason that ends a product at Amazon does not send it: somebody else with the right does",
        json_schema_extra=_of("people"),
    )
    receipt_margin_days: int = Field(
        7,
        ge=0,
        le=60,
        description="announced receipts count so many days after the day they are announced for",
        json_schema_extra=_of("stock", "days"),
    )
    absorb_after_hours: int = Field(
        6,
        ge=0,
        le=168,
        description="a later stock file absorbs a reservation after this",
        json_schema_extra=_of("stock", "hours"),
    )
    collect_minutes: int = Field(
        15,
        ge=0,
        le=120,
        description="orders that came short of stock wait so long for others that share it; 0: none waits",
        json_schema_extra=_of("sharing", "minutes"),
    )
    scarce_first: Tier = Field("PRIORITY", description="who gets scarce stock first", json_schema_extra=_of("sharing"))
    scarce_then: Tier = Field(
        "EARLIEST_WINDOW_END", description="among those that are equal so far", json_schema_extra=_of("sharing")
    )
    scarce_last: Tier = Field("FIFO", description="among those that are still equal", json_schema_extra=_of("sharing"))
    priority_list: str = Field(
        "",
        max_length=1000,
        description="marketplaces (DE), vendor codes, order types and destinations, first to last, with commas between",
        json_schema_extra=_of("sharing"),
    )
    handling_days: int = Field(1, ge=0, le=30, json_schema_extra=_of("dates", "days"))
    transit_days: int = Field(2, ge=0, le=30, json_schema_extra=_of("dates", "days"))
    gs1_prefix: str = Field(
        "",
        pattern=r"^([0-9]{7,10})?$",
        description="company prefix of the numbers on containers",
        json_schema_extra=_of("shipments"),
    )
    ship_from_id: str = Field(
        "", max_length=40, description="the warehouse as Amazon knows it", json_schema_extra=_of("shipments")
    )
    ship_from_name: str = Field("", max_length=80, json_schema_extra=_of("shipments"))
    ship_from_line1: str = Field("", max_length=120, json_schema_extra=_of("shipments"))
    ship_from_city: str = Field("", max_length=80, json_schema_extra=_of("shipments"))
    ship_from_postal_code: str = Field("", max_length=20, json_schema_extra=_of("shipments"))
    ship_from_country: str = Field("", pattern=r"^([A-Z]{2})?$", json_schema_extra=_of("shipments"))

    def base(self) -> Settings:
        """What is of the warehouse and not of a rule, as the pure rules take it."""
        tiers = (Strategy(tier) for tier in (self.scarce_first, self.scarce_then, self.scarce_last) if tier != "NONE")
        names = (name.strip() for name in self.priority_list.split(","))
        priority = ((place.id if (place := places.find(name)) else name) for name in names if name)
        sends = self.mode != "suggest"  # a person looks at every order there
        return Settings(
            training_orders=self.first_orders if sends else 0,
            hold_unknown_places=self.new_places and sends,
            handling_days=self.handling_days,
            transit_days=self.transit_days,
            receipt_margin_days=self.receipt_margin_days,
            allocation=Allocation(tuple(dict.fromkeys(tiers)), tuple(dict.fromkeys(priority))),
        )


async def read_settings(session: AsyncSession) -> tuple[SupplySettings, int]:
    """The settings and their version (1 while nobody changed them)."""
    found = (await session.execute(kept_settings())).all()
    return settings_in(found), found[0].version if found else 1


def kept_settings() -> Select[Any]:
    """What is stored of them: no row while nobody changed them."""
    return select(ModuleSettings.value, ModuleSettings.version).where(ModuleSettings.module == MODULE)


def settings_in(rows: Sequence[Any]) -> SupplySettings:
    """Of the rows of `kept_settings`."""
    return SupplySettings.model_validate(rows[0].value) if rows else SupplySettings()


async def settings_to_change(session: AsyncSession) -> SupplySettings:
    """The settings for whoever writes them in this transaction: another writer waits until it has ended, so that neither
    brings back what the other changed."""
    first = insert(ModuleSettings).values(module=MODULE, value=SupplySettings().model_dump(mode="json"), version=1)
    await session.execute(first.on_conflict_do_nothing(constraint="pk_module_settings"))
    row = select(ModuleSettings.value).where(ModuleSettings.module == MODULE).with_for_update()
    return SupplySettings.model_validate(await session.scalar(row))


async def write_settings(session: AsyncSession, value: SupplySettings, *, by: UUID | None) -> int:
    """Store them, and whose change it is; answers the new version."""
    body = value.model_dump(mode="json")
    statement = (
        insert(ModuleSettings)
        .values(module=MODULE, value=body, version=2, updated_by=by)
        .on_conflict_do_update(
            constraint="pk_module_settings",
            set_={
                "value": body,
                "version": ModuleSettings.version + 1,
                "updated_by": by,
                "updated_at": func.now(),
            },
        )
        .returning(ModuleSettings.version)
    )
    return int((await session.execute(statement)).scalar_one())
