"""Token buckets and sliding windows: how fast a messenger lets a bot speak."""

from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """A token bucket: `rate` tokens a second, never more than `burst` of them."""

    rate: float
    burst: float
    tokens: float = field(init=False)
    seen: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def wait(self, now: float) -> float:
        """Seconds until a token is there, 0.0 when there is one now; takes nothing."""
        self.tokens = min(self.burst, self.tokens + (now - self.seen) * self.rate)
        self.seen = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / self.rate

    def take(self) -> None:
        """Take one token; call after `wait` said 0.0."""
        self.tokens -= 1


@dataclass(slots=True)
class Window:
    """At most `count` events within any `span` seconds."""

    count: int
    span: float
    times: deque[float] = field(default_factory=deque)

    def admit(self, now: float) -> bool:
        """Whether one more event may happen now; it is counted when it may."""
        while self.times and self.times[0] <= now - self.span:
            self.times.popleft()
        if len(self.times) >= self.count:
            return False
        self.times.append(now)
        return True
