"""How late the event loop is: what blocks it (a long computation, a busy machine) holds up all chats of a process."""

import asyncio
import time
from collections import deque
from typing import Final

TICK: Final = 0.1
REMEMBERED: Final = 30.0


class LoopLag:
    """Sleeps for a tick and looks how much longer that took. Nothing is measured until it runs."""

    def __init__(self) -> None:
        self._ticks: deque[tuple[float, float]] = deque(maxlen=int(REMEMBERED / TICK))
        self._due: float | None = None

    async def run(self) -> None:
        """Measures until cancelled."""
        try:
            while True:
                self._due = time.monotonic() + TICK
                await asyncio.sleep(TICK)
                now = time.monotonic()
                self._ticks.append((now, max(0.0, now - self._due)))
        finally:
            self._due = None

    def worst(self, within: float) -> float:
        """The longest delay, in seconds, that ended within so many seconds or has not ended yet."""
        now = time.monotonic()
        overdue = now - self._due if self._due is not None else 0.0
        return max([0.0, overdue, *(lag for at, lag in self._ticks if at > now - within)])
