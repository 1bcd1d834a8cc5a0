"""The city's clock: instants are UTC inside, days and periods are the city's."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from core.periods import Period


class Clock(Protocol):
    """Gives the present instant, aware and in UTC; `offset` is how far it is from the clocks of everybody else."""

    @property
    def offset(self) -> timedelta: ...

    def now(self) -> datetime: ...


@dataclass(frozen=True)
class ShiftedClock:
    """The real clock moved by a fixed offset: how the setting NOW lets a demo start in February 2022."""

    offset: timedelta = timedelta()

    @classmethod
    def starting_at(cls, now: datetime | None) -> "ShiftedClock":
        return cls() if now is None else cls(now - datetime.now(UTC))

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


@dataclass(frozen=True)
class CityClock:
    """A clock read in the city's time zone."""

    clock: Clock
    zone: ZoneInfo

    def now(self) -> datetime:
        """The instant, in UTC."""
        return self.clock.now()

    def local(self, instant: datetime | None = None) -> datetime:
        return (instant or self.clock.now()).astimezone(self.zone)

    def typed(self, said: str) -> datetime:
        """A moment as people write the city's time: «2022-02-16 18:00», or with a T. Raises ValueError for anything
        else, a day without an hour and a time with a zone of its own among it."""
        local = datetime.fromisoformat(said)
        if local.tzinfo is not None or len(said) < len("2022-02-16 18:00"):
            raise ValueError
        return local.replace(tzinfo=self.zone)

    def today(self) -> date:
        return self.local().date()

    def period(self) -> Period:
        today = self.today()
        return Period(today.year, today.month)

    def of_message(self, sent: datetime | None, received: datetime, hours: int) -> datetime:
        """When a message was written, by this clock: as its messenger dates it, or when it came if that is not known
        or cannot be true (later than it came, or more than so many hours before).

        A messenger's clock is the real one, so its dates are moved like ours; that of a stand-in may be ours already.
        """
        if sent is None:
            return received
        for offset in (self.clock.offset, timedelta()):
            age = received - offset - sent  # of two real instants: dates at the end of time cannot overflow it
            if timedelta() <= age <= timedelta(hours=hours):
                return received - age
        return received
