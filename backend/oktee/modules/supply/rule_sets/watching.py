"""The first seven days of an enabled version, beside the seven days before it and what its simulation said."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.clock import now as present
from oktee.kit.database import organization_of
from oktee.kit.errors import NotFound
from oktee.modules.supply.rule_sets import wire
from oktee.modules.supply.rule_sets.looking import read_rules, running_of
from oktee.modules.supply.rule_sets.tables import STANDARD_ID, RuleSet, RuleSetVersion
from oktee.modules.supply.rules.simulation.sums import Partial
from oktee.modules.supply.simulations.tables import Simulation

WATCHED = timedelta(days=7)
SHOWN = timedelta(days=14)
"""So long after enabling the card is there."""
MOVED = 0.02
"""Two points: less than that is chance."""
LEAST = 20
"""Orders that both spans need before they are compared."""

_ORDERS = """with o as (
      select s.purchase_order_id, s.decision_id from order_states s
      where s.organization_id = :org and s.became_available_at >= :since and s.became_available_at < :until
        and s.decision_id is not null and s.status <> 'cancelled')"""
_LINES = text(
    f"""{_ORDERS}
    select count(distinct o.purchase_order_id) as orders, count(*) as lines, coalesce(sum(l.asked), 0) as asked,
      coalesce(sum(coalesce(l.taken, 0) + coalesce(l.backordered, 0)), 0) as confirmed,
      count(*) filter (where l.decided_by_type = 'person') as changed,
      count(*) filter (where l.rule_set_id = :rule) as of_rule
    from o join decision_lines l on l.organization_id = :org and l.decision_id = o.decision_id where l.asked > 0"""  # noqa: S608 - constants only
)
_HELD = text(
    f"""{_ORDERS}
    select count(*) from o where exists (
      select from decisions d where d.organization_id = :org and d.purchase_order_id = o.purchase_order_id
        and d.decided_by_type = 'rule' and (d.hold <> '[]'::jsonb or exists (
          select from decision_lines l where l.organization_id = :org and l.decision_id = d.id
            and l.hold <> '[]'::jsonb)))"""  # noqa: S608 - constants only
)
_MONEY = text(
    f"""{_ORDERS}
    select a.value ->> 'currency' as currency, sum((a.value ->> 'asked')::numeric) as asked,
      sum((a.value ->> 'cut')::numeric) as cut
    from o join decisions d on d.organization_id = :org and d.id = o.decision_id
      cross join lateral jsonb_array_elements(d.totals -> 'amounts') a
    group by 1 order by 1"""  # noqa: S608 - constants only
)


async def read_watch(session: AsyncSession, rule_id: UUID) -> wire.RuleWatch | None:
    """None when nothing is to be watched. Raises NotFound."""
    found = next((one for one in await read_rules(session) if one[0].id == rule_id), None)
    if found is None:
        raise NotFound("There is no such rule.")
    return await watch_of(session, *found)


async def watch_of(session: AsyncSession, rule: RuleSet, versions: Sequence[RuleSetVersion]) -> wire.RuleWatch | None:
    """The same of a rule that was read."""
    running = running_of(versions)
    now = present()
    if rule.state != "on" or running is None or running.activates_at is None or running.activates_at < now - SHOWN:
        return None
    if rule.id == STANDARD_ID and running.number == 1:
        return None  # nobody enabled it: everybody begins with it
    since = running.activates_at
    until = since + WATCHED
    of_now, lines_of_rule = await _sums(session, rule.id, since, min(now, until))
    of_before, _ = await _sums(session, rule.id, since - WATCHED, since)
    enough = min(of_now.orders, of_before.orders) >= LEAST
    return wire.RuleWatch(
        version=running.number,
        since=since,
        until=until,
        over=until <= now,
        enough=enough,
        worse=worse(of_before, of_now) if enough else [],
        least=LEAST,
        lines_of_rule=lines_of_rule,
        before_version=_before(versions, running),
        before=of_before,
        now=of_now,
        simulated=await _simulated(session, running),
    )


def worse(before: wire.WatchedSums, now: wire.WatchedSums) -> list[wire.WatchedFigure]:
    """The figures that are two points or more worse than in the days before."""
    was, is_ = _shares(before), _shares(now)
    return [name for name, share in is_.items() if share - was.get(name, share) >= MOVED]


def _shares(sums: wire.WatchedSums) -> dict[wire.WatchedFigure, float]:
    """What of each is not as one wants it, as a share."""
    shares: dict[wire.WatchedFigure, float] = {}
    if sums.confirmation is not None:
        shares["confirmation"] = 1 - sums.confirmation
    if sums.orders:
        shares["held"] = sums.held / sums.orders
    if sums.lines:
        shares["changed"] = sums.changed / sums.lines
    cut = [float(one.cut) / float(one.asked) for one in sums.money if float(one.asked) > 0]
    if cut:
        shares["cut"] = max(cut)
    return shares


def _before(versions: Sequence[RuleSetVersion], running: RuleSetVersion) -> int | None:
    """The version that decided before the running one."""
    earlier = [
        (one.activates_at, one.number)
        for one in versions
        if one.activates_at is not None
        and running.activates_at is not None
        and (one.activates_at, one.number) < (running.activates_at, running.number)
    ]
    return max(earlier)[1] if earlier else None


async def _sums(session: AsyncSession, rule_id: UUID, since: datetime, until: datetime) -> tuple[wire.WatchedSums, int]:
    """The figures of the orders that came in this time, and how many of their lines this rule decided."""
    asked: dict[str, Any] = {"org": organization_of(session), "since": since, "until": until}
    lines = (await session.execute(_LINES, asked | {"rule": rule_id})).one()
    held = (await session.execute(_HELD, asked)).scalar_one()
    money = (await session.execute(_MONEY, asked)).all()
    return (
        wire.WatchedSums(
            orders=lines.orders,
            lines=lines.lines,
            asked=lines.asked,
            confirmed=lines.confirmed,
            confirmation=round(lines.confirmed / lines.asked, 6) if lines.asked else None,
            held=held,
            changed=lines.changed,
            money=[
                wire.WatchedMoney(currency=row.currency, asked=_plain(row.asked), cut=_plain(row.cut)) for row in money
            ],
        ),
        lines.of_rule,
    )


def _plain(amount: Decimal) -> str:
    return f"{amount:.2f}"


async def _simulated(session: AsyncSession, version: RuleSetVersion) -> wire.WatchedSimulation | None:
    found = await session.get(Simulation, version.simulation_id) if version.simulation_id is not None else None
    if found is None or not found.result:
        return None
    result = Partial.of_json(found.result)
    after = result.versions.get("after")
    if after is None:
        return None
    confirmed = after.accepted + after.backordered
    return wire.WatchedSimulation(
        days=found.days,
        orders=result.orders_simulated,
        confirmation=round(confirmed / after.asked, 6) if after.asked else None,
        held=after.orders_held,
    )
