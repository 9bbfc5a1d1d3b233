"""Amazon's own parties on an order: fulfilment centres, the buying company and the company billed, by country."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Party:
    id: str
    name: str
    line: str
    city: str
    postal_code: str
    country: str

    def wire(self, *, address: bool, tax_number: str | None = None) -> dict[str, Any]:
        """A PartyIdentification; address blocks are filled in Europe and mostly absent in North America (amazon/FACTS e)."""
        party: dict[str, Any] = {"partyId": self.id}
        if address:
            party["address"] = {
                "name": self.name,
                "addressLine1": self.line,
                "city": self.city,
                "postalCode": self.postal_code,
                "countryCode": self.country,
            }
            if tax_number:
                party["taxInfo"] = {"taxRegistrationType": "VAT", "taxRegistrationNumber": tax_number}
        return party


_CENTERS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "DE": (
        ("MUC3", "Amazonstrasse 1", "Graben", "86836"),
        ("LEJ1", "Amazonstrasse 1", "Leipzig", "04347"),
        ("DTM2", "Kaltbandstrasse 4", "Dortmund", "44145"),
        ("HAM2", "Borgwardstrasse 10", "Winsen (Luhe)", "21423"),
    ),
    "FR": (
        ("ORY1", "Pole 45, 1401 Rue du Champ Rouge", "Saran", "45770"),
        ("LIL1", "1 Rue Amazon", "Lauwin-Planque", "59553"),
        ("LYS1", "1 Rue Amazon", "Sevrey", "71100"),
    ),
    "IT": (
        ("MXP5", "Strada Dogana Po 2U", "Castel San Giovanni", "29015"),
        ("FCO1", "Via della Meccanica 1", "Fara in Sabina", "02032"),
    ),
    "ES": (
        ("MAD4", "Avenida de la Astronomia 24", "San Fernando de Henares", "28830"),
        ("BCN1", "Avinguda de les Garrigues 6", "El Prat", "08820"),
    ),
    "UK": (
        ("BHX4", "Lyons Park, Sayer Drive", "Coventry", "CV5 9PF"),
        ("LTN4", "Boscombe Road", "Dunstable", "LU5 4FE"),
    ),
    "US": (
        ("PHX6", "4750 W Mohave St", "Phoenix", "85043"),
        ("ONT8", "24300 Nandina Ave", "Moreno Valley", "92551"),
        ("MDW2", "250 Emerald Dr", "Joliet", "60433"),
        ("TEB9", "601 Randolph Rd", "Somerset", "08873"),
    ),
}

_BUYERS: dict[str, tuple[str, str, str, str, str, str]] = {
    "DE": (
        "AMZD1",
        "Amazon EU S.a r.l., Niederlassung Deutschland",
        "Marcel-Breuer-Strasse 12",
        "Muenchen",
        "80807",
        "DE999000101",
    ),
    "FR": (
        "AMZF1",
        "Amazon EU S.a r.l., Succursale Francaise",
        "67 Boulevard du General Leclerc",
        "Clichy",
        "92110",
        "FR99900020201",
    ),
    "IT": (
        "AMZI1",
        "Amazon EU S.a r.l., Succursale Italiana",
        "Viale Monte Grappa 3",
        "Milano",
        "20124",
        "IT99900030301",
    ),
    "ES": (
        "AMZE1",
        "Amazon EU S.a r.l., Sucursal en Espana",
        "Calle de Ramirez de Prado 5",
        "Madrid",
        "28045",
        "ESW9990404A",
    ),
    "UK": (
        "AMZU1",
        "Amazon EU SARL, UK Branch",
        "1 Principal Place, Worship Street",
        "London",
        "EC2A 2FA",
        "GB999005050",
    ),
}


def fulfilment_centers(country: str) -> tuple[str, ...]:
    """The codes Amazon ships to in a country; other countries of the model have one made of their code."""
    return tuple(row[0] for row in _CENTERS.get(country, ())) or (f"X{country}1",)


def ship_to_party(center: str, *, country: str) -> dict[str, Any]:
    row = next((row for row in _CENTERS.get(country, ()) if row[0] == center), None)
    iso = "GB" if country == "UK" else country
    if row is None or country == "US":
        return {"partyId": center}
    return Party(center, f"Amazon Fulfilment {center}", row[1], row[2], row[3], iso).wire(address=True)


def buying_party(country: str, *, tax: bool = False) -> dict[str, Any]:
    """The buying party, or with tax the party billed: the same company with its registration."""
    row = _BUYERS.get(country)
    if row is None:
        return {"partyId": f"AMZ{country[0]}1"}
    iso = "GB" if country == "UK" else country
    return Party(row[0], row[1], row[2], row[3], row[4], iso).wire(address=True, tax_number=row[5] if tax else None)
