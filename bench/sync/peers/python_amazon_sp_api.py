"""python-amazon-sp-api under measurement: its plain loop with throttle_retry, the best of its policies (PERFORMANCE 1b)."""

import sys
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from contestant import read_job, run
from sp_api.api import VendorOrders
from sp_api.auth import AccessTokenClient
from sp_api.base import SellingApiException
from sp_api.util import throttle_retry


def main() -> None:
    job = read_job()
    scheme, rest = job["token_url"].split("//", 1)
    host, path = rest.split("/", 1)
    AccessTokenClient.scheme, AccessTokenClient.host, AccessTokenClient.path = f"{scheme}//", host, f"/{path}"
    marketplace = SimpleNamespace(endpoint=job["endpoint"], marketplace_id="A1PA6795UKMFR9", region="eu-west-1")
    credentials = {"lwa_app_id": job["client_id"], "lwa_client_secret": job["client_secret"]}
    api = VendorOrders(marketplace, refresh_token=job["refresh_token"], credentials=credentials)
    api.auth  # noqa: B018 - fetches and keeps the token

    @throttle_retry()
    def fetch(**filters):
        return api.get_purchase_orders(**filters)

    def list_pages(windows):
        pages = orders = 0
        for since, until in windows:
            filters = {"createdAfter": since, "createdBefore": until, "limit": job["limit"], "includeDetails": "true"}
            while True:
                try:
                    answer = fetch(**filters)
                except SellingApiException:
                    break
                pages += 1
                orders += len(answer.payload["orders"])
                token = answer.payload.get("pagination", {}).get("nextToken")
                if not token:
                    break
                filters["nextToken"] = token
        return pages, orders

    run(job, list_pages)


if __name__ == "__main__":
    main()
