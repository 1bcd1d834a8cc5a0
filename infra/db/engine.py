"""The connection pool of a process."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from infra.db.driver import BoundedConnection

POOL: Final = 10
POOL_BY_KEYS: Final = 20
"""All of them stay open: one that is closed takes its prepared statements with it, and they cost more than a turn."""
APPLICATION: Final = "vodoteplo"
CONNECT_WITHIN: Final = 10.0
ANSWER_WITHIN: Final = 15.0
"""Seconds that a statement of the durable path may take, whatever became of the server."""
STATEMENTS: Final = 256
"""Prepared statements kept a connection: all that the stores have, with room."""

AWAY: Final = (
    *(OSError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError),
    *(asyncpg.InterfaceError, asyncpg.InternalClientError, DisconnectionError, PoolTimeoutError),
)
"""What is raised while the server is away, as it goes, and as it comes back. TimeoutError is an OSError: a silent
server is away, too."""

_SETTINGS: Final = {
    # A turn reads what others have just committed, whatever this server does by itself.
    "default_transaction_isolation": "read committed",
    # A process that froze in the middle of a turn must not hold the chat for ever.
    "idle_in_transaction_session_timeout": "120s",
}
# A plan is kept while the table it is for grows: one that was made when the inbox was as good as empty would read all
# of it for every turn, until PostgreSQL comes by to count its rows.
# What cannot be found by a key then seems so costly to PostgreSQL 17 that it would compile it first.
_BY_KEYS: Final = {"enable_seqscan": "off", "jit": "off"}
LOCKS_SHARE: Final = 0.6
SERVERS_SHARE: Final = 0.8
"""Of the time that a statement may take: how long it waits for a lock, and altogether, until the server gives it up by
itself. Who hears nothing even after that knows that the server, and not the statement, is the trouble."""
_DURABLE: Final = frozenset({"on", "local", "remote_write", "remote_apply"})


class NotDurable(Exception):
    """The server would acknowledge what a crash can take back: synchronous_commit is off."""


def create_engine(url: str, *, by_keys: bool = False, answer_within: float | None = None) -> AsyncEngine:
    """A pool for `postgresql://user:password@host/database`, or `…@/database?host=/folder/of/the/socket`.

    `by_keys`: for the durable path, whose statements find a few rows by their keys. No table is read whole there, and
    no statement takes longer than `answer_within` seconds (ANSWER_WITHIN): then it raises TimeoutError. Elsewhere an
    import or an audience may take its time; there the kernel alone tells that a server has vanished (infra.db.driver).

    The address is read by asyncpg, so what libpq knows (sslmode, several hosts) works; it is never shown in an error.
    """
    bound = (answer_within or ANSWER_WITHIN) if by_keys else None
    settings = {**_BY_KEYS, **_within(bound)} if bound is not None else None
    trust = _Trust()

    async def connect() -> asyncpg.Connection:
        connection = await connect_alone(url, settings=settings, answer_within=bound)
        connection.was_silent = trust.is_lost
        return connection

    engine = create_async_engine(
        f"postgresql+asyncpg://?prepared_statement_cache_size={STATEMENTS}",
        async_creator=connect,
        pool_size=POOL_BY_KEYS if by_keys else POOL,
        max_overflow=0,
    )
    event.listen(engine.sync_engine, "checkout", trust.check)
    return engine


def _within(seconds: float) -> Mapping[str, str]:
    """What the server holds to by itself. A turn never waits inside its transaction for anything but the server: one
    that seems to has been cut off without a word, and its chat must not stay locked."""
    return {
        "lock_timeout": f"{seconds * LOCKS_SHARE * 1000:.0f}ms",
        "statement_timeout": f"{seconds * SERVERS_SHARE * 1000:.0f}ms",
        "idle_in_transaction_session_timeout": f"{seconds * 1000:.0f}ms",
    }


class _Trust:
    """Which connections of a pool may be given out. Where one fell silent, those that were open then did as well: each
    would have somebody wait in his turn."""

    def __init__(self) -> None:
        self._since = 0.0

    def is_lost(self) -> None:
        self._since = time.monotonic()

    def check(self, dbapi_connection: object, _record: object, _proxy: object) -> None:
        # asyncpg sees the server go while a connection idles; a look at that costs nothing, where a ping is a round
        # trip.
        driver = getattr(dbapi_connection, "driver_connection", None)
        if driver is not None and driver.opened < self._since:
            driver.terminate()  # else the pool would bid it farewell, and wait for an answer
        if driver is None or driver.is_closed():
            raise DisconnectionError


async def connect_alone(
    url: str,
    application: str = APPLICATION,
    settings: Mapping[str, str] | None = None,
    answer_within: float | None = None,
) -> BoundedConnection:
    """A connection outside of any pool, for those who listen."""
    given = {"application_name": application, **_SETTINGS, **(settings or {})}
    connection: BoundedConnection = await asyncpg.connect(
        url,
        timeout=CONNECT_WITHIN,
        server_settings=given,
        connection_class=BoundedConnection,
    )
    if answer_within is not None:
        connection.watch(answer_within)
    return connection


@asynccontextmanager
async def driver_connection(engine: AsyncEngine) -> AsyncIterator[asyncpg.Connection]:
    """The driver's own connection out of the pool, outside of any transaction: each statement commits by itself.

    SQLAlchemy has set its codec: JSONB is given as text and comes as Python values.
    """
    pooled = await engine.raw_connection()
    driver = pooled.driver_connection
    try:
        yield driver
    except asyncio.CancelledError:
        # What was asked last may still be answered, and the next user would wait for that.
        if driver is not None:
            driver.terminate()
        raise
    finally:
        if driver is None or driver.is_closed() or driver.is_in_transaction():
            # Cancelled while it rolled back, or cut off: its locks must not wait in the pool for the next user.
            pooled.invalidate()
        # Only puts it back: there is nothing to wait for, as SQLAlchemy itself has begun no transaction on it.
        pooled.close()


async def check_durable(engine: AsyncEngine) -> None:
    """Raises NotDurable: what we acknowledge must survive a crash (reliability.md §1.2)."""
    async with engine.connect() as connection:
        value = (await connection.execute(text("SHOW synchronous_commit"))).scalar_one()
    if value not in _DURABLE:
        raise NotDurable(f"synchronous_commit is {value}: set it to on for this database")
