"""Supply / Automation rules: the list, versions, and what people do with them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from oktee.access.caller import Caller, CallerIn, Session, needs
from oktee.kit.errors import Forbidden, NotFound
from oktee.modules.supply.rule_sets import enabling, files, looking, ordering, telling, trying, watching, wire, writing
from oktee.modules.supply.rules.body import RuleBody, differences

router = APIRouter(prefix="/rules")


class RulesHidden(Forbidden):
    """Rules speak of the whole workspace; whoever sees a part of it does not see them."""


READ = [needs("rules.read")]
WRITE = [needs("rules.write")]


@router.get("", dependencies=READ)
async def list_rules(session: Session, caller: CallerIn) -> wire.RuleList:
    """All rules in their order, with what they did in the last 28 days."""
    return await looking.list_rules(session, caller)


@router.get("/choices", dependencies=READ)
async def get_rule_choices(session: Session) -> wire.RuleChoices:
    """What conditions can name, and rules to start with."""
    return await looking.read_choices(session)


@router.get("/listeners", dependencies=READ)
async def list_rule_listeners(session: Session, caller: CallerIn) -> wire.RuleListeners:
    """Who is told when the caller enables a version."""
    _whole(caller)
    return wire.RuleListeners(names=await telling.read_told(session, caller))


@router.get("/file", dependencies=READ)
async def export_rules(session: Session, caller: CallerIn, response: Response) -> wire.RuleFile:
    """All rules as a file."""
    _whole(caller)
    response.headers["Content-Disposition"] = 'attachment; filename="oktee-rules.json"'
    return files.export_file(await looking.read_rules(session), looking.running_of)


@router.post("/file", status_code=201, dependencies=WRITE)
async def import_rules(session: Session, caller: CallerIn, body: wire.RuleFile) -> wire.RulesImported:
    """Make drafts of the rules of a file."""
    return await files.import_rules(session, caller, body)


@router.put("/order", status_code=204, dependencies=WRITE)
async def reorder_rules(session: Session, caller: CallerIn, body: wire.RuleOrderIn) -> None:
    """Choose which rule is asked first."""
    await ordering.reorder(session, caller, body.ids)


@router.post("/evaluate", dependencies=READ)
async def evaluate_rule(session: Session, caller: CallerIn, body: wire.EvaluateIn) -> wire.Evaluation:
    """Ask a draft about the last lines that it would decide. Changes nothing."""
    return await trying.evaluate(session, caller, body)


@router.post("", status_code=201, dependencies=WRITE)
async def create_rule(session: Session, caller: CallerIn, body: wire.RuleIn) -> wire.RuleDetail:
    """A new rule, as a draft."""
    made = await writing.create(session, caller, body)
    return await looking.get_rule(session, made)


@router.get("/{rule_id}", dependencies=READ)
async def get_rule(session: Session, caller: CallerIn, rule_id: UUID) -> wire.RuleDetail:
    """One rule with its versions."""
    _whole(caller)
    return await looking.get_rule(session, rule_id)


@router.delete("/{rule_id}", status_code=204, dependencies=WRITE)
async def delete_rule(session: Session, caller: CallerIn, rule_id: UUID) -> None:
    """Throw a draft away."""
    await writing.delete(session, caller, rule_id)


@router.post("/{rule_id}/versions", status_code=201, dependencies=WRITE)
async def save_rule_version(
    session: Session, caller: CallerIn, rule_id: UUID, body: wire.RuleVersionIn
) -> wire.RuleDetail:
    """Save a new version; it decides nothing until it is enabled."""
    await writing.add_version(session, caller, rule_id, body)
    return await looking.get_rule(session, rule_id)


@router.post("/{rule_id}/enable", dependencies=WRITE)
async def enable_rule(session: Session, caller: CallerIn, rule_id: UUID, body: wire.EnableRuleIn) -> wire.RuleDetail:
    """Let a version decide, now or from a moment on."""
    await enabling.enable(session, caller, rule_id, body)
    await session.flush()
    return await looking.get_rule(session, rule_id)


@router.post("/{rule_id}/bring-back", dependencies=WRITE)
async def bring_rule_back(session: Session, caller: CallerIn, rule_id: UUID, body: wire.BringBackIn) -> wire.RuleDetail:
    """Let an earlier version decide again at once, as a new one."""
    await enabling.bring_back(session, caller, rule_id, body.version)
    await session.flush()
    return await looking.get_rule(session, rule_id)


@router.get("/{rule_id}/watch", dependencies=READ)
async def get_rule_watch(session: Session, caller: CallerIn, rule_id: UUID) -> wire.RuleWatchReport:
    """The first seven days of the version that decides, beside the seven days before and its simulation."""
    _whole(caller)
    return wire.RuleWatchReport(watch=await watching.read_watch(session, rule_id))


@router.post("/{rule_id}/pause", status_code=204, dependencies=WRITE)
async def pause_rule(session: Session, caller: CallerIn, rule_id: UUID) -> None:
    """Stop a rule; its lines fall to the rules after it."""
    await ordering.pause(session, caller, rule_id)


@router.delete("/{rule_id}/pause", status_code=204, dependencies=WRITE)
async def resume_rule(session: Session, caller: CallerIn, rule_id: UUID) -> None:
    """Let a paused rule decide again."""
    await ordering.resume(session, caller, rule_id)


@router.post("/{rule_id}/duplicate", status_code=201, dependencies=WRITE)
async def duplicate_rule(session: Session, caller: CallerIn, rule_id: UUID) -> wire.RuleDetail:
    """A draft that says the same."""
    return await looking.get_rule(session, await writing.duplicate(session, caller, rule_id))


@router.get("/{rule_id}/differences", dependencies=READ)
async def get_rule_differences(
    session: Session,
    caller: CallerIn,
    rule_id: UUID,
    was: Annotated[int, Query(ge=1)],
    now: Annotated[int, Query(ge=1)],
) -> wire.Differences:
    """What one version says otherwise than another."""
    _whole(caller)
    versions = {one.number: one.body for one in (await looking.get_rule(session, rule_id)).versions}
    if was not in versions or now not in versions:
        raise NotFound("This rule has no such version.")
    changes = differences(RuleBody.model_validate(versions[was]), RuleBody.model_validate(versions[now]))
    return wire.Differences(was=was, now=now, changes=[wire.Difference.model_validate(one) for one in changes])


def _whole(caller: Caller) -> None:
    if caller.scope is not None:
        raise RulesHidden("Rules speak of the whole workspace, and you see a part of it.")
