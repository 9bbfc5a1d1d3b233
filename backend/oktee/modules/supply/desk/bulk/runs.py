"""What a worker goes on with in somebody's name, on many orders or exceptions: how it begins, who it is, how far it is."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.access.workspaces import find_membership
from oktee.journal.record import Subject, person, record
from oktee.kit import operations, work
from oktee.kit.database import tenant_session, widened
from oktee.kit.errors import Forbidden, NotFound
from oktee.kit.operations import Operation
from oktee.modules.supply.desk.bulk.wire import BulkProgress, Refusal, RunError
from oktee.modules.supply.desk.tables import BulkRun
from oktee.notify.outbox import publish

REFUSED_KEPT: Final = 500


@dataclass(frozen=True, slots=True)
class Doer:
    """Who acts, as a worker knows them when the request is long over."""

    user_id: str
    name: str
    email: str
    role: str
    session_id: str
    address: str

    @classmethod
    def of(cls, run: BulkRun) -> "Doer":
        return cls(**{field.name: run.actor[field.name] for field in fields(cls)})

    async def as_they_are(self, organization_id: UUID, permission: str) -> Caller:
        """With the role, the permissions and the scope that they have now. Raises Forbidden for whoever belongs to the
        workspace no more, or may not do it any more: asked before each order, for a run may last an hour."""
        now = await find_membership(organization_id, UUID(self.user_id))
        if now is None:
            raise Forbidden(f"{self.name} does not belong to the workspace any more.")
        asked_by = Caller(
            organization_id, "", UUID(self.user_id), self.name, self.email, self.role, frozenset(), (),
            UUID(self.session_id), "en", "UTC", "EUR", self.address,
        )  # fmt: skip
        caller = replace(asked_by, role=now.role, scope=now.scope, permissions=now.permissions)
        if not caller.may(permission):
            raise Forbidden(f"The role of {self.name} does not include {permission} any more.")
        return caller


async def begin_run(
    session: AsyncSession,
    caller: Caller,
    kind: work.Kind,
    *,
    unit: str,
    action: str,
    reason: str | None,
    ids: Sequence[UUID],
    details: Mapping[str, Any],
    said: Mapping[str, Any],
) -> UUID:
    """Hand it to a worker, in this transaction; answers the operation by which it is watched. `unit`: what `ids` are;
    `said`: how the audit log words it."""
    async with widened(session):  # an operation speaks of the workspace; the ids are within the scope
        operation = Operation(kind=f"{unit}.bulk", unit=unit, total=len(ids), created_by=caller.user_id)
        session.add(operation)
        await session.flush()
        doer = Doer(str(caller.user_id), caller.name, caller.email, caller.role, str(caller.session_id), caller.address)
        run = BulkRun(
            operation_id=operation.id, user_id=caller.user_id, actor=asdict(doer), action=action, reason=reason,
            details=dict(details), object_ids=list(ids), refused=[],
        )  # fmt: skip
        session.add(run)
        await session.flush()
        await work.schedule(session, kind, str(run.id))
        await record(
            session, f"{unit}.bulk_asked", actor=person(caller), subject=Subject("operation", str(operation.id), action),
            audit=True, payload=dict(said),
        )  # fmt: skip
        await publish(session, "operation.changed", operation_id=str(operation.id))
        return operation.id


class Going:
    """A run as the worker that goes through it keeps it: how far it is, and what was refused."""

    def __init__(self, item: work.Item, run: BulkRun) -> None:
        self._item = item
        self.id, self.operation_id, self.asked_by = run.id, run.operation_id, Doer.of(run)
        self.ids, self.done = list(run.object_ids), run.done
        self.refused, self.refused_count = list(run.refused), run.refused_count

    @classmethod
    async def taken_up(cls, session: AsyncSession, item: work.Item) -> tuple["Going", BulkRun] | None:
        """None: there is no such run any more."""
        await item.guard(session)
        run = await session.get(BulkRun, UUID(item.key))
        return None if run is None else (cls(item, run), run)

    def refuse(self, several: Sequence[Refusal]) -> None:
        """All are counted, and the first are kept."""
        self.refused_count += len(several)
        kept = several[: max(0, REFUSED_KEPT - len(self.refused))]
        self.refused += [one.model_dump(mode="json") for one in kept]

    async def note(self, *, told: bool = True) -> bool:
        """Write down how far it is, and tell who watches. True: somebody wishes it to end."""
        async with tenant_session(self._item.organization_id) as session:
            await self._item.guard(session)
            values = {"done": self.done, "refused": self.refused, "refused_count": self.refused_count}
            await session.execute(update(BulkRun).where(BulkRun.id == self.id).values(values))
            cancelled = await operations.advance(session, self.operation_id, done=self.done)
            if told:
                await publish(session, "operation.changed", operation_id=str(self.operation_id))
            return cancelled

    async def end(
        self, gone: Forbidden | None, *, cancelled: bool, result: Mapping[str, Any], says: Sequence[str] = ()
    ) -> None:
        """`gone`: why the person may not go on; `says`: what is published beside."""
        error = None if gone is None else {"code": gone.code, "detail": gone.detail}
        stopped = cancelled and self.done < len(self.ids)
        state = "failed" if gone is not None else "cancelled" if stopped else "done"
        told = {**result, "refused": self.refused, "refused_count": self.refused_count}
        async with self._item.record() as session:
            await operations.finish(session, self.operation_id, state=state, result=told, error=error)
            await publish(session, "operation.changed", operation_id=str(self.operation_id))
            for topic in says:
                await publish(session, topic)


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
        action=run.action, state=operation.state, done=run.done, total=len(run.object_ids),
        refused=[Refusal.model_validate(one) for one in run.refused], refused_count=run.refused_count,
        error=RunError.model_validate(operation.error) if operation.error else None,
    )  # fmt: skip
