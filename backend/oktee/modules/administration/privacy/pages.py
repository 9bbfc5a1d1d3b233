"""docs/security/{measures,privacy,retention,sub-processors}.md, made from the files of docs/."""

from collections.abc import Iterable
from typing import Final

from oktee.modules.administration.privacy.inventory import Table, inventory, notice_days, sub_processors
from oktee.modules.administration.privacy.measures import measures
from oktee.modules.administration.privacy.tombstones import BACKUPS

MADE: Final = "<!-- Made by `oktee privacy-pages` from {source}: change that file and run it again. -->\n\n"
CATEGORIES: Final = {
    "amazon": "From the customer's Amazon account",
    "customer": "The customer's own business data",
    "personal": "About people",
    "contact": "Business contacts",
    "secret": "Secrets, sealed or hashed",
    "operational": "How the work stands",
}


def pages() -> dict[str, str]:
    """The text of each file under docs/security, by its name."""
    return {
        "measures.md": _measures(),
        "privacy.md": _privacy(),
        "retention.md": _retention(),
        "sub-processors.md": _sub_processors(),
    }


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head)]
    lines.append(["---"] * len(lines[0]))
    lines += [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _measures() -> str:
    parts = [
        MADE.format(source="docs/measures.yaml"),
        "# Security: technical and organisational measures\n\n",
        "The public page Trust shows these in English and French. Each names the tests that keep it true.\n",
    ]
    for measure in measures():
        parts += [f"\n## {measure.title['en']}\n\n{measure.text['en']}\n\n"]
        parts += [f"- `{test}`\n" for test in measure.tests]
        if measure.kept_by is not None:
            parts.append(f"- {measure.kept_by}\n")
    return "".join(parts)


def _privacy() -> str:
    known = inventory()
    parts = [
        MADE.format(source="docs/data-inventory.yaml"),
        "# Data and privacy\n\n",
        "What OKTee stores, table by table: what it is for, which module needs it, where it comes from, how long it is "
        "kept and on which legal basis. The page Administration, Data and privacy, shows the same with the rows there are "
        "now. This is also the record of processing (GDPR Art. 30(2)).\n",
    ]
    for category, title in CATEGORIES.items():
        tables = [table for table in known.tables.values() if table.category == category]
        if tables:
            parts += [
                f"\n## {title}\n\n",
                _table(("table", "purpose", "module", "from", "kept", "basis"), map(_row, tables)),
            ]
    parts.append("\n## Words\n\n")
    parts += [f"- **{name}**: {text}\n" for name, text in (known.retentions | known.legal_bases).items()]
    return "".join(parts)


def _row(table: Table) -> tuple[str, ...]:
    return (
        f"`{table.name}`",
        table.purpose["en"],
        table.module,
        table.origin,
        table.retention,
        table.legal_basis,
    )


def _retention() -> str:
    known = inventory()
    parts = [
        MADE.format(source="docs/data-inventory.yaml"),
        "# Retention\n\n",
        "A run each day deletes what has reached its limit, in batches of 5,000 rows, children first; orders by the date "
        "they were closed. An organization may set a shorter limit, down to the least that is given. An order under "
        "legal hold stays, and one of a case for another 90 days after the hold was released. Audit entries go into a "
        "sealed archive of the organization before they leave the database; their hashes stay, so that the chain still "
        "verifies.\n\n",
        _table(
            ("class", "limit", "least", "tables", "in words"),
            (
                (
                    name, _days(limit.days), _days(limit.least),
                    ", ".join(f"`{table.name}`" for table in known.tables.values() if table.retention == name),
                    known.retentions[name],
                )
                for name, limit in known.limits.items()
            ),
        ),
        "\n## Kept as long as their reason lasts\n\n",
    ]  # fmt: skip
    for name, text in known.retentions.items():
        tables = [f"`{table.name}`" for table in known.tables.values() if table.retention == name]
        if name not in known.limits and tables:
            parts.append(f"- {text} {', '.join(tables)}\n")
    parts.append(
        "\n## Deletion of an organization\n\n"
        f"Seven days after it was asked for, its keys are destroyed and all rows and files deleted. Backups must expire "
        f"within {BACKUPS.days} days. Tombstones (a keyed hash of the id) are kept in the database and in the object "
        "store: keep the object store out of the restore, or restore it to its newest state. After a restore start the "
        "API and the workers anew, or run `oktee restore-check`: organizations that were deleted are closed and purged "
        "again before anything is served. Every process drops a data key from its memory as soon as it is destroyed; "
        "one that Valkey cannot reach at that moment may hold it for up to five minutes.\n"
    )
    return "".join(parts)


def _sub_processors() -> str:
    return "".join(
        [
            MADE.format(source="docs/subprocessors.yaml"),
            "# Sub-processors\n\n",
            f"Changes are announced to the owners of every workspace by e-mail {notice_days()} days before they take "
            "effect. Who runs OKTee adds the names of their own hoster and mail relay.\n\n",
            _table(
                ("who", "what for", "which data", "where", "since"),
                (
                    (row.name, row.purpose["en"], row.data["en"], row.region["en"], row.since.isoformat())
                    for row in sub_processors()
                ),
            ),
        ]
    )
