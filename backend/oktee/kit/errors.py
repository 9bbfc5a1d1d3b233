"""The errors a caller can see. Only app.py knows how they become HTTP.

A domain error subclasses one of these beside its use; its class name in snake case is its stable `code`.
"""

import re
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of the input: where (a JSON Pointer into the request), which, and in words."""

    pointer: str
    code: str
    message: str


class OKTeeError(Exception):
    """Every error meant for the caller: status, stable code, one sentence that says what to do."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something failed"

    def __init__(
        self, detail: str, *, errors: tuple[FieldError, ...] = (), headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}

    @property
    def code(self) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class Unauthenticated(OKTeeError):
    """Nobody is signed in, or the session has ended."""

    status = 401
    title = "Sign in first"


class Forbidden(OKTeeError):
    """The caller is known and may not do this."""

    status = 403
    title = "Not allowed"


class NotFound(OKTeeError):
    """Missing, or somebody else's: the same answer for both."""

    status = 404
    title = "Not found"


class Conflict(OKTeeError):
    """The state of the resource does not allow this now."""

    status = 409
    title = "Conflict"


class TooLarge(OKTeeError):
    """The body is over the limit."""

    status = 413
    title = "Too large"


class Invalid(OKTeeError):
    """The input is wrong; `errors` names each field."""

    status = 422
    title = "Invalid input"


class TooMany(OKTeeError):
    """Too many requests; come back later."""

    status = 429
    title = "Too many requests"


class Unavailable(OKTeeError):
    """A part OKTee needs is away; nothing was changed; try again."""

    status = 503
    title = "Temporarily unavailable"


def field_error(pointer: str, code: str, message: str) -> Invalid:
    """An Invalid about one field."""
    return Invalid(message, errors=(FieldError(pointer, code, message),))
