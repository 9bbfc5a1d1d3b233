"""The rows of one question as one text in a statement that asks several: written by PostgreSQL, read back as they were."""

from collections import namedtuple
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import Date, DateTime, Numeric, Select, Text, Uuid, cast, func, select

Read = Callable[[Any], Any]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


_READERS: Final[tuple[tuple[type[Any], Read], ...]] = (
    (Uuid, UUID), (DateTime, _instant), (Date, date.fromisoformat), (Numeric, Decimal)
)  # fmt: skip
"""What JSON has no kind of its own for; everything else is read as it is written."""


def _reader(kind: Any) -> Read | None:
    return next((read for of, read in _READERS if isinstance(kind, of)), None)


class Packed:
    """One question among those of a statement."""

    def __init__(self, asked: Select[Any]) -> None:
        self.asked = asked
        columns = list(asked.subquery().c)
        self._readers = [(n, read) for n, column in enumerate(columns) if (read := _reader(column.type))]
        names = [str(key) for key in asked.selected_columns.keys()]  # noqa: SIM118 - a collection of columns, no mapping
        self._row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # the names are the question's
        # A number with a fraction has none of its digits taken: JSON's are read as floats.
        values = (cast(column, Text) if isinstance(column.type, Numeric) else column for column in columns)
        self.text = cast(select(func.json_agg(func.json_build_array(*values))).scalar_subquery(), Text)

    def rows(self, text: str | None) -> list[Any]:
        """Rows with the names of the columns."""
        found = []
        for values in orjson.loads(text or b"[]"):
            for n, read in self._readers:
                if values[n] is not None:
                    values[n] = read(values[n])
            found.append(self._row._make(values))
        return found


def packed(questions: Mapping[str, Any]) -> dict[str, Packed]:
    """By name."""
    return {name: Packed(asked) for name, asked in questions.items()}
