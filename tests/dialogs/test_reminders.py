"""Reminders: what is chosen of them, what they say, and what their buttons do, on both messengers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core.broadcasts.reminders import HOURS, Reminder, ReminderTimes
from core.clock import CityClock
from core.ids import ResidentId
from core.meters.ports import Verdict
from core.money import Kopecks
from core.telling import HomeFacts, Paid
from dialogs.event import Pressed
from dialogs.link_notices import BUTTON
from dialogs.screen import Screen
from dialogs.telling import (
    Outside,
    declined_screen,
    due_screen,
    last_day_screen,
    payment_screen,
    receipt_screen,
    verification_screen,
    window_screen,
)
from tests.dialogs.fake_personal import MESSENGERS
from tests.dialogs.talk import Talk
from tests.dialogs.test_linking import prove
from tests.dialogs.test_minimal import Watched, settled
from tests.dialogs.test_sessions import state
from tests.dialogs.world import CODES, FEBRUARY, HEAT, JANUARY, LENINA, NUMBERS, TRUDA, TRUDA_WATER, WATER, World

READING = "00000000-0000-4000-8000-000000000001"
TODAY, DUE = date(2022, 2, 16), date(2022, 2, 10)
OWED = HomeFacts(None, {HEAT: Kopecks(-5000), WATER: Kopecks(123450)})

Make = Callable[[Outside, World], Screen | None]
TOLD: dict[Reminder, Make] = {
    Reminder.WINDOW: lambda here, world: window_screen(FEBRUARY, date(2022, 2, 25)),
    Reminder.LAST_DAY: lambda here, world: last_day_screen(FEBRUARY, TODAY, TODAY),
    Reminder.RECEIPT: lambda here, world: receipt_screen(JANUARY, TRUDA, OWED, DUE, here),
    Reminder.DUE: lambda here, world: due_screen(TRUDA, OWED, DUE, here),
    Reminder.VERIFICATION: lambda here, world: verification_screen(world.meters.meters[0], date(2022, 3, 18), TODAY),
    Reminder.DECLINED: lambda here, world: declined_screen(
        f"{READING}:{WATER}", Verdict(world.meters.meters[0], Decimal("104.5"), "меньше прошлого"), here
    ),
    Reminder.PAYMENT: lambda here, world: payment_screen(Paid(WATER, Kopecks(91050), date(2022, 2, 14)), OWED, here),
}
SAYS = {
    Reminder.WINDOW: "Начался приём показаний за февраль 2022.\nПередать можно до 25 февраля.",
    Reminder.LAST_DAY: "Сегодня последний день приёма показаний за февраль 2022.",
    Reminder.RECEIPT: "Готова квитанция за январь 2022.\n\nВодоканал: к оплате 1 234,50 ₽\n"
    "Теплофикация: переплата 50,00 ₽\n\nСрок оплаты был 10 февраля",
    Reminder.DUE: "Срок оплаты был 10 февраля\n\nВодоканал: к оплате 1 234,50 ₽",
    Reminder.VERIFICATION: "холодная вода, кухня, № 41000001\nПоверка действует до 18 марта 2022: осталось 30 дней.",
    Reminder.DECLINED: "Водоканал: показание не принято.\nхолодная вода, кухня, № 41000001: 104,5\n"
    "Причина: меньше прошлого",
    Reminder.PAYMENT: "Оплата получена: Водоканал.\nСумма: 910,50 ₽\nОплачено: 14 февраля 2022",
}


@pytest.fixture(params=["telegram", "vk"])
async def resident(request: pytest.FixtureRequest, world: World) -> Talk:
    talk = Talk(world, messenger=request.param)
    await talk.say("начать")
    await talk.press("Согласен")
    await prove(talk, NUMBERS[TRUDA_WATER], CODES[TRUDA_WATER])
    await talk.press("Верно")
    return talk


def here(world: World) -> Outside:
    return Outside(world.city, CityClock(world.clock, world.city.zone))


def tell(talk: Talk, kind: Reminder) -> str:
    screen = TOLD[kind](here(talk.world), talk.world)
    assert screen is not None
    return talk.show(screen)


# --- what they say


@pytest.mark.parametrize("kind", TOLD)
async def test_each_kind_says_what_it_is_about_and_stops_by_one_tap(resident: Talk, kind: Reminder) -> None:
    assert SAYS[kind] in tell(resident, kind)
    before = resident.steps
    for _ in range(2):
        assert "Больше не напомню" in await resident.press_told("Больше не напоминать")
    assert resident.world.reminders.topics == {ResidentId(1): {f"reminder.{kind}"}}
    assert resident.steps == before


@pytest.mark.parametrize("kind", TOLD)
async def test_where_little_may_be_said_no_sum_and_no_number_is(kind: Reminder) -> None:
    """`Watched` looks through the turns; here its eyes are used by hand."""
    talk = await settled()
    tell(talk, kind)
    assert isinstance(talk, Watched)
    assert "₽" not in talk.text
    assert "41000001" not in talk.text
    assert talk.text.strip()


async def test_the_buttons_lead_on(resident: Talk) -> None:
    tell(resident, Reminder.RECEIPT)
    await resident.press_told("Квитанция")
    assert resident.steps[-1] == "receipts.period"
    tell(resident, Reminder.LAST_DAY)
    assert "Счётчик 1 из" in await resident.press_told("Показания")
    tell(resident, Reminder.DUE)
    await resident.press_told("Оплатить")
    assert [file.form.value for file in resident.files] == ["payment_qr", "payment_qr"]


async def test_nothing_owed_is_not_told(world: World) -> None:
    assert due_screen(TRUDA, HomeFacts(None, {WATER: Kopecks(0), HEAT: Kopecks(-1)}), DUE, here(world)) is None


async def test_the_last_day_counts_down(resident: Talk) -> None:
    resident.show(last_day_screen(FEBRUARY, date(2022, 2, 17), TODAY))
    assert "остался 1 день: последний день 17 февраля." in resident.text
    resident.show(last_day_screen(FEBRUARY, date(2022, 2, 19), TODAY))
    assert "осталось 3 дня: последний день 19 февраля." in resident.text


async def test_of_several_flats_the_one_meant_is_named(resident: Talk, world: World) -> None:
    for name, shown in (("Дача", "• Дача"), ("", "• Квартира")):
        home = replace(OWED, name=name)
        resident.show(receipt_screen(JANUARY, TRUDA, home, DUE, here(world)))
        assert shown in resident.text


@pytest.mark.parametrize(
    "choice",
    [
        *("stop.", "stop.x", "stop.window.1", "open.", "open.x", f"open.receipt.{LENINA}", "open.pay.999", "x", ""),
        *("open.receipt.-1", "open.receipt.²", f"open.pay.{10**30}", "open.history.1", "stop.WINDOW"),
    ],
)
async def test_a_forged_press_leads_nowhere(resident: Talk, choice: str) -> None:
    await resident.serve(Pressed(f"{BUTTON}reminder.{choice}", 0))
    assert resident.text
    assert resident.files == []
    assert resident.steps == ["home"]
    assert resident.world.reminders.topics == {}


async def test_the_buttons_of_a_flat_that_is_gone_show_the_menu(resident: Talk, world: World) -> None:
    tell(resident, Reminder.RECEIPT)
    world.links.links.clear()
    assert "Этого уже нет" in await resident.press_told("Квитанция")


# --- what is chosen


async def chosen(resident: Talk, *words: str) -> str:
    await resident.say("меню")
    for word in ("Настройки", "Напоминания", *words):
        await resident.press(word)
    return resident.text


async def test_all_are_on_until_something_is_chosen(resident: Talk) -> None:
    text = await chosen(resident)
    assert text.count("✓") == len(Reminder)
    assert "✓ Конец приёма показаний: в этот день" in text
    assert "✓ Срок оплаты: за 3 дня" in text
    assert "Напоминаем с 10:00" in text


async def test_one_kind_is_switched_off_and_on(resident: Talk, world: World) -> None:
    await chosen(resident, "Новая квитанция", "Выключить")
    assert world.reminders.topics == {ResidentId(1): {"reminder.receipt"}}
    assert "– Новая квитанция: нет" in await chosen(resident)
    await chosen(resident, "Новая квитанция", "Включить")
    assert world.reminders.topics == {ResidentId(1): set()}


async def test_all_are_switched_off_and_on_at_once(resident: Talk, world: World) -> None:
    assert "✓" not in await chosen(resident, "Выключить все")
    assert len(world.reminders.topics[ResidentId(1)]) == len(Reminder)
    assert "–" not in (await resident.press("Включить все")).partition("Напоминаем")[0]


async def test_the_day_and_the_hour_are_chosen(resident: Talk, world: World) -> None:
    await chosen(resident, "Конец приёма", "за 3 дня")
    await chosen(resident, "Время")
    assert "Запомнил" in await resident.say("18:00")
    assert world.reminders.chosen == {ResidentId(1): ReminderTimes(18, 3, 3)}
    assert "Напоминаем с 18:00" in resident.text
    await chosen(resident, "Время", "11:00")
    assert world.reminders.chosen[ResidentId(1)].hour == 11


async def test_with_one_messenger_it_is_not_asked_where(resident: Talk) -> None:
    await chosen(resident, "Ниже", "Ниже")
    assert "Куда писать" not in resident.buttons


async def test_with_two_messengers_one_is_preferred(resident: Talk, world: World) -> None:
    other = "vk"
    chat = next(chat for chat, messenger in MESSENGERS.items() if messenger == other)
    world.residents.chats[chat] = world.residents.chats[resident.chat]
    assert "Сейчас: Туда, где писали последним." in await chosen(resident, "Ниже", "Ниже", "Куда писать")
    name = world.city.messenger(other).name
    assert "Запомнил" in await resident.press(name)
    assert world.announcements.preferred == {ResidentId(1): other}
    assert f"Сейчас: {name}." in await chosen(resident, "Ниже", "Ниже", "Куда писать")
    await resident.press("Туда, где")
    assert world.announcements.preferred == {ResidentId(1): None}


async def test_a_messenger_one_does_not_use_cannot_be_chosen(resident: Talk, world: World) -> None:
    await chosen(resident, "Ниже", "Ниже")
    await resident.serve(Pressed("where", int(str(resident.state["rev"]))))  # type: ignore[index]  # there is a state
    resident.state = state({"step": "home", "data": {}}, {"step": "reminders.where", "data": {}})
    await resident.say("да")
    for choice in ("vk", "max", ""):
        await resident.serve(Pressed(choice, int(str(resident.state["rev"]))))  # type: ignore[index]  # as above
    assert world.announcements.preferred == {}


@pytest.mark.parametrize("hour", ["8", "21", "0", "24", "-9", "9.5", "²", "١٠", "9" * 50, "десять", ""])
async def test_an_hour_of_the_night_or_none_at_all_is_not_taken(resident: Talk, world: World, hour: str) -> None:
    await chosen(resident, "Время")
    await resident.say(hour)
    assert resident.text
    assert world.reminders.chosen == {}
    assert HOURS[0] == 9


@pytest.mark.parametrize("choice", ["days.2", "days.", "days.-1", "days.99", "on.x", "due"])
async def test_only_what_is_offered_can_be_chosen(resident: Talk, world: World, choice: str) -> None:
    await chosen(resident, "Конец приёма")
    await resident.serve(Pressed(choice, int(str(resident.state["rev"]))))  # type: ignore[index]  # there is a state
    assert world.reminders.chosen == {}


async def test_a_kind_that_only_another_version_knows_leads_home(resident: Talk) -> None:
    resident.state = state({"step": "home", "data": {}}, {"step": "reminders.one", "data": {"kind": "horoscope"}})
    await resident.say("да")
    assert resident.steps == ["home"]
