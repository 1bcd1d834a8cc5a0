"""Numbers and days as print shows them."""

from datetime import date
from decimal import Decimal

import pytest

from core.periods import Period
from infra.receipts import words


@pytest.mark.parametrize(
    ("kopecks", "written"),
    [
        (0, "0,00"),
        (5, "0,05"),
        (123450, "1\u2009234,50"),
        (-123450, "\u22121\u2009234,50"),
        (100_000_000_000, "1\u2009000\u2009000\u2009000,00"),
    ],
)
def test_amounts(kopecks: int, written: str) -> None:
    assert words.amount(kopecks) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("0", "0"),
        ("10.500", "10,5"),
        ("1E+3", "1\u2009000"),
        ("0.1098", "0,1098"),
        ("-2.0", "\u22122"),
        ("1E-6", "0,000001"),
    ],
)
def test_numbers(value: str, written: str) -> None:
    assert words.number(Decimal(value)) == written


def test_a_tariff_has_at_least_two_decimals() -> None:
    assert words.number(Decimal("28.5"), least_decimals=2) == "28,50"
    assert words.number(Decimal("28.5432"), least_decimals=2) == "28,5432"


def test_days_and_months() -> None:
    assert words.long_day(date(2022, 5, 9)) == "9\u00a0мая 2022\u00a0года"
    assert words.short_day(date(2022, 5, 9)) == "09.05.2022"
    assert words.short_day(None) == "—"
    assert words.month(Period(2022, 5)) == "май 2022\u00a0года"


@pytest.mark.parametrize(("count", "written"), [(2, "двум"), (3, "трём"), (4, "четырём"), (7, "7")])
def test_to_how_many_organisations(count: int, written: str) -> None:
    assert words.to_organisations(count) == f"{written} организациям"


def test_only_very_long_words_get_places_to_break() -> None:
    assert words.breakable("электросталеплавиль") != "электросталеплавиль"
    assert words.breakable("кухня 19-204417-ВСГ") == "кухня 19-204417-ВСГ"
    assert words.breakable("9" * 40).replace(words.MAY_BREAK, "") == "9" * 40
