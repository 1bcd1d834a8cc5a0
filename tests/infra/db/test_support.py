"""Tickets: a question is kept once, with its text, its files, its versions and its history."""

from dataclasses import replace
from datetime import timedelta

import pytest
from asyncpg import Connection, PostgresError

from core.city import City
from core.clock import CityClock
from core.errors import NotFound
from core.ids import ChatId, TicketId
from core.periods import Period
from core.services import Service
from core.support.model import Author, EventKind, FileId, FileKind, FileState, Owner, TicketStatus, Topic
from core.support.ports import NewEvent, NewMessage, NewTicket, QueueFilter, SentFile
from core.support.use_cases import MOST_FILES, ClosedForGood, Questions, TooManyFiles, Words
from dialogs.ports import ChatAddress
from infra.db.desk import PostgresDesk
from infra.db.residents import PostgresResidents
from infra.db.support import PostgresTickets
from tests.conftest import FakeClock
from tests.infra.db.story import NOON, Story

WATER = "МП трест «Водоканал»"
PHOTO = SentFile(FileKind.PHOTO, "file-1")


def question(chat: ChatId, key: str = "1:1", text: str = "Вода ржавая") -> NewTicket:
    return NewTicket(key, chat, None, Topic.QUALITY, WATER, text, NOON)


@pytest.fixture
def tickets(db: Connection) -> PostgresTickets:
    return PostgresTickets(db)


@pytest.fixture
def questions(tickets: PostgresTickets, city: City, city_clock: CityClock) -> Questions:
    return Questions(tickets, city, city_clock)


@pytest.fixture
def desk(db: Connection) -> PostgresDesk:
    return PostgresDesk(db)


async def test_a_question_is_stored_with_all_that_is_known_of_it(tickets: PostgresTickets, story: Story) -> None:
    chat = await story.chat()
    new = replace(
        question(chat),
        service=Service.COLD_WATER,
        period=Period(2021, 12),
        due_at=NOON + timedelta(hours=4),
        message="17",
        files=(PHOTO,),
    )
    ticket = await tickets.open(new)
    assert (ticket.topic, ticket.status, ticket.opened_at) == (Topic.QUALITY, TicketStatus.OPEN, NOON)
    assert (ticket.service, ticket.period, ticket.due_at) == (Service.COLD_WATER, Period(2021, 12), new.due_at)
    (said,) = await tickets.messages(ticket.id)
    assert (said.author, said.text, said.at) == (Author.RESIDENT, "Вода ржавая", NOON)
    assert [(one.kind, one.state) for one in said.files] == [(FileKind.PHOTO, FileState.WAITING)]
    assert [one.sent for one in await tickets.waiting(ticket.id, chat)] == [PHOTO]


async def test_the_same_question_again_is_the_same_ticket(
    db: Connection, tickets: PostgresTickets, story: Story
) -> None:
    chat = await story.chat()
    first = await tickets.open(question(chat))
    assert await tickets.open(question(chat, text="Другой текст")) == first
    assert await tickets.open(question(chat, key="1:2")) != first
    assert await db.fetchval("SELECT count(*) FROM ticket_messages") == 2
    assert await db.fetchval("SELECT count(*) FROM ticket_events") == 2


async def test_words_that_a_database_cannot_hold_are_kept_without_what_is_wrong(
    tickets: PostgresTickets, story: Story
) -> None:
    ticket = await tickets.open(question(await story.chat(), text="12\x00 и \ud83d!"))
    assert (await tickets.messages(ticket.id))[0].text == "12 и ?!"


async def test_an_edit_keeps_both_versions_in_their_place(
    questions: Questions, tickets: PostgresTickets, desk: PostgresDesk, story: Story
) -> None:
    chat = await story.chat()
    owner = Owner(chat, None)
    ticket = await tickets.open(replace(question(chat, text="Счёт 300"), message="17"))
    await questions.add(ticket.id, owner, Words("1:2", "Ещё вопрос", "18"))
    for _ in range(2):
        await questions.edit(chat, "17", "Счёт 301")
    await questions.edit(chat, "17", "Счёт 302")
    await questions.edit(chat, "99", "Это не в вопросе")
    await questions.edit(ChatId(chat + 1), "18", "Это чужой чат")
    said = await tickets.messages(ticket.id)
    assert [(one.text, one.earlier) for one in said] == [("Счёт 302", ("Счёт 300", "Счёт 301")), ("Ещё вопрос", ())]
    kinds = [event.kind for event in await desk.events(ticket.id)]
    assert kinds == [EventKind.OPENED, EventKind.ADDED, EventKind.EDITED, EventKind.EDITED]


