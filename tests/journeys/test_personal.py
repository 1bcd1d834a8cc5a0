"""The whole product: two messengers of one resident, the word, one's own data, and the page that is shown once."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest

from cli.base import within_use_cases
from core.city import City
from core.messengers import Messenger, PersonalData
from sandbox.phone import Phone
from tests.journeys.conftest import House, Town, opened_house
from tests.journeys.test_main_job import link

OTHER = {"telegram": "vk", "vk": "telegram"}


async def agreed(house: House, messenger: str) -> Phone:
    phone = house.phone(messenger)
    await phone.start()
    await phone.wait_for("Согласны")
    await phone.tap("Согласен")
    await phone.wait_for("привяжите квартиру")
    return phone


async def test_both_messengers_become_one_resident(polling_house: House, messenger: str) -> None:
    first = polling_house.phone(messenger)
    await link(first, polling_house.samples[0])
    await first.tap("Настройки")
    await first.wait_for("никогда не спрашиваем")
    await first.tap("второй мессенджер")
    told = await first.wait_for("Код для другого мессенджера")
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", told.plain)
    assert code
    second = await agreed(polling_house, OTHER[messenger])
    await second.tap("Есть код")
    await second.wait_for("Напишите код")
    await second.say(code[0].lower())
    await second.wait_for("Вы получили код сами?")
    await second.tap("Да, это мой код")
    await second.wait_for("один житель")
    await first.wait_for("Подключён ещё один чат")
    await second.tap("Баланс")
    await second.wait_for("Водоканал")


async def test_the_word_is_confirmed_in_the_chat(polling_house: House, messenger: str) -> None:
    phone = polling_house.phone(messenger)
    await phone.start()
    await phone.wait_for("Согласны")
    await phone.tap("настоящий бот")
    await phone.wait_for("Проверьте нас")
    await phone.tap("Получить слово")
    told = await phone.wait_for("Ваше слово: ")
    word = re.search(r"Ваше слово: (\S+ \d{4})", told.plain)
    assert word
    async with within_use_cases(polling_house.ground) as use_cases:
        assert (await use_cases.bot_checks.confirm(word[1].upper())).messenger == messenger
    await phone.wait_for("Оператор подтвердил")


async def test_ones_own_data_come_as_two_files(polling_house: House, messenger: str) -> None:
    phone = polling_house.phone(messenger)
    await link(phone, polling_house.samples[0])
    await phone.tap("Настройки")
    await phone.wait_for("никогда не спрашиваем")
    await phone.tap("Скачать")
    await phone.wait_for("Что сделать?", timeout=20)
    files = [bubble.media.content for bubble in phone.bubbles if bubble.media and not bubble.mine]
    assert [file[:4] for file in files[-2:]] == [b"%PDF", b"{\n  "]


@pytest.fixture
async def quiet_house(town: Town, city: City, redis_url: str, messenger: str) -> AsyncIterator[House]:
    """A house in which the messenger may carry nothing personal; its web part is known from outside."""
    quiet = replace(city, messengers=(Messenger(messenger, messenger, personal_data=PersonalData.MINIMAL),))
    async with opened_house("webhook", town, quiet, redis_url) as opened:
        yield opened


async def test_a_sum_is_shown_by_the_page_and_not_by_the_messenger(quiet_house: House, messenger: str) -> None:
    phone = quiet_house.phone(messenger)
    await phone.start()
    await phone.wait_for("Согласны")
    await phone.tap("Согласен")
    await phone.wait_for("привяжите квартиру")
    await phone.tap("Привязать")
    await phone.wait_for("номер лицевого счёта")
    await phone.say(quiet_house.samples[0].account)
    await phone.wait_for("код доступа")
    await phone.say(quiet_house.samples[0].code)
    await phone.wait_for("Это ваша квартира?")
    await phone.tap("Верно")
    await phone.wait_for("квартира привязана")
    await phone.tap("Баланс")
    told = await phone.wait_for("откроется один раз")
    address = re.search(r"http://\S+/page/[0-9A-Z]{26}", told.plain)
    assert address
    async with aiohttp.ClientSession() as http:
        async with http.get(address[0]) as front:
            assert "Показать" in await front.text()
        async with http.post(address[0]) as shown:
            page = await shown.text()
        assert "₽" in page
        assert "Единая квитанция" in page
        file = re.search(r'action="(/page/file/[0-9A-Z]+)"', page)
        assert file
        async with http.post(str(quiet_house.ground.settings.public_url).rstrip("/") + file[1]) as receipt:
            assert (await receipt.read()).startswith(b"%PDF")
        async with http.post(address[0]) as again:
            assert again.status == 404
    said = " ".join(bubble.plain for bubble in phone.bubbles if not bubble.mine)
    assert "₽" not in said
    assert "ул." not in re.sub(r"ул\. (?:Жукова|Маяковского)", "", said)
