"""«Отключения»: what is known for one's flats, said exactly or not at all, and what residents say back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.clock import CityClock
from core.ids import OutageId
from core.outages.model import OutageEventKind, OutageTold, Report
from core.services import Service
from dialogs.event import Pressed
from dialogs.link_notices import BUTTON
from dialogs.telling import Outside, outage_screen
from tests.dialogs.talk import Talk
from tests.dialogs.test_linking import prove
from tests.dialogs.test_minimal import MINIMAL, settled
from tests.dialogs.world import CODES, LENINA, LENINA_WATER, NUMBERS, TRUDA, TRUDA_WATER, World

UNKNOWN = "Об отключениях в этом доме сведений нет."
HOUR = timedelta(hours=1)


@pytest.fixture(params=["telegram", "vk"])
async def resident(request: pytest.FixtureRequest, world: World) -> Talk:
    """Has one flat, in Труда street."""
    talk = Talk(world, messenger=request.param)
    await talk.say("начать")
    await talk.press("Согласен")
    await prove(talk, NUMBERS[TRUDA_WATER], CODES[TRUDA_WATER])
    await talk.press("Верно")
    return talk


async def with_second_flat(talk: Talk) -> None:
    await prove(talk, NUMBERS[LENINA_WATER], CODES[LENINA_WATER])
    await talk.press("Верно")
    await talk.press("Родители")


async def test_when_nothing_is_known_that_is_said_with_the_time_and_a_phone(resident: Talk) -> None:
    text = await resident.press("Отключения")
    assert UNKNOWN in text
    assert "Данные на 10:00, 16 февраля." in text
    assert "Аварийная служба, Водоканал: 23-25-25" in text
    assert "Диспетчер города: (3519) 20-60-20" in text
    assert "ул. Труда, 1•" in text
    assert not any("тоже" in label for label in resident.buttons)


async def test_an_outage_of_ones_building_is_told_whole(resident: Talk, world: World) -> None:
    world.outages.begin(TRUDA, ends_at=world.clock.now() + 8 * HOUR, services=(Service.COLD_WATER, Service.HOT_WATER))
    text = await resident.say("нет воды")
    assert "Авария. Отключено: холодная вода, горячая вода." in text
    assert "Началось: 10:00, 16 февраля." in text
    assert "Обещают включить: 18:00, 16 февраля." in text
    assert "Причина: порыв трубы" in text
    assert "Сообщено: 10:00, 16 февраля." in text
    assert UNKNOWN not in text


async def test_another_buildings_outage_is_none_of_ones_own(resident: Talk, world: World) -> None:
    world.outages.begin(LENINA)
    assert UNKNOWN in await resident.press("Отключения")


async def test_every_interval_is_shown(resident: Talk, world: World) -> None:
    now = world.clock.now()
    for days in (1, 3):
        begins = now + timedelta(days=days)
        world.outages.begin(TRUDA, emergency=False, starts_at=begins, ends_at=begins + 4 * HOUR)
    text = await resident.press("Отключения")
    assert text.count("Плановое отключение: холодная вода.") == 2
    assert "Начнётся: 10:00, 17 февраля." in text
    assert "Обещают включить: 14:00, 19 февраля." in text
    assert not any("тоже" in label for label in resident.buttons), "what has not begun cannot be confirmed"


async def test_the_end_is_never_guessed(resident: Talk, world: World) -> None:
    outage = world.outages.begin(TRUDA, ends_at=world.clock.now() + HOUR)
    world.clock.instant += 2 * HOUR
    text = await resident.press("Отключения")
    assert "Обещали включить: 11:00, 16 февраля. Что включили, пока не сообщали." in text
    assert "Воды всё ещё нет" in resident.buttons
    world.outages.put(replace(outage, ends_at=None))
    assert "Когда включат, пока не известно." in await resident.say("отключения")


async def test_what_has_ended_is_shown_for_a_day(resident: Talk, world: World) -> None:
    outage = world.outages.begin(TRUDA)
    world.outages.put(replace(outage, ended_at=world.clock.now()))
    world.clock.instant += 23 * HOUR
    assert "Закончилось: 10:00, 16 февраля." in await resident.press("Отключения")
    world.clock.instant += 2 * HOUR
    assert UNKNOWN in await resident.say("отключения")


async def test_several_flats_are_told_apart_by_their_names(resident: Talk, world: World) -> None:
    await with_second_flat(resident)
    world.outages.begin(LENINA)
    text = await resident.press("Отключения")
    first, second = text.index("Квартира"), text.index("Родители")
    assert first < text.index(UNKNOWN) < second < text.index("Авария")
    assert "27" not in text.replace("20-60-27", "")


async def test_the_same_is_said_once_however_often_it_is_pressed(resident: Talk, world: World) -> None:
    world.outages.begin(TRUDA)
    await resident.press("Отключения")
    assert "Записали" in await resident.press("У меня тоже")
    assert "Вы это уже сообщили" in await resident.press("У меня тоже")
    assert [(one.report, one.building) for one in world.outages.said.values()] == [(Report.ALSO, f"|{TRUDA}|")]


async def test_of_several_outages_each_has_its_own_button(resident: Talk, world: World) -> None:
    world.outages.begin(TRUDA)
    heat = world.outages.begin(TRUDA, services=(Service.HEATING,))
    world.outages.put(replace(heat, ended_at=world.clock.now()))
    drain = world.outages.begin(TRUDA, services=(Service.WASTEWATER,))
    world.outages.put(replace(drain, ended_at=world.clock.now()))
    await resident.press("Отключения")
    assert resident.buttons[:3] == [
        "У меня тоже: холодная вода",
        "Тепла всё ещё нет: отопление",
        "Всё ещё не работает: водоотведение",
    ]
    await resident.press("Тепла всё ещё нет")
    assert {(one.outage, one.report) for one in world.outages.said.values()} == {(heat.id, Report.STILL)}


async def test_an_outage_that_ended_meanwhile_is_not_confirmed(resident: Talk, world: World) -> None:
    outage = world.outages.begin(TRUDA)
    await resident.press("Отключения")
    world.outages.put(replace(outage, ended_at=world.clock.now()))
    text = await resident.press("У меня тоже")
    assert "уже есть новости" in text
    assert "Закончилось" in text
    assert world.outages.said == {}


async def test_without_a_flat_it_is_said_why_one_is_needed(agreed: Talk, world: World) -> None:
    world.outages.begin(TRUDA)
    text = await agreed.press("Отключения")
    assert "по адресу квартиры" in text
    assert "Аварийная служба" in text
    assert "Труда" not in text
    assert "Авария." not in text
    await agreed.press("Привязать")
    assert agreed.steps[-1] == "linking.number"


@pytest.mark.parametrize(
    "choice",
    ["also.1", "still.1", "also.", "also.99999999999999999999", "also.-1", "also.1.1", "ended.1", ".", "also.²", "x"],
)
@pytest.mark.parametrize("prefix", ["", f"{BUTTON}outage."])
async def test_a_forged_press_counts_nothing(resident: Talk, world: World, prefix: str, choice: str) -> None:
    """The outage is at somebody else's home."""
    world.outages.begin(LENINA)
    await resident.press("Отключения")
    await resident.serve(Pressed(prefix + choice, 10**6 if prefix else 3))
    assert resident.text
    assert world.outages.said == {}


