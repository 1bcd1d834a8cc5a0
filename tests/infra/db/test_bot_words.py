"""Words that prove the bot, and reports of false ones, on the real database."""

import asyncio
from datetime import timedelta

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.clock import CityClock
from core.errors import NotFound
from core.use_cases import UseCases
from dialogs.event import Notice
from dialogs.internal import parse_internal
from dialogs.ports import ChatAddress
from infra.codes import HmacCodeHasher
from infra.db.bot_words import PostgresReportArchive, PostgresWords
from infra.db.engine import driver_connection
from infra.db.use_cases import build_use_cases
from tests.infra.db.story import Story


async def test_a_confirmed_word_is_told_in_its_chat(db: Connection, story: Story, use_cases: UseCases) -> None:
    chat = await story.chat()
    word = await use_cases.bot_checks.issue(chat)
    assert await db.fetchval("SELECT count(*) FROM bot_words WHERE encode(digest, 'escape') LIKE '%' || $1", word) == 0
    confirmed = await use_cases.bot_checks.confirm(word)
    assert (confirmed.chat, confirmed.messenger) == (chat, "telegram")
    row = await db.fetchrow("SELECT peer, raw, internal FROM inbox")
    assert (row["peer"], row["internal"]) == ("500", True)
    notice = parse_internal(row["raw"])
    assert isinstance(notice, Notice)
    assert notice.kind == "word_confirmed"


async def test_of_two_operators_with_one_word_one_confirms_it(
    db: Connection,
    story: Story,
    engine: AsyncEngine,
    use_cases: UseCases,
    city: City,
    city_clock: CityClock,
    hasher: HmacCodeHasher,
) -> None:
    word = await use_cases.bot_checks.issue(await story.chat())

    async def confirm() -> bool:
        async with driver_connection(engine) as connection, connection.transaction():
            try:
                await build_use_cases(connection, city, city_clock, hasher).bot_checks.confirm(word)
            except NotFound:
                return False
        return True

    assert sorted(await asyncio.gather(confirm(), confirm())) == [False, True]
    assert await db.fetchval("SELECT count(*) FROM inbox") == 1


async def test_a_word_ends_by_the_clock_of_the_database(db: Connection, story: Story, use_cases: UseCases) -> None:
    word = await use_cases.bot_checks.issue(await story.chat())
    await db.execute("UPDATE bot_words SET expires_at = clock_timestamp()")
    with pytest.raises(NotFound):
        await use_cases.bot_checks.confirm(word)


async def test_a_word_another_chat_has_now_is_taken_and_an_old_one_is_free(db: Connection, story: Story) -> None:
    first, second = await story.chat(), await story.chat(ChatAddress("vk", "9", "1"))
    words, life = PostgresWords(db), timedelta(minutes=15)
    assert await words.add(first, b"w", life)
    assert not await words.add(second, b"w", life)
    assert await words.confirm(b"w")
    assert await words.add(second, b"w", life)
    assert (await words.confirm(b"w")).messenger == "vk"  # type: ignore[union-attr]  # there is one


async def test_a_report_repeated_is_one_report_and_one_task(db: Connection, story: Story, use_cases: UseCases) -> None:
    chat = await story.chat()
    numbers = {await use_cases.fake_reports.report("7:3", chat, "vk", "ссылка", photo=True) for _ in range(3)}
    assert len(numbers) == 1
    (task,) = await use_cases.tasks.waiting()
    assert task.kind == "fake_bot"
    assert task.facts == {"report": numbers.pop(), "messenger": "vk", "text": "ссылка", "photo": True}


async def test_the_picture_of_a_report_is_kept_beside_it(
    db: Connection, story: Story, use_cases: UseCases, engine: AsyncEngine
) -> None:
    number = await use_cases.fake_reports.report("7:3", await story.chat(), "vk", "", photo=True)
    archive = PostgresReportArchive(engine)
    assert await archive.photo(number) is None
    await archive.keep("7:3", b"jpeg")
    await archive.keep("erased meanwhile", b"jpeg")
    assert await archive.photo(number) == b"jpeg"
