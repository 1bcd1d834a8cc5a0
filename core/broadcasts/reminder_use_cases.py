"""What a resident chooses of reminders: which, from which hour, how many days before."""

from dataclasses import dataclass
from typing import Protocol

from core.broadcasts.reminders import DAYS_BEFORE, HOURS, Reminder, ReminderTimes
from core.errors import NotFound
from core.ids import ResidentId


@dataclass(frozen=True, slots=True)
class ReminderChoice:
    """`off` are the kinds a resident does not want."""

    off: frozenset[Reminder]
    times: ReminderTimes


class ReminderStore(Protocol):
    """Choices of residents. Every store works inside the caller's transaction."""

    async def off(self, resident: ResidentId) -> frozenset[str]:
        """Topics the resident has opted out of."""
        ...

    async def switch(self, resident: ResidentId, topics: tuple[str, ...], *, on: bool) -> None: ...

    async def times(self, resident: ResidentId) -> ReminderTimes:
        """The usual ones for whoever has chosen none."""
        ...

    async def set_times(self, resident: ResidentId, times: ReminderTimes) -> None: ...


@dataclass(frozen=True)
class Reminders:
    store: ReminderStore

    async def choice(self, resident: ResidentId) -> ReminderChoice:
        off = await self.store.off(resident)
        unwanted = frozenset(kind for kind in Reminder if kind.topic in off)
        return ReminderChoice(unwanted, await self.store.times(resident))

    async def switch(self, resident: ResidentId, *kinds: Reminder, on: bool) -> None:
        """Wants these kinds, or does not; the same again changes nothing."""
        await self.store.switch(resident, tuple(kind.topic for kind in kinds), on=on)

    async def set_hour(self, resident: ResidentId, hour: int) -> None:
        """Raises NotFound for an hour that cannot be asked for."""
        if hour not in HOURS:
            raise NotFound
        times = await self.store.times(resident)
        await self.store.set_times(resident, ReminderTimes(hour, times.last_day, times.due))

    async def set_days(self, resident: ResidentId, kind: Reminder, days: int) -> None:
        """How many days before. Raises NotFound where that cannot be asked for."""
        if days not in DAYS_BEFORE.get(kind, ()):
            raise NotFound
        times = await self.store.times(resident)
        last_day = days if kind is Reminder.LAST_DAY else times.last_day
        due = days if kind is Reminder.DUE else times.due
        await self.store.set_times(resident, ReminderTimes(times.hour, last_day, due))
