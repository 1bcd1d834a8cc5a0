"""Photos of dials: kept with the reading they were sent for, as evidence."""

from collections.abc import Sequence
from typing import Final

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.ids import ChatId, MeterId, ReadingId
from infra.db.engine import driver_connection

MOST_A_DAY: Final = 10
"""Photos a chat may leave for readings to come: a bound against those who fill disks."""

# Times of the database's clock: with the setting NOW the city's may rewind.
_EXPECT: Final = f"""
INSERT INTO dial_photos (key, chat_id, meter_id)
SELECT $1, $2, $3 WHERE {MOST_A_DAY} > (
    SELECT count(*) FROM dial_photos WHERE chat_id = $2 AND sent_at > clock_timestamp() - interval '1 day'
)
ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING id
"""  # noqa: S608 - only constants
_KEEP: Final = "UPDATE dial_photos SET content = $2 WHERE key = $1 AND content IS NULL"
_LOST: Final = "DELETE FROM dial_photos WHERE key = $1 AND content IS NULL"
_OF_READING: Final = "SELECT content FROM dial_photos WHERE reading_id = $1 AND content IS NOT NULL ORDER BY id"


class PostgresDialPhotos:
    """`core.meters.ports.PhotoStore`, within a turn. A reading takes those sent for it itself (infra.db.meters)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def expect(self, chat: ChatId, meter: MeterId, key: str) -> bool:
        return await self._connection.fetchrow(_EXPECT, key, chat, meter) is not None


class PostgresDialArchive:
    """`worker.dial_photos.Archive`: where the job that fetched a photo leaves it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def keep(self, key: str, content: bytes) -> None:
        """A photo nobody expects (its chat has been forgotten) is not kept."""
        async with driver_connection(self._engine) as connection:
            await connection.execute(_KEEP, key, content)

    async def lost(self, key: str) -> None:
        async with driver_connection(self._engine) as connection:
            await connection.execute(_LOST, key)

    async def of_reading(self, reading: ReadingId) -> Sequence[bytes]:
        """JPEG pictures, in the order in which they were sent."""
        async with driver_connection(self._engine) as connection:
            return [row["content"] for row in await connection.fetch(_OF_READING, reading)]
