"""Broadcasts inside one transaction: for operators, and for the clock that starts what was scheduled."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from core.broadcasts.use_cases import Broadcasts
from core.city import City
from core.clock import CityClock
from infra.db.broadcasts import PostgresBroadcasts
from infra.db.engine import driver_connection


@asynccontextmanager
async def broadcast_desk(engine: AsyncEngine, city: City, clock: CityClock) -> AsyncIterator[Broadcasts]:
    """The use cases in one transaction, committed when the block ends without an error."""
    async with driver_connection(engine) as connection, connection.transaction():
        yield Broadcasts(PostgresBroadcasts(connection), city, clock)


async def start_due(engine: AsyncEngine, city: City, clock: CityClock) -> None:
    """Begins what was scheduled for now; of several processes that try, one does."""
    async with broadcast_desk(engine, city, clock) as broadcasts:
        await broadcasts.start_due()
