"""What operators do to tickets, and how residents hear of it: in one transaction, in the chat they used last."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from asyncpg import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from core.city import City
from core.clock import CityClock
from core.errors import NotFound
from core.ids import ChatId, TicketId
from core.periods import Period
from core.services import Service
from core.support.desk import LONGEST_ANSWER, BadAnswer, OperatorDesk, SaidMeanwhile, UnknownOrganisation
from core.support.model import EventKind, FileKind, Operator, Owner, TicketStatus, Topic
from core.support.ports import NewTicket, Place, QueueFilter, SentFile
from core.support.use_cases import Question, Questions, Words
from dialogs.ports import ChatAddress
from dialogs.screen import File, Form
from infra.attachments import made_file
from infra.codes import HmacCodeHasher
from infra.db.desk import PostgresDesk, PostgresTicketFiles, operator_desk
from infra.db.residents import PostgresResidents
from infra.db.support import PostgresTickets
from infra.files import PostgresFiles
from tests.conftest import FakeClock
from tests.desks import open_tickets
from tests.infra.db.story import CHAT, NOON, Story
from tests.infra.test_attachments import jpeg

WATER, HEAT, AGENT = "МП трест «Водоканал»", "МП трест «Теплофикация»", "ООО «ЕРКЦ»"
VK = ChatAddress("vk", "9", "77")
ANNA = Operator("Анна")
OF_HEAT = Operator("Борис", frozenset({HEAT}))


@pytest.fixture
def desk(db: Connection, city: City, city_clock: CityClock) -> OperatorDesk:
    return OperatorDesk(PostgresDesk(db), city, city_clock)


@pytest.fixture
def questions(db: Connection, city: City, city_clock: CityClock) -> Questions:
    return Questions(PostgresTickets(db), city, city_clock)


@pytest.fixture
async def chat(story: Story) -> ChatId:
    return await story.chat()


@pytest.fixture
async def ticket(db: Connection, chat: ChatId) -> TicketId:
    new = NewTicket("1:1", chat, None, Topic.QUALITY, WATER, "Вода ржавая", NOON)
    return (await PostgresTickets(db).open(new)).id


async def told(db: Connection) -> Sequence[tuple[str, str, str]]:
    """The notices in the inbox: messenger, kind, subject."""
    rows = await db.fetch("SELECT messenger, raw FROM inbox WHERE internal ORDER BY id")
    notices = [(row["messenger"], json.loads(row["raw"])["notice"]) for row in rows]
    return [(messenger, notice["kind"], notice["subject"]) for messenger, notice in notices]


async def test_an_answer_and_its_notice_come_together(db: Connection, desk: OperatorDesk, ticket: TicketId) -> None:
    answered = await desk.answer(ANNA, ticket, " Проверим. ", "k1")
    assert (answered.status, answered.unread, answered.due_at) == (TicketStatus.ANSWERED, False, None)
    dossier = await desk.show(ANNA, ticket)
    assert [(one.text, one.by) for one in dossier.messages] == [("Вода ржавая", ""), ("Проверим.", "Анна")]
    assert await told(db) == [("telegram", "answer", f"{ticket}:{dossier.messages[1].id}")]


async def test_the_same_answer_again_is_told_once(db: Connection, desk: OperatorDesk, ticket: TicketId) -> None:
    for _ in range(2):
        await desk.answer(ANNA, ticket, "Проверим.", "k1")
    assert len(await told(db)) == 1
    assert [event.kind for event in (await desk.show(ANNA, ticket)).events] == [EventKind.OPENED, EventKind.ANSWERED]


async def test_an_answer_that_is_rolled_back_is_not_told(
    db: Connection, engine: AsyncEngine, city: City, city_clock: CityClock, ticket: TicketId
) -> None:
    async def answer_and_fail() -> None:
        async with operator_desk(engine, city, city_clock) as desk:
            await desk.answer(ANNA, ticket, "Проверим.", "k1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await answer_and_fail()
    assert await told(db) == []
    ((waiting, text),) = await open_tickets(engine)
    assert (waiting.id, text) == (ticket, "Вода ржавая")


@pytest.mark.parametrize("text", ["", "  \n", "я" * (LONGEST_ANSWER + 1)])
async def test_an_answer_says_something_and_fits_in_one_message(
    db: Connection, desk: OperatorDesk, ticket: TicketId, text: str
) -> None:
    with pytest.raises(BadAnswer):
        await desk.answer(ANNA, ticket, text, "k1")
    assert await told(db) == []


async def test_a_second_operator_is_told_what_was_said_meanwhile(desk: OperatorDesk, ticket: TicketId) -> None:
    seen = (await desk.show(ANNA, ticket)).messages[-1].id
    await desk.note(OF_ALL, ticket, "Заметка никому не мешает", "k0")
    await desk.answer(ANNA, ticket, "Проверим.", "k1", seen=seen)
    with pytest.raises(SaidMeanwhile) as raised:
        await desk.answer(OF_ALL, ticket, "Уже проверили.", "k2", seen=seen)
    await desk.answer(OF_ALL, ticket, "Уже проверили.", "k2", seen=raised.value.last)


OF_ALL = Operator("Вера", frozenset({WATER, HEAT, AGENT}))


async def test_news_go_to_the_chat_the_resident_used_last(
    db: Connection, desk: OperatorDesk, story: Story, chat: ChatId
) -> None:
    resident = await PostgresResidents(db).create(chat, "ru")
    other = await story.chat(VK)
    await db.execute("UPDATE chats SET resident_id = $1 WHERE id = $2", resident.id, other)
    new = NewTicket("1:2", chat, resident.id, Topic.OTHER, WATER, "Где вы?", NOON)
    ticket = (await PostgresTickets(db).open(new)).id
    for used, key in ((chat, "k1"), (other, "k2"), (chat, "k3")):
        await db.execute("UPDATE chats SET state = jsonb_build_object('rev', random()) WHERE id = $1", used)
        await desk.answer(ANNA, ticket, "Здесь.", key)
    assert [messenger for messenger, *_ in await told(db)] == ["telegram", "vk", "telegram"]


async def test_before_the_consent_the_chat_itself_is_told(db: Connection, desk: OperatorDesk, ticket: TicketId) -> None:
    await desk.answer(ANNA, ticket, "Здесь.", "k1")
    assert [messenger for messenger, *_ in await told(db)] == ["telegram"]


async def test_a_chat_that_is_another_residents_by_now_hears_nothing(
    db: Connection, desk: OperatorDesk, story: Story, chat: ChatId
) -> None:
    residents = PostgresResidents(db)
    first = await residents.create(chat, "ru")
    second = await residents.create(await story.chat(VK), "ru")
    new = NewTicket("1:2", chat, first.id, Topic.OTHER, WATER, "Где вы?", NOON)
    ticket = (await PostgresTickets(db).open(new)).id
    await db.execute("UPDATE chats SET resident_id = $1 WHERE id = $2", second.id, chat)
    await desk.answer(ANNA, ticket, "Здесь.", "k1")
    assert await told(db) == []


async def test_a_ticket_goes_to_another_organisation_with_its_history(
    db: Connection, desk: OperatorDesk, ticket: TicketId
) -> None:
    await desk.answer(ANNA, ticket, "Не наше.", "k1")
    moved = await desk.transfer(ANNA, ticket, "teplofikaciya", "Это горячая вода", "k2")
    assert (moved.organisation, moved.status, moved.unread) == (HEAT, TicketStatus.OPEN, True)
    assert moved.due_at is not None
    dossier = await desk.show(OF_HEAT, ticket)
    assert [one.text for one in dossier.messages] == ["Вода ржавая", "Не наше.", "Это горячая вода"]
    assert dossier.events[-1].facts == {"from": WATER, "to": HEAT}
    assert dossier.events[-1].by == "Анна"
    assert (await told(db))[-1] == ("telegram", "ticket_transferred", f"{ticket}:k2")


@pytest.mark.parametrize("to", ["Горгаз", "vodokanal", WATER])
async def test_a_ticket_goes_to_no_unknown_organisation_nor_to_its_own(
    db: Connection, desk: OperatorDesk, ticket: TicketId, to: str
) -> None:
    with pytest.raises(UnknownOrganisation):
        await desk.transfer(ANNA, ticket, to, "Почему", "k1")
    assert await told(db) == []


async def test_a_ticket_goes_nowhere_without_a_note(desk: OperatorDesk, ticket: TicketId) -> None:
    with pytest.raises(BadAnswer):
        await desk.transfer(ANNA, ticket, "teplofikaciya", " ", "k1")


async def test_a_ticket_of_another_organisation_does_not_exist_for_an_operator(
    db: Connection, desk: OperatorDesk, ticket: TicketId
) -> None:
    assert await desk.queue(OF_HEAT, QueueFilter()) == []
    assert await desk.queue(OF_HEAT, QueueFilter(organisations=frozenset({WATER}))) == []
    for act in (
        desk.show(OF_HEAT, ticket),
        desk.read(OF_HEAT, ticket),
        desk.answer(OF_HEAT, ticket, "Здравствуйте", "k1"),
        desk.note(OF_HEAT, ticket, "Заметка", "k2"),
        desk.transfer(OF_HEAT, ticket, "teplofikaciya", "Моё", "k3"),
        desk.close(OF_HEAT, ticket, "k4"),
    ):
        with pytest.raises(NotFound):
            await act
    assert await told(db) == []
    assert len((await desk.show(ANNA, ticket)).messages) == 1


async def test_a_closed_ticket_leaves_the_queue_and_asks_for_a_rating_once(
    db: Connection, desk: OperatorDesk, questions: Questions, chat: ChatId, ticket: TicketId
) -> None:
    for key in ("k1", "k2"):
        await desk.close(ANNA, ticket, key)
    assert await desk.queue(ANNA, QueueFilter()) == []
    assert await told(db) == [("telegram", "ticket_closed", f"{ticket}:k1")]
    await questions.rate(ticket, Owner(chat, None), 4)
    dossier = await desk.show(ANNA, ticket)
    assert dossier.ticket.rating == 4
    assert dossier.events[-1].facts == {"stars": 4}
    await questions.reopen(ticket, Owner(chat, None))
    await desk.close(ANNA, ticket, "k3")
    assert (await told(db))[-1] == ("telegram", "ticket_closed", f"{ticket}:k3")


async def test_the_queue_is_in_the_order_of_asking_and_has_pages(
    desk: OperatorDesk, questions: Questions, chat: ChatId
) -> None:
    asked = []
    for number in range(5):
        service = Service.HEATING if number % 2 else Service.COLD_WATER
        about = (Topic.CHARGES, service, Period(2022, 1))
        asked.append((await questions.ask(Question(f"q{number}", chat, None, *about, f"Вопрос {number}"))).id)
    first = await desk.queue(ANNA, QueueFilter(limit=2))
    assert [line.ticket.id for line in first] == asked[:2]
    rest = await desk.queue(ANNA, QueueFilter(after=Place(first[-1].ticket.id)))
    assert [line.ticket.id for line in rest] == asked[2:]
    assert [line.asked for line in await desk.queue(OF_HEAT, QueueFilter())] == ["Вопрос 1", "Вопрос 3"]
    assert await desk.queue(ANNA, QueueFilter(topic=Topic.METER)) == []


async def test_reading_is_remembered_until_the_resident_says_more(
    desk: OperatorDesk, questions: Questions, chat: ChatId, ticket: TicketId
) -> None:
    for _ in range(2):
        assert not (await desk.read(ANNA, ticket)).unread
    assert [event.kind for event in (await desk.show(ANNA, ticket)).events] == [EventKind.OPENED, EventKind.READ]
    await questions.add(ticket, Owner(chat, None), Words("1:2", "И ещё"))
    assert (await desk.show(ANNA, ticket)).ticket.unread


async def test_who_waits_keeps_the_time_that_was_promised(
    desk: OperatorDesk, questions: Questions, clock: FakeClock, chat: ChatId
) -> None:
    question = Question("q", chat, None, Topic.QUALITY, Service.COLD_WATER, None, "Нет воды")
    ticket = await questions.ask(question)
    assert ticket.due_at == clock.now() + timedelta(hours=4)
    clock.move(hours=1)
    assert (await questions.add(ticket.id, Owner(chat, None), Words("1:2", "Так и нет"))).due_at == ticket.due_at
    await desk.answer(ANNA, ticket.id, "Чиним.", "k1")
    again = await questions.add(ticket.id, Owner(chat, None), Words("1:3", "Всё ещё нет"))
    assert again.due_at == clock.now() + timedelta(hours=4)


# --- files -------------------------------------------------------------------------------------------------------


async def test_an_operators_picture_reaches_the_chat_that_asked_and_no_other(
    engine: AsyncEngine,
    city: City,
    clock: FakeClock,
    hasher: HmacCodeHasher,
    story: Story,
    desk: OperatorDesk,
    ticket: TicketId,
) -> None:
    picture = made_file(FileKind.FILE, "схема.jpg", jpeg())
    await desk.answer(ANNA, ticket, "", "k1", file=picture)
    (answer,) = [one for one in (await desk.show(ANNA, ticket)).messages if one.files]
    files = PostgresFiles(engine, city, clock, hasher)
    file = File(Form.TICKET_PICTURE, detail=str(answer.files[0].id))
    content = await files.get(file, CHAT, "ru")
    assert (content.name, content.content) == ("схема.jpg", picture.content)
    await story.chat(VK)
    for forged, address in (
        (file, VK),
        (file, ChatAddress("vk", "9", "404")),
        (replace(file, detail="99999"), CHAT),
        (replace(file, detail="1; DROP TABLE tickets"), CHAT),
        (replace(file, detail=None), CHAT),
    ):
        with pytest.raises(NotFound):
            await files.get(forged, address, "ru")


async def test_a_residents_file_is_kept_once_and_lost_for_good(
    db: Connection, engine: AsyncEngine, chat: ChatId, desk: OperatorDesk
) -> None:
    sent = (SentFile(FileKind.PHOTO, "a"), SentFile(FileKind.FILE, "b", "акт.pdf"))
    new = NewTicket("1:2", chat, None, Topic.OTHER, WATER, "Файлы", NOON, files=sent)
    ticket = (await PostgresTickets(db).open(new)).id
    first, second = await PostgresTickets(db).waiting(ticket, chat)
    archive = PostgresTicketFiles(engine)
    await archive.keep(first.id, made_file(FileKind.PHOTO, "", jpeg()))
    await archive.keep(first.id, made_file(FileKind.FILE, "x", b"something else"))
    assert not await archive.lose(first.id)
    assert await archive.lose(second.id)
    await archive.keep(second.id, made_file(FileKind.FILE, "x", b"too late"))
    shown, content = await desk.content(ANNA, ticket, first.id)
    assert shown.media_type == "image/jpeg"
    assert content.startswith(b"\xff\xd8")
    with pytest.raises(NotFound):
        await desk.content(ANNA, ticket, second.id)
