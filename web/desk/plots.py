"""Plots as numbers: where each bar stands. Templates draw them as SVG, every figure is in a table beside.

The picture is stretched to whatever room there is, so it holds bars and lines alone; words stand around it as words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

HEIGHT: Final = 100
SLOT: Final = 10
"""Units of the picture: its height, and the width of what belongs to one label."""
_GAP: Final = 1.5
_MOST_MARKS: Final = 7
_LEVELS: Final = 5
_ROUND: Final = (2, 4, 6, 8, 10)
"""What a scale may end in, times a power of ten: its half is a whole number."""
_SPANS: Final = tuple(timedelta(minutes=number) for number in (10, 20, 30, 60, 120, 240, 480, 720)) + tuple(
    timedelta(days=number) for number in (1, 2, 4, 6, 10, 14, 20, 30, 60, 90, 180, 365, 730, 1100)
)


@dataclass(frozen=True, slots=True)
class Bar:
    """`kind` is the class that colours it; `words` say what it is when it is pointed at."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Series:
    """Values for each label, of one colour; None is nothing to draw."""

    kind: str
    values: Sequence[float | None]
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Columns:
    """A plot of upright bars. `marks` are those of the labels that stand under it, evenly apart."""

    width: float
    bars: tuple[Bar, ...]
    marks: tuple[str, ...]


def columns(series: Sequence[Series], labels: Sequence[str], top: float) -> Columns:
    """Bars of several series beside each other under each label; `top` is the value as high as the picture."""
    thick = (SLOT - 2 * _GAP) / len(series)
    bars = [
        _bar(one, place, place * SLOT + _GAP + number * thick, thick, value / top)
        for number, one in enumerate(series)
        for place, value in enumerate(one.values)
        if value
    ]
    return Columns(max(len(labels), 1) * SLOT, tuple(bars), marks(labels))


def _bar(series: Series, place: int, x: float, thick: float, share: float) -> Bar:
    height = round(HEIGHT * min(share, 1), 2)
    return Bar(round(x, 2), round(HEIGHT - height, 2), round(thick, 2), height, series.kind, series.words[place])


def marks(labels: Sequence[str]) -> tuple[str, ...]:
    """As many labels as have room, evenly apart, to half a slot; the first and the last are among them."""
    last = len(labels) - 1
    if last < _MOST_MARKS:
        return tuple(labels)
    # Where labels can stand exactly apart, they do.
    steps = next((number for number in range(_MOST_MARKS - 1, 3, -1) if last % number == 0), _MOST_MARKS - 2)
    return tuple(labels[round(step * last / steps)] for step in range(steps + 1))


def top_of_count(values: Sequence[int]) -> int:
    """The round number that a scale ends in."""
    greatest, power = max(values, default=0), 1
    while greatest > 10 * power:
        power *= 10
    return next(number * power for number in _ROUND if number * power >= greatest)


def top_of_time(values: Sequence[timedelta]) -> timedelta:
    """The round time that a scale ends in; longer ones fill the picture."""
    greatest = max(values, default=timedelta())
    return next((span for span in _SPANS if span >= greatest), greatest)


def level(value: int, greatest: int) -> int:
    """0 for nothing, 1 to 5 by the share of the greatest: the shade of a cell."""
    return 0 if value <= 0 else -(-_LEVELS * value // greatest)
