"""Turns: each update takes effect once, those of a chat in order, whoever serves and whatever dies."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import asyncpg
import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.errors import Unavailable
from core.ids import PremisesId
from core.meters.model import Channel
from core.meters.use_cases import Submission
from core.periods import Period
from core.services import Service
from dialogs.ports import Call, ChatAddress, Failure, Incoming, OpenTurn, PutOff
from dialogs.screen import File, Form
from infra.codes import HmacCodeHasher
from infra.db.engine import create_engine
from infra.db.inbox import PostgresInbox
from infra.db.outbox import PostgresOutbox
from infra.db.queue import queries
from infra.db.turns import HOLDS_ITS_PLACE, RETRY_AFTER, STEPS_ASIDE_AFTER, PostgresTurns, TurnConflict
from tests.conftest import FakeClock
from tests.infra.db.story import CHAT, Story

PDF = Call("sendDocument", {"chat_id": 500}, File(Form.RECEIPT_PDF, PremisesId(7), Period(2022, 1)), "document")
HELLO = Call("sendMessage", {"chat_id": 500, "text": "Здравствуйте"})
OTHER = ChatAddress("vk", "9", "77")
BOT = (CHAT.messenger, CHAT.bot)
CUT_OFF = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What the driver makes of a lost connection depends on the moment."""


class UnlockedTurns(PostgresTurns):
    """The twin: nobody waits for the turn before."""

    OPEN: ClassVar = PostgresTurns.OPEN.replace("FOR UPDATE OF chats", "")


class UnguardedTurns(UnlockedTurns):
    """And an update may be done twice."""

    FINISH: ClassVar = PostgresTurns.FINISH.replace("AND done_at IS NULL", "")


Make = Callable[..., PostgresTurns]


@pytest.fixture
def make(engine: AsyncEngine, city: City, clock: FakeClock, hasher: HmacCodeHasher) -> Make:
    def turns(kind: type[PostgresTurns] = PostgresTurns, on: AsyncEngine = engine) -> PostgresTurns:
        return kind(on, city, clock, hasher)

    return turns


@pytest.fixture
def turns(make: Make) -> PostgresTurns:
    return make()


@pytest.fixture
def inbox(engine: AsyncEngine) -> PostgresInbox:
    return PostgresInbox(engine)


def updates(*keys: object, chat: ChatAddress = CHAT) -> list[Incoming]:
    return [Incoming(chat, str(key), f'{{"n": "{key}"}}') for key in keys]


@asynccontextmanager
async def opened(turns: PostgresTurns, chat: ChatAddress = CHAT) -> AsyncIterator[OpenTurn]:
    async with turns.open(chat) as turn:
        assert turn is not None
        yield turn


async def test_a_turn_serves_the_oldest_update_of_a_chat_never_seen(turns: PostgresTurns, inbox: PostgresInbox) -> None:
    await inbox.add(updates(1, 2))
    async with opened(turns) as turn:
        assert turn.update == updates(1)[0]
        assert (turn.attempt, turn.session.language, turn.session.state) == (0, "ru", None)
        assert await turn.finish({"rev": 1}, "tt", []) == []
    async with opened(turns) as turn:
        assert turn.update.key == "2"
        assert (turn.session.language, turn.session.state) == ("tt", {"rev": 1})
        await turn.finish({"rev": 2}, "tt", [])
    async with turns.open(CHAT) as none:
        assert none is None


async def test_a_chat_without_updates_leaves_no_row(turns: PostgresTurns, db: Connection) -> None:
    async with turns.open(CHAT) as turn:
        assert turn is None
    assert await db.fetchval("SELECT count(*) FROM chats") == 0


async def test_calls_are_stored_in_order_and_leased_to_this_process(
    turns: PostgresTurns, inbox: PostgresInbox, engine: AsyncEngine, db: Connection
) -> None:
    await inbox.add(updates(1))
    async with opened(turns) as turn:
        made = await turn.finish({}, "ru", [HELLO, PDF, HELLO])
    assert [one.call for one in made] == [HELLO, PDF, HELLO]
    assert [one.id for one in made] == sorted({one.id for one in made})
    assert all(0 < one.random_id < 2**31 and one.chat == CHAT and one.attempt == 1 for one in made)
    outbox = PostgresOutbox(engine)
    assert await outbox.lease(10, 10) == []
    await db.execute("UPDATE outbox SET leased_until = clock_timestamp()")
    swept = await outbox.lease(10, 10)
    assert [(one.id, one.call, one.random_id) for one in swept] == [(one.id, one.call, one.random_id) for one in made]


