"""Photos of dials in the database: expected in a turn, fetched by a job, tied to the reading they were sent for."""

from dataclasses import replace

from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.ids import ChatId, MeterId
from core.meters.model import Reading
from core.services import Service
from dialogs.ports import ChatAddress
from infra.db.dial_photos import MOST_A_DAY, PostgresDialArchive, PostgresDialPhotos
from infra.db.meters import PostgresReadings
from infra.db.purge import purge
from tests.infra.db.story import Story, reading


async def ground(story: Story) -> tuple[ChatId, MeterId, MeterId]:
    account = await story.account(await story.premises())
    cold = await story.meter(account, "1", Service.COLD_WATER)
    return await story.chat(), cold, await story.meter(account, "2", Service.COLD_WATER)


async def said(db: Connection, chat: ChatId | None, meter: MeterId, value: str) -> Reading:
    return await PostgresReadings(db).add(replace(reading(meter, value), chat=chat))


async def test_a_photo_belongs_to_the_next_reading_of_its_meter_and_chat(
    db: Connection, engine: AsyncEngine, story: Story
) -> None:
    chat, cold, other = await ground(story)
    photos, archive = PostgresDialPhotos(db), PostgresDialArchive(engine)
    assert await photos.expect(chat, cold, "7:1:dial")
    assert await photos.expect(chat, other, "7:2:dial")
    first = await said(db, chat, cold, "10")
    second = await said(db, chat, cold, "11")
    await archive.keep("7:1:dial", b"jpeg")
    assert await archive.of_reading(first.id) == [b"jpeg"]
    assert await archive.of_reading(second.id) == []


async def test_a_photo_of_another_chat_or_of_the_day_before_belongs_to_no_reading(db: Connection, story: Story) -> None:
    chat, cold, _ = await ground(story)
    photos = PostgresDialPhotos(db)
    await photos.expect(chat, cold, "of yesterday")
    await db.execute("UPDATE dial_photos SET sent_at = sent_at - interval '1 day'")
    other = await story.chat(ChatAddress("vk", "9", "77"))
    await photos.expect(other, cold, "of another")
    await said(db, chat, cold, "10")
    await said(db, None, cold, "11")
    assert await db.fetchval("SELECT count(*) FROM dial_photos WHERE reading_id IS NOT NULL") == 0


async def test_fetching_twice_keeps_what_was_fetched_first(db: Connection, engine: AsyncEngine, story: Story) -> None:
    chat, cold, _ = await ground(story)
    await PostgresDialPhotos(db).expect(chat, cold, "k")
    archive = PostgresDialArchive(engine)
    for content in (b"one", b"two"):
        await archive.keep("k", content)
    await archive.lost("k")
    await archive.keep("nobody waits", b"x")
    assert [row["content"] for row in await db.fetch("SELECT content FROM dial_photos")] == [b"one"]


async def test_a_photo_that_cannot_be_had_is_expected_no_more(
    db: Connection, engine: AsyncEngine, story: Story
) -> None:
    chat, cold, _ = await ground(story)
    await PostgresDialPhotos(db).expect(chat, cold, "k")
    await PostgresDialArchive(engine).lost("k")
    assert await db.fetchval("SELECT count(*) FROM dial_photos") == 0


async def test_a_chat_cannot_fill_the_disk(db: Connection, story: Story) -> None:
    chat, cold, _ = await ground(story)
    photos = PostgresDialPhotos(db)
    taken = [await photos.expect(chat, cold, f"k{number}") for number in range(MOST_A_DAY + 3)]
    assert taken == [True] * MOST_A_DAY + [False] * 3
    await db.execute("UPDATE dial_photos SET sent_at = sent_at - interval '1 day'")
    assert await photos.expect(chat, cold, "tomorrow")


async def test_photos_of_no_reading_go_and_those_of_one_stay(db: Connection, engine: AsyncEngine, story: Story) -> None:
    chat, cold, _ = await ground(story)
    photos = PostgresDialPhotos(db)
    await photos.expect(chat, cold, "kept")
    await said(db, chat, cold, "10")
    await photos.expect(chat, cold, "gone")
    await db.execute("UPDATE dial_photos SET sent_at = sent_at - interval '4 days'")
    await photos.expect(chat, cold, "fresh")
    await purge(engine)
    assert [row["key"] for row in await db.fetch("SELECT key FROM dial_photos ORDER BY id")] == ["kept", "fresh"]
