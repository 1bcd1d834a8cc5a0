"""How much and how fast the VK API takes (reference/messengers.md §2.1 and §2.2)."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Limits:
    """Pace and patience of the server; None switches a pace off. Times are seconds.

    `retry_scale` shortens the callback retry schedule for tests. `suspend_after`: so many errors in a row suspend the
    callback (how many is not published).
    """

    calls_per_second: int | None = 20
    retry_delays: tuple[float, ...] = (10.0, 180.0, 600.0, 1800.0, 3600.0)
    retry_scale: float = 1.0
    callback_timeout: float = 10.0
    callback_connections: int = 50
    suspend_after: int | None = None
    event_life: float = 60.0
    edit_life: float = 86_400.0
    dedupe_span: float = 3600.0
    dedupe_messages: int = 100
    longpoll_history: int = 10_000
    text: int = 4096
    photo_bytes: int = 50 * 1024 * 1024
    document_bytes: int = 200 * 1024 * 1024

    def without_pace(self) -> "Limits":
        """The same limits with nothing said about speed, for benchmarks."""
        return replace(self, calls_per_second=None)
