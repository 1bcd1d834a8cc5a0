"""Old and new code side by side, on the newest shape of the database, as in every rolling upgrade.

`statements_0002.json` holds the statements of the version before (the constants of its infra/db that are SQL): what an
old process still runs while new ones are started. When a migration is released, the file is made anew from the version
before that one. What newer code has written, and this one does not understand, is left alone.
"""

import json
from pathlib import Path

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from bots.edge import TryAgain
from bots.vk.edge import VkEdge
from dialogs.ports import Call, ChatAddress, Incoming, Outgoing
from infra.db.calls import write_json
from infra.db.inbox import PostgresInbox
from infra.db.outbox import PostgresOutbox

OLD: dict[str, str] = json.loads(Path(__file__).with_name("statements_0002.json").read_text("utf-8"))
CHAT = ("vk", "9", "77")


def event(key: str) -> str:
    message = {"conversation_message_id": 3, "date": 1000, "peer_id": 77, "text": "привет"}
    return json.dumps({"type": "message_new", "event_id": key, "object": {"message": message}})


async def old_insert(db: Connection, key: str) -> None:
    await db.fetch(OLD["inbox.insert"], *([one] for one in (*CHAT, key, event(key), False)))


@pytest.mark.parametrize("name", sorted(OLD))
async def test_a_statement_of_the_version_before_still_means_something(db: Connection, name: str) -> None:
    await db.prepare(OLD[name])


async def test_an_old_process_takes_serves_and_sends(db: Connection, engine: AsyncEngine) -> None:
    await old_insert(db, "a")
    await db.execute(OLD["turns.insert_chat"], *CHAT)
    chat, language, state = await db.fetchrow(OLD["turns.postgresturns.lock_chat"], *CHAT)
    assert (language, state) == ("ru", None)
    oldest = await db.fetchrow(OLD["turns.oldest"], *CHAT, chat)
    assert (oldest["key"], oldest["due"]) == ("a", True)
    call = (["messages.send"], [write_json({"message": "привет"})], [None], [""], [7])
    done, made = await db.fetchrow(
        OLD["turns.postgresturns.finish"], chat, write_json({"rev": 1}), "ru", oldest["id"], -1.0, *CHAT, *call
    )
    assert done
    assert [row["id"] for row in await db.fetch(OLD["outbox.postgresoutbox.lease"], 10, -1.0)] == made
    (row,) = await PostgresOutbox(engine).lease(10)
    assert (row.id, row.turn, row.random_id) == (made[0], "a", 7)


@pytest.mark.parametrize("old_first", [True, False])
async def test_a_message_that_old_and_new_code_take_under_two_names_is_kept_once(
    db: Connection, engine: AsyncEngine, old_first: bool
) -> None:
    """The new one has caught it up from its conversation, to the old one VK sends the event at last."""

    async def caught_up() -> None:
        await PostgresInbox(engine).add([Incoming(ChatAddress(*CHAT), "message:77:3:1000", event("x"))])

    if old_first:
        await old_insert(db, "a")
        await caught_up()
    else:
        await caught_up()
        await old_insert(db, "a")
    assert await db.fetchval("SELECT count(*) FROM inbox") == 1


NEWER_FILE = {"form": "hologram", "premises": 1, "period": None, "detail": None, "seal": "gold"}


async def test_a_call_with_a_file_that_only_newer_code_knows_holds_up_nobody_else(
    db: Connection, engine: AsyncEngine
) -> None:
    insert = """
    INSERT INTO outbox (messenger, bot, peer, method, params, file, random_id, leased_until)
    VALUES ('vk', '9', $1, 'messages.send', '{"message": "вот"}', $2, 7, clock_timestamp() - interval '1 s')
    """
    await db.execute(insert, "77", write_json(NEWER_FILE))
    await db.execute(insert, "78", None)
    newer, known = await PostgresOutbox(engine).lease(10)
    assert known.call == Call("messages.send", {"message": "вот"})
    assert newer.call.method != "messages.send", "sent without its file it would be half a message"
    edge = VkEdge("token", 9, "http://127.0.0.1:1")
    assert isinstance(await edge.send(newer, None, None), TryAgain)
    await edge.close()
    stored = await db.fetchrow("SELECT method, file, outcome FROM outbox WHERE peer = '77'")
    assert (stored["method"], stored["file"], stored["outcome"]) == ("messages.send", NEWER_FILE, None)


async def test_a_method_that_only_newer_code_knows_is_left_to_it() -> None:
    edge = VkEdge("token", 9, "http://127.0.0.1:1")
    row = Outgoing(1, ChatAddress(*CHAT), Call("messages.sendHologram", {"message": "вот"}), 7)
    outcome = await edge.send(row, None, None)
    await edge.close()
    assert isinstance(outcome, TryAgain)
    assert not outcome.everyone
