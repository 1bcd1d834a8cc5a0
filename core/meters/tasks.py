"""Settling what waits for an operator."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.clock import CityClock
from core.errors import Rejected
from core.meters.ports import MeterStore, ReadingStore
from core.tasks import Task, TaskId, TaskStatus, TaskStore


class Outcome(StrEnum):
    """`close`: nothing becomes of the reading; it was settled in another way."""

    ACCEPT = "accept"
    DECLINE = "decline"
    CLOSE = "close"


class NoteNeeded(Rejected):
    """The resident is told why a reading is declined, and the next operator why a task was closed."""


class NothingToAccept(Rejected):
    """The task has no reading that could be accepted or declined."""


_STATUSES = {
    Outcome.ACCEPT: TaskStatus.ACCEPTED,
    Outcome.DECLINE: TaskStatus.DECLINED,
    Outcome.CLOSE: TaskStatus.CLOSED,
}


@dataclass(frozen=True)
class Tasks:
    """What operators find in their list. `by` names the operator in the history of the reading."""

    tasks: TaskStore
    meters: MeterStore
    readings: ReadingStore
    clock: CityClock

    async def waiting(self) -> Sequence[Task]:
        return await self.tasks.waiting()

    async def get(self, task: TaskId) -> Task:
        """Raises NotFound."""
        return await self.tasks.get(task)

    async def settle(self, task: TaskId, outcome: Outcome, note: str, by: str) -> Task:
        """Settles an open task, with what becomes of its reading, and has the resident told.

        An accepted reading becomes current, unless a later one of its period is. Raises NotFound for a task that is
        not open (any more), NoteNeeded, NothingToAccept.
        """
        if outcome is not Outcome.ACCEPT and not note.strip():
            raise NoteNeeded
        meter = (await self.tasks.get(task)).meter
        if meter is not None:
            await self.meters.lock(meter)  # before the task, as whoever submits does: else each may wait for the other
        found = await self.tasks.take(task)
        if outcome is not Outcome.CLOSE:
            if found.reading is None or found.meter is None:
                raise NothingToAccept
            reason = note.strip() if outcome is Outcome.DECLINE else None
            await self.readings.settle(found.reading, reason, by)
        await self.tasks.settle(task, _STATUSES[outcome], note.strip(), by)
        await self.tasks.tell(task)
        return await self.tasks.get(task)
