"""Billing periods: months that can be counted, compared and written."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.periods import Period

PERIODS = st.builds(Period, st.integers(1900, 2900), st.integers(1, 12))


def test_a_period_knows_its_neighbours_across_the_year() -> None:
    assert Period(2021, 12).next == Period(2022, 1)
    assert Period(2022, 1).previous == Period(2021, 12)


def test_a_period_begins_and_ends_with_its_month() -> None:
    february = Period(2024, 2)
    assert (february.first_day, february.last_day) == (date(2024, 2, 1), date(2024, 2, 29))
    assert february.day(15) == date(2024, 2, 15)
    assert february.day(30) == date(2024, 2, 29)
    assert date(2024, 2, 10) in february
    assert date(2023, 2, 10) not in february


def test_periods_are_ordered_by_time() -> None:
    assert sorted([Period(2022, 1), Period(2021, 12), Period(2022, 10)]) == [
        Period(2021, 12),
        Period(2022, 1),
        Period(2022, 10),
    ]


@given(PERIODS)
def test_what_is_written_is_read_back(period: Period) -> None:
    assert Period.parse(str(period)) == period


@given(PERIODS, st.integers(-600, 600))
def test_shifting_there_and_back_changes_nothing(period: Period, months: int) -> None:
    there = period.shifted(months)
    assert there.shifted(-months) == period
    assert (there > period) == (months > 0)


@given(st.dates(date(1900, 1, 1), date(2900, 1, 1)))
def test_every_day_lies_in_its_period(day: date) -> None:
    period = Period.of(day)
    assert period.first_day <= day <= period.last_day
    assert day in period


@pytest.mark.parametrize(
    "text", ["", "2022-1", "2022-00", "2022-13", "01.2022", "2022-01-01", " 2022-01", "２０２２-01", "0000-01"]
)
def test_anything_else_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match=r"period|month"):
        Period.parse(text)


def test_a_period_is_written_year_first() -> None:
    assert str(Period(2022, 1)) == "2022-01"
