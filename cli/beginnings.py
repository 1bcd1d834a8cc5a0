"""Which ways in have yet to begin: a process is ready when it hears what is said to it."""

import time
from collections.abc import Callable

PATIENCE = 5.0
"""Seconds that readiness waits for a messenger: one that is away, or polled by another process, must not hold it."""


class NotBegun(Exception):
    """Some way in has not begun yet."""


class Beginnings:
    """Ways in that have been announced and not begun. `all_begun` is a probe of web.health."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience_until = time.monotonic() + patience
        self._missing: set[str] = set()

    def announce(self, name: str) -> Callable[[], None]:
        """Readiness waits for this one; the answer is to be called when it has begun."""
        self._missing.add(name)
        return lambda: self._missing.discard(name)

    async def all_begun(self) -> None:
        """Raises NotBegun while one is missing and patience lasts."""
        if self._missing and time.monotonic() < self._patience_until:
            raise NotBegun
