"""A script that visits every step of every conversation: what a resident does, and a word of the answer that must come.

It is played under SIGKILL (test_kills) and without, by every way in (test_every_step).
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from core.money import roubles_text
from dialogs.step import Step
from infra.demo_city import Sample
from infra.paths import DEFAULT_CITY
from sandbox.phone import Phone

Act = Callable[[Phone], Awaitable[None]]
Line = tuple[Act, str]

OWN_PHONE = "linking.phone"
"""The one step that only a messenger with a button for one's own number has."""
CODE = re.compile(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}")
NO_SUCH_LINK = "2" * 26


@dataclass(frozen=True)
class Part:
    """Three flats, what is known of the second, the resident's phone in the other messenger, the database."""

    flats: Sequence[Sample]
    area: str
    owed: str
    other: Phone
    url: str


async def part_of(url: str, samples: Sequence[Sample], other: Phone) -> Part:
    """The first flat is linked by its code, the second by two facts; the third has a meter that is to be verified."""
    expired = next(one for one in samples if "поверки" in one.note)
    flats = (samples[0], samples[2], expired)
    found = await ask(
        url,
        """SELECT a.area_m2, s.to_pay FROM accounts a JOIN statements s ON s.account_id = a.id
        WHERE a.number = $1 ORDER BY s.period DESC LIMIT 1""",
        flats[1].account,
    )
    return Part(flats, str(found["area_m2"]), roubles_text(found["to_pay"]), other, url)


async def ask(url: str, query: str, *arguments: object) -> asyncpg.Record:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchrow(query, *arguments)
    finally:
        await connection.close()


async def present_step(url: str, phone: Phone) -> str:
    """The step that the resident is at, as saved."""
    found = await ask(
        url,
        "SELECT state -> 'trail' -> -1 ->> 'step' AS step FROM chats WHERE messenger = $1 AND peer = $2",
        phone.messenger,
        str(phone.user.id),
    )
    return str(found["step"])


def steps_of(messenger: str) -> set[str]:
    """Every registered step that the messenger can come to."""
    return {name for name in Step.registry if name != OWN_PHONE or messenger == "telegram"}


def numbers_look_alike(folder: Path) -> Path:
    """The city file with account numbers that may be either provider's, so that the question whose is asked; and with
    as many messages into a chat as there are: a script types faster than people."""
    text = re.sub(r"(?m)^chat_per_second = 1 ", "chat_per_second = 1000 ", DEFAULT_CITY.read_text(encoding="utf-8"))
    assert "chat_per_second = 1000 " in text
    alike = re.sub(r"(?m)^account_pattern = .*$", r"account_pattern = '[0-9]{9,10}'", text)
    assert alike.count("[0-9]{9,10}") == 2
    city = folder / "alike.toml"
    city.write_text(alike, encoding="utf-8")
    answers = DEFAULT_CITY.with_suffix(".answers.toml")
    city.with_suffix(".answers.toml").write_text(answers.read_text(encoding="utf-8"), encoding="utf-8")
    return city


def say(text: str) -> Act:
    return lambda phone: phone.say(text)


def tap(word: str) -> Act:
    return lambda phone: phone.tap(word)


def script(part: Part) -> list[Line]:
    """The whole talk."""
    return [
        *_arrive(),
        *_check_the_bot(),
        *_join_the_other_messenger(part),
        *_link(part.flats[0]),
        *_submit(part),
        *_link_by_facts(part),
        *_look_around(),
        *_share(),
        *_submit_for_an_old_meter(part.flats[2]),
        *_agree_anew(part),
        *_leave(),
    ]


def _arrive() -> list[Line]:
    return [
        (lambda phone: phone.start(NO_SUCH_LINK), "Согласны"),
        (tap("Согласен"), "ссылка уже не действует"),
    ]


def _check_the_bot() -> list[Line]:
    return [
        (say("проверить бота"), "Проверьте нас"),
        (tap("Получить слово"), "Ваше слово"),
        (tap("Сообщить"), "Что за бот"),
        (say("t.me/podvox"), "передано оператору"),
    ]


