"""Archives before anybody opens them: bombs of every kind are refused, macros are seen, plain workbooks pass."""

import io
import struct
import zipfile
from typing import Any

import pytest
from oktee.kit.storage.archives import ArchiveRefused, Caps, check_archive

SMALL = Caps(members=10, bytes=1_000_000, member_bytes=600_000, ratio=100, free_bytes=100_000)


def archive(*members: tuple[str, bytes], **options: Any) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, **options) as made:
        for name, body in members:
            made.writestr(name, body)
    file.seek(0)
    return file


def workbook(*more: tuple[str, bytes], kind: bytes = b"sheet.main+xml") -> io.BytesIO:
    return archive(("[Content_Types].xml", b"<Types>" + kind), ("xl/workbook.xml", b"<workbook/>"), *more)


def test_a_plain_workbook_passes_and_one_with_macros_is_active() -> None:
    assert check_archive(workbook(), caps=SMALL) is False
    assert check_archive(workbook(("xl/vbaProject.bin", b"x")), caps=SMALL) is True
    assert check_archive(workbook(kind=b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"), caps=SMALL) is True
    assert check_archive(workbook(("xl/embeddings/oleObject1.bin", b"x")), caps=SMALL) is True


@pytest.mark.parametrize(
    ("file", "word"),
    [
        (archive(*((f"{n}.txt", b"x") for n in range(11))), "members"),
        (archive(("a", b"\0" * 500_000)), "100 times"),
        (archive(*((f"{n}", bytes(range(256)) * 1500) for n in range(3)), compresslevel=1), "unpacked|times"),
        (archive(("../../etc/passwd", b"x")), "outside"),
        (archive(("/etc/passwd", b"x")), "outside"),
        (archive(("a/..\\..\\x", b"x")), "outside"),
        (archive(("C:x", b"x")), "outside"),
        (archive(("a.TXT", b"x"), ("A.txt", b"y")), "one name"),
        (archive(("inner.zip", archive(("a", b"x")).getvalue())), "another archive"),
        (io.BytesIO(b"PK\x03\x04 and nothing more"), "damaged"),
        (io.BytesIO(b""), "damaged"),
    ],
)
def test_an_archive_that_holds_too_much_or_points_outside_is_refused(file: io.BytesIO, word: str) -> None:
    file.seek(0)
    with pytest.raises(ArchiveRefused, match=word):
        check_archive(file, caps=SMALL)


def test_our_own_bundles_may_hold_archives() -> None:
    assert check_archive(archive(("inner.zip", archive(("a", b"x")).getvalue())), caps=SMALL, nested=True) is False


def test_the_size_an_archive_claims_is_not_believed() -> None:
    body = bytearray(archive(("a", bytes(range(256)) * 4000)).getvalue())
    claimed = struct.pack("<I", 1_024_000)
    assert body.count(claimed) == 2
    lying = io.BytesIO(bytes(body.replace(claimed, struct.pack("<I", 10))))
    with pytest.raises(ArchiveRefused):
        check_archive(lying, caps=SMALL)


def test_members_that_share_their_bytes_are_refused() -> None:
    """The overlapping bomb: many names for one body."""
    one = archive(("a", b"abcdefgh" * 100))
    with zipfile.ZipFile(one, "a") as made:
        twin = zipfile.ZipInfo("b")
        first = made.infolist()[0]
        for name in ("CRC", "compress_size", "file_size", "compress_type", "flag_bits", "create_version"):
            setattr(twin, name, getattr(first, name))
        twin.header_offset = first.header_offset
        made.filelist.append(twin)
        made.NameToInfo["b"] = twin
        made._didModify = True
    one.seek(0)
    with pytest.raises(ArchiveRefused, match="share"):
        check_archive(one, caps=SMALL)


def test_an_encrypted_member_is_refused() -> None:
    body = bytearray(archive(("a", b"abc")).getvalue())
    central = body.index(b"PK\x01\x02")
    body[6] |= 1
    body[central + 8] |= 1
    with pytest.raises(ArchiveRefused, match="encrypted"):
        check_archive(io.BytesIO(bytes(body)), caps=SMALL)
