"""What a worker goes on with in somebody's name, on many orders or exceptions: how it begins, who it is, how far it is."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller
from oktee.access.workspaces import find_membership
from oktee.journal.record import Subject, person, record
from oktee.kit import operations, work
from oktee.kit.database import widened
from oktee.kit.errors import Forbidden, NotFound
from oktee.kit.operations import Operation
from oktee.modules.supply.desk.bulk.wire import BulkProgress, Refusal
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


def why_ended(gone: Forbidden | None, *, cancelled: bool) -> tuple[str, dict[str, str] | None]:
    """The state in which a run ends, and its error."""
    if gone is not None:
        return "failed", {"code": gone.code, "detail": gone.detail}
    return ("cancelled" if cancelled else "done"), None


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
        refused=[Refusal.model_validate(one) for one in run.refused],
    )  # fmt: skip
