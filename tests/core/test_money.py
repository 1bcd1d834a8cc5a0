"""Roubles at the border, kopecks inside."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import parse_roubles, roubles, roubles_text


@pytest.mark.parametrize(
    ("text", "kopecks"),
    [
        ("0", 0),
        ("1", 100),
        ("1,5", 150),
        ("1.05", 105),
        ("0,01", 1),
        (" 1234,50 ", 123450),
        ("1 234,50", 123450),
        ("1\u00a0234\u202f567.89", 123456789),
        ("-12.00", -1200),
        ("-1 234,5", -123450),
        ("00012,00", 1200),
        ("999999999999,99", 99999999999999),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, kopecks: int) -> None:
    assert parse_roubles(text) == kopecks


@pytest.mark.parametrize(
    "text",
    ["", " ", "-", "1,234", "1,", ",5", "1.2.3", "1 23,5", "12 34", "1e3", "NaN", "inf", "1_0", "٥", "१", "５", "+5",
     "−5", "5 руб", "1" * 13, "0x1", "1\n2", "1,5 ₽", "--5"],
)  # fmt: skip
def test_anything_else_is_no_amount(text: str) -> None:
    assert parse_roubles(text) is None


@given(st.integers(-(10**13), 10**13))
def test_kopecks_are_written_and_read_back_without_loss(kopecks: int) -> None:
    assert parse_roubles(roubles_text(kopecks)) == kopecks
    assert roubles(kopecks) * 100 == kopecks
    assert roubles(kopecks).as_tuple().exponent == -2


def test_roubles_have_two_decimals() -> None:
    assert (roubles_text(5), roubles_text(-5), roubles(123450)) == ("0.05", "-0.05", Decimal("1234.50"))
