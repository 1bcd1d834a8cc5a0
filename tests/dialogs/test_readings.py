"""Submitting readings, meter by meter."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.ids import ChatId, MeterId
from core.meters.model import Channel, Flag, ReadingStatus
from core.periods import Period
from dialogs.event import Kind
from tests.dialogs.talk import Talk
from tests.dialogs.world import (
    CODES,
    COLD,
    FEBRUARY,
    HOT,
    JANUARY,
    LENINA_COLD,
    NUMBERS,
    TRUDA,
    TRUDA_WATER,
    WARMTH,
    World,
)


async def test_each_meter_is_asked_in_turn_and_the_end_tells_what_was_taken(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    assert "Счётчик 1 из 3: холодная вода, кухня, № 41000001" in talk.text
    assert "Прошлое показание: 100" in talk.text
    await talk.say("104,5")
    assert "холодная вода, кухня, № 41000001: 104,5" in talk.text
    assert "Расход: 4,5 м³" in talk.text
    await talk.press("Верно")
    assert "Принято: холодная вода, кухня, № 41000001: 104,5." in talk.text
    assert "Счётчик 2 из 3: горячая вода" in talk.text
    await talk.say("53 куб")
    await talk.press("Верно")
    assert "Счётчик 3 из 3: отопление, № 43000001" in talk.text
    await talk.say("8.25 Гкал")
    assert "Расход: 1 Гкал" in talk.text
    await talk.press("Верно")
    assert "Приняты показания за февраль 2022" in talk.text
    assert "Исправить можно до 25 февраля включительно" in talk.text
    assert talk.steps == ["home"]
    assert [(one.meter, one.value, one.period) for one in world.readings.readings] == [
        (COLD, Decimal("104.5"), FEBRUARY),
        (HOT, Decimal(53), FEBRUARY),
        (WARMTH, Decimal("8.25"), FEBRUARY),
    ]
    assert {(one.status, one.current, one.channel) for one in world.readings.readings} == {
        (ReadingStatus.ACCEPTED, True, Channel.TELEGRAM)
    }
    assert world.meters.locked == [COLD, HOT, WARMTH]


async def test_the_channel_is_the_messenger_it_came_by(world: World) -> None:
    talk = Talk(world, messenger="vk", chat=ChatId(8))
    for word in ("начать", "Согласен", "Привязать", NUMBERS[TRUDA_WATER], CODES[TRUDA_WATER], "Верно", "Показания"):
        await (talk.press(word) if any(word in label for label in talk.buttons) else talk.say(word))
    await talk.say("101")
    await talk.press("Верно")
    assert world.readings.readings[0].channel is Channel.VK


async def test_a_meter_may_be_skipped(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.press("Пропустить")
    assert "Счётчик 2 из 3" in talk.text
    await talk.say("51")
    await talk.press("Верно")
    await talk.say("пропустить")
    assert "Приняты показания" in talk.text
    assert [one.meter for one in world.readings.readings] == [HOT]


async def test_skipping_all_says_that_nothing_was_sent(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    for _ in range(3):
        await talk.press("Пропустить")
    assert "Показания не переданы" in talk.text
    assert world.readings.readings == []


async def test_a_reading_may_be_corrected_before_and_after_it_is_confirmed(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.say("104")
    await talk.press("Исправить")
    assert "Счётчик 1 из 3" in talk.text
    await talk.say("105")
    await talk.press("Верно")
    await talk.say("меню")
    await talk.press("Показания")
    assert "Прошлое показание: 100" in talk.text
    assert "Уже передано: 105" in talk.text
    await talk.say("106")
    assert "Расход: 6 м³" in talk.text
    await talk.press("Верно")
    assert [(one.value, one.current) for one in world.readings.readings] == [
        (Decimal(105), False),
        (Decimal(106), True),
    ]


async def test_a_number_typed_at_the_confirmation_replaces_the_value(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.say("104")
    await talk.say("103,25")
    assert "№ 41000001: 103,25" in talk.text
    await talk.press_old("Верно")
    assert "старого сообщения" in talk.text
    assert world.readings.readings == []
    await talk.press("Верно")
    assert world.readings.values(COLD) == [Decimal("103.25")]


async def test_pressing_confirm_twice_stores_one_reading_and_confirms_no_other_meter(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.say("104")
    await talk.press("Верно")
    await talk.say("60")
    for _ in range(20):
        await talk.press_old("Верно")
        assert "старого сообщения" in talk.text
        assert "№ 42000001: 60" in talk.text
    assert [one.meter for one in world.readings.readings] == [COLD]


async def test_an_update_served_again_after_a_crash_stores_one_reading(talk: Talk, world: World) -> None:
    """The session was not saved, the press comes again: the same key stores nothing new."""
    await talk.press("Показания")
    await talk.say("104")
    confirm, state = talk.keyboard[0].press, talk.state
    await talk.serve(confirm)
    talk.state = state
    await talk.serve(confirm)
    assert world.readings.values(COLD) == [Decimal(104)]


@pytest.mark.parametrize("typed", ["верно", "Верно", "да", "Всё верно!", "ок"])
async def test_a_typed_yes_confirms_nothing(talk: Talk, world: World, typed: str) -> None:
    await talk.press("Показания")
    await talk.say("104")
    await talk.say(typed)
    assert talk.steps[-1] == "readings.confirm"
    assert world.readings.readings == []


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("-5", "меньше нуля"),
        ("−5", "меньше нуля"),
        ("1.234,56", "где в числе запятая"),
        ("104 53", "несколько чисел"),
        ("104 и 53", "несколько чисел"),
        ("сто четыре", "не похоже на число"),
        ("1e2", "несколько чисел"),
        ("١٠٤", "не похоже на число"),
        ("1234567890", "Слишком длинное"),
        ("9" * 5000, "Слишком длинное"),
        ("104,1234", "после запятой"),
        ("10\x004", "несколько чисел"),
        ("\ud800", "не похоже на число"),
        ("  ", "текст, кнопки"),
    ],
)
async def test_what_is_no_number_is_answered_and_nothing_is_taken(
    talk: Talk, world: World, typed: str, answer: str
) -> None:
    await talk.press("Показания")
    await talk.say(typed)
    assert answer in talk.text
    assert talk.steps == ["home", "readings.enter"]
    assert world.readings.readings == []


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("00104", "104"),
        ("104,5 м3", "104.5"),
        ("1 104", "1104"),
        ("１０４", "104"),
        ("104 куб", "104"),
        ("104,500", "104.5"),
    ],
)
async def test_numbers_are_taken_as_people_write_them_and_echoed(
    talk: Talk, world: World, typed: str, value: str
) -> None:
    await talk.press("Показания")
    await talk.say(typed)
    await talk.press("Верно")
    assert world.readings.values(COLD) == [Decimal(value)]


async def test_a_value_below_the_last_waits_for_an_operator(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.say("99")
    assert "меньше прошлого показания (100)" in talk.text
    assert "оператор проверит" in talk.text
    await talk.press("Верно")
    assert "Записано: холодная вода, кухня, № 41000001: 99. Оператор проверит." in talk.text
    (reading,) = world.readings.readings
    assert (reading.status, reading.current) == (ReadingStatus.FLAGGED, False)


async def test_what_waits_for_an_operator_is_not_forgotten_at_the_end(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.say("99")
    await talk.press("Верно")
    await talk.press("Пропустить")
    await talk.press("Пропустить")
    assert "Оператор проверит" in talk.text
    assert "не переданы" not in talk.text


async def test_the_last_meters_doubtful_value_is_told_as_kept(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.press("Пропустить")
    await talk.press("Пропустить")
    await talk.say("7")
    await talk.press("Верно")
    assert "Записано: отопление, № 43000001: 7. Оператор проверит." in talk.text


async def test_a_doubtful_value_that_was_mended_is_not_told_as_waiting(talk: Talk, world: World) -> None:
    await talk.say("ХВС 99")
    await talk.press("Верно")
    await talk.say("ХВС 104")
    await talk.press("Верно")
    assert "холодная вода, кухня, № 41000001: 104" in talk.text
    assert "Оператор" not in talk.text


async def test_a_large_value_is_asked_about_and_becomes_current_with_a_flag(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.say("1045")
    assert "намного больше обычного" in talk.text
    assert "Расход: 945 м³" in talk.text
    assert talk.buttons[:2] == ["Верно, так на счётчике", "Исправить"]
    await talk.press("Верно")
    (reading,) = world.readings.readings
    assert (reading.current, reading.flags) == (True, (Flag.LARGE,))


async def test_a_value_beyond_the_dial_waits_for_an_operator(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.say("100000")
    assert "до запятой" in talk.text
    assert "Расход" not in talk.text
    await talk.press("Верно")
    assert [one.current for one in world.readings.readings] == [False]


async def test_a_dial_that_began_anew_waits_for_an_operator_with_its_flag(talk: Talk, world: World) -> None:
    world.meters.change(COLD, last_value=Decimal(99998))
    await talk.press("Показания")
    await talk.say("00003")
    assert "полный круг" in talk.text
    await talk.press("Верно")
    (reading,) = world.readings.readings
    assert (reading.current, reading.flags) == (False, (Flag.ROLLOVER,))


async def test_a_value_equal_to_the_last_is_consumption_of_nothing(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.say("100")
    assert "Расход: 0 м³" in talk.text
    await talk.press("Верно")
    assert [one.current for one in world.readings.readings] == [True]


@pytest.mark.parametrize(
    ("day", "period", "flags", "until"),
    [
        (date(2022, 2, 1), FEBRUARY, (), "25 февраля"),
        (date(2022, 2, 25), FEBRUARY, (), "25 февраля"),
        (date(2022, 2, 26), Period(2022, 3), (Flag.LATE,), "25 марта"),
    ],
)
async def test_a_reading_is_never_refused_for_its_day(
    talk: Talk, world: World, day: date, period: Period, flags: tuple[Flag, ...], until: str
) -> None:
    world.clock.instant = datetime(day.year, day.month, day.day, 18, 59, 50, tzinfo=UTC)
    await talk.say("ХВС 104")
    await talk.press("Верно")
    (reading,) = world.readings.readings
    assert (reading.period, reading.flags) == (period, flags)
    assert f"Исправить можно до {until} включительно" in talk.text


@pytest.mark.parametrize(
    ("day", "line"),
    [
        (date(2022, 2, 1), "ждём с 15 февраля по 25 февраля"),
        (date(2022, 2, 16), "за февраль 2022 принимаем до 25 февраля"),
        (date(2022, 2, 25), "последний день приёма показаний за февраль 2022"),
        (date(2022, 2, 26), "за март 2022 ждём с 15 марта по 25 марта"),
    ],
)
async def test_the_menu_tells_where_the_window_stands(talk: Talk, world: World, day: date, line: str) -> None:
    world.clock.instant = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    assert line in await talk.say("меню")


async def test_an_expired_verification_travels_with_the_reading(talk: Talk, world: World) -> None:
    world.meters.change(COLD, verified_until=date(2022, 2, 15))
    await talk.say("ХВС 104")
    await talk.press("Верно")
    assert world.readings.readings[0].flags == (Flag.VERIFICATION_EXPIRED,)


async def test_a_meter_closed_meanwhile_is_said_and_the_number_goes_to_an_operator(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.say("104")
    world.meters.change(COLD, closed_on=date(2022, 2, 16))
    await talk.press("Верно")
    assert "Счётчик снят с учёта: холодная вода, кухня, № 41000001" in talk.text
    assert "Число 104 передал оператору" in talk.text
    assert "Счётчик 1 из 2: горячая вода" in talk.text
    assert world.readings.readings == []
    (task,) = world.tasks.opened
    assert (task.meter, task.reading, task.facts["value"]) == (COLD, None, "104")


async def test_a_meter_replaced_meanwhile_leads_to_the_new_one(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    cold = next(meter for meter in world.meters.meters if meter.id == COLD)
    world.meters.change(COLD, closed_on=date(2022, 2, 16))
    world.meters.meters.append(replace(cold, id=type(COLD)(190), number="49999999", last_value=Decimal(0)))
    await talk.say("104")
    assert "Счётчик снят с учёта" in talk.text
    assert "Теперь здесь холодная вода, кухня, № 49999999" in talk.text
    assert "Прошлое показание: 0" in talk.text
    assert world.tasks.opened == []
    assert talk.buttons[0] == "Записать 104", "what was typed need not be typed again"
    await talk.press("Записать")
    await talk.press("Верно")
    assert [(int(one.meter), one.value) for one in world.readings.readings] == [(190, Decimal(104))]


@pytest.mark.parametrize(
    ("word", "step"), [("баланс", "balance"), ("Квитанция!", "receipts.period"), ("это настоящий бот?", "real")]
)
async def test_a_word_of_the_menu_is_heard_where_a_number_is_asked_for(talk: Talk, word: str, step: str) -> None:
    await talk.press("Показания")
    await talk.say(word)
    assert "не похоже на число" not in talk.text
    assert talk.steps[-1] == step
    await talk.press("Назад")
    assert talk.steps[-1] == "readings.enter", "and one goes on where one was"


async def test_a_number_typed_for_a_meter_that_nothing_replaces_goes_to_an_operator(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    world.meters.change(COLD, closed_on=date(2022, 2, 16))
    await talk.say("104,5 м3")
    assert "Число 104,5 передал оператору" in talk.text
    assert [(task.meter, task.facts["value"]) for task in world.tasks.opened] == [(COLD, "104.5")]


@pytest.mark.parametrize("step", ["Исправить", "Счётчик заменили", "photo", "words"])
async def test_a_number_that_waits_for_its_confirmation_is_not_lost_with_its_meter(
    talk: Talk, world: World, step: str
) -> None:
    await talk.press("Показания")
    await talk.say("99")
    world.meters.change(COLD, closed_on=date(2022, 2, 16))
    match step:
        case "photo":
            await talk.send(Kind.PHOTO)
        case "words":
            await talk.say("что это?")
        case _:
            await talk.press(step)
    assert "Число 99 передал оператору" in talk.text
    assert [task.facts["value"] for task in world.tasks.opened] == ["99"]


@pytest.mark.parametrize("way", ["Верно", "Исправить"])
async def test_a_number_is_still_there_when_its_screen_is_drawn_anew_without_its_meter(
    talk: Talk, world: World, way: str
) -> None:
    await talk.press("Показания")
    await talk.say("104")
    world.meters.change(COLD, closed_on=date(2022, 2, 16))
    await talk.say("помощь")
    assert "Счётчик снят с учёта" in talk.text
    assert "Число 104 передам оператору" in talk.text
    await talk.press(way)
    assert [task.facts["value"] for task in world.tasks.opened] == ["104"]


async def test_a_number_of_a_replaced_meter_is_still_there_when_its_screen_is_drawn_anew(
    talk: Talk, world: World
) -> None:
    await talk.press("Показания")
    await talk.say("3")
    await talk.press("Счётчик заменили")
    world.meters.change(COLD, closed_on=date(2022, 2, 16))
    await talk.say("помощь")
    assert "Число 3 передам оператору" in talk.text
    await talk.press("Пропустить")
    assert [task.facts["value"] for task in world.tasks.opened] == ["3"]


async def test_a_number_offered_for_a_new_meter_is_still_there_when_that_one_goes_too(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    cold = next(meter for meter in world.meters.meters if meter.id == COLD)
    world.meters.change(COLD, closed_on=date(2022, 2, 16))
    world.meters.meters.append(replace(cold, id=type(COLD)(190), number="49999999", last_value=Decimal(0)))
    await talk.say("104")
    world.meters.change(type(COLD)(190), closed_on=date(2022, 2, 16))
    await talk.say("помощь")
    assert "Число 104 передам оператору" in talk.text
    await talk.press("Верно")
    assert [task.facts["value"] for task in world.tasks.opened] == ["104"]


async def test_what_was_written_of_a_replaced_meter_goes_to_an_operator_with_the_number(
    talk: Talk, world: World
) -> None:
    """The meter was closed by billing while its resident told of the new one."""
    await talk.press("Показания")
    await talk.say("3")
    await talk.press("Счётчик заменили")
    world.meters.change(COLD, closed_on=date(2022, 2, 16))
    await talk.say("новый № 555, старый кончил на 104")
    assert "Число 3 передал оператору" in talk.text
    (task,) = world.tasks.opened
    told = {"value": "3", "claim": "replaced", "note": "новый № 555, старый кончил на 104", "meter": "41000001"}
    assert told.items() <= task.facts.items()


async def test_the_last_meter_closed_meanwhile_ends_the_conversation(talk: Talk, world: World) -> None:
    world.meters.meters = [meter for meter in world.meters.meters if meter.id in {COLD, LENINA_COLD}]
    await talk.press("Показания")
    await talk.say("104")
    world.meters.change(COLD, closed_on=date(2022, 2, 16))
    await talk.press("Верно")
    assert "передал оператору" in talk.text
    assert talk.steps == ["home"]


@pytest.mark.parametrize("closed", [COLD, HOT])
async def test_a_meter_of_a_line_closed_meanwhile_keeps_the_others(talk: Talk, world: World, closed: MeterId) -> None:
    await talk.say("ХВС 104, ГВС 52")
    world.meters.change(closed, closed_on=date(2022, 2, 16))
    await talk.say("?")
    assert "Счётчик снят с учёта" in talk.text
    assert "передам оператору" in talk.text
    await talk.press("Верно")
    assert "Счётчик снят с учёта" in talk.text
    assert [one.meter for one in world.readings.readings] == [HOT if closed == COLD else COLD]
    assert [task.meter for task in world.tasks.opened] == [closed]


@pytest.mark.parametrize("said", ["104,5", "ХВС 104,5"])
async def test_a_dial_replaced_meanwhile_is_told_and_nothing_is_stored(talk: Talk, world: World, said: str) -> None:
    if "ХВС" not in said:
        await talk.press("Показания")
    await talk.say(said)
    world.meters.change(COLD, decimals=0)
    await talk.press("Верно")
    assert "нет цифр после запятой" in talk.text
    assert world.readings.readings == []


async def test_a_flat_unlinked_meanwhile_takes_no_readings(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.say("104")
    world.links.links.clear()
    await talk.press("Верно")
    assert world.readings.readings == []
    assert "Привязать квартиру" in talk.buttons


async def test_a_flat_without_meters_has_nothing_to_submit(talk: Talk, world: World) -> None:
    world.meters.meters = [meter for meter in world.meters.meters if meter.premises != TRUDA]
    await talk.press("Показания")
    assert "нет открытых счётчиков" in talk.text


async def test_back_from_the_second_meter_leads_to_the_first(talk: Talk) -> None:
    await talk.press("Показания")
    await talk.say("104")
    await talk.press("Верно")
    await talk.press("Назад")
    assert "Счётчик 1 из 3" in talk.text
    assert "Уже передано: 104" in talk.text


async def test_cancel_says_so_and_keeps_what_was_confirmed(talk: Talk, world: World) -> None:
    await talk.press("Показания")
    await talk.say("104")
    await talk.press("Верно")
    await talk.say("отмена")
    assert "Отменено" in talk.text
    assert world.readings.values(COLD) == [Decimal(104)]


async def test_twenty_meters_may_be_entered_in_one_go(talk: Talk, world: World) -> None:
    """The trail is capped: a long conversation still ends at the menu."""
    cold = next(meter for meter in world.meters.meters if meter.id == COLD)
    more = [replace(cold, id=type(COLD)(1000 + n), number=f"99{n:06}", place=f"стояк {n}") for n in range(20)]
    world.meters.meters += more
    await talk.press("Показания")
    for _ in range(23):
        await talk.say("120")
        await talk.press("Верно")
    assert talk.steps == ["home"]
    assert len(world.readings.readings) == 23
    assert {one.period for one in world.readings.readings} - {JANUARY} == {FEBRUARY}
