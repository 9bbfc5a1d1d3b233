"""Acts on many orders: chosen by id or by a filter, done at once when they are few, else by a worker one can stop.

Rejecting is no such act, and neither is sending: answers leave through the review sheet, which shows each of them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.access.scope import Scope
from oktee.access.workspaces import organization_zone
from oktee.amazon.mirror.purchase_orders import PurchaseOrder
from oktee.journal.record import Subject, person, record
from oktee.kit import operations, work
from oktee.kit.clock import now
from oktee.kit.database import organization_of, tenant_session, widened
from oktee.kit.errors import Conflict, Invalid, NotFound, OKTeeError
from oktee.kit.operations import Operation
from oktee.modules.supply.asking import terms_of
from oktee.modules.supply.desk.handing import HANDING, check_hands, hand
from oktee.modules.supply.desk.tables import BulkRun
from oktee.modules.supply.drafting import hold, release_hold, undo_hold
from oktee.modules.supply.proposing import propose, read_inputs
from oktee.modules.supply.rows import Filter, read_filter
from oktee.modules.supply.rule_sets.reading import read_book
from oktee.modules.supply.settings import read_settings
from oktee.modules.supply.sight import must_see_all
from oktee.modules.supply.summing import joined
from oktee.modules.supply.tables import OrderState
from oktee.notify.outbox import publish

Action = Literal["hold", "release", "undo_hold", "decide", "answered_outside", "assign", "tag", "untag"]
MOST: Final = 10_000
AT_ONCE: Final = 25
"""So many orders are done while the person waits; more are handed to a worker."""
PREVIEWED: Final = 100
REFUSED_KEPT: Final = 500
WAITS: Final = ("to_confirm", "scheduled", "held", "send_failed", "changed")


class CountMoved(Conflict):
    """Other orders match now than those that were counted."""


class FilterIn(BaseModel):
    """A filter of the Orders list as its address says it."""

    model_config = ConfigDict(extra="forbid")

    view: str = "all"
    mp: str | None = None
    vc: str | None = None
    brand: str | None = None
    status: str | None = None
    q: str | None = Field(default=None, max_length=6000)
    filter: dict[str, str] = {}


class ChosenIn(BaseModel):
    """Which orders: `ids`, or a `filter` with how many matched when it was looked at."""

    model_config = ConfigDict(extra="forbid")

    ids: list[UUID] | None = Field(default=None, min_length=1, max_length=MOST)
    filter: FilterIn | None = None
    expected_count: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_way(self) -> "ChosenIn":
        if (self.ids is None) == (self.filter is None):
            raise ValueError("Give ids or a filter, one of them.")
        if self.filter is not None and self.expected_count is None:
            raise ValueError("With a filter say how many orders it matched: expected_count.")
        return self


class BulkIn(ChosenIn):
    """What to do with them. `reason`: for holding, and for what was answered outside OKTee. `person_id` or `team_id`:
    to whom they are given, neither: to nobody. `tags`: which are put on them or taken off."""

    action: Action
    reason: str | None = Field(default=None, min_length=1, max_length=500)
    person_id: UUID | None = None
    team_id: UUID | None = None
    tags: list[UUID] | None = Field(default=None, max_length=20)

    @model_validator(mode="after")
    def _reasoned(self) -> "BulkIn":
        if self.action in ("hold", "answered_outside") and not (self.reason or "").strip():
            raise ValueError("Say why: reason.")
        if self.action != "assign" and (self.person_id or self.team_id):
            raise ValueError("A person or a team is named when orders are given to them.")
        if self.person_id and self.team_id:
            raise ValueError("Name a person or a team.")
        if (self.action in ("tag", "untag")) != bool(self.tags):
            raise ValueError("Name tags when orders are marked with them, at least one.")
        return self

    def what(self) -> "Act":
        return Act(self.action, self.reason, self.person_id, self.team_id, tuple(self.tags or ()))


@dataclass(frozen=True, slots=True)
class Act:
    """One act, the same for every order."""

    action: str
    reason: str | None = None
    person_id: UUID | None = None
    team_id: UUID | None = None
    tags: tuple[UUID, ...] = ()

    def details(self) -> dict[str, Any]:
        """As it is kept with the run."""
        return {
            "person_id": str(self.person_id) if self.person_id else None,
            "team_id": str(self.team_id) if self.team_id else None,
            "tags": [str(tag) for tag in self.tags],
        }

    @classmethod
    def of(cls, run: BulkRun) -> "Act":
        kept = run.details
        person_id, team_id = (UUID(kept[name]) if kept.get(name) else None for name in ("person_id", "team_id"))
        return cls(run.action, run.reason, person_id, team_id, tuple(UUID(tag) for tag in kept.get("tags", ())))


class Refusal(BaseModel):
    """An order that refused, and why."""

    id: UUID
    po_number: str
    code: str
    detail: str


class BulkOutcome(BaseModel):
    """What became of it. `operation_id`: a worker goes through them; then `done` counts up there."""

    action: str
    orders: int
    done: int
    ids: list[UUID]
    refused: list[Refusal]
    operation_id: UUID | None


class BulkProgress(BaseModel):
    """How far a worker is with an act that this person asked for."""

    action: str
    state: str
    done: int
    total: int
    refused: list[Refusal]


class Forecast(BaseModel):
    """What the rules would propose for one order now, beside what is proposed."""

    id: UUID
    po_number: str
    asked: int
    taken_was: int | None
    taken: int
    backordered_was: int | None
    backordered: int
    cut_was: int | None
    cut: int
    held: bool


class BulkPreview(BaseModel):
    """What running the rules again would change: of the first hundred chosen orders that still wait."""

    orders: int
    waiting: int
    looked_at: int
    changed: list[Forecast]


@dataclass(frozen=True, slots=True)
class Doer:
    """Who acts, as a worker knows them when the request is long over."""

    user_id: str
    name: str
    email: str
    role: str
    session_id: str
    address: str

    def caller(self, organization_id: UUID) -> Caller:
        return Caller(
            organization_id, "", UUID(self.user_id), self.name, self.email, self.role, frozenset(), (),
            UUID(self.session_id), "en", "UTC", "EUR", self.address,
        )  # fmt: skip


def doer(caller: Caller) -> Doer:
    return Doer(str(caller.user_id), caller.name, caller.email, caller.role, str(caller.session_id), caller.address)


async def filter_of(session: AsyncSession, given: FilterIn, time_zone: str, user_id: UUID) -> Filter:
    """`user_id`: who `me` is. Raises Invalid."""
    terms = await terms_of(session, given.filter, time_zone, user_id=user_id)
    return read_filter(
        view=given.view, mp=given.mp, vc=given.vc, brand=given.brand, status=given.status, q=given.q, terms=terms
    )


async def choose(session: AsyncSession, caller: Caller, chosen: ChosenIn) -> list[UUID]:
    """The orders, by id. Raises CountMoved, Invalid for too many."""
    statement = joined(PurchaseOrder.id).order_by(PurchaseOrder.id).limit(MOST + 1)
    if chosen.ids is not None:
        statement = statement.where(PurchaseOrder.id.in_(chosen.ids))
    else:
        assert chosen.filter is not None
        where = await filter_of(session, chosen.filter, caller.time_zone, caller.user_id)
        statement = statement.where(*where.conditions())
    found = list((await session.execute(statement)).scalars())
    if len(found) > MOST:
        raise Invalid(f"One act takes at most {MOST} orders. Narrow the filter.")
    expected = len(set(chosen.ids)) if chosen.ids is not None else chosen.expected_count
    if len(found) != expected:
        raise CountMoved(f"{len(found)} orders match now, not {expected}. Look at the list again, then repeat.")
    return found


async def begin(caller: Caller, body: BulkIn) -> BulkOutcome:
    """Do it, or hand it to a worker. Each order has a transaction of its own: one's fault stops no other."""
    async with tenant_session(caller.organization_id, caller.scope) as session:
        ids = await choose(session, caller, body)
        await check_hands(session, person_id=body.person_id, team_id=body.team_id, tags=body.tags or ())
        if len(ids) > AT_ONCE:
            async with widened(session):  # an operation speaks of the workspace; the ids are within the scope
                return await _hand_over(session, caller, body, ids)
    outcome = BulkOutcome(action=body.action, orders=len(ids), done=0, ids=[], refused=[], operation_id=None)
    for order_id in ids:
        refusal = await act(caller.organization_id, caller, caller.scope, order_id, body.what())
        if refusal is None:
            outcome.done += 1
            outcome.ids.append(order_id)
        else:
            outcome.refused.append(refusal)
    return outcome


