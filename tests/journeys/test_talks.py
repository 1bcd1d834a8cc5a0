"""The other conversations on both messengers, by polling and by webhook, through real HTTP."""

import asyncio
import csv
import json
from pathlib import Path

import asyncpg

from core.periods import Period
from infra.exchange import export_readings, import_file
from infra.receipts.qr import qr_png
from sandbox.phone import Phone
from tests.desks import open_tickets
from tests.hand import answer_ticket
from tests.journeys.conftest import House
from tests.journeys.test_main_job import agree, home, link

FEBRUARY = Period(2022, 2)


async def test_a_photo_of_the_code_fills_the_number_in_and_proves_nothing(house: House, messenger: str) -> None:
    first, second = house.phone(messenger), house.phone(messenger)
    await link(first, house.samples[0])
    await first.tap("Оплатить")
    await first.wait_for("Что сделать?")
    pictures = [bubble.media.content for bubble in first.news() if bubble.media]

    await agree(second)
    await second.tap("Привязать")
    await second.wait_for("номер лицевого счёта")
    await second.send_photo(pictures[0])
    asked = await second.wait_for("Прочитал код")
    assert house.samples[0].account not in asked.plain
    await second.say("не тот код")
    await second.wait_for("не сошлись")
    await second.say(house.samples[0].code)
    await second.wait_for("Это ваша квартира?")


async def test_a_picture_without_a_code_gets_advice(house: House, messenger: str) -> None:
    phone = house.phone(messenger)
    await agree(phone)
    await phone.tap("Привязать")
    await phone.wait_for("номер лицевого счёта")
    await phone.send_photo(qr_png("ST00012|Name=Чужая фирма|PersAcc=1", sample=False))
    await phone.wait_for("другой код")


async def test_a_line_at_any_time_and_a_correction(house: House, messenger: str) -> None:
    phone = house.phone(messenger)
    await link(phone, house.samples[0])
    await phone.say("хвс 99 990, гвс 99991")
    await phone.wait_for("Всё верно?")
    await phone.tap("Верно")
    taken = await phone.wait_for("Приняты показания за февраль 2022")
    assert "99\u00a0990" in taken.plain
    await phone.say("ХВС 99992")
    await phone.wait_for("Всё верно?")
    await phone.tap("Верно")
    corrected = await phone.wait_for("Приняты показания за февраль 2022")
    assert "99\u00a0992" in corrected.plain
    assert "99\u00a0990" not in corrected.plain


async def test_a_declined_reading_is_told_with_its_reason(house: House, messenger: str, tmp_path: Path) -> None:
    phone = house.phone(messenger)
    await link(phone, house.samples[0])
    await phone.say("ХВС 99990")
    await phone.wait_for("Всё верно?")
    await phone.tap("Верно")
    await phone.wait_for("Приняты показания")

    out = tmp_path / "readings.csv"
    await export_readings(house.engine, house.ground.city, "vodokanal", FEBRUARY, out)
    with out.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file, delimiter=";")
    assert (row["value"], row["channel"], row["status"]) == ("99990", messenger, "accepted")
    verdict = tmp_path / "acceptance.csv"
    verdict.write_text(f"reading;status;reason\n{row['reading']};declined;Пломба сорвана\n", encoding="utf-8")
    for _ in range(2):
        await import_file(house.engine, house.ground.city, house.ground.hasher(), "acceptance", "vodokanal", verdict)
    told = await phone.wait_for("показание не принято")
    assert "Пломба сорвана" in told.plain
    await asyncio.sleep(1.5)
    assert len([bubble for bubble in phone.bubbles if "показание не принято" in bubble.plain]) == 1


async def test_a_question_is_answered_in_the_same_chat(house: House, messenger: str) -> None:
    phone = house.phone(messenger)
    await agree(phone)
    await phone.tap("Вопрос")
    await phone.wait_for("О чём вопрос?")
    await phone.tap("Начисления")
    await phone.wait_for("Какая услуга?")
    await phone.tap("холодная вода")
    await phone.wait_for("За какой месяц?")
    await phone.tap("декабрь 2021")
    await phone.wait_for("Это помогло?")
    await phone.tap("Спросить оператора")
    asked = await phone.wait_for("Напишите вопрос")
    assert "ЕРКЦ" in asked.plain
    await phone.say("Почему так много?")
    await phone.wait_for("Вопрос №")
    ((ticket, text),) = await open_tickets(house.engine)
    assert text == "Почему так много?"
    await answer_ticket(house.engine, ticket.id, "Пересчитали, извините.", house.ground.clock.now())
    await phone.wait_for("Пересчитали, извините.")
    assert await open_tickets(house.engine) == []


