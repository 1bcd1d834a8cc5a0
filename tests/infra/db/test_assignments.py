"""Who has a ticket: of two who take it up at once one wins, and nobody holds what is not theirs to see."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

import infra.db.support
from core.city import City
from core.clock import CityClock
from core.errors import NotFound
from core.ids import ChatId, MemberId, TicketId
from core.support.assignments import Assignments, HeldByAnother, NotTheirsToGive
from core.support.desk import OperatorDesk, SaidMeanwhile
from core.support.model import Author, EventKind, Operator, Owner, Topic
from core.support.ports import NewTicket, QueueFilter
from core.support.use_cases import Questions
from infra.db.desk import PostgresDesk
from infra.db.engine import driver_connection
from infra.db.support import PostgresTickets
from tests.infra.db.story import NOON, Story

WATER, HEAT = "МП трест «Водоканал»", "МП трест «Теплофикация»"


async def hired(db: Connection, name: str, *organisations: str, leads: bool = False) -> Operator:
    """Somebody at the desk."""
    insert = "INSERT INTO members (login, name, role, organisations, password) VALUES ($1, $1, $2, $3, '') RETURNING id"
    number = await db.fetchval(insert, name, "senior" if leads else "operator", list(organisations) or None)
    return Operator(name, frozenset(organisations) or None, MemberId(number), leads)


@pytest.fixture
async def anna(db: Connection) -> Operator:
    return await hired(db, "Анна", WATER)


@pytest.fixture
async def boris(db: Connection) -> Operator:
    return await hired(db, "Борис", WATER, HEAT)


@pytest.fixture
async def vera(db: Connection) -> Operator:
    return await hired(db, "Вера", leads=True)


@pytest.fixture
async def of_heat(db: Connection) -> Operator:
    return await hired(db, "Глеб", HEAT)


@pytest.fixture
async def chat(story: Story) -> ChatId:
    return await story.chat()


@pytest.fixture
async def ticket(db: Connection, chat: ChatId) -> TicketId:
    new = NewTicket("1:1", chat, None, Topic.QUALITY, WATER, "Вода ржавая", NOON)
    return (await PostgresTickets(db).open(new)).id


@pytest.fixture
def assignments(db: Connection, city_clock: CityClock) -> Assignments:
    return Assignments(PostgresDesk(db), city_clock)


@pytest.fixture
def desk(db: Connection, city: City, city_clock: CityClock) -> OperatorDesk:
    return OperatorDesk(PostgresDesk(db), city, city_clock)


async def history(db: Connection, ticket: TicketId) -> list[EventKind]:
    return [event.kind for event in await PostgresDesk(db).events(ticket)][1:]


async def test_a_ticket_is_taken_up_once_and_let_go(
    db: Connection, assignments: Assignments, anna: Operator, boris: Operator, ticket: TicketId
) -> None:
    for _ in range(2):
        assert (await assignments.take_up(anna, ticket)).assignee == anna.member
    with pytest.raises(HeldByAnother) as refused:
        await assignments.take_up(boris, ticket)
    assert refused.value.holder == anna.member
    with pytest.raises(HeldByAnother):
        await assignments.let_go(boris, ticket)
    for _ in range(2):
        assert (await assignments.let_go(anna, ticket)).assignee is None
    assert await history(db, ticket) == [EventKind.TAKEN_UP, EventKind.LET_GO]


async def test_a_ticket_is_taken_over_only_from_whom_it_is_believed_to_be(
    assignments: Assignments, anna: Operator, boris: Operator, vera: Operator, ticket: TicketId
) -> None:
    await assignments.take_up(anna, ticket)
    with pytest.raises(HeldByAnother):
        await assignments.take_up(boris, ticket, over=vera.member)
    assert (await assignments.take_up(boris, ticket, over=anna.member)).assignee == boris.member
    with pytest.raises(HeldByAnother) as refused:  # Вера looked before Борис had it
        await assignments.take_up(vera, ticket, over=anna.member)
    assert refused.value.holder == boris.member


async def test_who_leads_gives_tickets_to_those_who_may_see_them(
    db: Connection, assignments: Assignments, anna: Operator, vera: Operator, of_heat: Operator, ticket: TicketId
) -> None:
    assert anna.member is not None
    assert of_heat.member is not None
    with pytest.raises(NotTheirsToGive):
        await assignments.give(anna, ticket, anna.member)
    for nobody in (of_heat.member, MemberId(10**9)):
        with pytest.raises(NotFound):
            await assignments.give(vera, ticket, nobody)
    for _ in range(2):
        assert (await assignments.give(vera, ticket, anna.member)).assignee == anna.member
    assert (await assignments.let_go(vera, ticket)).assignee is None
    assert await history(db, ticket) == [EventKind.GIVEN, EventKind.LET_GO]
    await db.execute("UPDATE members SET active = false WHERE id = $1", anna.member)
    with pytest.raises(NotFound):
        await assignments.give(vera, ticket, anna.member)


async def test_another_organisations_ticket_is_not_there_to_take(
    assignments: Assignments, of_heat: Operator, ticket: TicketId
) -> None:
    assert of_heat.member is not None
    for act in (
        assignments.take_up(of_heat, ticket),
        assignments.let_go(of_heat, ticket),
        assignments.give(of_heat, ticket, of_heat.member),
        assignments.expect(of_heat, ticket, None),
    ):
        with pytest.raises(NotFound):
            await act


async def test_the_command_line_holds_no_ticket(assignments: Assignments, desk: OperatorDesk, ticket: TicketId) -> None:
    with pytest.raises(NotTheirsToGive):
        await assignments.take_up(Operator("console"), ticket)
    assert (await desk.answer(Operator("console"), ticket, "Проверим.", "k1")).assignee is None


async def test_whoever_answers_first_has_it_and_another_is_asked(
    desk: OperatorDesk, assignments: Assignments, anna: Operator, boris: Operator, ticket: TicketId
) -> None:
    assert (await desk.answer(anna, ticket, "Проверим.", "k1")).assignee == anna.member
    await assignments.expect(anna, ticket, None)
    with pytest.raises(HeldByAnother):
        await assignments.expect(boris, ticket, None)
    await assignments.expect(boris, ticket, anna.member)
    assert (await desk.answer(boris, ticket, "И я.", "k2")).assignee == anna.member


async def test_a_ticket_that_moves_is_nobodys_and_one_that_opens_again_stays(
    desk: OperatorDesk,
    db: Connection,
    city: City,
    city_clock: CityClock,
    anna: Operator,
    chat: ChatId,
    ticket: TicketId,
) -> None:
    await desk.answer(anna, ticket, "Проверим.", "k1")
    await desk.close(anna, ticket, "k2")
    again = await Questions(PostgresTickets(db), city, city_clock).reopen(ticket, Owner(chat, None))
    assert again.assignee == anna.member
    assert (await desk.transfer(anna, ticket, "teplofikaciya", "Не наше", "k3")).assignee is None


async def test_the_queue_knows_whose_a_ticket_is(
    desk: OperatorDesk, assignments: Assignments, anna: Operator, boris: Operator, ticket: TicketId
) -> None:
    assert (await desk.tally(anna)).free == 1
    await assignments.take_up(anna, ticket)
    assert [line.ticket.assignee for line in await desk.queue(boris, QueueFilter())] == [anna.member]
    assert await desk.queue(boris, QueueFilter(free=True)) == []
    assert await desk.queue(boris, QueueFilter(assignee=boris.member)) == []
    assert len(await desk.queue(anna, QueueFilter(assignee=anna.member))) == 1
    assert ((await desk.tally(anna)).mine, (await desk.tally(boris)).mine) == (1, 0)


async def test_the_same_answer_again_is_no_second_one_although_its_sender_had_not_seen_it(
    desk: OperatorDesk, anna: Operator, ticket: TicketId
) -> None:
    seen = (await desk.show(anna, ticket)).last
    for _ in range(2):
        await desk.answer(anna, ticket, "Проверим.", "k1", seen=seen)
    said = (await desk.show(anna, ticket)).messages
    assert [one.text for one in said if one.author is Author.OPERATOR] == ["Проверим."]


# --- at once -----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def at_once(engine: AsyncEngine, city_clock: CityClock) -> AsyncIterator[tuple[Assignments, Connection]]:
    """A transaction of one's own."""
    async with driver_connection(engine) as connection, connection.transaction():
        yield Assignments(PostgresDesk(connection), city_clock), connection