async def test_an_edit_of_what_was_read_is_new_to_the_operator(
    questions: Questions, tickets: PostgresTickets, desk: PostgresDesk, story: Story
) -> None:
    chat = await story.chat()
    ticket = await tickets.open(replace(question(chat), message="17"))
    assert len(await desk.queue(QueueFilter(unread=True))) == 1
    await tickets.save(replace(ticket, unread=False), _read())
    assert await desk.queue(QueueFilter(unread=True)) == []
    await questions.edit(chat, "17", "Вода чёрная")
    (line,) = await desk.queue(QueueFilter(unread=True))
    assert line.ticket.id == ticket.id


async def test_a_ticket_is_the_residents_in_every_messenger_and_nobody_elses(
    db: Connection, tickets: PostgresTickets, story: Story
) -> None:
    telegram, vk = await story.chat(), await story.chat(ChatAddress("vk", "9", "77"))
    stranger = await story.chat(ChatAddress("vk", "9", "78"))
    before = await tickets.open(question(telegram, "0:1"))
    resident = await PostgresResidents(db).create(telegram, "ru")
    other = await PostgresResidents(db).create(stranger, "ru")
    await db.execute("UPDATE chats SET resident_id = $1 WHERE id = $2", resident.id, vk)
    ticket = await tickets.open(replace(question(telegram), resident=resident.id))

    here, there = Owner(telegram, resident.id), Owner(vk, resident.id)
    assert await tickets.get(ticket.id, there) == ticket
    assert await tickets.get(before.id, there) == before  # asked before the consent, in a chat that is theirs
    for owner in (here, there):
        assert [line.ticket.id for line in await tickets.of(owner, 10)] == [ticket.id, before.id]
    assert [line.ticket.id for line in await tickets.of(here, 1)] == [ticket.id]
    for owner in (Owner(stranger, other.id), Owner(stranger, None), Owner(telegram, other.id), Owner(vk, None)):
        with pytest.raises(NotFound):
            await tickets.get(ticket.id, owner)
        assert ticket.id not in [line.ticket.id for line in await tickets.of(owner, 10)]


async def test_only_an_operators_words_of_that_ticket_are_told(
    tickets: PostgresTickets, desk: PostgresDesk, story: Story
) -> None:
    chat = await story.chat()
    one, other = await tickets.open(question(chat)), await tickets.open(question(chat, key="1:2"))
    own = (await tickets.messages(one.id))[0].id
    answer = await tickets.add(one.id, _said("Проверим", Author.OPERATOR))
    note = await tickets.add(one.id, _said("Опять он", Author.NOTE))
    assert answer is not None
    assert note is not None
    assert (await tickets.answer(one.id, answer)).text == "Проверим"
    for ticket, message in ((one.id, own), (one.id, note), (other.id, answer), (one.id, 10**9)):
        with pytest.raises(NotFound):
            await tickets.answer(ticket, message)
    (newest, oldest) = await tickets.of(Owner(chat, None), 10)
    assert (newest.answered, oldest.asked, oldest.answered) == ("", "Вода ржавая", "Проверим")


async def test_notes_are_not_shown_to_the_resident(
    questions: Questions, tickets: PostgresTickets, story: Story
) -> None:
    chat = await story.chat()
    ticket = await tickets.open(question(chat))
    await tickets.add(ticket.id, _said("Опять он", Author.NOTE))
    assert [one.text for one in await questions.said(ticket.id, Owner(chat, None))] == ["Вода ржавая"]


async def test_adding_to_a_closed_question_opens_it_for_a_while(
    questions: Questions, tickets: PostgresTickets, clock: FakeClock, story: Story
) -> None:
    chat = await story.chat()
    owner = Owner(chat, None)
    ticket = await tickets.open(question(chat))
    closed = await questions.solve(ticket.id, owner)
    assert (closed.status, closed.closed_at) == (TicketStatus.RESOLVED, clock.now())
    await questions.rate(ticket.id, owner, 5)
    assert (await questions.get(ticket.id, owner)).rating == 5
    again = await questions.add(ticket.id, owner, Words("1:2", "Не помогло"))
    assert (again.status, again.rating, again.unread) == (TicketStatus.OPEN, None, True)
    assert again.due_at is not None
    await questions.solve(ticket.id, owner)
    clock.move(days=15)
    for attempt in (questions.reopen(ticket.id, owner), questions.add(ticket.id, owner, Words("1:3", "Опять"))):
        with pytest.raises(ClosedForGood):
            await attempt
    assert [one.text for one in await tickets.messages(ticket.id)] == ["Вода ржавая", "Не помогло"]


