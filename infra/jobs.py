"""Background jobs: what needs the network or a heavy library. pgqueuer keeps them in our PostgreSQL.

1. A job may run twice (a process that was killed may have done its work), so its effect has a key of its own.
2. A job that fails is put off and tried again, a few times; then it is given up. What a log and the queue's own tables
   may hold of a failure is its class: texts of errors quote people.
3. A job that has waited for too long is given up without being begun. That also ends one that kills every process
   which tries it: pgqueuer cannot count those tries.
4. A stop lets jobs end within their time, and hands back those that do not.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job
from sqlalchemy.ext.asyncio import AsyncEngine

from core.errors import where
from dialogs.ports import Json
from infra.db.engine import driver_connection
from infra.db.queue import NAMES, queries

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

Handler = Callable[[Json], Awaitable[None]]
GivenUp = Callable[[str, Json], Awaitable[None]]
"""Told the name and the payload of a job that will not be tried any more."""

RETRY_AFTER: Final = (2.0, 10.0, 60.0, 300.0)
"""Seconds until each further try."""
LONGEST_TRY: Final = 120.0
TOO_OLD: Final = timedelta(hours=1)
AT_ONCE: Final = 8
LOOK_EVERY: Final = timedelta(seconds=5)
DEAD_AFTER: Final = timedelta(seconds=30)
"""A job whose process has said nothing for so long is taken by another."""
CONNECT_AGAIN_AFTER: Final = 1.0
HAND_BACK_WITHIN: Final = 2.0


async def _nobody(_name: str, _payload: Json) -> None: ...


@dataclass(eq=False)
class JobRunner:
    """Runs the jobs that have a handler here, on one connection of the pool."""

    engine: AsyncEngine
    handlers: Mapping[str, Handler]
    given_up: GivenUp = _nobody
    retry_after: tuple[float, ...] = RETRY_AFTER
    _manager: QueueManager | None = field(default=None, init=False)
    _works: "set[asyncio.Future[None]]" = field(default_factory=set, init=False)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _idle: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def __post_init__(self) -> None:
        self._idle.set()

    async def run(self) -> None:
        """Runs jobs until `stop`, over failures of the database."""
        self._idle.clear()
        try:
            while not self._stopping.is_set():
                try:
                    await self._run()
                except Exception as error:  # whatever the database, or pgqueuer about it, comes up with
                    log.warning("jobs cannot be taken", error=type(error).__name__)
                    await _first(self._stopping.wait(), CONNECT_AGAIN_AFTER)
        finally:
            self._idle.set()

    async def stop(self, timeout: float = 5.0) -> None:
        """Begins no more jobs; those that do not end in time are handed back for another process to do."""
        self._stopping.set()
        if self._manager is not None:
            self._manager.shutdown.set()
        await _first(self._idle.wait(), timeout)
        for work in self._works:
            work.cancel()
        await _first(self._idle.wait(), HAND_BACK_WITHIN)

    async def _run(self) -> None:
        async with driver_connection(self.engine) as connection:
            try:
                manager = self._manager = QueueManager(queries(connection), NAMES.channel)
                connection.add_termination_listener(lambda _connection: manager.shutdown.set())
                for name, handler in self.handlers.items():
                    manager.entrypoint(name, accepts_context=False)(self._guarded(name, handler))
                if not self._stopping.is_set():
                    await manager.run(
                        dequeue_timeout=LOOK_EVERY,
                        batch_size=AT_ONCE // 2,
                        max_concurrent_tasks=AT_ONCE,
                        shutdown_on_listener_failure=True,
                        heartbeat_timeout=DEAD_AFTER,
                        log_aggregation_interval=timedelta(0),
                    )
            finally:
                self._manager = None
                connection.terminate()  # it listens: the next user of the pool must not get it

    def _guarded(self, name: str, handler: Handler) -> Callable[[Job], Awaitable[None]]:
        async def run(job: Job) -> None:
            payload: Json = json.loads(job.payload or b"{}")
            if datetime.now(UTC) - job.created > TOO_OLD:
                log.error("job was too old", job=name)
                await self.given_up(name, payload)
                return
            try:
                await self._try(handler(payload))
            except Exception as error:
                await self._failed(name, job.attempts, payload, error)

        return run

    async def _try(self, doing: Awaitable[None]) -> None:
        work = asyncio.ensure_future(doing)
        self._works.add(work)
        try:
            async with asyncio.timeout(LONGEST_TRY):
                await work
        except asyncio.CancelledError:
            # Cancelled by `stop`, this task itself was not: pgqueuer would forget a job that was cancelled.
            if work.cancelled() and self._stopping.is_set():
                raise RetryRequested(timedelta(0), "stopped") from None
            raise
        finally:
            self._works.discard(work)

    async def _failed(self, name: str, attempts: int, payload: Json, error: Exception) -> None:
        if isinstance(error, RetryRequested):
            raise error
        kind = type(error).__name__
        log.warning("job failed", job=name, attempt=attempts + 1, **where(error))
        if attempts < len(self.retry_after):
            raise RetryRequested(timedelta(seconds=self.retry_after[attempts]), kind) from None
        log.error("job was given up", job=name, error=kind)
        await self.given_up(name, payload)


async def _first(event: Awaitable[object], seconds: float) -> None:
    """Waits for an event, or so long."""
    try:
        async with asyncio.timeout(seconds):
            await event
    except TimeoutError:
        return
