"""Calls that residents have asked for, on the real database: asked once, taken by one operator, settled once, told."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.call_backs.model import CallBack, CallOutcome, CallStatus
from core.call_backs.use_cases import MOST_A_DAY, CallWanted, HourGone, TooManyCalls
from core.city import City
from core.clock import CityClock
from core.counter.calls import MOST_ATTEMPTS, CallChanged, CallTaken, NoSuchHour
from core.counter.use_cases import CounterCases
from core.errors import NotFound
from core.ids import CallBackId, ChatId, ResidentId
from core.staff.looks import Looks
from core.staff.model import Member
from core.use_cases import UseCases
from dialogs.ports import ChatAddress
from infra.codes import HmacCodeHasher
from infra.db import call_backs
from infra.db.counter import build_counter
from infra.db.engine import driver_connection
from infra.db.looks import PostgresLooks
from infra.db.purge import purge
from tests.infra.db.people import ALL, ANNA, BORIS, SENIOR, VODOKANAL_NAME, hire, looked
from tests.infra.db.story import Story

TEN = datetime(2022, 2, 17, 5, 0, tzinfo=UTC)
"""Tomorrow, 10:00 in Magnitogorsk."""


@pytest.fixture
async def chat(db: Connection, story: Story) -> ChatId:
    """Of a resident."""
    await hire(db)
    chat = await story.chat()
    made = await db.fetchval("INSERT INTO residents (language) VALUES ('ru') RETURNING id")
    await db.execute("UPDATE chats SET resident_id = $1 WHERE id = $2", made, chat)
    return chat


def wanted(chat: ChatId, key: str = "7:1", hour: datetime = TEN, **more: object) -> CallWanted:
    given = {"resident": ResidentId(1), "organisation": VODOKANAL_NAME, "phone": "9001112233", "vouched": False, **more}
    return CallWanted(key, chat, hour=hour, **given)  # type: ignore[arg-type]  # fields by name


@pytest.fixture
async def call(use_cases: UseCases, chat: ChatId) -> CallBack:
    return await use_cases.call_backs.ask(wanted(chat))


async def told(db: Connection) -> list[tuple[str, dict[str, str]]]:
    rows = await db.fetch("SELECT peer, raw FROM inbox WHERE internal ORDER BY id")
    return [(row["peer"], json.loads(row["raw"])["notice"]) for row in rows]


# --- asking


async def test_the_same_key_asks_once(use_cases: UseCases, db: Connection, chat: ChatId) -> None:
    first = await use_cases.call_backs.ask(wanted(chat))
    assert await use_cases.call_backs.ask(wanted(chat, hour=TEN + timedelta(hours=1))) == first
    assert await db.fetchval("SELECT count(*) FROM call_backs") == 1


async def test_another_wish_changes_the_call_that_waits(use_cases: UseCases, chat: ChatId, call: CallBack) -> None:
    moved = await use_cases.call_backs.ask(wanted(chat, "7:2", TEN + timedelta(hours=1), phone=None))
    assert (moved.id, moved.phone, moved.word, moved.rev) == (call.id, call.phone, call.word, 1)
    assert await use_cases.call_backs.open_of(ResidentId(1)) == [moved]


@pytest.mark.parametrize("hour", [TEN + timedelta(minutes=30), TEN - timedelta(days=1), TEN.replace(hour=20)])
async def test_an_hour_that_was_not_offered_is_not_taken(use_cases: UseCases, chat: ChatId, hour: datetime) -> None:
    with pytest.raises(HourGone):
        await use_cases.call_backs.ask(wanted(chat, hour=hour))


@pytest.mark.parametrize("more", [{"organisation": "Иные"}, {"phone": None}, {"phone": ""}])
async def test_nobody_is_called_by_nobody(use_cases: UseCases, chat: ChatId, more: dict[str, object]) -> None:
    with pytest.raises(NotFound):
        await use_cases.call_backs.ask(wanted(chat, **more))


async def test_so_many_a_day_by_the_clock_of_the_database(use_cases: UseCases, db: Connection, chat: ChatId) -> None:
    calls = use_cases.call_backs
    for number in range(MOST_A_DAY):
        await calls.cancel((await calls.ask(wanted(chat, f"7:{number}"))).id, ResidentId(1))
    with pytest.raises(TooManyCalls):
        await calls.ask(wanted(chat, "7:99"))
    await db.execute("UPDATE call_backs SET stored_at = stored_at - interval '25 hours'")
    await calls.ask(wanted(chat, "7:99"))


async def asks_at_once(engine: AsyncEngine, city: City, clock: CityClock, hasher: HmacCodeHasher, chat: ChatId) -> int:
    """Two turns of one resident, in two messengers; how many calls there are."""

    async def ask(key: str) -> None:
        async with driver_connection(engine) as connection, connection.transaction():
            counter = build_counter(connection, city, clock, hasher, Looks(PostgresLooks(connection)))
            await counter.cards.calls.ask(wanted(chat, key))
            await asyncio.sleep(0.05)

    await asyncio.gather(ask("7:1"), ask("8:1"), return_exceptions=True)
    async with driver_connection(engine) as connection:
        return int(await connection.fetchval("SELECT count(*) FROM call_backs"))


async def test_two_messengers_at_once_ask_for_one_call(
    engine: AsyncEngine, city: City, city_clock: CityClock, hasher: HmacCodeHasher, chat: ChatId
) -> None:
    assert await asks_at_once(engine, city, city_clock, hasher, chat) == 1


async def test_without_the_index_there_would_be_two(
    engine: AsyncEngine,
    db: Connection,
    city: City,
    city_clock: CityClock,
    hasher: HmacCodeHasher,
    chat: ChatId,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await db.execute("DROP INDEX uq_call_backs_open")
    guarded = call_backs._ASK
    bare = f"{guarded[: guarded.index('ON CONFLICT')]}{guarded[guarded.index('RETURNING') :]}"
    monkeypatch.setattr(call_backs, "_ASK", bare)
    assert await asks_at_once(engine, city, city_clock, hasher, chat) == 2


# --- the list


async def test_the_list_masks_numbers_and_knows_its_organisations(counter: CounterCases, call: CallBack) -> None:
    (line,) = await counter.calls.waiting(ANNA)
    assert (line.call.id, line.phone, line.late) == (call.id, "+7 ••• •••-••-33", False)
    assert [one.call.id for one in await counter.calls.waiting(ALL)] == [call.id]
    assert await counter.calls.waiting(BORIS) == []


@pytest.mark.parametrize("who", [BORIS])
async def test_a_call_of_others_is_not_there(
    counter: CounterCases, db: Connection, call: CallBack, who: Member
) -> None:
    for act in (
        counter.calls.take(who, call.id, call.rev),
        counter.calls.shown(who, call.id),
        counter.calls.settle(who, call.id, call.rev, CallOutcome.DONE),
    ):
        with pytest.raises(NotFound):
            await act
    with pytest.raises(NotFound):
        await counter.calls.take(ANNA, CallBackId(call.id + 1), 0)
    assert await looked(db) == []


async def test_taking_shows_the_number_and_is_recorded(counter: CounterCases, db: Connection, call: CallBack) -> None:
    taken = await counter.calls.take(ANNA, call.id, call.rev)
    assert (taken.phone, taken.messenger, taken.call.word) == ("+7 900 111-22-33", "telegram", call.word)
    assert await looked(db) == [("login1", "call.taken", f"call:{call.id}")]
    assert (await counter.calls.shown(ANNA, call.id)).phone == "+7 900 111-22-33"
    with pytest.raises(CallChanged):
        await counter.calls.shown(SENIOR, call.id)


async def test_two_operators_do_not_call_one_resident(counter: CounterCases, db: Connection, call: CallBack) -> None:
    taken = (await counter.calls.take(ANNA, call.id, call.rev)).call
    with pytest.raises(CallTaken) as refused:
        await counter.calls.take(SENIOR, call.id, taken.rev)
    assert refused.value.by == ANNA.name
    over = (await counter.calls.take(SENIOR, call.id, taken.rev, over=True)).call
    with pytest.raises(CallChanged):
        await counter.calls.settle(ANNA, call.id, taken.rev, CallOutcome.DONE)
    await db.execute("UPDATE call_backs SET taken_at = taken_at - interval '16 minutes'")
    await counter.calls.take(ANNA, call.id, over.rev)


async def take_at_once(
    engine: AsyncEngine, city: City, clock: CityClock, hasher: HmacCodeHasher, call: CallBack
) -> list[bool]:
    async def take(member: Member) -> bool:
        async with driver_connection(engine) as connection, connection.transaction():
            counter = build_counter(connection, city, clock, hasher, Looks(PostgresLooks(connection)))
            try:
                await counter.calls.take(member, call.id, call.rev)
            except (CallTaken, CallChanged):
                return False
            await asyncio.sleep(0.05)
            return True

    return sorted(await asyncio.gather(take(ANNA), take(SENIOR)))


async def test_of_two_who_take_it_at_once_one_does(
    engine: AsyncEngine, city: City, city_clock: CityClock, hasher: HmacCodeHasher, call: CallBack
) -> None:
    assert await take_at_once(engine, city, city_clock, hasher, call) == [False, True]


async def test_without_revision_and_holder_both_would_call(
    engine: AsyncEngine,
    city: City,
    city_clock: CityClock,
    hasher: HmacCodeHasher,
    call: CallBack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bare = call_backs._TAKE.replace("rev = $2", "$2::int IS NOT NULL").replace("($4 OR", "(true OR $4 OR")
    monkeypatch.setattr(call_backs, "_TAKE", bare)
    assert await take_at_once(engine, city, city_clock, hasher, call) == [True, True]


async def test_a_form_sent_twice_settles_once(counter: CounterCases, db: Connection, call: CallBack) -> None:
    taken = (await counter.calls.take(ANNA, call.id, call.rev)).call
    assert await counter.calls.settle(ANNA, call.id, taken.rev, CallOutcome.NO_ANSWER) is CallStatus.OPEN
    with pytest.raises(CallChanged):
        await counter.calls.settle(ANNA, call.id, taken.rev, CallOutcome.NO_ANSWER)
    assert await db.fetchval("SELECT attempts FROM call_backs") == 1
    assert len(await told(db)) == 1


async def test_without_its_revision_it_would_count_twice(
    counter: CounterCases, db: Connection, call: CallBack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_backs, "_CHANGE", call_backs._CHANGE.replace("rev = $2", "$2::int IS NOT NULL"))
    for _ in range(2):
        await counter.calls.settle(ANNA, call.id, call.rev, CallOutcome.NO_ANSWER)
    assert await db.fetchval("SELECT attempts FROM call_backs") == 2


async def test_nobody_answers_and_it_is_told_where_the_resident_was_last(
    counter: CounterCases, db: Connection, story: Story, call: CallBack
) -> None:
    other = await story.chat(ChatAddress("vk", "9", "700"))
    await db.execute("UPDATE chats SET resident_id = 1, used_at = now() WHERE id = $1", other)
    rev = call.rev
    for attempt in range(1, MOST_ATTEMPTS + 1):
        status = await counter.calls.settle(ANNA, call.id, rev, CallOutcome.NO_ANSWER)
        assert status is (CallStatus.MISSED if attempt == MOST_ATTEMPTS else CallStatus.OPEN)
        rev += 1
    assert await told(db) == [("700", {"kind": "call_missed", "subject": str(call.id)})] * MOST_ATTEMPTS
    assert await counter.calls.waiting(ANNA) == []


async def test_the_next_try_is_in_an_hour_of_work(counter: CounterCases, db: Connection, call: CallBack) -> None:
    await counter.calls.settle(ANNA, call.id, call.rev, CallOutcome.NO_ANSWER)
    assert await db.fetchval("SELECT wanted_at FROM call_backs") == datetime(2022, 2, 16, 6, 0, tzinfo=UTC)


async def test_they_agree_on_another_hour_of_those_there_are(
    counter: CounterCases, db: Connection, call: CallBack
) -> None:
    for hour in (None, TEN + timedelta(minutes=1), TEN - timedelta(days=2)):
        with pytest.raises(NoSuchHour):
            await counter.calls.settle(ANNA, call.id, call.rev, CallOutcome.AGAIN, hour)
    later = TEN + timedelta(days=1)
    assert await counter.calls.settle(ANNA, call.id, call.rev, CallOutcome.AGAIN, later) is CallStatus.OPEN
    assert await db.fetchval("SELECT wanted_at FROM call_backs") == later
    assert await told(db) == []


async def test_settled_is_settled(counter: CounterCases, use_cases: UseCases, db: Connection, call: CallBack) -> None:
    assert await counter.calls.settle(ANNA, call.id, call.rev, CallOutcome.DONE) is CallStatus.DONE
    assert tuple(await db.fetchrow("SELECT settled_by, settled_at > asked_at FROM call_backs")) == (ANNA.name, True)
    with pytest.raises(CallChanged):
        await counter.calls.settle(ANNA, call.id, call.rev + 1, CallOutcome.DONE)
    assert (await use_cases.call_backs.cancel(call.id, ResidentId(1))).status is CallStatus.DONE


async def test_a_call_whose_hour_has_gone_by_is_late(counter: CounterCases, db: Connection, call: CallBack) -> None:
    await db.execute("UPDATE call_backs SET wanted_at = wanted_at - interval '2 days'")
    assert [line.late for line in await counter.calls.waiting(ANNA)] == [True]


# --- how long it is kept


async def test_numbers_go_after_a_month_and_calls_after_a_year(
    engine: AsyncEngine, db: Connection, use_cases: UseCases, chat: ChatId, call: CallBack
) -> None:
    await db.execute("UPDATE call_backs SET stored_at = stored_at - interval '31 days'")
    await use_cases.call_backs.ask(wanted(chat, "7:2", organisation="МП трест «Теплофикация»"))
    await purge(engine)
    kept = await db.fetch("SELECT phone, word = '' AS bare, status FROM call_backs ORDER BY id")
    assert [tuple(row) for row in kept] == [("", True, "missed"), ("9001112233", False, "open")]
    assert await purge(engine) == 0
    await db.execute("UPDATE call_backs SET stored_at = stored_at - interval '400 days'")
    await purge(engine)
    assert await db.fetchval("SELECT count(*) FROM call_backs") == 0


async def test_chats_that_join_keep_one_call_of_an_organisation(
    use_cases: UseCases, db: Connection, story: Story, chat: ChatId, call: CallBack
) -> None:
    other = await story.chat(ChatAddress("vk", "9", "700"))
    second = await db.fetchval("INSERT INTO residents (language) VALUES ('ru') RETURNING id")
    await db.execute("UPDATE chats SET resident_id = $1 WHERE id = $2", second, other)
    await use_cases.call_backs.ask(wanted(other, "8:1", resident=ResidentId(second)))
    await use_cases.second_chats.chats.merge(ResidentId(second), ResidentId(1))
    kept = await use_cases.call_backs.open_of(ResidentId(1))
    assert [one.id for one in kept] == [call.id]
    assert await db.fetchval("SELECT count(*) FROM call_backs WHERE resident_id = 1") == 2
