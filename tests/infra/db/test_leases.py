"""Leases: one holder at a time, none for ever, and nothing that a former holder writes is taken."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.db.bookmarks import bookmark_of
from infra.db.leases import TERM, TRY_EVERY, Lease, LeaseLost
from infra.paths import PROJECT
from tests.infra.db.holder import BOOKMARK, LEASE

SHORT = 4.0
"""Seconds of a term, for tests; a living holder renews every two."""


async def held_by(engine: AsyncEngine, holding: list[str], who: str) -> None:
    async def work() -> None:
        holding.append(who)
        try:
            await asyncio.Event().wait()
        finally:
            holding.remove(who)

    await Lease(engine, "poll:telegram:1").hold(work)


async def until_holds(holding: list[str], who: str) -> None:
    async with asyncio.timeout(10):
        while holding != [who]:
            await asyncio.sleep(0.02)


@asynccontextmanager
async def held(lease: Lease) -> AsyncIterator[int]:
    """The lease, held in this process; its number."""
    taken = asyncio.Event()

    async def work() -> None:
        taken.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(lease.hold(work))
    try:
        async with asyncio.timeout(10):
            await taken.wait()
        yield lease.number or 0
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Other:
    """A holder in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def says(self, word: str) -> str:
        """Waits for a line that begins with the word; what stands behind it."""
        assert self.process.stdout is not None
        async with asyncio.timeout(20):
            while line := (await self.process.stdout.readline()).decode().strip():
                if line.startswith(word):
                    return line.removeprefix(word).strip()
        raise AssertionError("the process ended")

    def send(self, number: int) -> None:
        os.kill(self.process.pid, number)


@asynccontextmanager
async def other_process(url: str, term: float) -> AsyncIterator[Other]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.infra.db.holder", url, str(term)), cwd=PROJECT, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Other(process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def test_a_lease_is_held_by_one_at_a_time_and_goes_on_to_the_next(engine: AsyncEngine) -> None:
    holding: list[str] = []
    first = asyncio.create_task(held_by(engine, holding, "first"))
    await until_holds(holding, "first")
    second = asyncio.create_task(held_by(engine, holding, "second"))
    await asyncio.sleep(1.5)
    assert holding == ["first"]
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await until_holds(holding, "second")
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


async def test_a_lease_given_up_can_be_taken_again_in_the_same_process(engine: AsyncEngine) -> None:
    holding: list[str] = []
    for who in ("one", "two", "three"):
        task = asyncio.create_task(held_by(engine, holding, who))
        await until_holds(holding, who)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_lease_is_kept_for_longer_than_its_term_by_who_lives(engine: AsyncEngine) -> None:
    lease = Lease(engine, LEASE, SHORT)
    async with held(lease) as number:
        other = asyncio.create_task(held_by(engine, [], "other"))
        await asyncio.sleep(SHORT * 1.5)
        assert lease.number == number
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)


async def test_a_killed_holder_is_followed_at_once(engine: AsyncEngine, database_url: str) -> None:
    async with other_process(database_url, TERM) as other:
        assert await other.says("holds") == "1"
        begun = time.monotonic()
        other.send(signal.SIGKILL)
        async with held(Lease(engine, LEASE)) as number:
            assert number == 2
            assert time.monotonic() - begun < TRY_EVERY + 1.5 < TERM


async def test_a_holder_frozen_past_its_term_is_followed_and_what_it_writes_then_is_rejected(
    engine: AsyncEngine, database_url: str
) -> None:
    """SIGSTOP keeps its connections, and with them every lock of the database's own."""
    lease = Lease(engine, LEASE, SHORT)
    load, save = bookmark_of(engine, BOOKMARK, lease)
    async with other_process(database_url, SHORT) as other:
        await other.says("holds")
        await other.says("saved")
        other.send(signal.SIGSTOP)
        async with held(lease) as number:
            assert number == 2
            await save("second")
            other.send(signal.SIGCONT)
            await other.says("rejected")
            assert await load() == "second"
            assert lease.number == number
        assert await other.says("holds") == "3", "it waits for its turn like anybody"
        await other.says("saved")
        assert str(await load()).startswith("first")


async def test_without_the_number_a_former_holder_would_overwrite(engine: AsyncEngine) -> None:
    """The twin: the same, with a bookmark that does not ask for the lease."""
    former = Lease(engine, LEASE)
    async with held(former) as number:
        pass
    former.number = number  # as a frozen process still believes
    load, fenced = bookmark_of(engine, BOOKMARK, former)
    _, unfenced = bookmark_of(engine, BOOKMARK)
    async with held(Lease(engine, LEASE)):
        with pytest.raises(LeaseLost):
            await fenced("late")
        assert await load() is None
        await unfenced("late")
        assert await load() == "late"


async def test_a_lease_does_not_change_hands_while_its_holder_writes(engine: AsyncEngine, db: Connection) -> None:
    """The writing statement locks the row: whoever takes the lease waits for its end, or comes first."""
    lease = Lease(engine, LEASE, 0.0)  # its term is over as soon as it is taken
    _, save = bookmark_of(engine, BOOKMARK, lease)
    async with held(lease):
        async with db.transaction():
            await db.execute("SELECT FROM leases WHERE name = $1 FOR UPDATE", LEASE)
            saving = asyncio.create_task(save("first"))
            await asyncio.sleep(0.2)
            assert not saving.done()
            await db.execute("UPDATE leases SET number = number + 1 WHERE name = $1", LEASE)
        with pytest.raises(LeaseLost):
            await saving


async def test_who_never_held_the_lease_writes_nothing(engine: AsyncEngine) -> None:
    load, save = bookmark_of(engine, BOOKMARK, Lease(engine, LEASE))
    with pytest.raises(LeaseLost):
        await save("x")
    assert await load() is None


async def test_a_database_that_restarts_or_cuts_its_connections_costs_a_second(
    engine: AsyncEngine, db: Connection
) -> None:
    lease = Lease(engine, LEASE)
    async with held(lease) as number:
        await db.execute("SELECT pg_terminate_backend(backend) FROM leases WHERE name = $1", LEASE)
        async with asyncio.timeout(6):
            while lease.number in (None, number):
                await asyncio.sleep(0.05)
        assert lease.number == number + 1
