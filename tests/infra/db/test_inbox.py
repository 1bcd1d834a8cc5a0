"""The inbox: durable before it is acknowledged, once each, in the order of arrival."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from asyncpg import Connection
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from dialogs.ports import ChatAddress, Incoming
from infra.db.engine import create_engine
from infra.db.inbox import PostgresInbox
from infra.db.wake import listen
from tests.infra.db.story import CHAT

OTHER = ChatAddress("vk", "9", "77")
BOTS = [("telegram", "1"), ("vk", "9")]


def update(key: str, chat: ChatAddress = CHAT, raw: str = "{}") -> Incoming:
    return Incoming(chat, key, raw)


async def keys(db: Connection) -> list[str]:
    return [row["key"] for row in await db.fetch("SELECT key FROM inbox ORDER BY id")]


async def test_an_update_is_kept_as_it_came(engine: AsyncEngine, db: Connection) -> None:
    inbox = PostgresInbox(engine)
    assert await inbox.add([Incoming(CHAT, "0", '{"text": "Ёж 🦔"}', internal=True)]) == (CHAT,)
    row = await db.fetchrow("SELECT messenger, bot, peer, key, raw, internal, attempts, done_at FROM inbox")
    assert tuple(row) == ("telegram", "1", "500", "0", '{"text": "Ёж 🦔"}', True, 0, None)


async def test_an_update_delivered_again_is_kept_once_and_wakes_nobody(engine: AsyncEngine, db: Connection) -> None:
    inbox = PostgresInbox(engine)
    await inbox.add([update("1"), update("2", OTHER)])
    assert await inbox.add([update("1"), update("2", OTHER)]) == ()
    assert await inbox.add([update("3"), update("3"), update("1")]) == (CHAT,)
    assert await inbox.add([]) == ()
    assert await keys(db) == ["1", "2", "3"]


async def test_the_same_key_of_another_bot_is_another_update(engine: AsyncEngine, db: Connection) -> None:
    await PostgresInbox(engine).add([update("1"), update("1", OTHER), update("1", ChatAddress("telegram", "2", "500"))])
    assert await keys(db) == ["1", "1", "1"]


async def test_updates_that_come_together_share_a_transaction_and_keep_their_order(
    engine: AsyncEngine, db: Connection
) -> None:
    inbox = PostgresInbox(engine)
    await asyncio.gather(*(inbox.add([update(str(n))]) for n in range(300)))
    assert await keys(db) == [str(n) for n in range(300)]
    assert await db.fetchval("SELECT count(DISTINCT xmin::text) FROM inbox") <= 3


async def test_two_processes_that_take_the_same_updates_keep_each_once(database_url: str, db: Connection) -> None:
    engines = [create_engine(database_url) for _ in range(3)]
    inboxes = [PostgresInbox(engine) for engine in engines]
    forth, back = [update(str(n)) for n in range(200)], [update(str(n)) for n in reversed(range(200))]
    told = await asyncio.gather(*(inbox.add(way) for inbox in inboxes for way in (forth, back)))
    assert sorted(map(int, await keys(db))) == list(range(200))
    assert any(told)
    await asyncio.gather(*(engine.dispose() for engine in engines))


async def test_without_the_unique_key_duplicates_would_appear(database_url: str, db: Connection) -> None:
    """The twin: it is the constraint that makes a second delivery harmless."""
    await db.execute("ALTER TABLE inbox DROP CONSTRAINT uq_inbox_messenger_bot_key")
    engine = create_engine(database_url)
    await asyncio.gather(*(PostgresInbox(engine).add([update("1")]) for _ in range(4)))
    assert await keys(db) == ["1"] * 4
    await engine.dispose()


@pytest.mark.parametrize("raw", ['{"text": "\0"}', '{"text": "\ud83d"}', "\ufffe" + "Ж" * 5000])
async def test_text_that_postgresql_cannot_keep_is_mended(engine: AsyncEngine, db: Connection, raw: str) -> None:
    await PostgresInbox(engine).add([update("1", raw=raw)])
    assert len(await db.fetchval("SELECT raw FROM inbox")) == len(raw)


async def test_one_bad_update_never_blocks_another(engine: AsyncEngine, db: Connection) -> None:
    inbox = PostgresInbox(engine)
    told = await asyncio.gather(
        inbox.add([update("first")]),
        inbox.add([update("".join(chr(0x400 + n * 7919 % 20000) for n in range(6000)))]),
        inbox.add([update("last")]),
        return_exceptions=True,
    )
    assert isinstance(told[1], asyncpg.ProgramLimitExceededError)
    assert await keys(db) == ["first", "last"]


async def test_a_database_that_is_away_is_told_to_every_caller_and_the_next_try_works(
    engine: AsyncEngine, db: Connection
) -> None:
    inbox = PostgresInbox(engine)
    await db.execute("ALTER TABLE inbox RENAME TO inbox_away")
    told = await asyncio.gather(*(inbox.add([update(str(n))]) for n in range(3)), return_exceptions=True)
    assert [type(one) for one in told] == [asyncpg.UndefinedTableError] * 3
    await db.execute("ALTER TABLE inbox_away RENAME TO inbox")
    await inbox.add([update("1")])
    assert await keys(db) == ["1"]


async def test_nothing_is_promised_before_the_commit(engine: AsyncEngine, database_url: str, db: Connection) -> None:
    """A connection cut in the middle of the write: the caller hears of it, and the table holds nothing."""
    inbox = PostgresInbox(engine)
    blocker = await asyncpg.connect(database_url)
    await blocker.execute("BEGIN; LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
    adding = asyncio.create_task(inbox.add([update("1")]))
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    while not (pid := await db.fetchval(waiting)):
        await asyncio.sleep(0.01)
    assert not adding.done()
    await db.execute("SELECT pg_terminate_backend($1)", pid)
    await blocker.execute("ROLLBACK")
    await blocker.close()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)):
        await adding
    assert await keys(db) == []
    await inbox.add([update("1")])
    assert await keys(db) == ["1"]


async def test_a_caller_that_gives_up_waiting_leaves_the_others_alone(engine: AsyncEngine, db: Connection) -> None:
    inbox = PostgresInbox(engine)
    tasks = [asyncio.create_task(inbox.add([update(str(n))])) for n in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    told = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(told[1], asyncio.CancelledError)
    assert told[0] == told[2] == (CHAT,)
    assert await keys(db) == ["0", "1", "2"]


async def test_chats_are_pending_by_their_oldest_update(engine: AsyncEngine, db: Connection) -> None:
    inbox = PostgresInbox(engine)
    third = ChatAddress("vk", "9", "78")
    await inbox.add([update("1"), update("2", OTHER), update("3"), update("4", third)])
    await db.execute("UPDATE inbox SET due_at = clock_timestamp() + interval '1 hour' WHERE key = '1'")
    await db.execute("UPDATE inbox SET done_at = clock_timestamp() WHERE key = '2'")
    assert await inbox.pending(BOTS, 10) == [third], "an update that is put off holds the younger ones of its chat"
    await db.execute("UPDATE inbox SET due_at = clock_timestamp() WHERE key = '1'")
    assert set(await inbox.pending(BOTS, 10)) == {CHAT, third}
    assert len(await inbox.pending(BOTS, 1)) == 1


async def test_chats_of_a_bot_that_is_switched_off_hide_no_others(engine: AsyncEngine) -> None:
    inbox = PostgresInbox(engine)
    await inbox.add([update(str(n), ChatAddress("telegram", "1", str(n))) for n in range(20)])
    await inbox.add([update("left by a crash", OTHER)])
    assert await inbox.pending([("vk", "9")], 10) == [OTHER]
    assert await inbox.pending([("vk", "10"), ("telegram", "9")], 10) == []
    assert await inbox.pending([], 10) == []


async def test_who_has_waited_longest_comes_first(engine: AsyncEngine, db: Connection) -> None:
    inbox = PostgresInbox(engine)
    chats = [ChatAddress("telegram", "1", "300"), OTHER, ChatAddress("telegram", "1", "200")]
    await inbox.add([update(str(n), chat) for n, chat in enumerate(chats)])
    await db.execute("UPDATE inbox SET due_at = clock_timestamp() - make_interval(mins => 60 - key::int)")
    await inbox.add([update("younger", chats[2])])
    assert await inbox.pending(BOTS, 10) == chats
    assert await inbox.pending(BOTS, 1) == chats[:1]


# --- wake-ups


@pytest.fixture
async def heard(database_url: str) -> AsyncIterator[list[ChatAddress]]:
    """What another process hears."""
    chats: list[ChatAddress] = []
    listening = asyncio.create_task(listen(database_url, chats.extend))
    await asyncio.sleep(0.1)
    yield chats
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def test_another_process_hears_of_new_updates_only(engine: AsyncEngine, heard: list[ChatAddress]) -> None:
    inbox = PostgresInbox(engine, notify=True)
    assert await inbox.add([update("1"), update("2", OTHER)]) == (CHAT, OTHER)
    assert await inbox.add([update("2", OTHER)]) == ()
    await asyncio.sleep(0.1)
    assert heard == [CHAT, OTHER]


async def test_a_process_that_serves_by_itself_tells_nobody(engine: AsyncEngine, heard: list[ChatAddress]) -> None:
    await PostgresInbox(engine).add([update("1")])
    await asyncio.sleep(0.1)
    assert heard == []


async def test_a_listener_that_was_cut_off_raises(database_url: str, db: Connection) -> None:
    listening = asyncio.create_task(listen(database_url, lambda chats: None))
    await asyncio.sleep(0.1)
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vodoteplo listener'"
    assert await db.fetchval(f"{query} AND datname = current_database()")
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(listening, 5)


async def test_the_pool_is_not_left_with_a_broken_connection(engine: AsyncEngine, db: Connection) -> None:
    opened = 0

    def count(*_: object) -> None:
        nonlocal opened
        opened += 1

    event.listen(engine.sync_engine, "connect", count)
    inbox = PostgresInbox(engine)
    for n in range(20):
        await inbox.add([update(str(n))])
    assert opened == 1
