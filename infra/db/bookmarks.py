"""Where a reader of a stream stopped, kept between starts: VK's long poll goes on where it was."""

from collections.abc import Awaitable, Callable
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from infra.db.engine import driver_connection
from infra.db.leases import MINE, Lease, LeaseLost

Load = Callable[[], Awaitable[str | None]]
Save = Callable[[str], Awaitable[None]]

LOOKED: Final = "vk:{}:looked"
"""Name of the bookmark that tells when a community's conversations were looked through last."""

_LOAD: Final = "SELECT place FROM bookmarks WHERE name = $1"
_SAVE: Final = """
INSERT INTO bookmarks (name, place) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET place = excluded.place
"""
_SAVE_AS_HOLDER: Final = f"""
WITH mine AS ({MINE})
INSERT INTO bookmarks (name, place) SELECT $3, $4 FROM mine
ON CONFLICT (name) DO UPDATE SET place = excluded.place RETURNING name
"""  # noqa: S608 - only constants


def bookmark_of(engine: AsyncEngine, name: str, lease: Lease | None = None) -> tuple[Load, Save]:
    """How the place of that name is loaded and saved; None until it has been saved once.

    With a lease only its holder saves: for a former one `save` raises LeaseLost, and nothing is written.
    """

    async def load() -> str | None:
        async with driver_connection(engine) as connection:
            place: str | None = await connection.fetchval(_LOAD, name)
            return place

    async def save(place: str) -> None:
        async with driver_connection(engine) as connection:
            if lease is None:
                await connection.execute(_SAVE, name, place)
            elif not await connection.fetchval(_SAVE_AS_HOLDER, lease.name, lease.number or 0, name, place):
                raise LeaseLost

    return load, save
