"""Zip archives and workbooks before anybody opens them: how much they hold, really, and whether they hold macros."""

import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO, Final

from oktee.kit.errors import Invalid

PIECE: Final = 256 * 1024
MACROS: Final = re.compile(r"(^|/)(vbaproject\.bin|vbadata\.xml|macrosheets/|activex/|embeddings/)", re.IGNORECASE)
NESTED: Final = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")


class ArchiveRefused(Invalid):
    """The archive holds too much, or more than it says, or what no archive should."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What an archive may hold. `ratio`: decompressed bytes for each compressed byte, over the whole and per member."""

    members: int = 2000
    bytes: int = 512 * 1024 * 1024
    member_bytes: int = 256 * 1024 * 1024
    ratio: int = 100
    free_bytes: int = 1024 * 1024
    """Below this size the ratio says nothing: a small file of spaces compresses well."""


def check_archive(file: IO[bytes], *, caps: Caps = Caps(), nested: bool = False) -> bool:
    """Decompress all of it into nothing, counting. Answers whether it holds macros or embedded programs.

    Sizes that the directory claims are not believed. Raises ArchiveRefused. Blocks: call it in a thread.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > caps.members:
                raise ArchiveRefused(f"The archive has more than {caps.members:,} members.")
            _check_names(members)
            packed = sum(member.compress_size for member in members)
            total = 0
            for member in members:
                total += _count(archive, member, caps, room=caps.bytes - total, nested=nested)
                if total > caps.free_bytes and total > caps.ratio * max(packed, 1):
                    raise ArchiveRefused(f"The archive grows more than {caps.ratio} times.")
            return any(MACROS.search(member.filename) for member in members) or _says_macros(archive)
    except ArchiveRefused:
        raise
    except (zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, EOFError, ValueError) as error:
        raise ArchiveRefused("The archive is damaged or of a kind that is not read here.") from error
    except zlib.error as error:
        raise ArchiveRefused("The archive is damaged.") from error


def _check_names(members: list[zipfile.ZipInfo]) -> None:
    """No member outside, none twice, none encrypted, none that shares its bytes with another (overlap bombs)."""
    seen: set[str] = set()
    ends = 0
    for member in sorted(members, key=lambda each: each.header_offset):
        name = member.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name or "\0" in name:
            raise ArchiveRefused("A member of the archive points outside of it.")
        if name.lower() in seen:
            raise ArchiveRefused("Two members of the archive have one name.")
        seen.add(name.lower())
        if member.flag_bits & 0x1:
            raise ArchiveRefused("The archive is encrypted.")
        if member.header_offset < ends:
            raise ArchiveRefused("Members of the archive share their bytes.")
        ends = member.header_offset + 30 + member.compress_size


def _count(archive: zipfile.ZipFile, member: zipfile.ZipInfo, caps: Caps, *, room: int, nested: bool) -> int:
    seen = 0
    with archive.open(member) as body:
        while piece := body.read(PIECE):
            if seen == 0 and not nested and piece.startswith(NESTED):
                raise ArchiveRefused("The archive holds another archive.")
            seen += len(piece)
            if seen > min(room, caps.member_bytes):
                raise ArchiveRefused("The archive holds more than may be unpacked.")
            if seen > caps.free_bytes and seen > caps.ratio * max(member.compress_size, 1):
                raise ArchiveRefused(f"A member of the archive grows more than {caps.ratio} times.")
    return seen


def _says_macros(archive: zipfile.ZipFile) -> bool:
    """A workbook names its kind in [Content_Types].xml; macro-enabled ones say so."""
    try:
        with archive.open("[Content_Types].xml") as body:
            return b"macroenabled" in body.read(1024 * 1024).lower()
    except KeyError:
        return False