# --- what is told of one's own accord


def told(talk: Talk, kind: OutageEventKind, text: str = "", flats: tuple[str, ...] = (), **more: object) -> str:
    """An event of an outage at Труда street as the worker would tell it."""
    outage = talk.world.outages.begin(TRUDA, **more)  # type: ignore[arg-type]  # fields by name
    here = Outside(talk.world.city, CityClock(talk.world.clock, talk.world.city.zone))
    return talk.show(outage_screen(OutageTold(kind, text, outage), flats, here))


async def test_a_beginning_is_told_and_confirmed_from_the_message(resident: Talk, world: World) -> None:
    text = told(resident, OutageEventKind.OPENED)
    assert text.startswith("Отключение в вашем доме.\n\nАвария. Отключено: холодная вода.")
    assert "Труда" not in text
    assert "Записали" in await resident.press_told("У меня тоже")
    assert len(world.outages.said) == 1


async def test_an_end_is_told_with_what_the_operator_says_and_may_be_doubted(resident: Talk, world: World) -> None:
    text = told(resident, OutageEventKind.ENDED, "Первая вода бывает мутной.", ended_at=world.clock.now())
    assert text.startswith("Включили: холодная вода.")
    assert "Первая вода бывает мутной." in text
    await resident.press_told("Воды всё ещё нет")
    assert [one.report for one in world.outages.said.values()] == [Report.STILL]


