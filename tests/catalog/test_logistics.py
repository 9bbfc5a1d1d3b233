"""Logistics rules: what a file or a form may say, what is refused, and that a file given back reads as it was."""

from datetime import date, time
from itertools import combinations
from typing import Any
from uuid import UUID

import pytest
from catalog.loading import load, rows
from factories import make_organization
from oktee.catalog.files.cells import CellFault
from oktee.catalog.files.examples import EXAMPLES
from oktee.catalog.files.logistics import clock, weekdays
from oktee.catalog.logistics.days_off import public_holidays
from oktee.catalog.logistics.kinds import KINDS
from oktee.catalog.logistics.tables import Warehouse
from oktee.catalog.places import places

FAULTS = "select column_name, code from catalog_import_errors"
WAREHOUSES = "code,time_zone,name,country,working_days,cut_off,calendar,capacity,capacity_unit\n"
LYON = "LYON,Europe/Paris,Lyon,FR,lun-ven,14h30,,400,lines\n"
TRANSIT = "origin,centre,zone,country,mode,days\n"


@pytest.mark.parametrize(
    ("said", "days"),
    [("mon-fri", "12345"), ("lun mar, mer", "123"), ("Montag to Samstag", "123456"), ("71", "17"), ("sam", "6")],
)
def test_days_of_the_week_are_read_as_people_write_them(said: str, days: str) -> None:
    assert weekdays(said) == days


@pytest.mark.parametrize("said", ["someday", "8", "fri-mon", "mon-tue-wed", "-"])
def test_days_that_nobody_has_are_refused(said: str) -> None:
    with pytest.raises(CellFault):
        weekdays(said)


def test_days_written_into_a_file_are_read_back() -> None:
    kind = KINDS["warehouses"]
    for count in range(1, 8):
        for days in combinations("1234567", count):
            digits = "".join(days)
            written = kind.cells(Warehouse(code="A", time_zone="UTC", working_days=digits))["working_days"]
            assert weekdays(written) == digits


def test_an_hour_is_an_hour() -> None:
    assert (clock("14h30"), clock("9:05")) == (time(14, 30), time(9, 5))
    for wrong in ("24:00", "14", "14:60", "noon"):
        with pytest.raises(CellFault):
            clock(wrong)


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_example_of_each_file_is_a_good_row_and_reads_back_as_it_is(kind: str) -> None:
    found = KINDS[kind]
    made, faults = found.file.read_form(EXAMPLES[kind], places)
    assert faults == []
    written = found.cells(made)
    again, faults = found.file.read_form(written, places)
    assert faults == []
    assert made._replace(id=again.id) == again
    assert set(EXAMPLES[kind]) == set(found.file.columns)
    assert tuple(made._fields[2:]) == tuple(name for name in made._fields if name in found.columns)


def test_public_holidays_are_those_of_the_country_and_the_region() -> None:
    epiphany, bastille = date(2027, 1, 6), date(2027, 7, 14)
    assert bastille in public_holidays("FR", None, 2026, 2027)
    assert epiphany in public_holidays("DE", "BY", 2026, 2027)
    assert epiphany not in public_holidays("DE", "BE", 2026, 2027)
    assert public_holidays("ZZ", None, 2026, 2027) == frozenset()
    for country, region, column in (("ZZ", "", "country"), ("DE", "QQ", "subdivision"), ("", "BY", "country")):
        cells = {"name": "Ours", "country": country, "subdivision": region}
        _, faults = KINDS["calendars"].file.read_form(cells, places)
        assert [fault.column for fault in faults] == [column]


async def with_lyon() -> UUID:
    organization, _ = await make_organization()
    done, _ = await load(organization, "warehouses", WAREHOUSES + LYON)
    assert done.loaded == 1
    return organization


async def test_a_warehouse_is_loaded_once_and_changed_by_a_later_file(db: Any) -> None:
    stranger, organization = await with_lyon(), await with_lyon()
    again, _ = await load(organization, "warehouses", WAREHOUSES + LYON)
    assert (again.loaded, again.unchanged) == (0, 1)
    await load(
        organization,
        "warehouses",
        "Code entrepôt;Fuseau horaire;Heure limite;Jours ouvrés\nLYON;Europe/Paris;11:00;1-6\n",
    )
    kept = "select code, working_days, cut_off, capacity from warehouses"
    assert [tuple(row) for row in await rows(organization, kept)] == [("LYON", "123456", time(11), 400)]
    assert [tuple(row) for row in await rows(stranger, kept)] == [("LYON", "12345", time(14, 30), 400)]


