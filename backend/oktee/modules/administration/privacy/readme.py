"""The README of an export bundle, in English and French."""

from datetime import datetime

_TEXT = """{name}: {en}, as of {at} UTC.

manifest.json  lists every file with its SHA-256, size and number of rows, and every table with its columns and types
ndjson/        one JSON object per line and row: exact
csv/           the same rows for spreadsheets, UTF-8 with a header; text a spreadsheet would run begins with an apostrophe
               a table without rows has no file
files/         files that were handed in, as they came; manifest.json says what each is

Instants are ISO 8601 in UTC, money is a decimal number as text with its currency beside it, quantities are eaches,
bytes are hexadecimal. The reasons of a decision (decision_lines, column trace) are a list of steps: the rule and its
version, what it found (outcome), the message that says so and its values, each with its name and its type. Passwords, tokens, keys and their hashes are left out on purpose.
The zip is encrypted with AES-256; 7-Zip, Keka, WinZip and Python's pyzipper open it.

---

{name} : {fr}, au {at} UTC.

manifest.json  liste chaque fichier avec son SHA-256, sa taille et son nombre de lignes, et chaque table avec ses colonnes
ndjson/        un objet JSON par ligne : exact
csv/           les mêmes lignes pour un tableur, en UTF-8 avec en-tête ; un texte qu'un tableur exécuterait commence par
               une apostrophe ; une table sans ligne n'a pas de fichier
files/         les fichiers remis, tels quels ; manifest.json dit ce qu'est chacun

Les instants sont en ISO 8601 UTC, les montants sont des nombres décimaux en texte avec leur devise à côté, les quantités
sont des unités, les octets sont en hexadécimal. Les motifs d'une décision (decision_lines, colonne trace) sont une liste
d'étapes : la règle et sa version, ce qu'elle a constaté (outcome), le message qui le dit et ses valeurs, chacune avec son
nom et son type. Mots de passe, jetons, clés et leurs empreintes sont omis volontairement.
Le zip est chiffré en AES-256 ; 7-Zip, Keka, WinZip et pyzipper pour Python l'ouvrent.
"""


_ALL = ("everything OKTee holds", "tout ce que détient OKTee")
_PART = (
    "a part of what OKTee holds, as it was asked for (manifest.json lists the tables)",
    "une partie de ce que détient OKTee, telle que demandée (manifest.json liste les tables)",
)


def readme(name: str, at: datetime, *, whole: bool = True) -> str:
    """What is in the bundle and how to read it. `whole`: nothing was left out by choice."""
    en, fr = _ALL if whole else _PART
    return _TEXT.format(name=name, en=en, fr=fr, at=at.strftime("%Y-%m-%d %H:%M"))
