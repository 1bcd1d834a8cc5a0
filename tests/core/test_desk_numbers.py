"""Days that numbers are of, and what is made of counts."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.numbers.model import MOST_DAYS, Days, Ratings, Step
from core.periods import Period

FEBRUARY = Days(date(2022, 2, 1), date(2022, 2, 28))


def test_a_month_is_cut_into_its_days() -> None:
    assert Days.of(Period(2022, 2)) == FEBRUARY
    assert (FEBRUARY.count, FEBRUARY.step) == (28, Step.DAY)
    assert FEBRUARY.slices() == tuple(date(2022, 2, number) for number in range(1, 29))


def test_a_quarter_is_cut_into_weeks_that_begin_on_monday() -> None:
    quarter = Days(date(2022, 1, 1), date(2022, 3, 31))
    assert quarter.step is Step.WEEK
    weeks = quarter.slices()
    assert (weeks[0], weeks[-1], len(weeks)) == (date(2021, 12, 27), date(2022, 3, 28), 14)
    assert {week.weekday() for week in weeks} == {0}


def test_a_year_is_cut_into_months() -> None:
    year = Days(date(2021, 3, 17), date(2022, 3, 16))
    assert year.step is Step.MONTH
    assert (year.slices()[0], year.slices()[-1], len(year.slices())) == (date(2021, 3, 1), date(2022, 3, 1), 13)


@pytest.mark.parametrize("days", [-1, 0, MOST_DAYS + 1])
def test_days_are_some_and_not_too_many(days: int) -> None:
    first = date(2022, 2, 1)
    with pytest.raises(ValueError, match="days"):
        Days(first, first + timedelta(days=days - 1))
    assert Days(first, first).count == 1


def test_an_average_is_to_a_tenth_and_of_nothing_there_is_none() -> None:
    assert Ratings().average is None
    assert Ratings((1, 0, 0, 1, 1)).average == Decimal("3.3")
    assert Ratings((0, 0, 0, 0, 7)).average == 5
