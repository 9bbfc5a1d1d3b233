"""What a shipment confirmation and a transport request share: parties, measures, containers' names, quantities."""

from enum import StrEnum

from oktee.amazon.client.models.fields import Address, Instant, Money, TaxRegistration, Wire


class ShipmentType(StrEnum):
    """How it travels. Wire fields are plain text: a value not listed here is kept as Amazon wrote it."""

    TRUCK_LOAD = "TruckLoad"
    LESS_THAN_TRUCK_LOAD = "LessThanTruckLoad"
    SMALL_PARCEL = "SmallParcel"


class FreightTerm(StrEnum):
    """Who pays the freight: Amazon (Collect) or the vendor (Prepaid)."""

    COLLECT = "Collect"
    PREPAID = "Prepaid"


class ContainerIdentificationType(StrEnum):
    SSCC = "SSCC"
    AMZNCC = "AMZNCC"
    GTIN = "GTIN"
    BPS = "BPS"
    CID = "CID"


class ShipmentParty(Wire, frozen=True):
    """Somebody by id; the tax numbers are a list here, unlike in vendorOrders."""

    party_id: str
    address: Address | None = None
    tax_registration_details: list[TaxRegistration] = []


class TotalWeight(Wire, frozen=True):
    """The weight of items priced by weight; the unit is POUNDS, OUNCES, GRAMS or KILOGRAMS."""

    unit_of_measure: str | None = None
    amount: str | None = None


class ShippedQuantity(Wire, frozen=True):
    """An amount of units or of cases of `unit_size` units. Amazon's sandbox also writes `Each`."""

    amount: int | None = None
    unit_of_measure: str | None = None
    unit_size: int | None = None
    total_weight: TotalWeight | None = None

    @property
    def eaches(self) -> int | None:
        """Units in eaches; None when it cannot be known. Never a guess."""
        if self.amount is None or self.unit_of_measure is None:
            return None
        match self.unit_of_measure.strip().casefold():
            case "eaches" | "each":
                return self.amount
            case "cases" if self.unit_size is not None:
                return self.amount * self.unit_size
            case _:
                return None


class Measure(Wire, frozen=True):
    """A weight or a volume: a decimal as text, and its unit."""

    unit_of_measure: str | None = None
    value: str | None = None


class Dimensions(Wire, frozen=True):
    """Length, width and height as text, in In, Ft, Meter or Yard."""

    length: str | None = None
    width: str | None = None
    height: str | None = None
    unit_of_measure: str | None = None


class ContainerIdentification(Wire, frozen=True):
    """A number on a label; SSCC is the one that Amazon's docks scan."""

    container_identification_type: str
    container_identification_number: str


class Duration(Wire, frozen=True):
    duration_unit: str | None = None
    duration_value: int | None = None


class Expiry(Wire, frozen=True):
    """Dates of what does not keep."""

    manufacturer_date: Instant | None = None
    expiry_date: Instant | None = None
    expiry_after_duration: Duration | None = None


class ItemDetails(Wire, frozen=True):
    """More about an item, a carton's item or a pallet's item: the order it belongs to, its lot, its dates."""

    purchase_order_number: str | None = None
    lot_number: str | None = None
    lot_number_source_reference: str | None = None
    lot_number_source_type: str | None = None
    country_of_origin: str | None = None
    expiry: Expiry | None = None
    maximum_retail_price: Money | None = None
    handling_code: str | None = None


class StopLocation(Wire, frozen=True):
    type: str | None = None
    location_code: str | None = None
    country_code: str | None = None


class Stop(Wire, frozen=True):
    function_code: str
    location_identification: StopLocation | None = None
    arrival_time: Instant | None = None
    departure_time: Instant | None = None


class Route(Wire, frozen=True):
    stops: list[Stop] = []


class ImportDetails(Wire, frozen=True):
    """Of direct imports only."""

    method_of_payment: str | None = None
    seal_number: str | None = None
    route: Route | None = None
    import_containers: str | None = None
    billable_weight: Measure | None = None
    estimated_ship_by_date: Instant | None = None
    handling_instructions: str | None = None