@pytest.mark.parametrize(("given_back", "tries"), [(True, 0), (False, 1)], ids=["given back unsent", "killed"])
async def test_who_made_a_call_may_have_sent_it_unless_it_was_given_back(
    given_back: bool, tries: int, turns: PostgresTurns, inbox: PostgresInbox, engine: AsyncEngine, db: Connection
) -> None:
    await inbox.add(updates(1))
    async with opened(turns) as turn:
        (made,) = await turn.finish({}, "ru", [HELLO])
    outbox = PostgresOutbox(engine)
    if given_back:
        await outbox.put_off([PutOff(made.id, made.attempt, made.tries)], 60)
    await db.execute("UPDATE outbox SET leased_until = clock_timestamp()")
    assert [one.tries for one in await outbox.lease(10, 10)] == [tries]


async def test_a_block_that_ends_without_finish_changes_nothing(
    turns: PostgresTurns, inbox: PostgresInbox, db: Connection
) -> None:
    await inbox.add(updates(1))
    async with opened(turns) as turn:
        await turn.use_cases.residents.residents.create(turn.session.chat, "ru")
    assert await db.fetchval("SELECT count(*) FROM residents") == 0
    async with opened(turns) as turn:
        assert turn.update.key == "1"


async def test_a_turn_that_raises_after_finish_changes_nothing(
    turns: PostgresTurns, inbox: PostgresInbox, db: Connection
) -> None:
    await inbox.add(updates(1))
    with pytest.raises(ValueError, match="bug"):  # noqa: PT012
        async with opened(turns) as turn:
            await turn.finish({"rev": 1}, "ru", [HELLO])
            raise ValueError("bug")
    assert await db.fetchval("SELECT count(*) FROM outbox") == 0
    assert await inbox.pending([BOT], 5) == [CHAT]


async def test_what_use_cases_write_commits_with_the_turn(
    turns: PostgresTurns, inbox: PostgresInbox, db: Connection, story: Story
) -> None:
    flat = await story.premises()
    meter = await story.meter(await story.account(flat), "1", Service.COLD_WATER)
    await inbox.add(updates(1))
    async with opened(turns) as turn:
        readings = turn.use_cases.readings
        await readings.submit(flat, meter, Decimal(7), Submission("1:1", None, Channel.TELEGRAM))
        assert await db.fetchval("SELECT count(*) FROM readings") == 0
        await turn.finish({}, "ru", [HELLO])
    assert await db.fetchval("SELECT count(*) FROM readings") == 1


async def test_a_job_is_queued_with_the_turn_or_not_at_all(
    turns: PostgresTurns, inbox: PostgresInbox, db: Connection
) -> None:
    await inbox.add(updates(1))
    async with opened(turns) as turn:
        await turn.start_job("read_photo", {"file": "ABC"}, "photo:1")
    assert await db.fetchval("SELECT count(*) FROM pgqueuer") == 0
    async with opened(turns) as turn:
        await turn.start_job("read_photo", {"file": "ABC"}, "photo:1")
        await turn.start_job("read_photo", {"file": "ABC"}, "photo:1")
        await turn.finish({}, "ru", [])
    row = await db.fetchrow("SELECT entrypoint, payload, dedupe_key FROM pgqueuer")
    assert (row["entrypoint"], json.loads(row["payload"]), row["dedupe_key"]) == (
        "read_photo",
        {"file": "ABC"},
        "photo:1",
    )
    assert sum(one.count for one in await queries(db).queue_size()) == 1


# --- failures


async def make_due(db: Connection) -> None:
    await db.execute("UPDATE inbox SET due_at = clock_timestamp()")


