"""What a file is by its bytes, and how it may leave: only images and PDFs are shown, nothing ever runs."""

import pytest
from oktee.kit.storage.content import BYTES, CSV, PDF, PNG, XLSX, WrongContent, check, detect, serving_headers

PNG_HEAD = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.mark.parametrize(
    ("head", "media_type", "active"),
    [
        (PNG_HEAD, "image/png", False),
        (b"\xff\xd8\xff\xe0" + bytes(20), "image/jpeg", False),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp", False),
        (b"%PDF-1.7", "application/pdf", False),
        (b"PK\x03\x04" + bytes(26), "application/zip", False),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage", True),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "image/svg+xml", True),
        (b"\xef\xbb\xbf <?xml version='1.0'?><svg onload='x()'>", "image/svg+xml", True),
        (b"<!-- harmless --><HTML><script>", "text/html", True),
        (b"\n<!DOCTYPE html>", "text/html", True),
        (b"<script>alert(1)</script>", "text/html", True),
        (b"#!/bin/sh\nrm", "text/x-script", True),
        (b"MZ\x90\x00\x03", "application/vnd.microsoft.portable-executable", False),
        (b"MZ-100;Clock;12\n", "text/plain", False),
        (b"sku,title\n1,x", "text/plain", False),
        (b"a\0b", "application/octet-stream", False),
        (b"", "text/plain", False),
    ],
)
def test_the_first_bytes_say_what_it_is(head: bytes, media_type: str, active: bool) -> None:
    found = detect(head)
    assert (found.media_type, found.active) == (media_type, active)


@pytest.mark.parametrize(
    ("declared", "head"),
    [
        (CSV, b"PK\x03\x04"), (CSV, PNG_HEAD), (CSV, b"<html>"), (CSV, b"#!/bin/sh"), (PNG, b"<svg"), (PNG, b"%PDF-"),
        (PDF, PNG_HEAD), (XLSX, b"sku,title"), (XLSX, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), ("image/svg+xml", PNG_HEAD),
    ],
)  # fmt: skip
def test_a_file_that_says_it_is_something_else_is_refused(declared: str, head: bytes) -> None:
    with pytest.raises(WrongContent):
        check(declared, head)


@pytest.mark.parametrize(
    ("declared", "head", "active"),
    [(CSV, b"a;b\n", False), (CSV, b"\xff\xfea\0", False), (PNG, PNG_HEAD, False), (XLSX, b"PK\x03\x04", False),
     ("image/svg+xml", b"<svg/>", True), (BYTES, b"<html>", True), (BYTES, b"\0", False)],
)  # fmt: skip
def test_a_file_that_is_what_it_says_passes(declared: str, head: bytes, active: bool) -> None:
    assert check(declared, head) is active


@pytest.mark.parametrize(
    ("content_type", "active", "shown", "served"),
    [
        (PNG, False, True, PNG),
        (PDF, False, True, PDF),
        (CSV, False, False, "text/csv; charset=utf-8"),
        (XLSX, False, False, XLSX),
        (XLSX, True, False, BYTES),
        ("image/svg+xml", True, False, BYTES),
        ("text/html", True, False, BYTES),
        ("text/html", False, False, BYTES),
    ],
)
def test_active_and_unknown_content_is_only_ever_a_download(
    content_type: str, active: bool, shown: bool, served: str
) -> None:
    headers = serving_headers(content_type=content_type, active=active, file_name='état "1"\r\nSet-Cookie: x.svg')
    assert headers["Content-Disposition"].startswith("inline;" if shown else "attachment;")
    assert headers["Content-Type"] == served
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("sandbox;")
    assert not any(mark in headers["Content-Disposition"] for mark in "\r\n")
    assert headers["Content-Disposition"].count('"') == 2
    assert headers["Content-Disposition"].isascii()
