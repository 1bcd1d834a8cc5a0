"""Work for an operator: what neither the resident nor the product can settle, with every fact that is known of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from core.ids import MeterId, PremisesId, ReadingId
from core.periods import Period

TaskId = NewType("TaskId", int)

READING = "reading"
"""The kind of tasks about a reading; other areas name their own."""


class TaskStatus(StrEnum):
    """`superseded`: the resident has settled it meanwhile, by sending another reading."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CLOSED = "closed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to open. `key` makes repeating it harmless; `facts` are values of JSON."""

    key: str
    kind: str
    facts: Mapping[str, object]
    at: datetime
    premises: PremisesId | None = None
    meter: MeterId | None = None
    reading: ReadingId | None = None
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class Task:
    id: TaskId
    kind: str
    facts: Mapping[str, object]
    opened_at: datetime
    status: TaskStatus
    premises: PremisesId | None = None
    meter: MeterId | None = None
    reading: ReadingId | None = None
    period: Period | None = None
    note: str = ""


class TaskStore(Protocol):
    async def open(self, new: NewTask) -> None:
        """Opens a task; the same key again changes nothing."""
        ...

    async def waiting(self) -> Sequence[Task]:
        """Open tasks, oldest first."""
        ...

    async def get(self, task: TaskId) -> Task:
        """Raises NotFound."""
        ...

    async def take(self, task: TaskId) -> Task:
        """The task, held until the transaction ends. Raises NotFound for one that is unknown or not open."""
        ...

    async def settle(self, task: TaskId, status: TaskStatus, note: str, by: str) -> None:
        """When, the store knows: how long a task is kept goes by its clock, which no setting turns back."""
        ...

    async def tell(self, task: TaskId) -> None:
        """Has the chats of whoever sent the task's reading told how it was settled, in this transaction."""
        ...
