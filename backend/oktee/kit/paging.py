"""Keyset paging: an opaque, signed position instead of an offset (stable while rows arrive, fast at any depth)."""

import base64
import hmac
from hashlib import sha256
from typing import Any

import orjson

from oktee.kit.crypto import sign
from oktee.kit.errors import field_error


def seal_cursor(position: list[Any], *, filters: dict[str, Any]) -> str:
    """The position after which the next page begins, bound to the filters it was made under."""
    body = orjson.dumps([position, _fingerprint(filters)])
    return base64.urlsafe_b64encode(bytes.fromhex(sign("cursor", body))[:12] + body).decode().rstrip("=")


def open_cursor(cursor: str, *, filters: dict[str, Any]) -> list[Any]:
    """Raises Invalid for a cursor that is damaged or belongs to other filters."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        mark, body = raw[:12], raw[12:]
        if not hmac.compare_digest(mark, bytes.fromhex(sign("cursor", body))[:12]):
            raise ValueError
        position, fingerprint = orjson.loads(body)
    except ValueError:
        raise field_error("/after", "invalid_cursor", "This page marker is damaged: start again without it.") from None
    if fingerprint != _fingerprint(filters):
        raise field_error("/after", "other_filters", "This page marker belongs to other filters: start again.")
    found: list[Any] = position
    return found


def _fingerprint(filters: dict[str, Any]) -> str:
    return sha256(orjson.dumps(filters, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()[:16]