async def test_the_same_words_again_are_said_once(questions: Questions, tickets: PostgresTickets, story: Story) -> None:
    chat = await story.chat()
    ticket = await tickets.open(question(chat))
    for _ in range(2):
        await questions.add(ticket.id, Owner(chat, None), Words("1:2", "Ещё", files=(PHOTO,)))
    assert [one.text for one in await tickets.messages(ticket.id)] == ["Вода ржавая", "Ещё"]
    assert await tickets.count_files(ticket.id) == 1


async def test_a_question_has_so_many_files_and_no_more(
    questions: Questions, tickets: PostgresTickets, story: Story
) -> None:
    chat = await story.chat()
    owner = Owner(chat, None)
    ticket = await tickets.open(replace(question(chat), files=(PHOTO,) * MOST_FILES))
    with pytest.raises(TooManyFiles):
        await questions.add(ticket.id, owner, Words("1:2", "", files=(PHOTO,)))
    await questions.add(ticket.id, owner, Words("1:2", "Слова помещаются"))


@pytest.mark.parametrize("stars", [0, 6, -1, 10**9])
async def test_no_other_rating_is_taken(
    questions: Questions, tickets: PostgresTickets, story: Story, stars: int
) -> None:
    chat = await story.chat()
    ticket = await tickets.open(question(chat))
    assert (await questions.rate(ticket.id, Owner(chat, None), 5)).rating is None  # it is open yet
    await questions.solve(ticket.id, Owner(chat, None))
    assert (await questions.rate(ticket.id, Owner(chat, None), stars)).rating is None


async def test_history_can_only_grow(db: Connection, tickets: PostgresTickets, story: Story) -> None:
    await tickets.open(question(await story.chat()))
    for statement in (
        "UPDATE ticket_events SET by = 'никто'",
        "DELETE FROM ticket_events",
        "TRUNCATE ticket_events",
    ):
        with pytest.raises(PostgresError, match="only added"):
            await db.execute(statement)


async def test_a_forgotten_residents_question_is_nobodys(
    db: Connection, tickets: PostgresTickets, desk: PostgresDesk, story: Story
) -> None:
    chat = await story.chat()
    resident = await PostgresResidents(db).create(chat, "ru")
    new = replace(question(chat), resident=resident.id, message="17", files=(PHOTO,))
    ticket = await tickets.open(new)
    await tickets.edit(chat, "17", "Вода чёрная", NOON)
    await db.execute("UPDATE ticket_files SET state = 'kept', content = 'xyz', name = 'Паспорт.jpg'")
    await PostgresResidents(db).forget(resident.id)
    rows = await db.fetch("SELECT text FROM ticket_messages")
    assert [row["text"] for row in rows] == ["", ""]
    kept = await db.fetchrow("SELECT state, content, name, remote FROM ticket_files")
    assert tuple(kept) == ("lost", None, "", None)
    again = await PostgresResidents(db).create(chat, "ru")
    assert await tickets.of(Owner(chat, again.id), 10) == []
    assert await desk.queue(QueueFilter(statuses=frozenset(TicketStatus))) == []
    with pytest.raises(NotFound):
        await desk.take(ticket.id)
    assert await tickets.edit(chat, "17", "Снова", NOON) is None


async def test_the_chat_that_was_answered_last_is_the_one_used_last(db: Connection, story: Story) -> None:
    chat = await story.chat()

    async def used() -> object:
        return await db.fetchval("SELECT used_at FROM chats WHERE id = $1", chat)

    assert await used() is None
    await db.execute("""UPDATE chats SET state = '{"rev": 1}' WHERE id = $1""", chat)
    first = await used()
    assert first is not None
    await db.execute("""UPDATE chats SET state = '{"rev": 1, "page": 2}', language = 'tt' WHERE id = $1""", chat)
    assert await used() == first  # told something unasked: the revision is the same
    await db.execute("""UPDATE chats SET state = '{"rev": 2}' WHERE id = $1""", chat)
    assert await used() != first


async def test_a_file_of_another_ticket_is_not_handed_out(
    db: Connection, tickets: PostgresTickets, desk: PostgresDesk, story: Story
) -> None:
    chat = await story.chat()
    one = await tickets.open(replace(question(chat), files=(PHOTO,)))
    other = await tickets.open(question(chat, key="1:2"))
    file = FileId(await db.fetchval("UPDATE ticket_files SET state = 'kept', content = 'xyz' RETURNING id"))
    assert (await desk.content(one.id, file))[1] == b"xyz"
    for ticket, number in ((other.id, file), (one.id, FileId(file + 1)), (TicketId(99), file)):
        with pytest.raises(NotFound):
            await desk.content(ticket, number)


def _read() -> NewEvent:
    return NewEvent(EventKind.READ, NOON, "Анна")


def _said(text: str, author: Author) -> NewMessage:
    return NewMessage(f"{author}:{text}", author, text, NOON, by="Анна")