async def test_a_failed_update_is_put_off_longer_each_time_and_then_given_up(
    turns: PostgresTurns, inbox: PostgresInbox, db: Connection
) -> None:
    await inbox.add(updates(1))
    for failures, seconds in enumerate(RETRY_AFTER):
        async with opened(turns) as turn:
            assert turn.attempt == failures
        assert await turns.failed(turn.update, "KeyError") is (Failure.ASIDE if failures else Failure.PUT_OFF)
        wait = await db.fetchval("SELECT extract(epoch FROM due_at - clock_timestamp())::float8 FROM inbox")
        assert seconds - 1 < wait <= seconds
        await make_due(db)
    assert await turns.failed(turn.update, "ValueError") is Failure.GIVEN_UP
    row = await db.fetchrow("SELECT attempts, error, done_at FROM inbox")
    assert (row["attempts"], row["error"]) == (len(RETRY_AFTER) + 1, "ValueError")
    assert row["done_at"] is not None
    async with turns.open(CHAT) as none:
        assert none is None


async def test_an_update_given_up_is_a_dead_letter(turns: PostgresTurns, inbox: PostgresInbox, db: Connection) -> None:
    await inbox.add(updates(1))
    for _ in range(len(RETRY_AFTER)):
        assert await turns.failed(updates(1)[0], "KeyError") is not Failure.GIVEN_UP
        assert await db.fetchval("SELECT count(*) FROM dead_letters") == 0
    assert await turns.failed(updates(1)[0], "ValueError") is Failure.GIVEN_UP
    row = await db.fetchrow("SELECT messenger, bot, peer, key, raw, internal, attempts, error FROM dead_letters")
    assert tuple(row) == ("telegram", "1", "500", "1", '{"n": "1"}', False, 6, "ValueError")


async def test_an_update_that_fails_again_steps_aside_and_comes_back_when_it_is_due(
    turns: PostgresTurns, inbox: PostgresInbox, db: Connection
) -> None:
    await inbox.add(updates(1, 2, 3))
    for _ in range(STEPS_ASIDE_AFTER):
        await turns.failed(updates(1)[0], "KeyError")
    assert await inbox.pending([BOT], 5) == [CHAT]
    async with opened(turns) as turn:
        assert turn.update.key == "2"
        await turn.finish({}, "ru", [])
    await make_due(db)
    async with opened(turns) as turn:
        assert turn.update.key == "1"
    await turns.failed(updates(1)[0], "KeyError")
    async with opened(turns) as turn:
        assert turn.update.key == "3"
        await turn.finish({}, "ru", [])
    assert await inbox.pending([BOT], 5) == []
    async with turns.open(CHAT) as none:
        assert none is None


async def test_a_turn_tells_which_earlier_calls_of_its_chat_are_still_to_be_sent(
    turns: PostgresTurns, inbox: PostgresInbox, engine: AsyncEngine
) -> None:
    await inbox.add(updates(1, 2, 3))
    made = []
    for _ in range(3):
        async with opened(turns) as turn:
            made += await turn.finish({}, "ru", [HELLO])
        await PostgresOutbox(engine).sent([made[0].id])
    assert [row.behind for row in made] == [(), (), (made[1].id,)]


