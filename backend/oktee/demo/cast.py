"""Who is in the demo: three customers with their people, one of OKTee's own, and our applications' names at Amazon."""

from dataclasses import dataclass

from oktee.demo.folder import ApplicationKeys

ORDERS = "Inventory and Order Tracking"
"""The SP-API role that covers vendor orders and the status of transactions."""

ROLES_AT_AMAZON = {
    "Supply": (ORDERS,),
    "Supply + Finance": (ORDERS, "Finance and Accounting"),
    "All": (ORDERS, "Finance and Accounting", "Brand Analytics", "Product Listing"),
}
"""Our applications of each region, by role set: a consent goes to the smallest that covers the enabled modules."""


@dataclass(frozen=True, slots=True)
class Customer:
    """One workspace. `people` are (role, name, the part of the e-mail before the @)."""

    slug: str
    name: str
    country: str
    currency: str
    time_zone: str
    locale: str
    people: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in now. OKTee's own person belongs to no workspace."""

    workspace: str
    role: str
    email: str
    password: str
    totp_seed: str


CUSTOMERS = (
    Customer(
        slug="lumea", name="Lumea Beauty", country="FR", currency="EUR", time_zone="Europe/Paris", locale="en",
        people=(
            ("owner", "Camille Laurent", "owner"),
            ("supply_manager", "Hugo Bernard", "supply"),
            ("analyst", "Nora Petit", "analyst"),
        ),
    ),
    Customer(
        slug="nordhandel", name="Nordhandel Distribution", country="DE", currency="EUR", time_zone="Europe/Berlin",
        locale="en", people=(("owner", "Jonas Keller", "owner"),),
    ),
    Customer(
        slug="harbor", name="Harbor Wholesale", country="US", currency="USD", time_zone="America/New_York",
        locale="en", people=(("owner", "Dana Brooks", "owner"),),
    ),
)  # fmt: skip


STAFF = ("Alex Morgan", "support@oktee.example")
"""Of OKTee's support: signs in at the staff console, and sees a customer only when it lets them in."""


def application_name(keys: ApplicationKeys) -> str:
    """As the consent page shows it."""
    return f"OKTee {keys.covers} ({keys.region})"
