"""Our client against the simulated Amazon: complete listings, windows, quotas, tokens, faults."""

import asyncio
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any

import pytest
from contract.simulated import APPLICATION, TOKEN_URL, Account, Simulated
from oktee.amazon.client.errors import ApplicationRejected, Refused, Revoked
from oktee.amazon.client.lwa import exchange_code, refresh
from oktee.amazon.client.models.vendor_orders import (
    Order,
)
from oktee.amazon.client.throttle import LocalThrottle
from oktee.amazon.client.vendor_orders import (
    get_purchase_order,
    get_purchase_order_status,
    list_purchase_order_status,
    list_purchase_orders,
)
from oktee.amazon.client.windows import list_parallel, split
from pydantic import SecretStr


async def placed_numbers(amazon: Simulated, account: Account) -> set[str]:
    found = await amazon.control("GET", f"/orders?selling_partner_id={account.selling_partner_id}&limit=10000")
    return {order["order"]["purchaseOrderNumber"] for order in found["orders"]}


async def listed(pages: Any) -> list[Any]:
    return [model async for page in pages for model in page.models]


async def test_a_listing_over_several_windows_holds_every_order_as_amazon_shows_it(amazon: Simulated) -> None:
    account = await amazon.bulk(orders=250, lines=3, days=20)
    found = await listed(list_purchase_orders(account.client(), account.since, account.until, by="created", limit=30))
    numbers = [order.purchase_order_number for order in found]
    assert len(numbers) == len(set(numbers)) == 250
    assert set(numbers) == await placed_numbers(amazon, account)
    shown = {
        order["order"]["purchaseOrderNumber"]: order["order"]
        for order in (await amazon.control("GET", f"/orders?selling_partner_id={account.selling_partner_id}&limit=20"))[
            "orders"
        ]
    }
    for order in found:
        if order.purchase_order_number in shown:
            assert_shown(order, shown[order.purchase_order_number])


def assert_shown(order: Order, shown: dict[str, Any]) -> None:
    details = order.order_details
    assert details is not None
    assert order.purchase_order_state == shown["purchaseOrderState"]
    assert details.delivery_interval is not None
    assert f"{details.delivery_window}" == shown["orderDetails"]["deliveryWindow"]
    for item, line in zip(details.items, shown["orderDetails"]["items"], strict=True):
        assert item.ordered_quantity.eaches == line["orderedQuantity"]["amount"]
        assert item.net_cost is not None
        assert str(item.net_cost.amount) == line["netCost"]["amount"]


async def test_no_window_asked_is_longer_than_seven_days(amazon: Simulated) -> None:
    account = await amazon.bulk(orders=40, lines=1, days=30)
    await listed(list_purchase_orders(account.client(), account.since, account.until))
    await listed(list_purchase_order_status(account.client(), account.since, account.until, by="created"))
    calls = await amazon.calls()
    assert {call["status"] for call in calls} == {200}
    assert len([call for call in calls if call["operation"] == "getPurchaseOrders"]) == 5


async def test_parallel_cursors_find_what_one_finds(amazon: Simulated) -> None:
    account = await amazon.bulk(orders=120, lines=1)
    client = account.client()

    def listing(since: datetime, until: datetime) -> Any:
        return list_purchase_orders(client, since, until, by="created", limit=10)

    found = [page.models async for page in list_parallel(split(account.since, account.until, 6), listing, cursors=3)]
    numbers = [order.purchase_order_number for models in found for order in models]
    assert len(numbers) == 120
    assert set(numbers) == await placed_numbers(amazon, account)


async def test_a_listing_is_taken_up_from_a_saved_token(amazon: Simulated) -> None:
    account = await amazon.bulk(orders=50, lines=1, days=3)
    async with aclosing(
        list_purchase_orders(account.client(), account.since, account.until, by="created", limit=20)  # type: ignore[type-var]
    ) as pages:
        first = await anext(pages)
    assert first.since is not None
    assert first.until is not None
    rest = await listed(
        list_purchase_orders(account.client(), first.since, first.until, first.next_token, by="created", limit=20)
    )
    assert len(first.models) + len(rest) == 50
    numbers = {order.purchase_order_number for order in [*first.models, *rest]}
    assert numbers == await placed_numbers(amazon, account)


async def test_the_bucket_learns_the_rate_and_is_never_throttled(amazon: Simulated) -> None:
    quota = {"rate": 20, "burst": 6}
    await amazon.control("PUT", "/settings", {"quotas": {"getPurchaseOrder": quota}})
    account = await amazon.bulk(orders=1, lines=1)
    (number,) = await placed_numbers(amazon, account)
    throttle = LocalThrottle()
    client = account.client(throttle=throttle)
    await get_purchase_order(client, number)
    await asyncio.gather(*(get_purchase_order(client, number) for _ in range(30)))
    calls = await amazon.calls("getPurchaseOrder")
    assert len(calls) == 31
    assert not any(call["throttled"] for call in calls)


