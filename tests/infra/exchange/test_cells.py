"""Grammars of cells: what is taken, what is refused, and that nothing is lost on the way."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import parse_roubles, roubles_text
from core.periods import Period
from infra.exchange.cells import (
    NULL,
    BadCell,
    Cells,
    Read,
    all_plain,
    amount,
    amount_owed,
    amount_paid,
    day,
    escaped,
    period_until,
    quantity,
    uuid,
    whole,
    words,
)

LAST = Period(2022, 3)
FOREIGN_DIGITS = ["١٢", "१२", "１２", "𝟏𝟐", "1²"]
NOT_NUMBERS = [
    "",
    "1e5",
    "NaN",
    "inf",
    "1_000",
    "+5",
    ".5",
    "5.",
    "1,2,3",
    "1.234,56",
    "0x10",
    "12 34",
    "−5",
    "1 2",
    *FOREIGN_DIGITS,
]


@pytest.mark.parametrize(
    ("cell", "kopecks"),
    [
        ("1234,50", "123450"),
        ("1234.5", "123450"),
        ("1234", "123400"),
        ("-0,01", "-1"),
        ("1 234 567,89", "123456789"),
        ("1\u00a0234,5", "123450"),
        ("-12\u202f345,00", "-1234500"),
        ("0", "0"),
    ],
)
def test_an_amount_is_kopecks(cell: str, kopecks: str) -> None:
    assert int(amount(cell)) == int(kopecks)


@pytest.mark.parametrize(
    "cell", [*NOT_NUMBERS, "1,234", "12.345", "1000000000000000", "1 23", "1234 567", "--5", "5-", "5 руб"]
)
def test_what_is_no_amount_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        amount(cell)


@pytest.mark.parametrize("cell", ["-1", "-0,01", "- 5"])
def test_a_minus_is_refused_where_none_is_allowed(cell: str) -> None:
    for read in (amount_owed, amount_paid, quantity(3)):
        with pytest.raises(BadCell, match="negative"):
            read(cell)


@pytest.mark.parametrize("cell", ["0", "0,00", "000.0"])
def test_a_payment_of_nothing_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        amount_paid(cell)


@pytest.mark.parametrize("cell", [*NOT_NUMBERS, "1.2345", "1234567890", "9" * 50])
def test_what_is_no_volume_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        quantity(3)(cell)


def test_heat_has_six_decimals() -> None:
    assert quantity(6)("0,123456") == "0.123456"
    with pytest.raises(BadCell):
        quantity(6)("0,1234567")


@pytest.mark.parametrize(
    ("cell", "iso"), [("2022-02-28", "2022-02-28"), ("28.02.2022", "2022-02-28"), ("29.02.2020", "2020-02-29")]
)
def test_a_date_has_two_forms(cell: str, iso: str) -> None:
    assert day(cell) == iso


@pytest.mark.parametrize(
    "cell",
    [
        "31.02.2022",
        "2022-02-29",
        "2022-2-1",
        "1.2.2022",
        "02/01/2022",
        "٢٠٢٢-01-01",
        "0022-01-01",
        "2022-01-01T00:00",
        "99.99.9999",
    ],
)
def test_what_is_no_date_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        day(cell)


@pytest.mark.parametrize("cell", ["2022-01", "01.2022", "012022"])
def test_a_period_has_three_forms(cell: str) -> None:
    assert period_until(LAST)(cell) == "2022-01-01"


@pytest.mark.parametrize(
    "cell", ["2022-13", "00.2022", "202201", "2022-1", "2022", "01-2022", "2022-04", "²022-01", "0000-01"]
)
def test_what_is_no_period_or_too_far_ahead_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        period_until(LAST)(cell)


@pytest.mark.parametrize("cell", ["a\0b", "a\tb", "\x1b[0m", "a\x7f", "\ud800", "a\u2028b", "\ufffe"])
def test_control_characters_and_broken_letters_are_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        words(50)(cell)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+7", "-5", "@x", "'a", "O'Нил", "Иванов\nИван", "a\\b", "\\N", "кв. 5", "«Ромашка»"]
)
def test_other_text_is_data(cell: str) -> None:
    assert unescaped(words(50)(cell)) == cell


@pytest.mark.parametrize(
    ("read", "good", "bad"),
    [
        (whole(1, 9), ["1", "9", "09"], ["0", "10", "-1", "1.0", "１", "", "9" * 5000]),
        (
            uuid,
            ["00000000-0000-4000-8000-0000000000AF"],
            ["", "00000000", "{00000000-0000-4000-8000-000000000000}", "0" * 32],
        ),
        (words(3), ["abc"], ["abcd"]),
    ],
)
def test_other_cells(read: Read, good: list[str], bad: list[str]) -> None:
    assert all(read(cell) for cell in good)
    for cell in bad:
        with pytest.raises(BadCell):
            read(cell)


def unescaped(text: str) -> str:
    """What COPY reads."""
    return text.replace("\\\\", "\0").replace("\\n", "\n").replace("\\r", "\r").replace("\0", "\\")


@given(st.text(max_size=30))
def test_escaped_text_comes_back(text: str) -> None:
    if "\0" not in text:
        assert unescaped(escaped(text)) == text
        assert "\n" not in escaped(text)


@given(st.integers(min_value=-(10**14) + 1, max_value=10**14 - 1), st.sampled_from(",."), st.booleans())
def test_every_amount_comes_back_to_the_kopeck(kopecks: int, separator: str, grouped: bool) -> None:
    whole_part, part = roubles_text(kopecks).split(".")
    if grouped:
        whole_part = f"{int(whole_part):,}".replace(",", "\u00a0") if int(whole_part) else whole_part
    assert int(amount(whole_part + separator + part)) == kopecks


@given(st.decimals(min_value=0, max_value=999_999_999, places=6))
def test_every_heat_volume_comes_back(volume: Decimal) -> None:
    assert Decimal(quantity(6)(f"{volume:f}".replace(".", ","))) == volume


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)))
def test_every_date_comes_back(when: date) -> None:
    assert day(when.isoformat()) == day(f"{when:%d.%m.}{when.year:04}") == when.isoformat()


@given(st.text(max_size=12))
def test_an_amount_means_what_the_core_understands(cell: str) -> None:
    known = parse_roubles(cell)
    try:
        assert int(amount(cell)) == known
    except BadCell:
        assert known is None


@given(st.lists(st.text(alphabet="аb |\\\n\t\u00a0=;", max_size=4), min_size=1, max_size=6))
def test_the_look_at_all_texts_together_says_what_reading_each_says(cells: list[str]) -> None:
    cells_of = Cells(words(3), None)
    if all_plain(cells, 3):
        assert [cells_of[cell] for cell in cells] == cells
        assert not cells_of.bad


def test_a_column_remembers_good_cells_and_gathers_bad_ones() -> None:
    cells = Cells(amount, None)
    assert [cells["1,5"], cells[" 1,5 "], cells["x"], cells[""]] == ["150", "150", NULL, NULL]
    assert set(cells.bad) == {"x", ""}
    assert "x" not in cells


def test_a_column_in_which_nothing_repeats_does_not_fill_the_memory() -> None:
    cells = Cells(words(20), None, {"known": "1"})
    for number in range(3 * Cells.OTHERS):
        cells[str(number)]
        assert len(cells) <= Cells.OTHERS + 1