async def _hand_over(session: AsyncSession, caller: Caller, body: BulkIn, ids: list[UUID]) -> BulkOutcome:
    operation = Operation(kind="orders.bulk", unit="orders", total=len(ids), created_by=caller.user_id)
    session.add(operation)
    await session.flush()
    run = BulkRun(
        operation_id=operation.id, user_id=caller.user_id,
        actor=asdict(doer(caller)) | {"scope": caller.scope.store() if caller.scope else None},
        action=body.action, reason=body.reason, details=body.what().details(), order_ids=ids, refused=[],
    )  # fmt: skip
    session.add(run)
    await session.flush()
    await work.schedule(session, BULK, str(run.id))
    await record(
        session, "orders.bulk_asked", actor=person(caller), subject=Subject("operation", str(operation.id), body.action),
        audit=True, payload={"action": body.action, "orders": len(ids), "reason": body.reason},
    )  # fmt: skip
    await publish(session, "operation.changed", operation_id=str(operation.id))
    return BulkOutcome(action=body.action, orders=len(ids), done=0, ids=[], refused=[], operation_id=operation.id)


async def act(organization_id: UUID, caller: Caller, scope: Scope | None, order_id: UUID, wish: Act) -> Refusal | None:
    """One order, in its own transaction; what it refused."""
    try:
        async with tenant_session(organization_id, scope) as session:
            if wish.action in HANDING:
                await hand(session, caller, order_id, wish)
                return None
            await must_see_all(session, order_id)
            async with widened(session):
                await _do(session, caller, order_id, action=wish.action, reason=wish.reason)
        return None
    except OKTeeError as error:
        async with tenant_session(organization_id, scope) as session:
            number = await session.scalar(select(PurchaseOrder.po_number).where(PurchaseOrder.id == order_id))
        return Refusal(id=order_id, po_number=number or "", code=error.code, detail=error.detail)


