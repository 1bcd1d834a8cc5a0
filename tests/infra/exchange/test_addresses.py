"""Addresses that tie accounts to one flat: exactly or not at all."""

import pytest

from infra.exchange.addresses import address_key


def key(street: str = "улица Труда", building: str = "14а", unit: str = "5", city: str = "Магнитогорск") -> str:
    return address_key(city, street, building, unit)


@pytest.mark.parametrize("street", ["ул. Труда", "УЛИЦА  ТРУДА", " ул.Труда ", "Труда ул.", "Труда улица", "ул Труда"])
def test_spellings_of_one_street_are_one(street: str) -> None:
    assert key(street) == key()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Труда", "улица Труда"),
        ("переулок Труда", "улица Труда"),
        ("пр. Ленина", "проспект Ленина"),
        ("пр. Ленина", "проезд Ленина"),
        ("улица Набережная", "Набережная"),
        ("улица Трудовая", "улица Труда"),
    ],
)
def test_streets_that_may_differ_do(one: str, other: str) -> None:
    assert key(one) != key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("пр-т Ленина", "проспект Ленина"), ("ул. Набережная", "Набережная улица"), ("ул. Берёзовая", "ул. Березовая")],
)
def test_streets_that_are_surely_one_are(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize("building", ["14А", "14 а", "д. 14а", "дом 14 А"])
def test_spellings_of_one_building_are_one(building: str) -> None:
    assert key(building=building) == key()


def test_buildings_and_units_are_told_apart() -> None:
    keys = {
        key(building="14"),
        key(building="1", unit="45"),
        key(unit=""),
        key(unit="5а"),
        key(building="14/а"),
        key(),
        key(unit="55"),
    }
    assert len(keys) == 7


@pytest.mark.parametrize("unit", ["кв. 5", "кв 5", "квартира 5", " 5 "])
def test_spellings_of_one_unit_are_one(unit: str) -> None:
    assert key(unit=unit) == key()


def test_parts_do_not_run_into_each_other() -> None:
    assert address_key("а|б", "в", "г", "д") != address_key("а", "б|в", "г", "д")
