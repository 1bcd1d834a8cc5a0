"""Choices of reminders kept in memory."""

from dataclasses import dataclass, field

from core.broadcasts.reminders import ReminderTimes
from core.ids import ResidentId


@dataclass
class FakeReminders:
    topics: dict[ResidentId, set[str]] = field(default_factory=dict)
    chosen: dict[ResidentId, ReminderTimes] = field(default_factory=dict)

    async def off(self, resident: ResidentId) -> frozenset[str]:
        return frozenset(self.topics.get(resident, ()))

    async def switch(self, resident: ResidentId, topics: tuple[str, ...], *, on: bool) -> None:
        own = self.topics.setdefault(resident, set())
        own.difference_update(topics) if on else own.update(topics)

    async def times(self, resident: ResidentId) -> ReminderTimes:
        return self.chosen.get(resident, ReminderTimes())

    async def set_times(self, resident: ResidentId, times: ReminderTimes) -> None:
        self.chosen[resident] = times
