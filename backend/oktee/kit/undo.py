"""What somebody deleted can be given back for a minute; then it goes for good."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func

KEPT: Final = timedelta(minutes=1)
"""Longer than the eight seconds in which a page offers it: a slow network takes nothing from them."""


def can_return(deleted_at: Any) -> ColumnElement[bool]:
    """Of a row that was deleted: whether it may still be given back."""
    return and_(deleted_at.is_not(None), deleted_at > func.now() - KEPT)


def is_over(deleted_at: Any) -> ColumnElement[bool]:
    """Of a row that was deleted: whether nobody can have it back."""
    return and_(deleted_at.is_not(None), deleted_at <= func.now() - KEPT)
