"""What an alert says in a mail: one line per object, in the reader's language and zone, with the page it leads to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from oktee.kit.settings import settings

MONTHS: Final = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
}
PAGES: Final = {
    "order": "supply/orders/{id}",
    "exception": "supply/exceptions?exception={id}",
    "rule": "supply/rules?rule={id}",
    "import": "administration/catalog?tab=imports&import={id}",
    "stock": "administration/catalog?tab=imports",
    "connection": "administration/connections",
    "export": "administration/privacy",
    "access_request": "administration/people",
}
NAMES: Final = {
    "en": {
        "commandCenter": "Command Center",
        "orders": "Orders",
        "exceptions": "Exceptions",
        "rules": "Automation rules",
        "eventLog": "Event log",
        "catalog": "Catalogue",
        "logistics": "Logistics rules",
        "connections": "Amazon connection",
        "modules": "Modules & settings",
        "integrations": "Integrations",
        "sso": "Single sign-on",
        "people": "Users & roles",
        "support": "Support access",
        "audit": "Audit log",
        "privacy": "Data & privacy",
    },
    "fr": {
        "commandCenter": "Centre de commande",
        "orders": "Commandes",
        "exceptions": "Exceptions",
        "rules": "Règles d’automatisation",
        "eventLog": "Journal des événements",
        "catalog": "Catalogue",
        "logistics": "Règles logistiques",
        "connections": "Connexion Amazon",
        "modules": "Modules et réglages",
        "integrations": "Intégrations",
        "sso": "Connexion d’entreprise",
        "people": "Utilisateurs et rôles",
        "support": "Accès de l’assistance",
        "audit": "Journal d’audit",
        "privacy": "Données et confidentialité",
    },
}
"""Pages by their name among the words of the screens."""
WORDS: Final = {
    "en": {
        "order_held": "Order {label} is held and waits for a person.",
        "order_due_soon": "Order {label} has to be answered by {due}.",
        "order_due_soon_rush": "Rush order {label} waits for a person. Our own limit for rush orders, {due}, is over; Amazon’s deadline is {deadline}.",
        "answer_failed": "The answer to order {label} did not reach Amazon as decided.",
        "shipment_not_sent_transport": "The transport of shipment {shipment} of order {label} could not be asked for. Look at it now.",
        "shipment_not_sent_cancel": "The transport of shipment {shipment} of order {label} could not be cancelled. Look at it now.",
        "shipment_not_sent": "Shipment {shipment} of order {label} was not confirmed to Amazon. Look at it now.",
        "order_changed": "Amazon changed order {label} after its answer. The change has to be answered by {due}.",
        "promise_due": "A promise of order {label} needs a look.",
        "promise_due_free_days": "The last day to take back units of order {label} without a charge is near ({day}).",
        "promise_due_backorder": "The backorder of order {label} is due on {day}.",
        "exception_critical": "{label} needs a person now: see Exceptions.",
        "exception_critical_unreadable": "Order {label} came from Amazon and could not be read. Its 24 hours run.",
        "exception_critical_not_shipped": "Order {label} was accepted and never shipped, and its window is closed.",
        "exception_critical_stuck": "The answer to order {label} is at Amazon without an outcome.",
        "rule_enabled": "{by} enabled version {version} of the rule {label}: it decides now.",
        "rule_enabled_planned": "{by} enabled version {version} of the rule {label}. It decides from {due}.",
        "rule_enabled_back": "{by} brought an earlier version of the rule {label} back: it decides now, as version {version}.",
        "rule_watch": "The rule {label} needs a look.",
        "rule_watch_worse": "Two figures or more are worse since version {version} of the rule {label} decides.",
        "rule_watch_over": "The first seven days of version {version} of the rule {label} are over: see what it did.",
        "import_finished": "The file {label} is loaded.",
        "import_finished_failed": "The file {label} could not be loaded.",
        "import_finished_cancelled": "The file {label} was stopped.",
        "import_finished_some": "The file {label} is loaded, some of its rows were refused.",
        "import_finished_below_zero": "The file {label} is loaded. Some stock in it is below zero and counts as nothing.",
        "import_finished_none": "Nothing of the file {label} was loaded: its rows were refused.",
        "import_parked": "The full feed {label} would change much of the stock. It waits for a person to let it through.",
        "stock_ageing": "The stock of {label} grows old. After {due} orders wait for a person instead of being answered with it.",
        "stock_below_zero": "Stock of {label} is below zero and counts as nothing until it is counted anew (products: {products}).",
        "connection_trouble": "The connection {label} needs you.",
        "export_ready": "The export {label} is ready.",
        "access_changed": "Your access was changed.",
        "access_requested": "{by} asks for access to the page {page}.",
        "mentioned": "{by} mentioned you on {label}.",
        "mentioned_exception": "{by} mentioned you on the exception of {label}.",
        "assigned": "{by} gave {label} to you.",
        "assigned_exception": "{by} gave the exception of {label} to you.",
        "for": "For {name}, who is away.",
    },
    "fr": {
        "order_held": "La commande {label} est retenue et attend une personne.",
        "order_due_soon": "La commande {label} doit recevoir une réponse avant le {due}.",
        "order_due_soon_rush": "La commande urgente {label} attend une personne. Notre propre limite des commandes urgentes ({due}) est passée ; l’échéance d’Amazon est le {deadline}.",
        "answer_failed": "La réponse à la commande {label} n’est pas parvenue à Amazon comme décidé.",
        "shipment_not_sent_transport": "Le transport de l’expédition {shipment} de la commande {label} n’a pas pu être demandé. Regardez-le maintenant.",
        "shipment_not_sent_cancel": "Le transport de l’expédition {shipment} de la commande {label} n’a pas pu être annulé. Regardez-le maintenant.",
        "shipment_not_sent": "L’expédition {shipment} de la commande {label} n’a pas été confirmée à Amazon. Regardez-la maintenant.",
        "order_changed": "Amazon a modifié la commande {label} après la réponse. Répondez à la modification avant le {due}.",
        "promise_due": "Une promesse de la commande {label} est à revoir.",
        "promise_due_free_days": "Le dernier jour pour retirer sans frais des unités de la commande {label} approche ({day}).",
        "promise_due_backorder": "Le reliquat de la commande {label} est dû le {day}.",
        "exception_critical": "{label} attend une personne maintenant : voir Exceptions.",
        "exception_critical_unreadable": "La commande {label} est arrivée d’Amazon et n’a pas pu être lue. Ses 24 heures courent.",
        "exception_critical_not_shipped": "La commande {label} a été acceptée et jamais expédiée, et sa fenêtre est close.",
        "exception_critical_stuck": "La réponse à la commande {label} est chez Amazon, sans résultat.",
        "rule_enabled": "{by} a activé la version {version} de la règle {label} : elle décide maintenant.",
        "rule_enabled_planned": "{by} a activé la version {version} de la règle {label}. Elle décidera à partir du {due}.",
        "rule_enabled_back": "{by} a rétabli une version antérieure de la règle {label} : elle décide maintenant, comme version {version}.",
        "rule_watch": "La règle {label} est à revoir.",
        "rule_watch_worse": "Au moins deux chiffres sont moins bons depuis que la version {version} de la règle {label} décide.",
        "rule_watch_over": "Les sept premiers jours de la version {version} de la règle {label} sont passés : voyez ce qu’elle a fait.",
        "import_finished": "Le fichier {label} est chargé.",
        "import_finished_failed": "Le fichier {label} n’a pas pu être chargé.",
        "import_finished_cancelled": "Le fichier {label} a été arrêté.",
        "import_finished_some": "Le fichier {label} est chargé, des lignes ont été refusées.",
        "import_finished_below_zero": "Le fichier {label} est chargé. Du stock y est négatif et compte pour rien.",
        "import_finished_none": "Rien du fichier {label} n’a été chargé : ses lignes ont été refusées.",
        "import_parked": "Le flux complet {label} changerait beaucoup de stock. Il attend qu’une personne le laisse passer.",
        "stock_ageing": "Le stock de {label} vieillit. Après le {due}, les commandes attendront une personne au lieu d’y être répondues.",
        "stock_below_zero": "Du stock de {label} est négatif et compte pour rien jusqu’au prochain comptage (produits : {products}).",
        "connection_trouble": "La connexion {label} a besoin de vous.",
        "export_ready": "L’export {label} est prêt.",
        "access_changed": "Vos accès ont été modifiés.",
        "access_requested": "{by} demande l’accès à la page {page}.",
        "mentioned": "{by} vous mentionne au sujet de {label}.",
        "mentioned_exception": "{by} vous mentionne au sujet de l’exception de {label}.",
        "assigned": "{by} vous confie {label}.",
        "assigned_exception": "{by} vous confie l’exception de {label}.",
        "for": "Pour {name}, en son absence.",
    },
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of a mail: the sentence, and where it is dealt with. `quote`: what somebody wrote, in their own words."""

    words: str
    page: str
    quote: str | None = None


