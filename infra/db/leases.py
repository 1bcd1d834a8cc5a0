"""One at a time: work that only one process may do, such as polling with a bot's token.

A lease is one row: who holds it, until when by the database's clock, and a number that rises with every taking.

1. The holder says again and again that it lives; who has been silent for longer than TERM has lost the lease to
   whoever asks next. So a process that was frozen, or whose machine was, holds up the others no longer than that.
2. A holder that dies takes its connection with it, and the server knows at once: then nobody waits for the term.
3. A process that wakes after its term does not know yet that another has gone on. What it writes as the holder bears
   its number, and the statement that writes takes it only while that is the number of the row (`MINE`). The row is
   locked for that moment, so that the lease cannot change hands between the look and the write.

What a former holder does at a messenger cannot be rejected here, and does no harm: asking with an offset confirms only
what that very process has committed to the inbox before, and what it is given once more is known there by its key. It
learns at its next breath that the lease is gone. Of two that poll at once Telegram turns one away (409), which waits.

Versions before this one held an advisory lock instead. Beside them, for the minutes of a rolling upgrade, two processes
may poll one token: the same no harm.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.db.engine import driver_connection

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

TRY_EVERY: Final = 0.25
"""Seconds between two askings: a resident waits so long for the next poll when a holder ends."""
AGAIN_AFTER: Final = 1.0
"""Seconds until a lease that was lost is asked for again."""
RENEW_EVERY: Final = 2.0
TERM: Final = 10.0
"""Seconds that a silent holder keeps the lease: longer than any pause of a process that works, much shorter than what
a resident waits for."""
ANSWER_WITHIN: Final = 5.0
"""Seconds that asking for a lease, or renewing it, waits for the database; then it is not to be relied on."""

MINE: Final = "SELECT FROM leases WHERE name = $1 AND number = $2 FOR SHARE"
"""A row while the lease of that name has that number; the lease stays so until the statement has ended."""

_TAKE: Final = """
INSERT INTO leases (name, number, backend, backend_start, until)
SELECT $1, 1, pid, backend_start, clock_timestamp() + make_interval(secs => $2)
FROM pg_stat_activity WHERE pid = pg_backend_pid()
ON CONFLICT (name) DO UPDATE SET
    number = leases.number + 1, backend = excluded.backend, backend_start = excluded.backend_start,
    until = excluded.until
WHERE leases.until <= clock_timestamp() OR NOT EXISTS (
    SELECT FROM pg_stat_activity AS holder
    WHERE holder.pid = leases.backend AND holder.backend_start = leases.backend_start
)
RETURNING number
"""
_RENEW: Final = """
UPDATE leases SET until = clock_timestamp() + make_interval(secs => $3) WHERE name = $1 AND number = $2
RETURNING number
"""


class LeaseLost(Exception):
    """Another process has taken the lease: what was to be written as its holder was not written."""


class Lease:
    """One process's view of a lease. `number` is None while it does not hold it, as far as it knows."""

    def __init__(self, engine: AsyncEngine, name: str, term: float = TERM) -> None:
        self.name = name
        self.number: int | None = None
        self._engine = engine
        self._term = term

    async def hold(self, work: Callable[[], Awaitable[None]]) -> None:
        """Runs the work whenever the lease is ours, until cancelled. The work itself runs until cancelled."""
        while True:
            try:
                async with driver_connection(self._engine) as connection:
                    try:
                        await self._take(connection)
                        await self._work(connection, work)
                    finally:
                        self.number = None
                        # With the connection the lease is over: the next holder need not wait for its term.
                        connection.terminate()
            except Exception as error:  # the database is away, or another holds it: take it anew when that is over
                log.warning("lease lost", lease=self.name, error=type(error).__name__)
            await asyncio.sleep(AGAIN_AFTER)

    async def _take(self, connection: Connection) -> None:
        """Waits by asking: a blocking wait would have to be cancelled at the server."""
        while (number := await self._asked(connection, _TAKE, self.name, self._term)) is None:  # noqa: ASYNC110  # as said
            await asyncio.sleep(TRY_EVERY)
        self.number = number
        log.info("lease taken", lease=self.name, number=number)

    async def _work(self, connection: Connection, work: Callable[[], Awaitable[None]]) -> None:
        working = asyncio.ensure_future(work())
        try:
            while not working.done():
                await asyncio.wait([working], timeout=RENEW_EVERY)
                if await self._asked(connection, _RENEW, self.name, self.number, self._term) is None:
                    raise LeaseLost
            await working
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    @staticmethod
    async def _asked(connection: Connection, statement: str, *args: object) -> int | None:
        """The number that the database answers with. Raises TimeoutError when it says nothing at all."""
        number: int | None = await connection.fetchval(statement, *args, timeout=ANSWER_WITHIN)
        return number
