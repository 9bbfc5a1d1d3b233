"""Identifiers as spreadsheets and ERPs write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oktee.catalog.identifiers import (
    InvalidAsin,
    InvalidGtin,
    InvalidSku,
    check_digit,
    expand_upc_e,
    find_gtin,
    normalize_asin,
    normalize_gtin,
    normalize_sku,
)

digits = st.text("0123456789", min_size=13, max_size=13).filter(lambda body: body.strip("0"))


@pytest.mark.parametrize(
    ("body", "digit"), [("400638133393", "1"), ("301234567890", "2"), ("1301234567890", "9"), ("03600029145", "2")]
)
def test_check_digits(body: str, digit: str) -> None:
    assert check_digit(body) == digit


@pytest.mark.parametrize(
    ("received", "gtin"),
    [
        ("4006381333931", "04006381333931"),
        ("3012345678902", "03012345678902"),
        ("13012345678909", "13012345678909"),
        ("036000291452", "00036000291452"),
        ("36000291452", "00036000291452"),  # lost its leading zero
        ("96385074", "00000096385074"),
        ("04252614", "00042100005264"),  # UPC-E of 042100005264
        ("4252614", "00042100005264"),
        (" 4006381333931 ", "04006381333931"),
        ("4006381333931.0", "04006381333931"),
        ("4006381333931,00", "04006381333931"),
        ("4-006381-333931", "04006381333931"),
        ("4 006381 333931", "04006381333931"),
        ("'4006381333931", "04006381333931"),
        ('="4006381333931"', "04006381333931"),
    ],
)
def test_gtins_become_fourteen_digits(received: str, gtin: str) -> None:
    assert normalize_gtin(received) == gtin


@pytest.mark.parametrize(
    ("received", "fault"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("4.00638E+12", "scientific"),
        ("4,00638E+12", "scientific"),
        ("4e12", "scientific"),
        ("4006381333932", "check_digit"),
        ("14006381333931", "check_digit"),  # a case GTIN is not the unit's with a digit in front
        ("1234567", "check_digit"),
        ("36000291453", "check_digit"),  # not padded when the check digit fails
        ("123456", "length"),
        ("123456789012345", "length"),
        ("B00EXAMPLE", "not_digits"),
        ("400638133393½", "not_digits"),
        ("٤٠٠٦٣٨١٣٣٣٩٣١", "not_digits"),
        ("0000000000000", "zero"),
    ],
)
def test_bad_gtins_say_what_is_wrong(received: str, fault: str) -> None:
    with pytest.raises(InvalidGtin) as caught:
        normalize_gtin(received)
    assert (caught.value.code, caught.value.fault, caught.value.received) == ("invalid_gtin", fault, received)
    assert find_gtin(received) is None


@pytest.mark.parametrize(
    ("upc_e", "upc_a"),
    [
        ("01234505", "012000003455"),
        ("01234514", "012100003454"),
        ("01234531", "012300000451"),
        ("01234543", "012340000053"),
        ("01234558", "012345000058"),
    ],
)
def test_upc_e_is_expanded_by_its_last_digit(upc_e: str, upc_a: str) -> None:
    assert expand_upc_e(upc_e) == upc_a
    assert check_digit(upc_a[:-1]) == upc_a[-1]
    assert normalize_gtin(upc_e) == upc_a.zfill(14)


def test_upc_e_has_number_system_0_or_1() -> None:
    assert expand_upc_e("21234505") is None


@settings(max_examples=60, deadline=None)
@given(body=digits)
def test_every_way_to_write_a_gtin_gives_the_same(body: str) -> None:
    gtin = body + check_digit(body)
    assert normalize_gtin(gtin) == gtin
    assert normalize_gtin(f"{gtin}.0") == gtin
    for length in (12, 13):
        short = gtin[14 - length :]
        if not gtin[: 14 - length].strip("0"):
            assert normalize_gtin(short) == gtin


@settings(max_examples=60, deadline=None)
@given(body=digits, place=st.integers(0, 13), by=st.integers(1, 9))
def test_one_wrong_digit_is_always_found(body: str, place: int, by: int) -> None:
    gtin = body + check_digit(body)
    wrong = gtin[:place] + str((int(gtin[place]) + by) % 10) + gtin[place + 1 :]
    with pytest.raises(InvalidGtin):
        normalize_gtin(wrong)


@settings(max_examples=60, deadline=None)
@given(received=st.text(max_size=20) | st.text("0123456789.,eE+- ", max_size=16))
def test_any_text_is_a_gtin_or_a_typed_error(received: str) -> None:
    gtin = find_gtin(received)
    if gtin is None:
        with pytest.raises(InvalidGtin):
            normalize_gtin(received)
    else:
        assert len(gtin) == 14
        assert normalize_gtin(gtin) == gtin


@pytest.mark.parametrize(
    ("received", "asin"),
    [
        ("B0ABCD1234", "B0ABCD1234"),
        (" b0abcd1234 ", "B0ABCD1234"),
        ("0141439513", "0141439513"),
        ("141439513", "0141439513"),
        ("141439513.0", "0141439513"),
        ("080442957X", "080442957X"),
        ("80442957X", "080442957X"),
    ],
)
def test_asins(received: str, asin: str) -> None:
    assert normalize_asin(received) == asin


@pytest.mark.parametrize(
    ("received", "fault"),
    [
        ("", "empty"),
        ("1.41440E+08", "scientific"),
        ("141439514", "format"),  # the ISBN check fails, so it is not padded
        ("2026-11-24", "format"),
        ("B0ABCD123", "format"),
        ("B0ABCD12345", "format"),
        ("B0ÄBCD1234", "format"),
    ],
)
def test_bad_asins_say_what_is_wrong(received: str, fault: str) -> None:
    with pytest.raises(InvalidAsin) as caught:
        normalize_asin(received)
    assert (caught.value.code, caught.value.fault, caught.value.received) == ("invalid_asin", fault, received)


@settings(max_examples=60, deadline=None)
@given(received=st.text(max_size=14) | st.text("0123456789B.X", min_size=8, max_size=12))
def test_any_text_is_an_asin_or_a_typed_error(received: str) -> None:
    try:
        asin = normalize_asin(received)
    except InvalidAsin:
        return
    assert normalize_asin(asin) == asin


def test_skus_are_trimmed_and_keep_their_case() -> None:
    assert normalize_sku("  aB-1/é ") == "aB-1/é"
    for received, fault in (("", "empty"), ("x" * 41, "too_long"), ("a\tb", "control_character")):
        with pytest.raises(InvalidSku) as caught:
            normalize_sku(received)
        assert (caught.value.code, caught.value.fault) == ("invalid_sku", fault)
