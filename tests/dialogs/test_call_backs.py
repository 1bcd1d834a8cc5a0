"""«Перезвоните мне»: the number, the hour of work, the word, and what is told afterwards."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.call_backs.model import CallBack, CallStatus
from core.call_backs.rules import masked_phone, understood_phone
from core.call_backs.use_cases import MOST_A_DAY
from core.errors import NotFound
from core.ids import CallBackId
from core.messengers import Messenger, PersonalData
from dialogs.event import Kind
from tests.dialogs.talk import Talk
from tests.dialogs.world import CITY, World

WATER_NAME = "МП трест «Водоканал»"
TOMORROW_AT_TEN = datetime(2022, 2, 17, 5, 0, tzinfo=UTC)
NUMBER = "8 (900) 000-00-01"


async def ask(talk: Talk, phone: str = NUMBER, day: str = "завтра", hour: str = "10") -> str:
    await talk.say("перезвоните мне")
    await talk.press("Водоканал")
    await talk.say(phone)
    await talk.press(day)
    return await talk.say(hour)


def only(world: World) -> CallBack:
    (call,) = world.calls.calls.values()
    return call


async def test_a_call_is_asked_for_by_number_day_and_hour(talk: Talk, world: World) -> None:
    await talk.press("Адреса")
    await talk.press("Перезвоните мне")
    assert talk.buttons[:2] == ["Водоканал", "Теплофикация"]
    await talk.press("Водоканал")
    assert "Через месяц после звонка мы его сотрём" in talk.text
    await talk.say(NUMBER)
    assert talk.buttons[:2] == ["сегодня, 16 февраля", "завтра, 17 февраля"]
    await talk.press("завтра")
    assert "Можно с 08:00 до 19:00" in talk.text
    await talk.press("10:00")
    assert "Вам перезвонит Водоканал: завтра, 17 февраля, с 10:00 до 11:00." in talk.text
    assert "+7 900 000-00-01" in talk.text
    call = only(world)
    assert (call.organisation, call.phone, call.vouched) == (WATER_NAME, "9000000001", False)
    assert call.wanted_at == TOMORROW_AT_TEN
    assert f"Оператор начнёт со слова «{call.word}»" in talk.text
    assert "Паспорт, номер карты и коды из СМС он не спросит" in talk.text


async def test_ones_own_number_may_be_shared_where_the_messenger_vouches_for_it(talk: Talk, world: World) -> None:
    await talk.say("перезвоните мне")
    await talk.press("Водоканал")
    await talk.send(Kind.CONTACT, None, "+79000000001")
    await talk.press("завтра")
    await talk.say("в 10 часов")
    assert (only(world).phone, only(world).vouched) == ("9000000001", True)


async def test_anothers_card_is_a_number_nobody_vouches_for(talk: Talk, world: World) -> None:
    await talk.say("перезвоните мне")
    await talk.press("Водоканал")
    await talk.send(Kind.CONTACT, "card", "+79000000002")
    await talk.press("завтра")
    await talk.say("10")
    assert (only(world).phone, only(world).vouched) == ("9000000002", False)


@pytest.mark.parametrize(
    ("written", "phone"),
    [
        ("8 900 000-00-01", "9000000001"),
        ("+7(900)0000001", "9000000001"),
        ("9000000001", "9000000001"),
        ("51-51-31", "3519515131"),
        ("8 3519 51 51 31", "3519515131"),
        ("", ""),
        ("51-51", ""),
        ("03", ""),
        ("+1 202 555 0101", ""),
        ("8 900 000-00-01 доб. 5", ""),
        ("8 900 000-00-01, 8 900 000-00-02", ""),
        ("٠١٢٣٤٥٦٧٨٩", ""),
        ("1" * 300, ""),
    ],
)
def test_a_number_is_understood_or_refused(written: str, phone: str) -> None:
    """Those without a mobile have a number of six digits; nothing is guessed."""
    assert understood_phone(written, "3519") == phone


async def test_what_is_no_number_is_asked_for_again(talk: Talk, world: World) -> None:
    await talk.say("перезвоните мне")
    await talk.press("Водоканал")
    for written in ("позвоните", "123", "я" * 5000):
        await talk.say(written)
        assert talk.steps[-1] == "calls.phone"
    assert "не похоже на номер" in talk.text
    assert not world.calls.calls


@pytest.mark.parametrize(
    ("hour", "stays"), [("21", True), ("7", True), ("25", True), ("завтра", True), ("9:00", False), ("19", False)]
)
async def test_only_hours_of_work_may_be_chosen(talk: Talk, hour: str, stays: bool) -> None:
    await ask(talk, hour=hour)
    assert (talk.steps[-1] == "calls.hour") is stays


async def test_today_the_hours_that_are_left(talk: Talk, world: World) -> None:
    await talk.say("перезвоните мне")
    await talk.press("Водоканал")
    await talk.say(NUMBER)
    world.clock.instant += timedelta(hours=7, minutes=50)  # 17:50
    await talk.press("сегодня")
    assert talk.buttons[:1] == ["19:00"]  # 18:00 is too near for anybody to see it
    world.clock.instant += timedelta(hours=1)
    await talk.press("19:00")
    assert "не звонят" in talk.text or "В какой день" in talk.text
    assert not world.calls.calls


async def test_on_a_closed_day_nobody_calls(talk: Talk, world: World) -> None:
    world.clock.instant = datetime(2022, 2, 22, 15, 30, tzinfo=UTC)  # 20:30 before a holiday
    await talk.say("перезвоните мне")
    await talk.press("Водоканал")
    await talk.say(NUMBER)
    assert talk.buttons[0] == "чт, 24 февраля"


async def test_asking_again_moves_the_call_and_keeps_its_word(talk: Talk, world: World) -> None:
    await ask(talk)
    first = only(world)
    await talk.say("перезвоните мне")
    await talk.press("Водоканал")
    assert "10:00" in talk.text
    await talk.press("Другое время")
    await talk.press("пт")
    await talk.press("08:00")
    moved = only(world)
    assert (moved.id, moved.phone, moved.word) == (first.id, first.phone, first.word)
    assert moved.wanted_at == datetime(2022, 2, 18, 3, 0, tzinfo=UTC)
    assert moved.rev > first.rev


async def test_a_second_press_asks_once(talk: Talk, world: World) -> None:
    await ask(talk, hour="")
    await talk.press("10:00")
    await talk.press_old("10:00")
    assert len(world.calls.calls) == 1
    assert only(world).rev == 0


async def test_a_call_is_cancelled(talk: Talk, world: World) -> None:
    await ask(talk)
    await talk.press("не нужен")
    assert only(world).status is CallStatus.CANCELLED
    assert talk.steps == ["home"]


async def test_a_number_is_no_toy(talk: Talk, world: World) -> None:
    for _ in range(MOST_A_DAY):
        await ask(talk)
        await talk.press("не нужен")
    await ask(talk)
    assert "заказали уже много звонков" in talk.text
    assert len(world.calls.calls) == MOST_A_DAY


async def test_who_has_not_agreed_is_not_asked_for_a_number(stranger: Talk) -> None:
    await stranger.say("начать")
    await stranger.press("Адреса")
    assert not [label for label in stranger.buttons if "Перезвоните" in label]
    await stranger.say("перезвоните мне")
    assert stranger.steps[0] == "consent"


async def test_a_question_may_be_talked_over_instead(talk: Talk, world: World) -> None:
    """With whoever answers it: charges of December were the former agent's."""
    await talk.press("Вопрос")
    await talk.press("Начисления")
    await talk.press("холодная вода")
    await talk.press("декабрь")
    await talk.press("Спросить")
    await talk.press("Перезвоните мне")
    await talk.say(NUMBER)
    await talk.press("завтра")
    await talk.say("10")
    assert only(world).organisation == "ООО «ЕРКЦ»"


