"""Supply / Automation rules / Simulation."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import Response as File

from oktee.access.caller import Caller, CallerIn, Session, needs
from oktee.modules.supply.rule_sets.routes import RulesHidden
from oktee.modules.supply.simulations import asking, exporting, wire
from oktee.modules.supply.simulations.changed import LinePage

router = APIRouter(prefix="/rules/simulations")
READ = [needs("rules.read")]
WRITE = [needs("rules.write")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("", dependencies=READ)
async def list_simulations(session: Session, caller: CallerIn, rule_id: UUID | None = None) -> wire.SimulationList:
    """The latest simulations, newest first."""
    _whole(caller)
    return await asking.list_latest(session, rule_id)


@router.post("", status_code=202, dependencies=WRITE)
async def simulate_rule(
    session: Session, caller: CallerIn, body: wire.SimulationIn, response: Response
) -> wire.SimulationRow:
    """Ask a draft about past orders, against the stock as it was then. Changes nothing."""
    _whole(caller)
    made = await asking.ask(session, caller, body)
    response.headers["Location"] = f"/api/v1/{caller.slug}/operations/{made.operation_id}"
    return asking.row(made)


@router.get("/{simulation_id}", dependencies=READ)
async def get_simulation(session: Session, caller: CallerIn, simulation_id: UUID) -> wire.SimulationOut:
    """A simulation and what came out so far."""
    _whole(caller)
    return await asking.show(session, simulation_id)


@router.delete("/{simulation_id}", status_code=202, dependencies=WRITE)
async def stop_simulation(session: Session, caller: CallerIn, simulation_id: UUID) -> None:
    """Stop a simulation; what it found until then stays."""
    _whole(caller)
    await asking.stop(session, caller, simulation_id)


@router.get("/{simulation_id}/lines", dependencies=READ)
async def list_simulation_lines(
    session: Session,
    caller: CallerIn,
    simulation_id: UUID,
    kind: Annotated[wire.ChangeKind, Query(alias="class")],
    page: Annotated[LinePage, Depends()],
) -> wire.SimulationLines:
    """Lines of a kind by SKU."""
    _whole(caller)
    return await asking.list_lines(session, simulation_id, kind, page)


@router.get("/{simulation_id}/file", dependencies=READ, response_class=File, responses={200: {"content": {XLSX: {}}}})
async def export_simulation(session: Session, caller: CallerIn, simulation_id: UUID) -> File:
    """The sums and the lines that were kept, as a spreadsheet."""
    _whole(caller)
    content = await exporting.as_xlsx(session, simulation_id, caller.locale)
    name = f"oktee-simulation-{simulation_id.hex[-8:]}.xlsx"
    return File(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _whole(caller: Caller) -> None:
    if caller.scope is not None:
        raise RulesHidden("Rules speak of the whole workspace, and you see a part of it.")