def moment(at: datetime, zone: str, locale: str) -> str:
    """Day and time in the reader's zone, which is named."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.day} {MONTHS[locale][local.month - 1]} {local:%H:%M} ({zone})"


def page_of(slug: str, object_type: str, object_id: str) -> str:
    """Where the object is dealt with."""
    path = PAGES.get(object_type, "administration/profile").format(id=object_id)
    return f"{settings().public_url}/{slug}/{path}"


def line_of(
    *, slug: str, notice: str, object_type: str, object_id: str, label: str, facts: Mapping[str, Any],
    due_at: datetime | None, zone: str, locale: str, instead_of: str | None = None,
) -> Line:  # fmt: skip
    """The sentence of one alert."""
    language = locale if locale in WORDS else "en"
    last = facts.get("deadline")
    hows = (f"{notice}_{facts.get('state')}", f"{notice}_{object_type}", notice)
    words = next(WORDS[language][how] for how in hows if how in WORDS[language]).format(
        label=label,
        by=facts.get("by", "OKTee"),
        shipment=facts.get("shipment", ""),
        due=moment(due_at, zone, language) if due_at else "–",
        day=facts.get("day", "–"),
        version=facts.get("version", "–"),
        products=facts.get("products", "–"),
        page=NAMES[language].get(str(facts.get("page")), facts.get("page", "–")),
        deadline=moment(datetime.fromisoformat(last), zone, language) if isinstance(last, str) else "–",
    )
    if instead_of is not None:
        words += " " + WORDS[language]["for"].format(name=instead_of)
    said = facts.get("text")
    return Line(words, page_of(slug, object_type, object_id), said if isinstance(said, str) else None)
