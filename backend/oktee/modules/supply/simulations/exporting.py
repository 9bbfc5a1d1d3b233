"""A simulation as a spreadsheet: its sums, and the lines that were kept of it."""

import asyncio
import io
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.database import take_time
from oktee.modules.supply.simulations import asking, wire
from oktee.modules.supply.simulations.tables import SimulationLine

_WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "summary": "Summary", "lines": "Lines", "was": "Before", "now": "Draft", "happened": "Answered",
        "asked": "Asked units", "accepted": "Taken units", "backordered": "Backordered units", "rejected": "Cut units",
        "undecided": "Undecided units", "orders_held": "Orders held", "lines_held": "Lines held", "fees": "Expected charges",
        "value": "Confirmed value", "orders": "Orders", "simulated": "Lines simulated", "not_simulated": "Not simulated",
        "kind": "Change", "po": "Order", "line": "Line", "sku": "SKU", "asin": "ASIN", "held": "Held", "yes": "yes", "no": "no",
        "rule": "Rule", "later": "Stock a day later", "delta": "Value changed", "currency": "Currency",
        "better": "Better", "same": "Same", "worse": "Worse", "newly_rejected": "Newly rejected",
        "lacked_stock": "Would have lacked stock", "at_a_loss": "At a loss", "loss": "Loss against the agreed cost",
    },
    "fr": {
        "summary": "Résumé", "lines": "Lignes", "was": "Avant", "now": "Brouillon", "happened": "Répondu",
        "asked": "Unités demandées", "accepted": "Unités prises", "backordered": "Unités en reliquat",
        "rejected": "Unités refusées", "undecided": "Unités sans décision", "orders_held": "Commandes retenues",
        "lines_held": "Lignes retenues", "fees": "Pénalités attendues", "value": "Valeur confirmée", "orders": "Commandes",
        "simulated": "Lignes simulées", "not_simulated": "Non simulées", "kind": "Changement", "po": "Commande",
        "line": "Ligne", "sku": "SKU", "asin": "ASIN", "held": "Retenue", "yes": "oui", "no": "non", "rule": "Règle",
        "later": "Stock un jour après", "delta": "Valeur modifiée", "currency": "Devise", "better": "Mieux",
        "same": "Pareil", "worse": "Moins bien", "newly_rejected": "Nouveau refus",
        "lacked_stock": "Aurait manqué de stock", "at_a_loss": "À perte", "loss": "Perte sur le coût convenu",
    },
}  # fmt: skip
_UNITS = ("asked", "accepted", "backordered", "rejected", "undecided", "orders_held", "lines_held")


async def as_xlsx(session: AsyncSession, simulation_id: UUID, locale: str) -> bytes:
    """Raises NotFound."""
    found = await asking.show(session, simulation_id)
    await take_time(session)
    statement = select(SimulationLine).where(SimulationLine.simulation_id == simulation_id)
    lines = (
        await session.scalars(statement.order_by(SimulationLine.kind, SimulationLine.sku, SimulationLine.number))
    ).all()
    return await asyncio.to_thread(_write, found, list(lines), _WORDS["fr" if locale.startswith("fr") else "en"])


def _write(found: wire.SimulationOut, lines: list[SimulationLine], words: dict[str, str]) -> bytes:
    import xlsxwriter  # opened by few requests: the processes that answer need not load it

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet(words["summary"])
    columns = [("was", found.was), ("now", found.now), ("happened", found.happened)]
    sheet.write_row(0, 0, ["", *(words[name] for name, _ in columns)], bold)
    row = 1
    for name in _UNITS:
        sheet.write_string(row, 0, words[name])
        for at, (_, sums) in enumerate(columns, start=1):
            if sums is not None:
                sheet.write_number(row, at, getattr(sums, name))
        row += 1
    for name in ("value", "loss", "fees"):
        for currency in sorted({one.currency for _, sums in columns if sums for one in getattr(sums, name)}):
            sheet.write_string(row, 0, f"{words[name]} ({currency})")
            for at, (_, sums) in enumerate(columns, start=1):
                amount = (
                    next((one.amount for one in getattr(sums, name) if one.currency == currency), None)
                    if sums
                    else None
                )
                if amount is not None:
                    sheet.write_number(row, at, Decimal(amount))
            row += 1
    for name, count in (("orders", found.done), ("simulated", found.lines), ("not_simulated", found.not_simulated)):
        sheet.write_string(row, 0, words[name])
        sheet.write_number(row, 1, count)
        row += 1
    _write_lines(book.add_worksheet(words["lines"]), lines, words, bold)
    book.close()
    return file.getvalue()


def _write_lines(sheet: Any, lines: list[SimulationLine], words: dict[str, str], bold: Any) -> None:
    each = [
        f"{words[name]}: {words[version]}"
        for version in ("was", "now")
        for name in ("accepted", "backordered", "rejected", "held")
    ]
    names = ("kind", "po", "line", "sku", "asin", "asked")
    sheet.write_row(
        0, 0, [*(words[n] for n in names), *each, *(words[n] for n in ("rule", "later", "delta", "currency"))], bold
    )
    sheet.freeze_panes(1, 0)
    for at, line in enumerate(lines, start=1):
        values: list[Any] = [words[line.kind], line.po_number, line.sequence, line.sku, line.asin, line.asked]
        for outcome in (line.was, line.now):
            if outcome is None:
                values += [None] * 4
            else:
                values += [outcome["accepted"], outcome["backordered"], outcome["rejected"]]
                values.append(words["yes" if outcome["held"] else "no"])
        values += [line.rule, line.later_stock, line.value, line.currency]
        for column, value in enumerate(values):
            if isinstance(value, str):
                sheet.write_string(at, column, value)
            elif value is not None:
                sheet.write_number(at, column, value)
