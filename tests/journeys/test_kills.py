"""SIGKILL in the middle of every step: after a start the dialog goes on where it stood, and nothing happens twice."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import asyncpg
import pytest

from cli.demo import STARTS_AT, messengers_at
from core.city import City
from core.money import roubles_text
from dialogs.step import Step as StepClass
from infra.demo_city import Sample
from infra.embedded import Servers
from infra.paths import DEFAULT_CITY
from sandbox.phone import Bubble, Phone
from tests.databases import copied_database
from tests.journeys.conftest import Town, grounds, introduce, stand_ins
from tests.journeys.processes import Serving, warm_parent

OLD_BUTTON = "старого сообщения"

Act = Callable[[Phone], Awaitable[None]]
Step = tuple[Act, str]


def say(text: str) -> Act:
    return lambda phone: phone.say(text)


def tap(word: str) -> Act:
    return lambda phone: phone.tap(word)


@dataclass(frozen=True)
class Facts:
    """What a holder of the second flat knows."""

    area: str
    owed: str


def script(first: Sample, second: Sample, facts: Facts) -> list[Step]:
    """What the resident does, and a word of the answer that must come. Every step of every conversation is visited."""
    return [*_arrive(first), *_readings(), *_link_another(second, facts), *_look_around(), *_leave()]


def _arrive(flat: Sample) -> list[Step]:
    return [
        (lambda phone: phone.start(), "Согласны"),
        (tap("Подробнее"), "Оператор данных"),
        (tap("Назад"), "Согласны"),
        (tap("Язык"), "На каком языке"),
        (tap("Русский"), "Согласны"),
        (tap("Согласен"), "привяжите квартиру"),
        (tap("Адреса"), "Центры обслуживания"),
        (tap("Меню"), "привяжите квартиру"),
        (tap("Привязать"), "номер лицевого счёта"),
        (say(flat.account), "Чей это номер?"),
        (tap("Водоканал"), "код доступа"),
        (say(flat.code), "Это ваша квартира?"),
        (tap("Верно"), "квартира привязана"),
    ]


def _readings() -> list[Step]:
    return [
        (tap("Показания"), "Счётчик 1 из"),
        (say("99999"), "Всё верно?"),
        (tap("Исправить"), "Счётчик 1 из"),
        (tap("Пропустить"), "Счётчик 2 из"),
        (say("99998"), "Всё верно?"),
        (tap("Верно"), "99\u00a0998"),
        (say("хвс 99997"), "Всё верно?"),
        (tap("Верно"), "99\u00a0997"),
    ]


def _link_another(flat: Sample, facts: Facts) -> list[Step]:
    return [
        (tap("Привязать"), "номер лицевого счёта"),
        (say(flat.account), "Чей это номер?"),
        (tap("Водоканал"), "код доступа"),
        (tap("Кода нет"), "два вопроса"),
        (tap("Площадь"), "Какая площадь"),
        (say(facts.area), "знаете ещё"),
        (tap("Сумма"), "Какая сумма"),
        (say(facts.owed), "Это ваша квартира?"),
        (tap("Верно"), "Как назвать"),
        (tap("Дача"), "квартира привязана"),
    ]


def _look_around() -> list[Step]:
    return [
        (tap("Баланс"), "О какой квартире"),
        (tap("Квартира"), "Всего к оплате"),
        (tap("Квитанция"), "За какой месяц"),
        (tap("январь 2022"), "Что сделать?"),
        (tap("История"), "О какой квартире"),
        (tap("Квартира"), "Какой месяц показать"),
        (tap("Мои показания"), "99\u00a0997"),
        (tap("Вопрос"), "О чём вопрос?"),
        (tap("Начисления"), "Какая услуга?"),
        (tap("холодная вода"), "За какой месяц?"),
        (tap("декабрь 2021"), "ЕРКЦ"),
        (say("Почему столько?"), "Вопрос № "),
    ]


def _leave() -> list[Step]:
    return [
        (tap("Настройки"), "Дача"),
        (tap("Назвать"), "О какой квартире"),
        (tap("Дача"), "новое название"),
        (say("Сад"), "Запомнил"),
        (tap("Настройки"), "Сад"),
        (tap("Отвязать"), "О какой квартире"),
        (tap("Сад"), "Отвязать её?"),
        (tap("Отвязать"), "Квартира отвязана"),
        (tap("Настройки"), "Настройки"),
        (tap("Удалить"), "Удалить всё"),
        (tap("удалить"), "Согласны"),
    ]


@pytest.mark.parametrize("messenger", ["telegram", "vk"])
async def test_a_dialog_survives_sigkill_at_every_step(
    messenger: str, servers: Servers, town: Town, city: City, redis_url: str, tmp_path: Path
) -> None:
    context = warm_parent()
    chance = random.Random(messenger)
    async with copied_database(servers, town.database) as url:
        sandbox = stand_ins()
        address = await sandbox.start()
        settings = messengers_at(grounds(url, redis_url, city).settings, address)
        alike = numbers_look_alike(tmp_path / "alike.toml")
        settings = settings.model_copy(update={"now": STARTS_AT, "web_port": 0, "city": alike})
        server = sandbox.telegram if messenger == "telegram" else sandbox.vk
        assert server is not None
        phone = server.phone(7001)
        first, second = town.city.samples[0], town.city.samples[2]
        steps = script(first, second, await facts_of(url, second))
        visited: set[str] = set()
        process = Serving(context, settings, url, redis_url)
        await process.ready()
        await introduce(sandbox, settings)
        try:
            for act, answer in steps:
                await act(phone)
                await asyncio.sleep(chance.uniform(0, 0.06))
                process.kill()
                process = Serving(context, settings, url, redis_url)
                await answered(phone, act, answer)
                visited.add(await present_step(url))
            await process.ready()
            assert process.stop() == 0
        finally:
            process.kill()
            await sandbox.stop()
        assert visited == set(StepClass.registry)
        await nothing_happened_twice(url)
        if messenger == "vk":
            assert no_doubles(phone.bubbles)


async def answered(phone: Phone, act: Act, answer: str) -> None:
    """Waits for the answer. Telegram may show an earlier screen twice after a kill: whoever pressed a button of the
    copy is told that it is old, is shown the present screen, and presses again."""
    told = await phone.wait_for(lambda bubble: answer in bubble.plain or OLD_BUTTON in bubble.plain, timeout=30)
    if answer not in told.plain:
        await act(phone)
        await phone.wait_for(answer, timeout=30)


def numbers_look_alike(path: Path) -> Path:
    """The city file with account numbers that may be either provider's, so that the question whose is asked."""
    text = DEFAULT_CITY.read_text(encoding="utf-8")
    alike = re.sub(r"(?m)^account_pattern = .*$", r"account_pattern = '[0-9]{9,10}'", text)
    assert alike.count("[0-9]{9,10}") == 2
    path.write_text(alike, encoding="utf-8")
    return path


