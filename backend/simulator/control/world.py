"""Control over the world: applications, grants, settings, faults, ledger, customers' files, rebuilding."""

from dataclasses import asdict
from datetime import UTC
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from pydantic import AwareDatetime

from simulator.amazon import Amazon
from simulator.control.binding import Simulated
from simulator.control.models import ApplicationIn, BulkIn, GrantIn, Json, ResetIn, RevokeIn, SettingsChange
from simulator.control.problems import Problem
from simulator.faults import FaultRule
from simulator.identity import Application
from simulator.instants import wire
from simulator.marketplaces import MARKETPLACES, find_marketplace
from simulator.settings import WorldSize
from simulator.world.customers import CUSTOMERS, Customer
from simulator.world.erp import components_csv, items_csv, past_stock_csv, stock_csv
from simulator.world.logistics import LOGISTICS, logistics_csv

FILES = ("items", "stock", "components", *LOGISTICS)
router = APIRouter(tags=["world"])


def _application_of(amazon: Amazon, name: str) -> Application:
    found = amazon.identity.find_client(name) or amazon.identity.find_application(name)
    if found is None:
        raise Problem(404, f"no application {name}")
    return found


def _customer_of(amazon: Amazon, key: str) -> Customer:
    if key not in amazon.customers:
        raise Problem(404, f"no customer {key}")
    return amazon.customers[key]


@router.get("/applications")
async def list_applications(amazon: Simulated) -> list[Json]:
    applications = [asdict(each) for each in amazon.identity.applications()]
    return [{name: value for name, value in row.items() if name != "client_secret"} for row in applications]


@router.post("/applications")
async def register_application(amazon: Simulated, body: ApplicationIn) -> Json:
    """Register an application, or change the one with this client_id (a new secret makes the old one invalid)."""
    amazon.identity.register(Application(**body.model_dump()))
    return {"client_id": body.client_id, "application_id": body.application_id}


@router.get("/settings")
async def get_settings(amazon: Simulated) -> Json:
    return amazon.live.model_dump()


@router.put("/settings")
async def put_settings(amazon: Simulated, body: SettingsChange) -> Json:
    unknown = set(body.quotas or {}) - set(amazon.live.quotas)
    if unknown:
        raise Problem(422, f"no such operation: {', '.join(sorted(unknown))}")
    amazon.advance()
    amazon.configure(body.applied_to(amazon.live))
    return amazon.live.model_dump()


@router.get("/grants")
async def list_grants(amazon: Simulated) -> list[Json]:
    grants = [asdict(each) for each in amazon.identity.grants()]
    return [{name: value for name, value in row.items() if name != "refresh_token"} for row in grants]


@router.post("/grants", status_code=201)
async def authorise(amazon: Simulated, body: GrantIn) -> Json:
    """Authorise without the consent page, as a self-authorised private application is."""
    application = _application_of(amazon, body.application)
    if amazon.find_group(body.selling_partner_id) is None:
        raise Problem(404, f"no vendor group {body.selling_partner_id}")
    grant = amazon.identity.grant(application, selling_partner_id=body.selling_partner_id)
    return {"refresh_token": grant.refresh_token, "selling_partner_id": grant.selling_partner_id}


@router.post("/revoke")
async def revoke(amazon: Simulated, body: RevokeIn) -> Json:
    client_id = None if body.application is None else _application_of(amazon, body.application).client_id
    return {"revoked": amazon.identity.revoke(selling_partner_id=body.selling_partner_id, client_id=client_id)}


@router.get("/faults")
async def list_faults(amazon: Simulated) -> list[Json]:
    return amazon.faults.list_rules()


@router.post("/faults")
async def add_faults(amazon: Simulated, body: list[FaultRule]) -> list[Json]:
    amazon.faults.add(body)
    return amazon.faults.list_rules()


@router.delete("/faults", status_code=204)
async def clear_faults(amazon: Simulated) -> None:
    amazon.faults.clear()


@router.get("/ledger")
async def read_ledger(amazon: Simulated, operation: str | None = None, since: int = 0, limit: int = 10_000) -> Json:
    """Calls after sequence number `since`, oldest first; `last` is the `since` of the next reading."""
    amazon.advance()
    calls = amazon.ledger.list_calls(operation=operation, since=since, limit=limit)
    return {"calls": calls, "last": calls[-1]["seq"] if calls else since}


@router.delete("/ledger", status_code=204)
async def clear_ledger(amazon: Simulated) -> None:
    amazon.ledger.clear()


@router.get("/customers")
async def list_customers(amazon: Simulated, request: Request) -> list[Json]:
    return [
        _customer(customer, len(amazon.items[customer.key]), _base(request)) for customer in amazon.customers.values()
    ]


