"""A table of rows in a file: as CSV, or as a spreadsheet."""

import csv
import io
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

from oktee.kit.exports import cell
from oktee.modules.supply.desk.words import Speech


class Csv:
    """RFC 4180, UTF-8 with a mark that spreadsheets read; a French one is divided by semicolons, as its decimals need."""

    def __init__(self, file: BinaryIO, headings: list[str], speech: Speech) -> None:
        self._speech = speech
        if not speech.raw:
            file.write(b"\xef\xbb\xbf")
        self._text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        by = ";" if speech.language == "fr" and not speech.raw else ","
        self._csv = csv.writer(self._text, delimiter=by)
        self._csv.writerow(headings)

    def add(self, values: list[Any]) -> None:
        self._csv.writerow([cell(value) if isinstance(value, str) else self._speech.text(value) for value in values])

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


class Xlsx:
    """A sheet with its headings frozen; numbers are numbers, text never becomes a formula. Rows go to disk as they come."""

    def __init__(self, file: BinaryIO, headings: list[str], speech: Speech) -> None:
        import xlsxwriter  # opened by few jobs: the processes that answer need not load it

        self._speech = speech
        self._book = xlsxwriter.Workbook(file, {"constant_memory": True, "in_memory": False, "remove_timezone": True})
        self._sheet = self._book.add_worksheet()
        bold = self._book.add_format({"bold": True})
        self._whole, self._money = (self._book.add_format({"num_format": form}) for form in ("#,##0", "#,##0.00"))
        self._at = self._book.add_format(
            {"num_format": "yyyy-mm-dd hh:mm" if speech.language == "en" else "dd/mm/yyyy hh:mm"}
        )
        self._sheet.freeze_panes(1, 0)
        for n, heading in enumerate(headings):
            self._sheet.write_string(0, n, heading, bold)
        self._row = 0

    def add(self, values: list[Any]) -> None:
        self._row += 1
        for n, value in enumerate(values):
            if value is None:
                continue
            if isinstance(value, bool):
                self._sheet.write_string(self._row, n, self._speech.text(value))
            elif isinstance(value, int | Decimal):
                form = None if self._speech.raw else self._money if isinstance(value, Decimal) else self._whole
                self._sheet.write_number(self._row, n, value, form)
            elif isinstance(value, datetime) and not self._speech.raw:
                self._sheet.write_datetime(self._row, n, value.astimezone(self._speech.zone), self._at)
            else:
                self._sheet.write_string(self._row, n, self._speech.text(value)[:32_000])

    def close(self) -> None:
        self._book.close()


def open_sheet(form: str, file: BinaryIO, headings: list[str], speech: Speech) -> Csv | Xlsx:
    """A table of this form, with its headings written."""
    return Xlsx(file, headings, speech) if form == "xlsx" else Csv(file, headings, speech)
