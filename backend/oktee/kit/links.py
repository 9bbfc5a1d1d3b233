"""No word leaves in the clear: outside development and tests every outbound address is https (trust/SECURITY SEC-01)."""

from urllib.parse import urlsplit

from oktee.kit.errors import Unavailable
from oktee.kit.settings import settings


class PlainLink(Unavailable):
    """An outbound address is not encrypted; nothing was sent to it."""


def require_encrypted(url: str, what: str) -> None:
    """Raises PlainLink, which names what the address is for and not the address."""
    if settings().env == "production" and urlsplit(url).scheme != "https":
        raise PlainLink(f"The {what} is not https: in production nothing is sent over an unencrypted link.")
