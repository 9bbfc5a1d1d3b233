"""What a shipment confirmation or a transport request does: Amazon's rules, each fault, and the effect (amazon/FACTS f)."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from simulator.acknowledging import Fault
from simulator.book import OrderBook
from simulator.instants import parse_instant
from simulator.orders import Line, Order
from simulator.shipments import CREATED, REQUESTED, SHIPPED, Confirmed, Part, Shipment, ShipmentBook

IDENTIFIER_RESTS = timedelta(days=365)
REPLACE_WITHIN = timedelta(days=7)
CONFIRM_WITHIN = timedelta(minutes=30)
SHORTEST_LIFE = timedelta(days=30)
TYPICAL_TRANSIT = timedelta(days=2)


class Judge:
    """Looks at one confirmation or request; collects every fault, and the parts of orders it speaks of."""

    def __init__(self, orders: OrderBook, shipments: ShipmentBook, *, partner: str, now: datetime) -> None:
        self._orders, self._shipments = orders, shipments
        self._partner, self._now = partner, now
        self.faults: list[Fault] = []
        self.parts: list[Part] = []
        self.freight = "prepaid"
        self._by_reference: dict[str, tuple[Part, str]] = {}

    def fault(self, code: str, message: str) -> None:
        self.faults.append(Fault(code, message))

    def confirmation(self, body: dict[str, Any]) -> Shipment | None:
        """The shipment that takes effect, not stored yet; None when there are faults."""
        identifier = body["shipmentIdentifier"]
        known = self._shipments.find(self._partner, identifier)
        self._identity(body, known)
        for item in body["shippedItems"]:
            number = (item.get("itemDetails") or {}).get("purchaseOrderNumber")
            if item["itemSequenceNumber"] in self._by_reference:
                self.fault("INVALID_ITEM", f"Item sequence number {item['itemSequenceNumber']} names several items.")
            self._item(body, item, number, but=known)
        self._dates(body)
        self._containers(body)
        if body["shipmentConfirmationType"] == "Replace" and known is not None:
            self._only_down(known)
        if self.freight == "collect":
            reference = body.get("amazonReferenceNumber")
            if not reference:
                self.fault("MISSING_REFERENCE", "Collect shipments need the Amazon reference number.")
            elif known is None or known.reference != reference:
                self.fault("INVALID_REFERENCE", f"There is no shipment {identifier} with reference {reference}.")
        if self.faults:
            return None
        return self._confirmed(body, known)

    def request(self, body: dict[str, Any]) -> Shipment | None:
        """The shipment that a transport request makes or cancels; None when there are faults."""
        identifier = body["vendorShipmentIdentifier"]
        known = self._shipments.find(self._partner, identifier)
        if body["transactionType"] == "Cancel":
            if known is None or known.cancelled_at is not None:
                self.fault("SHIPMENT_NOT_FOUND", f"There is no shipment {identifier}.")
            elif known.status == SHIPPED:
                self.fault("SHIPMENT_SHIPPED", f"Shipment {identifier} has left and cannot be cancelled.")
            else:
                known.cancelled_at = self._now
            return None if self.faults else known
        if known is not None and known.created_at > self._now - IDENTIFIER_RESTS:
            self.fault("DUPLICATE_SHIPMENT_IDENTIFIER", f"Shipment identifier {identifier} was used within 365 days.")
        if body.get("shipmentFreightTerm") != "Collect":
            self.fault("INVALID_FREIGHT_TERM", "Amazon fetches Collect shipments only.")
        measures = body.get("shipmentMeasurements") or {}
        if not measures.get("shipmentWeight") or not any(
            measures.get(name) for name in ("totalCartonCount", "totalPalletStackable", "totalPalletNonStackable")
        ):
            self.fault("MISSING_MEASUREMENTS", "Weight and the count of cartons or pallets are required.")
        pickup = (body.get("collectFreightPickupDetails") or {}).get("requestedPickUp")
        if pickup is None:
            self.fault("MISSING_DATE", "The requested pick-up is required.")
        elif parse_instant(pickup) < self._now:
            self.fault("INVALID_DATE", "The requested pick-up lies in the past.")
        for order in body.get("purchaseOrders") or []:
            for item in order.get("items") or []:
                asin = {"amazonProductIdentifier": item.get("buyerProductIdentifier")}
                self._item(body, {**item, **asin}, order.get("purchaseOrderNumber"), but=known)
        if not self.parts and not self.faults:
            self.fault("MISSING_ITEMS", "A transport request names what is to be fetched.")
        if self.freight != "collect" and self.parts:
            self.fault("INVALID_FREIGHT_TERM", "The vendor pays the freight of these orders.")
        if self.faults:
            return None
        number = sum(1 for each in self._shipments if each.reference) + 1
        return Shipment(
            identifier=identifier, selling_partner_id=self._partner, vendor_code=body["sellingParty"]["partyId"],
            freight="collect", created_at=self._now, fulfilment_center=body["shipToParty"]["partyId"],
            statuses=[(CREATED, self._now), (REQUESTED, self._now)], reference=f"{1_450_000_000 + number}",
            parts=self.parts, request=body, scheduled_pickup=parse_instant(str(pickup)),
        )  # fmt: skip

    def _identity(self, body: dict[str, Any], known: Shipment | None) -> None:
        identifier, kind = body["shipmentIdentifier"], body["shipmentConfirmationType"]
        first = None if known is None else known.confirmed_at
        if kind == "Original" and first is not None and first > self._now - IDENTIFIER_RESTS:
            self.fault("DUPLICATE_SHIPMENT_IDENTIFIER", f"Shipment identifier {identifier} was used within 365 days.")
        if kind == "Replace" and (known is None or first is None):
            self.fault("SHIPMENT_NOT_FOUND", f"There is no confirmation {identifier} to be replaced.")
        elif kind == "Replace" and first is not None and self._now > first + REPLACE_WITHIN:
            self.fault("REPLACEMENT_WINDOW_CLOSED", "A confirmation can be replaced within 7 days.")
        if known is not None and known.arrived_at is not None:
            self.fault("SHIPMENT_ARRIVED", f"Shipment {identifier} has arrived.")
        if known is not None and known.cancelled_at is not None:
            self.fault("SHIPMENT_CANCELLED", f"Shipment {identifier} was cancelled.")
        if known is not None and known.vendor_code != body["sellingParty"]["partyId"]:
            self.fault("INVALID_SELLING_PARTY", "The selling party is not the one of the shipment before.")

    def _item(self, body: dict[str, Any], item: dict[str, Any], number: str | None, *, but: Shipment | None) -> None:
        order = self._orders.find(number) if number else None
        if order is None or order.selling_partner_id != self._partner or order.available_at > self._now:
            self.fault("INVALID_ORDER_ID", "Invalid order ID.")
            return
        if order.vendor_code != body["sellingParty"]["partyId"]:
            self.fault("INVALID_SELLING_PARTY", f"The selling party is not the one of order {number}.")
        if order.fulfilment_center != body["shipToParty"]["partyId"]:
            self.fault("INVALID_SHIP_TO_PARTY", f"Order {number} goes to {order.fulfilment_center}.")
        if order.cancelled or (order.state == "Closed" and not order.answered):
            self.fault("ORDER_CLOSED", f"Order {number} is closed.")
        if self.parts and order.freight != self.freight:
            self.fault("INVALID_FREIGHT_TERM", f"The freight of order {number} is paid by another party.")
        self.freight = order.freight
        line = _find_line(order, item)
        if line is None:
            self.fault("INVALID_ITEM", f"Order {number} has no such item.")
            return
        quantity = item["shippedQuantity"]
        name = f"Item {line.sequence} of order {number}"
        if quantity["unitOfMeasure"] != line.unit:
            self.fault("INVALID_UNIT_OF_MEASURE", f"{name} is ordered in {line.unit}.")
        elif quantity["amount"] <= 0:
            self.fault("INVALID_QUANTITY", f"{name}: a shipped quantity must not be zero.")
        else:
            before = self._shipments.shipped(order.number, line.sequence, but=but)
            here = sum(part.amount for part in self.parts if (part.order, part.sequence) == (number, line.sequence))
            if before + here + quantity["amount"] > line.accepted:
                self.fault("INVALID_QUANTITY", f"{name}: more is shipped than the {line.accepted} confirmed.")
        part = Part(order.number, line.sequence, quantity["amount"])
        self.parts.append(part)
        self._by_reference[item["itemSequenceNumber"]] = (part, quantity["unitOfMeasure"])

    def _dates(self, body: dict[str, Any]) -> None:
        left, arrives = body.get("shippedDate"), body.get("estimatedDeliveryDate")
        if left and arrives and parse_instant(arrives) < parse_instant(left):
            self.fault("INVALID_DATE", "The delivery is estimated before the shipment left.")
        if arrives and parse_instant(arrives) < self._now:
            self.fault("SHIPMENT_ARRIVED", "A shipment is confirmed before it arrives.")

    def _containers(self, body: dict[str, Any]) -> None:
        cartons, pallets = body.get("cartons") or [], body.get("pallets") or []
        if body.get("shipmentType") == "SmallParcel" and (len(cartons) != 1 or not cartons[0].get("trackingNumber")):
            self.fault("INVALID_CARTON", "A small parcel is confirmed carton by carton, each with its tracking number.")
        names = [name for each in cartons for name in each.get("cartonIdentifiers") or []]
        names += [name for each in pallets for name in each["palletIdentifiers"]]
        numbers = Counter(name["containerIdentificationNumber"] for name in names)
        for name in names:
            number = name["containerIdentificationNumber"]
            if name["containerIdentificationType"] == "SSCC" and not is_sscc(number):
                self.fault("INVALID_CONTAINER_IDENTIFIER", f"{number} is not an SSCC.")
        for number in (number for number, times in numbers.items() if times > 1):
            self.fault("DUPLICATE_CONTAINER_IDENTIFIER", f"{number} names more than one container.")
        known = {each["cartonSequenceNumber"] for each in cartons}
        for pallet in pallets:
            references = (pallet.get("cartonReferenceDetails") or {}).get("cartonReferenceNumbers") or []
            for reference in references:
                if reference not in known:
                    self.fault("INVALID_CARTON_REFERENCE", f"There is no carton {reference}.")
        packed: Counter[str] = Counter()
        for item in [item for each in (*cartons, *pallets) for item in each.get("items") or []]:
            packed[item["itemReference"]] += item["shippedQuantity"]["amount"]
            named = (item.get("itemDetails") or {}).get("purchaseOrderNumber")
            meant = self._by_reference.get(item["itemReference"])
            if named is not None and meant is not None and meant[0].order != named:
                self.fault("INVALID_CARTON_CONTENT", f"Item {item['itemReference']} is not of order {named}.")
        for reference, amount in packed.items():
            part = self._by_reference.get(reference)
            if part is None or part[0].amount != amount:
                self.fault("INVALID_CARTON_CONTENT", f"The containers do not add up to item {reference}.")

    def _only_down(self, known: Shipment) -> None:
        before = {(part.order, part.sequence): part.amount for part in known.parts}
        for part in self.parts:
            if part.amount > before.get((part.order, part.sequence), 0):
                self.fault("INVALID_QUANTITY", f"Item {part.sequence} of order {part.order} may only go down.")

    def _confirmed(self, body: dict[str, Any], known: Shipment | None) -> Shipment:
        shipment = known or Shipment(
            identifier=body["shipmentIdentifier"], selling_partner_id=self._partner,
            vendor_code=body["sellingParty"]["partyId"], freight=self.freight, created_at=self._now,
            fulfilment_center=body["shipToParty"]["partyId"], statuses=[(CREATED, self._now)],
        )  # fmt: skip
        shipment.parts, shipment.confirmation = self.parts, body
        if shipment.status != SHIPPED:
            shipment.statuses.append((SHIPPED, self._now))
        left = parse_instant(body["shippedDate"]) if body.get("shippedDate") else self._now
        arrives = body.get("estimatedDeliveryDate")
        shipment.arrives_at = parse_instant(arrives) if arrives else left + TYPICAL_TRANSIT
        return shipment

    def note(
        self, shipment: Shipment, body: dict[str, Any], *, transaction_id: str, call_seq: int, sent_at: datetime
    ) -> None:
        """Write down that the confirmation took effect, and what Amazon would charge for in it."""
        defects = []
        left = body.get("shippedDate")
        if body["shipmentConfirmationType"] == "Original" and left and sent_at > parse_instant(left) + CONFIRM_WITHIN:
            defects.append("ASN_LATE")
        if not body.get("cartons") and not body.get("pallets"):
            defects.append("NO_CARTON_CONTENT")
        for part in self.parts:
            order = self._orders.find(part.order)
            arrives = shipment.arrives_at
            when = arrives if order is not None and order.freight == "prepaid" else left and parse_instant(left)
            if order is not None and when and not order.window_start <= when <= order.window_end:
                defects.append("OUTSIDE_WINDOW")
                break
        defects += _of_expiry(body, shipment)
        shipment.confirmations.append(
            Confirmed(self._now, body["shipmentConfirmationType"], transaction_id, call_seq, defects)
        )


def _of_expiry(body: dict[str, Any], shipment: Shipment) -> list[str]:
    """Goods that arrive with less than thirty days are charged whole."""
    for item in body["shippedItems"]:
        expires = ((item.get("itemDetails") or {}).get("expiry") or {}).get("expiryDate")
        if expires and shipment.arrives_at and parse_instant(expires) < shipment.arrives_at + SHORTEST_LIFE:
            return ["EXPIRES_SOON"]
    return []


def is_sscc(number: str) -> bool:
    """18 digits, of which the last checks the others (GS1: weights 3 and 1 from the right)."""
    if len(number) != 18 or not number.isascii() or not number.isdigit():
        return False
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(number[:17]))
    return (10 - total % 10) % 10 == int(number[17])


def _find_line(order: Order, item: dict[str, Any]) -> Line | None:
    asin, identifier = item.get("amazonProductIdentifier"), item.get("vendorProductIdentifier")
    fitting = [
        line
        for line in order.lines
        if (asin is not None or identifier is not None)
        and asin in (None, line.asin)
        and identifier in (None, line.identifier)
    ]
    exact = [line for line in fitting if line.sequence == item["itemSequenceNumber"]]
    return exact[0] if exact else fitting[0] if len(fitting) == 1 else None
