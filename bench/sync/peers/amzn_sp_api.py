"""amzn-sp-api, Amazon's SDK, under measurement: a plain loop. It has no policy for 429, so the loop backs off by itself."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from contestant import read_job, run
from spapi import ApiException, SPAPIClient, SPAPIConfig, VendorOrdersApi


def main() -> None:
    job = read_job()
    config = SPAPIConfig(
        client_id=job["client_id"],
        client_secret=job["client_secret"],
        refresh_token=job["refresh_token"],
        region="EU",
        scope=None,
    )
    client = SPAPIClient(config, oauth_endpoint=job["token_url"], endpoint=job["endpoint"])
    client.access_token_cache.get_lwa_access_token()
    api = VendorOrdersApi(client.api_client)

    def fetch(filters):
        for attempt in range(6):
            try:
                return api.get_purchase_orders(**filters)
            except ApiException as error:
                if error.status != 429 or attempt == 5:
                    raise
                time.sleep(0.5 * 2**attempt)
        return None

    def list_pages(windows):
        pages = orders = 0
        for since, until in windows:
            filters = {
                "created_after": since,
                "created_before": until,
                "limit": job["limit"],
                "include_details": "true",
            }
            while True:
                try:
                    answer = fetch(filters)
                except ApiException:
                    break
                pages += 1
                orders += len(answer.payload.orders)
                token = answer.payload.pagination.next_token if answer.payload.pagination else None
                if not token:
                    break
                filters["next_token"] = token
        return pages, orders

    run(job, list_pages)


if __name__ == "__main__":
    main()
