"""Tickets: a question is kept once, with its text."""

import pytest
from asyncpg import Connection

from core.errors import NotFound
from core.ids import ChatId
from core.support.model import TicketStatus, Topic
from core.support.ports import NewTicket
from infra.db.support import PostgresTickets
from tests.infra.db.story import NOON, Story


def question(chat: ChatId, key: str = "1:1", text: str = "Вода ржавая") -> NewTicket:
    return NewTicket(key, chat, None, Topic.QUALITY, "МП трест «Водоканал»", text, NOON)


async def test_a_question_is_stored_with_its_text(db: Connection, story: Story) -> None:
    tickets = PostgresTickets(db)
    ticket = await tickets.open(question(await story.chat()))
    assert (ticket.topic, ticket.status, ticket.opened_at) == (Topic.QUALITY, TicketStatus.OPEN, NOON)
    row = await db.fetchrow("SELECT ticket_id, from_resident, text FROM ticket_messages")
    assert tuple(row) == (ticket.id, True, "Вода ржавая")


async def test_the_same_question_again_is_the_same_ticket(db: Connection, story: Story) -> None:
    tickets, chat = PostgresTickets(db), await story.chat()
    first = await tickets.open(question(chat))
    assert await tickets.open(question(chat, text="Другой текст")) == first
    assert await tickets.open(question(chat, key="1:2")) != first
    assert await db.fetchval("SELECT count(*) FROM ticket_messages") == 2


async def test_only_an_operators_message_of_that_ticket_is_told(db: Connection, story: Story) -> None:
    tickets, chat = PostgresTickets(db), await story.chat()
    one, other = await tickets.open(question(chat)), await tickets.open(question(chat, key="1:2"))
    own = await db.fetchval("SELECT id FROM ticket_messages WHERE ticket_id = $1", one.id)
    insert = "INSERT INTO ticket_messages (ticket_id, at, from_resident, text) VALUES ($1, $2, false, $3) RETURNING id"
    answer = await db.fetchval(insert, one.id, NOON, "Проверим")
    assert await tickets.message_text(one.id, answer) == "Проверим"
    for ticket, message in ((one.id, own), (other.id, answer), (one.id, 10**9)):
        with pytest.raises(NotFound):
            await tickets.message_text(ticket, message)
