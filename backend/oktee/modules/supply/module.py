"""The Supply family, declared."""

from oktee.amazon.mirror import purchase_order_status, purchase_orders, shipments
from oktee.kit.module import Module, OperationNeed
from oktee.modules.supply import automation, beside, context, event_log, orders, switching, teamwork
from oktee.modules.supply.command_center import screen as command_center
from oktee.modules.supply.desk import screen as desk
from oktee.modules.supply.desk.bulk.acting import BULK
from oktee.modules.supply.desk.exports.running import EXPORT
from oktee.modules.supply.exceptions import screen as exceptions
from oktee.modules.supply.exceptions import together as exceptions_together
from oktee.modules.supply.exceptions.many import BULK_FIX
from oktee.modules.supply.forgetting import FORGET
from oktee.modules.supply.glance import glance
from oktee.modules.supply.jobs import kinds
from oktee.modules.supply.quick import QUICK
from oktee.modules.supply.rule_sets import routes as rules
from oktee.modules.supply.rules.trace import told_trace
from oktee.modules.supply.settings import SupplySettings
from oktee.modules.supply.shadows import routes as shadows
from oktee.modules.supply.shadows.running import SHADOW
from oktee.modules.supply.shipments import screen as shipment_screen
from oktee.modules.supply.shipments.jobs import kinds as shipment_jobs
from oktee.modules.supply.simulations import routes as simulations
from oktee.modules.supply.simulations.running import SIMULATE
from oktee.notify.matters.forgetting import FORGET_MATTERS

SUPPLY = Module(
    name="supply",
    title="Supply",
    screens=(
        command_center.router,
        context.router,
        desk.router,
        orders.router,
        beside.router,
        teamwork.router,
        teamwork.order_routes,
        automation.router,
        exceptions.router,
        exceptions_together.routes,
        simulations.router,
        shadows.router,
        rules.router,
        event_log.router,
        shipment_screen.router,
    ),
    pollers=(purchase_orders.POLLER, purchase_order_status.POLLER, shipments.POLLER),
    operations=(
        OperationNeed(
            "getPurchaseOrders", "Purchase orders and their lines", "to see each order as soon as Amazon offers it"
        ),
        OperationNeed("getPurchaseOrder", "One purchase order", "to read an order again just before it is answered"),
        OperationNeed(
            "submitAcknowledgement",
            "Our answers, line by line",
            "to confirm, backorder or cut what you decide",
            writes=True,
        ),
        OperationNeed(
            "getPurchaseOrdersStatus",
            "What Amazon shows as confirmed and received",
            "to prove that an answer took effect",
        ),
        OperationNeed(
            "getTransaction", "The state of a submitted answer", "to learn at once when Amazon refuses an answer"
        ),
        OperationNeed(
            "SubmitShipmentConfirmations",
            "Our shipment confirmations: what left, in which cartons and pallets",
            "to confirm a shipment in time, or to replace its confirmation, when you send it",
            writes=True,
        ),
        OperationNeed(
            "SubmitShipments",
            "Our requests for transport of collect freight",
            "to ask Amazon to fetch a shipment, or to cancel that, when you send it",
            writes=True,
        ),
        OperationNeed(
            "GetShipmentDetails",
            "Shipments of your orders, their carrier and where they are",
            "to prove that a confirmation took effect, and to show shipments made elsewhere",
        ),
        OperationNeed(
            "GetShipmentLabels", "Transport labels of a shipment", "to print the labels that Amazon made for parcels"
        ),
    ),
    jobs=(*kinds.KINDS, *shipment_jobs.KINDS, BULK, BULK_FIX, EXPORT, FORGET, FORGET_MATTERS, SIMULATE, SHADOW),
    after={
        "purchase_orders": kinds.DECIDE,
        "purchase_order_status": kinds.OBSERVE,
        "catalog": kinds.DECIDE,
        "rejects": kinds.REJECTED,
    },
    settings=SupplySettings,
    rest=switching.rest,
    wake=switching.wake,
    glance=glance,
    quick=QUICK,
    leaving={("decision_lines", "trace"): told_trace},
)
