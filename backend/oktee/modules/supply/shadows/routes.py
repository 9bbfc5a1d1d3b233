"""Supply / Automation rules / Shadow: what a version would decide of the orders that arrive."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from oktee.access.caller import Caller, CallerIn, Session, needs
from oktee.modules.supply.rule_sets.routes import RulesHidden
from oktee.modules.supply.shadows import asking, wire
from oktee.modules.supply.simulations.changed import LinePage

router = APIRouter(prefix="/rules/{rule_id}/shadow")
READ = [needs("rules.read")]
WRITE = [needs("rules.write")]


@router.get("", dependencies=READ)
async def get_rule_shadow(session: Session, caller: CallerIn, rule_id: UUID) -> wire.ShadowReport:
    """The version of this rule that is in shadow, or the last that was, and how it would have differed."""
    _whole(caller)
    return await asking.show(session, rule_id)


@router.post("", status_code=201, dependencies=WRITE)
async def start_rule_shadow(
    session: Session, caller: CallerIn, rule_id: UUID, body: wire.ShadowIn
) -> wire.ShadowReport:
    """Let a version decide beside the running rules. Nothing is sent, held or reserved by it."""
    _whole(caller)
    await asking.start(session, caller, rule_id, body)
    return await asking.show(session, rule_id)


@router.delete("", status_code=204, dependencies=WRITE)
async def stop_rule_shadow(session: Session, caller: CallerIn, rule_id: UUID) -> None:
    """Take the version out of shadow; what it noted stays."""
    _whole(caller)
    await asking.stop(session, caller, rule_id)


@router.get("/lines", dependencies=READ)
async def list_shadow_lines(
    session: Session,
    caller: CallerIn,
    rule_id: UUID,
    kind: Annotated[wire.ShadowKind, Query(alias="class")],
    page: Annotated[LinePage, Depends()],
) -> wire.ShadowLines:
    """Lines of a kind by SKU."""
    _whole(caller)
    return await asking.list_lines(session, rule_id, kind, page)


def _whole(caller: Caller) -> None:
    if caller.scope is not None:
        raise RulesHidden("Rules speak of the whole workspace, and you see a part of it.")
