"""The certificate of a deletion, in the owner's language: what, how many, when, and when the last backup expires."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from oktee.kit.documents import pdf
from oktee.modules.administration.privacy.tombstones import Grave

TEMPLATE: Final = Path(__file__).parent / "documents" / "certificate.typ"
LANGUAGES: Final = ("en", "fr")

_EN: Final = {
    "title": "Certificate of deletion",
    "intro": "OKTee certifies that the data of this workspace was deleted as follows.",
    "workspace": "Workspace",
    "number": "Certificate",
    "requested_at": "Asked for",
    "purged_at": "Complete",
    "backups_until": "Last backup expires",
    "what": "What was deleted",
    "keys": "The encryption keys of the workspace were destroyed first; whatever was sealed under them cannot be read by anybody since, wherever a copy may be.",
    "table": "Table",
    "rows": "Rows",
    "total": "In all",
    "others": "{files} files of the object store and {people} accounts of people without any other workspace were deleted with them. Connections to Amazon were ended and their tokens destroyed.",
    "stays": "What stays",
    "stays_text": "A keyed hash of the workspace's identifier, with the counts above, so that no backup can bring it back; and the hashes of its {entries} audit entries, without their content, so that the log still verifies. Neither names the workspace or a person.",
    "backups": "Backups",
    "backups_text": "Backups made before the deletion expire by rotation on {until} at the latest. Should one be restored before, this workspace is deleted from it again before anything is served.",
}
_FR: Final = {
    "title": "Attestation de suppression",
    "intro": "OKTee atteste que les données de cet espace de travail ont été supprimées comme suit.",
    "workspace": "Espace de travail",
    "number": "Attestation",
    "requested_at": "Demandée le",
    "purged_at": "Achevée le",
    "backups_until": "Expiration des sauvegardes",
    "what": "Ce qui a été supprimé",
    "keys": "Les clés de chiffrement de l'espace de travail ont été détruites en premier ; ce qui était scellé sous elles n'est plus lisible par personne, où qu'en soit une copie.",
    "table": "Table",
    "rows": "Lignes",
    "total": "Au total",
    "others": "{files} fichiers du stockage et {people} comptes de personnes sans autre espace de travail ont été supprimés avec elles. Les connexions à Amazon ont été interrompues et leurs jetons détruits.",
    "stays": "Ce qui reste",
    "stays_text": "Une empreinte à clé de l'identifiant de l'espace de travail, avec les décomptes ci-dessus, afin qu'aucune sauvegarde ne puisse le faire revenir ; et les empreintes de ses {entries} entrées d'audit, sans leur contenu, afin que le journal reste vérifiable. Aucune ne nomme l'espace de travail ni une personne.",
    "backups": "Sauvegardes",
    "backups_text": "Les sauvegardes antérieures à la suppression expirent par rotation au plus tard le {until}. Si l'une d'elles était restaurée avant, cet espace de travail en serait de nouveau supprimé avant toute mise en service.",
}


async def certificate(grave: Grave, *, workspace: str, files: int, people: int, entries: int, language: str) -> bytes:
    """The PDF. It names the workspace: it is kept only sealed under the word in the owners' mail."""
    words = _FR if language == "fr" else _EN
    number = grave.organization_hash.hex()[:32]
    until = grave.backups_until.strftime("%Y-%m-%d")
    data = {
        "language": "fr" if language == "fr" else "en",
        "words": words
        | {
            "others": words["others"].format(files=_number(files, language), people=_number(people, language)),
            "stays_text": words["stays_text"].format(entries=_number(entries, language)),
            "backups_text": words["backups_text"].format(until=until),
        },
        "workspace": workspace,
        "number": "-".join(number[place : place + 8] for place in range(0, 32, 8)),
        "requested_at": _instant(grave.requested_at),
        "purged_at": _instant(grave.purged_at),
        "backups_until": until,
        "total": _number(sum(grave.counts.values()), language),
        "tables": [[name, _number(rows, language)] for name, rows in _counted(grave.counts)],
    }
    return await pdf(TEMPLATE, data, at=grave.purged_at)


def _counted(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted((name, rows) for name, rows in counts.items() if rows)


def _number(value: int, language: str) -> str:
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}") if language == "fr" else f"{value:,}"


def _instant(value: datetime | None) -> str:
    return value.strftime("%Y-%m-%d %H:%M UTC") if value else "–"
