"""How much and how fast the Bot API takes (reference/messengers.md §1.1 and §1.4)."""

import math
from dataclasses import dataclass, field, replace

from sandbox.pace import Bucket, Window
from sandbox.telegram.errors import ApiError, flood


@dataclass(frozen=True, slots=True)
class Limits:
    """Pace and patience of the server; None switches a pace off. Times are seconds.

    `overall` (messages a second over all chats) is off by default: live replies are not held to the 30 of bulk mail.
    """

    per_chat: float | None = 1.0
    per_chat_burst: int = 20
    per_group_minute: int | None = 20
    overall: int | None = None
    query_life: float = 150.0
    update_life: float = 86_400.0
    conflict_delay: float = 3.0
    poll_guard: bool = True
    webhook_retry: float = 1.0
    webhook_retry_cap: tuple[float, float] = (60.0, 120.0)
    webhook_timeout: float = 60.0
    photo_bytes: int = 10 * 1024 * 1024
    upload_bytes: int = 50 * 1024 * 1024
    download_bytes: int = 20 * 1024 * 1024

    def without_pace(self) -> "Limits":
        """The same limits with nothing said about speed, for benchmarks."""
        return replace(self, per_chat=None, per_group_minute=None, overall=None)


@dataclass(slots=True)
class Pacer:
    """Remembers who was written to and when."""

    limits: Limits
    _chats: dict[int, Bucket] = field(default_factory=dict)
    _groups: dict[int, Window] = field(default_factory=dict)
    _overall: Bucket | None = None

    def admit(self, chat_id: int, now: float, messages: int = 1) -> None:
        """Count messages to a chat at `now` (monotonic seconds); 429 when it is too fast."""
        error = self._refusal(chat_id, now)
        if error is not None:
            raise error
        if self.limits.per_chat is not None:
            self._bucket(chat_id).tokens -= messages
        if self._overall is not None:
            self._overall.tokens -= messages

    def _refusal(self, chat_id: int, now: float) -> ApiError | None:
        waits = [0.0]
        if self.limits.per_chat is not None:
            waits.append(self._bucket(chat_id).wait(now))
        if self.limits.overall is not None:
            self._overall = self._overall or Bucket(self.limits.overall, self.limits.overall)
            waits.append(self._overall.wait(now))
        if chat_id < 0 and self.limits.per_group_minute is not None and max(waits) == 0.0:
            window = self._groups.setdefault(chat_id, Window(self.limits.per_group_minute, 60.0))
            if not window.admit(now):
                waits.append(window.times[0] + window.span - now)
        longest = max(waits)
        return flood(max(1, math.ceil(longest))) if longest > 0 else None

    def _bucket(self, chat_id: int) -> Bucket:
        bucket = self._chats.get(chat_id)
        if bucket is None:
            bucket = self._chats[chat_id] = Bucket(self.limits.per_chat or 1.0, self.limits.per_chat_burst)
        return bucket
