"""Our client under measurement: parallel cursors through the bucket that all processes share in Valkey."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import uvloop
from oktee.amazon.client.errors import AmazonError
from oktee.amazon.client.lwa import refresh
from oktee.amazon.client.models.vendor_orders import Order
from oktee.amazon.client.page import Page
from oktee.amazon.client.session import AmazonClient, open_http
from oktee.amazon.client.vendor_orders import list_purchase_orders
from oktee.amazon.client.windows import list_parallel
from oktee.amazon.connection.throttle import SharedBuckets, ValkeyThrottle
from pydantic import SecretStr

from bench.sync.contestant import read_job, run


def main() -> None:
    job = read_job()
    # The loop of our worker process.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        client = runner.run(_open(job))
        run(job, lambda windows: runner.run(_list(client, job, windows)))


async def _open(job: dict[str, Any]) -> AmazonClient:
    http = open_http()
    tokens = await refresh(
        http,
        token_url=job["token_url"],
        client_id=job["client_id"],
        client_secret=SecretStr(job["client_secret"]),
        refresh_token=SecretStr(job["refresh_token"]),
    )

    async def access_token(_: bool) -> str:
        return tokens.access_token.get_secret_value()

    shared = SharedBuckets()
    shared.open(job["valkey_url"])
    throttle = ValkeyThrottle(
        application=job["client_id"], region="EU", selling_partner_id=job["selling_partner_id"], shared=shared
    )
    return AmazonClient(http, endpoint=job["endpoint"], access_token=access_token, throttle=throttle)


async def _list(client: AmazonClient, job: dict[str, Any], windows: list[list[str]]) -> tuple[int, int]:
    def listing(since: datetime, until: datetime) -> AsyncIterator[Page[Order]]:
        return list_purchase_orders(client, since, until, by="created", limit=job["limit"])

    ranges = [(datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in windows]
    pages = orders = 0
    try:
        async for page in list_parallel(ranges, listing, cursors=job["cursors"]):
            pages += 1
            orders += len(page.models)
    except AmazonError:
        pass  # what is missing counts as lost
    return pages, orders


if __name__ == "__main__":
    main()
