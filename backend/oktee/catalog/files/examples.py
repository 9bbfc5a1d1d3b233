"""One good row of each kind of file: what a person starts from. A test reads them back."""

from types import MappingProxyType
from typing import Final

_ITEMS = {
    "sku": "4410", "title": "Cleansing balm 100 ml", "marketplaces": "FR DE", "case_pack": "12", "gtin": "3012345678902",
    "gtin_case": "13012345678909", "asin": "B0C4LM3B02", "vendor_code": "", "vendor_sku": "4410", "quantity": "1",
    "brand": "Lumea", "status": "active", "replaced_by_sku": "", "cost_price": "6.20", "currency": "EUR",
    "safety_stock": "24", "moq": "", "order_multiple": "", "handling_days": "1", "lead_time_days": "2",
    "launch_on": "", "cases_per_layer": "8", "layers_per_pallet": "5", "weight": "0.25", "weight_unit": "kg",
    "length": "6", "width": "6", "height": "12.5", "dimension_unit": "cm", "case_weight": "3.4", "case_weight_unit": "kg",
    "country_of_origin": "FR", "hs_code": "33049900", "dangerous_goods": "no", "image_url": "", "ext.range": "Spring",
}  # fmt: skip
EXAMPLES: Final = MappingProxyType(
    {
        "items": _ITEMS,
        "stock": {
            "sku": "4410", "warehouse": "LYON", "as_of": "2026-11-24T08:00:00Z", "on_hand": "480", "uom": "each",
            "reserved": "0", "quality_hold": "0", "available": "", "inbound_qty": "240", "inbound_eta": "2026-12-01",
            "inbound_ref": "PO-1201",
        },
        "components": {
            "asin": "B0C4LM3B09", "vendor_sku": "", "sku": "", "marketplace": "FR", "component_sku": "4410", "quantity": "2",
        },
        "costs": {
            "sku": "4410", "marketplace": "FR", "vendor_code": "LUMF1", "cost_price": "6.20", "currency": "EUR",
            "valid_from": "2026-01-01", "valid_to": "2026-12-31", "uom": "each", "tolerance": "2%",
        },
        "units": {"sku": "4410", "uom": "pallet", "eaches": "480"},
        "calendars": {"name": "France", "country": "FR", "subdivision": ""},
        "closures": {
            "calendar": "France", "first_day": "2026-12-24", "last_day": "2026-12-31", "reason": "Stocktaking",
        },
        "warehouses": {
            "code": "LYON", "name": "Lyon", "country": "FR", "time_zone": "Europe/Paris", "working_days": "mon-fri",
            "cut_off": "12:00", "calendar": "", "capacity": "400", "capacity_unit": "lines", "opens": "07:00",
            "closes": "19:00", "party_id": "WHLYON", "address": "12 rue de la Gare", "city": "Lyon", "postal_code": "69007",
        },
        "transit_times": {
            "origin": "LYON", "centre": "", "zone": "", "country": "FR", "mode": "ltl", "days": "2",
        },
        "fulfilment_centres": {
            "code": "ORY1", "marketplace": "FR", "zone": "Nord", "country": "FR", "city": "Saran",
            "postal_code": "45770", "working_days": "mon-fri", "calendar": "",
        },
        "vendor_terms": {
            "vendor_code": "LUMF1", "freight": "prepaid", "uom": "each", "mode": "ltl", "warehouse": "LYON", "carrier": "",
            "transport": "road",
        },
        "carriers": {"name": "Rhône Fret", "working_days": "mon-fri", "calendar": ""},
        "stock_pools": {"marketplace": "FR", "vendor_code": "", "warehouse": "LYON", "rank": "1"},
    }
)  # fmt: skip