async def facts_of(url: str, flat: Sample) -> Facts:
    found = await ask(
        url,
        """SELECT a.area_m2, s.to_pay FROM accounts a JOIN statements s ON s.account_id = a.id
        WHERE a.number = $1 ORDER BY s.period DESC LIMIT 1""",
        flat.account,
    )
    return Facts(str(found["area_m2"]), roubles_text(found["to_pay"]))


async def present_step(url: str) -> str:
    """The step that the resident is at, as saved."""
    found = await ask(url, "SELECT state -> 'trail' -> -1 ->> 'step' AS step FROM chats WHERE state IS NOT NULL")
    return str(found["step"])


async def nothing_happened_twice(url: str) -> None:
    counted = await ask(
        url,
        """SELECT (SELECT count(*) FROM readings) AS readings, (SELECT count(*) FROM tickets) AS tickets,
        (SELECT count(*) FROM residents) AS residents,
        (SELECT count(*) FROM inbox WHERE error IS NOT NULL) AS failed""",
    )
    assert dict(counted) == {"readings": 2, "tickets": 1, "failed": 0, "residents": 0}


async def ask(url: str, query: str, *arguments: object) -> asyncpg.Record:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchrow(query, *arguments)
    finally:
        await connection.close()


def no_doubles(bubbles: list[Bubble]) -> bool:
    """VK drops a message sent again under the same random_id."""
    said = [(bubble.plain, bubble.media and bubble.media.content) for bubble in bubbles if not bubble.mine]
    return all(one != other for one, other in pairwise(said))