async def both_take(engine: AsyncEngine, city_clock: CityClock, ticket: TicketId, *operators: Operator) -> list[str]:
    """All try at the same moment: each has read the ticket, or waits to, before any of them commits."""
    begun = asyncio.Barrier(len(operators))

    async def take(operator: Operator) -> str:
        async with at_once(engine, city_clock) as (assignments, connection):
            await connection.fetchval("SELECT 1")
            await begun.wait()
            held = await assignments.take_up(operator, ticket)
            await asyncio.sleep(0.1)
            return f"{held.assignee}"

    taken = await asyncio.gather(*map(take, operators), return_exceptions=True)
    assert all(isinstance(one, str | HeldByAnother) for one in taken), taken
    return [one for one in taken if isinstance(one, str)]


async def test_of_two_who_take_a_ticket_at_once_one_wins(
    db: Connection, engine: AsyncEngine, city_clock: CityClock, anna: Operator, boris: Operator, ticket: TicketId
) -> None:
    winners = await both_take(engine, city_clock, ticket, anna, boris)
    assert winners == [str(await db.fetchval("SELECT assignee_id FROM tickets"))]
    assert await history(db, ticket) == [EventKind.TAKEN_UP]


async def test_without_the_lock_both_would_win(
    monkeypatch: pytest.MonkeyPatch,
    db: Connection,
    engine: AsyncEngine,
    city_clock: CityClock,
    anna: Operator,
    boris: Operator,
    ticket: TicketId,
) -> None:
    """The twin: each reads a free ticket, and each is told that it is theirs."""
    unprotected = re.sub("FOR UPDATE", "", infra.db.support._TAKE)
    assert unprotected != infra.db.support._TAKE
    monkeypatch.setattr(infra.db.support, "_TAKE", unprotected)
    assert len(await both_take(engine, city_clock, ticket, anna, boris)) == 2