def _join_the_other_messenger(part: Part) -> list[Line]:
    async def bring_a_code(phone: Phone) -> None:
        """The code is taken in the other messenger, and typed here."""
        other = part.other
        await other.start()
        await other.wait_for("Согласны", timeout=30)
        for word, answer in (
            ("Согласен", "привяжите квартиру"),
            ("Настройки", "Настройки"),
            ("Подключить второй", "Вас узнают здесь"),
        ):
            await other.tap(word)
            shown = await other.wait_for(answer, timeout=30)
        found = CODE.search(shown.plain)
        assert found
        await phone.say(found[0])

    return [
        (tap("Есть код"), "Напишите код"),
        (bring_a_code, "станет общим"),
        (tap("Да, это мой код"), "теперь это один житель"),
    ]


def _link(flat: Sample) -> list[Line]:
    return [
        (tap("Привязать"), "номер лицевого счёта"),
        (say(flat.account), "Чей это номер?"),
        (tap("Водоканал"), "код доступа"),
        (say(flat.code), "Это ваша квартира?"),
        (tap("Верно"), "квартира привязана"),
    ]


def _link_another(flat: Sample, name: str) -> list[Line]:
    return [
        (tap("Привязать"), "номер лицевого счёта"),
        (say(flat.account), "Чей это номер?"),
        (tap("Водоканал"), "код доступа"),
        (say(flat.code), "Это ваша квартира?"),
        (tap("Верно"), "Как назвать"),
        (tap(name), "квартира привязана"),
    ]


def _submit(part: Part) -> list[Line]:
    """Numbers far above what was there before: a careful question comes, and «Верно» answers it."""

    async def swap(phone: Phone) -> None:
        """What the cold meter is said to show is what the hot one should."""
        await _last_values(part.url, part.flats[0].account, cold=5000, hot=300)
        await phone.say("301")

    return [
        (tap("Показания"), "Счётчик 1 из"),
        (swap, "Похоже на показание другого"),
        (tap("Перепутаны"), "А что показывает этот счётчик"),
        (say("5001"), "Всё верно?"),
        (tap("Верно"), "5\u00a0001"),
        (tap("Показания"), "Счётчик 1 из"),
        (say("4000"), "Это меньше прошлого"),
        (tap("Счётчик заменили"), "Напишите номер нового"),
        (say("№ 77, старый остановился на 5003"), "Счётчик 2 из"),
        (say("302"), "Всё верно?"),
        (tap("Исправить"), "Счётчик 2 из"),
        (tap("Пропустить"), "Приняты показания"),
        (say("хвс 5002, 303"), "Выберите счётчик"),
        (tap("горячая"), "Всё верно?"),
        (tap("Верно"), "5\u00a0002"),
    ]


async def _last_values(url: str, account: str, cold: int, hot: int) -> None:
    """Billing knows these values of the meters of a flat."""
    await ask(
        url,
        """WITH flat AS (
            SELECT meters.id, service FROM meters JOIN accounts ON accounts.id = account_id
            WHERE premises_id = (SELECT premises_id FROM accounts WHERE number = $1)
        ), changed AS (
            UPDATE meters SET last_value = CASE flat.service WHEN 'cold_water' THEN $2::numeric ELSE $3::numeric END,
                last_date = '2021-12-23'
            FROM flat WHERE flat.id = meters.id AND flat.service IN ('cold_water', 'hot_water') RETURNING meters.id
        ) SELECT count(*) FROM changed""",
        account,
        cold,
        hot,
    )


def _link_by_facts(part: Part) -> list[Line]:
    flat = part.flats[1]
    by_phone: list[Line] = []
    if part.other.messenger != "telegram":
        by_phone = [(tap("По моему телефону"), "Передайте свой номер"), (tap("По коду доступа"), "код доступа")]
    return [
        (tap("Привязать"), "номер лицевого счёта"),
        (say(flat.account), "Чей это номер?"),
        (tap("Водоканал"), "код доступа"),
        *by_phone,
        (tap("Кода нет"), "два вопроса"),
        (tap("Площадь"), "Какая площадь"),
        (say(part.area), "знаете ещё"),
        (tap("Сумма"), "Какая сумма"),
        (say(part.owed), "Это ваша квартира?"),
        (tap("Верно"), "Как назвать"),
        (tap("Дача"), "квартира привязана"),
    ]