async def test_where_nobodys_hours_are_known_no_call_is_promised(talk: Talk, world: World) -> None:
    world.city = replace(CITY, support=replace(CITY.support, desks=()))
    await talk.press("Адреса")
    assert not [label for label in talk.buttons if "Перезвоните" in label]
    await talk.say("перезвоните мне")
    assert "Позвоните сами: 51-51-31" in talk.text


async def test_nobody_answered_and_it_is_told(talk: Talk, world: World) -> None:
    await ask(talk)
    world.calls.put(CallBackId(1), attempts=1, wanted_at=TOMORROW_AT_TEN + timedelta(hours=2))
    await talk.notice("call_missed", "1")
    assert "не дозвонились. Позвоним ещё раз: завтра, 17 февраля, с 12:00" in talk.text
    await talk.press_told("Другое время")
    assert talk.steps[-1] == "calls.day"
    world.calls.put(CallBackId(1), status=CallStatus.MISSED, attempts=3)
    await talk.notice("call_missed", "1")
    await talk.press_told("Другое время")
    assert talk.steps[-1] == "calls.phone"


@pytest.mark.parametrize("subject", ["1", "2", "x", "", "9" * 30])
async def test_calls_of_others_are_not_told(talk: Talk, world: World, subject: str) -> None:
    other = Talk(world, "vk", chat=type(talk.chat)(8))
    await other.say("начать")
    await other.press("Согласен")
    await ask(talk)
    world.calls.put(CallBackId(1), attempts=1)
    await other.notice("call_missed", subject)
    assert other.text == ""
    await other.serve(type(talk.keyboard[0].press)(f"notice.call.{subject}", 1))
    assert "Этого уже нет" in other.text
    with pytest.raises(NotFound):
        await world.calls.get(CallBackId(1), world.residents.chats[other.chat].id)


async def test_a_settled_call_says_so_when_it_is_looked_at_again(talk: Talk, world: World) -> None:
    await ask(talk)
    world.calls.put(CallBackId(1), status=CallStatus.DONE)
    await talk.press("Другое время")
    await talk.press("Назад")
    assert "Этот звонок состоялся" in talk.text
    await talk.press("Заказать снова")
    assert talk.steps[-1] == "calls.phone"


async def test_with_little_personal_data_the_number_is_not_read_back(talk: Talk, world: World) -> None:
    minimal = Messenger("telegram", "Telegram", personal_data=PersonalData.MINIMAL)
    world.city = replace(CITY, messengers=(minimal,))
    await ask(talk)
    assert masked_phone("9000000001") in talk.text
    assert not re.search(r"900.{0,2}000", talk.text)
    assert only(world).word in talk.text