async def _do(session: AsyncSession, caller: Caller, order_id: UUID, *, action: str, reason: str | None) -> None:
    if action in ("release", "decide"):
        await release_hold(session, caller, order_id)
        return
    if action == "undo_hold":
        await undo_hold(session, caller, order_id)
        return
    await hold(session, caller, order_id, reason or "")
    if action == "answered_outside":
        # Nobody's word is proof: the order is held, its clock runs on, and Amazon's own status ends it (observing.py).
        order = await session.get_one(PurchaseOrder, order_id)
        await record(
            session, "order.said_answered", actor=person(caller),
            subject=Subject("order", str(order_id), order.po_number), payload={"reason": reason}, audit=True,
            marketplace_id=order.marketplace_id, vendor_code=order.vendor_code, brand=order.brand,
        )  # fmt: skip


async def run_bulk(item: work.Item) -> None:
    """Order by order; a worker that takes over goes on behind the last one that was noted. Stops at a wish to cancel."""
    run_id, organization = UUID(item.key), item.organization_id
    async with tenant_session(organization) as session:
        await item.guard(session)
        run = await session.get(BulkRun, run_id)
        if run is None:
            return
        ids, done, refused = list(run.order_ids), run.done, list(run.refused)
        operation_id, wish = run.operation_id, Act.of(run)
        actor = dict(run.actor)
    scope = Scope.read(actor.pop("scope"))
    caller = Doer(**actor).caller(organization)
    cancelled = False
    while done < len(ids) and not cancelled:
        refusal = await act(organization, caller, scope, ids[done], wish)
        done += 1
        if refusal is not None and len(refused) < REFUSED_KEPT:
            refused.append(refusal.model_dump(mode="json"))
        async with tenant_session(organization) as session:
            await item.guard(session)
            values = {"done": done, "refused": refused}
            await session.execute(update(BulkRun).where(BulkRun.id == run_id).values(values))
            cancelled = await operations.advance(session, operation_id, done=done)
            if done % 20 == 0:
                await publish(session, "operation.changed", operation_id=str(operation_id))
    stopped = cancelled and done < len(ids)
    result = {"action": wish.action, "orders": len(ids), "done": done - len(refused), "refused": refused}
    async with item.record() as session:
        await operations.finish(session, operation_id, state="cancelled" if stopped else "done", result=result)
        await publish(session, "operation.changed", operation_id=str(operation_id))


