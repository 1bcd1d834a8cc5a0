"""Talks with operators on both messengers, by polling and by webhook: files, edits, answers, transfer, rating."""

import asyncio
import uuid
from io import BytesIO

import asyncpg
from PIL import Image

from core.ids import TicketId
from core.support.model import FileKind, FileState, Message, Operator, TicketStatus
from core.support.ports import QueueFilter
from infra.attachments import made_file
from infra.db.desk import operator_desk
from sandbox.phone import Phone
from tests.infra.test_attachments import jpeg, with_place
from tests.journeys.conftest import House
from tests.journeys.test_main_job import agree

WATER, HEAT = "МП трест «Водоканал»", "МП трест «Теплофикация»"
ANNA = Operator("Анна Оператор", frozenset({WATER}))
BORIS = Operator("Борис Оператор", frozenset({HEAT}))
VOICE = b"OggS" + bytes(64)


async def ask(phone: Phone, words: str = "Почему вода ржавая?") -> None:
    await phone.tap("Вопрос")
    await phone.wait_for("О чём вопрос?")
    await phone.tap("Качество")
    await phone.wait_for("Какая услуга?")
    await phone.tap("холодная вода")
    await phone.wait_for("Напишите вопрос")
    await phone.say(words)
    await phone.wait_for("Вопрос №")


async def waiting(house: House, operator: Operator) -> list[TicketId]:
    async with operator_desk(house.engine, house.ground.city, house.ground.city_clock) as desk:
        return [line.ticket.id for line in await desk.queue(operator, QueueFilter())]


async def said(house: House, operator: Operator, ticket: TicketId) -> list[Message]:
    async with operator_desk(house.engine, house.ground.city, house.ground.city_clock) as desk:
        return list((await desk.show(operator, ticket)).messages)


async def settled(house: House, operator: Operator, ticket: TicketId) -> list[Message]:
    """What was said, when every file has been fetched or lost."""
    async with asyncio.timeout(10):
        while True:
            messages = await said(house, operator, ticket)
            if all(file.state is not FileState.WAITING for one in messages for file in one.files):
                return messages
            await asyncio.sleep(0.05)


async def test_everything_a_resident_sends_reaches_the_operator_in_order(house: House, messenger: str) -> None:
    phone = house.phone(messenger)
    await agree(phone)
    await ask(phone)
    await phone.send_photo(with_place(), "вот она")
    await phone.wait_for("Добавлено")
    await phone.send_document(b"%PDF-1.4 act", "акт.pdf", "application/pdf")
    await phone.wait_for("Добавлено")
    await phone.send_voice(VOICE)
    await phone.wait_for("Добавлено")
    await phone.say("Счёт 300")
    await phone.wait_for("Добавлено")
    await phone.edit_last("Счёт 301")
    await until_edited(house)

    (ticket,) = await waiting(house, ANNA)
    assert await waiting(house, BORIS) == []
    messages = await settled(house, ANNA, ticket)
    assert [one.text for one in messages] == ["Почему вода ржавая?", "вот она", "", "", "Счёт 301"]
    assert messages[-1].earlier == ("Счёт 300",)
    files = [file for one in messages for file in one.files]
    assert [file.media_type for file in files] == ["image/jpeg", "application/pdf", "audio/ogg"]
    assert files[1].name == "акт.pdf"
    async with operator_desk(house.engine, house.ground.city, house.ground.city_clock) as desk:
        _, photo = await desk.content(ANNA, ticket, files[0].id)
        _, voice = await desk.content(ANNA, ticket, files[2].id)
    assert voice == VOICE
    with Image.open(BytesIO(photo)) as picture:
        assert not picture.getexif()


