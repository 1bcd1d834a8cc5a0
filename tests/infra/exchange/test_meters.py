"""Meters: whose they are, and what their dials can show."""

import pytest

from tests.infra.exchange.office import HEAT, WATER, Office

HEADER = "account;meter;service;digits;decimals;place;installed_on;verified_until;last_value;last_date;closed_on\n"
METERS = HEADER + (
    "3000000001;00123;cold_water;5;3;кухня;01.02.2018;2024-02-01;123,456;25.01.2022;\n"
    "3000000002;00124;cold_water;8;;;;;;;2022-02-01\n"
)


async def test_meters_are_taken_and_taken_again(office: Office) -> None:
    await office.two_flats()
    assert (await office.take("meters", METERS)).inserted == 2
    again = await office.take("meters", METERS)
    assert (again.inserted, again.changed, again.unchanged) == (0, 0, 2)
    rows = await office.rows(
        "SELECT number, digits, decimals, place, last_value::text, closed_on::text FROM meters ORDER BY number"
    )
    assert rows == [("00123", 5, 3, "кухня", "123.456", None), ("00124", 8, 3, "", None, "2022-02-01")]


async def test_decimals_are_three_unless_told_and_stay_when_the_column_is_missing(office: Office) -> None:
    await office.two_flats()
    await office.take("meters", "account;meter;service;digits\n3000000001;1;cold_water;5\n")
    await office.take("meters", "account;meter;service;digits;decimals\n3000000002;2;cold_water;5;0\n")
    await office.take("meters", "account;meter;service;digits\n3000000002;2;cold_water;6\n")
    assert await office.rows("SELECT digits, decimals FROM meters ORDER BY number") == [(5, 3), (6, 0)]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("3000000001;1;cold_water;0;;;;;;;", "digits"),
        ("3000000001;1;cold_water;10;;;;;;;", "digits"),
        ("3000000001;1;cold_water;5;7;;;;;;", "decimals"),
        ("3000000001;1;cold_water;5;;;;;100000;;", "last_value"),
        ("3000000001;1;cold_water;5;;;;;1,2345;;", "last_value"),
        ("3000000001;1;cold_water;5;;;;;-1;;", "last_value"),
        ("3000000001;1;cold_water;5;;;31.02.2022;;;;", "installed_on"),
        ("3000000001;1;gas;5;;;;;;;", "service"),
        ("3000000001;1;hot_water;5;;;;;;;", "service"),
        ("3000000001;1;wastewater;5;;;;;;;", "service"),
        ("3000000001;;cold_water;5;;;;;;;", "meter"),
        ("3000000009;1;cold_water;5;;;;;;;", "account"),
        ("700000001;1;cold_water;5;;;;;;;", "account"),
    ],
)
async def test_meters_that_cannot_be_are_refused(office: Office, row: str, column: str) -> None:
    await office.two_flats()
    assert [(line, name) for line, name, _ in await office.errors("meters", f"{HEADER}{row}\n")] == [(2, column)]


async def test_the_last_number_of_a_dial_is_taken_and_heat_has_six_decimals(office: Office) -> None:
    await office.two_flats()
    await office.take("meters", HEADER + "3000000001;1;cold_water;5;;;;;99 999,999;;\n")
    await office.take("meters", HEADER + "700000001;1;heating;3;6;;;;12,345678;;\n", HEAT)
    assert await office.rows("SELECT last_value::text FROM meters ORDER BY id") == [("99999.999",), ("12.345678",)]


async def test_a_meter_is_known_by_provider_number_and_service(office: Office) -> None:
    await office.two_flats()
    rows = "700000001;1;hot_water;5;;;;;;;\n700000001;1;heating;5;;;;;;;\n"
    assert (await office.take("meters", HEADER + rows, HEAT)).inserted == 2
    assert (await office.take("meters", HEADER + "3000000001;1;cold_water;5;;;;;;;\n", WATER)).inserted == 1
    assert await office.errors("meters", HEADER + rows + rows, HEAT) == [(4, "meter", ""), (5, "meter", "")]


async def test_a_meter_that_moves_to_another_account_is_told(office: Office) -> None:
    await office.two_flats()
    await office.take("meters", METERS)
    result = await office.take("meters", METERS.replace("3000000002;00124", "3000000001;00124"))
    assert result.changed == 1
    assert any("another account" in warning for warning in result.warnings)
