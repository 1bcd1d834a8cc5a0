"""The newest message of a chat that the inbox has taken (the trigger of migration 0003 names them)."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from infra.db.engine import driver_connection

_NEWEST: Final = """
SELECT DISTINCT ON (peer) peer, said_at, message FROM inbox
WHERE messenger = $1 AND bot = $2 AND peer = ANY($3::text[]) AND message IS NOT NULL
ORDER BY peer, said_at DESC, message DESC
"""


async def newest_messages(
    engine: AsyncEngine, messenger: str, bot: str, peers: Sequence[str]
) -> Mapping[str, tuple[int, int]]:
    """By peer: when it was said by the messenger's clock, and its number in the chat; chats without one are absent."""
    async with driver_connection(engine) as connection:
        rows = await connection.fetch(_NEWEST, messenger, bot, list(peers))
    return {row["peer"]: (row["said_at"], row["message"]) for row in rows}
