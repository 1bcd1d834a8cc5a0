"""The billing period: a calendar month (Rules No. 354, point 37)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Self

_WRITTEN = re.compile(r"([0-9]{4})-([0-9]{2})")


@dataclass(frozen=True, order=True, slots=True)
class Period:
    """A calendar month; ordered by time, written `2022-01`. Raises ValueError for a month that does not exist."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1 <= self.year <= 9998 and 1 <= self.month <= 12):
            raise ValueError(f"no such month: year {self.year}, month {self.month}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `YYYY-MM`, digits 0-9 only. Raises ValueError for anything else."""
        written = _WRITTEN.fullmatch(text)
        if written is None:
            raise ValueError(f"a period is written YYYY-MM, not {text!r}")
        return cls(int(written[1]), int(written[2]))

    @classmethod
    def of(cls, day: date) -> Self:
        """The period a day belongs to."""
        return cls(day.year, day.month)

    def shifted(self, months: int) -> "Period":
        """The period so many months later (earlier, if negative)."""
        years, month = divmod(self.month - 1 + months, 12)
        return Period(self.year + years, month + 1)

    @property
    def next(self) -> "Period":
        return self.shifted(1)

    @property
    def previous(self) -> "Period":
        return self.shifted(-1)

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return self.day(31)

    def day(self, number: int) -> date:
        """The day of that number in this month; in a shorter month, its last day."""
        return date(self.year, self.month, min(number, monthrange(self.year, self.month)[1]))

    def __contains__(self, day: date) -> bool:
        return (day.year, day.month) == (self.year, self.month)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"
