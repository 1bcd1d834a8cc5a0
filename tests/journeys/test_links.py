"""Linking in the running product: the own phone, a helper in the other messenger, a newcomer who is contested."""

import re

import asyncpg

from sandbox.phone import Phone
from tests.journeys.conftest import House
from tests.journeys.test_main_job import agree, home, link

CODE = re.compile(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}")


async def database(house: House) -> asyncpg.Connection:
    return await asyncpg.connect(house.ground.database_url)


async def test_the_own_phone_is_shared_by_telegrams_button_and_links_the_flat(polling_house: House) -> None:
    house, sample = polling_house, polling_house.samples[1]
    phone = house.phone("telegram")
    connection = await database(house)
    await connection.execute(
        "UPDATE accounts SET phone = $1 WHERE number = $2", f"+{phone.user.phone.lstrip('+')}", sample.account
    )
    await connection.close()
    await agree(phone)
    await phone.tap("Привязать")
    await phone.wait_for("номер лицевого счёта")
    await phone.say(sample.account)
    await phone.wait_for("код доступа")
    await phone.tap("По моему телефону")
    await phone.wait_for("Передайте свой номер")
    await phone.share_contact("+79990000000", 999)
    await phone.wait_for("Это не ваш номер")
    await phone.tap("Передать мой номер")
    await phone.wait_for("Это ваша квартира?")
    await phone.tap("Верно")
    await phone.wait_for("квартира привязана")


async def test_the_buttons_beside_the_phone_lead_back(polling_house: House) -> None:
    phone = polling_house.phone("telegram")
    await agree(phone)
    await phone.tap("Привязать")
    await phone.wait_for("номер лицевого счёта")
    await phone.say(polling_house.samples[1].account)
    await phone.wait_for("код доступа")
    await phone.tap("По моему телефону")
    await phone.wait_for("Передайте свой номер")
    await phone.tap("По коду доступа")
    await phone.wait_for("код доступа")
    await phone.say("меню")
    await phone.wait_for("привяжите квартиру")


async def test_a_helper_in_the_other_messenger_submits_and_sees_no_money(polling_house: House) -> None:
    house = polling_house
    owner, helper = house.phone("telegram"), house.phone("vk")
    await link(owner, house.samples[0])
    await owner.tap("Настройки")
    await owner.wait_for("Настройки")
    await owner.tap("Кто видит")
    await owner.wait_for("Квартиру видите вы")
    await owner.tap("Пригласить")
    await owner.wait_for("Как назвать помощника")
    await owner.say("Соседка")
    shown = await owner.wait_for("Код для помощника")
    found = CODE.search(shown.plain)
    assert found
    await agree(helper)
    await helper.tap("Есть код")
    await helper.wait_for("Напишите код")
    await helper.say(found[0].lower())
    await helper.wait_for("Вы помогаете")
    await owner.wait_for("Помощник «Соседка» ввёл код")
    await submit(helper)
    await helper.say("баланс")
    told = await helper.wait_for("только хозяин")
    assert "₽" not in told.plain


async def submit(phone: Phone) -> None:
    await phone.tap("Показания")
    asked = await phone.wait_for("Счётчик 1 из")
    last = re.search(r"Прошлое показание: ([\d\s\u00a0]+)", asked.plain)
    assert last
    await phone.say(str(int(re.sub(r"\D", "", last[1])) + 2))
    await phone.wait_for("Всё верно?")
    await phone.tap("Верно")
    await phone.wait_for("Принято")
    await phone.say("меню")
    await phone.wait_for("Вы помогаете")


async def test_a_newcomer_is_told_of_and_contested_by_one_tap(polling_house: House, messenger: str) -> None:
    house = polling_house
    first, newcomer = house.phone(messenger), house.phone("vk")
    await link(first, house.samples[0])
    await home(first)
    await link(newcomer, house.samples[0])
    await first.wait_for("привязался ещё один человек")
    await first.tap("Я его не знаю")
    await first.wait_for("Доступ этому человеку закрыт")
    await newcomer.wait_for("не знает вас")
    await newcomer.say("баланс")
    await newcomer.wait_for("Сначала привяжем квартиру")
