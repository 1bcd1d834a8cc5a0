"""Background jobs on pgqueuer: run once, tried again a bounded number of times, handed back at a stop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.errors import Unavailable
from dialogs.ports import Json
from infra.db.queue import enqueue
from infra.jobs import JobRunner

SECRET_WORDS = "ул. Труда, 14"


class Work:
    """A handler that notes what it was given and fails as often as it is told to."""

    def __init__(self, failures: int = 0, takes: float = 0.0) -> None:
        self.done: list[Json] = []
        self.begun = asyncio.Event()
        self.failures, self.takes = failures, takes
        self.given_up: list[tuple[str, Json]] = []

    async def __call__(self, payload: Json) -> None:
        self.begun.set()
        await asyncio.sleep(self.takes)
        if self.failures:
            self.failures -= 1
            raise Unavailable(SECRET_WORDS)
        self.done.append(payload)

    async def on_given_up(self, name: str, payload: Json) -> None:
        self.given_up.append((name, payload))


@asynccontextmanager
async def running(engine: AsyncEngine, work: Work, **more: Any) -> AsyncIterator[JobRunner]:
    runner = JobRunner(engine, {"read_photo": work}, work.on_given_up, **more)
    task = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        await runner.stop(timeout=0.5)
        await asyncio.wait_for(task, 5)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


async def left(db: Connection) -> int:
    return int(await db.fetchval("SELECT count(*) FROM pgqueuer"))


async def emptied(db: Connection) -> None:
    async with asyncio.timeout(10):
        while await left(db):
            await asyncio.sleep(0.02)


async def test_a_job_runs_once_with_its_payload(engine: AsyncEngine, db: Connection) -> None:
    work = Work()
    await enqueue(db, "read_photo", {"peer": "500", "file": "Ж"}, "photo:1")
    async with running(engine, work):
        await until(lambda: work.done)
        await enqueue(db, "read_photo", {"peer": "501"}, "photo:2")
        await until(lambda: len(work.done) == 2)
        await emptied(db)
    assert work.done == [{"peer": "500", "file": "Ж"}, {"peer": "501"}]


async def test_a_job_that_fails_is_tried_again(engine: AsyncEngine, db: Connection) -> None:
    work = Work(failures=2)
    await enqueue(db, "read_photo", {"file": "1"}, "photo:1")
    async with running(engine, work, retry_after=(0.01, 0.01, 0.01)):
        await until(lambda: work.done)
        await emptied(db)
    assert work.given_up == []


async def test_a_job_that_keeps_failing_is_given_up_without_a_word_of_its_error(
    engine: AsyncEngine, db: Connection
) -> None:
    work = Work(failures=100)
    await enqueue(db, "read_photo", {"file": "1"}, "photo:1")
    async with running(engine, work, retry_after=(0.01, 0.01)):
        await until(lambda: work.given_up)
        await emptied(db)
    assert work.given_up == [("read_photo", {"file": "1"})]
    assert work.failures == 97
    traces = await db.fetch("SELECT traceback::text FROM pgqueuer_log WHERE traceback IS NOT NULL")
    assert len(traces) == 2
    assert not any(SECRET_WORDS in row[0] for row in traces)
    assert all("Unavailable" in row[0] for row in traces)


async def test_a_job_that_is_too_old_is_not_begun(engine: AsyncEngine, db: Connection) -> None:
    work = Work()
    await enqueue(db, "read_photo", {"file": "1"}, "photo:1")
    await db.execute("UPDATE pgqueuer SET created = created - interval '2 hours'")
    async with running(engine, work):
        await until(lambda: work.given_up)
        await emptied(db)
    assert work.done == []


async def test_a_stop_lets_jobs_end(engine: AsyncEngine, db: Connection) -> None:
    work = Work(takes=0.2)
    await enqueue(db, "read_photo", {"file": "1"}, "photo:1")
    async with running(engine, work):
        await work.begun.wait()
    assert len(work.done) == 1
    assert await left(db) == 0


async def test_a_stop_hands_back_a_job_that_does_not_end(engine: AsyncEngine, db: Connection) -> None:
    slow, quick = Work(takes=60), Work()
    await enqueue(db, "read_photo", {"file": "1"}, "photo:1")
    async with running(engine, slow):
        await slow.begun.wait()
    assert slow.done == []
    assert await db.fetchval("SELECT status::text FROM pgqueuer") == "queued"
    async with running(engine, quick):
        await until(lambda: quick.done)
        await emptied(db)


async def test_jobs_go_on_when_the_connection_was_cut(engine: AsyncEngine, db: Connection) -> None:
    work = Work()
    async with running(engine, work):
        await enqueue(db, "read_photo", {"file": "1"}, "photo:1")
        await until(lambda: work.done)
        await emptied(db)
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
        await db.execute(cut + "pg_backend_pid()")
        await enqueue(db, "read_photo", {"file": "2"}, "photo:2")
        await until(lambda: len(work.done) == 2)
        await emptied(db)


async def test_a_job_waits_for_a_process_that_knows_it(engine: AsyncEngine, db: Connection) -> None:
    work = Work()
    await enqueue(db, "other", {}, "other:1")
    await enqueue(db, "read_photo", {"file": "1"}, "photo:1")
    async with running(engine, work):
        await until(lambda: work.done)
    assert await db.fetchval("SELECT entrypoint FROM pgqueuer") == "other"


async def test_a_runner_that_was_stopped_before_it_began_ends_at_once(engine: AsyncEngine) -> None:
    runner = JobRunner(engine, {})
    await runner.stop()
    await asyncio.wait_for(runner.run(), 1)
