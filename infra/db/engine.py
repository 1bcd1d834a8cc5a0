"""The connection pool of a process."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

POOL: Final = 10
POOL_BY_KEYS: Final = 20
"""All of them stay open: one that is closed takes its prepared statements with it, and they cost more than a turn."""
APPLICATION: Final = "vodoteplo"
CONNECT_WITHIN: Final = 10.0
STATEMENTS: Final = 256
"""Prepared statements kept a connection: all that the stores have, with room."""

AWAY: Final = (
    *(OSError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError),
    *(asyncpg.InterfaceError, asyncpg.InternalClientError, DisconnectionError, PoolTimeoutError),
)
"""What is raised while the server is away, as it goes, and as it comes back."""

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
_DURABLE: Final = frozenset({"on", "local", "remote_write", "remote_apply"})


class NotDurable(Exception):
    """The server would acknowledge what a crash can take back: synchronous_commit is off."""


def create_engine(url: str, *, by_keys: bool = False) -> AsyncEngine:
    """A pool for `postgresql://user:password@host/database`, or `…@/database?host=/folder/of/the/socket`.

    `by_keys`: for the durable path, whose statements find a few rows by their keys. No table is read whole there.

    The address is read by asyncpg, so what libpq knows (sslmode, several hosts) works; it is never shown in an error.
    """

    async def connect() -> asyncpg.Connection:
        return await connect_alone(url, settings=_BY_KEYS if by_keys else None)

    engine = create_async_engine(
        f"postgresql+asyncpg://?prepared_statement_cache_size={STATEMENTS}",
        async_creator=connect,
        pool_size=POOL_BY_KEYS if by_keys else POOL,
        max_overflow=0,
    )
    event.listen(engine.sync_engine, "checkout", _check_open)
    return engine


async def connect_alone(
    url: str, application: str = APPLICATION, settings: Mapping[str, str] | None = None
) -> asyncpg.Connection:
    """A connection outside of any pool, for those who listen."""
    given = {"application_name": application, **_SETTINGS, **(settings or {})}
    return await asyncpg.connect(url, timeout=CONNECT_WITHIN, server_settings=given)


@asynccontextmanager
async def driver_connection(engine: AsyncEngine) -> AsyncIterator[asyncpg.Connection]:
    """The driver's own connection out of the pool, outside of any transaction: each statement commits by itself.

    SQLAlchemy has set its codec: JSONB is given as text and comes as Python values.
    """
    pooled = await engine.raw_connection()
    driver = pooled.driver_connection
    try:
        yield driver
    finally:
        if driver is None or driver.is_closed() or driver.is_in_transaction():
            # Cancelled while it rolled back, or cut off: its locks must not wait in the pool for the next user.
            pooled.invalidate()
        # Only puts it back: there is nothing to wait for, as SQLAlchemy itself has begun no transaction on it.
        pooled.close()


def _check_open(dbapi_connection: object, _record: object, _proxy: object) -> None:
    # asyncpg sees the server go while a connection idles; a look at that costs nothing, where a ping is a round trip.
    driver = getattr(dbapi_connection, "driver_connection", None)
    if driver is None or driver.is_closed():
        raise DisconnectionError


async def check_durable(engine: AsyncEngine) -> None:
    """Raises NotDurable: what we acknowledge must survive a crash (reliability.md §1.2)."""
    async with engine.connect() as connection:
        value = (await connection.execute(text("SHOW synchronous_commit"))).scalar_one()
    if value not in _DURABLE:
        raise NotDurable(f"synchronous_commit is {value}: set it to on for this database")
