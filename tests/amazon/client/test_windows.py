"""Windows cover their range without gap, listings follow every token, and parallel cursors lose and leak nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st
from oktee.amazon.client.errors import Refused
from oktee.amazon.client.page import Page
from oktee.amazon.client.vendor_orders import list_purchase_order_status, list_purchase_orders
from oktee.amazon.client.windows import MAX_SPAN, list_parallel, split, windows, wire_time

START = datetime(2026, 11, 1, tzinfo=UTC)
lengths = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=120))


def assert_covers(found: list[tuple[datetime, datetime]], since: datetime, until: datetime) -> None:
    assert (found[0][0], found[-1][1]) == (since, until)
    assert all(one[1] == other[0] for one, other in pairwise(found))
    assert all(timedelta(0) <= end - start <= MAX_SPAN for start, end in found)


@given(length=lengths)
@settings(max_examples=60, deadline=None)
def test_windows_cover_the_range_in_steps_of_at_most_seven_days(length: timedelta) -> None:
    assert_covers(windows(START, START + length), START, START + length)


@given(length=lengths, n=st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_a_split_covers_the_range_in_at_least_n_parts(length: timedelta, n: int) -> None:
    parts = split(START, START + length, n)
    assert_covers(parts, START, START + length)
    assert len(parts) >= n


@pytest.mark.parametrize(
    ("since", "until"), [(START, START - timedelta(seconds=1)), (START.replace(tzinfo=None), START)]
)
def test_a_reversed_or_naive_range_is_refused(since: datetime, until: datetime) -> None:
    with pytest.raises(ValueError, match="window"):
        windows(since, until)
    with pytest.raises(ValueError, match="window"):
        split(since, until, 2)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (START, "2026-11-01T00:00:00Z"),
        (START.replace(microsecond=123456), "2026-11-01T00:00:00.123Z"),
        (datetime(2026, 11, 1, 2, tzinfo=timezone(timedelta(hours=2))), "2026-11-01T00:00:00Z"),
    ],
)
def test_moments_are_sent_in_utc(moment: datetime, text: str) -> None:
    assert wire_time(moment) == text


def order_page(number: str, token: str | None) -> httpx.Response:
    payload = {"orders": [{"purchaseOrderNumber": number, "purchaseOrderState": "New"}]}
    return httpx.Response(200, json={"payload": {**payload, "pagination": {"nextToken": token}} if token else payload})


@respx.mock
async def test_a_listing_follows_every_token_with_its_filters_through_all_windows(make_client: Any) -> None:
    route = respx.route().mock(
        side_effect=[order_page("A1", "t/1="), order_page("A2", "t2"), order_page("A3", None), order_page("B1", None)]
    )
    until = START + timedelta(days=9)
    pages = [page async for page in list_purchase_orders(make_client().client, START, until, vendor_code="999US")]
    assert [page.models[0].purchase_order_number for page in pages] == ["A1", "A2", "A3", "B1"]
    assert [page.next_token for page in pages] == ["t/1=", "t2", None, None]
    asked = [dict(call.request.url.params) for call in route.calls]
    first = {
        "limit": "100",
        "includeDetails": "true",
        "orderingVendorCode": "999US",
        "changedAfter": "2026-11-01T00:00:00Z",
        "changedBefore": "2026-11-08T00:00:00Z",
    }
    assert asked[:3] == [first, {**first, "nextToken": "t/1="}, {**first, "nextToken": "t2"}]
    assert asked[3] == {**first, "changedAfter": "2026-11-08T00:00:00Z", "changedBefore": "2026-11-10T00:00:00Z"}
    assert [(page.since, page.until) for page in pages][2:] == [
        (START, START + timedelta(days=7)),
        (START + timedelta(days=7), until),
    ]


@respx.mock
async def test_a_listing_goes_on_from_the_token_of_a_page(make_client: Any) -> None:
    route = respx.route().mock(side_effect=[order_page("A2", None)])
    pages = list_purchase_orders(make_client().client, START, START + timedelta(days=7), "t1", by="created")
    assert [page.models[0].purchase_order_number async for page in pages] == ["A2"]
    asked = dict(route.calls.last.request.url.params)
    assert (asked["nextToken"], asked["createdAfter"]) == ("t1", "2026-11-01T00:00:00Z")
    with pytest.raises(ValueError, match="token"):
        await anext(list_purchase_orders(make_client().client, START, START + timedelta(days=8), "t1"))


@respx.mock
async def test_a_status_listing_never_sends_a_sort_order(make_client: Any) -> None:
    route = respx.route().respond(200, json={"payload": {"ordersStatus": []}})
    pages = list_purchase_order_status(make_client().client, START, START + timedelta(days=1))
    assert [page.models async for page in pages] == [[]]
    assert dict(route.calls.last.request.url.params) == {
        "limit": "100",
        "updatedAfter": "2026-11-01T00:00:00Z",
        "updatedBefore": "2026-11-02T00:00:00Z",
    }


def a_page(model: str) -> Page[str]:
    return Page([model], [], None, None, None, START, None, b"")


async def test_parallel_cursors_read_every_window_once() -> None:
    running = most = 0

    async def listing(since: datetime, until: datetime) -> AsyncIterator[Page[str]]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for part in ("a", "b"):
            await asyncio.sleep(0)
            yield a_page(f"{since:%d}{part}")
        running -= 1

    found = [page.models[0] async for page in list_parallel(split(START, START + timedelta(days=7), 7), listing)]
    assert sorted(found) == sorted(f"{day:02d}{part}" for day in range(1, 8) for part in "ab")
    assert most == 4


async def test_the_first_error_stops_every_cursor_and_is_raised() -> None:
    cancelled: list[datetime] = []

    async def listing(since: datetime, until: datetime) -> AsyncIterator[Page[str]]:
        if since == START:
            yield a_page("first")
            raise Refused("InvalidInput", "no", operation="getPurchaseOrders")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(since)
            raise
        yield a_page("never")

    pages, found = list_parallel(split(START, START + timedelta(days=3), 3), listing), []

    async def take_all() -> None:
        async for page in pages:
            found.extend(page.models)

    with pytest.raises(Refused):
        await take_all()
    assert found == ["first"]
    assert len(cancelled) == 2


async def test_a_reader_that_stops_leaves_no_cursor_running() -> None:
    before = len(asyncio.all_tasks())

    async def listing(since: datetime, until: datetime) -> AsyncIterator[Page[str]]:
        while True:
            yield a_page("endless")

    pages = list_parallel(split(START, START + timedelta(days=2), 2), listing)
    assert json.dumps((await anext(pages)).models) == '["endless"]'
    await pages.aclose()
    assert len(asyncio.all_tasks()) == before
