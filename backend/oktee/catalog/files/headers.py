"""The words customers write over their columns, in five languages: any case, any accents, spaces or underscores."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_GAP = re.compile(r"[^a-z0-9.]+")


def plain(name: str) -> str:
    """A header without case, accents and punctuation: `Référence fournisseur` is `reference_fournisseur`."""
    text = unicodedata.normalize("NFKD", name.casefold())
    return _GAP.sub("_", "".join(mark for mark in text if not unicodedata.combining(mark))).strip("_.")


def _aliases(words: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType({plain(alias): name for name, listed in words.items() for alias in listed.split(", ")})


ITEMS: Final = _aliases(
    {
        "sku": "référence, référence article, code article, item number, item no, part number, artikelnummer, artikel-nr, "
        "artikelnr, referencia, código, código artículo, codice articolo, codice, articolo",
        "title": "titre, désignation, libellé, description, name, product name, bezeichnung, artikelbezeichnung, titel, "
        "título, descripción, descrizione, titolo, denominazione",
        "marketplaces": "marketplace, place de marché, places de marché, marktplatz, marktplätze, mercado, mercados, "
        "país, paese, paesi, pays, country, countries, land, länder",
        "case_pack": "colisage, pcb, unités par colis, pack size, case size, units per case, inhalt, ve, "
        "verpackungseinheit, stück pro karton, unidades por caja, pezzi per cartone, pezzi per collo",
        "gtin": "ean, ean13, ean_13, gtin13, upc, gencod, code-barres, barcode, código de barras, codice a barre",
        "gtin_case": "ean colis, gtin colis, ean carton, gtin carton, case gtin, case ean, gtin karton, ean karton, "
        "gtin caja, gtin cartone",
        "gtin_pallet": "ean palette, gtin palette, pallet gtin, gtin palé, gtin pallet",
        "vendor_sku": "référence fournisseur, vendor product identifier, lieferantenartikelnummer, referencia proveedor, "
        "codice fornitore articolo",
        "vendor_code": "code fournisseur, code vendeur, lieferantencode, lieferantennummer, código de proveedor, "
        "codice fornitore",
        "brand": "marque, marke, marca",
        "cost_price": "prix d'achat, prix de cession, coût, cost, unit cost, einkaufspreis, ek, ek-preis, kosten, coste, "
        "precio de coste, costo, prezzo di costo",
        "currency": "devise, monnaie, währung, moneda, divisa, valuta",
        "status": "statut, état, stato, estado",
        "replaced_by_sku": "remplacé par, replaced by, ersetzt durch, sustituido por, sostituito da, nachfolger",
        "image_url": "image, photo, url image, bild, bild-url, imagen, immagine",
        "safety_stock": "stock de sécurité, sicherheitsbestand, mindestbestand, stock de seguridad, scorta di sicurezza",
        "moq": "minimum de commande, quantité minimum, minimum order quantity, mindestbestellmenge, pedido mínimo, "
        "ordine minimo",
        "order_multiple": "multiple de commande, bestellmultiplikator, múltiplo de pedido, multiplo d'ordine",
        "lead_time_days": "délai d'acheminement, délai transport, transit days, lieferzeit, plazo de entrega, "
        "tempo di consegna",
        "handling_days": "délai de préparation, bearbeitungszeit, días de preparación, giorni di preparazione",
        "quantity": "quantité, pièces par asin, pieces per asin, stück pro asin, cantidad, quantità, menge",
        "model_number": "modèle, numéro de modèle, modellnummer, modelo, modello",
        "manufacturer_code": "code fabricant, herstellercode, código de fabricante, codice produttore",
        "base_uom": "unité de base, basiseinheit, unidad base, unità di base",
        "cases_per_layer": "colis par couche, kartons pro lage, cajas por capa, cartoni per strato",
        "layers_per_pallet": "couches par palette, lagen pro palette, capas por palé, strati per pallet",
        "list_price": "prix public, prix conseillé, msrp, rrp, uvp, pvp, listino, prezzo di listino",
        "list_price_currency": "devise prix public, uvp währung",
        "vat_class": "tva, classe de tva, mwst, steuerklasse, iva",
        "landed_cost": "coût de revient, prix de revient, einstandspreis, coste puesto en almacén, costo a magazzino",
        "landed_cost_currency": "devise coût de revient, einstandspreis währung",
        "status_valid_from": "statut depuis, statut valable à partir du, status gültig ab, estado desde, stato dal",
        "replacement_mode": "mode de remplacement, ersatzmodus",
        "length": "longueur, länge, largo, lunghezza",
        "width": "largeur, breite, ancho, larghezza",
        "height": "hauteur, höhe, alto, altezza",
        "dimension_unit": "unité de dimension, maßeinheit, unidad de medida, unità di misura",
        "weight": "poids, gewicht, peso",
        "weight_unit": "unité de poids, gewichtseinheit, unidad de peso, unità di peso",
        "case_length": "longueur colis, länge karton, largo caja, lunghezza cartone",
        "case_width": "largeur colis, breite karton, ancho caja, larghezza cartone",
        "case_height": "hauteur colis, höhe karton, alto caja, altezza cartone",
        "case_dimension_unit": "unité de dimension colis, maßeinheit karton",
        "case_weight": "poids colis, gewicht karton, peso caja, peso cartone",
        "case_weight_unit": "unité de poids colis, gewichtseinheit karton",
        "country_of_origin": "pays d'origine, ursprungsland, país de origen, paese di origine",
        "hs_code": "code douanier, nomenclature douanière, zolltarifnummer, taric, código arancelario, codice doganale",
        "dangerous_goods": "matière dangereuse, matières dangereuses, gefahrgut, mercancía peligrosa, merce pericolosa",
        "expiry_managed": "date limite gérée, ddm, mhd-pflichtig, gestión de caducidad, gestione scadenza",
        "shelf_life_days": "durée de vie, haltbarkeit tage, vida útil, durata",
        "launch_on": "date de lancement, embargo, launch date, erscheinungsdatum, fecha de lanzamiento, data di lancio",
        "valid_from": "valable du, valable à partir du, gültig ab, válido desde, valido dal",
        "valid_to": "valable jusqu'au, gültig bis, válido hasta, valido fino al",
        "is_preferred": "préféré, preferred, bevorzugt, preferido, preferito",
    }
)
STOCK: Final = _aliases(
    {
        "sku": "référence, référence article, code article, item number, item no, artikelnummer, artikel-nr, artikelnr, "
        "referencia, código, código artículo, codice articolo, codice, articolo",
        "warehouse": "entrepôt, dépôt, site, magasin, lager, lagerort, almacén, magazzino, deposito",
        "as_of": "date, date de stock, horodatage, à la date du, stand, datum, zeitpunkt, fecha, data",
        "on_hand": "stock, quantité, quantité en stock, stock physique, quantity, bestand, lagerbestand, existencias, "
        "cantidad, giacenza, quantità",
        "reserved": "réservé, quantité réservée, reserviert, reservado, riservato, impegnato",
        "quality_hold": "bloqué, stock bloqué, qualité, gesperrt, sperrbestand, bloqueado, bloccato",
        "available": "disponible, verfügbar, disponibile",
        "inbound_qty": "arrivage, quantité attendue, en cours d'arrivage, zugang, erwartet, entrante, llegada, in arrivo",
        "inbound_eta": "date d'arrivage, date d'arrivée, eta, ankunft, zugangsdatum, fecha de llegada, data di arrivo",
        "inbound_ref": "référence d'arrivage, commande d'achat, bestellnummer, referencia de llegada, riferimento arrivo",
        "uom": "unité, unit, einheit, unidad, unità, udm",
    }
)
COMPONENTS: Final = _aliases(
    {
        "sku": "référence, référence du lot, bundle sku, artikelnummer, referencia, codice articolo",
        "vendor_sku": "référence fournisseur, lieferantenartikelnummer, referencia proveedor",
        "marketplace": "marketplaces, place de marché, pays, country, marktplatz, land, mercado, país, paese",
        "component_sku": "composant, référence composant, component, komponente, komponente sku, componente",
        "quantity": "quantité, menge, cantidad, quantità",
    }
)
COSTS: Final = _aliases(
    {
        "sku": "référence, référence article, code article, artikelnummer, referencia, codice articolo",
        "marketplace": "marketplaces, place de marché, pays, country, marktplatz, land, mercado, país, paese",
        "vendor_code": "code fournisseur, code vendeur, lieferantencode, código de proveedor, codice fornitore",
        "cost_price": "prix d'achat, prix de cession, coût, cost, einkaufspreis, ek, coste, costo",
        "currency": "devise, monnaie, währung, moneda, divisa, valuta",
        "valid_from": "valable du, valable à partir du, gültig ab, válido desde, valido dal",
        "valid_to": "valable jusqu'au, gültig bis, válido hasta, valido fino al",
        "uom": "unité, unit, einheit, unidad, unità",
        "tolerance": "tolérance, toleranz, tolerancia, tolleranza",
    }
)
UNITS: Final = _aliases(
    {
        "sku": "référence, référence article, code article, artikelnummer, referencia, codice articolo",
        "uom": "unité, unit, einheit, unidad, unità, udm",
        "eaches": "pièces, unités, stück, piezas, pezzi, pieces, factor, facteur, faktor",
    }
)
_CODE = "code entrepôt, code, dépôt, entrepôt, warehouse code, lagercode, lager, almacén, magazzino"
_COUNTRY = "pays, land, país, paese"
_MODE = "mode de transport, transport, transportart, transport mode, modo de transporte, modo di trasporto"
_ZONE = "zone de livraison, région, gebiet, zona"
WAREHOUSES: Final = _aliases(
    {
        "code": _CODE + ", warehouse",
        "name": "nom, bezeichnung, nombre, nome",
        "country": _COUNTRY,
        "time_zone": "fuseau horaire, fuseau, timezone, zeitzone, zona horaria, fuso orario",
        "working_days": "jours ouvrés, arbeitstage, días laborables, giorni lavorativi",
        "cut_off": "heure limite, cutoff, annahmeschluss, hora límite, ora limite",
        "calendar": "calendrier, kalender, calendario",
        "capacity": "capacité, kapazität, capacidad, capacità",
        "capacity_unit": "unité de capacité, kapazitätseinheit, unidad de capacidad, unità di capacità",
        "opens": "ouverture, ouvre, öffnet, öffnung, abre, apertura",
        "closes": "fermeture, ferme, schließt, schließung, cierra, cierre, chiude, chiusura",
        "party_id": "id amazon, identifiant amazon, amazon id, ship from id, amazon-id",
        "address": "adresse, rue, street, straße, dirección, indirizzo",
        "city": "ville, stadt, ciudad, città",
        "postal_code": "code postal, postleitzahl, plz, zip, código postal, cap",
    }
)
CALENDARS: Final = _aliases(
    {
        "name": "nom, calendrier, calendar, kalender, nombre, nome, calendario",
        "country": _COUNTRY,
        "subdivision": "région, état, bundesland, state, provincia, provincia autonoma, canton, kanton",
    }
)
CLOSURES: Final = _aliases(
    {
        "calendar": "calendrier, kalender, calendario",
        "first_day": "premier jour, du, date, day, from, erster tag, von, primer día, desde, primo giorno, dal",
        "last_day": "dernier jour, au, to, letzter tag, bis, último día, hasta, ultimo giorno, al",
        "reason": "motif, raison, grund, motivo",
    }
)
TRANSIT_TIMES: Final = _aliases(
    {
        "origin": "origine, départ, ursprung, origen, " + _CODE + ", warehouse",
        "days": "jours, jours ouvrés, délai, transit days, transit, arbeitstage, tage, días, giorni",
        "centre": "fc, fulfilment centre, fulfillment center, center, centre de distribution, centro",
        "zone": _ZONE,
        "country": _COUNTRY,
        "mode": _MODE,
    }
)
CENTRES: Final = _aliases(
    {
        "code": "fc, fulfilment centre, fulfillment center, centre, center, centre de distribution, centro",
        "marketplace": "marketplaces, place de marché, marktplatz, mercado",
        "zone": _ZONE,
        "country": _COUNTRY,
        "city": "ville, stadt, ciudad, città",
        "postal_code": "code postal, postleitzahl, plz, zip, código postal, cap",
    }
)
_CALENDAR = "calendrier, kalender, calendario"
_WORKING = "jours ouvrés, jours de réception, arbeitstage, días laborables, giorni lavorativi"
CARRIERS: Final = _aliases(
    {
        "name": "transporteur, nom, carrier, spediteur, frachtführer, transportista, corriere, nombre, nome",
        "working_days": _WORKING,
        "calendar": _CALENDAR,
    }
)
STOCK_POOLS: Final = _aliases(
    {
        "marketplace": "marketplaces, place de marché, marktplatz, mercado",
        "vendor_code": "code fournisseur, code vendeur, lieferantencode, código de proveedor, codice fornitore",
        "warehouse": _CODE,
        "rank": "rang, ordre, order, priority, priorité, reihenfolge, orden, ordine",
    }
)
VENDOR_TERMS: Final = _aliases(
    {
        "carrier": "transporteur, spediteur, frachtführer, transportista, corriere",
        "vendor_code": "code fournisseur, code vendeur, lieferantencode, código de proveedor, codice fornitore",
        "freight": "port, transport payé par, frachtbedingung, freight term, flete, porto",
        "uom": "unité, unit, einheit, unidad, unità",
        "mode": _MODE,
        "warehouse": _CODE,
        "transport": "moyen de transport, voie, transportation mode, verkehrsmittel, medio de transporte, mezzo di trasporto",
    }
)
"""Header as `plain` writes it -> the column it means."""

STATUSES: Final = _aliases(
    {
        "active": "active, actif, activo, attivo, aktiv",
        "phase_out": "phase out, fin de série, en fin de série, auslauf, auslaufend, en liquidación, in esaurimento",
        "discontinued": "discontinued, arrêté, supprimé, eingestellt, ausgelaufen, descatalogado, fuori produzione",
        "blocked": "blocked, bloqué, gesperrt, bloqueado, bloccato",
        "draft": "draft, brouillon, entwurf, borrador, bozza",
    }
)
"""A state of a product as `plain` writes it -> the state it means."""