async def test_settings_give_the_data_away_and_forget_it(house: House, messenger: str) -> None:
    phone = house.phone(messenger)
    await link(phone, house.samples[0])
    await phone.tap("Настройки")
    await phone.wait_for("Настройки")
    await phone.tap("Скачать")
    await phone.wait_for("Что сделать?")
    printed, machine = [bubble.media for bubble in phone.news() if bubble.media]
    assert printed.content.startswith(b"%PDF")
    assert json.loads(machine.content)
    await phone.tap("Настройки")
    await phone.wait_for("Настройки")
    await phone.tap("Удалить")
    await phone.wait_for("Удалить всё")
    await phone.tap("удалить")
    await phone.wait_for("Согласны")
    connection = await asyncpg.connect(house.ground.database_url)
    try:
        assert await connection.fetchval("SELECT count(*) FROM residents") == 0
        assert await connection.fetchval("SELECT count(*) FROM links") == 0
    finally:
        await connection.close()


async def test_a_resident_with_two_flats_looks_around(house: House, messenger: str) -> None:
    phone = house.phone(messenger)
    await link(phone, house.samples[0])
    await phone.tap("Привязать")
    await phone.wait_for("номер лицевого счёта")
    await phone.say(house.samples[2].account)
    await phone.wait_for("код доступа")
    await phone.tap("Кода нет")
    await phone.wait_for("два вопроса")
    await phone.tap("Назад")
    await phone.wait_for("код доступа")
    await phone.say(house.samples[2].code.lower())
    await phone.wait_for("Это ваша квартира?")
    await phone.tap("Верно")
    await phone.wait_for("Как назвать")
    await phone.say("У мамы")
    await phone.wait_for("квартира привязана")
    await phone.tap("История")
    await phone.wait_for("О какой квартире")
    await phone.tap("У мамы")
    shown = await phone.wait_for("Какой месяц показать")
    assert "У мамы" in shown.plain
    assert any(bubble.media and bubble.media.kind == "photo" for bubble in phone.news())
    await phone.tap("декабрь 2021")
    month = await phone.wait_for("Начисления за декабрь 2021")
    assert "ЕРКЦ" in month.plain
    await phone.tap("Меню")
    await phone.wait_for("Что сделать?")
    await phone.tap("Адреса")
    addresses = await phone.wait_for("51-51-31")
    assert "Маяковского, 19/3" in addresses.plain


async def test_another_language_speaks_in_the_whole_chat(house: House, messenger: str) -> None:
    phone = house.phone(messenger)
    await phone.start()
    await phone.wait_for("Согласны")
    await phone.tap("Язык")
    await phone.wait_for("На каком языке")
    await phone.tap("Башҡортса")
    await phone.wait_for(lambda bubble: "ҡ" in bubble.plain or "ҙ" in bubble.plain)


async def test_whatever_a_chat_can_send_gets_a_polite_line(house: House, messenger: str) -> None:
    phone = house.phone(messenger)
    await link(phone, house.samples[0])
    await phone.send_sticker()
    await phone.wait_for("Я понимаю текст")
    await phone.send_location(53.4, 59.0)
    await phone.wait_for("Я понимаю текст")
    await phone.send_voice(b"OggS" + bytes(64))
    await phone.wait_for("Голосовые")
    await phone.send_document(b"%PDF-1.4 nothing", "файл.pdf", "application/pdf")
    await phone.wait_for("Картинка сейчас не нужна")
    await phone.say("я" * 4000)
    await phone.wait_for("Не понял")
    if messenger == "telegram":
        await phone.send_poll()
        await phone.wait_for("Я понимаю текст")
        await phone.share_contact("+79990000000", user_id=5)
        await phone.wait_for("Номер телефона сейчас не нужен")
    await home(phone)
    assert await dead_letters(house) == 0


async def test_an_old_button_and_a_forged_one_do_nothing(house: House, messenger: str) -> None:
    phone = house.phone(messenger)
    await link(phone, house.samples[0])
    old = phone.last()
    assert old is not None
    await phone.tap("Настройки")
    await phone.wait_for("Настройки")
    await phone.press(old.id, 0, 0)
    again = await phone.wait_for("старого сообщения")
    assert "Настройки" in again.plain
    await phone.press_data(again.id, forged(messenger, "999999:yes"))
    await phone.wait_for("старого сообщения")
    await phone.press_data(again.id, forged(messenger, "💥"))
    await phone.wait_for(lambda bubble: bool(bubble.plain))
    assert await dead_letters(house) == 0


def forged(messenger: str, choice: str) -> str:
    return choice if messenger == "telegram" else json.dumps({"choice": choice, "cmd": "admin"})


async def test_a_group_hears_one_neutral_line(house: House) -> None:
    server = house.sandbox.telegram
    assert server is not None
    group: Phone = server.group_phone(-100500, 4242)
    await group.say("/start")
    await group.wait_for("только в личных сообщениях")
    await group.say("/start")
    await asyncio.sleep(1.5)
    assert len([bubble for bubble in group.bubbles if not bubble.mine]) == 1


async def dead_letters(house: House) -> int:
    connection = await asyncpg.connect(house.ground.database_url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM inbox WHERE error IS NOT NULL"))
    finally:
        await connection.close()
