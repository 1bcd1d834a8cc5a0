"""What the numbers need from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from core.numbers.model import Days, Figures, Now


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of which days by the clock of which city, and of which organisations; None is all of them."""

    days: Days
    zone: ZoneInfo
    organisations: frozenset[str] | None


class NumbersStore(Protocol):
    async def now(self, organisations: frozenset[str] | None, at: datetime) -> Sequence[Now]:
        """What waits at that moment, by the name of the organisation."""
        ...

    async def figures(self, wanted: Wanted, now: Sequence[Now]) -> Figures: ...
