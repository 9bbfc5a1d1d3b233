"""What is settled with Amazon and not by an answer: a cost that is not the agreed one, a product that has a successor."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from modules.supply.test_anomalies_job import act, look
from modules.supply.world import World
from oktee.modules.supply.rules.anomalies.facts import OrderFact, Place
from oktee.modules.supply.rules.anomalies.settling import WITHIN, Newest, unsettled

AT = datetime(2026, 11, 16, tzinfo=UTC)
ORDER = OrderFact(UUID(int=7), "PO7", Place(UUID(int=1), "LUMD1", "A1PA6795UKMFR9"), AT, "LEJ1", None, ("Aurea",))
COSTS: dict[str, Any] = {
    "order_cost": {"type": "money", "amount": "11.90", "currency": "EUR"},
    "agreed_cost": {"type": "money", "amount": "12.40", "currency": "EUR"},
    "difference": {"type": "percent", "value": "-0.0403"},
}
NEXT: dict[str, Any] = {"sku": {"type": "sku", "value": "1"}, "replaced_by": {"type": "sku", "value": "2"}}


def newest(message: str, values: dict[str, Any], **over: Any) -> Newest:
    return replace(Newest(ORDER, "1", "SKU-1", "Aurea", ((message, values),)), **over)


def test_a_cost_below_the_agreed_one_is_settled_whatever_became_of_its_line() -> None:
    for message in ("below", "far_below", "far_below_accepted"):
        (found,) = unsettled([newest(f"supply.price.{message}", COSTS)])
        assert (found.cause, found.order_id, found.sequence) == ("cost_update", ORDER.id, "1")
        assert found.values["agreed_cost"] == {"amount": "12.40", "currency": "EUR"}
        assert found.due_at == AT + WITHIN
    assert (
        unsettled([newest("supply.price.within_tolerance", COSTS), newest("supply.price.order_pays_more", COSTS)]) == []
    )


def test_a_successor_is_proposed_where_the_customer_wants_it_and_until_its_window_ends() -> None:
    assert unsettled([newest("supply.lifecycle.replaced", NEXT)]) == []
    ends = AT + timedelta(days=9)
    (found,) = unsettled(
        [newest("supply.lifecycle.replaced", NEXT, proposes=True, order=replace(ORDER, window_end=ends))]
    )
    assert (found.cause, found.values, found.due_at) == ("replacement", {"sku": "SKU-1", "replaced_by": "2"}, ends)


async def test_both_stand_until_amazon_was_told_or_an_order_shows_it_done(world: World) -> None:
    cheap = await world.item(500, case_pack=12, cost_price="12.40")
    quiet = await world.item(500, case_pack=12)
    old = await world.item(500, case_pack=12)
    for item, mode in ((quiet, "none"), (old, "auto")):
        await world.db.execute(
            "update items set replaced_by_sku = 'SKU-NEXT', replacement_mode = $2 where sku = $1", item.sku, mode
        )
    order = await world.arrive(cheap.line(12, net_cost="12.30"), quiet.line(12), old.line(12))
    found = await look(world)
    (cost,), (successor,) = found["cost_update"], found["replacement"]
    assert (cost["sku"], cost["order_id"], cost["fixes"]) == (cheap.sku, order["id"], ["told"])
    assert cost["message"]["values"]["order_cost"] == {"type": "money", "amount": "12.30", "currency": "EUR"}
    assert (cost["owner_role"], cost["due_at"]) == ("supply_manager", order["window"]["end"])
    assert (successor["sku"], successor["message"]["values"]["replaced_by"]["value"]) == (old.sku, "SKU-NEXT")
    assert await act(world, "told", successor) == (200, None)
    await world.arrive(cheap.line(12))
    found = await look(world)
    assert "replacement" not in found, "Amazon was told"
    assert "cost_update" not in found, "the newest order has the agreed cost"
    (done,) = (await world.get("/supply/exceptions", state="resolved", cause="cost_update"))["rows"]
    assert done["resolution"] == "by_itself"
