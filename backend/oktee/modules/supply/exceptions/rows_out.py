"""The rows of exported exceptions, page by page within the scope of who asked."""

from collections.abc import AsyncIterator, Callable
from typing import Any, Final
from uuid import UUID

from oktee.access.scope import Scope
from oktee.kit.database import tenant_session
from oktee.modules.supply.desk.words import Speech
from oktee.modules.supply.exceptions import words
from oktee.modules.supply.exceptions.rows import read_rows
from oktee.modules.supply.exceptions.wanted import Wanted
from oktee.modules.supply.exceptions.wire import ExceptionRow

PAGE: Final = 200
COLUMNS: Final[dict[str, Callable[[ExceptionRow], Any]]] = {
    "cause": lambda row: row.cause,
    "severity": lambda row: row.severity,
    "state": lambda row: row.state,
    "po_number": lambda row: row.po_number,
    "country": lambda row: row.country,
    "vendor_code": lambda row: row.vendor_code,
    "sequence": lambda row: row.sequence,
    "sku": lambda row: row.sku,
    "asin": lambda row: row.asin,
    "title": lambda row: row.title,
    "asked": lambda row: row.asked,
    "free_stock": lambda row: row.free_stock,
    "suggested": lambda row: row.suggested,
    "value": lambda row: row.value,
    "currency": lambda row: row.currency,
    "why": lambda row: row.message.message if row.message else None,
    "due_at": lambda row: row.due_at,
    "opened_at": lambda row: row.opened_at,
    "snoozed_until": lambda row: row.snoozed_until,
    "resolution": lambda row: row.resolution,
    "resolved_by": lambda row: row.resolved_by,
    "resolved_at": lambda row: row.resolved_at,
    "note": lambda row: row.note,
    "assignee": lambda row: row.assignee.name if row.assignee else None,
    "tags": lambda row: ", ".join(tag.name for tag in row.tags),
}
SPOKEN: Final = {
    "cause": words.CAUSE, "severity": words.SEVERITY, "state": words.STATE, "resolution": words.RESOLUTION,
}  # fmt: skip
MACHINE_ONLY: Final = frozenset({"why"})
"""A message of a trace is a name and values: it has its words on the screen alone."""


def columns_of(speech: Speech) -> list[str]:
    return [name for name in COLUMNS if speech.raw or name not in MACHINE_ONLY]


def values_of(row: ExceptionRow, speech: Speech) -> list[Any]:
    """One row, in the words of the screen or in the machine's."""
    return [_spoken(name, COLUMNS[name](row), speech) for name in columns_of(speech)]


def _spoken(name: str, value: Any, speech: Speech) -> Any:
    if value is None or speech.raw or name not in SPOKEN:
        return value
    return SPOKEN[name][speech.language].get(value, value)


async def exception_pages(
    organization: UUID, scope: Scope | None, wanted: Wanted, speech: Speech
) -> AsyncIterator[list[list[Any]]]:
    """Page after page, each in a transaction of its own."""
    after: str | None = None
    while True:
        async with tenant_session(organization, scope) as session:
            rows, after = await read_rows(session, wanted, limit=PAGE, after=after)
        yield [values_of(row, speech) for row in rows]
        if after is None:
            return
