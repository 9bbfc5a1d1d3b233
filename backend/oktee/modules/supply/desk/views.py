"""Saved views of a list: a filter, columns and a sort under a name, private or shared; and each person's own layout."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Text, cast, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller, CallerIn, Session, needs
from oktee.journal.record import Subject, person, record
from oktee.kit.database import organization_of
from oktee.kit.errors import Conflict, Forbidden, Invalid, NotFound
from oktee.kit.undo import can_return
from oktee.modules.supply.asking import terms_of
from oktee.modules.supply.desk.tables import SavedView, ViewLayout
from oktee.modules.supply.filters import FIELDS
from oktee.modules.supply.forgetting import forget_later
from oktee.modules.supply.sorting import GROUPS, SORTS

views_router = APIRouter(tags=["views"])
Page = Literal["orders"]
READ = [needs("orders.read")]
MOST = 50
"""Views one person may keep for one page."""


class NameTaken(Conflict):
    """This person has a view of that name already."""


class NotYours(Forbidden):
    """A shared view is changed by who made it, or by who manages the workspace's settings."""


class TooManyViews(Conflict):
    """One person keeps at most fifty views of a page."""


class Column(BaseModel):
    """A column of a layout, at its place."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=40)
    width: int | None = Field(default=None, ge=24, le=800)
    pinned: bool = False


Density = Literal["compact", "comfortable"]


class ViewIn(BaseModel):
    """A view to save. `filters`: what the address says, by name."""

    model_config = ConfigDict(extra="forbid")

    page: Page = "orders"
    name: str = Field(min_length=1, max_length=60)
    shared: bool = False
    filters: dict[str, str] = Field(default={}, max_length=40)
    columns: list[Column] = Field(default=[], max_length=60)
    sort: str | None = None
    grouped: str | None = None
    density: Density | None = None
    is_default: bool = False


class ViewPatch(BaseModel):
    """What to change of a view; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=60)
    shared: bool | None = None
    filters: dict[str, str] | None = Field(default=None, max_length=40)
    columns: list[Column] | None = Field(default=None, max_length=60)
    sort: str | None = None
    grouped: str | None = None
    density: Density | None = None
    is_default: bool | None = None


class ViewOut(BaseModel):
    """A saved view. `mine`: the reader may change it."""

    id: UUID
    page: str
    name: str
    shared: bool
    mine: bool
    owner_name: str
    filters: dict[str, str]
    columns: list[Column]
    sort: str | None
    grouped: str | None
    density: str | None
    is_default: bool


class LayoutIn(BaseModel):
    """How a person wants the columns of one view."""

    model_config = ConfigDict(extra="forbid")

    columns: list[Column] = Field(max_length=60)
    density: Density | None = None


class Layout(LayoutIn):
    """A layout and the view it is of: the id of a saved view, or the name of a built-in one."""

    view: str


class ViewList(BaseModel):
    """The views of a page that the reader sees, their own first, and their layouts."""

    views: list[ViewOut]
    layouts: list[Layout]


@views_router.get("", dependencies=READ)
async def list_views(session: Session, caller: CallerIn, page: Page = "orders") -> ViewList:
    """Own views, those that others share, and how the reader lays them out."""
    statement = (
        select(SavedView)
        .where(
            SavedView.page == page,
            SavedView.deleted_at.is_(None),
            or_(SavedView.owner_id == caller.user_id, SavedView.shared),
        )
        .order_by((SavedView.owner_id == caller.user_id).desc(), func.lower(SavedView.name), SavedView.id)
    )
    found = (await session.execute(statement)).scalars().all()
    gone = select(cast(SavedView.id, Text)).where(SavedView.page == page, SavedView.deleted_at.is_not(None))
    laid = select(ViewLayout).where(
        ViewLayout.page == page, ViewLayout.user_id == caller.user_id, ViewLayout.view.not_in(gone)
    )
    layouts = (await session.execute(laid)).scalars().all()
    return ViewList(
        views=[_out(view, caller) for view in found],
        layouts=[
            Layout.model_validate({"view": one.view, "columns": one.columns, "density": one.density}) for one in layouts
        ],
    )


