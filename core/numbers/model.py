"""What the desk's work comes to: how much was asked, how long it took, how it was liked.

A *stay* is what is counted: a ticket with one organisation, from the moment it came there (asked, or handed over by
another one) until it was handed on. So nobody waits on the account of those who had the ticket before. Times are those
of the calendar, nights and holidays included: as the resident waited.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from core.periods import Period
from core.support_settings import Topic

MOST_DAYS = 1100
"""Days of one look: three years."""
YEARS = range(2000, 2200)
"""Those that every clock and database can reckon with."""
_DAILY = 45
_WEEKLY = 200
"""Up to so many days are drawn a day, or a week, at a time."""


class Step(StrEnum):
    """Into what a stretch of days is cut."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Days:
    """Days by the city's clock, both ends included. Raises ValueError when they are none, or too many."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_DAYS or self.first.year not in YEARS or self.last.year not in YEARS:
            raise ValueError(f"from {self.first} to {self.last} there are {self.count} days")

    @classmethod
    def of(cls, period: Period) -> "Days":
        return cls(period.first_day, period.last_day)

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def step(self) -> Step:
        if self.count <= _DAILY:
            return Step.DAY
        return Step.WEEK if self.count <= _WEEKLY else Step.MONTH

    def slices(self) -> tuple[date, ...]:
        """The first days of the days, weeks (from Monday) or months that these days lie in."""
        begins = [_slice_of(self.first + timedelta(days=number), self.step) for number in range(self.count)]
        return tuple(dict.fromkeys(begins))


def _slice_of(day: date, step: Step) -> date:
    if step is Step.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step is Step.MONTH else day


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took in `count` cases: half of them no longer than `median`, nine of ten no longer than
    `ninetieth`; None where there was no case."""

    count: int = 0
    median: timedelta | None = None
    ninetieth: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Ratings:
    """How many residents gave one star, two, … five."""

    stars: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)

    @property
    def count(self) -> int:
        return sum(self.stars)

    @property
    def average(self) -> Decimal | None:
        """To a tenth."""
        if not self.count:
            return None
        given = sum(number * stars for stars, number in enumerate(self.stars, start=1))
        return (Decimal(given) / self.count).quantize(Decimal("0.1"))


@dataclass(frozen=True, slots=True)
class Load:
    """The stays that began in those days. `handed_on` went to another organisation."""

    came: int = 0
    first_answer: Spread = Spread()
    resolution: Spread = Spread()
    handed_on: int = 0
    unanswered: int = 0
    """Nobody has answered yet, and they are neither closed nor handed on."""
    ratings: Ratings = Ratings()


@dataclass(frozen=True, slots=True)
class Slice:
    """One day, week or month: what came, what was closed, and how long the first answer to what came has taken."""

    begins: date
    came: int = 0
    closed: int = 0
    first_answer: Spread = Spread()


@dataclass(frozen=True, slots=True)
class Now:
    """What waits with an organisation at this moment."""

    organisation: str
    open: int
    overdue: int
    unread: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it. `hours` counts what came, by day of the week (0 is Monday) and hour of the city's clock."""

    days: Days
    total: Load
    by_topic: Mapping[Topic, Load]
    by_organisation: Mapping[str, Load]
    course: tuple[Slice, ...]
    hours: Mapping[tuple[int, int], int]
    now: tuple[Now, ...]
