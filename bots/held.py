"""A row of the outbox in the memory of the process that sends it."""

import time
from dataclasses import dataclass, field

from dialogs.ports import Outgoing, PutOff


@dataclass(slots=True)
class Held:
    """A row in memory. `until`: when its lease must be taken for lost; `placed`: it has its moment in the chat's pace;
    `first`: when it was first tried, if that is known; `leaves`: it is on its way."""

    row: Outgoing
    until: float
    tries: int = 0
    placed: bool = False
    since: float = field(default_factory=time.monotonic)
    first: float | None = None
    leaves: bool = False

    @property
    def put_off(self) -> PutOff:
        return PutOff(self.row.id, self.row.attempt, self.row.tries + self.tries)
