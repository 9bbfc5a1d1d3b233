"""Supply / Orders: where each order is, how much of it we take, what its clock says; and confirming it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.access.caller import Caller, CallerIn, Session, needs
from oktee.access.idempotency import identified, replayed, replayed_apart
from oktee.kit.database import tenant_session, widened
from oktee.kit.errors import OKTeeError
from oktee.modules.supply import answering, cost_wire
from oktee.modules.supply.answers.protocol import OPEN
from oktee.modules.supply.asking import FILTER, WhereIn, narrowed, read_fields
from oktee.modules.supply.confirming import confirm_as_shown
from oktee.modules.supply.cost_showing import estimate_costs, sum_costs
from oktee.modules.supply.decided import answers_of
from oktee.modules.supply.detail import answer_of, read_detail, second_people
from oktee.modules.supply.drafting import hold, release_hold, save_draft, stop_scheduled
from oktee.modules.supply.hands import hands_of
from oktee.modules.supply.rows import list_rows
from oktee.modules.supply.sight import must_see_all, seen_lines
from oktee.modules.supply.summing import group_orders, summarize
from oktee.modules.supply.wire.answers import Answer, BulkProblem, BulkResult, BulkResults
from oktee.modules.supply.wire.asked import BulkConfirmationIn, BulkOrder, ConfirmationIn, DraftIn, HoldIn
from oktee.modules.supply.wire.detail import OrderDetail, SecondPeople
from oktee.modules.supply.wire.lines import LineSharing, WhatIf
from oktee.modules.supply.wire.lists import OrderGroups, OrderList, OrdersSummary
from oktee.modules.supply.wondering import ask_sharing, ask_what_if

router = APIRouter()
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]
CONFLICT = {409: {"description": "The order, its decision or its answer moved", "model": BulkProblem}}


@router.get("/orders", dependencies=[needs("orders.read")], openapi_extra=FILTER)
async def list_orders(
    session: Session,
    where: WhereIn,
    sort: str = "clock",
    group: Annotated[str | None, Query(description="sort by this first, so that its groups stand together")] = None,
    fields: Annotated[
        str | None, Query(max_length=1000, description="only these fields of each row, and its id")
    ] = None,
    totals: Annotated[bool, Query(description="count and sums over all that match")] = True,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> OrderList:
    """Orders, by time left unless asked otherwise."""
    only = read_fields(fields)
    found = await list_rows(session, where, sort=sort, limit=limit, after=after, group=group, totals=totals)
    found.hands = await hands_of(session, [row.id for row in found.rows])
    return found if only is None else narrowed(found, only)


@router.get("/orders/summary", dependencies=[needs("orders.read")], openapi_extra=FILTER)
async def get_orders_summary(session: Session, where: WhereIn) -> OrdersSummary:
    """How many orders each view holds under a filter, and what they add up to."""
    return await summarize(session, where.conditions(with_view=False))


@router.get("/orders/groups", dependencies=[needs("orders.read")], openapi_extra=FILTER)
async def get_order_groups(session: Session, where: WhereIn, by: str) -> OrderGroups:
    """The groups of a list: how many orders each holds, and what they add up to."""
    return await group_orders(session, where.conditions(), by=by)


@router.get("/orders/{order_id}", dependencies=[needs("orders.read")])
async def get_order(session: Session, order_id: UUID) -> OrderDetail:
    """One order: its lines with the reasons, its answers with their proof, its history."""
    return await read_detail(session, order_id)


@router.get("/orders/{order_id}/lines/{sequence}/what-if", dependencies=[needs("orders.read")])
async def get_line_what_if(
    session: Session, order_id: UUID, sequence: str, quantity: Annotated[int | None, Query(ge=1, le=10**9)] = None
) -> WhatIf:
    """What alone would have given `quantity` of a line (eaches; by default all of it), with today's stock and settings:
    the rules run again over one changed input at a time. Smallest change first."""
    return await ask_what_if(session, order_id, sequence=sequence, quantity=quantity)


@router.get("/orders/{order_id}/lines/{sequence}/sharing", dependencies=[needs("orders.read")])
async def get_line_sharing(caller: CallerIn, order_id: UUID, sequence: str) -> LineSharing:
    """What the line would get of scarce stock, with today's stock and the orders that wait for it, if another strategy
    came first: the batch decided again under each. Changes nothing."""
    return await ask_sharing(caller, order_id, sequence=sequence)


@router.post("/orders/{order_id}/expected-costs", dependencies=[needs("orders.read")])
async def estimate_order_costs(session: Session, order_id: UUID, body: cost_wire.CostsIn) -> cost_wire.OrderCosts:
    """What an answer may cost in Amazon's charges, with these quantities in place of what is decided, and what each other
    answer may cost: an estimate over the fee rules and the history of now. Changes nothing."""
    return await estimate_costs(session, order_id, body.lines)


@router.post("/expected-costs", dependencies=[needs("orders.read")])
async def sum_expected_costs(session: Session, body: cost_wire.SumsIn) -> cost_wire.CostSums:
    """What the decisions on these orders may cost, as it was estimated when each was made. Changes nothing."""
    return await sum_costs(session, body.orders)


@router.post("/second-people", dependencies=[needs("orders.read")])
async def list_second_people(session: Session, body: cost_wire.SumsIn) -> SecondPeople:
    """Of these orders those whose answer tells Amazon not to order a product again and so waits for a second person: who
    chose that, and who can confirm it. Changes nothing."""
    return await second_people(session, body.orders)


@router.put("/orders/{order_id}/draft", dependencies=[needs("orders.confirm")], responses={409: CONFLICT[409]})
async def put_draft(session: Session, caller: CallerIn, order_id: UUID, body: DraftIn) -> OrderDetail:
    """Change the answer to some lines; nothing is sent."""
    mine = await seen_lines(session, order_id)
    async with widened(session):
        await save_draft(session, caller, order_id, body, mine=mine)
    return await read_detail(session, order_id)


@router.post(
    "/orders/{order_id}/confirmation",
    status_code=201,
    dependencies=[needs("orders.confirm")],
    responses={409: CONFLICT[409]},
)
async def confirm_order(
    session: Session,
    caller: CallerIn,
    order_id: UUID,
    body: ConfirmationIn,
    request: Request,
    response: Response,
    idempotency_key: Key = None,
) -> Answer:
    """Confirm the decision that the page showed: the answer is planned now and sent by the worker."""
    asked = await identified(request, caller.user_id)
    async with replayed(session, idempotency_key, asked, response, Answer) as replay:
        if replay.answer is None:
            replay.answer = await _confirm(session, caller, order_id, body)
    assert replay.answer is not None
    return replay.answer


async def _confirm(
    session: AsyncSession, caller: Caller, order_id: UUID, body: ConfirmationIn, *, many: bool = False
) -> Answer:
    return answer_of(await confirm_as_shown(session, caller, order_id, body, many=many))


@router.post("/confirmations", dependencies=[needs("orders.confirm")])
async def confirm_orders(
    caller: CallerIn,
    body: BulkConfirmationIn,
    request: Request,
    response: Response,
    idempotency_key: Key = None,
) -> BulkResults:
    """Confirm a review sheet: each order by itself, so that one order's fault stops no other."""
    asked = await identified(request, caller.user_id)
    kept = replayed_apart(caller.organization_id, idempotency_key, asked, response, BulkResults)
    async with kept as replay:  # no transaction is open here: a sheet of 500 would hold a second connection all along
        if replay.answer is None:
            ordered = sorted(body.orders, key=lambda order: str(order.id))
            replay.answer = BulkResults(results=[await _confirm_one(caller, one) for one in ordered])
    return replay.answer