@views_router.post("", status_code=201, dependencies=READ)
async def create_view(session: Session, caller: CallerIn, body: ViewIn) -> ViewOut:
    """Save a view."""
    await _check(session, caller, body.filters, body.sort, body.grouped)
    await _lock(session, caller.user_id, body.page)
    await _room(session, caller.user_id, body.page)
    await _free_name(session, caller.user_id, body.page, body.name, None)
    if body.is_default:
        await _no_default(session, caller.user_id, body.page)
    made = SavedView(
        page=body.page, name=body.name.strip(), owner_id=caller.user_id, owner_name=caller.name, shared=body.shared,
        filters=body.filters, columns=[column.model_dump() for column in body.columns], sort=body.sort,
        grouped=body.grouped, density=body.density, is_default=body.is_default,
    )  # fmt: skip
    session.add(made)
    await session.flush()
    if made.shared:
        await _note(session, caller, made, "view.shared")
    return _out(made, caller)


@views_router.patch("/{view_id}", dependencies=READ)
async def change_view(session: Session, caller: CallerIn, view_id: UUID, body: ViewPatch) -> ViewOut:
    """Rename, share, or change what a view shows."""
    view = await _mine(session, caller, view_id)
    changes = body.model_dump(exclude_unset=True)
    await _check(session, caller, body.filters or {}, body.sort, body.grouped)
    if body.name is not None:
        changes["name"] = body.name.strip()
        if view.owner_id is not None:
            await _free_name(session, view.owner_id, view.page, body.name, view.id)
    if body.is_default and view.owner_id is not None:
        await _no_default(session, view.owner_id, view.page)
    shared_before = view.shared
    for name, value in changes.items():
        if value is not None or name in ("sort", "grouped", "density"):
            setattr(view, name, value)
    await session.flush()
    if shared_before or view.shared:
        kind = "view.changed" if shared_before == view.shared else "view.shared" if view.shared else "view.withdrawn"
        await _note(session, caller, view, kind)
    return _out(view, caller)


@views_router.delete("/{view_id}", status_code=204, dependencies=READ)
async def delete_view(session: Session, caller: CallerIn, view_id: UUID) -> None:
    """Delete a view; the orders stay. For a minute it can be given back."""
    view = await _mine(session, caller, view_id)
    if view.shared:
        await _note(session, caller, view, "view.deleted")
    view.deleted_at = await session.scalar(select(func.now()))
    await forget_later(session)


@views_router.post("/{view_id}/restoration", dependencies=READ)
async def restore_view(session: Session, caller: CallerIn, view_id: UUID) -> ViewOut:
    """Give back a view that was deleted less than a minute ago, with everybody's columns of it. Raises NameTaken when
    its name was given to another meanwhile."""
    view = await _mine(session, caller, view_id, can_return(SavedView.deleted_at))
    if view.owner_id is not None:
        await _room(session, view.owner_id, view.page)
        await _free_name(session, view.owner_id, view.page, view.name, view.id)
    view.deleted_at = None
    await session.flush()
    if view.shared:
        await _note(session, caller, view, "view.restored")
    return _out(view, caller)


@views_router.put("/layouts/{view}", dependencies=READ)
async def put_view_layout(
    session: Session, caller: CallerIn, view: str, body: LayoutIn, page: Annotated[Page, Query()] = "orders"
) -> Layout:
    """Keep how this person lays out the columns of a view."""
    if len(view) > 60:
        raise NotFound("There is no such view.")
    columns = [column.model_dump() for column in body.columns]
    values = {"columns": columns, "density": body.density}
    statement = insert(ViewLayout).values(user_id=caller.user_id, page=page, view=view, **values)
    await session.execute(
        statement.on_conflict_do_update(constraint="pk_view_layouts", set_=values | {"updated_at": func.now()})
    )
    return Layout(view=view, columns=body.columns, density=body.density)