@pytest.mark.parametrize("kind", [OutageEventKind.UPDATED, OutageEventKind.REOPENED])
async def test_news_are_told_as_they_are_by_now(resident: Talk, kind: OutageEventKind, world: World) -> None:
    text = told(resident, kind, ends_at=world.clock.now() + 3 * HOUR)
    assert "Обещают включить: 13:00, 16 февраля." in text


async def test_what_is_planned_is_told_without_a_button_to_confirm_it(resident: Talk, world: World) -> None:
    begins = world.clock.now() + 24 * HOUR
    told(resident, OutageEventKind.OPENED, emergency=False, starts_at=begins, ends_at=begins + HOUR)
    assert [button.label for button in resident.told] == ["Не сообщать об отключениях"]


async def test_with_several_flats_the_message_names_those_meant(resident: Talk) -> None:
    text = told(resident, OutageEventKind.OPENED, flats=("Дача <b>", ""))
    assert "• Дача <b>\n• Квартира\n" in text


async def test_one_tap_stops_them_for_good_and_the_settings_bring_them_back(resident: Talk, world: World) -> None:
    told(resident, OutageEventKind.OPENED)
    for _ in range(2):
        assert "Больше не напомню" in await resident.press_told("Не сообщать")
    assert list(world.reminders.topics.values()) == [{"outage"}]
    await resident.say("меню")
    await resident.press("Настройки")
    text = await resident.press("Напоминания")
    assert "– Отключения: нет" in text
    await resident.press("Ниже")
    await resident.press("Ниже")
    await resident.press("Отключения")
    assert "✓ Отключения" in await resident.press("Включить")
    assert list(world.reminders.topics.values()) == [set()]


async def test_where_no_address_may_be_said_the_cause_is_left_out() -> None:
    talk = await settled()
    talk.world.outages.begin(TRUDA, cause="порыв на ул. Труда, 14")
    text = await talk.say("отключения")
    assert "Авария. Отключено: холодная вода." in text
    assert "порыв" not in text
    text = told(talk, OutageEventKind.OPENED, cause="порыв на ул. Труда, 14")
    assert "Авария" in text
    assert "порыв" not in text
    text = told(talk, OutageEventKind.ENDED, "Труда, 14: вода мутная", ended_at=talk.world.clock.now())
    assert "Включили" in text
    assert "мутная" not in text
    assert talk.world.city is MINIMAL


async def test_a_helper_sees_what_is_off_where_they_help(world: World, resident: Talk) -> None:
    world.outages.begin(TRUDA)
    await resident.say("настройки")
    await resident.press("Кто видит")
    await resident.press("Пригласить")
    await resident.say("Соседка")
    code = resident.text.split("Код для помощника: ")[1][:9]
    helper = Talk(world, chat=type(resident.chat)(9))
    await helper.say("начать")
    await helper.press("Согласен")
    await helper.press("Есть код")
    await helper.say(code)
    assert "Авария" in await helper.press("Отключения")
    await helper.press("У меня тоже")
    assert [one.outage for one in world.outages.said.values()] == [OutageId(1)]
