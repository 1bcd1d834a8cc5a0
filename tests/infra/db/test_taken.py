"""Which message an update brings: named by the database, whatever version of the code wrote it."""

import json

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from dialogs.ports import ChatAddress, Incoming
from infra.db.inbox import PostgresInbox
from infra.db.taken import taken_messages

ANNA = ChatAddress("vk", "9", "77")


def event(number: object, said_at: object, text: str = "привет", kind: str = "message_new") -> str:
    message = {"conversation_message_id": number, "date": said_at, "peer_id": 77, "text": text}
    return json.dumps({"type": kind, "event_id": "x", "object": {"message": message}})


async def take(engine: AsyncEngine, *raws: str, chat: ChatAddress = ANNA, internal: bool = False) -> None:
    for place, raw in enumerate(raws):
        await PostgresInbox(engine).add([Incoming(chat, f"{place} {hash(raw)}", raw, internal)])


async def names(db: Connection) -> list[tuple[int | None, int | None]]:
    return [tuple(row) for row in await db.fetch("SELECT message, said_at FROM inbox ORDER BY id")]


async def test_a_message_is_named_by_its_number_and_date_and_kept_once(engine: AsyncEngine, db: Connection) -> None:
    await take(engine, event(3, 1000), event(3, 1000, "тот же под другим именем"), event(4, 1000), event(3, 2000))
    assert await names(db) == [(3, 1000), (4, 1000), (3, 2000)]
    await take(engine, event(3, 1000, "в другом разговоре"), chat=ChatAddress("vk", "9", "78"))
    assert len(await names(db)) == 4


@pytest.mark.parametrize("text", ["\0", "\ud83d", "\\u0000", "\\\\ud83d", "🦔", '"}', "\u2028"])
async def test_whatever_is_said_a_message_has_its_name(engine: AsyncEngine, db: Connection, text: str) -> None:
    await take(engine, event(3, 1000, text))
    assert await names(db) == [(3, 1000)]


@pytest.mark.parametrize(
    "raw",
    [
        event(0, 1000),
        event(None, 1000),
        event("drei", 1000),
        event({"deep": []}, 1000),
        event(2**70, 1000),
        event(3, None),
        event(3, 1000, kind="message_event"),
        '{"type": "message_new", "object": NaN}',
        "[1, 2]",
        '"text"',
        "{",
        "",
        "[" * 50_000,
    ],
)
async def test_what_cannot_be_named_is_kept_without_a_name(engine: AsyncEngine, db: Connection, raw: str) -> None:
    await take(engine, raw)
    ((message, _),) = await names(db)
    assert message is None


async def test_other_messengers_and_our_own_updates_have_no_names(engine: AsyncEngine, db: Connection) -> None:
    await take(engine, event(3, 1000), chat=ChatAddress("telegram", "1", "77"))
    await take(engine, event(3, 1000), internal=True)
    assert await names(db) == [(None, None)] * 2


async def test_what_was_taken_of_each_chat_since_then_is_known(engine: AsyncEngine) -> None:
    boris = ChatAddress("vk", "9", "78")
    await take(engine, event(3, 1000), event(2, 1000), event(1, 2000), event(9, 500))
    await take(engine, event(5, 700), chat=boris)
    await take(engine, event(6, 800), chat=ChatAddress("vk", "10", "78"))
    found = await taken_messages(engine, "vk", "9", ["77", "78", "79"], 700)
    assert {peer: sorted(places) for peer, places in found.items()} == {
        "77": [(1000, 2), (1000, 3), (2000, 1)],
        "78": [(700, 5)],
    }
