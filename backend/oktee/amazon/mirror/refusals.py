"""What a refusal of the database means for a page: one bad row, or a race that was lost. Pure."""

from typing import Any, Final

import asyncpg
from sqlalchemy.exc import DBAPIError

BAD_ROW: Final = ("22", "23", "54")
"""Classes of SQLSTATE that blame a value: data exception, integrity constraint, program limit."""
LOST_RACE: Final = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: the other one went first."""


def blames_a_row(error: Exception) -> bool:
    """Whether the database or its driver refuses a value: that row is set aside then, and its page goes on."""
    if (state := _state(error)) is not None:
        return state.startswith(BAD_ROW)
    found = _origin(error)
    causes = (found, getattr(found, "__cause__", None))
    refused = any(isinstance(each, asyncpg.InterfaceError) and isinstance(each, ValueError) for each in causes)
    return refused or isinstance(found, OverflowError | UnicodeError)  # so the driver refuses while it copies


def lost_a_race(error: Exception) -> bool:
    """Whether the same page may simply be stored again."""
    return _state(error) in LOST_RACE


def _state(error: Exception) -> str | None:
    """The SQLSTATE, also of a refusal that came past SQLAlchemy (COPY)."""
    state: str | None = getattr(_origin(error), "sqlstate", None)
    return state


def _origin(error: Exception) -> Any:
    return error.orig if isinstance(error, DBAPIError) else error
