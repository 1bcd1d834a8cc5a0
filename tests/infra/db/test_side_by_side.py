"""Old and new code side by side, on the newest shape of the database, as in every rolling upgrade.

`statements/NNNN.json` holds what the code of an earlier shape asks the database: an old process goes on asking it while
new ones are started. `record_statements.py` makes these files, and says when. What newer code has written, and this one
does not understand, is left alone.
"""

import json

import pytest
from alembic.script import ScriptDirectory
from asyncpg import Connection, PostgresError
from sqlalchemy.ext.asyncio import AsyncEngine

from bots.edge import TryAgain
from bots.vk.edge import VkEdge
from dialogs.ports import Call, ChatAddress, Incoming, Outgoing
from infra.db.calls import write_json
from infra.db.inbox import PostgresInbox
from infra.db.migrate import MIGRATIONS, heads
from infra.db.outbox import PostgresOutbox
from tests.infra.db.record_statements import FOLDER, composed, constants

RECORDED: dict[str, dict[str, str]] = {file.stem: json.loads(file.read_text("utf-8")) for file in FOLDER.glob("*.json")}
OLD = RECORDED[max(RECORDED)]
CHAT = ("vk", "9", "77")


def event(key: str) -> str:
    message = {"conversation_message_id": 3, "date": 1000, "peer_id": 77, "text": "привет"}
    return json.dumps({"type": "message_new", "event_id": key, "object": {"message": message}})


async def old_insert(db: Connection, key: str) -> None:
    await db.fetch(OLD["inbox.add"], *([one] for one in (*CHAT, key, event(key), False)))


async def old_turn(db: Connection, lease: float) -> list[int]:
    """Serves the chat's oldest update as an old process does; the rows of its answer."""
    await db.execute(OLD["turns.insert_chat"], *CHAT)
    found = await db.fetchrow(OLD["turns.postgresturns.open"], *CHAT)
    assert (found["language"], found["state"], found["due"], found["fresh"]) == ("ru", None, True, True)
    call = (["messages.send"], [write_json({"message": "привет"})], [None], [""], [7])
    session = (found["chat"], write_json({"rev": 1}), "ru", found["id"], lease)
    done, made, earlier = await db.fetchrow(OLD["turns.postgresturns.finish"], *session, *CHAT, *call)
    assert (done, earlier) == (True, None)
    return list(made)


async def senseless(db: Connection, statements: dict[str, str]) -> list[str]:
    """The statements that the database can no longer make anything of."""
    names = []
    for name, statement in statements.items():
        try:
            await db.prepare(statement)
        except PostgresError as error:
            names.append(f"{name}: {error}")
    return names


def test_what_the_code_before_the_newest_migration_asks_is_recorded() -> None:
    """Else: check out the tree without the migration, and run `python -m tests.infra.db.record_statements`."""
    newest = ScriptDirectory(str(MIGRATIONS)).get_revision(heads()[0])
    assert newest.down_revision == max(RECORDED)


@pytest.mark.parametrize("shape", sorted(RECORDED))
async def test_every_statement_of_a_version_before_still_means_something(db: Connection, shape: str) -> None:
    assert await senseless(db, RECORDED[shape]) == []


async def test_a_column_that_is_taken_away_from_old_code_is_noticed(db: Connection) -> None:
    await db.execute("ALTER TABLE outbox RENAME COLUMN leased_until TO held_until")
    assert {name.split(":")[0] for name in await senseless(db, OLD)} >= {"outbox.renew", "turns.postgresturns.finish"}


async def test_what_this_code_asks_can_be_recorded_for_the_next() -> None:
    names = {*dict(constants()), *await composed()}
    assert {"inbox.add", "turns.postgresturns.open", "outbox.postgresoutbox.lease", "outbox.sent"} <= names


async def test_an_old_process_takes_and_serves_and_a_new_one_sends(db: Connection, engine: AsyncEngine) -> None:
    await old_insert(db, "a")
    made = await old_turn(db, lease=-1.0)
    (row,) = await PostgresOutbox(engine).lease(10, 10)
    assert (row.id, row.turn, row.random_id) == (made[0], "a", 7)


async def test_an_old_process_sends_and_marks_what_it_has_made(db: Connection, engine: AsyncEngine) -> None:
    await old_insert(db, "a")
    made = await old_turn(db, lease=8.0)
    assert await PostgresOutbox(engine).lease(10, 10) == [], "it is in the old one's hands"
    assert [row["id"] for row in await db.fetch(OLD["outbox.renew"], made, 8.0)] == made
    await db.execute(OLD["outbox.put_off"], made, -1.0)
    assert [row["id"] for row in await db.fetch(OLD["outbox.postgresoutbox.lease"], 10, 8.0, 5.0)] == made
    await db.execute(OLD["outbox.sent"], made)
    await db.execute(OLD["outbox.put_off"], made, -1.0)
    assert await PostgresOutbox(engine).lease(10, 10) == [], "it was sent"


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
    newer, known = await PostgresOutbox(engine).lease(10, 10)
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
