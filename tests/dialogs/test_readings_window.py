"""The soft window: which month a reading counts for, by whose clock, and what an operator's extension changes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core.city import ReadingWindow
from core.meters.model import Flag, WindowExtension
from core.periods import Period
from dialogs.event import Pressed, Said
from tests.dialogs.talk import Talk
from tests.dialogs.test_readings_line import two_flats
from tests.dialogs.world import COLD, FEBRUARY, HEAT, HOT, LENINA, TRUDA, WATER, World

__all__ = ["two_flats"]

MARCH = Period(2022, 3)
LAST_EVENING = datetime(2022, 2, 25, 18, 59, 50, tzinfo=UTC)
"""23:59:50 in Magnitogorsk on the last day."""


def extend(world: World, until: date, **more: object) -> None:
    building = more.pop("building", None)
    extension = WindowExtension(None, FEBRUARY, until, None, "авария", "anna", world.clock.now())
    world.windows.extended.append((replace(extension, **more), building))  # type: ignore[arg-type]  # fields by name


def periods(world: World) -> Sequence[Period]:
    return [one.period for one in world.readings.readings]


# --- the date of the message


async def test_a_message_sent_in_time_and_delivered_two_hours_later_counts_for_its_month(
    talk: Talk, world: World
) -> None:
    world.clock.instant = LAST_EVENING + timedelta(hours=2)
    await talk.serve(Said("ХВС 104", LAST_EVENING))
    await talk.press("Верно")
    (reading,) = world.readings.readings
    assert (reading.period, reading.flags, reading.submitted_at) == (FEBRUARY, (), LAST_EVENING)


async def test_step_by_step_the_number_s_own_message_counts_not_the_press(talk: Talk, world: World) -> None:
    world.clock.instant = LAST_EVENING
    await talk.press("Показания")
    world.clock.instant = LAST_EVENING + timedelta(hours=2)
    await talk.serve(Said("104", LAST_EVENING))
    assert "закончился" not in talk.text
    await talk.serve(Pressed(talk.keyboard[0].press.choice, talk.keyboard[0].press.rev, world.clock.instant))
    assert periods(world) == [FEBRUARY]


async def test_a_number_said_after_midnight_counts_for_the_next_month_and_says_so(talk: Talk, world: World) -> None:
    world.clock.instant = LAST_EVENING + timedelta(hours=2)
    await talk.serve(Said("ХВС 104", LAST_EVENING + timedelta(seconds=10)))
    assert "Приём за февраль 2022 закончился: показание засчитаем за март 2022." in talk.text
    await talk.press("Верно")
    (reading,) = world.readings.readings
    assert (reading.period, reading.flags) == (MARCH, (Flag.LATE,))


@pytest.mark.parametrize(
    "sent",
    [
        LAST_EVENING + timedelta(days=5),
        LAST_EVENING + timedelta(hours=2, seconds=1),
        LAST_EVENING + timedelta(hours=2) - timedelta(hours=48, seconds=1),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
        None,
    ],
    ids=["days ahead", "a second ahead", "too old", "the epoch", "the end of time", "its beginning", "none"],
)
async def test_a_date_that_cannot_be_true_is_not_believed(talk: Talk, world: World, sent: datetime | None) -> None:
    """The message came after the window had closed: by the time of receipt it is late."""
    world.clock.instant = LAST_EVENING + timedelta(hours=2)
    await talk.serve(Said("ХВС 104", sent))
    await talk.press("Верно")
    assert periods(world) == [MARCH]


async def test_with_a_shifted_clock_dates_of_messages_are_shifted_alike(talk: Talk, world: World) -> None:
    """NOW has moved the city's clock to February 2022: a message of today was sent then."""
    world.clock.offset = timedelta(days=-1700)
    world.clock.instant = LAST_EVENING + timedelta(hours=2)
    await talk.serve(Said("ХВС 104", LAST_EVENING - world.clock.offset))
    await talk.press("Верно")
    assert [(one.period, one.submitted_at) for one in world.readings.readings] == [(FEBRUARY, LAST_EVENING)]


async def test_a_stand_in_on_the_city_s_clock_is_believed_too(talk: Talk, world: World) -> None:
    world.clock.offset = timedelta(days=-1700)
    world.clock.instant = LAST_EVENING + timedelta(hours=2)
    await talk.serve(Said("ХВС 104", LAST_EVENING))
    await talk.press("Верно")
    assert [one.submitted_at for one in world.readings.readings] == [LAST_EVENING]


async def test_a_confirmation_days_later_counts_by_its_own_date(talk: Talk, world: World) -> None:
    world.clock.instant = LAST_EVENING
    await talk.serve(Said("ХВС 104", LAST_EVENING))
    world.clock.instant = LAST_EVENING + timedelta(days=3)
    await talk.press("Верно")
    assert periods(world) == [MARCH]


async def test_a_clock_set_back_does_not_put_a_reading_into_the_future(talk: Talk, world: World) -> None:
    world.clock.instant = LAST_EVENING + timedelta(days=20)
    await talk.say("ХВС 104")
    world.clock.instant = LAST_EVENING
    await talk.press("Верно")
    assert [one.submitted_at for one in world.readings.readings] == [LAST_EVENING]
    assert periods(world) == [FEBRUARY]


# --- one provider's window