async def test_an_update_that_did_not_step_aside_would_silence_its_chat(
    turns: PostgresTurns, inbox: PostgresInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: it would hold its place for as long as it is put off."""
    monkeypatch.setattr(PostgresTurns, "OPEN", PostgresTurns.OPEN.replace(HOLDS_ITS_PLACE, "true"))
    await inbox.add(updates(1, 2))
    for _ in range(STEPS_ASIDE_AFTER):
        await turns.failed(updates(1)[0], "KeyError")
    async with turns.open(CHAT) as none:
        assert none is None


async def test_an_update_that_comes_back_knows_whether_the_dialog_has_gone_on(
    turns: PostgresTurns, inbox: PostgresInbox, db: Connection
) -> None:
    await inbox.add(updates(0, 1, 2, 3))
    async with opened(turns) as turn:
        await turn.finish({"rev": 7}, "ru", [])
    for _ in range(STEPS_ASIDE_AFTER):
        await turns.failed(updates(1)[0], "KeyError")
    for rev, late in ((7, False), (8, True)):
        async with opened(turns) as turn:
            assert turn.late is False
            await turn.finish({"rev": rev}, "ru", [])
        await db.execute("UPDATE inbox SET due_at = clock_timestamp()")
        async with opened(turns) as turn:
            assert (turn.update.key, turn.late) == ("1", late)
        await db.execute("UPDATE inbox SET due_at = clock_timestamp() + interval '1 min' WHERE key = '1'")


async def test_an_update_that_is_put_off_holds_the_younger_ones_of_its_chat_only(
    turns: PostgresTurns, inbox: PostgresInbox, db: Connection
) -> None:
    await inbox.add([*updates(1, 2), *updates(3, chat=OTHER)])
    await turns.failed(updates(1)[0], "KeyError")
    async with turns.open(CHAT) as turn:
        assert turn is None
    async with opened(turns, OTHER) as turn:
        assert turn.update.key == "3"
    await make_due(db)
    async with opened(turns) as turn:
        assert turn.update.key == "1"


async def test_a_failure_told_after_the_update_was_served_changes_nothing(
    turns: PostgresTurns, inbox: PostgresInbox, db: Connection
) -> None:
    """The commit of a turn may have gone through although its process heard an error."""
    await inbox.add(updates(1))
    async with opened(turns) as turn:
        await turn.finish({}, "ru", [])
    for _ in range(len(RETRY_AFTER) + 1):
        assert await turns.failed(turn.update, "ConnectionDoesNotExistError") is Failure.PUT_OFF
    assert tuple(await db.fetchrow("SELECT attempts, error FROM inbox")) == (0, None)


async def test_a_turn_cut_off_in_the_middle_leaves_nothing_half_done(
    make: Make, inbox: PostgresInbox, db: Connection, database_url: str
) -> None:
    own = create_engine(database_url)
    turns = make(on=own)
    await inbox.add(updates(1))
    await db.execute("SET application_name = 'the test'")
    cut = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'vodoteplo' AND state = 'idle in transaction'
    """
    with pytest.raises(CUT_OFF):  # noqa: PT012
        async with opened(turns) as turn:
            await turn.use_cases.residents.residents.create(turn.session.chat, "ru")
            await turn.finish({"rev": 1}, "ru", [HELLO])
            assert await db.fetchval(cut)
    for table in ("residents", "outbox", "chats"):
        assert await db.fetchval(f"SELECT count(*) FROM {table}") == 0
    async with opened(turns) as turn:
        await turn.finish({"rev": 1}, "ru", [HELLO])
    assert await db.fetchval("SELECT count(*) FROM outbox") == 1
    await own.dispose()


async def test_a_cancelled_turn_gives_its_chat_and_its_connection_back(
    turns: PostgresTurns, inbox: PostgresInbox, db: Connection
) -> None:
    await inbox.add(updates(1))
    inside = asyncio.Event()

    async def hang() -> None:
        async with opened(turns) as turn:
            await turn.use_cases.residents.residents.create(turn.session.chat, "ru")
            inside.set()
            await asyncio.sleep(60)

    hanging = asyncio.create_task(hang())
    await inside.wait()
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    async with asyncio.timeout(2), opened(turns) as turn:
        await turn.finish({}, "ru", [])
    assert await db.fetchval("SELECT count(*) FROM residents") == 0


# --- many at once


async def serve(
    turns: PostgresTurns, chats: Sequence[ChatAddress], errors: list[Exception], pause: float = 0.0
) -> None:
    """Serves chats until nothing is due, writing down in each session what it served, in the order it did."""
    for chat in [*chats, *reversed(chats)]:
        while True:
            try:
                async with turns.open(chat) as turn:
                    if turn is None:
                        break
                    await asyncio.sleep(pause)
                    served = [*(turn.session.state or {"served": []})["served"], turn.update.key]  # type: ignore[misc]  # ours
                    await turn.finish({"served": served}, "ru", [HELLO])
            except Unavailable as error:
                errors.append(error)


async def served_by_chat(db: Connection) -> dict[str, list[str]]:
    return {row["peer"]: row["state"]["served"] for row in await db.fetch("SELECT peer, state FROM chats")}


async def shuffled_arrival(inbox: PostgresInbox, chats: Sequence[ChatAddress], each: int) -> dict[str, list[str]]:
    """Updates with keys that say nothing of their order, mixed over the chats; every one is delivered twice."""
    arrived: dict[str, list[str]] = {chat.peer: [] for chat in chats}
    for n in range(each):
        for chat in chats:
            key = f"{(n * 7919 + int(chat.peer)) % 1000:03}-{chat.peer}-{n}"
            arrived[chat.peer].append(key)
            await asyncio.gather(inbox.add(updates(key, chat=chat)), inbox.add(updates(key, chat=chat)))
    return arrived


CHATS = [ChatAddress("telegram", "1", str(peer)) for peer in range(100, 108)]


async def race(
    make: Make, kind: type[PostgresTurns], inbox: PostgresInbox, database_url: str
) -> tuple[dict[str, list[str]], list[Exception]]:
    """Four workers on two pools serve the same chats at the same time."""
    arrived = await shuffled_arrival(inbox, CHATS, 12)
    engines = [create_engine(database_url) for _ in range(2)]
    errors: list[Exception] = []
    await asyncio.gather(*(serve(make(kind, on), CHATS, errors) for on in (*engines, *engines)))
    await asyncio.gather(*(engine.dispose() for engine in engines))
    return arrived, errors


async def test_turns_of_a_chat_follow_each_other_in_the_order_of_arrival(
    make: Make, inbox: PostgresInbox, db: Connection, database_url: str
) -> None:
    arrived, errors = await race(make, PostgresTurns, inbox, database_url)
    assert errors == []
    assert await served_by_chat(db) == arrived
    assert await db.fetchval("SELECT count(*) FROM outbox") == 12 * len(CHATS)


async def test_without_the_lock_turns_collide_and_the_guard_undoes_them(
    make: Make, inbox: PostgresInbox, db: Connection, database_url: str
) -> None:
    """The first twin: two workers open the same update; `finish` lets one of them through."""
    _, errors = await race(make, UnlockedTurns, inbox, database_url)
    assert any(isinstance(error, TurnConflict) for error in errors)
    assert await db.fetchval("SELECT count(*) FROM outbox") == 12 * len(CHATS)


async def test_without_lock_and_guard_updates_take_effect_twice(
    make: Make, inbox: PostgresInbox, db: Connection, database_url: str
) -> None:
    """The second twin: replies double, and sessions lose what another turn has saved."""
    arrived, _ = await race(make, UnguardedTurns, inbox, database_url)
    assert await db.fetchval("SELECT count(*) FROM outbox") > 12 * len(CHATS)
    assert await served_by_chat(db) != arrived


WORKER = """
import asyncio, os, sys
from core.clock import ShiftedClock
from dialogs.ports import ChatAddress
from infra.city_file import load_city
from infra.codes import HmacCodeHasher
from infra.db.engine import create_engine
from infra.db.inbox import PostgresInbox
from infra.db.turns import PostgresTurns
from infra.paths import DEFAULT_CITY
from tests.infra.db.test_turns import serve

async def main():
    engine = create_engine(os.environ["DATABASE"])
    turns = PostgresTurns(engine, load_city(DEFAULT_CITY), ShiftedClock(), HmacCodeHasher(b"any"))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    while chats := await PostgresInbox(engine).pending([('telegram', '1')], 100):
        await asyncio.gather(*(serve(turns, chats, [], pause=0.003) for _ in range(3)))
    await engine.dispose()

asyncio.run(main())
"""


async def test_processes_killed_in_the_middle_lose_nothing_and_do_nothing_twice(
    inbox: PostgresInbox, db: Connection, database_url: str
) -> None:
    arrived = await shuffled_arrival(inbox, CHATS, 40)
    total = 40 * len(CHATS)
    workers = await asyncio.gather(*(start_worker(database_url) for _ in range(4)))
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(b"go\n")
    kills = 0
    while (left := await db.fetchval("SELECT count(*) FROM inbox WHERE done_at IS NULL")) > 0:
        if kills < 3 and left < total * (0.8 - 0.2 * kills):
            workers[kills].send_signal(signal.SIGKILL)
            kills += 1
        await asyncio.sleep(0.003)
    assert [await worker.wait() for worker in workers] == [-signal.SIGKILL] * 3 + [0]
    assert await served_by_chat(db) == arrived
    assert await db.fetchval("SELECT count(*) FROM outbox") == total


async def start_worker(database_url: str) -> asyncio.subprocess.Process:
    """A process that serves what is due once it is told to go, and ends when nothing is."""
    root = Path(__file__).resolve().parents[3]
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WORKER),
        env={**os.environ, "DATABASE": database_url, "PYTHONPATH": str(root)},
        cwd=root,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert worker.stdout is not None
    assert await worker.stdout.readline() == b"ready\n"
    return worker