BULK: Final = work.Kind("bulk_orders", run=run_bulk, queue="bulk", timeout=3600.0, attempts=20)
"""Key: the run's id."""


async def preview(session: AsyncSession, caller: Caller, chosen: ChosenIn) -> BulkPreview:
    """Runs the rules on the first chosen orders that wait, with the catalogue and stock of now. Changes nothing."""
    ids = await choose(session, caller, chosen)
    statement = (
        joined(PurchaseOrder, OrderState)
        .where(PurchaseOrder.id.in_(ids), OrderState.status.in_(WAITS))
        .order_by(OrderState.clock_key, PurchaseOrder.id)
    )
    waiting = [(order, state) for order, state in (await session.execute(statement)).all()]
    looked_at = waiting[:PREVIEWED]
    for order, _ in looked_at:
        await must_see_all(session, order.id)
    zone = await organization_zone(organization_of(session))
    changed: list[Forecast] = []
    async with widened(session):
        settings, _ = await read_settings(session)
        book = await read_book(session, settings.base(), now())
        for group in _by_connection(looked_at):
            orders = [order for order, _ in group]
            inputs = await read_inputs(session, orders, settings=settings, book=book, zone=zone, now=now(), lock=False)
            states = {order.po_number: (order, state) for order, state in group}
            for proposal in propose(inputs):
                order, state = states[proposal.number]
                found = Forecast(
                    id=order.id, po_number=order.po_number, asked=order.units, taken_was=state.taken,
                    taken=proposal.totals.accepted, backordered_was=state.backordered,
                    backordered=proposal.totals.backordered, cut_was=state.cut, cut=proposal.totals.rejected,
                    held=proposal.held,
                )  # fmt: skip
                was = (found.taken_was, found.backordered_was, found.cut_was, state.status == "held")
                if was != (found.taken, found.backordered, found.cut, found.held):
                    changed.append(found)
    return BulkPreview(orders=len(ids), waiting=len(waiting), looked_at=len(looked_at), changed=changed)


def _by_connection(found: Sequence[tuple[PurchaseOrder, OrderState]]) -> list[list[tuple[PurchaseOrder, OrderState]]]:
    groups: dict[UUID, list[tuple[PurchaseOrder, OrderState]]] = {}
    for order, state in found:
        groups.setdefault(order.connection_id, []).append((order, state))
    return list(groups.values())


async def progress_of(session: AsyncSession, caller: Caller, operation_id: UUID, *, stop: bool = False) -> BulkProgress:
    """How far one's own act is; `stop` asks it to end at the next order. Raises NotFound, also for somebody else's."""
    run = await session.scalar(select(BulkRun).where(BulkRun.operation_id == operation_id))
    if run is None or run.user_id != caller.user_id:
        raise NotFound("There is no such act.")
    async with widened(session):
        operation = await operations.get_operation(session, operation_id)
        if stop and operation.state in ("queued", "running"):
            await operations.request_cancel(session, operation_id)
    return BulkProgress(
        action=run.action, state=operation.state, done=run.done, total=len(run.order_ids),
        refused=[Refusal.model_validate(one) for one in run.refused],
    )  # fmt: skip