async def test_columns_that_a_file_does_not_have_keep_what_is_there(db: Any) -> None:
    organization = await with_lyon()
    wide = (
        "code,time_zone,opens,closes,party_id,address,city,postal_code\n"
        "LYON,Europe/Paris,06:00,20:00,WH-LY,1 quai Sud,Lyon,69007\n"
    )
    await load(organization, "warehouses", wide)
    await load(organization, "vendor_terms", "vendor_code,transport,warehouse\nLUMF1,air,LYON\n")
    nightly, _ = await load(organization, "warehouses", WAREHOUSES + LYON)
    assert (nightly.loaded, nightly.unchanged) == (0, 1)
    await load(organization, "warehouses", WAREHOUSES + LYON.replace("14h30", "11h00"))
    await load(organization, "vendor_terms", "vendor_code,freight\nLUMF1,collect\n")
    kept = "select cut_off, opens, closes, party_id, address, city, postal_code, capacity from warehouses"
    assert [tuple(row) for row in await rows(organization, kept)] == [
        (time(11), time(6), time(20), "WH-LY", "1 quai Sud", "Lyon", "69007", 400)
    ]
    terms = "select freight, transport, warehouse from vendor_terms"
    assert [tuple(row) for row in await rows(organization, terms)] == [("collect", "air", "LYON")]
    # An empty cell of a column that is there says that there is nothing.
    await load(organization, "warehouses", "code,time_zone,address\nLYON,Europe/Paris,\n")
    assert [row[0] for row in await rows(organization, "select address from warehouses")] == [None]


async def test_rows_that_name_what_is_not_there_are_refused_by_line(db: Any) -> None:
    await with_lyon()
    organization, _ = await make_organization()
    for kind, content in (
        ("transit_times", TRANSIT + "LYON,ORY1,,,,2\n"),
        ("closures", "calendar,first_day\nFrance,2026-12-24\n"),
        ("vendor_terms", "vendor_code,warehouse\nLUMF1,LYON\n"),
        ("warehouses", WAREHOUSES + "A,Mars/Base,,FRA,someday,25:00,,10,\n"),
        ("transit_times", TRANSIT + "LYON,ORY1,Nord,,,2\nLYON,,,,,\n,,,,boat,61\n"),
    ):
        done, _ = await load(organization, kind, content)
        assert done.loaded == 0
    assert sorted((row[0], row[1]) for row in await rows(organization, FAULTS)) == [
        ("calendar", "unknown_calendar"), ("capacity_unit", "unit_required"), ("country", "invalid_country"),
        ("cut_off", "invalid_time"), ("days", "required"), ("days", "too_large"), ("mode", "unknown_word"),
        ("origin", "required"), ("origin", "unknown_warehouse"), ("time_zone", "unknown_time_zone"),
        ("warehouse", "unknown_warehouse"), ("working_days", "invalid_weekday"), ("zone", "several_destinations"),
    ]  # fmt: skip


async def test_calendars_closures_transit_centres_and_terms_are_kept(db: Any) -> None:
    organization = await with_lyon()
    for kind, content in (
        ("calendars", "name,country,subdivision\nFrance,FR,\n"),
        (
            "closures",
            "calendar,first_day,last_day,reason\nFrance,2026-12-24,2026-12-31,Stocktaking\nFrance,2027-05-07,,\n",
        ),
        ("transit_times", TRANSIT + "LYON,,,FR,,2\nLYON,ORY1,,,ltl,1\n"),
        ("fulfilment_centres", "code,marketplace,zone,city\nory1,FR,Nord,Saran\n"),
        ("vendor_terms", "vendor_code,freight,uom,mode,warehouse\nLUMF1,prepaid,each,ltl,LYON\n"),
    ):
        done, _ = await load(organization, kind, content)
        assert done.rejected == 0
    assert [tuple(row) for row in await rows(organization, "select first_day, last_day from closures order by 1")] == [
        (date(2026, 12, 24), date(2026, 12, 31)),
        (date(2027, 5, 7), date(2027, 5, 7)),
    ]
    assert [
        tuple(row)
        for row in await rows(organization, "select centre, country, mode, days from transit_times order by 1")
    ] == [
        ("", "FR", "", 2),
        ("ORY1", "", "ltl", 1),
    ]
    assert [tuple(row) for row in await rows(organization, "select code, marketplace_id from fulfilment_centres")] == [
        ("ORY1", "A13V1IB3VIYZZH")
    ]
    assert [tuple(row) for row in await rows(organization, "select freight, warehouse from vendor_terms")] == [
        ("prepaid", "LYON")
    ]
