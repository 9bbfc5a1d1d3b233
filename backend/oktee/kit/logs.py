"""JSON logs to stdout, in UTC, with secrets redacted before they are written."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

_DENY = {
    "passphrase",
    "api_key",
    "apikey",
    "private_key",
    "set-cookie",
    "x-csrf-token",
    "csrf_token",
    "x-oktee-hook-key",
    "x-amz-access-token",
    "code_verifier",
    "totp",
    "seed",
    "password",
    "secret",
    "client_secret",
    "token",
    "access_token",
    "refresh_token",
    "authorization",
    "cookie",
    "state",
    "spapi_oauth_code",
}
_SHAPES = re.compile(
    r"(?:Atza|Atzr|Atc)(?:\||%7[Cc])[^\s\"',}&]+|(?:amzn1\.oa2-cs\.|okt_(?:live|test)_|whsec_)[^\s\"',}&]+"
    r"|(?i:bearer|basic)\s+[\w.~+/=|%-]{8,}|eyJ[\w-]+\.[\w-]+\.[\w-]*|(?<=://)[^\s:/@]*:[^\s/@]+(?=@)"
    r"|[\w.+-]+(?:@|%40)[\w-]+\.[\w.]+"
)
"""Tokens of Login with Amazon, client secrets, our keys, webhook secrets, Authorization, JWT, passwords in addresses,
e-mail addresses; also as they stand in an encoded address."""


def redact(value: Any) -> Any:
    """Replace whatever looks like a secret or an e-mail address, at any depth; also in bytes and in what is no JSON."""
    if isinstance(value, str):
        return _SHAPES.sub("[redacted]", value)
    if isinstance(value, bytes):
        return _SHAPES.sub("[redacted]", value.decode(errors="replace"))
    if isinstance(value, dict):
        return {key: "[redacted]" if str(key).lower() in _DENY else redact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(str(redact(item)) for item in value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return _SHAPES.sub("[redacted]", str(value))


def _redactor(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in list(event):
        event[key] = "[redacted]" if key.lower() in _DENY else redact(event[key])
    return event


def configure_logs(env: str) -> None:
    """One configuration for every process. httpx and authlib log addresses and verifiers: they start at WARNING."""
    for name in ("httpx", "httpcore", "authlib", "arq", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redactor,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if env != "test" else logging.WARNING),
        cache_logger_on_first_use=True,
    )
