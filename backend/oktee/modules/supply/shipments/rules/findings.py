"""One thing that is wrong with a shipment, and the families of charges it may bring."""

from dataclasses import dataclass
from dataclasses import field as made_by

ASN, CARTON, RECEIVE, OVERAGE, ON_TIME, TRANSPORT = (
    "asn", "carton_content", "receive_accuracy", "overage", "on_time", "transportation",
)  # fmt: skip
"""Families of charges (DEFINITIONS 4)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`field` is a JSON pointer into the shipment; `charge` the family it would be charged under, None where Amazon refuses
    the message instead."""

    field: str
    code: str
    charge: str | None = None
    blocking: bool = True
    values: dict[str, str | int] = made_by(default_factory=dict)
