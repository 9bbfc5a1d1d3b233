"""What was sent holds no zero character (U+0000): no text of the database can, so nobody could be given it back."""

import json
from collections.abc import Iterator
from typing import Any, Final

from fastapi import Request

from oktee.kit.errors import FieldError, Invalid

ZERO: Final = "\x00"
_WRITTEN: Final = b"\\u0000"
"""As JSON writes it in UTF-8."""


async def storable(request: Request) -> None:
    """For every route. Raises Invalid, naming the fields. A body that is streamed is its reader's to judge."""
    found = [name for name, value in request.query_params.multi_items() if ZERO in name + value]
    found += [name for name, value in request.path_params.items() if isinstance(value, str) and ZERO in value]
    pointers = [f"/{name}" for name in dict.fromkeys(found)]
    # Read whole already where the route takes JSON, before its dependencies are.
    body: bytes = getattr(request, "_body", b"")
    if _WRITTEN in body or ZERO.encode() in body:  # UTF-16 and UTF-32, which are read too, have zero bytes
        try:
            pointers += _within(json.loads(body), "")
        except ValueError:
            return  # its route says that it is no JSON
    if pointers:
        raise Invalid(
            "The request has wrong or missing fields.",
            errors=tuple(
                FieldError(each, "zero_character", "It holds a zero character (U+0000).") for each in pointers
            ),
        )


def _within(value: Any, pointer: str) -> Iterator[str]:
    if isinstance(value, str):
        if ZERO in value:
            yield pointer
    elif isinstance(value, dict):
        for name, each in value.items():
            if ZERO in name:
                yield pointer
            else:
                yield from _within(each, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _within(each, f"{pointer}/{place}")
