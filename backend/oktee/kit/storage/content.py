"""What a file is, by its first bytes, against what it is said to be; and which files are never shown in a page."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from oktee.kit.errors import Invalid

CSV: Final = "text/csv"
PLAIN: Final = "text/plain"
JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
PDF: Final = "application/pdf"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
GIF: Final = "image/gif"
WEBP: Final = "image/webp"
ZIP: Final = "application/zip"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BYTES: Final = "application/octet-stream"
"""Said of what is of no other kind; its content is not looked at, and it is only ever a download."""

SHOWN: Final = frozenset({PNG, JPEG, GIF, WEBP, PDF})
"""The kinds a page may show; any other is only ever a download."""
TEXTS: Final = frozenset({CSV, PLAIN, JSON, NDJSON})
ARCHIVES: Final = frozenset({ZIP, XLSX})
HEAD_BYTES: Final = 4096

_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", PDF),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x7fELF", "application/x-elf"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"{\\rtf", "application/rtf"),
)
_MARKUP: Final = (
    (b"<svg", "image/svg+xml"),
    (b"<!doctype html", "text/html"),
    (b"<html", "text/html"),
    (b"<script", "text/html"),
)


class WrongContent(Invalid):
    """The file is not what it is said to be."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file is, and whether it can act: script, markup with script, macros."""

    media_type: str
    active: bool


def detect(head: bytes) -> Content:
    """By the first bytes (HEAD_BYTES are enough). What has no mark is text/plain, or bytes when it holds a NUL."""
    for magic, media_type in _MAGIC:
        if head.startswith(magic) and not (magic == b"MZ" and b"\0" not in head[:HEAD_BYTES]):
            return Content(media_type, media_type in {"application/x-ole-storage", "application/rtf"})
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Content(WEBP, False)
    if head.startswith(b"#!"):
        return Content("text/x-script", True)
    words = head[:HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for mark, media_type in _MARKUP:
        if words.startswith(mark) or (words.startswith((b"<?xml", b"<!--", b"<!doctype")) and mark in words):
            return Content(media_type, True)
    return Content(BYTES if b"\0" in head[:HEAD_BYTES] else PLAIN, False)


def check(declared: str, head: bytes) -> bool:
    """Whether the content is active. Raises WrongContent where the first bytes say another kind than `declared`."""
    found = detect(head)
    if declared == BYTES:
        return found.active
    if declared in TEXTS:
        # A text of another encoding is its reader's to refuse, with the line; a known other kind of file is not a text.
        agrees = found.media_type in {PLAIN, BYTES}
    elif declared in ARCHIVES:
        agrees = found.media_type == ZIP
    else:
        agrees = found.media_type == declared
    if not agrees:
        raise WrongContent(f"The file is not {declared}: its content is {found.media_type}.")
    return found.active


def serving_headers(*, content_type: str, active: bool, file_name: str) -> dict[str, str]:
    """How a stored file leaves: never sniffed, never run; shown in a page only when it is an image or a PDF."""
    shown = content_type in SHOWN and not active
    plain = "".join(mark if mark.isascii() and (mark.isalnum() or mark in "._- ") else "_" for mark in file_name)
    disposition = (
        f"{'inline' if shown else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
    )
    safe_type = content_type if content_type in SHOWN | TEXTS | ARCHIVES and not active else BYTES
    return {
        "Content-Type": f"{safe_type}; charset=utf-8" if safe_type in TEXTS else safe_type,
        "Content-Disposition": disposition,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