async def test_a_storm_of_429_ends_in_a_complete_listing(amazon: Simulated) -> None:
    account = await amazon.bulk(orders=60, lines=1)
    rule = {"operation": "getPurchaseOrders", "kind": "throttle", "count": 3, "retry_after": 2}
    await amazon.control("POST", "/faults", [rule])
    found = await listed(list_purchase_orders(account.client(), account.since, account.until, by="created", limit=20))
    assert len(found) == 60
    assert sum(call["throttled"] for call in await amazon.calls()) == 3


@pytest.mark.parametrize(
    "kind", ["error_500", "error_503", "truncate", "html", "errors_in_200", "garble", "null_arrays", "unknown_enum"]
)
async def test_a_broken_answer_costs_no_order(amazon: Simulated, kind: str) -> None:
    account = await amazon.bulk(orders=60, lines=2)
    await amazon.control("POST", "/faults", [{"operation": "getPurchaseOrders", "kind": kind, "count": 2}])
    pages = [
        page
        async for page in list_purchase_orders(account.client(), account.since, account.until, by="created", limit=20)
    ]
    found = [order.purchase_order_number for page in pages for order in page.models]
    rejects = [reject for page in pages for reject in page.rejects]
    assert len(found) + len(rejects) == 60
    assert set(found) <= await placed_numbers(amazon, account)
    assert rejects == [] or kind == "garble"


async def test_an_expired_access_token_is_renewed_in_mid_listing(amazon: Simulated) -> None:
    account = await amazon.bulk(orders=40, lines=1)
    pages = list_purchase_orders(account.client(), account.since, account.until, by="created", limit=20)
    first = await anext(pages)
    amazon.clock.ahead = timedelta(hours=2)
    rest = await listed(pages)
    assert len(first.models) + len(rest) == 40
    assert account.refreshes == 2


async def test_a_grant_revoked_in_mid_listing_ends_it(amazon: Simulated) -> None:
    account = await amazon.bulk(orders=60, lines=1)
    pages = list_purchase_orders(account.client(), account.since, account.until, by="created", limit=20)
    await anext(pages)
    await amazon.control("POST", "/revoke", {"selling_partner_id": account.selling_partner_id})
    with pytest.raises(Revoked):
        await anext(pages)
    calls = await amazon.calls()
    assert [call["status"] for call in calls if call["operation"] == "getPurchaseOrders"] == [200, 403]
    assert [call["status"] for call in calls if call["operation"] == "token"] == [200, 400]


async def test_a_missing_role_is_refused_and_is_no_revocation(amazon: Simulated) -> None:
    await amazon.control("POST", "/applications", {**APPLICATION, "roles": ["Product Listing"]})
    account = await amazon.bulk(orders=1, lines=1)
    with pytest.raises(Refused) as refusal:
        await get_purchase_order(account.client(), "ABCDEFGH")
    assert (refusal.value.status, refusal.value.details, account.refreshes) == (403, "", 1)


async def test_our_wrong_secret_is_our_fault(amazon: Simulated) -> None:
    account = await amazon.bulk(orders=1, lines=1)
    account.client_secret = "old"
    with pytest.raises(ApplicationRejected):
        await get_purchase_order(account.client(), "ABCDEFGH")


async def test_a_consent_code_works_once_and_for_five_minutes(amazon: Simulated) -> None:
    world = amazon.app.state.amazon
    application = world.identity.find_client(APPLICATION["client_id"])
    redirect_uri = "http://localhost/oauth/amazon/eu/callback"

    def code() -> str:
        found: str = world.identity.issue_code(
            application, selling_partner_id="amzn1.vg.1001", redirect_uri=redirect_uri
        )
        return found

    async def trade(code: str) -> Any:
        return await exchange_code(
            amazon.http,
            token_url=TOKEN_URL,
            client_id=application.client_id,
            client_secret=SecretStr(application.client_secret),
            code=code,
            redirect_uri=redirect_uri,
        )

    fresh, old = code(), code()
    tokens = await trade(fresh)
    assert tokens.refresh_token is not None
    again = await refresh(
        amazon.http,
        token_url=TOKEN_URL,
        client_id=application.client_id,
        client_secret=SecretStr(application.client_secret),
        refresh_token=tokens.refresh_token,
    )
    assert again.access_token != tokens.access_token
    with pytest.raises(Revoked):
        await trade(fresh)
    amazon.clock.ahead = timedelta(minutes=6)
    with pytest.raises(Revoked):
        await trade(old)


async def test_an_unknown_order_is_a_404_and_has_no_status(amazon: Simulated) -> None:
    account = await amazon.bulk(orders=1, lines=1)
    with pytest.raises(Refused) as refusal:
        await get_purchase_order(account.client(), "ABCDEFGH")
    assert (refusal.value.status, refusal.value.code) == (404, "NotFound")
    assert await get_purchase_order_status(account.client(), "ABCDEFGH") is None
