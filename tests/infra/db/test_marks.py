"""How far an answer has come: told from its calls, by a trigger of the outbox, for as long as the ticket is kept."""

from dataclasses import replace
from datetime import timedelta

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.clock import CityClock
from core.ids import TicketId
from core.support.desk import OperatorDesk
from core.support.marks import mark_of
from core.support.model import Mark, Operator, Topic
from core.support.ports import NewTicket, Told
from infra.db.desk import PostgresDesk
from infra.db.outbox import PostgresOutbox
from infra.db.purge import purge
from infra.db.support import PostgresTickets
from tests.infra.db.story import NOON, Story

ANNA = Operator("Анна")
TOLD = Told(calls=1, taken=1, blocked=False, given_up=False, age=timedelta())
MADE = """
INSERT INTO outbox (messenger, bot, peer, method, params, random_id, leased_until, turn)
VALUES ('telegram', '1', '500', 'sendMessage', '{}', 7, clock_timestamp(), $1) RETURNING id
"""


@pytest.mark.parametrize(
    ("told", "mark"),
    [
        (TOLD, Mark.DELIVERED),
        (replace(TOLD, calls=2, taken=2), Mark.DELIVERED),
        (replace(TOLD, calls=2), Mark.SENT),
        (replace(TOLD, taken=0), Mark.SENT),
        (replace(TOLD, calls=0, taken=0), Mark.WAITING),
        (replace(TOLD, calls=0, taken=0, age=timedelta(days=2)), Mark.UNKNOWN),
        (replace(TOLD, calls=0, taken=0, given_up=True), Mark.UNKNOWN),
        (replace(TOLD, calls=2, given_up=True), Mark.UNKNOWN),
        (replace(TOLD, blocked=True, given_up=True), Mark.BLOCKED),
    ],
)
def test_an_answer_is_as_far_as_the_last_of_its_calls(told: Told, mark: Mark) -> None:
    assert mark_of(told) is mark


@pytest.fixture
def desk(db: Connection, city: City, city_clock: CityClock) -> OperatorDesk:
    return OperatorDesk(PostgresDesk(db), city, city_clock)


@pytest.fixture
async def ticket(db: Connection, story: Story) -> TicketId:
    new = NewTicket("1:1", await story.chat(), None, Topic.QUALITY, "Водоканал", "Вода ржавая", NOON)
    return (await PostgresTickets(db).open(new)).id


async def answered(desk: OperatorDesk, ticket: TicketId, key: str = "k1") -> int:
    await desk.answer(ANNA, ticket, "Проверим.", key)
    return (await desk.show(ANNA, ticket)).messages[-1].id


async def mark(desk: OperatorDesk, ticket: TicketId, message: int) -> Mark:
    return (await desk.show(ANNA, ticket)).marks[message]


async def made(db: Connection, ticket: TicketId, message: int) -> int:
    """The turn that tells the answer makes a call."""
    return int(await db.fetchval(MADE, f"notice:answer:{ticket}:{message}"))


async def test_an_answer_goes_from_waiting_to_delivered(
    db: Connection, engine: AsyncEngine, desk: OperatorDesk, ticket: TicketId
) -> None:
    message = await answered(desk, ticket)
    assert await mark(desk, ticket, message) is Mark.WAITING
    text, picture = await made(db, ticket, message), await made(db, ticket, message)
    assert await mark(desk, ticket, message) is Mark.SENT
    await PostgresOutbox(engine).sent([text])
    assert await mark(desk, ticket, message) is Mark.SENT
    await PostgresOutbox(engine).sent([picture])
    assert await mark(desk, ticket, message) is Mark.DELIVERED


async def test_an_answer_that_did_not_get_there_says_so(
    db: Connection, engine: AsyncEngine, desk: OperatorDesk, ticket: TicketId
) -> None:
    waits = await answered(desk, ticket)
    for outcome, seen in (("blocked", Mark.BLOCKED), ("dead", Mark.UNKNOWN)):
        message = await answered(desk, ticket, outcome)
        await PostgresOutbox(engine).give_up([await made(db, ticket, message)], outcome)
        assert await mark(desk, ticket, message) is seen
    assert await mark(desk, ticket, waits) is Mark.WAITING


async def test_what_became_of_an_answer_outlives_the_rows_of_the_outbox(
    db: Connection, engine: AsyncEngine, desk: OperatorDesk, ticket: TicketId
) -> None:
    message = await answered(desk, ticket)
    await PostgresOutbox(engine).sent([await made(db, ticket, message)])
    await db.execute("UPDATE outbox SET sent_at = sent_at - interval '4 days'")
    await purge(engine)
    assert await db.fetchval("SELECT count(*) FROM outbox") == 0
    assert await mark(desk, ticket, message) is Mark.DELIVERED


async def test_a_turn_that_was_given_up_has_told_nothing(db: Connection, desk: OperatorDesk, ticket: TicketId) -> None:
    message = await answered(desk, ticket)
    await db.execute(
        "INSERT INTO dead_letters (messenger, bot, peer, key, raw, internal, received_at, attempts, error)"
        " VALUES ('telegram', '1', '500', $1, '', true, clock_timestamp(), 9, 'X')",
        f"notice:answer:{ticket}:{message}",
    )
    assert await mark(desk, ticket, message) is Mark.UNKNOWN


async def test_a_call_of_another_turn_is_noted_nowhere_and_is_made(db: Connection, ticket: TicketId) -> None:
    for rest in ("", "1:x", "1:2:3", "999:1", f"{ticket}:999", f"1:{'9' * 30}"):
        assert await db.fetchval(MADE, f"notice:answer:{rest}")
    assert await db.fetchval("SELECT count(*) FROM answer_calls") == 0


async def test_notes_and_the_residents_words_bear_no_mark(db: Connection, desk: OperatorDesk, ticket: TicketId) -> None:
    await desk.note(ANNA, ticket, "Опять он", "k1")
    assert (await desk.show(ANNA, ticket)).marks == {}