async def _confirm_one(caller: Caller, one: BulkOrder) -> BulkResult:
    """One order of a sheet, in its own transaction. What this person planned by this decision before stays planned: a
    sheet that was cut off half-way is sent again as it is."""
    try:
        async with tenant_session(caller.organization_id, caller.scope) as session:
            answer = await _confirm(session, caller, one.id, one, many=True)
        return BulkResult(id=one.id, ok=True, answer=answer, problem=None)
    except OKTeeError as error:
        if isinstance(error, answering.AnswerInFlight | answering.AlreadyAnswered):
            async with tenant_session(caller.organization_id, caller.scope) as session:
                newest = (await answers_of(session, one.id))[-1:]
            for planned in newest:
                theirs = (planned.decision_id, planned.planned_by_id) == (one.decision_id, caller.user_id)
                if theirs and planned.state in (*OPEN, "seen"):
                    return BulkResult(id=one.id, ok=True, answer=answer_of(planned), problem=None)
        problem = BulkProblem(code=error.code, detail=error.detail)
        return BulkResult(id=one.id, ok=False, answer=None, problem=problem)


@router.post("/orders/{order_id}/hold", dependencies=[needs("orders.hold")], responses={409: CONFLICT[409]})
async def hold_order(session: Session, caller: CallerIn, order_id: UUID, body: HoldIn) -> OrderDetail:
    """Hold an order: nothing is sent until somebody releases or confirms it."""
    await must_see_all(session, order_id)
    async with widened(session):
        await hold(session, caller, order_id, body.reason)
    return await read_detail(session, order_id)


@router.delete("/orders/{order_id}/hold", dependencies=[needs("orders.hold")], responses={409: CONFLICT[409]})
async def release_order(session: Session, caller: CallerIn, order_id: UUID) -> OrderDetail:
    """Release a held order: the rules look at it again."""
    await must_see_all(session, order_id)
    async with widened(session):
        await release_hold(session, caller, order_id)
    return await read_detail(session, order_id)


@router.delete("/orders/{order_id}/scheduled", dependencies=[needs("orders.hold")], responses={409: CONFLICT[409]})
async def stop_scheduled_answer(session: Session, caller: CallerIn, order_id: UUID) -> OrderDetail:
    """Stop an answer that would be sent by itself; the order is held."""
    await must_see_all(session, order_id)
    async with widened(session):
        await stop_scheduled(session, caller, order_id)
    return await read_detail(session, order_id)


@router.post(
    "/orders/{order_id}/decision",
    status_code=202,
    dependencies=[needs("orders.confirm")],
    responses={409: CONFLICT[409]},
)
async def decide_order_again(session: Session, caller: CallerIn, order_id: UUID) -> OrderDetail:
    """Run the rules again on this order, with the catalogue and stock of now; a person's edits are replaced."""
    await must_see_all(session, order_id)
    async with widened(session):
        await release_hold(session, caller, order_id)
    return await read_detail(session, order_id)