async def answered_at_once(engine: AsyncEngine, city: City, city_clock: CityClock, ticket: TicketId) -> list[object]:
    begun = asyncio.Barrier(2)

    async def answer(name: str) -> None:
        async with driver_connection(engine) as connection, connection.transaction():
            desk = OperatorDesk(PostgresDesk(connection), city, city_clock)
            seen = await connection.fetchval("SELECT max(id) FROM ticket_messages")
            await begun.wait()
            await desk.answer(Operator(name), ticket, f"Отвечает {name}", f"key of {name}", seen=seen)
            await asyncio.sleep(0.1)

    return list(await asyncio.gather(answer("Анна"), answer("Борис"), return_exceptions=True))


async def test_of_two_answers_at_once_the_second_asks(
    engine: AsyncEngine, city: City, city_clock: CityClock, ticket: TicketId
) -> None:
    outcomes = await answered_at_once(engine, city, city_clock, ticket)
    assert {type(one) for one in outcomes} == {type(None), SaidMeanwhile}


async def test_without_the_lock_the_resident_would_be_answered_twice(
    monkeypatch: pytest.MonkeyPatch,
    engine: AsyncEngine,
    city: City,
    city_clock: CityClock,
    ticket: TicketId,
) -> None:
    """The twin: neither sees what the other is just writing."""
    monkeypatch.setattr(infra.db.support, "_TAKE", re.sub("FOR UPDATE", "", infra.db.support._TAKE))
    assert await answered_at_once(engine, city, city_clock, ticket) == [None, None]
