"""One at a time: work that only one process may do, such as polling with a bot's token.

A lease is an advisory lock of PostgreSQL, held by a connection of its own: it ends with the process, however that ends.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

TRY_EVERY = 1.0
CHECK_EVERY = 2.0
"""Seconds between looks whether the connection, and so the lease, is still there."""


async def while_leased(engine: AsyncEngine, name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Runs the work whenever the lease of that name is ours, until cancelled. The work itself runs until cancelled."""
    while True:
        try:
            async with engine.connect() as pooled:
                connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
                try:
                    await _take(connection, name)
                    log.info("lease taken", lease=name)
                    await _work(connection, work)
                finally:
                    # The lock would go back to the pool with its connection, and nobody could take it again.
                    await connection.invalidate()
        except Exception as error:  # the database is away: the lease is lost, take it anew when it is back
            log.warning("lease lost", lease=name, error=type(error).__name__)
        await asyncio.sleep(TRY_EVERY)


async def _take(connection: AsyncConnection, name: str) -> None:
    """Waits by asking: a blocking wait would have to be cancelled at the server."""
    lock = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
    while not await connection.scalar(lock, {"name": name}):  # noqa: ASYNC110  # the event is in PostgreSQL
        await asyncio.sleep(TRY_EVERY)


async def _work(connection: AsyncConnection, work: Callable[[], Awaitable[None]]) -> None:
    working = asyncio.ensure_future(work())
    try:
        while not working.done():
            await asyncio.wait([working], timeout=CHECK_EVERY)
            await connection.execute(text("SELECT 1"))
        await working
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
