"""Where a reader of a stream stopped, kept between starts: VK's long poll goes on where it was."""

from collections.abc import Awaitable, Callable

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.db.tables.path import bookmarks

Load = Callable[[], Awaitable[str | None]]
Save = Callable[[str], Awaitable[None]]


def bookmark_of(engine: AsyncEngine, name: str) -> tuple[Load, Save]:
    """How the place of that name is loaded and saved; None until it has been saved once."""

    async def load() -> str | None:
        async with engine.connect() as connection:
            place: str | None = await connection.scalar(select(bookmarks.c.place).where(bookmarks.c.name == name))
            return place

    async def save(place: str) -> None:
        upsert = insert(bookmarks).values(name=name, place=place)
        async with engine.begin() as connection:
            await connection.execute(upsert.on_conflict_do_update(index_elements=["name"], set_={"place": place}))

    return load, save
