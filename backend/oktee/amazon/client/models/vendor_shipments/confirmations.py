"""The shipment confirmation (ASN): what left the warehouse, in which cartons and pallets."""

from enum import StrEnum

from oktee.amazon.client.models.fields import Instant, Wire
from oktee.amazon.client.models.vendor_shipments.parts import (
    ContainerIdentification,
    Dimensions,
    ImportDetails,
    ItemDetails,
    Measure,
    ShipmentParty,
    ShippedQuantity,
)


class ConfirmationType(StrEnum):
    """Replace: the same identifier and selling party, within 7 days and before arrival, never with more."""

    ORIGINAL = "Original"
    REPLACE = "Replace"


class ShipmentStructure(StrEnum):
    PALLETIZED_ASSORTMENT_CASE = "PalletizedAssortmentCase"
    LOOSE_ASSORTMENT_CASE = "LooseAssortmentCase"
    PALLET_OF_ITEMS = "PalletOfItems"
    PALLETIZED_STANDARD_CASE = "PalletizedStandardCase"
    LOOSE_STANDARD_CASE = "LooseStandardCase"
    MASTER_PALLET = "MasterPallet"
    MASTER_CASE = "MasterCase"


class Item(Wire, frozen=True):
    """What was shipped of one line of an order."""

    item_sequence_number: str
    shipped_quantity: ShippedQuantity
    amazon_product_identifier: str | None = None
    vendor_product_identifier: str | None = None
    item_details: ItemDetails | None = None


class ContainerItem(Wire, frozen=True):
    """A part of an item in one container; `item_reference` is the item's sequence number."""

    item_reference: str
    shipped_quantity: ShippedQuantity
    item_details: ItemDetails | None = None


class Carton(Wire, frozen=True):
    carton_sequence_number: str
    items: list[ContainerItem]
    carton_identifiers: list[ContainerIdentification] = []
    dimensions: Dimensions | None = None
    weight: Measure | None = None
    tracking_number: str | None = None


class CartonReferences(Wire, frozen=True):
    """Which cartons stand on a pallet, by their sequence numbers."""

    carton_reference_numbers: list[str]
    carton_count: int | None = None


class Pallet(Wire, frozen=True):
    pallet_identifiers: list[ContainerIdentification]
    tier: int | None = None
    block: int | None = None
    dimensions: Dimensions | None = None
    weight: Measure | None = None
    carton_reference_details: CartonReferences | None = None
    items: list[ContainerItem] = []


class ConfirmedMeasurements(Wire, frozen=True):
    """Cartons are counted where nothing is palletised, pallets where it is."""

    gross_shipment_weight: Measure | None = None
    shipment_volume: Measure | None = None
    carton_count: int | None = None
    pallet_count: int | None = None


class ConfirmedTransport(Wire, frozen=True):
    carrier_scac: str | None = None
    carrier_shipment_reference_number: str | None = None
    transportation_mode: str | None = None
    bill_of_lading_number: str | None = None


class ShipmentConfirmation(Wire, frozen=True):
    """One truck, one fulfilment centre, one vendor code, one day."""

    shipment_identifier: str
    shipment_confirmation_type: str
    shipment_confirmation_date: Instant
    selling_party: ShipmentParty
    ship_from_party: ShipmentParty
    ship_to_party: ShipmentParty
    shipped_items: list[Item]
    shipment_type: str | None = None
    shipment_structure: str | None = None
    transportation_details: ConfirmedTransport | None = None
    amazon_reference_number: str | None = None
    shipped_date: Instant | None = None
    estimated_delivery_date: Instant | None = None
    shipment_measurements: ConfirmedMeasurements | None = None
    import_details: ImportDetails | None = None
    cartons: list[Carton] = []
    pallets: list[Pallet] = []


class SubmitShipmentConfirmationsRequest(Wire, frozen=True):
    shipment_confirmations: list[ShipmentConfirmation]
