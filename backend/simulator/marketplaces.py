"""Amazon's marketplaces: id, country, currency and region (amazon/FACTS a)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Marketplace:
    country: str
    id: str
    currency: str
    region: str
    name: str


MARKETPLACES = {
    row[0]: Marketplace(*row)
    for row in (
        ("US", "ATVPDKIKX0DER", "USD", "NA", "United States"),
        ("CA", "A2EUQ1WTGCTBG2", "CAD", "NA", "Canada"),
        ("MX", "A1AM78C64UM0Y8", "MXN", "NA", "Mexico"),
        ("BR", "A2Q3Y263D00KWC", "BRL", "NA", "Brazil"),
        ("UK", "A1F83G8C2ARO7P", "GBP", "EU", "United Kingdom"),
        ("FR", "A13V1IB3VIYZZH", "EUR", "EU", "France"),
        ("DE", "A1PA6795UKMFR9", "EUR", "EU", "Germany"),
        ("IT", "APJ6JRA9NG5V4", "EUR", "EU", "Italy"),
        ("ES", "A1RKKUPIHCS9HS", "EUR", "EU", "Spain"),
        ("NL", "A1805IZSGTT6HS", "EUR", "EU", "Netherlands"),
        ("BE", "AMEN7PMS3EDWL", "EUR", "EU", "Belgium"),
        ("SE", "A2NODRKZP88ZB9", "SEK", "EU", "Sweden"),
        ("PL", "A1C3SOZRARQ6R3", "PLN", "EU", "Poland"),
        ("IE", "A28R8C7NBKEWEA", "EUR", "EU", "Ireland"),
        ("TR", "A33AVAJ2PDY3EV", "TRY", "EU", "Turkey"),
        ("AE", "A2VIGQ35RCS4UG", "AED", "EU", "United Arab Emirates"),
        ("EG", "ARBP9OOSHTCHU", "EGP", "EU", "Egypt"),
        ("SA", "A17E79C6D8DWNP", "SAR", "EU", "Saudi Arabia"),
        ("ZA", "AE08WJ6YKNBMC", "ZAR", "EU", "South Africa"),
        ("IN", "A21TJRUUN4KGV", "INR", "EU", "India"),
        ("JP", "A1VC38T7YXB528", "JPY", "FE", "Japan"),
        ("AU", "A39IBJ37TRP1C6", "AUD", "FE", "Australia"),
        ("SG", "A19VAU5U5O7RUS", "SGD", "FE", "Singapore"),
    )
}


def find_marketplace(code_or_id: str) -> Marketplace | None:
    """By country code in any case (GB is UK) or by marketplace id; None when Amazon has no such marketplace."""
    code = code_or_id.upper()
    found = MARKETPLACES.get("UK" if code == "GB" else code)
    return found or next((each for each in MARKETPLACES.values() if each.id == code_or_id), None)
