"""The simulator as one ASGI application: Amazon's addresses, the pictures, and /_control."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from simulator.amazon import Amazon
from simulator.consent import ConsentPage
from simulator.control.api import bound_control
from simulator.gateway import Gateway, Operation, Work
from simulator.lwa import TokenEndpoint
from simulator.manage_apps import ManageApps
from simulator.settings import SimulatorSettings
from simulator.tiles import draw_tile
from simulator.vendor_orders import VendorOrders
from simulator.vendor_shipments import VendorShipments
from simulator.vendor_transactions import VendorTransactions


def create_app(settings: SimulatorSettings | None = None) -> FastAPI:
    """The application; `app.state.amazon` is the simulated Amazon behind it. Works without its lifespan, as httpx.ASGITransport needs."""
    amazon = Amazon(settings or SimulatorSettings())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        amazon.store.close()

    app = FastAPI(title="Simulated Amazon", lifespan=lifespan, openapi_url=None)
    app.state.amazon = amazon
    _add_amazon_routes(app, amazon)
    app.add_route("/images/{asin}.svg", _tile(amazon), methods=["GET"])
    app.mount("/_control", bound_control(amazon))
    return app


def _add_amazon_routes(app: FastAPI, amazon: Amazon) -> None:
    gateway = Gateway(amazon)
    consent, orders, transactions = ConsentPage(amazon), VendorOrders(amazon), VendorTransactions(amazon)
    shipments = VendorShipments(amazon)
    consent_path = "/vendorcentral/{country}/apps/authorize/consent"
    app.add_route("/auth/o2/token", _endpoint(gateway, "token", TokenEndpoint(amazon).exchange), methods=["POST"])
    app.add_route(consent_path, _endpoint(gateway, "consent", consent.show), methods=["GET"])
    app.add_route(consent_path, _endpoint(gateway, "consent", consent.decide), methods=["POST"])
    manage, manage_path = ManageApps(amazon), "/vendorcentral/{country}/apps/manage"
    app.add_route(manage_path, _endpoint(gateway, "manage_apps", manage.show), methods=["GET"])
    app.add_route(manage_path, _endpoint(gateway, "manage_apps", manage.act), methods=["POST"])
    confirm_path = "/vendorcentral/{country}/apps/authorize/confirm/{application_id}"
    app.add_route(confirm_path, _endpoint(gateway, "consent", manage.confirm), methods=["GET"])
    for method, path, operation, work in (
        ("GET", "/vendor/orders/v1/purchaseOrders", "getPurchaseOrders", orders.get_purchase_orders),
        (
            "GET",
            "/vendor/orders/v1/purchaseOrders/{purchaseOrderNumber}",
            "getPurchaseOrder",
            orders.get_purchase_order,
        ),
        ("POST", "/vendor/orders/v1/acknowledgements", "submitAcknowledgement", orders.submit_acknowledgement),
        ("GET", "/vendor/orders/v1/purchaseOrdersStatus", "getPurchaseOrdersStatus", orders.get_purchase_orders_status),
        ("GET", "/vendor/transactions/v1/transactions/{transactionId}", "getTransaction", transactions.get_transaction),
        (
            "POST",
            "/vendor/shipping/v1/shipmentConfirmations",
            "SubmitShipmentConfirmations",
            shipments.submit_confirmations,
        ),
        ("POST", "/vendor/shipping/v1/shipments", "SubmitShipments", shipments.submit_shipments),
        ("GET", "/vendor/shipping/v1/shipments", "GetShipmentDetails", shipments.get_shipments),
        ("GET", "/vendor/shipping/v1/transportLabels", "GetShipmentLabels", shipments.get_labels),
    ):
        app.add_route(
            path, _endpoint(gateway, operation, gateway.authorized(Operation(operation), work)), methods=[method]
        )


def _endpoint(gateway: Gateway, operation: str, work: Work) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await gateway.serve(request, operation, work)

    return endpoint


def _tile(amazon: Amazon) -> Callable[[Request], Awaitable[Response]]:
    async def tile(request: Request) -> Response:
        asin = request.path_params["asin"]
        item = amazon.find_item(asin)
        picture = draw_tile(
            asin, brand=None if item is None else item.brand, title=None if item is None else item.title
        )
        return Response(picture, media_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})

    return tile
