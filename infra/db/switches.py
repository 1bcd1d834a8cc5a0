"""Switches that operators set for the whole house. One that was never set is on."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

SENDING: Final = "sending"
RESTORED: Final = "restored"
"""Nothing is switched by it: it tells when this copy was restored. What is older may have been told by the original."""

_READ: Final = text("SELECT is_on FROM switches WHERE name = :name")
_SET: Final = text("""
    INSERT INTO switches (name, is_on) VALUES (:name, :is_on)
    ON CONFLICT (name) DO UPDATE SET is_on = :is_on, changed_at = clock_timestamp()
""")
_UNSENT: Final = "sent_at IS NULL AND outcome IS NULL"


async def is_on(engine: AsyncEngine, name: str) -> bool:
    async with engine.connect() as connection:
        value = await connection.scalar(_READ, {"name": name})
    return value is not False


async def set_switch(engine: AsyncEngine, name: str, on: bool) -> None:
    async with engine.begin() as connection:
        await _set(connection, name, on)


async def unsent(engine: AsyncEngine) -> int:
    """How many calls wait to be sent."""
    async with engine.connect() as connection:
        return int(await connection.scalar(text(f"SELECT count(*) FROM outbox WHERE {_UNSENT}")) or 0)  # noqa: S608


async def start_sending_afresh(engine: AsyncEngine) -> int:
    """Switches sending on and gives up what waited until now; how many calls that were."""
    drop = text(f"UPDATE outbox SET outcome = 'dropped' WHERE {_UNSENT}")  # noqa: S608 - only constants
    async with engine.begin() as connection:
        dropped = await connection.execute(drop)
        await _set(connection, SENDING, True)
    return dropped.rowcount


async def _set(connection: AsyncConnection, name: str, on: bool) -> None:
    await connection.execute(_SET, {"name": name, "is_on": on})
