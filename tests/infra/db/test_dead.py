"""Dead letters: looked at without personal data, tried again once, dropped for good."""

import asyncio
import json

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from dialogs.ports import ChatAddress, Failure, Incoming
from infra.codes import HmacCodeHasher
from infra.db import dead
from infra.db.dead import dead_letters, drop, kind_of, retry
from infra.db.inbox import PostgresInbox
from infra.db.purge import purge
from infra.db.turns import PostgresTurns
from tests.conftest import FakeClock
from tests.infra.db.story import CHAT

TEXT = "моя фамилия Иванов"
OTHER = ChatAddress("vk", "9", "77")


@pytest.fixture
def turns(engine: AsyncEngine, city: City, clock: FakeClock, hasher: HmacCodeHasher) -> PostgresTurns:
    return PostgresTurns(engine, city, clock, hasher)


@pytest.fixture
def inbox(engine: AsyncEngine) -> PostgresInbox:
    return PostgresInbox(engine)


def update(key: str, chat: ChatAddress = CHAT) -> Incoming:
    return Incoming(chat, key, json.dumps({"update_id": 5, "message": {"text": TEXT}}, ensure_ascii=False))


async def die(inbox: PostgresInbox, turns: PostgresTurns, *updates: Incoming) -> None:
    await inbox.add(updates)
    for one in updates:
        while await turns.failed(one, "KeyError") is not Failure.GIVEN_UP:
            continue


async def served(turns: PostgresTurns, chat: ChatAddress = CHAT) -> list[str]:
    """Serves the chat until nothing is due; the keys in their order."""
    keys = []
    while True:
        async with turns.open(chat) as turn:
            if turn is None:
                return keys
            keys.append(turn.update.key)
            await turn.finish({"rev": 1}, "ru", [])


async def test_a_dead_letter_tells_its_kind_and_its_error_and_hides_what_was_said(
    engine: AsyncEngine, inbox: PostgresInbox, turns: PostgresTurns
) -> None:
    await die(inbox, turns, update("a"))
    (letter,) = await dead_letters(engine)
    assert (letter.messenger, letter.key, letter.kind, letter.error, letter.attempts) == (
        *("telegram", "a", "message", "KeyError"),
        6,
    )
    assert TEXT in letter.raw
    assert TEXT not in repr(letter)


async def test_a_retried_letter_is_served_once_behind_what_its_chat_has_pending(
    engine: AsyncEngine, inbox: PostgresInbox, turns: PostgresTurns
) -> None:
    await die(inbox, turns, update("dead"))
    await inbox.add([update("waits"), update("waits too")])
    (letter,) = await dead_letters(engine)
    assert sum(await asyncio.gather(*(retry(engine, letter.id) for _ in range(5)))) == 1
    assert await dead_letters(engine) == []
    assert await inbox.add([update("dead")]) == ()
    assert await served(turns) == ["waits", "waits too", "dead"]
    assert await retry(engine, letter.id) == 0


async def test_a_retry_that_kept_its_place_would_overtake(
    engine: AsyncEngine, inbox: PostgresInbox, turns: PostgresTurns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: without a new id the letter goes before what its chat said since."""
    monkeypatch.setattr(dead, "RETRY", dead.RETRY.replace("id = DEFAULT, ", ""))
    await die(inbox, turns, update("dead"))
    await inbox.add([update("waits")])
    await retry(engine)
    assert await served(turns) == ["dead", "waits"]


async def test_all_letters_are_retried_in_the_order_they_died(
    engine: AsyncEngine, inbox: PostgresInbox, turns: PostgresTurns
) -> None:
    await die(inbox, turns, update("1"), update("2", OTHER), update("3"))
    assert await retry(engine) == 3
    assert await served(turns) == ["1", "3"]
    assert await served(turns, OTHER) == ["2"]


async def test_a_letter_whose_inbox_row_was_purged_can_still_be_retried(
    engine: AsyncEngine, inbox: PostgresInbox, turns: PostgresTurns, db: Connection
) -> None:
    await die(inbox, turns, update("old"))
    await db.execute("UPDATE inbox SET done_at = done_at - interval '4 days'")
    assert await purge(engine) == 1
    assert await retry(engine) == 1
    assert await served(turns) == ["old"]


async def test_a_retried_letter_that_fails_again_dies_again(
    engine: AsyncEngine, inbox: PostgresInbox, turns: PostgresTurns
) -> None:
    await die(inbox, turns, update("a"))
    (first,) = await dead_letters(engine)
    await retry(engine)
    await die(inbox, turns, update("a"))
    (second,) = await dead_letters(engine)
    assert (second.key, second.attempts) == ("a", 6)
    assert second.id > first.id


async def test_a_dropped_letter_is_gone_with_what_it_said_and_does_not_come_back(
    engine: AsyncEngine, inbox: PostgresInbox, turns: PostgresTurns, db: Connection
) -> None:
    await die(inbox, turns, update("a"), update("b"))
    a, b = await dead_letters(engine)
    assert await drop(engine, a.id) is True
    assert await drop(engine, a.id) is False
    assert await dead_letters(engine) == [b]
    assert await db.fetch("SELECT key FROM inbox WHERE position($1 IN raw) > 0", TEXT) == [("b",)]
    assert await inbox.add([update("a")]) == ()
    assert await served(turns) == []


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ('{"update_id": 1, "callback_query": {}}', "callback_query"),
        ('{"type": "message_new", "object": {}}', "message_new"),
        ('{"notice": {"kind": "answer"}}', "notice"),
        ('{"Иванов": 1}', "unknown"),
        ('{"type": ["x"]}', "unknown"),
        ("{}", "unknown"),
        ("[1]", "unknown"),
        ("not JSON", "unknown"),
    ],
)
def test_kinds_are_the_messengers_own_names(raw: str, kind: str) -> None:
    assert kind_of(raw) == kind
