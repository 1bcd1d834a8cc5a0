"""Metrics for Prometheus. Labels are messengers and outcomes: few, and nothing of any resident."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from web.lag import LoopLag

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

TURN_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
LAG_WITHIN: Final = 20.0
"""Seconds; longer than it takes Prometheus to come back, so that it misses nothing."""
SEND_BUCKETS: Final = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Depths:
    """What waits in the durable path: how much, and the age of the oldest in seconds (0 when nothing waits)."""

    inbox: int
    inbox_age: float
    outbox: int
    outbox_age: float
    dead_letters: int = 0
    link_failures: int = 0
    """Failed proofs of accounts in the last ten minutes."""
    link_alarms: int = 0
    """Alarms about them raised in the last hour: who goes through accounts, weak codes under attack."""
    sign_in_failures: int = 0
    """Failed sign-ins at the desk in the last ten minutes."""


Measure = Callable[[], Awaitable[Depths]]


class Metrics:
    """All metrics of a process. It is a `bots.watch.Watch`; depths are asked for whenever somebody looks."""

    def __init__(self, measure: Measure | None = None) -> None:
        self._measure = measure
        self.lag = LoopLag()
        self.may_send: Callable[[], bool] | None = None
        registry = self.registry = CollectorRegistry()

        def times(name: str, about: str, *labels: str, buckets: Sequence[float] = SEND_BUCKETS) -> Histogram:
            return Histogram(f"vodoteplo_{name}", about, labels, buckets=buckets, registry=registry)

        self._turns = times("turn_seconds", "Turns.", "messenger", "outcome", buckets=TURN_BUCKETS)
        self._updates = times("update_seconds", "From an update's arrival to its commit.", "messenger")
        self._sends = times("send_seconds", "API calls.", "messenger", "outcome")
        self._deliveries = times("delivery_seconds", "From a call's commit to its acceptance.", "messenger")
        self._paced = times("pace_wait_seconds", "Waits because a bot may not send faster.", "messenger")
        self._letters = Counter(
            "vodoteplo_letters", "Letters to many, by outcome.", ("messenger", "outcome"), registry=registry
        )
        # Without labels, so that it is there before it counts: what appears as 1 has not increased for Prometheus.
        self._overtaken = Counter("vodoteplo_overtaken", "Messages that never came and were left.", registry=registry)
        self._waiting = Gauge("vodoteplo_waiting_rows", "Rows that wait.", ("queue",), registry=registry)
        self._age = Gauge("vodoteplo_oldest_waiting_seconds", "Age of the oldest.", ("queue",), registry=registry)
        self._dead = Gauge("vodoteplo_dead_letters", "Updates that were given up.", registry=registry)
        self._link_failures = Gauge(
            "vodoteplo_link_failures", "Failed proofs of accounts in ten minutes.", registry=registry
        )
        self._link_alarms = Gauge("vodoteplo_link_alarms", "Alarms about proofs in an hour.", registry=registry)
        self._sign_in_failures = Gauge(
            "vodoteplo_sign_in_failures", "Failed sign-ins at the desk in ten minutes.", registry=registry
        )
        self._sending = Gauge("vodoteplo_sending", "Whether anything may leave: 1 or 0.", registry=registry)
        self._lag = Gauge("vodoteplo_loop_lag_seconds", "How late the event loop was, at worst.", registry=registry)
        self._blind = Counter("vodoteplo_depths_unknown", "Times the queues could not be measured.", registry=registry)

    def turn(self, messenger: str, outcome: str, seconds: float) -> None:
        self._turns.labels(messenger, outcome).observe(seconds)

    def send(self, messenger: str, outcome: str, seconds: float) -> None:
        self._sends.labels(messenger, outcome).observe(seconds)

    def served(self, messenger: str, seconds: float) -> None:
        self._updates.labels(messenger).observe(seconds)

    def delivered(self, messenger: str, seconds: float) -> None:
        self._deliveries.labels(messenger).observe(seconds)

    def paced(self, messenger: str, seconds: float) -> None:
        self._paced.labels(messenger).observe(seconds)

    def letter(self, messenger: str, outcome: str) -> None:
        self._letters.labels(messenger, outcome).inc()

    def overtaken(self, count: int) -> None:
        self._overtaken.inc(count)

    async def page(self, _request: web.Request) -> web.Response:
        await self._look()
        return web.Response(body=generate_latest(self.registry), headers={"Content-Type": "text/plain; version=0.0.4"})

    async def _look(self) -> None:
        self._sending.set(self.may_send is None or self.may_send())
        self._lag.set(self.lag.worst(LAG_WITHIN))
        if self._measure is None:
            return
        try:
            depths = await self._measure()
        except Exception as error:  # the database may be away: the other metrics are worth having then
            log.warning("queues could not be measured", error=type(error).__name__)
            self._blind.inc()
            return
        self._dead.set(depths.dead_letters)
        self._link_failures.set(depths.link_failures)
        self._link_alarms.set(depths.link_alarms)
        self._sign_in_failures.set(depths.sign_in_failures)
        for queue, rows, age in (
            ("inbox", depths.inbox, depths.inbox_age),
            ("outbox", depths.outbox, depths.outbox_age),
        ):
            self._waiting.labels(queue).set(rows)
            self._age.labels(queue).set(age)
