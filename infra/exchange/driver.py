"""The driver under the pool: COPY and cursors are asyncpg's own."""

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection


async def driver(wrapped: AsyncConnection) -> asyncpg.Connection:
    """asyncpg's connection of a pooled one; transactions on it are its user's business."""
    raw = await wrapped.get_raw_connection()
    assert raw.driver_connection is not None
    return raw.driver_connection
