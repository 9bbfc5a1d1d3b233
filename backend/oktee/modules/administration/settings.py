"""Settings: one form per module, made from the module's own model; saved whole, against a version, with what changed."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import CallerIn, Session, needs
from oktee.access.tables import ModuleSettings
from oktee.access.workspaces import names_of
from oktee.amazon.connection.lifecycle import ACTIVE
from oktee.amazon.connection.tables import AmazonConnection
from oktee.journal.record import Actor, Subject, person, record
from oktee.kit.errors import Conflict, FieldError, Invalid, NotFound, field_error
from oktee.kit.module import Module, installed
from oktee.kit.work import schedule
from oktee.notify.outbox import publish

router = APIRouter(prefix="/settings")

ModuleName = Annotated[str, Path(max_length=40)]


class SettingsChanged(Conflict):
    """Somebody saved these settings after the person had read them."""


class SettingsForm(BaseModel):
    """`form` is the JSON schema of the module's settings model: fields with `readOnly` are changed elsewhere."""

    module: str
    form: dict[str, Any]
    value: dict[str, Any]
    version: int
    updated_at: datetime | None
    updated_by: str | None


class SettingsIn(BaseModel):
    """The values that change (what is left out stays), and the version they were read as."""

    model_config = ConfigDict(extra="forbid")

    value: dict[str, Any] = Field(max_length=200)
    version: int = Field(ge=1)


@router.get("/{module}", dependencies=[needs("settings.manage")])
async def get_settings(session: Session, module: ModuleName) -> SettingsForm:
    """The form and its values."""
    return await _form(session, _module(module))


@router.put("/{module}", dependencies=[needs("settings.manage")])
async def put_settings(session: Session, caller: CallerIn, module: ModuleName, body: SettingsIn) -> SettingsForm:
    """Save. Raises Invalid naming each wrong field, SettingsChanged when the version is not the one read."""
    declared = _module(module)
    changes = await store_settings(session, declared, body, updated_by=caller.user_id)
    if changes:
        await settings_changed(session, declared, changes, actor=person(caller))
    session.expire_all()
    return await _form(session, declared)


async def store_settings(
    session: AsyncSession, declared: Module, body: SettingsIn, *, updated_by: UUID | None
) -> list[dict[str, Any]]:
    """Write the row and nothing else; answers what changed. Raises Invalid naming each wrong field, SettingsChanged."""
    module, model = declared.name, declared.settings
    assert model is not None
    row = (
        await session.scalars(select(ModuleSettings).where(ModuleSettings.module == module).with_for_update())
    ).first()
    if body.version != (row.version if row else 1):
        raise SettingsChanged("Somebody has saved these settings meanwhile. Look at them again before you save.")
    before = _validated(model, row.value if row else {})
    after = _validated(model, before | _known(model, body.value) | _fixed(model, before))
    for name, kept in _fixed(model, before).items():
        if name in body.value and body.value[name] != kept:
            raise field_error(f"/value/{name}", "read_only", "This is changed on its own screen, not here.")
    changes = [
        {"field": name, "was": before[name], "now": after[name]} for name in after if before[name] != after[name]
    ]
    if changes:
        statement = (
            insert(ModuleSettings)
            .values(module=module, value=after, version=2, updated_by=updated_by)
            .on_conflict_do_update(
                constraint="pk_module_settings",
                set_={
                    "value": after,
                    "version": ModuleSettings.version + 1,
                    "updated_by": updated_by,
                    "updated_at": func.now(),
                },
                where=ModuleSettings.version == body.version,
            )
            .returning(ModuleSettings.version)
        )
        if (await session.scalar(statement)) is None:
            raise SettingsChanged("Somebody has saved these settings meanwhile. Look at them again before you save.")
    return changes


async def settings_changed(
    session: AsyncSession, declared: Module, changes: list[dict[str, Any]], *, actor: Actor
) -> None:
    """What follows from a change: the journal, the jobs that look again, the live event."""
    await record(
        session, "settings.changed", actor=actor, audit=True,
        subject=Subject("settings", declared.name, declared.title), payload={"module": declared.name, "changes": changes},
    )  # fmt: skip
    await look_again(session, declared)
    await publish(session, "settings.changed", module=declared.name)


async def read_form(session: AsyncSession, module: str) -> SettingsForm:
    """The form and its values, for whoever may see them. Raises NotFound."""
    return await _form(session, _module(module))


def _module(name: str) -> Module:
    found = next((each for each in installed().modules if each.name == name and each.settings is not None), None)
    if found is None:
        raise NotFound("There are no settings of that name.")
    return found


def _validated(model: type[BaseModel], value: dict[str, Any]) -> dict[str, Any]:
    """As JSON. Raises Invalid with one error per field."""
    try:
        return model.model_validate(value).model_dump(mode="json")
    except ValidationError as error:
        raise Invalid(
            "These settings cannot be saved as they are.",
            errors=tuple(
                FieldError("/value/" + "/".join(str(part) for part in fault["loc"]), fault["type"], fault["msg"])
                for fault in error.errors()
            ),
        ) from None


def _known(model: type[BaseModel], value: dict[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(value) - set(model.model_fields))
    if unknown:
        raise field_error(f"/value/{unknown[0]}", "unknown_setting", "There is no such setting.")
    return value


def _fixed(model: type[BaseModel], value: dict[str, Any]) -> dict[str, Any]:
    """The fields that another screen changes, as they are."""
    fields = model.model_json_schema()["properties"]
    return {name: value[name] for name, field in fields.items() if field.get("readOnly")}


async def look_again(session: AsyncSession, module: Module) -> None:
    """What follows from data follows from settings too: its jobs look again, for every connection."""
    live = (
        await session.scalars(
            select(AmazonConnection.id).where(AmazonConnection.status == ACTIVE).order_by(AmazonConnection.id)
        )
    ).all()
    for _, kind in sorted({kind.name: kind for kind in module.after.values()}.items()):
        for connection_id in live:
            await schedule(session, kind, str(connection_id))


async def _form(session: AsyncSession, module: Module) -> SettingsForm:
    model = module.settings
    assert model is not None
    row = (await session.scalars(select(ModuleSettings).where(ModuleSettings.module == module.name))).first()
    by: UUID | None = row.updated_by if row else None
    return SettingsForm(
        module=module.name,
        form=model.model_json_schema(),
        value=_validated(model, row.value if row else {}),
        version=row.version if row else 1,
        updated_at=row.updated_at if row else None,
        updated_by=(await names_of([by])).get(by) if by else None,
    )
