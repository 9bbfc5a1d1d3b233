"""The words of exported files, in the languages of the screens, and numbers and instants as those write them."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "po_number": "Order", "country": "Marketplace", "vendor_code": "Vendor code", "ship_to": "Ship to",
        "order_type": "Type", "status": "Status", "deadline_at": "Answer due", "edit_until": "Editable until",
        "window": "Window", "window_start": "Window opens", "window_end": "Window closes", "asked": "Asked (ea)",
        "taken": "Taken (ea)", "backordered": "Backordered (ea)", "cut": "Cut (ea)", "received": "Received (ea)",
        "value": "Value", "cut_value": "Cut value", "currency": "Currency", "decided_by": "Decided by",
        "ordered_at": "Ordered", "deal_code": "Deal code", "payment_method": "Payment", "import_order": "Import order",
        "backorder_allowed": "Backorder allowed", "changed_at": "Changed by Amazon", "last_received_at": "Last received",
        "brand": "Brand", "line_count": "Lines", "assignee": "Assigned to", "tags": "Tags", "sequence": "Line", "asin": "ASIN", "vendor_sku": "Vendor SKU",
        "sku": "SKU", "title": "Title", "net_cost": "Net cost", "reason": "Amazon's reason", "why": "Why",
        "at": "Time", "kind": "Event", "outcome": "Outcome", "actor": "Who", "object": "Object", "cause": "Cause",
        "correlation_id": "Correlation", "payload": "Payload", "yes": "yes", "no": "no",
        "to_confirm": "To confirm", "scheduled": "Scheduled", "held": "Held", "sending": "Sending",
        "processing": "Processing", "confirmed": "Confirmed", "partly_confirmed": "Partly confirmed",
        "rejected": "Rejected", "send_failed": "Send failed", "mismatch": "Read-back mismatch",
        "changed": "Changed by Amazon", "cancelled": "Cancelled by Amazon", "receiving": "In receiving",
        "received_status": "Received", "closed": "Closed",
        "severity": "Severity", "state": "State", "due_at": "Due", "opened_at": "Since",
        "free_stock": "Free stock (ea)", "suggested": "Suggested (ea)", "snoozed_until": "Snoozed until",
        "resolution": "End", "resolved_by": "Ended by", "resolved_at": "Ended on", "note": "Note",
    },
    "fr": {
        "po_number": "Commande", "country": "Place de marché", "vendor_code": "Code fournisseur",
        "ship_to": "Destination", "order_type": "Type", "status": "Statut", "deadline_at": "Réponse attendue",
        "edit_until": "Modifiable jusqu’au", "window": "Fenêtre", "window_start": "Début de fenêtre",
        "window_end": "Fin de fenêtre", "asked": "Demandé (u.)", "taken": "Accepté (u.)",
        "backordered": "En reliquat (u.)", "cut": "Coupé (u.)", "received": "Reçu (u.)", "value": "Valeur",
        "cut_value": "Valeur coupée", "currency": "Devise", "decided_by": "Décidé par", "ordered_at": "Commandée le",
        "deal_code": "Code d’offre", "payment_method": "Paiement", "import_order": "Commande d’importation",
        "backorder_allowed": "Reliquat permis", "changed_at": "Modifiée par Amazon",
        "last_received_at": "Dernière réception", "brand": "Marque", "line_count": "Lignes", "assignee": "Confiée à",
        "tags": "Étiquettes", "sequence": "Ligne",
        "asin": "ASIN", "vendor_sku": "Référence fournisseur", "sku": "Référence", "title": "Titre",
        "net_cost": "Coût net", "reason": "Motif d’Amazon", "why": "Pourquoi", "at": "Heure", "kind": "Événement",
        "outcome": "Résultat", "actor": "Qui", "object": "Objet", "cause": "Cause", "correlation_id": "Corrélation",
        "payload": "Contenu", "yes": "oui", "no": "non", "to_confirm": "À confirmer", "scheduled": "Planifiée",
        "held": "Retenue", "sending": "Envoi en cours", "processing": "En traitement", "confirmed": "Confirmée",
        "partly_confirmed": "Confirmée en partie", "rejected": "Refusée", "send_failed": "Envoi échoué",
        "mismatch": "Relecture différente", "changed": "Modifiée par Amazon", "cancelled": "Annulée par Amazon",
        "receiving": "En réception", "received_status": "Reçue", "closed": "Close",
        "severity": "Gravité", "state": "État", "due_at": "Échéance", "opened_at": "Depuis",
        "free_stock": "Stock libre (u.)", "suggested": "Proposé (u.)", "snoozed_until": "De côté jusqu’au",
        "resolution": "Fin", "resolved_by": "Fin par", "resolved_at": "Fin le", "note": "Note",
    },
}  # fmt: skip
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec")
NARROW: Final = "\u202f"
"""Between the thousands of a French number."""


class Speech:
    """How one file speaks: `shown` as the screen writes it, or raw (ISO instants, dots before decimals)."""

    def __init__(self, locale: str, time_zone: str, *, raw: bool) -> None:
        self.language = "fr" if locale.startswith("fr") else "en"
        self.words = WORDS[self.language]
        self.zone = ZoneInfo(time_zone)
        self.raw = raw

    def heading(self, name: str) -> str:
        return name if self.raw else self.words[name]

    def status(self, value: str) -> str:
        if self.raw:
            return value
        return self.words.get("received_status" if value == "received" else value, value)

    def text(self, value: Any) -> str:
        """A value as a cell of text holds it."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return ("true" if value else "false") if self.raw else self.words["yes" if value else "no"]
        if isinstance(value, datetime):
            return self.instant(value)
        if isinstance(value, int | Decimal):
            return self.number(value)
        return str(value)

    def number(self, value: int | Decimal) -> str:
        if self.raw:
            return format(value, "f") if isinstance(value, Decimal) else str(value)
        found = f"{value:,.2f}" if isinstance(value, Decimal) else f"{value:,}"
        if self.language == "fr":
            return found.replace(",", NARROW).replace(".", ",")
        return found

    def instant(self, value: datetime) -> str:
        if self.raw:
            return value.isoformat()
        local = value.astimezone(self.zone)
        if self.language == "fr":
            return f"{local:%d/%m/%Y %H:%M}"
        return f"{local.day} {MONTHS[local.month - 1]} {local:%Y, %H:%M}"
