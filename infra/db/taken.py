"""The messages of chats that the inbox has taken (the trigger of migration 0003 names them)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from infra.db.engine import driver_connection

_TAKEN: Final = """
SELECT peer, said_at, message FROM inbox
WHERE messenger = $1 AND bot = $2 AND peer = ANY($3::text[]) AND said_at >= $4 AND message IS NOT NULL
"""


async def taken_messages(
    engine: AsyncEngine, messenger: str, bot: str, peers: Sequence[str], since: int
) -> Mapping[str, Sequence[tuple[int, int]]]:
    """By peer: when each was said by the messenger's clock, and its number in the chat; in no order. Chats without one
    are absent."""
    async with driver_connection(engine) as connection:
        rows = await connection.fetch(_TAKEN, messenger, bot, list(peers), since)
    taken: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        taken[row["peer"]].append((row["said_at"], row["message"]))
    return taken
