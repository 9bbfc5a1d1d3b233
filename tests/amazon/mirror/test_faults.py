"""When Amazon throttles, fails, cuts, revokes or sends one bad order: what is good is kept, and it goes on by itself."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from amazon.mirror.mirrored import MIRRORING, Mirror, Mirrors, place
from contract.simulated import Simulated
from oktee.amazon.client.models.vendor_orders import Order
from oktee.amazon.client.page import Page, Reject
from oktee.amazon.client.session import AmazonClient
from oktee.amazon.connection import vault
from oktee.amazon.mirror import purchase_orders
from oktee.amazon.mirror.poller import Batch, Fetch, Poller, Stored
from oktee.amazon.mirror.turn import REJECT
from oktee.amazon.mirror.windows import Span
from oktee.kit.module import installed
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


@pytest.fixture
async def loaded(mirror: Mirror, amazon: Simulated) -> Mirror:
    """A mirror of three orders, its first load done."""
    await place(amazon, count=3)
    await mirror.start()
    await mirror.turn()
    return mirror


async def break_with(amazon: Simulated, kind: str, **over: Any) -> None:
    await amazon.control("POST", "/faults", [{"operation": "getPurchaseOrders", "kind": kind} | over])


async def mend(amazon: Simulated) -> None:
    await amazon.control("DELETE", "/faults")


async def orders(mirror: Mirror) -> int:
    return int((await mirror.one("select count(*) from purchase_orders")).count)


async def due_in(mirror: Mirror) -> float:
    return float(((await mirror.stream()).next_due_at - datetime.now(UTC)).total_seconds())


@pytest.mark.parametrize(
    ("kind", "state", "code"),
    [
        ("throttle", "rate_limited", "throttled"),
        ("error_503", "failed", "unreachable"),
        ("html", "failed", "unreachable"),
        ("truncate", "failed", "unreachable"),
    ],
)
async def test_a_storm_backs_off_is_told_once_and_recovers_once(
    loaded: Mirror, amazon: Simulated, kind: str, state: str, code: str
) -> None:
    before = await loaded.stream()
    await place(amazon)
    await break_with(amazon, kind)
    for attempt in (1, 2):
        await loaded.poll("purchase_orders")
        stream = await loaded.stream()
        assert (stream.state, stream.last_error["code"], stream.last_error["failures"]) == (state, code, attempt)
        assert 0 < await due_in(loaded) < 330
    assert (stream.high_water, stream.last_success_at) == (before.high_water, before.last_success_at)
    assert await orders(loaded) == 3
    await mend(amazon)
    await loaded.poll("purchase_orders")
    stream = await loaded.stream()
    assert (stream.state, stream.last_error) == ("synced", None)
    assert stream.high_water > before.high_water
    assert await orders(loaded) == 4
    kinds = await loaded.kinds()
    assert (kinds.count("sync.failed"), kinds.count("sync.recovered")) == (1, 1)
    outcomes = await loaded.rows("select outcome from sync_runs where reason = 'manual' order by id")
    assert [row.outcome for row in outcomes] == [state, state, "ok"]


async def test_a_refusal_is_shown_once_and_asked_again_slowly(loaded: Mirror, amazon: Simulated) -> None:
    roles = {**(await _application(amazon)), "roles": []}
    await amazon.control("POST", "/applications", roles)
    for _ in range(2):
        await loaded.poll("purchase_orders")
    stream = await loaded.stream()
    assert (stream.state, stream.last_error["code"]) == ("failed", "refused")
    assert 290 < await due_in(loaded) <= 300
    assert (await loaded.kinds()).count("sync.failed") == 1
    await amazon.control("POST", "/applications", await _application(amazon))
    await loaded.poll("purchase_orders")
    assert (await loaded.kinds()).count("sync.recovered") == 1


async def _application(amazon: Simulated) -> dict[str, Any]:
    from contract.simulated import APPLICATION

    return dict(APPLICATION)


async def test_missed_polls_are_one_with_a_wider_window(loaded: Mirror, amazon: Simulated) -> None:
    await break_with(amazon, "error_500")
    for _ in range(3):
        await loaded.poll("purchase_orders")
    assert len(await loaded.rows("select 1 from sync_windows where done_at is null")) == 1
    await mend(amazon)
    await loaded.poll("purchase_orders")
    assert await loaded.rows("select 1 from sync_windows where done_at is null") == []


async def test_revoked_in_mid_sync_nothing_more_is_fetched_and_history_stays(
    mirrors: Mirrors, amazon: Simulated
) -> None:
    mirror = await mirrors.connect(await amazon.bulk(orders=250, lines=1, days=0.5))
    pages = 0

    async def revoking(client: AmazonClient, span: Span, token: str | None) -> AsyncIterator[Page[Order]]:
        nonlocal pages
        async for page in purchase_orders.fetch(client, span, token):
            yield page
            pages += len(page.models) == 100
            if pages == 1:
                group = {"selling_partner_id": mirror.account.selling_partner_id}
                await amazon.control("POST", "/revoke", group)

    install(fetch=revoking)
    await mirror.start(["purchase_orders"])
    await mirror.turn()
    stream = await mirror.stream()
    assert (stream.state, stream.next_due_at) == ("paused", None)
    assert await orders(mirror) == 100
    assert await mirror.scheduled("poll") == []
    run = await mirror.one("select outcome, error, items, finished_at from sync_runs")
    assert (run.outcome, run.error["code"], run.items) == ("revoked", "revoked", 100)
    calls = len(await amazon.calls())
    await mirror.turn()
    assert len(await amazon.calls()) == calls


async def test_an_unknown_enum_is_kept_as_amazon_wrote_it(mirror: Mirror, amazon: Simulated) -> None:
    await place(amazon, count=2)
    await break_with(amazon, "unknown_enum")
    await mirror.start(["purchase_orders"])
    await mirror.turn()
    assert (await mirror.stream()).state == "synced"
    known = {"New", "Acknowledged", "Closed", "RegularOrder", "Invoice", "prepaid"}
    rows = await mirror.rows("select state, order_type, payment_method from purchase_orders")
    assert len(rows) == 2
    assert {value for row in rows for value in row} - known
    assert await mirror.rows("select 1 from ingest_rejects") == []


def install(*, fetch: Fetch = purchase_orders.fetch, store: Any = purchase_orders.POLLER.store) -> Poller:
    poller = replace(purchase_orders.POLLER, fetch=fetch, store=store)
    installed().fill([replace(MIRRORING, pollers=(poller,))])
    return poller


async def opened(mirror: Mirror, reject: Any) -> bytes:
    """The payload of a row of ingest_rejects, which is sealed for its organization."""
    sealed = bytes(reject.payload)
    plain = await vault.open_sealed(mirror.organization_id, sealed, kind=REJECT, owner_id=reject.id, version=1)
    return plain.get_secret_value().encode("latin-1")


async def test_elements_that_cannot_be_read_are_set_aside_once_and_the_page_goes_on(
    mirror: Mirror, amazon: Simulated
) -> None:
    await place(amazon, count=2)

    async def spoiled(client: AmazonClient, span: Span, token: str | None) -> AsyncIterator[Page[Order]]:
        async for page in purchase_orders.fetch(client, span, token):
            yield replace(page, rejects=[Reject(b'{"purchaseOrderNumber": 7}', "Expected `str`, got `int`")])

    install(fetch=spoiled)
    await mirror.start(["purchase_orders"])
    await mirror.turn()
    await mirror.poll("purchase_orders")
    assert await orders(mirror) == 2
    reject = await mirror.one("select * from ingest_rejects")
    assert (reject.stream, await opened(mirror, reject)) == ("purchase_orders", b'{"purchaseOrderNumber": 7}')
    assert (await mirror.kinds()).count("sync.rejected") == 1
    assert (await mirror.rows("select rejected from sync_runs order by id"))[0].rejected == 3


async def test_one_order_that_says_too_little_does_not_stop_its_page(mirror: Mirror, amazon: Simulated) -> None:
    await place(amazon, count=3)

    async def emptied(client: AmazonClient, span: Span, token: str | None) -> AsyncIterator[Page[Order]]:
        async for page in purchase_orders.fetch(client, span, token):
            models = [
                msgspec.structs.replace(model, order_details=None) if at == 1 else model
                for at, model in enumerate(page.models)
            ]
            yield replace(page, models=models)

    install(fetch=emptied)
    await mirror.start(["purchase_orders"])
    await mirror.turn()
    assert await orders(mirror) == 2
    assert (await mirror.one("select reason from ingest_rejects")).reason == "the answer holds no order details"
    assert (await mirror.stream()).state == "synced"


async def test_an_order_the_database_refuses_does_not_stop_its_page(mirror: Mirror, amazon: Simulated) -> None:
    numbers = await place(amazon, count=3)

    async def refusing(session: AsyncSession, batch: Batch) -> Stored:
        stored = await purchase_orders.POLLER.store(session, batch)
        if numbers[1] in {model.purchase_order_number for model in batch.models}:
            await session.execute(text("select 1 / 0"))
        return stored

    install(store=refusing)
    await mirror.start(["purchase_orders"])
    await mirror.turn()
    rows = await mirror.rows("select po_number from purchase_orders")
    assert {row.po_number for row in rows} == {numbers[0], numbers[2]}
    assert numbers[1].encode() in await opened(mirror, await mirror.one("select * from ingest_rejects"))
    assert (await mirror.stream()).state == "synced"
    run = await mirror.one("select changed, rejected from sync_runs")
    assert (run.changed, run.rejected) == (2, 1)


async def test_a_page_that_leads_to_itself_is_not_read_for_ever(mirror: Mirror, amazon: Simulated) -> None:
    await place(amazon, count=2)

    async def circling(client: AmazonClient, span: Span, token: str | None) -> AsyncIterator[Page[Order]]:
        async for page in purchase_orders.fetch(client, span, token):
            for _ in range(10):
                yield replace(page, next_token="created:again")

    install(fetch=circling)
    await mirror.start(["purchase_orders"])
    await mirror.turn()
    stream = await mirror.stream()
    assert (stream.state, stream.last_error["code"]) == ("failed", "refused")
    assert await orders(mirror) == 2
    assert (await mirror.one("select sum(pages) as pages from sync_windows")).pages < 15


async def test_an_older_page_stored_late_does_not_undo_a_newer_one(loaded: Mirror, amazon: Simulated) -> None:
    (number,) = await place(amazon)
    kept: list[Page[Order]] = []

    async def keeping(client: AmazonClient, span: Span, token: str | None) -> AsyncIterator[Page[Order]]:
        async for page in purchase_orders.fetch(client, span, token):
            kept.append(page)
            yield page

    install(fetch=keeping)
    await loaded.poll("purchase_orders")
    old = next(page for page in kept if number in {model.purchase_order_number for model in page.models})
    line = {"item_sequence_number": "1", "quantity": 1}
    await amazon.control("POST", f"/orders/{number}/changes", {"lines": [line]})
    await loaded.poll("purchase_orders")
    assert (await loaded.order(number)).revision == 2

    async def overtaken(client: AmazonClient, span: Span, token: str | None) -> AsyncIterator[Page[Order]]:
        yield replace(old, next_token=None)

    install(fetch=overtaken)
    await loaded.poll("purchase_orders")
    order = await loaded.order(number)
    assert (order.revision, order.units) == (2, 12)
    assert order.fetched_at > old.received_at + timedelta(0)


async def test_a_page_that_lost_a_deadlock_is_stored_again(mirror: Mirror, amazon: Simulated) -> None:
    await place(amazon, count=2)
    lost = 0

    async def losing(session: AsyncSession, batch: Batch) -> Stored:
        nonlocal lost
        if batch.models and lost < 2:
            lost += 1
            await session.execute(text("do $$ begin raise exception 'deadlock' using errcode = '40P01'; end $$"))
        return await purchase_orders.POLLER.store(session, batch)

    install(store=losing)
    await mirror.start(["purchase_orders"])
    await mirror.turn()
    assert (lost, await orders(mirror), (await mirror.stream()).state) == (2, 2, "synced")
    assert await mirror.rows("select 1 from ingest_rejects") == []