@router.get("/customers/{key}/items.csv")
async def read_items(amazon: Simulated, key: str, request: Request) -> PlainTextResponse:
    customer = _customer_of(amazon, key)
    return PlainTextResponse(items_csv(customer, amazon.items[key], base_url=_base(request)), media_type="text/csv")


@router.get("/customers/{key}/stock.csv")
async def read_stock(amazon: Simulated, key: str) -> PlainTextResponse:
    customer = _customer_of(amazon, key)
    return PlainTextResponse(
        stock_csv(customer, amazon.items[key], seed=amazon.seed, now=amazon.clock()), media_type="text/csv"
    )


@router.get("/customers/{key}/past-stock.csv")
async def read_past_stock(amazon: Simulated, key: str, at: AwareDatetime) -> PlainTextResponse:
    """The full stock feed that the customer's ERP handed in at that moment."""
    if at > amazon.clock():
        raise Problem(422, "this moment has not come yet")
    customer = _customer_of(amazon, key)
    return PlainTextResponse(
        past_stock_csv(customer, amazon.items[key], seed=amazon.seed, at=at.astimezone(UTC)), media_type="text/csv"
    )


@router.get("/customers/{key}/components.csv")
async def read_components(amazon: Simulated, key: str) -> PlainTextResponse:
    return PlainTextResponse(components_csv(_customer_of(amazon, key), amazon.items[key]), media_type="text/csv")


@router.get("/customers/{key}/{kind}.csv")
async def read_logistics(amazon: Simulated, key: str, kind: str) -> PlainTextResponse:
    found = logistics_csv(_customer_of(amazon, key)).get(kind)
    if found is None:
        raise Problem(404, f"no such file: {kind}")
    return PlainTextResponse(found, media_type="text/csv")


@router.post("/reset")
async def reset(amazon: Simulated, body: ResetIn) -> Json:
    """Build another world; what is not given is as at the simulator's start."""
    unknown = set(body.customers or ()) - set(CUSTOMERS)
    if unknown:
        raise Problem(422, f"no such customer: {', '.join(sorted(unknown))}")
    changes: dict[str, Any] = body.model_dump(exclude={"seed", "customers"})
    customers = None if body.customers is None else tuple(body.customers)
    size: WorldSize = amazon.settings.size.with_overrides(customers=customers, **changes)
    amazon.reset(seed=body.seed, size=size)
    return {"seed": body.seed, "orders": len(amazon.book), "customers": list(amazon.customers)}


@router.post("/worlds/bulk", status_code=201)
async def add_bulk(amazon: Simulated, body: BulkIn) -> Json:
    """A bare vendor group with `orders` orders of `lines` lines, available evenly over the last `days`."""
    marketplace = find_marketplace(body.marketplace)
    application = None if body.application is None else _application_of(amazon, body.application)
    if marketplace is None:
        raise Problem(422, f"no marketplace {body.marketplace}")
    if body.selling_partner_id is not None and amazon.find_group(body.selling_partner_id) is not None:
        raise Problem(409, f"there is a vendor group {body.selling_partner_id}")
    if body.vendor_code is not None and amazon.find_code(body.vendor_code) is not None:
        raise Problem(409, f"there is a vendor code {body.vendor_code}")
    bulk = amazon.add_bulk(
        orders=body.orders,
        lines=body.lines,
        country=marketplace.country,
        vendor_code=body.vendor_code,
        selling_partner_id=body.selling_partner_id,
        days=body.days,
    )
    grant = (
        None if application is None else amazon.identity.grant(application, selling_partner_id=bulk.selling_partner_id)
    )
    return {
        "selling_partner_id": bulk.selling_partner_id,
        "vendor_code": bulk.vendor_code,
        "marketplace": bulk.country,
        "since": wire(bulk.since),
        "until": wire(bulk.until),
        "refresh_token": None if grant is None else grant.refresh_token,
    }


def _customer(customer: Customer, items: int, base: str) -> Json:
    groups = [
        {
            "selling_partner_id": group.selling_partner_id,
            "name": group.name,
            "freight": group.freight,
            "marketplaces": [
                {
                    "country": country,
                    "marketplace_id": MARKETPLACES[country].id,
                    "currency": MARKETPLACES[country].currency,
                }
                for country in group.countries
            ],
            "vendor_codes": [
                {"code": code.code, "country": code.country, "identifier": code.identifier}
                for code in group.vendor_codes
            ],
        }
        for group in customer.groups
    ]
    urls = {name: f"{base}/_control/customers/{customer.key}/{name}.csv" for name in FILES}
    return {
        "key": customer.key,
        "name": customer.name,
        "items": items,
        **{f"{name}_csv": url for name, url in urls.items()},
        "groups": groups,
    }


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")
