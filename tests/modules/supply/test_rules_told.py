"""Who may change rules is told when one begins to decide otherwise, and what its first days show."""

from datetime import UTC, datetime, timedelta
from typing import Any

from modules.supply.test_anomalies_job import look
from modules.supply.test_rule_sets import REASON, a_rule, post
from modules.supply.world import World
from oktee.modules.supply.rule_sets.watching import worse
from oktee.modules.supply.rule_sets.wire import WatchedMoney, WatchedSums


def sums(**over: Any) -> WatchedSums:
    known: dict[str, Any] = {
        "orders": 100, "lines": 200, "asked": 1000, "confirmed": 900, "confirmation": 0.9, "held": 10, "changed": 10,
        "money": [WatchedMoney(currency="EUR", asked="1000.00", cut="100.00")],
    }  # fmt: skip
    return WatchedSums(**(known | over))


def test_a_figure_is_worse_from_two_points_on() -> None:
    assert worse(sums(), sums(confirmation=0.889, held=11, changed=13)) == []
    assert worse(sums(), sums(confirmation=0.87, held=13, changed=2)) == ["confirmation", "held"]
    dear = [
        WatchedMoney(currency="EUR", asked="1000.00", cut="90.00"),
        WatchedMoney(currency="SEK", asked="9", cut="2"),
    ]
    assert worse(sums(), sums(money=dear)) == ["cut"]
    assert worse(sums(orders=0, lines=0, confirmation=None, money=[]), sums()) == []


async def heard(world: World, name: str) -> list[tuple[str, str, int]]:
    rows = await world.rows(
        "select u.name, n.notice || ' ' || (n.facts ->> 'state') as told, (n.facts ->> 'version')::int as version from notifications n join users u on u.id = n.user_id "
        "where n.object_label = $1 and n.notice like 'rule_%' and n.resolved_at is null order by n.at, u.name",
        name,
    )
    return [(row["name"], row["told"], row["version"]) for row in rows]


async def test_those_who_may_change_rules_are_named_before_and_told_after(world: World) -> None:
    body = {"when": [{"field": "brand", "values": ["Told"]}], "stop": {"unproved": False}}
    made = await a_rule(world, "Told", body, running=False)
    names = (await world.get("/supply/rules/listeners"))["names"]
    assert names, "the manager at least"
    at = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    await post(world, f"/{made['id']}/enable", {"version": 1, "activates_at": at, **REASON}, status=200)
    assert await heard(world, "Told") == [(name, "rule_enabled planned", 1) for name in names]
    assert (await world.get("/supply/rules/listeners", world.analyst))["names"] != names, "all but whoever asks"

    # It decides since eight days: whoever was told hears once that its first days are over, and no more when it is done.
    await world.db.execute(
        "update rule_set_versions set activates_at = now() - interval '8 days' where rule_set_id = $1", made["id"]
    )
    for _ in range(2):
        await look(world)
        over = [one for one in await heard(world, "Told") if one[1].startswith("rule_watch")]
        assert {one[1:] for one in over} == {("rule_watch over", 1)}
        assert set(names) < {one[0] for one in over}, "also who enabled it"
    await world.owner.post(world.owner.at(f"/supply/rules/{made['id']}/pause"))
    await look(world)
    assert [one for one in await heard(world, "Told") if one[1].startswith("rule_watch")] == []