def _out(view: SavedView, caller: Caller) -> ViewOut:
    columns = [Column.model_validate(column) for column in view.columns]
    return ViewOut(
        id=view.id, page=view.page, name=view.name, shared=view.shared, mine=_may_change(view, caller),
        owner_name=view.owner_name, filters=view.filters, columns=columns, sort=view.sort, grouped=view.grouped,
        density=view.density, is_default=view.is_default and view.owner_id == caller.user_id,
    )  # fmt: skip


def _may_change(view: SavedView, caller: Caller) -> bool:
    return view.owner_id == caller.user_id or (view.shared and caller.may("settings.manage"))


async def _mine(
    session: AsyncSession, caller: Caller, view_id: UUID, which: ColumnElement[bool] = SavedView.deleted_at.is_(None)
) -> SavedView:
    whose = (await session.execute(select(SavedView.owner_id, SavedView.page).where(SavedView.id == view_id))).first()
    if whose is None:
        raise NotFound("There is no such view.")
    await _lock(session, whose.owner_id, whose.page)  # before the row, as whoever makes another one the default
    found = await session.scalar(select(SavedView).where(SavedView.id == view_id, which).with_for_update())
    if found is None or not (found.shared or found.owner_id == caller.user_id):
        raise NotFound("There is no such view.")
    if not _may_change(found, caller):
        raise NotYours(f"{found.owner_name} made this view. Save your own from it.")
    return found


async def _check(
    session: AsyncSession, caller: Caller, filters: dict[str, str], sort: str | None, grouped: str | None
) -> None:
    """A view that could not be opened is not saved."""
    fields = {name: value for name, value in filters.items() if name in FIELDS}
    await terms_of(session, fields, caller.time_zone)
    if sort is not None and sort not in SORTS:
        raise Invalid(f"Sort by one of {', '.join(SORTS)}.")
    if grouped is not None and grouped not in GROUPS:
        raise Invalid(f"Group by one of {', '.join(GROUPS)}.")
    if any(len(name) > 60 or len(value) > 4000 for name, value in filters.items()):
        raise Invalid("This filter is too long.")


async def _lock(session: AsyncSession, owner_id: UUID | None, page: str) -> None:
    """One change of a person's views at a time, whoever makes it: names, room and the default are checked for their owner
    before they are written."""
    key = f"views/{organization_of(session)}/{owner_id}/{page}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))


async def _room(session: AsyncSession, owner_id: UUID, page: str) -> None:
    kept = (SavedView.page == page, SavedView.owner_id == owner_id, SavedView.deleted_at.is_(None))
    if (await session.scalar(select(func.count()).where(*kept)) or 0) >= MOST:
        raise TooManyViews(f"You keep {MOST} views of this page already. Delete one first.")


async def _free_name(session: AsyncSession, owner_id: UUID, page: str, name: str, but: UUID | None) -> None:
    statement = select(SavedView.id).where(
        SavedView.page == page,
        SavedView.owner_id == owner_id,
        SavedView.deleted_at.is_(None),
        func.lower(SavedView.name) == name.strip().lower(),
    )
    found = await session.scalar(statement)
    if found is not None and found != but:
        raise NameTaken("You have a view of that name. Choose another.")


async def _no_default(session: AsyncSession, owner_id: UUID, page: str) -> None:
    theirs = (SavedView.page == page, SavedView.owner_id == owner_id)
    await session.execute(update(SavedView).where(*theirs).values(is_default=False))


async def _note(session: AsyncSession, caller: Caller, view: SavedView, kind: str) -> None:
    await record(
        session, kind, actor=person(caller), subject=Subject("view", str(view.id), view.name), audit=True,
        payload={"page": view.page},
    )  # fmt: skip