def _look_around() -> list[Line]:
    return [
        (tap("Адреса"), "Центры обслуживания"),
        (tap("Меню"), "Что сделать?"),
        (tap("Отключения"), "Об отключениях в этом доме сведений нет"),
        (tap("Меню"), "Что сделать?"),
        (tap("Адреса"), "Центры обслуживания"),
        (tap("Перезвоните"), "Кто должен перезвонить"),
        (tap("Водоканал"), "На какой номер"),
        (say("8 900 000-00-01"), "В какой день"),
        (tap("завтра"), "В котором часу"),
        (say("10"), "Оператор начнёт со слова"),
        (tap("не нужен"), "звонить не будем"),
        (tap("Баланс"), "О какой квартире"),
        (tap("Квартира"), "Всего к оплате"),
        (tap("Квитанция"), "За какой месяц"),
        (tap("январь 2022"), "Что сделать?"),
        (tap("История"), "О какой квартире"),
        (tap("Квартира"), "Какой месяц показать"),
        (tap("Мои показания"), "5\u00a0002"),
        (tap("Вопрос"), "О чём вопрос?"),
        (tap("Начисления"), "Какая услуга?"),
        (tap("холодная вода"), "За какой месяц?"),
        (tap("декабрь 2021"), "Это помогло?"),
        (tap("Спросить оператора"), "Напишите вопрос"),
        (say("Почему столько?"), "Вопрос №"),
        (tap("Меню"), "Что сделать?"),
        (tap("Вопрос"), "О чём вопрос?"),
        (tap("Мои вопросы"), "Ваши вопросы"),
        (tap("Меню"), "Что сделать?"),
    ]


def _share() -> list[Line]:
    return [
        (tap("Настройки"), "Дача"),
        (tap("Напоминания"), "О чём напоминать?"),
        (tap("Время"), "С какого часа"),
        (say("18"), "Напоминаем с 18:00"),
        (tap("Начался"), "Начался приём показаний"),
        (tap("Выключить"), "нет"),
        (tap("Назад"), "О чём напоминать?"),
        (tap("Ниже"), "О чём напоминать?"),
        (tap("Ниже"), "О чём напоминать?"),
        (tap("Куда писать"), "Куда писать напоминания"),
        (tap("Туда"), "Запомнил"),
        (tap("Меню"), "Что сделать?"),
        (tap("Настройки"), "Дача"),
        (tap("Кто видит"), "О какой квартире"),
        (tap("Дача"), "Квартиру видите вы"),
        (tap("Назвать"), "новое название"),
        (say("Сад"), "Запомнил"),
        (tap("Настройки"), "Сад"),
        (tap("Кто видит"), "О какой квартире"),
        (tap("Сад"), "Квартиру видите вы"),
        (tap("Пригласить"), "Как назвать помощника"),
        (say("Соседка"), "Код для помощника"),
        (tap("Убрать"), "Забрать право"),
        (tap("Забрать"), "больше нет этого права"),
        (tap("Меню"), "Что сделать?"),
    ]


def _submit_for_an_old_meter(flat: Sample) -> list[Line]:
    return [
        *_link_another(flat, "Родители"),
        (tap("Показания"), "О какой квартире"),
        (tap("Родители"), "Счётчик 1 из"),
        (tap("Как поверить"), "аккредитованную на поверку"),
        (tap("Меню"), "Что сделать?"),
    ]


def _agree_anew(part: Part) -> list[Line]:
    async def after_a_change_of_the_text(phone: Phone) -> None:
        """As if what the resident has agreed to were an earlier text."""
        await ask(
            part.url,
            """WITH older AS (UPDATE consents SET version = '1' RETURNING id),
                forgotten AS (UPDATE chats SET state = state - 'agreed' RETURNING id)
            SELECT (SELECT count(*) FROM older) + (SELECT count(*) FROM forgotten)""",
        )
        await phone.tap("Настройки")

    return [
        (after_a_change_of_the_text, "Мы изменили текст согласия"),
        (tap("Согласен"), "Согласие записано"),
    ]


def _leave() -> list[Line]:
    return [
        (say("меню"), "Что сделать?"),
        (tap("Настройки"), "Сад"),
        (tap("Подключить второй"), "Вас узнают здесь"),
        (tap("Назад"), "Сад"),
        (tap("Отвязать"), "О какой квартире"),
        (tap("Сад"), "Отвязать её?"),
        (tap("Отвязать"), "Квартира отвязана"),
        (tap("Настройки"), "Настройки"),
        (tap("Удалить"), "Удалить всё"),
        (tap("удалить"), "Согласны"),
        (tap("Подробнее"), "Оператор данных"),
        (tap("Назад"), "Согласны"),
        (tap("Язык"), "На каком языке"),
        (tap("Русский"), "Согласны"),
    ]
