"""What the city file says of readings beside their window: when a value is asked about, what follows when none comes,
and how meters are verified. The rules themselves are in `core.meters.rules`."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ReadingChecks:
    """From when on a value is asked about. Volumes are in the unit of the meter (m³, heat: Gcal)."""

    since: date = date.min
    large_times: int = 3
    """A month is far above the usual from so many times the mean of `usual_months` on…"""
    large_floor: int = 10
    """…and above so many units: three litres instead of one alarm nobody."""
    large_unknown: int = 50
    """Where nothing is known of the usual, more than this is asked about: a slipped digit looks like that."""
    usual_months: int = 6
    rollover_percent: int = 90
    """A dial that stood above this share of its capacity may have started anew (domain.md R14)."""
    message_hours: int = 48
    """A message dated earlier than so many hours before it came counts by when it came."""
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Averaging:
    """For how many periods in a row without readings billing takes the average; after that the norm (R4, R5)."""

    months: int = 3
    since: date = date.min
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Verification:
    """How a verification (поверка) that runs out is told of, and where one is looked up (R5, R11)."""

    warn_days: tuple[int, ...] = (90, 30, 7, 0)
    """Days before the end on which the words become more urgent, longest first."""
    register: str | None = None
    site: str | None = None
    demo: bool = False