def own_windows(world: World) -> None:
    heat = ReadingWindow(20, 28, since=date(2022, 1, 1), provider=HEAT)
    world.city = replace(world.city, reading_windows=(*world.city.reading_windows, heat))


async def test_each_provider_has_its_own_window(talk: Talk, world: World) -> None:
    own_windows(world)
    world.clock.instant = datetime(2022, 2, 27, 5, tzinfo=UTC)
    await talk.say("ХВС 104, ГВС 52")
    await talk.press("Верно")
    assert {one.meter: one.period for one in world.readings.readings} == {COLD: MARCH, HOT: FEBRUARY}
    assert "Приняты показания за март 2022" in talk.text
    assert "Приняты показания за февраль 2022" in talk.text
    assert "Исправить можно до 28 февраля включительно" in talk.text
    assert "Исправить можно до 25 марта включительно" in talk.text


async def test_the_menu_tells_windows_that_differ_apart(talk: Talk, world: World) -> None:
    own_windows(world)
    await talk.say("меню")
    assert "Водоканал: Показания за февраль 2022 принимаем до 25 февраля" in talk.text
    assert "Теплофикация: Показания за февраль 2022 ждём с 20 февраля по 28 февраля" in talk.text


async def test_a_dated_window_begins_on_its_day(talk: Talk, world: World) -> None:
    later = ReadingWindow(1, 20, since=date(2022, 3, 1))
    world.city = replace(world.city, reading_windows=(*world.city.reading_windows, later))
    assert "до 25 февраля" in await talk.say("меню")
    world.clock.instant = datetime(2022, 2, 26, 5, tzinfo=UTC)
    assert "с 1 марта по 20 марта" in await talk.say("меню")
    world.clock.instant = datetime(2022, 3, 21, 5, tzinfo=UTC)
    assert "за апрель 2022" in await talk.say("меню")


# --- the countdown


async def test_on_the_last_day_hours_of_the_city_are_counted(talk: Talk, world: World) -> None:
    world.clock.instant = datetime(2022, 2, 25, 15, 30, tzinfo=UTC)
    await talk.say("меню")
    assert "Сегодня последний день приёма показаний за февраль 2022" in talk.text
    assert "4 часа" in talk.text or "часов: 4" in talk.text


# --- an operator's extension


async def test_everybody_sees_the_new_date_and_readings_count_until_it(talk: Talk, world: World) -> None:
    extend(world, date(2022, 2, 28))
    world.clock.instant = datetime(2022, 2, 27, 5, tzinfo=UTC)
    await talk.say("меню")
    assert "Приём показаний за февраль 2022 продлён до 28 февраля" in talk.text
    await talk.press("Показания")
    assert "Приём за февраль 2022 продлён до 28 февраля." in talk.text
    await talk.say("104")
    await talk.press("Верно")
    assert [(one.period, one.flags) for one in world.readings.readings] == [(FEBRUARY, ())]
    await talk.press("Пропустить")
    await talk.press("Пропустить")
    assert "Исправить можно до 28 февраля включительно" in talk.text


async def test_an_extension_may_reach_into_the_next_month(talk: Talk, world: World) -> None:
    extend(world, date(2022, 3, 2))
    world.clock.instant = datetime(2022, 3, 1, 5, tzinfo=UTC)
    await talk.say("ХВС 104")
    await talk.press("Верно")
    assert periods(world) == [FEBRUARY]
    world.clock.instant = datetime(2022, 3, 3, 5, tzinfo=UTC)
    await talk.say("ХВС 105")
    await talk.press("Верно")
    assert periods(world) == [FEBRUARY, MARCH]


async def test_an_extension_for_one_building_is_for_no_other(two_flats: Talk, world: World) -> None:
    world.windows.buildings = {("ул. Труда", "14"): (TRUDA,)}
    extend(world, date(2022, 2, 28), building="ул. Труда 14")
    world.clock.instant = datetime(2022, 2, 27, 5, tzinfo=UTC)
    await two_flats.say("меню")
    assert "Квартира\nПриём показаний за февраль 2022 продлён до 28 февраля" in two_flats.text
    assert "Родители\nПоказания за март 2022 ждём" in two_flats.text
    for name, value in (("Квартира", "104"), ("Родители", "304")):
        await two_flats.say(f"ХВС {value}")
        await two_flats.press(name)
        await two_flats.press("Верно")
    assert periods(world) == [FEBRUARY, MARCH]
    assert LENINA != TRUDA


async def test_an_extension_of_one_provider_is_for_no_other(talk: Talk, world: World) -> None:
    extend(world, date(2022, 2, 28), provider=WATER)
    world.clock.instant = datetime(2022, 2, 27, 5, tzinfo=UTC)
    await talk.say("ХВС 104, ГВС 52")
    await talk.press("Верно")
    assert {one.meter: one.period for one in world.readings.readings} == {COLD: FEBRUARY, HOT: MARCH}


async def test_a_late_reading_and_one_of_an_extended_month_follow_each_other(talk: Talk, world: World) -> None:
    world.clock.instant = datetime(2022, 2, 26, 5, tzinfo=UTC)
    await talk.say("ХВС 104")
    await talk.press("Верно")
    extend(world, date(2022, 2, 28))
    await talk.say("ХВС 103")
    await talk.press("Верно")
    assert [(one.period, one.value, one.current) for one in world.readings.readings] == [
        (MARCH, Decimal(104), True),
        (FEBRUARY, Decimal(103), True),
    ]
