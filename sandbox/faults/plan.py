"""When faults are met: on order, or by chance."""

from collections import deque
from random import Random
from typing import Generic, TypeVar

F = TypeVar("F")


class FaultPlan(Generic[F]):
    """Orders go before chances, a name before "*". Names are compared without regard to case.

    Chances are drawn from one generator a name, so that a seed gives the same faults however calls of different
    methods fall between each other.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._queues: dict[str, deque[F]] = {}
        self._chances: dict[str, tuple[Random, list[tuple[float, F]]]] = {}

    def next(self, name: str, fault: F, times: int = 1) -> None:
        """The next `times` calls (updates) of the name meet this fault."""
        self._queues.setdefault(name.lower(), deque()).extend([fault] * times)

    def sometimes(self, name: str, *chances: tuple[float, F]) -> None:
        """Each call (update) of the name meets at most one of these faults, each with its chance of 0 to 1.

        Replaces what was said of the name before; with "*", names that have chances of their own keep those.
        ValueError when the chances are together more than 1.
        """
        if min((chance for chance, _fault in chances), default=0.0) < 0 or sum(chance for chance, _ in chances) > 1:
            raise ValueError("chances must be 0 to 1, and so their sum")
        key = name.lower()
        random = Random(f"{self.seed} {key}")  # noqa: S311  # must repeat itself, and hides nothing
        self._chances[key] = (random, list(chances))

    def clear(self) -> None:
        """Forget what was planned."""
        self._queues.clear()
        self._chances.clear()

    def take(self, name: str) -> F | None:
        """The fault this call (update) meets, if any."""
        if not self._queues and not self._chances:
            return None
        key = name.lower()
        queue = self._queues.get(key) or self._queues.get("*")
        return queue.popleft() if queue else self._drawn(key)

    def _drawn(self, key: str) -> F | None:
        random, chances = self._chances.get(key) or self._chances.get("*") or (None, [])
        if random is None:
            return None
        drawn = random.random()
        for chance, fault in chances:
            drawn -= chance
            if drawn < 0:
                return fault
        return None
