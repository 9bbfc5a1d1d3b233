"""The kill switch (SEC-23): while it is on no write reaches Amazon, whatever was on its way; reading goes on."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from modules.supply.world import Json, World
from oktee.amazon.client.errors import WritesStopped
from oktee.amazon.client.vendor_orders import submit_acknowledgement
from oktee.amazon.connection import clients, write_stops
from oktee.amazon.connection.clients import client_for
from oktee.journal.record import Actor
from oktee.kit.database import global_session
from sqlalchemy import text

OPERATOR = Actor("staff", "operator ops")


@pytest.fixture(autouse=True)
async def lifted(world: World) -> AsyncIterator[None]:
    yield
    async with global_session() as session:
        await session.execute(text("delete from write_stops"))


async def confirmed(world: World) -> Json:
    """A confirmed order whose answer has not left."""
    item = await world.item(500)
    order = await world.arrive(item.line(48))
    answer = await world.confirm(order)
    assert answer.status_code == 201, answer.text
    return order


def stop_address(world: World, connection: UUID | None = None) -> str:
    return world.owner.at(f"/administration/connections/{connection or world.connection_id}/write-stop")


async def stop(world: World) -> Json:
    answer = await world.owner.put(stop_address(world), json={"reason": "Wrong quantities went out"})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def kinds(world: World, prefix: str = "writes.") -> list[tuple[str, str, bool]]:
    found = await world.get("/supply/events", kind=prefix, limit=50)
    return [(e["kind"], e["actor"]["type"], e["payload"]["everywhere"]) for e in reversed(found["rows"])]


async def test_a_stopped_connection_writes_nothing_and_reads_on(world: World) -> None:
    order = await confirmed(world)
    await stop(world)
    await world.turn()
    await world.later()
    assert await world.submissions(order["po_number"]) == []
    shown = await world.again(order)
    assert shown["answers"][-1]["state"] == "planned"
    item = await world.item(5)
    assert (await world.arrive(item.line(1)))["lines"], "orders are still fetched"
    (told,) = (await world.get("/administration/notices", world.analyst))["write_stops"]
    assert (told["connection_id"], told["stopped_by"], told["by_customer"]) == (
        str(world.connection_id), "Lea Martin", True,
    )  # fmt: skip
    resumed = await world.owner.delete(stop_address(world))
    assert resumed.status_code == 204
    await world.later()
    await world.later()
    assert (await world.again(order))["answers"][-1]["state"] == "seen"
    assert len(await world.effective(order["po_number"])) == 1
    assert (await kinds(world))[-2:] == [("writes.stopped", "person", False), ("writes.resumed", "person", False)]


async def test_what_is_already_under_way_stops_before_the_request(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is marked as leaving and waits for its quota; the stop comes then, and is the last thing asked."""
    order = await confirmed(world)
    theirs = await account_of(world)
    waits, goes = asyncio.Event(), asyncio.Event()
    (key,) = [key for key in clients.accounts._held if key[2] == theirs]
    account = clients.accounts._held[key]
    acquire = account.throttle.acquire

    async def slowly(operation: Any) -> None:
        if operation.writes:
            waits.set()
            await goes.wait()
        await acquire(operation)

    monkeypatch.setattr(account.throttle, "acquire", slowly)
    turning = asyncio.create_task(world.turn())
    async with asyncio.timeout(10):
        await waits.wait()
    assert [row["state"] for row in await world.answers(order["po_number"])] == ["sending"]
    await stop(world)
    goes.set()
    await turning
    assert await world.submissions(order["po_number"]) == []
    (answer,) = await world.answers(order["po_number"])
    assert (answer["state"], answer["refused"]) == ("planned", 0), "it waits, and nobody refused it"
    await world.owner.delete(stop_address(world))
    await world.later()
    await world.later()
    assert len(await world.effective(order["po_number"])) == 1


async def account_of(world: World) -> str:
    (row,) = await world.rows("select selling_partner_id from connections where id = $1", world.connection_id)
    return str(row["selling_partner_id"])


async def test_stopping_everything_stops_every_customer_and_each_journal_tells_it(world: World) -> None:
    order = await confirmed(world)
    await write_stops.stop_everything(reason="A fault in our answers", actor=OPERATOR)
    with pytest.raises(write_stops.WritesStoppedAlready):
        await write_stops.stop_everything(reason="Again", actor=OPERATOR)
    await world.turn()
    await world.later()
    assert await world.submissions(order["po_number"]) == []
    for organization, connection in (
        (world.organization_id, world.connection_id),
        (world.people["stranger"].organization_id, world.strangers_connection),
    ):
        client = await client_for(organization, connection)
        before = len(await world.amazon.calls("submitAcknowledgement"))
        with pytest.raises(WritesStopped):
            await submit_acknowledgement(client, b"{}")
        assert len(await world.amazon.calls("submitAcknowledgement")) == before
    for browser in (world.owner, world.stranger):
        (told,) = (await world.get("/administration/notices", browser))["write_stops"]
        assert (told["connection_id"], told["by_customer"]) == (None, False)
        found = await world.get("/supply/events", browser, kind="writes.stopped", limit=1)
        assert (found["rows"][0]["actor"], found["rows"][0]["payload"]["everywhere"]) == (
            {"type": "staff", "name": "operator ops"}, True,
        )  # fmt: skip
    await write_stops.resume_everything(actor=OPERATOR)
    with pytest.raises(write_stops.WritesNotStopped):
        await write_stops.resume_everything(actor=OPERATOR)
    await world.later()
    await world.later()
    assert len(await world.effective(order["po_number"])) == 1


async def test_lifting_the_stop_of_everything_leaves_that_of_a_connection(world: World) -> None:
    await stop(world)
    await write_stops.stop_everything(reason="A fault in our answers", actor=OPERATOR)
    await write_stops.resume_everything(actor=OPERATOR)
    assert await write_stops.is_stopped(world.organization_id, world.connection_id)
    assert not await write_stops.is_stopped(world.people["stranger"].organization_id, world.strangers_connection)


async def test_only_who_manages_the_connection_stops_it_once_and_nobody_elses(world: World) -> None:
    for browser in (world.manager, world.analyst):
        answer = await browser.put(
            browser.at(f"/administration/connections/{world.connection_id}/write-stop"), json={"reason": "Just because"}
        )
        assert answer.status_code == 403
    foreign = await world.owner.put(stop_address(world, world.strangers_connection), json={"reason": "Not mine"})
    assert foreign.status_code == 404
    assert (await world.owner.delete(stop_address(world))).status_code == 409
    await stop(world)
    again = await world.owner.put(stop_address(world), json={"reason": "Once more"})
    assert (again.status_code, again.json()["code"]) == (409, "writes_stopped_already")
    assert (await world.get("/administration/write-stops", world.stranger))["rows"] == []