async def test_answers_with_a_picture_a_transfer_a_close_and_a_rating(house: House, messenger: str) -> None:
    phone = house.phone(messenger)
    await agree(phone)
    await ask(phone)
    (ticket,) = await waiting(house, ANNA)
    picture = made_file(FileKind.FILE, "схема.jpg", jpeg((320, 200)))
    async with operator_desk(house.engine, house.ground.city, house.ground.city_clock) as desk:
        await desk.answer(ANNA, ticket, "Вот схема.", key(), file=picture)
    told = await phone.wait_for("Вот схема.")
    assert any(bubble.media and bubble.media.kind == "photo" for bubble in phone.bubbles)
    assert "Анна" not in told.plain
    async with operator_desk(house.engine, house.ground.city, house.ground.city_clock) as desk:
        document = made_file(FileKind.FILE, "договор.pdf", b"%PDF-1.4 contract")
        await desk.answer(ANNA, ticket, "И договор.", key(), file=document)
    await phone.wait_for("И договор.")
    (sent,) = [bubble.media for bubble in phone.bubbles if bubble.media and bubble.media.kind == "document"]
    assert (sent.name, sent.content) == ("договор.pdf", b"%PDF-1.4 contract")

    async with operator_desk(house.engine, house.ground.city, house.ground.city_clock) as desk:
        await desk.transfer(ANNA, ticket, "teplofikaciya", "Горячая вода тоже ржавая", key())
    await phone.wait_for("передан: МП трест «Теплофикация»")
    assert await waiting(house, ANNA) == []
    async with operator_desk(house.engine, house.ground.city, house.ground.city_clock) as desk:
        await desk.answer(BORIS, ticket, "Промыли.", key())
        await desk.close(BORIS, ticket, key())
    await phone.wait_for("закрыт")
    assert not any("Горячая вода тоже" in bubble.plain for bubble in phone.bubbles)
    await phone.tap("5")
    await phone.wait_for("Спасибо за оценку!")
    async with operator_desk(house.engine, house.ground.city, house.ground.city_clock) as desk:
        assert (await desk.show(BORIS, ticket)).ticket.rating == 5
    await phone.tap("Открыть снова")
    await phone.wait_for("снова открыт")
    await phone.say("Опять ржавая")
    await phone.wait_for("Добавлено")
    assert await waiting(house, BORIS) == [ticket]


async def test_a_file_that_is_none_is_said_to_be_lost(polling_house: House, messenger: str) -> None:
    phone = polling_house.phone(messenger)
    await agree(phone)
    await ask(phone)
    await phone.send_photo(b"\xff\xd8\xff" + b"no picture at all", "")
    await phone.wait_for("сохранить не получилось")
    (ticket,) = await waiting(polling_house, ANNA)
    messages = await settled(polling_house, ANNA, ticket)
    assert [file.state for file in messages[-1].files] == [FileState.LOST]


async def test_the_answer_comes_where_the_resident_wrote_last(polling_house: House) -> None:
    house = polling_house
    telegram, vk = house.phone("telegram"), house.phone("vk")
    await agree(telegram)
    await agree(vk)
    await ask(telegram)
    connection = await asyncpg.connect(house.ground.database_url)
    try:  # the two chats are one resident's
        await connection.execute(
            "UPDATE chats SET resident_id = (SELECT resident_id FROM tickets) WHERE messenger = 'vk'"
        )
    finally:
        await connection.close()
    await vk.say("вопрос")
    await vk.wait_for("О чём вопрос?")
    await vk.tap("Мои вопросы")
    await vk.wait_for("ждёт ответа")
    await vk.tap("№")
    await vk.wait_for("Почему вода ржавая?")
    (ticket,) = await waiting(house, ANNA)
    async with operator_desk(house.engine, house.ground.city, house.ground.city_clock) as desk:
        await desk.answer(ANNA, ticket, "Промыли.", key())
    await vk.wait_for("Промыли.")
    await telegram.say("меню")
    await telegram.wait_for("привяжите квартиру")
    async with operator_desk(house.engine, house.ground.city, house.ground.city_clock) as desk:
        await desk.answer(ANNA, ticket, "И ещё раз.", key())
    await telegram.wait_for("И ещё раз.")
    assert not any("И ещё раз." in bubble.plain for bubble in vk.bubbles)
    async with operator_desk(house.engine, house.ground.city, house.ground.city_clock) as desk:
        assert (await desk.show(ANNA, ticket)).ticket.status is TicketStatus.ANSWERED


def key() -> str:
    return uuid.uuid4().hex


async def until_edited(house: House) -> None:
    connection = await asyncpg.connect(house.ground.database_url)
    try:
        async with asyncio.timeout(10):
            while not await connection.fetchval("SELECT count(*) FROM ticket_messages WHERE replaces IS NOT NULL"):
                await asyncio.sleep(0.05)
    finally:
        await connection.close()
