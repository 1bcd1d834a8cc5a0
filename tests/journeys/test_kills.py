"""SIGKILL in the middle of every step: after a start the dialog goes on where it stood, and nothing happens twice."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from itertools import pairwise

import asyncpg
import pytest

from cli.demo import STARTS_AT, messengers_at
from core.city import City
from infra.demo_city import Sample
from infra.embedded import Servers
from sandbox.phone import Bubble, Phone
from tests.databases import copied_database
from tests.journeys.conftest import Town, grounds, introduce, stand_ins
from tests.journeys.processes import Serving, warm_parent

Act = Callable[[Phone], Awaitable[None]]
Step = tuple[Act, str]


def say(text: str) -> Act:
    return lambda phone: phone.say(text)


def tap(word: str) -> Act:
    return lambda phone: phone.tap(word)


def script(sample: Sample) -> list[Step]:
    """What the resident does, and a word of the answer that must come."""
    return [
        (lambda phone: phone.start(), "Согласны"),
        (tap("Согласен"), "привяжите квартиру"),
        (tap("Привязать"), "номер лицевого счёта"),
        (say(sample.account), "код доступа"),
        (say(sample.code), "Это ваша квартира?"),
        (tap("Верно"), "квартира привязана"),
        (tap("Показания"), "Счётчик 1 из"),
        (say("99999"), "Всё верно?"),
        (tap("Исправить"), "Счётчик 1 из"),
        (tap("Пропустить"), "Счётчик 2 из"),
        (say("99998"), "Всё верно?"),
        (tap("Верно"), "99\u00a0998"),
        (say("меню"), "Что сделать?"),
        (tap("Баланс"), "Всего к оплате"),
        (tap("Квитанция"), "За какой месяц"),
        (tap("январь 2022"), "Что сделать?"),
        (tap("История"), "Какой месяц показать"),
        (tap("Мои показания"), "99\u00a0998"),
        (tap("Вопрос"), "О чём вопрос?"),
        (tap("Другое"), "Напишите вопрос"),
        (say("Когда проверят счётчик?"), "Вопрос № "),
        (tap("Настройки"), "Настройки"),
        (tap("Отвязать"), "Отвязать её?"),
        (tap("Отвязать"), "Квартира отвязана"),
    ]


@pytest.mark.parametrize("messenger", ["telegram", "vk"])
async def test_a_dialog_survives_sigkill_at_every_step(
    messenger: str, servers: Servers, town: Town, city: City, redis_url: str
) -> None:
    context = warm_parent()
    chance = random.Random(messenger)
    async with copied_database(servers, town.database) as url:
        sandbox = stand_ins()
        address = await sandbox.start()
        settings = messengers_at(grounds(url, redis_url, city).settings, address)
        settings = settings.model_copy(update={"now": STARTS_AT, "web_port": 0})
        server = sandbox.telegram if messenger == "telegram" else sandbox.vk
        assert server is not None
        phone = server.phone(7001)
        process = Serving(context, settings, url, redis_url)
        await process.ready()
        await introduce(sandbox, settings)
        try:
            for act, answer in script(town.city.samples[0]):
                await act(phone)
                await asyncio.sleep(chance.uniform(0, 0.06))
                process.kill()
                process = Serving(context, settings, url, redis_url)
                await phone.wait_for(answer, timeout=30)
            await process.ready()
            assert process.stop() == 0
        finally:
            process.kill()
            await sandbox.stop()
        await nothing_happened_twice(url)
        if messenger == "vk":
            assert no_doubles(phone.bubbles)


async def nothing_happened_twice(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        assert await connection.fetchval("SELECT count(*) FROM residents") == 1
        assert await connection.fetchval("SELECT count(*) FROM readings") == 1
        assert await connection.fetchval("SELECT count(*) FROM tickets") == 1
        assert await connection.fetchval("SELECT count(*) FROM inbox WHERE error IS NOT NULL") == 0
    finally:
        await connection.close()


def no_doubles(bubbles: list[Bubble]) -> bool:
    """VK drops a message sent again under the same random_id."""
    said = [(bubble.plain, bubble.media and bubble.media.content) for bubble in bubbles if not bubble.mine]
    return all(one != other for one, other in pairwise(said))
