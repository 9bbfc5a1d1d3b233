"""The permission sheet as a PDF for a security team: the very sheet of the screen, in the reader's language."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from oktee.access.caller import Caller, CallerIn, Session, needs
from oktee.kit.clock import now
from oktee.kit.documents import pdf
from oktee.modules.administration.permissions import ConsentPreview, PermissionSheet, permission_sheet

router = APIRouter()

TEMPLATE: Final = Path(__file__).parent / "sheets" / "permissions.typ"

WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "title": "What OKTee asks of Amazon",
        "lead": "OKTee asks Amazon only for what the modules switched on in this workspace need. Its client refuses every "
        "operation that is not named here, whatever the consent would allow.",
        "operation": "Operation and what it brings",
        "why": "Why",
        "writes": "Writes",
        "roles": "Amazon role (one of)",
        "yes": "yes",
        "no": "no",
        "consents": "What Amazon's consent page will list",
        "never": "What OKTee never asks for",
        "none": "no registered application covers these modules",
        "beyond": "; beyond the need, and refused by OKTee's client: ",
        "footer": "Made from the declarations of the enabled modules.",
        "nothing": "nothing",
    },
    "fr": {
        "title": "Ce qu’OKTee demande à Amazon",
        "lead": "OKTee ne demande à Amazon que ce dont ont besoin les modules activés dans cet espace de travail. Son client "
        "refuse toute opération absente de cette liste, quoi que le consentement permette.",
        "operation": "Opération et données",
        "why": "Pourquoi",
        "writes": "Écrit",
        "roles": "Rôle Amazon (l’un d’eux)",
        "yes": "oui",
        "no": "non",
        "consents": "Ce qu’affichera la page de consentement d’Amazon",
        "never": "Ce qu’OKTee ne demande jamais",
        "none": "aucune application enregistrée ne couvre ces modules",
        "beyond": " ; au-delà du besoin, et refusé par le client d’OKTee : ",
        "footer": "Établi à partir des déclarations des modules activés.",
        "nothing": "rien",
    },
}
NEVER: Final[dict[str, dict[str, str]]] = {
    "en": {
        "connection.never.credentials": "Amazon passwords or codes: you sign in on Amazon's own pages.",
        "connection.never.buyers": "Data of buyers: no operation with personal data of consumers is called.",
        "connection.never.other_operations": "Operations that no enabled module names.",
    },
    "fr": {
        "connection.never.credentials": "Les mots de passe ou codes Amazon : vous vous connectez sur les pages d’Amazon.",
        "connection.never.buyers": "Les données des acheteurs : aucune opération contenant leurs données n’est appelée.",
        "connection.never.other_operations": "Les opérations qu’aucun module activé ne nomme.",
    },
}


FRENCH: Final[dict[str, tuple[str, str]]] = {
    "getPurchaseOrders": ("Les commandes et leurs lignes", "pour voir chaque commande dès qu’Amazon la propose"),
    "getPurchaseOrder": ("Une commande", "pour relire une commande juste avant d’y répondre"),
    "submitAcknowledgement": (
        "Nos réponses, ligne par ligne",
        "pour confirmer, mettre en attente ou réduire ce que vous décidez",
    ),
    "getPurchaseOrdersStatus": (
        "Ce qu’Amazon montre comme confirmé et reçu",
        "pour prouver qu’une réponse a pris effet",
    ),
    "getTransaction": (
        "L’état d’une réponse envoyée",
        "pour savoir aussitôt quand Amazon refuse une réponse",
    ),
    "SubmitShipmentConfirmations": (
        "Nos avis d’expédition : ce qui est parti, dans quels cartons et palettes",
        "pour confirmer une expédition à temps, ou remplacer son avis, quand vous l’envoyez",
    ),
    "SubmitShipments": (
        "Nos demandes de transport en port dû",
        "pour demander à Amazon d’enlever une expédition, ou l’annuler, quand vous l’envoyez",
    ),
    "GetShipmentDetails": (
        "Les expéditions de vos commandes, leur transporteur et où elles en sont",
        "pour prouver qu’un avis a pris effet, et montrer les expéditions faites ailleurs",
    ),
    "GetShipmentLabels": (
        "Les étiquettes de transport d’une expédition",
        "pour imprimer les étiquettes qu’Amazon a faites pour des colis",
    ),
}
"""What an operation brings and why, as the screen says it in French; another one stands as its module declares it."""


@router.get(
    "/permissions.pdf",
    dependencies=[needs("connection.read")],
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "The sheet"}},
)
async def download_permissions(
    session: Session, caller: CallerIn, modules: Annotated[str | None, Query(max_length=400)] = None
) -> Response:
    """The permission sheet, to hand on."""
    enabled = set(caller.modules if modules is None else modules.split(","))
    sheet = await permission_sheet(session, enabled)
    made = await pdf(TEMPLATE, sheet_data(sheet, caller), at=now())
    headers = {"Content-Disposition": 'attachment; filename="oktee-amazon-permissions.pdf"'}
    return Response(made, media_type="application/pdf", headers=headers)


def sheet_data(sheet: PermissionSheet, caller: Caller) -> dict[str, Any]:
    """What the template reads."""
    words = WORDS.get(caller.locale, WORDS["en"])
    never = NEVER.get(caller.locale, NEVER["en"])
    french = FRENCH if caller.locale == "fr" else {}
    return {
        "words": words,
        "workspace": caller.slug,
        "made_at": f"{now():%Y-%m-%d %H:%M} UTC",
        "modules": [
            {
                "title": module.title,
                "operations": [
                    {
                        "operation": row.operation,
                        "reads": french.get(row.operation, (row.reads, row.why))[0],
                        "why": french.get(row.operation, (row.reads, row.why))[1],
                        "writes": words["yes" if row.writes else "no"],
                        "roles": ", ".join(row.roles),
                    }
                    for row in module.operations
                ],
            }
            for module in sheet.modules
            if module.enabled and module.operations
        ],
        "consents": [{"region": each.region, "text": _listed(each, words)} for each in sheet.consents],
        "never": [never[each.id] for each in sheet.never],
    }


def _listed(consent: ConsentPreview, words: Mapping[str, str]) -> str:
    if consent.application is None:
        return f"{words['none']} ({', '.join(consent.missing)})"
    listed = ", ".join(consent.roles) or words["nothing"]
    beyond = words["beyond"] + ", ".join(consent.beyond) if consent.beyond else ""
    return f"{consent.application}: {listed}{beyond}"
