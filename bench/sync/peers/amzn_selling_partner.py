"""amzn-selling-partner under measurement: its async client with parallel cursors, or its sync one, which needs less CPU."""

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.remove(str(Path(__file__).resolve().parent))  # this file has the package's name

from amzn_selling_partner import APIError, AsyncSellingPartner, SellingPartner
from contestant import read_job, run


def main() -> None:
    job = read_job()
    region = SimpleNamespace(base_url=lambda sandbox=False: job["endpoint"])
    options = {name: job[name] for name in ("client_id", "client_secret", "refresh_token", "token_url")}
    if job["cursors"] > 1:
        with asyncio.Runner() as runner:
            client = AsyncSellingPartner(region=region, **options)
            run(job, lambda windows: runner.run(list_parallel(client, job, windows)))
    else:
        client = SellingPartner(region=region, **options)
        run(job, lambda windows: list_in_turn(client, job, windows))


def filters_of(job, window):
    since, until = (datetime.fromisoformat(moment) for moment in window)
    return {"created_after": since, "created_before": until, "limit": job["limit"], "include_details": "true"}


def next_token(answer):
    return answer.payload.pagination.next_token if answer.payload.pagination else None


async def list_parallel(client, job, windows):
    waiting = iter(windows)

    async def cursor():
        pages = orders = 0
        for window in waiting:
            filters = filters_of(job, window)
            while True:
                try:
                    answer = await client.vendor_orders.list_purchase_orders(**filters)
                except APIError:
                    break
                pages += 1
                orders += len(answer.payload.orders)
                if not next_token(answer):
                    break
                filters["next_token"] = next_token(answer)
        return pages, orders

    found = await asyncio.gather(*(cursor() for _ in range(job["cursors"])))
    return sum(pages for pages, _ in found), sum(orders for _, orders in found)


def list_in_turn(client, job, windows):
    pages = orders = 0
    for window in windows:
        filters = filters_of(job, window)
        while True:
            try:
                answer = client.vendor_orders.list_purchase_orders(**filters)
            except APIError:
                break
            pages += 1
            orders += len(answer.payload.orders)
            if not next_token(answer):
                break
            filters["next_token"] = next_token(answer)
    return pages, orders


if __name__ == "__main__":
    main()
